"""Appends as they are in play, from many tables at once, to any store: for `bench_store` and `bench_postgresql`.

Knows no store by name.
"""

import asyncio
from statistics import quantiles
from time import perf_counter

from benchmarks.measure import Time
from taleforge.messages.events import Event
from taleforge.table.ports import EventLog, TableRow
from tests.table.player import play

TABLES = 64
PER_APPEND = 4
WANTED = 5_000
"""Events a second, each on disk before it is acknowledged."""
ACK_P99 = 0.020
"""Seconds within which 99 of 100 appends are acknowledged at half the wanted rate."""


def log_of_play() -> list[Event]:
    """Return events as they are in play, from the middle of a game."""
    return [event for seed in range(20) for event in play(seed).log if event.v > 10]


def numbered(log: list[Event], table: int, first: int) -> list[Event]:
    """Return some of the events as a table's next append after version `first`."""
    start = (table * 31 + first) % (len(log) - PER_APPEND)
    batch = log[start : start + PER_APPEND]
    return [
        Event(v, e.name, e.ver, e.id, e.at, e.clock, e.by, e.d, e.audience, e.witnesses, e.cmd, e.cause, e.nonce)
        for v, e in enumerate(batch, first + 1)
    ]


async def laid(store: EventLog) -> None:
    """Make the tables."""
    at = "2026-11-20T20:00:00.000Z"
    for table in range(TABLES):
        await store.create(TableRow(f"tbl_{table}", "spc_1", "The Lamp", "lamp", at, at))


async def driven(store: EventLog, log: list[Event], rounds: int) -> tuple[float, float]:
    """Return the seconds of an event to append, when every table appends as soon as it is acknowledged; and to read."""
    batches = [[numbered(log, table, number * PER_APPEND) for number in range(rounds)] for table in range(TABLES)]

    async def play(table: int) -> None:
        for batch in batches[table]:
            await store.append(f"tbl_{table}", batch[0].v - 1, batch)

    begun = perf_counter()
    await asyncio.gather(*(play(table) for table in range(TABLES)))
    written = perf_counter()
    for table in range(TABLES):
        await store.read(f"tbl_{table}")
    read = perf_counter()
    count = rounds * TABLES * PER_APPEND
    return (written - begun) / count, (read - written) / count


async def paced(store: EventLog, log: list[Event], seconds: float) -> float:
    """Return the 99th percentile of an append's time when appends arrive at half the wanted rate, waited for or not."""
    gap = PER_APPEND / (WANTED / 2)
    times: list[float] = []

    async def append(table: int, batch: list[Event], after: "asyncio.Task[None] | None") -> None:
        begun = perf_counter()
        if after is not None:
            await after
        await store.append(f"tbl_{table}", batch[0].v - 1, batch)
        times.append(perf_counter() - begun)

    last: dict[int, asyncio.Task[None]] = {}
    begun = perf_counter()
    for number in range(int(seconds / gap)):
        table, turn = number % TABLES, number // TABLES
        batch = numbered(log, table, turn * PER_APPEND)
        await asyncio.sleep(max(0.0, begun + number * gap - perf_counter()))
        last[table] = asyncio.create_task(append(table, batch, last.get(table)))
    await asyncio.gather(*last.values())
    return quantiles(times, n=100)[98]


def acknowledged(store: str, p99: float) -> Time:
    """Return the row of what `paced` found."""
    return Time(f"{store}: an append acknowledged, p99 at {WANTED // 2} events a second", p99, ACK_P99)
