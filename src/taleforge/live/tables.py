"""The tables of one process: their rooms are opened when somebody comes, and closed when nobody is left.

Does not know who may come: it trusts the seat it is given.
"""

import asyncio
from weakref import WeakValueDictionary

import structlog

from taleforge.errors import BadInput, Unavailable
from taleforge.live.birth import new_table
from taleforge.live.ports import Services
from taleforge.live.room import KEPT_PROSE, Room
from taleforge.live.session import Ask, Session
from taleforge.messages.brief import Prose
from taleforge.messages.events import Event
from taleforge.table.ports import NewTable, TableRow

SWEEP_EVERY = 300.0
"""Seconds between two looks for rooms that nobody uses; a room is closed at the second look."""

log = structlog.get_logger(__name__)


class Tables:
    """Every table that this process owns.

    Args:
        services: What the rooms use.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rooms: dict[str, Room] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._resting: set[str] = set()
        self._closing = False
        self._sweeper = asyncio.create_task(self._sweep(), name="closing of idle rooms")

    def __len__(self) -> int:
        """How many tables are in memory now."""
        return len(self._rooms)

    async def create(self, wish: NewTable) -> str:
        """Make a table and return its id; raises BadInput when there is no such adventure."""
        return await new_table(self._services, wish)

    async def rows(self, space: str | None = None) -> list[TableRow]:
        """Return what tables there are, the last played first."""
        return await self._services.log.tables(space)

    async def room(self, table: str) -> Room:
        """Return the room of a table, opening it if need be.

        Raises:
            BadInput: there is no such table.
            Damaged: its log cannot be read; says where.
            Unavailable: the process is ending.
        """
        async with self._lock(table):
            if self._closing:
                raise Unavailable("Taleforge is closing.", "Connect again in a moment.")
            room = self._rooms.get(table)
            if room is not None and not room.lost:
                return room
            if room is not None:
                await room.close()
            self._rooms[table] = await open_room(self._services, table)
            return self._rooms[table]

    def door(self, table: str, seat: str, ask: Ask | None = None) -> Session:
        """Return a new connection of a seat, which speaks the frames of the protocol; see `Session` for `ask`."""
        return Session(lambda: self.room(table), seat, ask)

    async def export(self, table: str) -> tuple[TableRow, list[Event], list[Prose]]:
        """Return all there is of a table, its dice revealed so that everything rolled can be checked."""
        room = await self.room(table)
        await room.rotate()
        await room.told()
        self._services.reached("export.rotated")
        events = await self._services.log.read(table)
        row = next(row for row in await self.rows() if row.id == table)
        return row, events, await self._services.log.read_prose(table)

    async def close(self) -> None:
        """Finish what was asked of every room, and close them."""
        self._closing = True
        self._sweeper.cancel()
        await asyncio.gather(self._sweeper, return_exceptions=True)
        await asyncio.gather(*(room.close() for room in self._rooms.values()))
        self._rooms.clear()

    def _lock(self, table: str) -> asyncio.Lock:
        """Return the lock under which a table's room is opened and closed; it lives while somebody holds it."""
        return self._locks.setdefault(table, asyncio.Lock())

    async def _sweep(self) -> None:
        while True:
            await self._services.clock.sleep(SWEEP_EVERY)
            await self._close_idle()

    async def _close_idle(self) -> None:
        idle = {table for table, room in self._rooms.items() if room.idle}
        for table in idle & self._resting:
            async with self._lock(table):
                if self._rooms[table].idle:
                    await self._rooms.pop(table).close()
                    log.info("room.closed", table=table)
        self._resting = idle


async def open_room(services: Services, table: str) -> Room:
    """Return a new room for a table, with what an earlier process left to be told."""
    events = await services.log.read(table)
    if not events:
        raise BadInput(f"There is no table {table}.", "The list of saves shows those there are.")
    position = services.game.fold(table, events)
    seed = await services.secrets.get_seed(table, position.commitment)
    prose = await services.log.read_prose(table)
    room = Room(table, position, seed, prose[-KEPT_PROSE:], services)
    room.tell_later(await services.log.pending_work(table))
    return room
