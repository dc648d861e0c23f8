"""The audit log in SQL, the same for every database (`accounts.ports`).

Lines are added and, after their time, forgotten; there is no statement that changes one. Decides nothing.
"""

from taleforge.accounts.values import Deed
from taleforge.store.columns import INSERT, SELECT, change, columns, value
from taleforge.store.transactions import Sql


class SqlAudit:
    """The audit log (`AuditStore`)."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, deed: Deed) -> None:
        """Keep a line."""
        await self._sql.transact(lambda: change(INSERT["audit"], *columns(deed)))

    async def page(self, space: str, after: str, limit: int) -> list[Deed]:
        """Return lines of a space, the newest first."""
        where = "WHERE space = ?1 AND (?2 = '' OR id < ?2) ORDER BY id DESC LIMIT ?3"
        return [value(Deed, row) for row in await self._sql.query(f"{SELECT['audit']} {where}", space, after, limit)]

    async def about(self, person: str) -> list[Deed]:
        """Return what a person did and what was done to it, oldest first."""
        where = "WHERE who = ?1 OR whom = ?1 ORDER BY id"
        return [value(Deed, row) for row in await self._sql.query(f"{SELECT['audit']} {where}", person)]

    async def sweep(self, before: int) -> int:
        """Forget lines from before a moment."""
        return len(await self._sql.transact(lambda: change("DELETE FROM audit WHERE at < ?1 RETURNING id", before)))
