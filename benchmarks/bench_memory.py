"""Finding memories by their meaning among ten thousand, beside a bare product of numpy; and what one seat usually has.

Of the embedder nothing is measured but its place: here it answers at once.
"""

import asyncio
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.measure import Ratio, Row, Time, seconds
from taleforge.memory.exact import Exact, packed
from taleforge.memory.inside import InMemory, InsideShelf
from taleforge.memory.meaning import Meaning, id_of
from taleforge.memory.ports import Vectors
from taleforge.memory.service import Recollection
from taleforge.memory.values import Entry, Listened, Point
from taleforge.messages.brief import Prose
from taleforge.store.sqlite import open_store
from taleforge.store.vectors import SqlVectors

SIZE = 384
MANY, USUAL = 10_000, 300
"""Memories of somebody who remembers years, and of one seat after a few evenings."""
SENTENCE = "the bell tolls under a tavern while rain falls and wolves wait by their old bridge near some ruined tower"
TABLE, WHO = "tbl_1", "seat_a"


class Instant:
    """Knows one place, and all texts are there."""

    name = "instant"

    def __init__(self, place: Sequence[float]) -> None:
        self._place = place

    async def embed(self, texts: Sequence[str], table: str = "") -> list[Sequence[float]]:  # noqa: ARG002
        """Return it."""
        return [self._place for _ in texts]


class Nothing:
    """Ears of a table where nothing happens."""

    async def listen(self, table: str, after: int) -> Listened:  # noqa: ARG002
        """Hear nothing."""
        return Listened((), (), {}, after)

    async def prose(self, table: str) -> Sequence[Prose]:  # noqa: ARG002
        """Be told nothing."""
        return ()


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Measure with random vectors."""
    if find_spec("numpy") is None:
        print("no numpy here: not measured", file=sys.stderr)
        return []
    many, repeats = (300, 1) if smoke else (MANY, 7)
    random = Random(7)
    points = [_point(random, n) for n in range(many)]
    asked = points[0].vector
    with asyncio.Runner() as runner, TemporaryDirectory() as folder:
        inside = Exact(InsideShelf())
        store = runner.run(open_store(Path(folder), fsync=False))
        kept = Exact(SqlVectors(store))

        def near(index: Vectors) -> float:
            runner.run(index.put(TABLE, points))
            return seconds(lambda: runner.run(index.near(TABLE, [WHO], asked, 50)), repeats)

        bare, ours, on_disk = _bare(points, asked, repeats), near(inside), near(kept)
        runner.run(store.close())
        recalls = [_recall(runner, random, number, repeats) for number in (min(USUAL, many), many)]
    return [
        Time(f"bare numpy: the 50 nearest of {many} × {SIZE} in one array", bare),
        Time("the same by our index, points in this process", ours, 0.1),
        Time("the same, points in SQLite", on_disk, 0.5),
        Ratio("our index, as many times as fast as bare numpy", bare / ours),
        *(Time(f"a whole search by words and meaning, {number} memories", took) for number, took in recalls),
    ]


def _point(random: Random, number: int) -> Point:
    return Point(str(number), WHO, packed([random.gauss(0, 1) for _ in range(SIZE)]))


def _bare(points: Sequence[Point], asked: bytes, repeats: int) -> float:
    import numpy as np  # noqa: PLC0415 - looked for above

    everything = np.frombuffer(b"".join(point.vector for point in points), "<f4").reshape(len(points), SIZE)
    query = np.frombuffer(asked, "<f4")

    def nearest() -> object:
        scores = everything @ query
        best = np.argpartition(-scores, 50)[:50]
        return best[np.argsort(-scores[best])]

    return seconds(nearest, repeats, batch=5)


def _recall(runner: asyncio.Runner, random: Random, number: int, repeats: int) -> tuple[int, float]:
    words = SENTENCE.split()
    texts = [" ".join(random.choices(words, k=12)) for _ in range(number)]
    entries = [Entry(TABLE, v, "fact", WHO, "told", 0, text) for v, text in enumerate(texts)]
    memories, index = InMemory(), Exact(InsideShelf())
    place = [random.gauss(0, 1) for _ in range(SIZE)]
    vectors = [packed([random.gauss(0, 1) for _ in range(SIZE)]) for _ in range(min(number, 100))]
    points = [Point(id_of(entry, "instant"), WHO, vectors[at % len(vectors)]) for at, entry in enumerate(entries)]
    runner.run(memories.write(TABLE, number, entries))
    runner.run(index.put(TABLE, points))
    recollection = Recollection(memories, Nothing(), Meaning(Instant(place), index, -1.0))
    return number, seconds(lambda: runner.run(recollection.recall(TABLE, "the old bell", [WHO])), repeats)
