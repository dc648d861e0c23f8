"""Commands about the table itself: readiness, house rules, pause, undo, dice; none needs a scene."""

from collections.abc import Callable
from typing import Any

from taleforge.messages import commands as cmd
from taleforge.messages import events as ev
from taleforge.messages.codes import Code
from taleforge.messages.commands import AnswerChoice
from taleforge.rules import facts
from taleforge.rules.dice import DiceError, roll, salt_for
from taleforge.table import opening
from taleforge.table.draft import Draft, No, no
from taleforge.table.explore import explore
from taleforge.table.house_rules import HOUSE_RULES

LONGEST_TEXT = 2_000
"""Characters of speech or free text that one command may carry."""


def ready(draft: Draft, data: cmd.Ready) -> No | None:
    """Be ready; when everybody is, play begins."""
    if draft.state.status != "lobby":
        return no(Code.TABLE_STARTED)
    draft.add(ev.SeatReady(draft.seat, data.ready), ev.EVERYBODY)
    if all(seat.ready for seat in draft.state.seats.values() if seat.role != "spectator"):
        _begin(draft)
    return None


def _begin(draft: Draft) -> None:
    draft.add(ev.TableStarted(), ev.EVERYBODY)
    adventure = draft.context.content.adventures[draft.state.opened.adventure]
    scene = next(scene for scene in adventure.scenes if scene.id == adventure.start)
    opening.enter(draft, scene, "start")
    explore(draft)
    draft.then(scene.opening, draft.state.character(draft.seat))


def pause(draft: Draft, _: cmd.Pause) -> No | None:
    """Pause the game."""
    if draft.state.status != "playing":
        return no(Code.TABLE_PAUSED)
    draft.add(ev.TablePaused(), ev.EVERYBODY)
    return None


def resume(draft: Draft, _: cmd.Resume) -> No | None:
    """Go on."""
    if draft.state.status != "paused":
        return no(Code.TABLE_NOT_PAUSED)
    draft.add(ev.TableResumed(), ev.EVERYBODY)
    return None


def set_house_rule(draft: Draft, data: cmd.SetHouseRule) -> No | None:
    """Change a house rule; the host may."""
    values = HOUSE_RULES.get(data.rule)
    if values is None:
        return No(Code.HOUSE_RULE_UNKNOWN, {"rule": data.rule[:40]}, tuple(AnswerChoice(r, r) for r in HOUSE_RULES))
    if data.value not in values:
        return No(Code.HOUSE_RULE_VALUE, {"rule": data.rule}, tuple(AnswerChoice(v, v) for v in values))
    if not _is_host(draft):
        return no(Code.SEAT_HOST_ONLY)
    draft.add(ev.HouseRuleChanged(data.rule, data.value), ev.EVERYBODY)
    return None


def _is_host(draft: Draft) -> bool:
    return draft.state.seats[draft.seat].role == "host"


def entropy(draft: Draft, data: cmd.Entropy) -> No | None:
    """Add a seat's 32 bytes to the dice; the salt is made of all seats' in the order in which they sat down."""
    if len(data.bytes) != 64 or not _is_hexadecimal(data.bytes):
        return no(Code.DICE_ENTROPY)
    given = draft.state.dice.entropies | {draft.seat: data.bytes.lower()}
    ordered = [bytes.fromhex(given[seat]) for seat in draft.state.seats if seat in given]
    salt = salt_for(draft.state.id, ordered).hex()
    draft.add(ev.DiceEntropy(draft.seat, data.bytes.lower(), salt), ev.EVERYBODY)
    return None


def _is_hexadecimal(text: str) -> bool:
    return all(letter in "0123456789abcdefABCDEF" for letter in text)


def roll_dice(draft: Draft, data: cmd.RollDice) -> No | None:
    """Roll for everybody to see."""
    try:
        rolled = roll(data.expr, draft.context.dice)
    except DiceError as error:
        return No(error.code, dict(error.params))
    crt = draft.state.seats[draft.seat].character
    host = draft.state.host()
    audience = ev.Seats(tuple({draft.seat: 0, host or draft.seat: 0})) if data.secret else ev.EVERYBODY
    draft.add(facts.DiceRolled(crt, rolled, data.reason[:80]), audience)
    return None


def undo(draft: Draft, data: cmd.Undo) -> No | None:
    """Take back the last commands of the players; the host may."""
    past = draft.state.past
    if not _is_host(draft):
        return no(Code.SEAT_HOST_ONLY)
    if not past:
        return no(Code.UNDO_NOTHING)
    if data.to is not None:
        target = next((c.version for c in reversed(past) if c.version <= data.to), None)
    else:
        target = past[-data.steps].version if 1 <= data.steps <= len(past) else None
    if target is None:
        return no(Code.UNDO_TOO_FAR, most=len(past))
    draft.add(ev.TableRewound(target), ev.EVERYBODY)
    return None


HANDLERS: dict[type[Any], Callable[[Draft, Any], No | None]] = {
    cmd.Ready: ready, cmd.Pause: pause, cmd.Resume: resume,
    cmd.SetHouseRule: set_house_rule, cmd.Entropy: entropy,
    cmd.RollDice: roll_dice, cmd.Undo: undo,
}  # fmt: skip
