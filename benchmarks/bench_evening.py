"""The table server: the processor time of one action at a table of four, and the memory of a table in play.

One action is everything that one process does for it except the network: read the frame, understand, decide, evolve,
let the table act by itself, store, cut events and views for four seats, encode their frames, tell the story. It is
played on the store in memory, which gives a log back decoded anew, as real stores do; what those cost stands elsewhere.
"""

import asyncio
import gc
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from hashlib import shake_256
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from benchmarks.evening import Evening, Seat, unlike
from benchmarks.measure import Ratio, Row, Time
from taleforge.api.server import spare_collector
from taleforge.bootstrap import House, build
from taleforge.live.ports import Services
from taleforge.live.tables import Tables
from taleforge.messages.codec import decode_event, encode
from taleforge.messages.events import Event
from taleforge.messages.ids import CountingIds
from taleforge.settings import load
from taleforge.store.memory import MemoryStore
from taleforge.table import view

ACTION_AT_MOST = 1.2e-3
"""Seconds: 500 actions a second then use six tenths of a core."""
TABLE_AT_MOST = 200
"""Kilobytes."""
ACTIONS = 1_500
TABLES = 500
WARMING = 60
"""Actions before the measuring, in which plans and odds of the scene are worked out for the first time."""
PLAYED = 20
"""Actions at each of the tables whose memory is weighed."""


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Return what an action and a table in play cost."""
    spent = asyncio.run(_played(20 if smoke else ACTIONS, 0 if smoke else WARMING))
    kilobytes = _table_kilobytes(4 if smoke else TABLES)
    actions = sorted(spent.actions)
    return [
        Time("an action at a table of four, mean processor time", sum(actions) / len(actions), at_most=ACTION_AT_MOST),
        Time("the median", actions[len(actions) // 2]),
        Time("the 99th percentile", actions[len(actions) * 99 // 100]),
        *(Time(f"of the mean: {phase}", taken / len(actions)) for phase, taken in spent.by_cost()),
        Ratio(f"{TABLE_AT_MOST} kB, beside a table in play", TABLE_AT_MOST / kilobytes, at_least=1.0),
    ]


class Spent:
    """Processor time: of each action, and of each phase over all of them."""

    def __init__(self) -> None:
        self.measuring = False
        self.actions: list[float] = []
        self.phases: defaultdict[str, float] = defaultdict(float)

    def timed(self, phase: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same and adds its time to a phase."""

        def measured(*given: Any, **named: Any) -> Any:
            begun = process_time()
            try:
                return call(*given, **named)
            finally:
                if self.measuring:
                    self.phases[phase] += process_time() - begun

        return measured

    def by_cost(self) -> list[tuple[str, float]]:
        """Return the phases, the costliest first, with what is left for everything else."""
        known = sorted(self.phases.items(), key=lambda item: -item[1])
        rest = sum(self.actions) - sum(self.phases.values())
        return [*known, ("rooms, differences, frames", rest)]


class MeasuredPosition:
    """A position whose answers are timed."""

    def __init__(self, position: Any, spent: Spent) -> None:
        self._position = position
        self._spent = spent
        self.decide = spent.timed("decide and brief", position.decide)
        self.view = spent.timed("views", position.view)
        self.project = spent.timed("project", position.project)
        self.automatic = spent.timed("what the table does next", position.automatic)

    def after(self, event: Event) -> "MeasuredPosition":
        """Return the position after an event."""
        return MeasuredPosition(self._spent.timed("evolve", self._position.after)(event), self._spent)

    def __getattr__(self, name: str) -> Any:
        """Return what is not timed."""
        return getattr(self._position, name)


class MeasuredGame:
    """A game that makes measured positions."""

    def __init__(self, game: Any, spent: Spent) -> None:
        self._game = game
        self._spent = spent

    def open(self, *given: Any) -> tuple[Event, ...]:
        """Return the events that begin a log."""
        return self._game.open(*given)

    def fold(self, table: str, events: Sequence[Event]) -> Any:
        """Return where a log leads to."""
        return MeasuredPosition(self._game.fold(table, events), self._spent)


