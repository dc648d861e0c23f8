"""Where memories are kept, and what tells them: small protocols, each with one contract suite.

Implements nothing.
"""

from collections.abc import Sequence
from typing import Protocol

from taleforge.memory.values import Entry, Listened
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

    async def of(self, table: str, who: Sequence[str]) -> list[Entry]:
        """Return everything that some seats or creatures of a table remember, by version."""
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
