"""The store in one SQLite file: the embedded default (`EventLog`, `SecretStore` and `Sql`).

One thread writes (`writer`), one reads; an append is acknowledged after fsync. A second writing process is refused; any
number may read beside it. Does not decode what it stores further than its checksums and its events.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from msgspec import json
from msgspec.structs import replace

from taleforge.errors import Conflict, Damaged, TaleforgeError, Unavailable
from taleforge.live.ports import TTL
from taleforge.messages.brief import Prose
from taleforge.messages.events import Event
from taleforge.store import claims, database, forgetting, jobs, rows
from taleforge.store.appends import Done, append_all, finish_all
from taleforge.store.columns import LAST, upto
from taleforge.store.database import NAME, SELECT, insert
from taleforge.store.faultpoints import reached
from taleforge.store.gathered import Gathered
from taleforge.store.lock import WriterLock
from taleforge.store.transactions import Transaction, run
from taleforge.store.trouble import explained
from taleforge.store.wishes import Wish
from taleforge.store.workload import Workload
from taleforge.store.writer import Writer
from taleforge.table.ports import Played, SideWork, TableRow, Without

T = TypeVar("T")


class SqliteStore:
    """Every table of one data folder; made by `open_store`."""

    def __init__(
        self,
        file: Path,
        reading: sqlite3.Connection,
        writer: Writer | None,
        lock: WriterLock | None,
        ttl: float = TTL,
    ) -> None:
        self.file = file
        self.workload = writer.workload if writer else Workload()
        self.claims = claims.SqlClaims(self, claims.SQLITE, ttl)
        self.jobs = jobs.SqlJobs(self, jobs.SQLITE)
        self._name = str(file)
        self._reading = reading
        self._writer = writer
        self._lock = lock
        self._reader = ThreadPoolExecutor(1, "store-reader")
        self._append = Gathered(self._append_all)
        self._finish = Gathered(self._finish_all)

    async def create(self, row: TableRow, events: Sequence[Event] = (), prose: Sequence[Prose] = ()) -> None:
        """Make a table with the first events of its log; see `EventLog.create`."""
        made = rows.table_row(replace(row, version=rows.last_version(0, events)))
        event_rows = [rows.event_row(row.id, row.space, event) for event in events]
        prose_rows = [rows.prose_row(row.id, row.space, told) for told in prose]

        def write(connection: sqlite3.Connection) -> None:
            if connection.execute("SELECT 1 FROM tables WHERE id = ?", (row.id,)).fetchone():
                raise Conflict(f"There is already a table {row.id}.", "Choose another id.")
            insert(connection, "tables", [made])
            insert(connection, "events", event_rows)
            insert(connection, "prose", prose_rows)

        await self._write(write)

    async def tables(
        self,
        space: str | None = None,
        *,
        only: Collection[str] | None = None,
        after: Played | None = None,
        limit: int | None = None,
    ) -> list[TableRow]:
        """Return the tables, the last played first."""
        given = {
            "space = ?": space,
            "id IN (SELECT value FROM json_each(?))": None if only is None else json.encode(list(only)).decode(),
        }
        fits = {sql: value for sql, value in given.items() if value is not None}
        where = " AND ".join([*fits, "(updated_at, id) < (?, ?)"])
        order = "ORDER BY updated_at DESC, id DESC LIMIT ?"

        def read(connection: sqlite3.Connection) -> list[TableRow]:
            values = (*fits.values(), *(after or (LAST, LAST)), upto(limit))
            found = connection.execute(f"{SELECT['tables']} WHERE {where} {order}", values)
            return [rows.read_table(row, self._name) for row in found]

        return await self._read(read)

    async def table(self, table: str) -> TableRow | None:
        """Return one table."""
        return await self._read(lambda connection: _find_table(connection, table, self._name))

    async def append(
        self,
        table: str,
        expected: int,
        events: Sequence[Event],
        work: Sequence[SideWork] = (),
        status: str | None = None,
        *,
        prose: Sequence[Prose] = (),
        fence: int | None = None,
    ) -> None:
        """Store events and their side work, or nothing; see `EventLog.append`."""
        reached("append.asked")
        refusal = await self._append(Wish(table, expected, events, work, status, fence, prose))
        if refusal is not None:
            raise refusal

    async def _append_all(self, wishes: Sequence[Wish]) -> list[TaleforgeError | None]:
        """Store some appends together; where that cannot be done, each by itself."""
        try:
            return [*await self._write(lambda connection: append_all(connection, wishes, self._name))]
        except TaleforgeError as error:
            if len(wishes) == 1:
                return [error]
            return [refusal for wish in wishes for refusal in await self._append_all([wish])]

    async def read(self, table: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """Return the events after a version, in order; see `EventLog.read`."""

        def read(connection: sqlite3.Connection) -> list[Event]:
            sql = f"{SELECT['events']} WHERE table_id = ? AND version > ? ORDER BY version LIMIT ?"
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

    async def forget(self, table: str, without: Without) -> int:
        """Store the events of a table's log without what is to be forgotten; see `EventLog.forget`."""
        return await forgetting.forget(self, self._name, table, without)

    async def pending_work(self, table: str) -> list[SideWork]:
        """Return side work that is not done, oldest first."""

        def read(connection: sqlite3.Connection) -> list[SideWork]:
            found = connection.execute(f"{SELECT['work']} WHERE table_id = ? ORDER BY version, id", (table,))
            return [rows.read_work(row, self._name) for row in found]

        return await self._read(read)

    async def finish_work(self, work: str, prose: Prose | None = None) -> bool:
        """Take side work off the list and store its prose; a second time does nothing."""
        return await self._finish((work, prose))

    async def _finish_all(self, finished: Sequence[Done]) -> list[bool]:
        return await self._write(lambda connection: finish_all(connection, finished))

    async def read_prose(self, table: str, after: int = 0) -> list[Prose]:
        """Return the prose that tells versions after `after`."""

        def read(connection: sqlite3.Connection) -> list[Prose]:
            sql = f"{SELECT['prose']} WHERE table_id = ? AND version > ? ORDER BY version, audience"
            return [rows.read_prose(row, self._name) for row in connection.execute(sql, (table, after))]

        return await self._read(read)

    async def put_seed(self, table: str, commitment: str, seed: bytes) -> None:
        """Keep a seed."""
        row = rows.seed_row(table, commitment, seed)
        await self._write(lambda connection: insert(connection, "seeds", [row], replacing=True))

    async def get_seed(self, table: str, commitment: str) -> bytes | None:
        """Return the seed kept under a commitment."""

        def read(connection: sqlite3.Connection) -> bytes | None:
            sql = f"{SELECT['seeds']} WHERE table_id = ? AND commitment = ?"
            row = connection.execute(sql, (table, commitment)).fetchone()
            return rows.read_seed(row, self._name) if row else None

        return await self._read(read)

    async def query(self, sql: str, *values: rows.Column) -> list[rows.Row]:
        """Return the rows of a statement that only reads; see `Sql.query`."""
        return await self._read(lambda connection: connection.execute(sql, values).fetchall())

    async def change(self, sql: str, *values: rows.Column) -> list[rows.Row]:
        """Run one statement that writes; see `Sql.change`."""
        return await self._write(lambda connection: connection.execute(sql, values).fetchall())

    async def transact(self, transaction: Transaction[T], *_locks: str) -> T:
        """Run a transaction; see `Sql.transact`. The one writer is lock enough."""
        return await self._write(lambda connection: run(transaction(), connection))

    @property
    def connections(self) -> Mapping[str, int]:
        """How many connections are `used` and `idle`: a file has none."""
        return {}

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
        with self.workload.doing("write"):
            return await self._writer.write(job)

    async def _read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        def in_one_snapshot() -> T:
            with explained(self.file):
                self._reading.execute("BEGIN")
                try:
                    return job(self._reading)
                finally:
                    self._reading.execute("ROLLBACK")

        with self.workload.doing("read"):
            return await asyncio.get_running_loop().run_in_executor(self._reader, in_one_snapshot)


