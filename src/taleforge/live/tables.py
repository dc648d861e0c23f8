"""The tables of one process: their rooms are opened when somebody comes, and closed when nobody is left.

Where other processes may be at the same store, it says every second that it is alive, looks how its tables stand there,
and tells the owners of those it mirrors who is connected here. Does not know who may come: it trusts the seat it is
given.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextvars import Context
from typing import Any, Final
from weakref import WeakValueDictionary

import structlog

from taleforge.errors import TaleforgeError, Unavailable
from taleforge.live import letters
from taleforge.live.birth import new_table
from taleforge.live.courier import Courier
from taleforge.live.faults import fault
from taleforge.live.ports import Services
from taleforge.live.room import Room, open_room
from taleforge.live.session import Ask, Session
from taleforge.messages.brief import Prose
from taleforge.messages.events import Event
from taleforge.table.ports import NewTable, TableRow

SWEEP_EVERY: Final = 300.0
"""Seconds between two looks for rooms that nobody uses; a room is closed at the second look."""
BEAT_EVERY: Final = 1.0
"""Seconds between two signs of life, and between two looks at the store."""
AT_ONCE: Final = 16
"""Tables that are looked into at the same time."""
SHARE: Final = 250
"""Tables whose standing is looked at in one go; thousands at once would keep all play waiting."""

log = structlog.get_logger(__name__)


class Tables:
    """Every table that is open in this process.

    Args:
        services: What the rooms use.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rooms: dict[str, Room] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._resting: set[str] = set()
        self._closing = False
        self._courier = Courier(services, self._serve, self._hear)
        self._beginning = asyncio.Lock()
        self._joined = services.claims.alone
        self._tasks = [self._every(SWEEP_EVERY, self._close_idle)]
        self._looking: asyncio.Task[None] | None = None
        self._unheard: Callable[[], None] = _nothing

    def __len__(self) -> int:
        """How many tables are in memory now."""
        return len(self._rooms)

    @property
    def owned(self) -> int:
        """How many of them this process owns."""
        return sum(room.owned for room in self._rooms.values())

    @property
    def untold(self) -> int:
        """How much of what happened at them is not told yet."""
        return sum(room.untold for room in self._rooms.values())

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
            Unavailable: the process is ending, or the store does not answer.
        """
        if self._closing:
            raise Unavailable("Taleforge is closing.", "Connect again in a moment.")
        room = self._rooms.get(table)
        if room is not None:
            return room
        await self._join()
        async with self._lock(table):
            if table not in self._rooms:
                self._rooms[table] = await open_room(self._services, table, self._courier, lambda: self._closing)
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
        row = await self._services.log.table(table)
        assert row is not None, "its room is open"
        return row, events, await self._services.log.read_prose(table)

    async def close(self) -> None:
        """Finish what was asked of every room, give its table up, and close it."""
        self._closing = True
        self._unheard()
        tasks = [*self._tasks, *([self._looking] if self._looking else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(room.close() for room in self._rooms.values()))
        self._rooms.clear()
        await self._courier.close()
        if self._joined and not self._services.claims.alone:
            await _tried(self._services.claims.leave(self._services.node), "leave")

    async def _join(self) -> None:
        """Be one of the processes at this store."""
        if self._joined:
            return
        async with self._beginning:
            if self._joined:
                return
            await self._services.claims.beat(self._services.node)
            await self._courier.open()
            self._unheard = self._services.bus.on_gap(self._look_now)
            self._joined = True
            self._tasks += [self._every(BEAT_EVERY, self._beat), _begun(self._watch(), "watch")]

    def _every(self, seconds: float, job: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        async def repeat() -> None:
            while True:
                await self._services.clock.sleep(seconds)
                await _tried(job(), job.__name__.strip("_"))

        return _begun(repeat(), job.__name__.strip("_"))

    async def _beat(self) -> None:
        await self._services.claims.beat(self._services.node)

    def _look_now(self) -> None:
        """Messages may have been lost: what they said stands in the store."""
        if self._looking is None or self._looking.done():
            self._looking = _begun(_tried(self._look(list(self._rooms), all_of_them=True), "look"), "look at once")

    async def _watch(self) -> None:
        """Watch over every table once in `BEAT_EVERY`, some at a time."""
        while True:
            shares = _shares(list(self._rooms))
            for share in shares:
                await self._services.clock.sleep(BEAT_EVERY / len(shares))
                await _tried(self._look(share), "look")

    async def _look(self, tables: Iterable[str], *, all_of_them: bool = False) -> None:
        """Look how some tables stand, and say which are mirrored; into those that seem unsettled, or all of them."""
        rooms = {table: self._rooms[table] for table in tables if table in self._rooms}
        if not rooms:
            return
        self._say_here(rooms)
        for room in rooms.values():
            room.recount()
        found = await self._services.claims.look(rooms)
        await _some_at_once(
            rooms[table].look(standing)
            for table, standing in found.items()
            if rooms[table].unsettled(standing) or all_of_them
        )

    def _say_here(self, rooms: dict[str, Room]) -> None:
        """Tell each owner of tables that are mirrored here what is known of them, and who is connected."""
        mirrored: defaultdict[str, dict[str, letters.Seen]] = defaultdict(dict)
        for table, room in rooms.items():
            if room.mirrored is not None:
                owner, seen = room.mirrored
                mirrored[owner][table] = seen
        for owner, tables in mirrored.items():
            self._courier.say(owner, letters.Here(self._services.node, tables))

    async def _serve(self, asked: letters.Asked) -> bytes:
        return await (await self.room(asked.table)).serve(asked)

    def _hear(self, letter: letters.Here | letters.Typed | letters.Passed) -> None:
        if isinstance(letter, letters.Here):
            for table, seen in letter.tables.items():
                if table in self._rooms:
                    self._rooms[table].hear(letter.node, seen)
        elif (room := self._rooms.get(letter.table)) is not None and isinstance(letter, letters.Typed):
            room.typing(letter.seat, on=letter.on)
        elif room is not None and isinstance(letter, letters.Passed) and room.owned:  # or it would go round and round
            room.push(letter.seat, letter.frame)

    def _lock(self, table: str) -> asyncio.Lock:
        """Return the lock under which a table's room is opened and closed; it lives while somebody holds it."""
        return self._locks.setdefault(table, asyncio.Lock())

    async def _close_idle(self) -> None:
        idle = {table for table, room in self._rooms.items() if room.idle}
        for table in idle & self._resting:
            async with self._lock(table):
                if self._rooms[table].idle:
                    await self._rooms.pop(table).close()
                    log.info("room.closed", table=table)
        self._resting = idle


def _shares(tables: list[str]) -> list[list[str]]:
    """Return the shares in which tables are looked at; one at least, for there may soon be tables."""
    return [tables[first : first + SHARE] for first in range(0, max(1, len(tables)), SHARE)]


def _begun(job: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """Begin a task that is for nobody in particular: its log lines bear no ids of whoever happened to ask first."""
    return asyncio.create_task(job, name=name, context=Context())


def _nothing() -> None:
    """Cancel what was never begun."""


async def _tried(job: Awaitable[None], name: str) -> None:
    """Do what is done again and again, whatever comes of it this time."""
    try:
        await job
    except TaleforgeError as error:
        log.warning("tables.unsettled", doing=name, reason=str(error))
    except Exception as error:  # noqa: BLE001  # a bug in it now is no reason never to do it again
        log.bind(doing=name).error("tables.fault", **fault(error))


async def _some_at_once(jobs: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Do every job, whatever comes of the others, a few at a time."""
    waiting = iter(jobs)

    async def work() -> None:
        for job in waiting:
            await _tried(job, "look")

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
