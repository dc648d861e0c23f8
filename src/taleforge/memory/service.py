"""Recall: brings a table's memories up to its log, then looks among those of one who asks.

Follows the log when somebody asks and not before, so nothing runs that could be behind or be killed; made anew, the
memories are the same. Never looks among the memories of another.
"""

from collections.abc import Sequence
from typing import Final

from taleforge.memory.lexical import search
from taleforge.memory.ports import Ears, Memories
from taleforge.memory.scribe import of_facts, of_prose
from taleforge.memory.values import Found

USUAL: Final = 5
"""How many memories a search gives."""


class Recollection:
    """Memories of tables.

    Args:
        memories: Where they are kept.
        ears: What happened, and what was told of it.
    """

    def __init__(self, memories: Memories, ears: Ears) -> None:
        self._memories = memories
        self._ears = ears

    async def recall(self, table: str, query: str, who: Sequence[str], most: int = USUAL) -> list[Found]:
        """Return what some seats or creatures remember that fits a query, best first.

        Raises:
            Unavailable, Damaged: the store or the log cannot be read.
        """
        await self.follow(table)
        return search(query, await self._memories.of(table, who), most)

    async def follow(self, table: str) -> None:
        """Bring a table's memories up to its log. Doing it twice, or from the beginning, makes the same ones."""
        mark = await self._memories.mark(table)
        listened = await self._ears.listen(table, mark)
        entries = of_facts(table, listened) + of_prose(table, await self._ears.prose(table), listened)
        known = frozenset(await self._memories.of(table, sorted({entry.who for entry in entries})))
        fresh = [entry for entry in entries if entry not in known]
        if fresh or listened.version != mark:
            await self._memories.write(table, listened.version, fresh, listened.gone)

    async def forget(self, table: str, who: Sequence[str]) -> None:
        """Forget what some remember."""
        await self._memories.forget(table, who)
