"""The top line of the full-screen client: where the party is, whose turn it is, what is waited for, and the clock.

Says what the view says. Draws nothing.
"""

from datetime import datetime

from rich.text import Text

from taleforge.messages.views import SeatView
from taleforge.terminal.company import seconds_left, unready
from taleforge.terminal.look import style_of
from taleforge.terminal.words import Words

NARROWEST = 10
"""Columns that the line has at least, whatever the terminal says of its size."""
SHORTEST = 4
"""Columns that the name of the place keeps."""


def banner(view: SeatView, words: Words, now: datetime, room: int) -> Text:
    """Return the line for so many columns: the place at the left, what goes on at the right."""
    room = max(room, NARROWEST)
    left = Text(view.scene.name if view.scene else view.table.title, style_of("scene"))
    if view.scene and view.scene.zone:
        left.append(f"  {view.scene.zone}", style_of("muted"))
    seconds = seconds_left(view, now)
    clock = "" if seconds is None else words.say("ui/seconds_left", seconds=seconds)
    right = Text(_state(view, words) + clock, style_of("strong"))
    left.truncate(max(room - right.cell_len - 1, SHORTEST), overflow="ellipsis")
    left.append(" " * max(room - left.cell_len - right.cell_len, 1))
    return left.append(right)


def _state(view: SeatView, words: Words) -> str:
    """Return what goes on at the table."""
    match view.table.status:
        case "paused":
            return words.say("ui/choosing" if view.decisions else "ui/stopped" if view.table.stopped else "ui/paused")
        case "lobby":
            return _waiting(view, words)
        case "closed":
            return words.say("ui/over")
        case _:
            return _turn(view, words)


def _turn(view: SeatView, words: Words) -> str:
    if view.fight is None:
        return _gathering(view, words)
    active = next((slot for slot in view.fight.order if slot.active), None)
    yours = active is not None and view.you is not None and active.crt == view.you.id
    turn = words.say("ui/turn_yours") if yours else words.say("ui/turn_of", name=active.name) if active else ""
    return words.say("ui/round_turn", round=view.fight.round, turn=turn)


def _gathering(view: SeatView, words: Words) -> str:
    """Return whom the tale waits for out of fights, where everybody says what they do before it is done."""
    missing = view.gathering.missing if view.gathering is not None else ()
    if view.seat.id in missing:
        return words.say("ui/gathering_you")
    names = [view.seats[seat].name for seat in missing if seat in view.seats]
    return words.say("ui/waiting", names=", ".join(names)) if names else ""


def _waiting(view: SeatView, words: Words) -> str:
    waited = unready(view)
    if any(seat.id == view.seat.id for seat in waited):
        return words.say("ui/waiting_you")
    return words.say("ui/waiting", names=", ".join(seat.name for seat in waited)) if waited else ""
