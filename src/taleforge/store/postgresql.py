"""The store in PostgreSQL: for a server of many processes (`EventLog`, `SecretStore` and `Sql`).

Any number of processes may write; whoever is late for a version gets a Conflict. An append is acknowledged when the
server has it on disk. Does not make its tables: that is `taleforge migrate`.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from taleforge.errors import Conflict, Damaged, Misconfigured, TooNew
from taleforge.live.ports import TTL
from taleforge.messages.brief import Prose
from taleforge.messages.events import Event
from taleforge.store import claims, forgetting, jobs, rows, schema
from taleforge.store.batches import Batches, copy
from taleforge.store.columns import LAST
from taleforge.store.faultpoints import reached
from taleforge.store.pool import CONNECTIONS, TIMEOUT, Connection, Pool, open_pool
from taleforge.store.schema import COLUMNS
from taleforge.store.transactions import Transaction
from taleforge.store.wishes import Wish
from taleforge.store.workload import Workload
from taleforge.table.ports import Played, SideWork, TableRow, Without

T = TypeVar("T")

_SELECT = {name: f"SELECT {columns} FROM {name}" for name, columns in COLUMNS.items()}  # noqa: S608
_PUT_PROSE = """INSERT INTO prose (table_id, version, audience, space, body, crc) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (table_id, version, audience) DO UPDATE SET body = excluded.body, crc = excluded.crc"""
_PUT_SEED = """INSERT INTO seeds (table_id, commitment, seed, crc) VALUES ($1, $2, $3, $4)
    ON CONFLICT (table_id, commitment) DO NOTHING"""

_PLAYED = """WHERE ($1::text IS NULL OR space = $1) AND ($2::text[] IS NULL OR id = ANY($2))
    AND (updated_at COLLATE "C", id COLLATE "C") < ($3, $4)
    ORDER BY updated_at COLLATE "C" DESC, id COLLATE "C" DESC LIMIT $5"""


class PostgresStore:
    """Every table of one database; made by `open_store`."""

    def __init__(self, pool: Pool, ttl: float = TTL) -> None:
        self.claims = claims.SqlClaims(self, claims.POSTGRESQL, ttl)
        self.jobs = jobs.SqlJobs(self, jobs.POSTGRESQL)
        self._pool = pool
        self._name = pool.name
        self._batches = Batches(pool)

    async def create(self, row: TableRow, events: Sequence[Event] = (), prose: Sequence[Prose] = ()) -> None:
        """Make a table with the first events of its log; see `EventLog.create`."""
        made = rows.table_row(replace(row, version=rows.last_version(0, events)))
        try:
            async with self._pool.connection() as connection, connection.transaction():
                await copy(connection, "tables", [made])
                await copy(connection, "events", [rows.event_row(row.id, row.space, event) for event in events])
                await copy(connection, "prose", [rows.prose_row(row.id, row.space, told) for told in prose])
        except Conflict as error:
            raise Conflict(f"There is already a table {row.id}.", "Choose another id.") from error

    async def tables(
        self,
        space: str | None = None,
        *,
        only: Collection[str] | None = None,
        after: Played | None = None,
        limit: int | None = None,
    ) -> list[TableRow]:
        """Return the tables, the last played first."""
        values = (space, None if only is None else list(only), *(after or (LAST, LAST)), limit)
        async with self._pool.connection() as connection:
            found = await connection.fetch(f"{_SELECT['tables']} {_PLAYED}", *values)
        return [rows.read_table(tuple(row), self._name) for row in found]

    async def table(self, table: str) -> TableRow | None:
        """Return one table."""
        async with self._pool.connection() as connection:
            found = await connection.fetch(f"{_SELECT['tables']} WHERE id = $1", table)
        return rows.read_table(tuple(found[0]), self._name) if found else None

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
        await self._batches.append(Wish(table, expected, events, work, status, fence, prose))

    async def read(self, table: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """Return the events after a version, in order; see `EventLog.read`."""
        sql = f"{_SELECT['events']} WHERE table_id = $1 AND version > $2 ORDER BY version LIMIT $3"
        async with self._pool.snapshot() as connection:
            found = [tuple(row) for row in await connection.fetch(sql, table, after, limit)]
            last = await self._end(connection, table, found)
        cut = limit is not None and len(found) == limit
        rows.check_gapless(table, [row[1] for row in found], after + 1, None if cut else last, self._name)
        return [rows.read_event(row, self._name) for row in found]

    async def _end(self, connection: Connection, table: str, found: Sequence[Any]) -> int:
        row = await connection.fetch(f"{_SELECT['tables']} WHERE id = $1", table)
        if not row and found:
            raise Damaged(f"The row of table {table} is missing in {self._name}.", rows.remedy(self._name))
        return rows.read_table(tuple(row[0]), self._name).version if row else 0

    async def find_command(self, table: str, cmd: str) -> int | None:
        """Return the version after the last event of a command."""
        async with self._pool.connection() as connection:
            sql = "SELECT max(version) FROM events WHERE table_id = $1 AND cmd = $2"
            return (await connection.fetch(sql, table, cmd))[0][0]

    async def forget(self, table: str, without: Without) -> int:
        """Store the events of a table's log without what is to be forgotten; see `EventLog.forget`."""
        return await forgetting.forget(self, self._name, table, without)

    async def pending_work(self, table: str) -> list[SideWork]:
        """Return side work that is not done, oldest first."""
        sql = f'{_SELECT["work"]} WHERE table_id = $1 ORDER BY version, id COLLATE "C"'
        async with self._pool.connection() as connection:
            return [rows.read_work(tuple(row), self._name) for row in await connection.fetch(sql, table)]

    async def finish_work(self, work: str, prose: Prose | None = None) -> bool:
        """Take side work off the list and store its prose; a second time does nothing."""
        async with self._pool.connection() as connection, connection.transaction():
            found = await connection.fetch("DELETE FROM work WHERE id = $1 RETURNING table_id, space", work)
            if found and prose is not None:
                await connection.execute(_PUT_PROSE, *rows.prose_row(found[0][0], found[0][1], prose))
        return bool(found)

    async def read_prose(self, table: str, after: int = 0) -> list[Prose]:
        """Return the prose that tells versions after `after`."""
        sql = f'{_SELECT["prose"]} WHERE table_id = $1 AND version > $2 ORDER BY version, audience COLLATE "C"'
        async with self._pool.connection() as connection:
            return [rows.read_prose(tuple(row), self._name) for row in await connection.fetch(sql, table, after)]

    async def put_seed(self, table: str, commitment: str, seed: bytes) -> None:
        """Keep a seed."""
        async with self._pool.connection() as connection:
            await connection.execute(_PUT_SEED, *rows.seed_row(table, commitment, seed))

    async def get_seed(self, table: str, commitment: str) -> bytes | None:
        """Return the seed kept under a commitment."""
        sql = f"{_SELECT['seeds']} WHERE table_id = $1 AND commitment = $2"
        async with self._pool.connection() as connection:
            found = await connection.fetch(sql, table, commitment)
        return rows.read_seed(tuple(found[0]), self._name) if found else None

    async def query(self, sql: str, *values: rows.Column) -> list[rows.Row]:
        """Return the rows of a statement that only reads; see `Sql.query`."""
        return await self._pool.query(sql, *values)

    async def change(self, sql: str, *values: rows.Column) -> list[rows.Row]:
        """Run one statement that writes; see `Sql.change`."""
        return await self._pool.query(sql, *values)

    async def transact(self, transaction: Transaction[T], *locks: str) -> T:
        """Run a transaction; see `Sql.transact`."""
        return await self._pool.transact(transaction, *locks)

    @property
    def workload(self) -> Workload:
        """What it has to do, and how it bears it."""
        return self._pool.workload

    @property
    def connections(self) -> Mapping[str, int]:
        """How many connections are `used` and `idle`."""
        return self._pool.connections

    async def close(self) -> None:
        """Finish what was asked, then let the connections go."""
        await self._batches.close()
        await self._pool.close()


