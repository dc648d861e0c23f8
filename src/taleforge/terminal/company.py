"""Who sits at the table, in words; and which seat a player means by a name.

Characters and foes are `sights`. Nothing here says what anybody may do.
"""

from datetime import datetime

from taleforge.messages.views import SeatInfo, SeatView
from taleforge.terminal.lines import Line, line
from taleforge.terminal.words import Words


def seats_lines(view: SeatView, words: Words) -> list[Line]:
    """Return who sits at the table, as whom, and whether they are ready or away."""
    lines = [line("note", "  " + _about(seat, view, words)) for seat in view.seats.values()]
    return [*lines, *waiting_lines(view, words)] or [line("note", words.say("ui/nobody_sits"))]


def _about(seat: SeatInfo, view: SeatView, words: Words) -> str:
    character = character_of(seat, view)
    who = words.say("ui/seat_as", name=seat.name, character=character) if character else seat.name
    marks = [words.say("ui/seat_you")] * (seat.id == view.seat.id) + [words.say(f"role/{seat.role}")]
    if seat.away:
        marks.append(words.say("ui/seat_away"))
    elif view.table.status == "lobby" and seat.role in {"host", "player"}:
        marks.append(words.say("ui/seat_ready" if seat.ready else "ui/seat_not_ready"))
    return f"{who} ({', '.join(marks)})"


def character_of(seat: SeatInfo, view: SeatView) -> str:
    """Return the name of a seat's character, as far as it is known here and says more than the player's own."""
    if seat.character is None or seat.role == "companion":
        return ""
    own = view.you.name if view.you is not None and view.you.id == seat.character else ""
    name = own or (view.others[seat.character].name if seat.character in view.others else "")
    return "" if name == seat.name else name


def waiting_lines(view: SeatView, words: Words) -> list[Line]:
    """Return for which others the beginning waits, if for any."""
    names = [seat.name for seat in unready(view) if seat.id != view.seat.id]
    return [line("note", words.say("ui/waiting_for", names=", ".join(names)))] if names else []


def unready(view: SeatView) -> list[SeatInfo]:
    """Return the players whom the beginning waits for."""
    if view.table.status != "lobby":
        return []
    return [seat for seat in view.seats.values() if seat.role in {"host", "player"} and not seat.ready]


def seconds_left(view: SeatView, now: datetime) -> int | None:
    """Return how long what waits for this seat, the turn or the gathering still waits; None where no clock runs."""
    clocks = [decision.until for decision in view.decisions if decision.until]
    if not clocks and view.fight is not None and view.fight.until and view.table.status == "playing":
        clocks = [view.fight.until]
    if not clocks and view.gathering is not None and view.gathering.until and view.table.status == "playing":
        clocks = [view.gathering.until]
    return max(0, round((datetime.fromisoformat(min(clocks)) - now).total_seconds())) if clocks else None


def find_seat(name: str, view: SeatView) -> SeatInfo | None:
    """Return the one person who is called so: the player's name or the character's, whole or its beginning."""
    wanted = name.casefold().strip()
    people = [s for s in view.seats.values() if s.role != "companion" and s.id != view.seat.id]
    called = {seat.id: [n.casefold() for n in (seat.name, character_of(seat, view)) if n] for seat in people}
    whole = [seat for seat in people if wanted in called[seat.id]]
    found = whole or [seat for seat in people if wanted and any(n.startswith(wanted) for n in called[seat.id])]
    return found[0] if len(found) == 1 else None


def addressed(text: str, view: SeatView) -> tuple[SeatInfo, str] | None:
    """Return whom a text like "Bob: hello" or "Bob hello" begins with, and what follows the name."""
    head, colon, rest = text.partition(":")
    if colon and (seat := find_seat(head, view)):
        return seat, rest.strip()
    words = text.split()
    for count in range(min(4, len(words)), 0, -1):
        seat = find_seat(" ".join(words[:count]).rstrip(",:"), view)
        if seat is not None:
            return seat, " ".join(words[count:])
    return None
