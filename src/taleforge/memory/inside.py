"""Memories and their vectors kept in this process, for tests and for tables that are kept nowhere.

Forgets everything when the process ends.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from taleforge.memory.values import Entry, Point


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

    async def of(self, table: str, who: Sequence[str] | None) -> list[Entry]:
        """Return what some remember, or all."""
        mine = [entry for entry in self._entries.values() if entry.table == table and (who is None or entry.who in who)]
        return sorted(mine, key=lambda entry: (entry.v, entry.part, entry.who))

    async def forget(self, table: str, who: Sequence[str] | None = None) -> None:
        """Forget what some remember, or all of a table."""
        for key in [key for key in self._entries if key[0] == table and (who is None or key[3] in who)]:
            del self._entries[key]
        if who is None:
            self._marks.pop(table, None)


class InsideShelf:
    """Vectors (`ports.Shelf`)."""

    def __init__(self) -> None:
        self._points: defaultdict[str, dict[str, Point]] = defaultdict(dict)

    async def ids(self, table: str, who: Sequence[str] | None = None) -> set[str]:
        """Return the ids of what some have, or of all of a table."""
        return {point.id for point in self._points[table].values() if who is None or point.who in who}

    async def of(self, table: str, who: Sequence[str]) -> list[Point]:
        """Return the points of some."""
        return [point for point in self._points[table].values() if point.who in who]

    async def put(self, table: str, points: Sequence[Point]) -> None:
        """Keep points."""
        self._points[table].update({point.id: point for point in points})

    async def drop(self, table: str, ids: Collection[str] | None = None) -> None:
        """Forget points, or all of a table."""
        for id_ in list(self._points[table]) if ids is None else ids:
            self._points[table].pop(id_, None)
