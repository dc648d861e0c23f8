"""What only a store on a server can promise: many writers, cut connections, doubtful commits, slow statements."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from taleforge.errors import BadInput, Conflict, Damaged, Misconfigured, StoreFull, TaleforgeError, TooNew, Unavailable
from taleforge.jobs.values import Job, Outcome
from taleforge.messages.events import Event
from taleforge.messages.ids import CountingIds
from taleforge.store import pool as pools
from taleforge.store.jobs import POSTGRESQL
from taleforge.store.pool import name_of
from taleforge.store.postgresql import PostgresStore, open_store
from taleforge.table.ports import SideWork, TableRow
from tests.postgresql import Server
from tests.store.proxy import door_to
from tests.store.saves import event

ids = CountingIds()
AT = "2026-11-20T09:00:00.000Z"


def row(number: int = 1) -> TableRow:
    return TableRow(f"tbl_{number}", "spc_1", "The Lamp", "lamp", AT, AT)


@pytest.fixture
def url(postgresql: Server) -> str:
    """A database of its own."""
    return postgresql.database()


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgresStore]:
    """A store on it."""
    store = await open_store(url)
    yield store
    await store.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a name short enough for a socket in it."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


async def sql(url: str, statement: str) -> None:
    """Run a statement behind the store's back."""
    connection = await pools.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_of_two_processes_one_wins_each_version(url: str, store: PostgresStore) -> None:
    """Two stores on one database append to the same tables: each version is there once, and whoever lost was told."""
    other = await open_store(url)
    for table in range(5):
        await store.create(row(table))
    racing = [
        each.append(f"tbl_{t}", 0, [event(1, ids)]) for t in range(5) for each in (store, other) for _ in range(5)
    ]
    outcomes = await asyncio.gather(*racing, return_exceptions=True)
    await other.close()

    assert sum(outcome is None for outcome in outcomes) == 5
    assert all(outcome is None or isinstance(outcome, Conflict) for outcome in outcomes)
    assert [len(await store.read(f"tbl_{table}")) for table in range(5)] == [1] * 5


async def test_a_zero_character_is_bad_input(store: PostgresStore) -> None:
    """PostgreSQL keeps none in a text, nor looks for one; whoever handed it in is told so."""
    with pytest.raises(BadInput, match="zero character"):
        await store.table("tbl_\0")
    with pytest.raises(BadInput, match="zero character"):
        await store.jobs.get("job_\0")


async def test_only_what_is_done_again_does_not_wait_for_the_disk(store: PostgresStore) -> None:
    """A job that is begun, or told: whatever comes after it on the same connection waits as ever."""
    await store.jobs.add(Job("job_1", "spc_1", "ann", "art", "paint", b"", 0))
    assert await store.query("SHOW synchronous_commit") == [("on",)]
    lazily = f"SELECT current_setting('synchronous_commit') WHERE {POSTGRESQL.lazily}"
    assert await store.query(lazily) == [("off",)]
    assert await store.jobs.claim("art", "worker", 1, 2) is not None
    await store.jobs.finish("job_1", 1, Outcome("done"), 3)
    assert await store.jobs.told("job_1")
    assert await store.query("SHOW synchronous_commit") == [("on",)]


async def test_appends_at_the_same_time_share_transactions(store: PostgresStore) -> None:
    """Of sixty-four, all but the first that came wait for one commit, and each has waited for the disk."""
    for table in range(64):
        await store.create(row(table))
    await asyncio.gather(*(store.append(f"tbl_{table}", 0, [event(1, ids)]) for table in range(64)))

    assert await store.query("SELECT count(DISTINCT xmin::text) <= 2 FROM events") == [(True,)]
    assert await store.query("SHOW synchronous_commit") == [("on",)]


async def test_a_neighbour_in_a_batch_is_not_harmed(url: str, store: PostgresStore) -> None:
    """Where one append of a transaction cannot be stored at all, the others are, and only that one is refused."""
    for table in range(3):
        await store.create(row(table))
    await sql(url, "INSERT INTO events VALUES ('tbl_1', 1, 'spc_1', NULL, '', 0)")
    outcomes = await asyncio.gather(
        *(store.append(f"tbl_{table}", 0, [event(1, ids)]) for table in range(3)), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes] == [type(None), Conflict, type(None)]
    assert [table.version for table in sorted(await store.tables(), key=lambda table: table.id)] == [1, 0, 1]


