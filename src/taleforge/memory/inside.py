"""Memories kept in this process, for tests and for tables that are kept nowhere.

Forgets everything when the process ends.
"""

from collections.abc import Sequence

from taleforge.memory.values import Entry


class InMemory:
    """Memories (`ports.Memories`)."""

    def __init__(self) -> None:
        self._marks: dict[str, int] = {}
        self._entries: dict[tuple[str, int, str, str], Entry] = {}

    async def mark(self, table: str) -> int:
        """Return how far a table's facts are remembered."""
        return self._marks.get(table, 0)

    async def write(
        self, table: str, mark: int, entries: Sequence[Entry], gone: Sequence[tuple[int, int]] = ()
    ) -> None:
        """Keep entries and move the mark."""
        self._entries.update({(entry.table, entry.v, entry.part, entry.who): entry for entry in entries})
        for key in [key for key in self._entries if key[0] == table and any(a < key[1] < b for a, b in gone)]:
            del self._entries[key]
        self._marks[table] = mark

    async def of(self, table: str, who: Sequence[str]) -> list[Entry]:
        """Return what some remember."""
        mine = [entry for entry in self._entries.values() if entry.table == table and entry.who in who]
        return sorted(mine, key=lambda entry: (entry.v, entry.part, entry.who))

    async def forget(self, table: str, who: Sequence[str] | None = None) -> None:
        """Forget what some remember, or all of a table."""
        for key in [key for key in self._entries if key[0] == table and (who is None or key[3] in who)]:
            del self._entries[key]
        if who is None:
            self._marks.pop(table, None)
