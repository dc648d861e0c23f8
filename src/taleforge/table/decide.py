"""One command to events, a refusal, or a pending decision: the only place where the table's state can begin to change.

Pure: dice, time, ids and packs come with the `Context`. Total: any command on any state gives a reply, never an
exception.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from taleforge.messages import commands as cmd
from taleforge.messages.codes import Code
from taleforge.messages.commands import Ack, Command, Refused
from taleforge.messages.events import Event
from taleforge.table import actions, fight, lobby, safety, seating, story, tactics, together
from taleforge.table.draft import Context, Draft, No, no
from taleforge.table.state import State


class Decided(Struct, frozen=True):
    """What came of a command: events (none when refused or repeated), the state after them, the reply to the sender.

    `steps` are the states after each of the events.
    """

    events: tuple[Event, ...]
    state: State
    reply: Ack | Refused
    steps: tuple[State, ...] = ()


HANDLERS: dict[type[Any], Callable[[Draft, Any], No | None]] = {
    **lobby.HANDLERS,
    **seating.HANDLERS,
    **safety.HANDLERS,
    **actions.HANDLERS,
    cmd.Answer: fight.answer,
    cmd.Rule: fight.rule,
    **together.HANDLERS,
    cmd.EngineAct: tactics.act,
}
SERVICE_ONLY = (cmd.EngineAct, cmd.EngineTimeout, cmd.EngineDeed, cmd.EngineAway)
ANYBODY = (cmd.Sit, cmd.Spectate, cmd.XCard)
"""Commands of somebody who has no seat yet, but may hear the table already."""
ANY_TIME = (
    cmd.Sit, cmd.Spectate, cmd.Leave, cmd.Kick, cmd.HandOver, cmd.Away, cmd.EngineAway, cmd.Ready, cmd.Whisper,
    cmd.SetSafety, cmd.SetHouseRule, cmd.SetPolicy, cmd.Entropy, cmd.XCard, cmd.Pause, cmd.Resume, cmd.Undo,
)  # fmt: skip
"""Commands about the table, which do not need the game to be going on."""
WHILE_WAITING = (cmd.Answer, cmd.Rule, cmd.Hold, cmd.Say, cmd.RollDice, cmd.EngineTimeout)
"""Commands of the game that may come while a decision is open."""
NOT_WHILE_CHOOSING = (cmd.Pause, cmd.Resume, cmd.Undo)
"""Commands that would cut short the table's choice of how far to go back."""
OF_THE_TURN = (cmd.UseOption, cmd.Move, cmd.EndTurn)


def decide(state: State, command: Command, context: Context) -> Decided:
    """Return what comes of a command.

    A command whose id was done before is answered as it was then and changes nothing.
    """
    done = state.commands.get(command.id)
    if done is not None:
        return Decided((), state, Ack(command.id, done))
    draft = Draft(state, command, context)
    refusal = _admit(state, command) or _handler(state, command)(draft, command.d)
    if refusal is not None:
        return Decided((), state, Refused(command.id, refusal.code, refusal.params, refusal.choices))
    story.conclude(draft, draft.state.character(draft.seat))
    reply = Ack(command.id, draft.state.version)
    return Decided(tuple(draft.events), draft.state, reply, tuple(draft.states))


def _handler(state: State, command: Command) -> Callable[[Draft, Any], No | None]:
    return together.plan if together.takes(state, command.seat, command.d) else HANDLERS[type(command.d)]


def _admit(state: State, command: Command) -> No | None:
    """Refuse what the sender may not ask at all, or not now."""
    data = command.d
    if type(data) not in HANDLERS:
        return no(Code.COMMAND_UNKNOWN, name=command.name)
    if isinstance(data, SERVICE_ONLY) and command.seat:
        return no(Code.COMMAND_SERVICE_ONLY)
    if not isinstance(data, (*ANYBODY, *SERVICE_ONLY)) and command.seat not in state.seats:
        return no(Code.SEAT_UNKNOWN)
    if state.safety.rewind is not None and isinstance(data, NOT_WHILE_CHOOSING):
        return no(Code.TABLE_CHOOSING)
    if isinstance(data, ANY_TIME) or _is_about_stopping(state, data):
        return None
    return _admit_game(state, command)


def _is_about_stopping(state: State, data: cmd.CommandData) -> bool:
    """Whether a command answers the question how far to go back, which is open while the game is not."""
    rewind = state.safety.rewind
    return isinstance(data, cmd.Answer | cmd.EngineTimeout) and rewind is not None and data.decision == rewind.id


def _admit_game(state: State, command: Command) -> No | None:
    data = command.d
    if state.status != "playing":
        code = {"lobby": Code.TABLE_NOT_STARTED, "paused": Code.TABLE_PAUSED, "closed": Code.TABLE_CLOSED}
        return no(code[state.status])
    if state.decisions and not isinstance(data, WHILE_WAITING):
        waiting = next(iter(state.decisions.values()))
        return no(Code.TURN_WAITING, seat=waiting.seat, decision=waiting.id)
    if state.stage.fighting and isinstance(data, OF_THE_TURN):
        return _admit_turn(state, command)
    return None


def _admit_turn(state: State, command: Command) -> No | None:
    seat = state.seats.get(command.seat)
    if seat is not None and seat.character != state.stage.active:
        return no(Code.TURN_NOT_YOURS)
    if command.at_turn is not None and command.at_turn != state.turn:
        return no(Code.TURN_STALE, turn=state.turn)
    return None
