"""How well memories are found, on a small labelled set: both together never much worse than words alone."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from random import Random

from taleforge.memory.exact import Exact
from taleforge.memory.fake import FakeEmbedder
from taleforge.memory.inside import InMemory, InsideShelf
from taleforge.memory.meaning import Meaning
from taleforge.memory.ports import Embedder
from taleforge.memory.service import Recollection
from taleforge.memory.values import Entry
from tests.memory.test_meaning import TABLE, NothingNew, entry

SET = tomllib.loads((Path(__file__).parent / "labelled.toml").read_text())


class Noise:
    """An embedder that knows nothing: each text lies anywhere."""

    name = "noise"

    async def embed(self, texts: Sequence[str], table: str = "") -> list[list[float]]:
        """Return places by chance."""
        chances = [Random(text) for text in texts]
        return [[chance.gauss(0, 1) for _ in range(384)] for chance in chances]


async def quality(embedder: Embedder | None, least: float = 0.3) -> float:
    """Return the mean reciprocal rank of the first memory that a question is about."""
    memories = InMemory()
    kept: list[Entry] = [entry(v, text) for v, text in enumerate(SET["memories"])]
    await memories.write(TABLE, 99, kept)
    meaning = Meaning(embedder, Exact(InsideShelf()), least) if embedder is not None else None
    if meaning is not None:
        await meaning.sync(TABLE, memories)
    recollection = Recollection(memories, NothingNew(), meaning)
    ranks = [await _rank(recollection, one["asked"], one["about"]) for one in SET["questions"]]
    return sum(ranks) / len(ranks)


async def _rank(recollection: Recollection, asked: str, about: Sequence[int]) -> float:
    found = [one.entry.v for one in await recollection.recall(TABLE, asked, ["seat_a"], 10)]
    return max((1 / (found.index(v) + 1) for v in about if v in found), default=0.0)


async def test_meaning_finds_more_than_words() -> None:
    """With an embedder that knows which words are alike; at least a fifth more."""
    assert await quality(FakeEmbedder(SET["alike"])) > 1.2 * await quality(None)


async def test_an_embedder_that_knows_nothing_spoils_little() -> None:
    """What words find stays where it was, for what lies near by chance seldom lies near enough."""
    assert await quality(Noise()) >= 0.95 * await quality(None)


async def test_an_embedder_of_words_alone_spoils_nothing() -> None:
    """It ranks otherwise than words do, and together they are as good."""
    assert await quality(FakeEmbedder()) >= 0.98 * await quality(None)
