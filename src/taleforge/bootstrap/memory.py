"""What memories are made of: the log of a table played again, each event cut to what each seat may see of it.

Writes nothing. Seats of people who asked to be forgotten hear nothing any more.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from taleforge.accounts.ports import PeopleStore
from taleforge.memory.ports import Ears
from taleforge.memory.values import Heard, Listened
from taleforge.messages.brief import Prose
from taleforge.messages.events import Event
from taleforge.table.ports import EventLog
from taleforge.table.position import Game, Position

FOREVER: Final = 2**62
"""A version that no table reaches."""


class LogEars(Ears):
    """Hears what the log of a table says.

    Args:
        game: Plays it again.
        log: The logs.
        people: Knows who asked to be forgotten.
    """

    def __init__(self, game: Game, log: EventLog, people: PeopleStore) -> None:
        self._game = game
        self._log = log
        self._people = people

    async def listen(self, table: str, after: int) -> Listened:
        """Return what was heard after a version."""
        events = await self._log.read(table)
        listened, position = await asyncio.to_thread(listen_to, self._game.fold(table, ()), events, after)
        erased = await self._erased(position)
        return _without(listened, erased) if erased else listened

    async def prose(self, table: str) -> Sequence[Prose]:
        """Return what was told."""
        return await self._log.read_prose(table)

    async def _erased(self, position: Position) -> set[str]:
        seats = position.state.seats.values()
        people = {seat.person: await self._people.get(seat.person) for seat in seats if seat.person}
        gone = {person for person, known in people.items() if known is not None and known.erased is not None}
        return {seat.id for seat in seats if seat.person in gone}


def listen_to(position: Position, events: Sequence[Event], after: int) -> tuple[Listened, Position]:
    """Play a log again from an empty position; return what was heard after a version, and where it leads."""
    heard: list[Heard] = []
    present: dict[str, tuple[tuple[int, int], ...]] = {}
    since: dict[str, int] = {}
    for event in events:
        position = position.after(event)
        if event.v > after:
            heard.append(_heard(position, event))
        for seat in position.state.seats.keys() - since.keys():
            since[seat] = event.v
        for seat in since.keys() - position.state.seats.keys():
            present[seat] = (*present.get(seat, ()), (since.pop(seat), event.v))
    present |= {seat: (*present.get(seat, ()), (begin, FOREVER)) for seat, begin in since.items()}
    return Listened(tuple(heard), position.state.gone, present, position.version), position


def _heard(position: Position, event: Event) -> Heard:
    seats = position.state.seats
    seen = {seat: position.project(event, seat) for seat in seats}
    return Heard(
        event, {seat: one for seat, one in seen.items() if one is not None},
        {seat.id: seat.character for seat in seats.values()},
    )  # fmt: skip


def _without(listened: Listened, erased: set[str]) -> Listened:
    heard = tuple(
        replace(one, seen={seat: seen for seat, seen in one.seen.items() if seat not in erased})
        for one in listened.heard
    )
    present = {seat: spans for seat, spans in listened.present.items() if seat not in erased}
    return replace(listened, heard=heard, present=present)