async def open_store(
    url: str,
    *,
    fsync: bool = True,
    connections: int = CONNECTIONS,
    timeout: float = TIMEOUT,  # noqa: ASYNC109
    ttl: float = TTL,
) -> PostgresStore:
    """Open the store in a database; see `open_pool` for what it is given.

    `ttl` is after how many seconds a process that was not seen is dead.

    Raises:
        Misconfigured: the database cannot be used, or its schema is older than this program: migrate it.
        TooNew: a newer version made it.
        Unavailable: the server does not answer.
    """
    pool = await open_pool(url, fsync=fsync, connections=connections, timeout=timeout)
    try:
        found = await schema_version(pool)
    except BaseException:
        await pool.close()
        raise
    if found < schema.VERSION:
        await pool.close()
        raise Misconfigured(
            f"{pool.name} has schema {found}; this version of Taleforge needs {schema.VERSION}.",
            "Run `taleforge migrate`.",
        )
    return PostgresStore(pool, ttl)


async def schema_version(pool: Pool) -> int:
    """Return the version of a database's schema, 0 in an empty one; raises TooNew when a newer program made it."""
    async with pool.connection() as connection:
        if (await connection.fetch("SELECT to_regclass('meta') IS NULL"))[0][0]:
            return 0
        found = await connection.fetch("SELECT value FROM meta WHERE name = 'schema'")
    version = int(found[0][0]) if found else 0
    if version > schema.VERSION:
        raise TooNew(
            f"A newer version of Taleforge made {pool.name} (schema {version}; this one knows {schema.VERSION}).",
            "Upgrade, then open it again.",
        )
    return version
