"""Which process owns which table, in the tables of a database (`live.ports.Claims`).

A claim is a column of the table's own row, so that an append, which locks that row, checks its version and its fence at
once. A process is alive while it was seen lately by the database's clock. Does not write events.
"""

from collections.abc import Collection
from typing import Final, NamedTuple, cast

import msgspec

from taleforge.live.ports import TTL, Claim, Standing
from taleforge.store.transactions import Sql, Statement, Steps


class Dialect(NamedTuple):
    """What an engine says in its own way: the milliseconds since 1970, and that `id` is one of a JSON array.

    `alone` is whether one process at a time has it open for writing.
    """

    now: str
    among: str
    alone: bool


SQLITE: Final = Dialect(
    "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
    "id IN (SELECT value FROM json_each(?1))",
    alone=True,
)
POSTGRESQL: Final = Dialect(
    "(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
    "id = ANY(ARRAY(SELECT json_array_elements_text(?1::json)))",
    alone=False,
)

_BEAT = """INSERT INTO nodes (id, seen_at) VALUES (?1, {now})
    ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at"""
_LIVING = "SELECT id FROM nodes WHERE seen_at > {now} - ?1"
_CLAIM = """UPDATE tables SET owner = ?2, fence = fence + 1
    WHERE id = ?1 AND (owner IS NULL OR owner = ?2
        OR NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.id = tables.owner AND nodes.seen_at > {now} - ?3))
    RETURNING owner, fence"""
_WHOSE = "SELECT owner, fence FROM tables WHERE id = ?1"
_RELEASE = "UPDATE tables SET owner = NULL WHERE id = ?1 AND owner = ?2"
_LEAVE = "UPDATE tables SET owner = NULL WHERE owner = ?1"
_GONE = "DELETE FROM nodes WHERE id = ?1"
_LOOK = """SELECT tables.id, nodes.id, tables.fence, tables.version
    FROM tables LEFT JOIN nodes ON nodes.id = tables.owner AND nodes.seen_at > {now} - ?2 WHERE tables.{among}"""


class SqlClaims:
    """The claims on the tables of one database.

    Args:
        sql: The database.
        dialect: What it speaks.
        ttl: Seconds after which a node that was not seen is dead.
    """

    def __init__(self, sql: Sql, dialect: Dialect, ttl: float = TTL) -> None:
        self.alone = dialect.alone
        self._sql = sql
        self._ttl = round(ttl * 1000)
        self._beat, self._living, self._claim, self._look = (
            statement.format(now=dialect.now, among=dialect.among) for statement in (_BEAT, _LIVING, _CLAIM, _LOOK)
        )

    async def beat(self, node: str) -> None:
        """Be seen."""
        await self._do(Statement(self._beat, (node,)))

    async def living(self) -> set[str]:
        """Return the nodes that are alive."""
        return {str(row[0]) for row in await self._sql.query(self._living, self._ttl)}

    async def leave(self, node: str) -> None:
        """Give up every claim of a node, and be gone."""
        await self._do(Statement(_LEAVE, (node,)), Statement(_GONE, (node,)))

    async def claim(self, table: str, node: str) -> Claim | None:
        """Own a table, if it may be owned; return whose it is now."""

        def claimed() -> Steps[Claim | None]:
            while True:
                found = yield Statement(self._claim, (table, node, self._ttl))
                found = found or (yield Statement(_WHOSE, (table,)))
                if not found:
                    return None
                if found[0][0] is not None:  # else it was released between the two statements
                    return msgspec.convert({"owner": found[0][0], "fence": found[0][1]}, Claim)

        return await self._sql.transact(claimed)

    async def release(self, table: str, node: str) -> None:
        """Give up a claim."""
        await self._do(Statement(_RELEASE, (table, node)))

    async def look(self, tables: Collection[str]) -> dict[str, Standing]:
        """Return how some tables stand."""
        wanted = msgspec.json.encode(list(tables)).decode()
        found = await self._sql.query(self._look, wanted, self._ttl)
        return {
            str(table): Standing(cast("str | None", owner), cast(int, fence), cast(int, version))
            for table, owner, fence, version in found
        }

    async def _do(self, *statements: Statement) -> None:
        def done() -> Steps[None]:
            for statement in statements:  # noqa: UP028  # a tuple cannot be sent rows
                yield statement

        await self._sql.transact(done)