@pytest.mark.parametrize("heard", [False, True])
async def test_a_commit_whose_answer_is_lost_is_stored_once(url: str, folder: Path, heard: bool) -> None:
    """Whether the server heard the COMMIT or not: after a cut the append is done, once, with its side work."""
    async with door_to(url, folder) as (door, through):
        store = await open_store(through)
        await store.create(row())
        door.slam(3, heard=heard)
        work = SideWork("job_1", "narrate", 1)
        await store.append("tbl_1", 0, [event(1, ids), event(2, ids)], [work])
        await store.append("tbl_1", 2, [event(3, ids)])

        assert door.slammed == (1 if heard else 3) + (2 if heard else 0)
        assert [e.v for e in await store.read("tbl_1")] == [1, 2, 3]
        assert await store.pending_work("tbl_1") == [work]
        await store.close()


async def test_a_conflict_stays_one_when_the_answer_is_lost(url: str, folder: Path) -> None:
    """After a cut, an append that came too late is not taken for stored because somebody else's events are there."""
    async with door_to(url, folder) as (door, through):
        store = await open_store(through)
        await store.create(row(1))
        await store.create(row(2), [event(1, ids)])
        door.slam(1, heard=True)
        first, late = await asyncio.gather(
            store.append("tbl_1", 0, [event(1, ids)]),
            store.append("tbl_2", 0, [event(1, ids)]),
            return_exceptions=True,
        )
        await store.close()

    assert first is None
    assert isinstance(late, Conflict)
    assert door.slammed == 1


async def test_what_is_stored_stays_so_beside_damage_that_comes_up_meanwhile(url: str, folder: Path) -> None:
    """The answer of a commit is lost, and a neighbour's row is altered before the batch is tried again."""
    async with door_to(url, folder) as (door, through):
        store = await open_store(through)
        await store.create(row(1))
        await store.create(row(2))
        door.slam(1, heard=True, then=lambda: sql(url, "UPDATE tables SET title = 'x' WHERE id = 'tbl_2'"))
        outcomes = await asyncio.gather(
            *(store.append(f"tbl_{table}", 0, [event(1, ids)]) for table in (1, 2)), return_exceptions=True
        )
        await store.close()

    assert [type(outcome) for outcome in outcomes] == [type(None), Damaged]


async def test_cut_connections_are_replaced(postgresql: Server, store: PostgresStore) -> None:
    """What is asked after all connections were cut fails at most once with a clear word, and then works."""
    await store.create(row(), [event(1, ids)])
    await asyncio.gather(*(store.read("tbl_1") for _ in range(8)))
    await asyncio.to_thread(postgresql.cut)
    await store.append("tbl_1", 1, [event(2, ids)])
    for _ in range(10):
        with suppress(Unavailable):
            await store.read("tbl_1")

    assert len(await store.read("tbl_1")) == 2


async def test_appends_go_on_while_connections_are_cut(postgresql: Server, store: PostgresStore) -> None:
    """Whatever is cut while it is written: what was acknowledged is there, in order, and nothing is there twice."""
    for table in range(4):
        await store.create(row(table))
    cuts: list[asyncio.Task[None]] = []

    async def play(table: int) -> None:
        version = 0
        while version < 40:
            try:
                await store.append(f"tbl_{table}", version, [event(version + 1, ids)])
                version += 1
            except Unavailable:
                stored = len(await _read(store, f"tbl_{table}"))
                assert stored >= version
                version = stored
            if table == 0 and version % 8 == 0:
                cuts.append(asyncio.create_task(asyncio.to_thread(postgresql.cut)))

    await asyncio.gather(*(play(table) for table in range(4)))
    await asyncio.gather(*cuts)
    for table in range(4):
        assert [e.v for e in await _read(store, f"tbl_{table}")] == list(range(1, 41))


async def _read(store: PostgresStore, table: str) -> list[Event]:
    while True:
        with suppress(Unavailable):
            return await store.read(table)


async def test_a_statement_that_takes_too_long_is_given_up(url: str) -> None:
    """Somebody holds the table's row: the append says so in time and stores nothing, and works when the row is free."""
    store = await open_store(url, timeout=0.2)
    await store.create(row())
    holder = await pools.connect(url)
    await holder.execute("BEGIN; SELECT * FROM tables FOR UPDATE")
    with pytest.raises(Unavailable, match="could not do it"):
        await store.append("tbl_1", 0, [event(1, ids)])
    await holder.close()

    assert await store.read("tbl_1") == []
    await store.append("tbl_1", 0, [event(1, ids)])
    await store.close()