async def open_store(folder: Path, *, writing: bool = True, fsync: bool = True, ttl: float = TTL) -> SqliteStore:
    """Open the store of a data folder, making it when it is missing; without `writing`, beside whoever writes.

    `ttl` is after how many seconds a process that was not seen is dead.

    Raises:
        StoreBusy: another process writes there.
        TooNew: a newer version made it.
        Damaged: it is no database of ours.
        Misconfigured: the folder cannot be written.
    """
    file = folder / NAME
    loop = asyncio.get_running_loop()
    if not writing:
        return SqliteStore(file, await asyncio.to_thread(database.reading, file), None, None)
    lock = WriterLock(folder)
    try:
        connection = await asyncio.to_thread(database.writing, file, fsync=fsync)
        connection.execute("DELETE FROM nodes")  # whoever wrote before is gone: the lock is ours
        reading = await asyncio.to_thread(database.reading, file)
    except BaseException:
        lock.release()
        raise
    return SqliteStore(file, reading, Writer(connection, file, loop, Workload()), lock, ttl)


def _find_table(connection: sqlite3.Connection, table: str, file: str) -> TableRow | None:
    row = connection.execute(f"{SELECT['tables']} WHERE id = ?", (table,)).fetchone()
    return rows.read_table(row, file) if row else None
