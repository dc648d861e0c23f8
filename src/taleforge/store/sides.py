"""One end of a move, a backup or a restore: every row of a store within one transaction, whichever engine keeps it.

Does not say what goes where.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final, Protocol

from taleforge.errors import BadInput
from taleforge.messages.events import Event
from taleforge.store import database, rows
from taleforge.store.lock import WriterLock, holder
from taleforge.store.schema import ACCOUNTS, COLUMNS
from taleforge.store.trouble import explained
from taleforge.store.upgrade import Place
from taleforge.store.wal import check_wal

StateHash = Callable[[str, Sequence[Event]], str]
"""Returns the hash of the state that a table's log leads to, in hexadecimal."""

BATCH: Final = 1_000
"""Rows that are carried at a time."""
ALL: Final = {**COLUMNS, **ACCOUNTS}
"""The columns of each table of the schema that is carried."""
CHECKS: Final[dict[str, Callable[[rows.Row, str], object]]] = {
    "tables": rows.read_table,
    "events": rows.read_event,
    "work": rows.read_work,
    "prose": rows.read_prose,
    "seeds": rows.read_seed,
}
"""How a row of each table with checksums is read: what fails that is not carried on."""


NAMING: Final[dict[str, tuple[int, ...]]] = {
    "pictures": tuple(ALL["pictures"].split(", ").index(column) for column in ("file", "small"))
}
"""In which columns the rows of a table of the schema name files."""


def files_of(table: str, row: rows.Row) -> set[str]:
    """Return the ids of the files that a row names."""
    return {str(row[column]) for column in NAMING.get(table, ()) if row[column]}


class Side(Protocol):
    """One end of a move, within a transaction."""

    name: str

    async def count(self, table: str) -> int:
        """Return how many rows a table of the schema has."""
        ...

    def select(self, sql: str, *values: str) -> AsyncIterator[list[rows.Row]]:
        """Return the rows of a statement (with `?1`), some at a time."""
        ...

    async def put(self, table: str, values: list[rows.Row]) -> None:
        """Put rows into a table of the schema."""
        ...


async def state_of(side: Side, table: str, state_hash: StateHash) -> str:
    """Return the hash of the state of a table; raises Damaged or TooNew when its log cannot be read."""
    sql = f"SELECT {COLUMNS['events']} FROM events WHERE table_id = ?1 ORDER BY version"  # noqa: S608
    log = [rows.read_event(row, side.name) async for batch in side.select(sql, table) for row in batch]
    sql = f"SELECT {COLUMNS['tables']} FROM tables WHERE id = ?1"  # noqa: S608
    (last,) = [rows.read_table(row, side.name).version async for batch in side.select(sql, table) for row in batch]
    rows.check_gapless(table, [event.v for event in log], 1, last, side.name)
    return state_hash(table, log)


async def check_empty(side: Side) -> None:
    """Refuse to go on where there is anything already; raises BadInput."""
    for name in ALL:
        if await side.count(name):
            raise BadInput(f"{side.name} is not empty.", "Name a new folder or database.")


@asynccontextmanager
async def opened(where: Place, *, writing: bool) -> AsyncGenerator[Side]:
    """Open one end; when nothing fails within, what was put there is durable afterwards."""
    async with _file(where, writing=writing) if isinstance(where, Path) else _server(where, writing=writing) as side:
        yield side


@asynccontextmanager
async def snapshot(where: Place) -> AsyncGenerator[Side]:
    """Open a store as it is at one moment, to be read beside whoever plays there.

    Raises:
        Damaged: acknowledged writes cannot be read.
        Unavailable, Misconfigured: it cannot be opened.
    """
    async with _beside(where) if isinstance(where, Path) else _server(where, writing=False) as side:
        yield side


@asynccontextmanager
async def _beside(folder: Path) -> AsyncGenerator[Side]:
    file = folder / database.NAME
    if holder(folder) is None:
        check_wal(file)  # SQLite would tidy away what a crash left behind
    with explained(file), closing(database.connect(f"{file.absolute().as_uri()}?mode=rw")) as connection:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        yield _File(connection, str(file))
        connection.execute("ROLLBACK")


@asynccontextmanager
async def _file(folder: Path, *, writing: bool) -> AsyncGenerator[Side]:
    file = folder / database.NAME
    lock = WriterLock(folder)
    try:
        opened = await asyncio.to_thread(database.writing, file, fsync=True)
        with explained(file), closing(opened) as connection:
            connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
            yield _File(connection, str(file))
            connection.execute("COMMIT")
    finally:
        lock.release()


@asynccontextmanager
async def _server(url: str, *, writing: bool) -> AsyncGenerator[Side]:
    from taleforge.store import pool  # noqa: PLC0415  # the extra may be missing

    name = pool.name_of(url)
    with pool.explained(name):
        connection = await pool.connect(url)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=not writing):
                if writing:
                    await connection.execute(f"LOCK TABLE {', '.join(ALL)} IN EXCLUSIVE MODE")
                yield _Server(connection, name)
        finally:
            await connection.close()


class _File:
    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self.name = name
        self._connection = connection

    async def count(self, table: str) -> int:
        return self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608

    async def select(self, sql: str, *values: str) -> AsyncIterator[list[rows.Row]]:
        found = self._connection.execute(sql, values)
        while batch := found.fetchmany(BATCH):
            yield batch

    async def put(self, table: str, values: list[rows.Row]) -> None:
        columns = ALL[table]
        places = ", ".join("?" * len(columns.split(", ")))
        self._connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", values)  # noqa: S608


class _Server:
    def __init__(self, connection: Any, name: str) -> None:
        self.name = name
        self._connection = connection

    async def count(self, table: str) -> int:
        return await self._connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608

    async def select(self, sql: str, *values: str) -> AsyncIterator[list[rows.Row]]:
        cursor = await self._connection.cursor(sql.replace("?", "$"), *values)
        while batch := await cursor.fetch(BATCH):
            yield [tuple(row) for row in batch]

    async def put(self, table: str, values: list[rows.Row]) -> None:
        await self._connection.copy_records_to_table(table, records=values, columns=ALL[table].split(", "))
