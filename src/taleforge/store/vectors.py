"""Vectors of memories in SQL, the same for every database (`memory.ports.Shelf`).

They are made anew when they are missing, so a store that moves leaves them behind. Compares nothing.
"""

from collections.abc import Collection, Sequence
from typing import Final

from taleforge.memory.values import Point
from taleforge.store.columns import change
from taleforge.store.rows import Column
from taleforge.store.transactions import Sql, Statement, Steps

_PUT: Final = """INSERT INTO memory_vectors (table_id, id, who, vector) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (table_id, id) DO UPDATE SET who = excluded.who, vector = excluded.vector"""
AT_ONCE: Final = 500
"""Ids that one statement names."""


class SqlVectors:
    """Vectors (`Shelf`)."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def ids(self, table: str, who: Sequence[str] | None = None) -> set[str]:
        """Return the ids of what some have, or of all of a table."""
        where, given = _where(table, who)
        return {str(id_) for (id_,) in await self._sql.query(f"SELECT id FROM memory_vectors{where}", *given)}  # noqa: S608

    async def of(self, table: str, who: Sequence[str]) -> list[Point]:
        """Return what some have."""
        where, given = _where(table, who)
        sql = f"SELECT id, who, vector FROM memory_vectors{where}"  # noqa: S608  # numbers
        return [_point(*row) for row in await self._sql.query(sql, *given)]

    async def put(self, table: str, points: Sequence[Point]) -> None:
        """Keep points."""

        def steps() -> Steps[None]:
            for point in points:
                yield Statement(_PUT, (table, point.id, point.who, point.vector))

        await self._sql.transact(steps, f"vectors of {table}")

    async def drop(self, table: str, ids: Collection[str] | None = None) -> None:
        """Forget points, or all of a table."""
        if ids is None:
            await self._sql.transact(lambda: change("DELETE FROM memory_vectors WHERE table_id = ?1", table))
            return
        named = sorted(ids)

        def steps() -> Steps[None]:
            for at in range(0, len(named), AT_ONCE):
                some = named[at : at + AT_ONCE]
                sql = f"DELETE FROM memory_vectors WHERE table_id = ?1 AND id IN ({_places(some)})"  # noqa: S608
                yield Statement(sql, (table, *some))

        await self._sql.transact(steps, f"vectors of {table}")


def _point(id_: Column, who: Column, vector: Column) -> Point:
    assert isinstance(vector, bytes)
    return Point(str(id_), str(who), vector)


def _where(table: str, who: Sequence[str] | None) -> tuple[str, tuple[Column, ...]]:
    """Return the condition for what some have, and what it is given."""
    if who is None:
        return " WHERE table_id = ?1", (table,)
    return f" WHERE table_id = ?1 AND who IN ({_places(who)})", (table, *who)


def _places(given: Sequence[str]) -> str:
    return ", ".join(f"?{number}" for number in range(2, 2 + len(given))) or "NULL"
