"""Recall by meaning: memories as points in an embedder's space, each under whoever has it.

A point's id is made of the memory it stands for, its text and the embedder, so whatever an index finds counts only if
whoever asks still has that very memory. That also says what an index lacks and what it has too much, however that came
about: `sync` makes it right. Nobody waits for more than a moment here, and without embedder or index words find alone.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec
import structlog
from msgspec import Struct

from taleforge.errors import TaleforgeError
from taleforge.memory.exact import packed
from taleforge.memory.ports import Embedder, Memories, Vectors
from taleforge.memory.values import Entry, Point

MOST: Final = 50
"""How many memories one ranking has at most."""
AT_ONCE: Final = 64
"""Texts that are placed together."""

log = structlog.get_logger(__name__)


class Nearby(Struct, frozen=True):
    """What lies near, nearest first; `complete` if the index had everything it should and nothing else."""

    entries: tuple[Entry, ...]
    complete: bool


class Synced(Struct, frozen=True):
    """How many points were made and dropped."""

    made: int
    dropped: int


class Meaning:
    """An embedder and an index.

    Args:
        embedder: Places texts.
        vectors: Keeps where they are.
        least: The cosine below which nothing counts as near.
        patience: Seconds that a search waits for both.
    """

    def __init__(self, embedder: Embedder, vectors: Vectors, least: float = 0.3, patience: float = 1.0) -> None:
        self._embedder = embedder
        self._vectors = vectors
        self._least = least
        self._patience = patience
        self._well = True
        self.made = 0
        """How many points were made here."""

    async def near(self, table: str, who: Sequence[str], query: str, entries: Sequence[Entry]) -> Nearby | None:
        """Return those of somebody's entries that mean something like a query; None where that cannot be said now."""
        try:
            async with asyncio.timeout(self._patience):
                found = await self._near(table, who, query, entries)
        except (TaleforgeError, TimeoutError) as error:
            self._note(type(error).__name__)
            return None
        self._note("")
        return found

    async def sync(self, table: str, memories: Memories) -> Synced:
        """Let the index have all of a table's memories, and nothing else. Raises Unavailable."""
        mine = self._named(await memories.of(table, None))
        have = await self._vectors.ids(table)
        texts: defaultdict[str, list[str]] = defaultdict(list)
        for id_ in mine.keys() - have:
            texts[mine[id_].text].append(id_)  # the same words told to many are placed once
        for batch in _batches(sorted(texts)):
            places = await self._embedder.embed(batch, table)
            points = [
                Point(id_, mine[id_].who, packed(place))
                for text, place in zip(batch, places, strict=True)
                for id_ in texts[text]
            ]
            await self._vectors.put(table, points)
            self.made += len(points)
        return Synced(sum(map(len, texts.values())), await self.prune(table, memories))

    async def prune(self, table: str, memories: Memories) -> int:
        """Let the index forget what nobody remembers any more; return how many. Raises Unavailable."""
        stale = await self._vectors.ids(table) - self._named(await memories.of(table, None)).keys()
        if stale:
            await self._vectors.drop(table, stale)
        return len(stale)

    async def forget(self, table: str) -> None:
        """Let the index forget a table, to be made anew. Raises Unavailable."""
        await self._vectors.drop(table)

    async def _near(self, table: str, who: Sequence[str], query: str, entries: Sequence[Entry]) -> Nearby:
        mine = self._named(entries)
        complete = await self._vectors.ids(table, who) == mine.keys()
        [place] = await self._embedder.embed([query], table)
        found = await self._vectors.near(table, who, packed(place), MOST)
        near = tuple(mine[one.id] for one in found if one.id in mine and one.score >= self._least)
        return Nearby(near, complete)

    def _named(self, entries: Sequence[Entry]) -> dict[str, Entry]:
        return {id_of(entry, self._embedder.name): entry for entry in entries}

    def _note(self, reason: str) -> None:
        """Log when it begins to fail, and when it works again."""
        if reason and self._well:
            log.warning("memory.by_words", reason=reason)
        elif not reason and not self._well:
            log.info("memory.by_meaning")
        self._well = not reason


def id_of(entry: Entry, embedder: str) -> str:
    """Return the id of the point of a memory, as a UUID: another text or another embedder is another point."""
    digest = sha256(msgspec.msgpack.encode((embedder, entry.table, entry.v, entry.part, entry.who, entry.text)))
    return str(UUID(bytes=digest.digest()[:16]))


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(texts), AT_ONCE):
        yield texts[at : at + AT_ONCE]
