"""The store: durable appends by group commit beside a bare SQLite loop, and reading a long log back."""

import asyncio
import sqlite3
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.measure import Ratio, Row, Time
from taleforge.messages.codec import encode
from taleforge.messages.events import Event
from taleforge.store.sqlite import SqliteStore, open_store
from taleforge.table.ports import TableRow
from tests.table.player import play

TABLES = 64
PER_APPEND = 4
WANTED = 5_000
"""Events a second, each on disk before it is acknowledged."""


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Measure on the disk that holds temporary files."""
    rounds = 2 if smoke else 60
    log = log_of_play()
    with tempfile.TemporaryDirectory() as folder:
        bare = _bare(Path(folder) / "bare.db", log, rounds)
        ours, reading = asyncio.run(_ours(Path(folder) / "ours", log, rounds))
    return [
        Time(f"a durable event, {TABLES} tables at once, {PER_APPEND} events an append", ours, 1 / WANTED),
        Time(f"the same rows in a bare SQLite loop, {TABLES * PER_APPEND} a transaction", bare),
        Ratio("the store, as many times as fast as the bare loop", bare / ours),
        Time("an event read back: checked and decoded", reading),
    ]


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


async def _ours(folder: Path, log: list[Event], rounds: int) -> tuple[float, float]:
    """Return the seconds that an event takes to append when every table appends as fast as it is acknowledged."""
    store = await open_store(folder)
    at = "2026-11-20T20:00:00.000Z"
    for table in range(TABLES):
        await store.create(TableRow(f"tbl_{table}", "spc_1", "The Lamp", "lamp", at, at))
    batches = [[numbered(log, table, number * PER_APPEND) for number in range(rounds)] for table in range(TABLES)]
    begun = perf_counter()
    await asyncio.gather(*(_append(store, f"tbl_{table}", batches[table]) for table in range(TABLES)))
    written = perf_counter()
    for table in range(TABLES):
        await store.read(f"tbl_{table}")
    read = perf_counter()
    await store.close()
    count = rounds * TABLES * PER_APPEND
    return (written - begun) / count, (read - written) / count


async def _append(store: SqliteStore, table: str, batches: list[list[Event]]) -> None:
    for batch in batches:
        await store.append(table, batch[0].v - 1, batch)
