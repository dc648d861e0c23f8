"""The contract of `live.ports.Claims`, and of the fence of `EventLog.append`, on every store there is."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from taleforge.errors import Conflict
from taleforge.live.ports import TTL, Claim, Claims, Standing
from taleforge.messages.events import By, Event, Told
from taleforge.store.memory import MemoryStore
from taleforge.store.postgresql import PostgresStore
from taleforge.store.postgresql import open_store as postgresql_store
from taleforge.store.sqlite import SqliteStore, open_store
from taleforge.store.transactions import Statement, Steps
from taleforge.table.ports import EventLog, SideWork, TableRow

A, B = "node_a", "node_b"
AT = "2026-11-20T09:00:00.000Z"


class Log(EventLog, Protocol):
    """A store with its claims."""

    @property
    def claims(self) -> Claims:
        """Who owns which table."""
        ...

    async def close(self) -> None:
        """Let it go."""
        ...


@dataclass
class Stores:
    """One store as two processes have it, and a clock that can be set forward as far as the store can tell."""

    one: Log
    two: Log
    forward: Callable[[float], Awaitable[None]]


def in_memory() -> Stores:
    """Return one store for both, with a clock of its own."""
    now = 0.0
    store = MemoryStore(lambda: now)

    async def forward(seconds: float) -> None:
        nonlocal now
        now += seconds

    return Stores(store, store, forward)


def in_database(one: SqliteStore | PostgresStore, two: SqliteStore | PostgresStore) -> Stores:
    """Return stores of a database, whose clock cannot be set: every node was seen longer ago instead."""

    async def forward(seconds: float) -> None:
        def aged() -> Steps[None]:
            yield Statement("UPDATE nodes SET seen_at = seen_at - ?1", (round(seconds * 1000),))

        await one.transact(aged)

    return Stores(one, two, forward)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str | None:
    """Where each kind of store is to be."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql").database()
    return None if request.param == "memory" else tmp_path


@pytest.fixture
async def stores(place: Path | str | None) -> AsyncGenerator[Stores]:
    """Return the stores of each kind, with one table, and two nodes that are alive."""
    if place is None:
        found = in_memory()
    elif isinstance(place, Path):
        file = await open_store(place, fsync=False)
        found = in_database(file, file)
    else:
        found = in_database(await postgresql_store(place), await postgresql_store(place))
    await found.one.create(row("tbl_1"))
    await found.one.claims.beat(A)
    await found.two.claims.beat(B)
    yield found
    await found.one.close()
    if found.two is not found.one:
        await found.two.close()


def row(id_: str) -> TableRow:
    return TableRow(id_, "spc_1", "The Cellar", "cellar", AT, AT)


def event(v: int, text: str = "x") -> Event:
    return Event(v, "told", 1, f"evt_{v}", AT, 0, By(engine=True), Told(text))


async def test_a_table_has_one_owner(stores: Stores) -> None:
    """Whoever comes first; the other is told whose it is. No table, no claim."""
    mine = await stores.one.claims.claim("tbl_1", A)
    assert mine == Claim(A, 1)
    assert await stores.two.claims.claim("tbl_1", B) == mine
    assert await stores.two.claims.look(["tbl_1", "tbl_none"]) == {"tbl_1": Standing(A, 1, 0)}
    assert await stores.one.claims.claim("tbl_none", A) is None
    assert await stores.one.claims.look([]) == {}


async def test_of_two_who_claim_at_once_one_owns_it(stores: Stores) -> None:
    """Both hear the same answer, for each of twenty tables."""
    names = [f"tbl_race_{number}" for number in range(20)]
    for name in names:
        await stores.one.create(row(name))
    racing = [
        claims.claim(name, node) for name in names for claims, node in ((stores.one.claims, A), (stores.two.claims, B))
    ]
    answers = await asyncio.gather(*racing)
    for first, second in zip(answers[::2], answers[1::2], strict=True):
        assert first == second
        assert first is not None
        assert first.fence == 1


async def test_each_claim_has_a_greater_fence(stores: Stores) -> None:
    """Also when it is mine already, and after it was given up."""
    claims = stores.one.claims
    assert [await claims.claim("tbl_1", A) for _ in range(2)] == [Claim(A, 1), Claim(A, 2)]
    await claims.release("tbl_1", A)
    assert await claims.look(["tbl_1"]) == {"tbl_1": Standing(None, 2, 0)}
    assert await stores.two.claims.claim("tbl_1", B) == Claim(B, 3)


