"""The contract of `table.ports.EventLog` and `SecretStore`, on every implementation there is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from taleforge.errors import Conflict
from taleforge.messages.brief import Prose
from taleforge.messages.events import By, Event, Said, Told
from taleforge.messages.ids import CountingIds
from taleforge.store.memory import MemoryStore
from taleforge.store.postgresql import open_store as postgresql_store
from taleforge.store.schema import COLUMNS
from taleforge.store.sqlite import open_store
from taleforge.store.transactions import Statement, Steps
from taleforge.table.ports import EventLog, SecretStore, SideWork, TableRow
from tests.postgresql import Server

ids = CountingIds()


class Store(EventLog, SecretStore, Protocol):
    """Both ports, as every store has them."""

    async def close(self) -> None:
        """Let it go."""
        ...


Body = Callable[[Store], Awaitable[None]]
Play = Callable[[Store], Awaitable[list[object]]]
Run = Callable[[Body], None]


KINDS = ["memory", "sqlite", "postgresql"]


async def open_kind(place: Path | str | None) -> Store:
    """Open the store of a folder, of a database's URL, or one in memory."""
    if place is None:
        return MemoryStore()
    return await (postgresql_store(place) if isinstance(place, str) else open_store(place, fsync=False))


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str | None:
    """Where each kind of store is to be."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql").database()
    return None if request.param == "memory" else tmp_path


@pytest.fixture
def run(place: Path | str | None) -> Run:
    """Run a coroutine function on an open store."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Store]:
        store = await open_kind(place)
        try:
            yield store
        finally:
            await store.close()

    async def on_store(body: Body) -> None:
        async with opened() as store:
            await body(store)

    return lambda body: asyncio.run(on_store(body))


def event(v: int, text: str = "x", cmd: str | None = None) -> Event:
    at = f"2026-11-20T10:00:{v % 60:02d}.000Z"
    return Event(v, "told", 1, ids("evt"), at, 0, By(engine=True), Told(text), cmd=cmd)


def row(id_: str, space: str = "spc_1") -> TableRow:
    return TableRow(id_, space, "The Cellar", "cellar", "2026-11-20T09:00:00.000Z", "2026-11-20T09:00:00.000Z")


def work(v: int, id_: str | None = None) -> SideWork:
    return SideWork(id_ or ids("job"), "narrate", v, b"{}")


def test_what_is_appended_is_read_back_in_order(run: Run) -> None:
    """Events come back equal, whole or after a version, and at most as many as asked for."""

    async def body(store: Store) -> None:
        spoken = Event(
            2, "said", 1, ids("evt"), "2026-11-20T10:00:00.000Z", 3, By(seat="seat_1"), Said("crt_1", "Hé 🐉")
        )
        log = [event(1), spoken, event(3, cmd="cmd_1")]
        await store.create(row("tbl_1"))
        await store.append("tbl_1", 0, log[:2])
        await store.append("tbl_1", 2, log[2:])
        assert await store.read("tbl_1") == log
        assert await store.read("tbl_1", after=1) == log[1:]
        assert await store.read("tbl_1", after=1, limit=1) == [spoken]
        assert await store.read("tbl_1", after=3) == []
        assert await store.read("tbl_9") == []

    run(body)


def test_a_table_is_made_whole(run: Run) -> None:
    """Its first events and prose are there with its row, and its id is taken from then on."""

    async def body(store: Store) -> None:
        told = Prose(2, "en", "It was dark.")
        await store.create(row("tbl_1"), [event(1), event(2)], [told])
        assert [found.version for found in await store.tables()] == [2]
        assert [e.v for e in await store.read("tbl_1")] == [1, 2]
        assert await store.read_prose("tbl_1") == [told]
        with pytest.raises(Conflict, match="tbl_1"):
            await store.create(row("tbl_1"), [event(1)])
        assert len(await store.read("tbl_1")) == 2

    run(body)


def test_a_stale_append_is_refused_and_stores_nothing(run: Run) -> None:
    """Whoever is late gets a Conflict, and neither events nor side work of theirs are kept."""

    async def body(store: Store) -> None:
        await store.create(row("tbl_1"))
        await store.append("tbl_1", 0, [event(1, "first")])
        for expected in (0, 2):
            with pytest.raises(Conflict):
                await store.append("tbl_1", expected, [event(expected + 1, "late")], [work(1)])
        with pytest.raises(Conflict):
            await store.append("tbl_9", 0, [event(1)])
        assert [e.d for e in await store.read("tbl_1")] == [Told("first")]
        assert await store.pending_work("tbl_1") == []

    run(body)


