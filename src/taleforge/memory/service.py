"""Recall: brings a table's memories up to its log, then looks among those of one who asks, by words and by meaning.

Follows the log when somebody asks and not before, so nothing runs that could be behind or be killed; made anew, the
memories are the same. Never looks among the memories of another, and never waits for an index to be made.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from taleforge.errors import TaleforgeError
from taleforge.memory.fusion import fused
from taleforge.memory.lexical import search, words_of
from taleforge.memory.meaning import MOST, Meaning, Synced
from taleforge.memory.ports import Ears, Memories
from taleforge.memory.scribe import of_facts, of_prose
from taleforge.memory.values import Entry, Found

USUAL: Final = 5
"""How many memories a search gives."""

Wanted = Callable[[str], Awaitable[None]]
"""Has the index of a table brought up to its memories, some time soon."""

log = structlog.get_logger(__name__)


class Recollection:
    """Memories of tables.

    Args:
        memories: Where they are kept.
        ears: What happened, and what was told of it.
        meaning: Finds by meaning, where there is an embedder.
        wanted: Has `sync` called for a table.
    """

    def __init__(
        self, memories: Memories, ears: Ears, meaning: Meaning | None = None, wanted: Wanted | None = None
    ) -> None:
        self._memories = memories
        self._ears = ears
        self._meaning = meaning
        self._wanted = wanted
        self.searches = Counter[str]()
        """How many searches went by `words` alone, and how many by `both`."""

    async def recall(self, table: str, query: str, who: Sequence[str], most: int = USUAL) -> list[Found]:
        """Return what some seats or creatures remember that fits a query, best first.

        Raises:
            Unavailable, Damaged: the store or the log cannot be read.
        """
        await self.follow(table)
        entries = await self._memories.of(table, who)
        near = await self._near(table, query, who, entries)
        self.searches["words" if near is None else "both"] += 1
        worded = await asyncio.to_thread(search, query, entries, most if near is None else MOST)
        return worded if near is None else fused(([found.entry for found in worded], near), most)

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
        """Forget what some remember; an index that cannot be reached forgets it later, and finds it no more."""
        await self._memories.forget(table, who)
        if self._meaning is not None:
            try:
                await self._meaning.prune(table, self._memories)
            except TaleforgeError:
                await self._ask_for(table)

    async def reindex(self, table: str) -> Synced:
        """Make a table's index anew; nothing happens where nothing finds by meaning.

        Raises:
            Unavailable, Damaged: the store, the log, the embedder or the index cannot be used.
        """
        if self._meaning is None:
            return Synced(0, 0)
        await self.follow(table)
        await self._meaning.forget(table)
        return await self._meaning.sync(table, self._memories)

    async def _near(
        self, table: str, query: str, who: Sequence[str], entries: Sequence[Entry]
    ) -> tuple[Entry, ...] | None:
        if self._meaning is None or not words_of(query):
            return None
        near = await self._meaning.near(table, who, query, entries)
        if near is None or not near.complete:
            await self._ask_for(table)
        return near.entries if near is not None else None

    async def _ask_for(self, table: str) -> None:
        if self._wanted is None:
            return
        try:
            await self._wanted(table)
        except TaleforgeError as error:  # asked for again at the next search
            log.warning("memory.not_asked", table=table, fault=type(error).__name__)
