"""Group commit on PostgreSQL: appends that are asked for at the same time share one transaction.

The rows of their tables are locked in a fixed order, each append is judged by itself, and what may be stored goes in
with a few statements however many there are. When a connection is cut while it commits, nobody knows whether it did:
the batch is tried again, and an append whose events are there already is done. Does not read tables for anybody.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from contextvars import Context
from typing import Final

from taleforge.errors import TaleforgeError, Unavailable
from taleforge.store import rows
from taleforge.store.faultpoints import reached
from taleforge.store.pool import Connection, Pool
from taleforge.store.schema import COLUMNS
from taleforge.store.wishes import Wish
from taleforge.table.ports import TableRow

MAX_BATCH: Final = 512
"""Appends that share a transaction at most."""
PAUSES: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 1.0, 2.0)
"""Seconds between attempts to learn what became of a commit: about as long as a server takes to start again."""

_LOCK = f'SELECT fence, {COLUMNS["tables"]} FROM tables WHERE id = ANY($1) ORDER BY id COLLATE "C" FOR UPDATE'  # noqa: S608
_FIND = f"SELECT {COLUMNS['events']} FROM events WHERE table_id = $1 AND version = $2"  # noqa: S608
_UPDATE = """UPDATE tables SET version = new.version, updated_at = new.updated_at, status = new.status, crc = new.crc
    FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[])
        AS new (id, version, updated_at, status, crc)
    WHERE tables.id = new.id"""


class Append:
    """What somebody wants to append, and who waits for it."""

    __slots__ = ("_error", "_future", "wish")

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self._error: TaleforgeError | None = None
        self._future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def judge(self, error: TaleforgeError | None) -> None:
        """Say what is to be answered once the transaction has ended."""
        self._error = error

    def answer(self, error: BaseException | None = None) -> None:
        """Tell whoever waits, unless they have gone."""
        if self._future.done():
            return
        if (error := error or self._error) is not None:
            self._future.set_exception(error)
        else:
            self._future.set_result(None)

    async def answered(self) -> None:
        """Return once it is durable; raises why it is not."""
        await self._future


class Batches:
    """Appends to the tables of one database, in the order in which they are asked for."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: list[Append] = []
        self._writing: asyncio.Task[None] | None = None

    async def append(self, wish: Wish) -> None:
        """Store events and side work, or nothing; see `EventLog.append`."""
        append = Append(wish)
        self._waiting.append(append)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write(), name="appends of all tables", context=Context())
        await append.answered()

    async def close(self) -> None:
        """Finish what was asked."""
        while self._writing is not None:
            await asyncio.wait([self._writing])

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
                await self._store(batch)
        finally:
            self._writing = None

    async def _store(self, batch: list[Append], *, doubtful: bool = False) -> None:
        """Store a batch and answer everybody; when it fails as a whole, each by itself."""
        self._pool.workload.batches.observe(len(batch))
        attempt = _Attempt(batch, doubtful=doubtful)
        failure: BaseException | None = None
        try:
            await self._insist(attempt)
        except Unavailable as error:
            failure = error  # the same for each
        except Exception as error:  # noqa: BLE001  # one of them is the cause, and hears of it
            if len(batch) > 1:
                for append in batch:
                    await self._store([append], doubtful=attempt.doubtful)
                return
            failure = error
        for append in batch:
            append.answer(failure)

    async def _insist(self, attempt: "_Attempt") -> None:
        """Make an attempt; once more when it fails, and for as long as the batch may have been stored."""
        for number, pause in enumerate(PAUSES):
            try:
                await attempt.run(self._pool)
            except Unavailable:
                if number and not attempt.doubtful:
                    raise
            else:
                return
            await asyncio.sleep(pause)
        await attempt.run(self._pool)


class _Attempt:
    """A batch on its way into the database. `doubtful`: it may be stored already."""

    def __init__(self, batch: list[Append], *, doubtful: bool) -> None:
        self.doubtful = doubtful
        self._batch = batch

    async def run(self, pool: Pool) -> None:
        async with pool.connection() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                await self._write(connection, pool.name)
            except BaseException:
                with suppress(Exception):  # the connection is gone, and the transaction with it
                    await transaction.rollback()
                raise
            reached("transaction.written")
            self.doubtful = True
            await transaction.commit()
            reached("transaction.committed")

    async def _write(self, connection: Connection, name: str) -> None:
        ids = list({append.wish.table for append in self._batch})
        found = [tuple(row) for row in await connection.fetch(_LOCK, ids)]
        reached("transaction.begun")
        tables = {row.id: row for row in (rows.read_table(row[1:], name) for row in found)}
        fences: dict[str, int] = {row[1]: row[0] for row in found}
        stored = [append.wish for append in self._batch if await self._fits(append, tables, fences, connection)]
        if stored:
            await _insert(connection, stored, tables)

    async def _fits(
        self, append: Append, tables: dict[str, TableRow], fences: dict[str, int], connection: Connection
    ) -> bool:
        """Whether an append is to be written now; moves its table on in `tables` if so."""
        wish = append.wish
        row = tables.get(wish.table)
        refusal = wish.refusal(row, fences.get(wish.table, 0))
        if row is not None and refusal is None:
            tables[wish.table] = wish.after(row)
        elif row is not None and self.doubtful and await _is_stored(wish, row, connection):
            append.judge(None)
            return False
        append.judge(refusal)
        return refusal is None


async def _is_stored(wish: Wish, row: TableRow, connection: Connection) -> bool:
    """Whether the last event of an append is in the log, as it was to be written."""
    if not wish.events:
        return False
    found = await connection.fetch(_FIND, wish.table, wish.last)
    return [tuple(each) for each in found] == [rows.event_row(wish.table, row.space, wish.events[-1])]


async def _insert(connection: Connection, stored: list[Wish], tables: dict[str, TableRow]) -> None:
    await copy(connection, "events", [row for wish in stored for row in wish.event_rows(tables[wish.table].space)])
    await copy(connection, "work", [row for wish in stored for row in wish.work_rows(tables[wish.table].space)])
    await copy(connection, "prose", [row for wish in stored for row in wish.prose_rows(tables[wish.table].space)])
    changed = [tables[table] for table in {wish.table for wish in stored}]
    seals = [rows.table_row(row)[-1] for row in changed]
    parts = ([getattr(row, name) for row in changed] for name in ("id", "version", "updated_at", "status"))
    await connection.execute(_UPDATE, *parts, seals)


async def copy(connection: Connection, into: str, values: Sequence[rows.Row]) -> None:
    """Put rows into a table of `schema.COLUMNS`."""
    if values:
        await connection.copy_records_to_table(into, records=values, columns=COLUMNS[into].split(", "))