def test_of_many_writers_one_wins_each_version(run: Run) -> None:
    """Thirty appends race for the same version of ten tables: one each is stored, the others are told so."""

    async def body(store: Store) -> None:
        for table in range(10):
            await store.create(row(f"tbl_{table}"))
        racing = [
            store.append(f"tbl_{table}", 0, [event(1, str(writer))], [work(1)])
            for writer in range(30)
            for table in range(10)
        ]
        outcomes = await asyncio.gather(*racing, return_exceptions=True)
        assert sum(outcome is None for outcome in outcomes) == 10
        assert all(outcome is None or isinstance(outcome, Conflict) for outcome in outcomes)
        for table in range(10):
            assert len(await store.read(f"tbl_{table}")) == 1
            assert len(await store.pending_work(f"tbl_{table}")) == 1

    run(body)


def test_the_last_played_table_is_listed_first(run: Run) -> None:
    """The list knows version, status and time of each table, and keeps spaces apart."""

    async def body(store: Store) -> None:
        await store.create(row("tbl_1"))
        await store.create(row("tbl_2", space="spc_2"))
        await store.append("tbl_1", 0, [event(1)], status="playing")
        await store.append("tbl_1", 1, [event(2)])
        found = await store.tables()
        assert [(table.id, table.version, table.status) for table in found] == [
            ("tbl_1", 2, "playing"),
            ("tbl_2", 0, "lobby"),
        ]
        assert found[0].updated_at == "2026-11-20T10:00:02.000Z"
        assert [table.id for table in await store.tables("spc_2")] == ["tbl_2"]
        assert await store.table("tbl_1") == found[0]
        assert await store.table("tbl_9") is None

    run(body)


def test_tables_come_page_by_page(run: Run) -> None:
    """Each page goes on where the one before ended, also among tables of one moment; of some ids if they are named."""

    async def body(store: Store) -> None:
        for number in range(1, 5):
            await store.create(row(f"tbl_{number}", space="spc_2" if number == 3 else "spc_1"))
        await store.append("tbl_1", 0, [event(1)])

        async def listed(*space: str, **asked: Any) -> list[str]:
            return [found.id for found in await store.tables(*space, **asked)]

        everything = await store.tables()
        places = [(found.updated_at, found.id) for found in everything]
        assert await listed() == ["tbl_1", "tbl_4", "tbl_3", "tbl_2"]
        assert await listed(limit=2) == ["tbl_1", "tbl_4"]
        assert await listed(after=places[1], limit=2) == ["tbl_3", "tbl_2"]
        assert await listed("spc_1", after=places[0]) == ["tbl_4", "tbl_2"]
        assert await listed("spc_1", only={"tbl_2", "tbl_1", "tbl_3", "tbl_9"}, limit=9) == ["tbl_1", "tbl_2"]
        assert await listed(only=()) == []
        assert await listed(after=places[-1]) == []

    run(body)


def test_a_command_is_found_by_its_id(run: Run) -> None:
    """The version after the last event of a command, of that table and no other."""

    async def body(store: Store) -> None:
        await store.create(row("tbl_1"), [event(1), event(2, cmd="cmd_1"), event(3, cmd="cmd_1"), event(4)])
        await store.create(row("tbl_2"), [event(1, cmd="cmd_2")])
        assert await store.find_command("tbl_1", "cmd_1") == 3
        assert await store.find_command("tbl_1", "cmd_2") is None

    run(body)


def test_prose_that_is_there_at_once_is_stored_with_its_events(run: Run) -> None:
    """Together or not at all, each audience's own."""

    async def body(store: Store) -> None:
        await store.create(row("tbl_1"))
        told = [Prose(1, "en", "A door creaks."), Prose(1, "en", "You hear a step.", audience=("seat_1",))]
        await store.append("tbl_1", 0, [event(1)], prose=told)
        with pytest.raises(Conflict):
            await store.append("tbl_1", 0, [event(1)], prose=[Prose(1, "en", "Told too late.")])
        assert await store.read_prose("tbl_1") == told
        assert await store.pending_work("tbl_1") == []

    run(body)


def test_side_work_waits_until_it_is_done(run: Run) -> None:
    """Work comes oldest first; done, it is gone and its prose is there; done twice is done once."""

    async def body(store: Store) -> None:
        await store.create(row("tbl_1"))
        second, first = work(2, "job_b"), work(1, "job_c")
        await store.append("tbl_1", 0, [event(1), event(2)], [second, first])
        assert await store.pending_work("tbl_1") == [first, second]
        told = Prose(1, "en", "A door creaks.")
        assert await store.finish_work("job_c", told)
        assert not await store.finish_work("job_c", Prose(1, "en", "Told again."))
        assert not await store.finish_work("job_unknown", told)
        assert await store.pending_work("tbl_1") == [second]
        await store.finish_work("job_b")
        assert await store.pending_work("tbl_1") == []
        assert await store.read_prose("tbl_1") == [told]

    run(body)


