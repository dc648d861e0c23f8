"""The store in one SQLite file: the embedded default (`EventLog` and `SecretStore`).

One thread writes (`writer`), one reads; an append is acknowledged after fsync. A second writing process is refused; any
number may read beside it. Does not decode what it stores further than its checksums and its events.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from msgspec.structs import replace

from taleforge.errors import Conflict, Damaged, TooNew, Unavailable
from taleforge.messages.brief import Prose
from taleforge.messages.events import Event
from taleforge.store import rows, schema
from taleforge.store.faultpoints import reached
from taleforge.store.lock import WriterLock
from taleforge.store.trouble import explained
from taleforge.store.writer import Writer
from taleforge.table.ports import SideWork, TableRow

T = TypeVar("T")

NAME: Final = "taleforge.db"
_SELECT = {name: f"SELECT {columns} FROM {name}" for name, columns in schema.COLUMNS.items()}  # noqa: S608  # our own words


class SqliteStore:
    """Every table of one data folder; made by `open_store`."""

    def __init__(self, file: Path, reading: sqlite3.Connection, writer: Writer | None, lock: WriterLock | None) -> None:
        self.file = file
        self._name = str(file)
        self._reading = reading
        self._writer = writer
        self._lock = lock
        self._reader = ThreadPoolExecutor(1, "store-reader")

    async def create(self, row: TableRow, events: Sequence[Event] = (), prose: Sequence[Prose] = ()) -> None:
        """Make a table with the first events of its log; see `EventLog.create`."""
        made = rows.table_row(replace(row, version=rows.last_version(0, events)))
        event_rows = [rows.event_row(row.id, row.space, event) for event in events]
        prose_rows = [rows.prose_row(row.id, row.space, told) for told in prose]

        def write(connection: sqlite3.Connection) -> None:
            if connection.execute("SELECT 1 FROM tables WHERE id = ?", (row.id,)).fetchone():
                raise Conflict(f"There is already a table {row.id}.", "Choose another id.")
            _insert(connection, "tables", [made])
            _insert(connection, "events", event_rows)
            _insert(connection, "prose", prose_rows)

        await self._write(write)

    async def tables(self, space: str | None = None) -> list[TableRow]:
        """Return the tables, the last played first."""

        def read(connection: sqlite3.Connection) -> list[TableRow]:
            where, values = ("", ()) if space is None else (" WHERE space = ?", (space,))
            found = connection.execute(f"{_SELECT['tables']}{where} ORDER BY updated_at DESC, id DESC", values)
            return [rows.read_table(row, self._name) for row in found]

        return await self._read(read)

    async def append(
        self,
        table: str,
        expected: int,
        events: Sequence[Event],
        work: Sequence[SideWork] = (),
        status: str | None = None,
    ) -> None:
        """Store events and their side work, or nothing; see `EventLog.append`."""
        last = rows.last_version(expected, events)
        at = events[-1].at if events else None

        def write(connection: sqlite3.Connection) -> None:
            row = _table(connection, table, self._name)
            if row.version != expected:
                raise Conflict(
                    f"Table {table} is at version {row.version}, not {expected}.", "Read, decide and write again."
                )
            _insert(connection, "events", [rows.event_row(table, row.space, event) for event in events])
            _insert(connection, "work", [rows.work_row(table, row.space, item) for item in work])
            _update(
                connection, replace(row, version=last, updated_at=at or row.updated_at, status=status or row.status)
            )

        reached("append.asked")
        await self._write(write)

    async def read(self, table: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """Return the events after a version, in order; see `EventLog.read`."""

        def read(connection: sqlite3.Connection) -> list[Event]:
            sql = f"{_SELECT['events']} WHERE table_id = ? AND version > ? ORDER BY version LIMIT ?"
            found = connection.execute(sql, (table, after, -1 if limit is None else limit)).fetchall()
            last = self._end(connection, table, found)
            cut = limit is not None and len(found) == limit
            rows.check_gapless(table, [row[1] for row in found], after + 1, None if cut else last, self._name)
            return [rows.read_event(row, self._name) for row in found]

        return await self._read(read)

    def _end(self, connection: sqlite3.Connection, table: str, found: list[rows.Row]) -> int:
        row = _find_table(connection, table, self._name)
        if row is None and found:
            raise Damaged(f"The row of table {table} is missing in {self.file}.", rows.REMEDY)
        return row.version if row else 0

    async def find_command(self, table: str, cmd: str) -> int | None:
        """Return the version after the last event of a command."""

        def read(connection: sqlite3.Connection) -> int | None:
            return connection.execute(
                "SELECT max(version) FROM events WHERE table_id = ? AND cmd = ?", (table, cmd)
            ).fetchone()[0]

        return await self._read(read)

    async def pending_work(self, table: str) -> list[SideWork]:
        """Return side work that is not done, oldest first."""

        def read(connection: sqlite3.Connection) -> list[SideWork]:
            found = connection.execute(f"{_SELECT['work']} WHERE table_id = ? ORDER BY version, id", (table,))
            return [rows.read_work(row, self._name) for row in found]

        return await self._read(read)

    async def finish_work(self, work: str, prose: Prose | None = None) -> None:
        """Take side work off the list and store its prose; a second time does nothing."""

        def write(connection: sqlite3.Connection) -> None:
            found = connection.execute("SELECT table_id, space FROM work WHERE id = ?", (work,)).fetchone()
            if found is None:
                return
            connection.execute("DELETE FROM work WHERE id = ?", (work,))
            if prose is not None:
                _insert(connection, "prose", [rows.prose_row(found[0], found[1], prose)], replacing=True)

        await self._write(write)

    async def read_prose(self, table: str, after: int = 0) -> list[Prose]:
        """Return the prose that tells versions after `after`."""

        def read(connection: sqlite3.Connection) -> list[Prose]:
            sql = f"{_SELECT['prose']} WHERE table_id = ? AND version > ? ORDER BY version, audience"
            return [rows.read_prose(row, self._name) for row in connection.execute(sql, (table, after))]

        return await self._read(read)

    async def put_seed(self, table: str, commitment: str, seed: bytes) -> None:
        """Keep a seed."""
        row = rows.seed_row(table, commitment, seed)
        await self._write(lambda connection: _insert(connection, "seeds", [row], replacing=True))

    async def get_seed(self, table: str, commitment: str) -> bytes | None:
        """Return the seed kept under a commitment."""

        def read(connection: sqlite3.Connection) -> bytes | None:
            sql = f"{_SELECT['seeds']} WHERE table_id = ? AND commitment = ?"
            row = connection.execute(sql, (table, commitment)).fetchone()
            return rows.read_seed(row, self._name) if row else None

        return await self._read(read)

    async def close(self) -> None:
        """Finish what was asked, then let the folder go."""
        await asyncio.to_thread(self._reader.shutdown)
        self._reading.close()
        if self._writer is not None:
            await self._writer.close()
        if self._lock is not None:
            self._lock.release()

    async def _write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        if self._writer is None:
            raise Unavailable(f"{self.file} is open for reading only.", "Open it for writing.")
        return await self._writer.write(job)

    async def _read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        def in_one_snapshot() -> T:
            with explained(self.file):
                self._reading.execute("BEGIN")
                try:
                    return job(self._reading)
                finally:
                    self._reading.execute("ROLLBACK")

        return await asyncio.get_running_loop().run_in_executor(self._reader, in_one_snapshot)


async def open_store(folder: Path, *, writing: bool = True, fsync: bool = True) -> SqliteStore:
    """Open the store of a data folder, making it when it is missing; without `writing`, beside whoever writes.

    Raises:
        StoreBusy: another process writes there.
        TooNew: a newer version made it.
        Damaged: it is no database of ours.
        Misconfigured: the folder cannot be written.
    """
    file = folder / NAME
    loop = asyncio.get_running_loop()
    if not writing:
        return SqliteStore(file, await asyncio.to_thread(_reading, file), None, None)
    lock = WriterLock(folder)
    try:
        connection = await asyncio.to_thread(_writing, file, fsync=fsync)
        reading = await asyncio.to_thread(_reading, file)
    except BaseException:
        lock.release()
        raise
    return SqliteStore(file, reading, Writer(connection, file, loop), lock)


def _writing(file: Path, *, fsync: bool) -> sqlite3.Connection:
    with explained(file):
        connection = _connect(file)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if fsync else 'NORMAL'}")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # the writer does it after it has answered
        connection.execute("PRAGMA journal_size_limit = 16777216")
        _migrate(connection, file)
    return connection


def _reading(file: Path) -> sqlite3.Connection:
    with explained(file):
        if not file.exists():
            return _migrated(_connect(":memory:"), file)  # a folder that was never written has no tables
        connection = _connect(f"{file.absolute().as_uri()}?mode=ro")
        return connection if _version(connection, file) else _migrated(_connect(":memory:"), file)


def _connect(target: Path | str) -> sqlite3.Connection:
    uri = isinstance(target, str) and target.startswith("file:")
    connection = sqlite3.connect(target, isolation_level=None, check_same_thread=False, uri=uri, timeout=5)
    connection.execute("PRAGMA cell_size_check = ON")  # finds damage where it would be misread otherwise
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _migrated(connection: sqlite3.Connection, file: Path) -> sqlite3.Connection:
    _migrate(connection, file)
    return connection


def _migrate(connection: sqlite3.Connection, file: Path) -> None:
    """Bring the schema up to date, whole or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        since = _version(connection, file)
        for sql in schema.statements(since, "BLOB"):
            connection.execute(sql)
        connection.execute("DELETE FROM meta WHERE name = 'schema'")
        connection.execute("INSERT INTO meta (name, value) VALUES ('schema', ?)", (str(schema.VERSION),))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.close()
        raise


