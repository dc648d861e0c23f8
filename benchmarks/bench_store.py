"""The store: durable appends by group commit beside a bare SQLite loop, and reading a long log back."""

import asyncio
import sqlite3
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.appending import PER_APPEND, TABLES, WANTED, acknowledged, driven, laid, log_of_play, numbered, paced
from benchmarks.measure import Ratio, Row, Time
from taleforge.messages.codec import encode
from taleforge.messages.events import Event
from taleforge.store.sqlite import open_store


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Measure on the disk that holds temporary files."""
    rounds = 2 if smoke else 60
    log = log_of_play()
    with tempfile.TemporaryDirectory() as folder:
        bare = _bare(Path(folder) / "bare.db", log, rounds)
        ours, reading = asyncio.run(_driven(Path(folder) / "ours", log, rounds))
        p99 = asyncio.run(_paced(Path(folder) / "paced", log, seconds=0.3 if smoke else 5))
    return [
        Time(f"a durable event, {TABLES} tables at once, {PER_APPEND} events an append", ours, 1 / WANTED),
        Time(f"the same rows in a bare SQLite loop, {TABLES * PER_APPEND} a transaction", bare),
        Ratio("the store, as many times as fast as the bare loop", bare / ours),
        acknowledged("SQLite", p99),
        Time("an event read back: checked and decoded", reading),
    ]


def _bare(file: Path, log: list[Event], rounds: int) -> float:
    """Return the seconds that an event takes when one loop writes all tables' rows and commits them together."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE events (t TEXT, v INTEGER, body BLOB, PRIMARY KEY (t, v))")
    batches = [[numbered(log, table, number * PER_APPEND) for table in range(TABLES)] for number in range(rounds)]
    begun = perf_counter()
    for batch in batches:
        connection.execute("BEGIN")
        for table, events in enumerate(batch):
            values = [(f"tbl_{table}", event.v, encode(event)) for event in events]
            connection.executemany("INSERT INTO events VALUES (?, ?, ?)", values)
        connection.execute("COMMIT")
    taken = perf_counter() - begun
    connection.close()
    return taken / (rounds * TABLES * PER_APPEND)


async def _driven(folder: Path, log: list[Event], rounds: int) -> tuple[float, float]:
    store = await open_store(folder)
    await laid(store)
    found = await driven(store, log, rounds)
    await store.close()
    return found


async def _paced(folder: Path, log: list[Event], seconds: float) -> float:
    store = await open_store(folder)
    await laid(store)
    p99 = await paced(store, log, seconds)
    await store.close()
    return p99