def test_prose_is_one_per_version_and_audience(run: Run) -> None:
    """Different audiences are told different things of a version; the later telling to one replaces the earlier."""

    async def body(store: Store) -> None:
        await store.create(row("tbl_1"))
        jobs = [work(2) for _ in range(4)]
        await store.append("tbl_1", 0, [event(1), event(2)], jobs)
        everybody, one, early = (
            Prose(2, "en", "a"),
            Prose(2, "en", "b", audience=("seat_2", "seat_1")),
            Prose(1, "en", "c"),
        )
        for job, prose in zip(
            jobs, [everybody, Prose(2, "en", "z", audience=("seat_1", "seat_2")), one, early], strict=True
        ):
            await store.finish_work(job.id, prose)
        assert await store.read_prose("tbl_1") == [early, everybody, one]
        assert await store.read_prose("tbl_1", after=1) == [everybody, one]

    run(body)


def test_a_seed_is_kept_under_its_commitment(run: Run) -> None:
    """Each table and commitment has its own seed, and the first one stays."""

    async def body(store: Store) -> None:
        await store.put_seed("tbl_1", "c1", b"\x00\xff" * 16)
        await store.put_seed("tbl_1", "c2", b"2" * 32)
        await store.put_seed("tbl_1", "c1", b"3" * 32)
        assert await store.get_seed("tbl_1", "c1") == b"\x00\xff" * 16
        assert await store.get_seed("tbl_1", "c2") == b"2" * 32
        assert await store.get_seed("tbl_2", "c1") is None

    run(body)


def test_a_gap_in_versions_is_a_mistake_of_the_caller(run: Run) -> None:
    """Events that do not follow on are a bug, and nothing of them is stored."""

    async def body(store: Store) -> None:
        await store.create(row("tbl_1"))
        with pytest.raises(ValueError, match="event 3"):
            await store.append("tbl_1", 0, [event(1), event(3)])
        assert await store.read("tbl_1") == []

    run(body)


def _empty() -> Steps[None]:
    for name in COLUMNS:
        yield Statement(f"DELETE FROM {name}")


@pytest.fixture(scope="module")
def on_server(postgresql: Server) -> Iterator[Callable[[Play], list[object]]]:
    """Run a coroutine function on a store in PostgreSQL that is emptied instead of made anew for each example."""
    with asyncio.Runner() as runner:
        store = runner.run(postgresql_store(postgresql.database()))

        async def emptied(body: Play) -> list[object]:
            await store.transact(_empty)
            return await body(store)

        yield lambda body: runner.run(emptied(body))
        runner.run(store.close())


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), max_size=25))
def test_any_run_of_appends_reads_like_the_memory_store(
    tmp_path_factory: pytest.TempPathFactory,
    on_server: Callable[[Play], list[object]],
    steps: list[tuple[int, int]],
) -> None:
    """Whatever is asked, in whatever order, all stores answer the same and end with the same log."""

    async def play(store: Store) -> list[object]:
        seen: list[object] = []
        await store.create(row("tbl_1"))
        for expected, count in steps:
            batch = [
                Event(v, "told", 1, "evt_1", "2026-11-20T10:00:00.000Z", 0, By(), Told(str(v)))
                for v in range(expected + 1, expected + count + 1)
            ]
            try:
                await store.append("tbl_1", expected, batch)
            except Conflict:
                seen.append("conflict")
        return [*seen, await store.read("tbl_1"), await store.tables()]

    async def in_file() -> list[object]:
        store = await open_store(tmp_path_factory.mktemp("store"), fsync=False)
        try:
            return await play(store)
        finally:
            await store.close()

    in_memory = asyncio.run(play(MemoryStore()))
    assert asyncio.run(in_file()) == in_memory
    assert on_server(play) == in_memory


def test_what_is_forgotten_is_stored_no_more(run: Run) -> None:
    """In the events that hold it, once; all else of the log, and the logs of others, stay as they were."""

    async def body(log: Store) -> None:
        events = [event(1, "Ann comes in.", "cmd_1"), event(2), event(3, "Ann leaves.", "cmd_3")]
        await log.create(row("tbl_1"), events)
        await log.create(row("tbl_2"), events[:1])

        def without(one: Event) -> Event | None:
            assert isinstance(one.d, Told)
            return replace(one, d=Told("…")) if "Ann" in one.d.text else None

        assert await log.forget("tbl_1", without) == 2
        assert await log.forget("tbl_1", without) == 0
        assert await log.forget("tbl_9", without) == 0
        assert await log.read("tbl_1") == [replace(events[0], d=Told("…")), events[1], replace(events[2], d=Told("…"))]
        assert await log.find_command("tbl_1", "cmd_3") == 3
        assert await log.read("tbl_2") == events[:1]

    run(body)