def _version(connection: sqlite3.Connection, file: Path) -> int:
    """Return the version of the schema, 0 in an empty file."""
    if not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        return 0
    row = connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
    if row is None or not str(row[0]).isdecimal() or row[0] == "0":
        raise Damaged(f"{file} does not say which version of the schema it has.", rows.REMEDY)
    if int(row[0]) > schema.VERSION:
        raise TooNew(
            f"A newer version of Taleforge made {file} (schema {row[0]}; this one knows {schema.VERSION}).",
            "Upgrade, then open it again.",
        )
    return int(row[0])


def _table(connection: sqlite3.Connection, table: str, file: str) -> TableRow:
    row = _find_table(connection, table, file)
    if row is None:
        raise Conflict(f"There is no table {table}.", "Make it first.")
    return row


def _find_table(connection: sqlite3.Connection, table: str, file: str) -> TableRow | None:
    row = connection.execute(f"{_SELECT['tables']} WHERE id = ?", (table,)).fetchone()
    return rows.read_table(row, file) if row else None


def _update(connection: sqlite3.Connection, row: TableRow) -> None:
    sealed = rows.table_row(row)
    connection.execute(
        "UPDATE tables SET version = ?, updated_at = ?, status = ?, crc = ? WHERE id = ?",
        (row.version, row.updated_at, row.status, sealed[-1], row.id),
    )


def _insert(connection: sqlite3.Connection, into: str, values: Iterable[rows.Row], *, replacing: bool = False) -> None:
    connection.executemany((_REPLACE if replacing else _INSERT)[into], values)


def _insert_sql(name: str, columns: str) -> str:
    return f"INSERT INTO {name} ({columns}) VALUES ({', '.join('?' * len(columns.split(', ')))})"  # noqa: S608


_INSERT = {name: _insert_sql(name, columns) for name, columns in schema.COLUMNS.items()}
_REPLACE = {
    "prose": f"{_INSERT['prose']} ON CONFLICT (table_id, version, audience)"
    " DO UPDATE SET body = excluded.body, crc = excluded.crc",
    "seeds": f"{_INSERT['seeds']} ON CONFLICT (table_id, commitment) DO NOTHING",
}
