"""What every index of memories promises, on each implementation: above all, that nobody's search looks at another's."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import product
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from taleforge.memory.exact import Exact, by_hand, packed, unpacked
from taleforge.memory.inside import InsideShelf
from taleforge.memory.ports import Vectors
from taleforge.memory.values import Point
from taleforge.store.postgresql import open_store as open_postgresql
from taleforge.store.sqlite import open_store as open_sqlite
from taleforge.store.vectors import SqlVectors
from tests.postgresql import Server

TABLES = ("tbl_1", "tbl_2")
PEOPLE = ("seat_a", "seat_b", "crt_c")
SIZE = 8

Opening = Callable[[pytest.FixtureRequest, Path], AbstractAsyncContextManager[Vectors]]


@asynccontextmanager
async def inside(_: pytest.FixtureRequest, __: Path) -> AsyncGenerator[Vectors]:
    """Keep points in this process."""
    yield Exact(InsideShelf())


@asynccontextmanager
async def without_numpy(_: pytest.FixtureRequest, __: Path) -> AsyncGenerator[Vectors]:
    """Compare them by hand."""
    index = Exact(InsideShelf())
    index._compare = by_hand
    yield index


@asynccontextmanager
async def sqlite(_: pytest.FixtureRequest, folder: Path) -> AsyncGenerator[Vectors]:
    """Keep points in a file."""
    store = await open_sqlite(folder, fsync=False)
    yield Exact(SqlVectors(store))
    await store.close()


def postgresql(request: pytest.FixtureRequest, _: Path) -> AbstractAsyncContextManager[Vectors]:
    """Keep points in a database."""
    server: Server = request.getfixturevalue("postgresql")
    url: str = request.getfixturevalue("url")
    server.clear(url)
    return in_database(url)


@asynccontextmanager
async def in_database(url: str) -> AsyncGenerator[Vectors]:
    store = await open_postgresql(url)
    yield Exact(SqlVectors(store))
    await store.close()


@asynccontextmanager
async def qdrant(_: pytest.FixtureRequest, __: Path) -> AsyncGenerator[Vectors]:
    """Keep points in the Qdrant that its client has in itself."""
    from qdrant_client import AsyncQdrantClient  # noqa: PLC0415  # a second to load

    from taleforge.memory.qdrant import QdrantVectors  # noqa: PLC0415  # as above

    index = QdrantVectors(AsyncQdrantClient(":memory:"), "test")
    yield index
    await index.close()


KINDS: dict[str, Opening] = {
    "inside": inside, "without numpy": without_numpy, "sqlite": sqlite, "postgresql": postgresql, "qdrant": qdrant,
}  # fmt: skip
SLOW = {"qdrant": "its client takes a second to load"}
pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")


@pytest.fixture(params=[pytest.param(kind, marks=pytest.mark.slow if kind in SLOW else ()) for kind in KINDS])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> AbstractAsyncContextManager[Vectors]:
    """One implementation after the other, not open yet."""
    return KINDS[request.param](request, tmp_path)


@pytest.fixture
async def vectors(opening: AbstractAsyncContextManager[Vectors]) -> AsyncGenerator[Vectors]:
    """One implementation after the other."""
    async with opening as index:
        yield index


def point(number: int, who: str, *place: float) -> Point:
    """Return a point with an id of its own."""
    return Point(str(UUID(int=number)), who, packed(place))


def at_random(random: Random) -> bytes:
    return packed([random.gauss(0, 1) for _ in range(SIZE)])


async def test_the_nearest_come_first(vectors: Vectors) -> None:
    """With the cosine as their score, and no more than are wanted; length does not matter."""
    there = [point(1, "seat_a", 1, 0), point(2, "seat_a", 3, 3), point(3, "seat_a", 0, 5), point(4, "seat_a", -1, 0)]
    await vectors.put("tbl_1", there)
    found = await vectors.near("tbl_1", ["seat_a"], packed([2, 0]), 3)
    assert [one.id for one in found] == [there[0].id, there[1].id, there[2].id]
    assert [round(one.score, 3) for one in found] == [1.0, 0.707, 0.0]


async def test_nobody_finds_what_is_anothers(vectors: Vectors) -> None:
    """Each search finds exactly what a comparison of every point of those it may look at would, and so none of others.

    Others lie nearer by far, and there are more of them than are wanted: a filter after the search would find nothing.
    """
    random = Random(5)
    points: dict[tuple[str, str], list[Point]] = {}
    for number, (table, who) in enumerate(product(TABLES, PEOPLE)):
        some = [Point(str(UUID(int=100 * number + n)), who, at_random(random)) for n in range(12)]
        points[table, who] = some
        await vectors.put(table, some)
    for table, looked_at in product(TABLES, ((), PEOPLE[:1], PEOPLE[1:], PEOPLE, ("seat_z",))):
        mine = [one for who in looked_at for one in points.get((table, who), ())]
        anothers = [
            one for (place, who), some in points.items() if place != table or who not in looked_at for one in some
        ]
        for asked in (at_random(random), *(random.choice(anothers).vector for _ in range(3))):
            found = await vectors.near(table, looked_at, asked, 5)
            scores = {one.id: score for one, score in zip(mine, by_hand(mine, asked), strict=True)}
            assert [one.id for one in found] == sorted(scores, key=lambda id_: -scores[id_])[:5]
            assert all(abs(one.score - scores[one.id]) < 1e-5 for one in found)
        assert await vectors.ids(table, looked_at) == {one.id for one in mine}


async def test_a_point_is_kept_once_and_dropped(vectors: Vectors) -> None:
    """In the place of the same one before; what is not there is dropped without harm, and a whole table at once."""
    one, other = point(1, "seat_a", 1, 0), point(2, "seat_b", 1, 0)
    await vectors.put("tbl_1", [one, other])
    await vectors.put("tbl_1", [point(1, "seat_a", 0, 1)])
    await vectors.put("tbl_2", [point(3, "seat_a", 1, 0)])
    [found] = await vectors.near("tbl_1", ["seat_a"], packed([0, 1]), 9)
    assert round(found.score, 3) == 1.0
    await vectors.drop("tbl_1", {one.id, point(9, "", 1, 0).id})
    assert await vectors.ids("tbl_1") == {other.id}
    await vectors.drop("tbl_1")
    assert await vectors.ids("tbl_1") == set()
    assert await vectors.ids("tbl_2") == {point(3, "", 1, 0).id}


async def test_points_of_another_length_are_not_compared(vectors: Vectors) -> None:
    """As after another model was chosen; they are there to be dropped."""
    await vectors.put("tbl_1", [point(1, "seat_a", 1, 0, 0)])
    await vectors.put("tbl_1", [point(2, "seat_a", 1, 0)])
    assert [one.id for one in await vectors.near("tbl_1", ["seat_a"], packed([1, 0]), 9)] == [point(2, "", 1).id]
    assert len(await vectors.ids("tbl_1")) == 2
    await vectors.drop("tbl_1")
    assert await vectors.ids("tbl_1") == set()


async def test_many_points_are_all_there(vectors: Vectors) -> None:
    """More than any page of an answer; put by several at once, they are all kept."""
    some = [point(n, "seat_a", 1, n) for n in range(2100)]
    await asyncio.gather(*(vectors.put("tbl_1", some[at : at + 700]) for at in range(0, 2100, 700)))
    assert len(await vectors.ids("tbl_1")) == 2100
    await vectors.drop("tbl_1", {one.id for one in some[:1000]})
    assert len(await vectors.ids("tbl_1", ["seat_a"])) == 1100


def test_a_vector_is_of_length_one() -> None:
    """And of none if it had none."""
    assert unpacked(packed([3, 4])) == pytest.approx((0.6, 0.8))
    assert unpacked(packed([0, 0])) == (0, 0)
