"""Where memories are kept, and what tells them: small protocols, each with one contract suite.

Implements nothing.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from taleforge.memory.values import Entry, Listened, Near, Point
from taleforge.messages.brief import Prose


class Memories(Protocol):
    """Keeps memories, each under whoever has it."""

    async def mark(self, table: str) -> int:
        """Return the version up to which a table's facts are remembered; 0 when none are."""
        ...

    async def write(
        self, table: str, mark: int, entries: Sequence[Entry], gone: Sequence[tuple[int, int]] = ()
    ) -> None:
        """Keep entries, each in the place of the same one before, forget what was taken back, and move the mark.

        Spans of `gone` have both ends apart. All of it happens or nothing.
        """
        ...

    async def of(self, table: str, who: Sequence[str] | None) -> list[Entry]:
        """Return everything that some seats or creatures of a table remember, or all of them, by version."""
        ...

    async def forget(self, table: str, who: Sequence[str] | None = None) -> None:
        """Forget what some remember, for good as far as it is kept; without `who` all of a table and its mark."""
        ...


class Ears(Protocol):
    """Tells what happened at tables."""

    async def listen(self, table: str, after: int) -> Listened:
        """Return what was heard after a version."""
        ...

    async def prose(self, table: str) -> Sequence[Prose]:
        """Return what was told."""
        ...


class Embedder(Protocol):
    """Places texts in a space where like is near like."""

    @property
    def name(self) -> str:
        """What tells its space from others, for no vector of one says anything in another."""
        ...

    async def embed(self, texts: Sequence[str], table: str = "") -> Sequence[Sequence[float]]:
        """Return a vector for each text, all of one length. Raises Unavailable, as when too much was asked already."""
        ...


class Vectors(Protocol):
    """Finds what lies near, among the points of those who may be looked at and no others. All raise Unavailable."""

    async def ids(self, table: str, who: Sequence[str] | None = None) -> set[str]:
        """Return the ids of what some have, or of all of a table."""
        ...

    async def put(self, table: str, points: Sequence[Point]) -> None:
        """Keep points, each in the place of the same one before."""
        ...

    async def near(self, table: str, who: Sequence[str], vector: bytes, most: int) -> list[Near]:
        """Return what some have that lies nearest, nearest first, at most so many. Looks at nothing of others."""
        ...

    async def drop(self, table: str, ids: Collection[str] | None = None) -> None:
        """Forget points, or all of a table; those that there are not do no harm."""
        ...


class Shelf(Protocol):
    """Keeps points for whoever compares them. All raise Unavailable."""

    async def ids(self, table: str, who: Sequence[str] | None = None) -> set[str]:
        """Return the ids of what some have, or of all of a table."""
        ...

    async def of(self, table: str, who: Sequence[str]) -> list[Point]:
        """Return the points of some."""
        ...

    async def put(self, table: str, points: Sequence[Point]) -> None:
        """Keep points, each in the place of the same one before."""
        ...

    async def drop(self, table: str, ids: Collection[str] | None = None) -> None:
        """Forget points, or all of a table."""
        ...
