"""Moves everything that is kept from one store to another, and proves that it arrived.

The target has to be empty and gets all of it in one transaction, which ends only when both sides count the same rows
and every table's log leads to the same state. The source is never written. Does not fold a log: a function that does
is handed in.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final, Protocol

from msgspec import Struct

from taleforge.errors import BadInput, Damaged, Misconfigured
from taleforge.messages.events import Event
from taleforge.store import database, rows
from taleforge.store.lock import WriterLock
from taleforge.store.schema import ACCOUNTS, COLUMNS
from taleforge.store.trouble import explained
from taleforge.store.upgrade import Place, need_postgresql, plan, upgrade

StateHash = Callable[[str, Sequence[Event]], str]
"""Returns the hash of the state that a table's log leads to, in hexadecimal."""

BATCH: Final = 1_000
"""Rows that are carried at a time."""
_ALL: Final = {**COLUMNS, **ACCOUNTS}
_CHECKS: Final[dict[str, Callable[[rows.Row, str], object]]] = {
    "tables": rows.read_table,
    "events": rows.read_event,
    "work": rows.read_work,
    "prose": rows.read_prose,
    "seeds": rows.read_seed,
}
"""How a row of each table with checksums is read: what fails that is not carried on."""


class Moved(Struct, frozen=True):
    """What arrived: rows by table of the schema, and of each table that is played the hash of its state."""

    rows: dict[str, int]
    states: dict[str, str]


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


async def move(source: Place, target: Place, state_hash: StateHash) -> Moved:
    """Copy everything from one store to another, whole or not at all; nobody may play at either meanwhile.

    Raises:
        BadInput: there is nothing at the source, or something at the target.
        Damaged: a row of the source is not what was written, or what arrived is not what was there.
        StoreBusy: somebody plays from a file.
        Misconfigured, TooNew, StoreFull, Unavailable: one of the stores cannot be used, or the source is older.
    """
    need_postgresql()
    found = await plan(source)
    if found.since == 0:
        raise BadInput(f"There is no store at {found.where}.", "Name the store that is to be moved.")
    if found.needed:
        raise Misconfigured(f"{found.where} has schema {found.since}, which is older.", "Run `taleforge migrate`.")
    await upgrade(target)
    async with _opened(source, writing=False) as old, _opened(target, writing=True) as new:
        for name in _ALL:
            if await new.count(name):
                raise BadInput(f"{new.name} is not empty.", "Move to a new folder or database.")
        for name in _ALL:
            await _carry(name, old, new)
        return await _proved(old, new, state_hash)


async def _carry(name: str, old: Side, new: Side) -> None:
    check = _CHECKS.get(name)
    async for batch in old.select(f"SELECT {_ALL[name]} FROM {name}"):  # noqa: S608
        if check is not None:
            for row in batch:
                check(row, old.name)
        await new.put(name, batch)


async def _proved(old: Side, new: Side, state_hash: StateHash) -> Moved:
    """Return what arrived, once both sides say the same of it."""
    counted = {name: await new.count(name) for name in _ALL}
    if counted != {name: await old.count(name) for name in _ALL}:
        raise Damaged("Not all rows arrived.", "Nothing was moved; try again while nobody plays.")
    states: dict[str, str] = {}
    async for batch in old.select("SELECT id FROM tables ORDER BY id"):
        for (table,) in batch:
            states[str(table)] = await _state(old, str(table), state_hash)
            if await _state(new, str(table), state_hash) != states[str(table)]:
                raise Damaged(f"Table {table} is not the same where it arrived.", "Nothing was moved; try again.")
    return Moved(counted, states)


async def _state(side: Side, table: str, state_hash: StateHash) -> str:
    sql = f"SELECT {COLUMNS['events']} FROM events WHERE table_id = ?1 ORDER BY version"  # noqa: S608
    log = [rows.read_event(row, side.name) async for batch in side.select(sql, table) for row in batch]
    sql = f"SELECT {COLUMNS['tables']} FROM tables WHERE id = ?1"  # noqa: S608
    (last,) = [rows.read_table(row, side.name).version async for batch in side.select(sql, table) for row in batch]
    rows.check_gapless(table, [event.v for event in log], 1, last, side.name)
    return state_hash(table, log)


@asynccontextmanager
async def _opened(where: Place, *, writing: bool) -> AsyncGenerator[Side]:
    """Open one end; when nothing fails within, what was put there is durable afterwards."""
    async with _file(where, writing=writing) if isinstance(where, Path) else _server(where, writing=writing) as side:
        yield side


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
                    await connection.execute(f"LOCK TABLE {', '.join(_ALL)} IN EXCLUSIVE MODE")
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
        columns = _ALL[table]
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
        await self._connection.copy_records_to_table(table, records=values, columns=_ALL[table].split(", "))