@pytest.mark.parametrize(
    ("state", "kind"), [("53100", StoreFull), ("53200", Unavailable), ("57P02", Unavailable), ("XX001", Damaged)]
)
async def test_what_the_server_cannot_do_stores_nothing(
    url: str, store: PostgresStore, state: str, kind: type[TaleforgeError]
) -> None:
    """A full disk, no memory, a crash, damage: each is told as what it is, and when it is over the append works."""
    await store.create(row())
    await sql(
        url,
        f"""CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$;
            CREATE TRIGGER failing BEFORE INSERT ON work EXECUTE FUNCTION fail()""",
    )
    with pytest.raises(TaleforgeError) as caught:
        await store.append("tbl_1", 0, [event(1, ids)], [SideWork("job_1", "narrate", 1)])
    assert type(caught.value) is kind
    assert await store.read("tbl_1") == []

    await sql(url, "DROP TRIGGER failing ON work")
    await store.append("tbl_1", 0, [event(1, ids)], [SideWork("job_1", "narrate", 1)])
    assert len(await store.read("tbl_1")) == 1


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE events SET body = body || ' ' WHERE version = 2", "event 2 of table tbl_1"),
        ("DELETE FROM events WHERE version = 2", "Event 2 of table tbl_1 is missing"),
        ("DELETE FROM events WHERE version = 3", "Event 3 of table tbl_1 is missing"),
        ("UPDATE tables SET title = 'Another'", "the row of table tbl_1"),
        ("DELETE FROM tables", "The row of table tbl_1 is missing"),
    ],
)
async def test_what_was_altered_is_found(url: str, store: PostgresStore, statement: str, named: str) -> None:
    """Rows changed behind the store's back are damage, and it says where."""
    await store.create(row(), [event(v, ids) for v in (1, 2, 3)])
    await sql(url, statement)

    with pytest.raises(Damaged, match=rf"{named}.*backup of the database"):
        await store.read("tbl_1")


async def test_a_database_without_tables_is_refused(postgresql: Server) -> None:
    """The sentence says what to run."""
    url = postgresql.empty()
    with pytest.raises(Misconfigured, match=r"schema 0.*taleforge migrate"):
        await open_store(url)


async def test_an_older_program_refuses_a_newer_schema(url: str) -> None:
    """It says to upgrade, before it writes anything."""
    await sql(url, "UPDATE meta SET value = '99' WHERE name = 'schema'")
    with pytest.raises(TooNew, match="schema 99"):
        await open_store(url)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("postgresql://u:s3cret@127.0.0.1:1/db", Unavailable),
        ("postgresql://u:s3cret@host:port/db", Misconfigured),
        ("mysql://u:s3cret@host/db", Misconfigured),
        ("postgresql://u:s3cret@127.0.0.1:1/db?sslmode=s3cret", Misconfigured),
    ],
)
async def test_no_sentence_tells_the_password(url: str, kind: type[TaleforgeError]) -> None:
    """Whatever is wrong with the address of a database, its password is not repeated."""
    with pytest.raises(kind) as caught:
        await open_store(url)
    assert "s3cret" not in str(caught.value)


async def test_who_is_not_let_in_is_told(url: str) -> None:
    """A user or a database that the server does not know is a matter of settings."""
    with pytest.raises(Misconfigured, match="does not let us in"):
        await open_store(url.replace("postgres:@", "nobody:@"))
    with pytest.raises(Misconfigured, match="does not let us in"):
        await open_store(url.replace("/test_", "/no_such_"))


async def test_a_server_that_does_not_wait_for_its_disk_is_refused(postgresql: Server, url: str) -> None:
    """With fsync off on the server the store opens only for whoever accepts the risk."""
    await asyncio.to_thread(postgresql.set, "fsync", "off")
    try:
        with pytest.raises(Misconfigured, match=r"store\.fsync"):
            await open_store(url)
        await (await open_store(url, fsync=False)).close()
    finally:
        await asyncio.to_thread(postgresql.set, "fsync", "on")


def test_a_name_is_fit_to_be_shown() -> None:
    """Host, port and database, and nothing else of an address."""
    assert name_of("postgresql://ann:pw@db:5433/tales?sslmode=require") == "postgresql://db:5433/tales"
    assert name_of("postgres:///tales?host=/run/pg&password=x") == "postgresql:///run/pg/tales"
