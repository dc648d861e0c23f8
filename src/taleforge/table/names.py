"""The name that a person played under, taken out of what happened: nothing else is ever changed in a log.

Nothing depends on a name, so versions, dice and all that follows stay what they were. The id stays, by which logs name
people. Decides not whom to forget, and stores nothing.
"""

from typing import Final

from msgspec.structs import replace

from taleforge.messages.events import Event, SeatTaken, TableOpened
from taleforge.table.saved import load_state, save_state

NOBODY: Final = "…"
"""What stands for a name that was forgotten, in every language."""


def nameless(event: Event, person: str) -> Event | None:
    """Return an event without a person's name; None when it does not hold it."""
    match event.d:
        case SeatTaken(person=taken) if taken == person:
            data = replace(event.d, name=NOBODY)
        case TableOpened():
            data = _opened(event.d, person)
        case _:
            return None
    return None if data == event.d else replace(event, d=data)


def _opened(opened: TableOpened, person: str) -> TableOpened:
    """Return how a table began without a person's name: a branch begins with the seats of the table it was cut from."""
    if opened.state is None:
        return opened
    state = load_state(opened.state)
    seats = {key: replace(seat, name=NOBODY) if seat.person == person else seat for key, seat in state.seats.items()}
    cut = replace(state, seats=seats, opened=_opened(state.opened, person))
    return opened if cut == state else replace(opened, state=save_state(cut))