async def test_the_tables_of_the_dead_can_be_claimed(stores: Stores) -> None:
    """A node is dead when it was not seen for a while, and not before."""
    one, two = stores.one.claims, stores.two.claims
    await one.claim("tbl_1", A)
    await stores.forward(TTL - 2)
    await two.beat(B)
    assert await two.claim("tbl_1", B) == Claim(A, 1)
    await stores.forward(3)
    assert await two.living() == {B}
    assert (await two.look(["tbl_1"]))["tbl_1"].owner is None
    assert await two.claim("tbl_1", B) == Claim(B, 2)
    await one.beat(A)
    assert await one.living() == {A, B}
    assert await one.claim("tbl_1", A) == Claim(B, 2)


async def test_only_its_owner_gives_a_table_up(stores: Stores) -> None:
    """Another node's release changes nothing."""
    await stores.one.claims.claim("tbl_1", A)
    await stores.two.claims.release("tbl_1", B)
    assert (await stores.two.claims.look(["tbl_1"]))["tbl_1"].owner == A
    await stores.one.claims.release("tbl_1", A)
    assert (await stores.two.claims.look(["tbl_1"]))["tbl_1"].owner is None


async def test_a_node_that_leaves_gives_up_everything(stores: Stores) -> None:
    """Its tables are free at once, those of others are not, and it is alive no more."""
    await stores.one.create(row("tbl_2"))
    await stores.one.create(row("tbl_3"))
    for table, node in (("tbl_1", A), ("tbl_2", A), ("tbl_3", B)):
        await stores.one.claims.claim(table, node)
    await stores.one.claims.leave(A)
    found = await stores.two.claims.look(["tbl_1", "tbl_2", "tbl_3"])
    assert [found[table].owner for table in ("tbl_1", "tbl_2", "tbl_3")] == [None, None, B]
    assert await stores.two.claims.living() == {B}


async def test_a_stale_fence_stores_nothing_though_the_version_would_fit(stores: Stores) -> None:
    """An owner that slept while another took over cannot write, even when that one wrote nothing yet."""
    await stores.one.claims.claim("tbl_1", A)
    await stores.one.append("tbl_1", 0, [event(1)], fence=1)
    await stores.forward(TTL + 1)
    await stores.two.claims.beat(B)
    await stores.two.claims.claim("tbl_1", B)
    with pytest.raises(Conflict, match="owns"):
        await stores.one.append("tbl_1", 1, [event(2, "late")], [SideWork("job_1", "narrate", 2)], fence=1)
    await stores.two.append("tbl_1", 1, [event(2, "mine")], fence=2)
    assert [kept.d for kept in await stores.one.read("tbl_1")] == [Told("x"), Told("mine")]
    assert await stores.one.pending_work("tbl_1") == []
    assert (await stores.one.claims.look(["tbl_1"]))["tbl_1"].version == 2


async def test_a_stale_fence_harms_no_other_table(stores: Stores) -> None:
    """Of appends that are stored together, the one that is fenced off fails and the others are there."""
    names = [f"tbl_{number}" for number in range(2, 12)]
    for name in names:
        await stores.one.create(row(name))
        await stores.one.claims.claim(name, A)
    await stores.one.claims.claim("tbl_5", A)
    racing = [stores.one.append(name, 0, [event(1)], fence=1) for name in names]
    outcomes = dict(zip(names, await asyncio.gather(*racing, return_exceptions=True), strict=True))
    assert isinstance(outcomes.pop("tbl_5"), Conflict)
    assert set(outcomes.values()) == {None}
    assert [len(await stores.two.read(name)) for name in names] == [int(name != "tbl_5") for name in names]


async def test_whoever_has_no_fence_writes_whoever_owns_it(stores: Stores) -> None:
    """Version alone decides then: for tools, and stores without owners."""
    await stores.one.claims.claim("tbl_1", A)
    await stores.two.append("tbl_1", 0, [event(1)])
    with pytest.raises(Conflict):
        await stores.two.append("tbl_1", 0, [event(1)])