class MeasuredInterpreter:
    """An interpreter whose reading is timed."""

    def __init__(self, interpreter: Any, spent: Spent) -> None:
        self.interpret = spent.timed("interpret", interpreter.interpret)


class WireStore(MemoryStore):
    """The store in memory, which returns a log decoded anew, as stores do that keep bytes."""

    def __init__(self) -> None:
        super().__init__()
        self._commands: dict[tuple[str, str], int] = {}

    async def read(self, table: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """Return the events after a version."""
        return [decode_event(encode(event)) for event in await super().read(table, after, limit)]

    async def find_command(self, table: str, cmd: str) -> int | None:
        """Return the version after a command, from an index, where the store in memory walks through the log."""
        return self._commands.get((table, cmd))

    async def append(self, table: str, expected: int, events: Sequence[Event], *given: Any, **named: Any) -> None:
        """Store events."""
        await super().append(table, expected, events, *given, **named)
        self._commands |= {(table, event.cmd): event.v for event in events if event.cmd is not None}


def chance() -> Callable[[int], bytes]:
    """Return bytes that are the same in each run."""
    numbers = count()
    return lambda size: shake_256(f"evening {next(numbers)}".encode()).digest(size)


def measured(services: Services, spent: Spent) -> Services:
    """Return services that note what they cost, on a store in memory."""
    game, interpreter = MeasuredGame(services.game, spent), MeasuredInterpreter(services.interpreter, spent)
    store = WireStore()
    return replace(services, game=game, interpreter=interpreter, log=store, secrets=store)


async def _played(actions: int, warming: int) -> Spent:
    """Play evenings one after another until there were so many actions; returns what they cost."""
    spent = Spent()
    async with _house() as house:
        tables = Tables(measured(house.services, spent))
        for seed in count():
            evening = Evening(tables, house.services.ids, seed)
            await evening.sit_down()
            for _ in range(warming if seed == 0 else 0):
                await _action(evening, None)
            while len(spent.actions) < actions and not evening.over:
                await _action(evening, spent)
            position: Any = (await tables.room(evening.table)).position
            wrong = unlike(evening, partial(view, position.state))
            assert not wrong, f"views that patches led astray: {wrong}"
            await evening.leave()
            if len(spent.actions) >= actions:
                break
        await tables.close()
    return spent


@asynccontextmanager
async def _house() -> AsyncGenerator[House]:
    with TemporaryDirectory() as folder:
        settings = load({}, {"data.folder": folder, "store.fsync": "false"}, None)
        async with build(settings, ids=CountingIds(), chance=chance()) as house:
            spare_collector()  # as a server does when it has started
            yield house


async def _action(evening: Evening, spent: Spent | None) -> None:
    """Let somebody do one thing, and note what it cost the server."""
    if evening.over:
        return
    seat, frame = evening.next()
    begun = process_time()
    if spent is not None:
        spent.measuring = True
    await seat.session.send(frame)
    await evening.settle()
    if spent is not None:
        spent.measuring = False
        spent.actions.append(process_time() - begun)
    evening.catch_up()


def _table_kilobytes(tables: int) -> float:
    """Return the kilobytes that a table in play adds to a process which holds so many, each with four streams."""
    command = [sys.executable, "-m", "benchmarks.bench_evening", str(tables)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)  # noqa: S603 - ours


async def _hold(tables: int) -> float:
    """Open tables, let each be played for a while, and return the kilobytes that one of the later half added."""
    half = 0.0
    held: list[list[Seat]] = []
    async with _house() as house:
        for seed in range(tables):
            half = _resident() if seed == tables // 2 else half
            evening = Evening(house.tables, house.services.ids, seed)
            await evening.sit_down()
            for _ in range(PLAYED):
                await _action(evening, None)
            for seat in evening.seats:
                seat.view = {}  # the players' own memory is not the server's
            held.append(evening.seats)
        return (_resident() - half) / (tables - tables // 2)


def _resident() -> float:
    """Return the kilobytes of this process that lie in memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024


if __name__ == "__main__":
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    print(asyncio.run(_hold(int(sys.argv[1]))))
