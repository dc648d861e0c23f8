"""Memories in SQL, the same for every database (`memory.ports`).

They are made of the log and can be made anew, so they carry no checksum, and a store that moves leaves them behind.
Ranks nothing.
"""

from collections.abc import Sequence

from taleforge.memory.values import Entry
from taleforge.store.columns import change, value
from taleforge.store.transactions import Sql, Statement, Steps

_SELECT = "SELECT table_id, version, part, who, why, clock, text FROM memories"
_INSERT = """INSERT INTO memories (table_id, version, part, who, why, clock, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (table_id, version, part, who) DO UPDATE SET why = excluded.why, clock = excluded.clock,
    text = excluded.text"""


class SqlMemories:
    """Memories (`Memories`)."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def mark(self, table: str) -> int:
        """Return how far a table's facts are remembered."""
        found = await self._sql.query("SELECT version FROM memory_marks WHERE table_id = ?1", table)
        return int(str(found[0][0])) if found else 0

    async def write(
        self, table: str, mark: int, entries: Sequence[Entry], gone: Sequence[tuple[int, int]] = ()
    ) -> None:
        """Keep entries and move the mark."""

        def steps() -> Steps[None]:
            for entry in entries:
                yield Statement(
                    _INSERT, (entry.table, entry.v, entry.part, entry.who, entry.why, entry.clock, entry.text)
                )
            for after, until in gone:
                sql = "DELETE FROM memories WHERE table_id = ?1 AND version > ?2 AND version < ?3"
                yield Statement(sql, (table, after, until))
            yield Statement("DELETE FROM memory_marks WHERE table_id = ?1", (table,))
            yield Statement("INSERT INTO memory_marks (table_id, version) VALUES (?1, ?2)", (table, mark))

        await self._sql.transact(steps, f"memories of {table}")

    async def of(self, table: str, who: Sequence[str] | None) -> list[Entry]:
        """Return what some remember, or all."""
        theirs = "" if who is None else f" AND who IN ({_places(who)})"
        sql = f"{_SELECT} WHERE table_id = ?1{theirs} ORDER BY version, part, who"
        return [value(Entry, row) for row in await self._sql.query(sql, table, *(who or ()))]

    async def forget(self, table: str, who: Sequence[str] | None = None) -> None:
        """Forget what some remember, or all of a table."""
        if who is not None:
            sql = f"DELETE FROM memories WHERE table_id = ?1 AND who IN ({_places(who)})"  # noqa: S608  # numbers
            await self._sql.transact(lambda: change(sql, table, *who))
            return

        def steps() -> Steps[None]:
            yield Statement("DELETE FROM memories WHERE table_id = ?1", (table,))
            yield Statement("DELETE FROM memory_marks WHERE table_id = ?1", (table,))

        await self._sql.transact(steps)


def _places(who: Sequence[str]) -> str:
    return ", ".join(f"?{number}" for number in range(2, 2 + len(who))) or "NULL"
