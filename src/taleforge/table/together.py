"""Acting together out of fights: everybody says what they do, and only then it is done, one deed after another.

A deed is judged when it is done, as if its player asked for it only then; what cannot be done any more is told to them.
Talk, dice and whispers are never gathered. Nothing here applies where the house rule is off.
"""

from collections.abc import Callable
from typing import Any

from taleforge.messages import commands as cmd
from taleforge.messages import events as ev
from taleforge.messages.codes import Code
from taleforge.messages.commands import CommandData
from taleforge.table import actions, fight, story
from taleforge.table.clock import later
from taleforge.table.draft import Draft, No, no
from taleforge.table.gathering import automatic, deadlines, gathers, key, missing, seconds
from taleforge.table.options import options
from taleforge.table.state import State

GATHERED = (cmd.UseOption, cmd.Move, cmd.Rest, cmd.EndTurn)


def takes(state: State, seat: str, data: CommandData) -> bool:
    """Whether what a seat asks for is not done at once, but when everybody has said what they do."""
    busy = state.gathering is not None and state.gathering.closed
    return bool(seat) and isinstance(data, GATHERED) and (busy or gathers(state))


def plan(draft: Draft, data: cmd.UseOption | cmd.Move | cmd.Rest | cmd.EndTurn) -> No | None:
    """Say what one does; whoever says it again has changed their mind."""
    state = draft.state
    if state.character(draft.seat) is None:
        return no(Code.SEAT_NO_CHARACTER)
    if state.gathering is not None and state.gathering.closed:
        return no(Code.GATHERING_CLOSED)
    deed = _deed(draft, data)
    if deed.option and deed.option not in {option.id for option in options(state, draft.seat)}:
        return no(Code.OPTION_UNAVAILABLE)
    draft.add(deed, ev.EVERYBODY)
    return None


def _deed(draft: Draft, data: cmd.UseOption | cmd.Move | cmd.Rest | cmd.EndTurn) -> ev.DeedPlanned:
    on = draft.state.gathering
    until = on.until if on else later(draft.context.now, seconds(draft.state))
    match data:
        case cmd.UseOption():
            option = "" if data.option == "turn:end" else data.option
            return ev.DeedPlanned(draft.seat, option, data.targets, data.params, data.words, until=until)
        case cmd.Rest():
            return ev.DeedPlanned(draft.seat, f"rest:{data.kind}", params={"hit_dice": data.hit_dice}, until=until)
        case cmd.Move():
            return ev.DeedPlanned(draft.seat, to=data.to, until=until)
        case cmd.EndTurn():
            return ev.DeedPlanned(draft.seat, until=until)


def hold(draft: Draft, data: cmd.Hold) -> No | None:
    """Ask for time: stop the clock of the turn, or of the gathering."""
    if draft.state.gathering is None or draft.state.gathering.closed:
        return fight.hold(draft, data)
    draft.add(ev.GatheringHeld(draft.seat), ev.EVERYBODY)
    return None


def time_out(draft: Draft, data: cmd.EngineTimeout) -> No | None:
    """Close a gathering, when everybody has said what they do or is waited for no longer; or as in a fight."""
    on = draft.state.gathering
    if on is None or on.closed or data.decision != key(on):
        return fight.time_out(draft, data)
    if not (automatic(draft.state) == data or key(on) in deadlines(draft.state)):
        return no(Code.DECISION_UNKNOWN)
    late = () if data.answered else missing(draft.state)
    draft.add(ev.GatheringClosed(late), ev.EVERYBODY)
    return None


def carry_out(draft: Draft, data: cmd.EngineDeed) -> No | None:
    """Do what a seat said it would do, or tell it why that cannot be done any more."""
    on = draft.state.gathering
    if automatic(draft.state) != data or on is None:
        return no(Code.TURN_NOT_YOURS)
    deed = on.deeds[data.seat]
    attempt = draft.for_seat(data.seat)
    refusal = _try(attempt, deed)
    if refusal is not None:
        draft.add(ev.DeedDone(data.seat, refusal.code, refusal.params), ev.Seats((data.seat,)))
        return None
    draft.take(attempt)
    if draft.state.gathering is not None:  # the tale may have ended with it
        draft.add(ev.DeedDone(data.seat), ev.ENGINE)
    return None


def _try(draft: Draft, deed: ev.DeedPlanned) -> No | None:
    if draft.state.stage.fighting:
        return no(Code.GATHERING_FIGHT)
    refusal = None
    if deed.to is not None:
        refusal = actions.move(draft, cmd.Move(deed.to))
    elif deed.option:
        refusal = actions.use_option(draft, cmd.UseOption(deed.option, deed.targets, deed.params, deed.words))
    if refusal is None:
        story.conclude(draft, draft.state.character(draft.seat))
    return refusal


HANDLERS: dict[type[Any], Callable[[Draft, Any], No | None]] = {
    cmd.Hold: hold, cmd.EngineTimeout: time_out, cmd.EngineDeed: carry_out,
}  # fmt: skip
