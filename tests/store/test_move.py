"""Everything moved from one store to another, or nothing."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from taleforge.accounts.values import Character, Entry, Grant, Person, Space
from taleforge.bootstrap import Store
from taleforge.bootstrap import move as move_by_settings
from taleforge.errors import BadInput, Damaged, Misconfigured, StoreBusy
from taleforge.messages.events import Event
from taleforge.settings import Data, Settings
from taleforge.store import schema
from taleforge.store.accounts import SqlGrants, SqlLedger, SqlPeople
from taleforge.store.belongings import SqlCharacters
from taleforge.store.blobs import FolderBlobs
from taleforge.store.database import NAME, connect
from taleforge.store.move import Files, move
from taleforge.store.postgresql import open_store as open_postgresql
from taleforge.store.sqlite import open_store
from taleforge.store.upgrade import Place, plan
from taleforge.table.ports import TableRow
from tests.postgresql import Server
from tests.store.saves import contents, fill
from tests.table.player import play

ALL = (*schema.COLUMNS, *schema.ACCOUNTS)
AT = "2026-11-20T20:00:00.000Z"


def plain(table: str, log: Sequence[Event]) -> str:
    """Stand for the hash of a state."""
    return f"{table} {len(log)}"


async def opened(place: Place) -> Store:
    return await (open_store(place) if isinstance(place, Path) else open_postgresql(place))


async def full(place: Path) -> None:
    """Make a store with everything in it that there is."""
    store = await open_store(place, fsync=False)
    await fill(store, 5)
    await SqlPeople(store).add_space(Space("spc_1", "Club", 1))
    await SqlPeople(store).add(Person("usr_1", "spc_1", "Änn", 10, email="ann@example.org", password="digest"))
    await SqlGrants(store).add(Grant("key_1", "key", "spc_1", "usr_1", "d1", 10, None, scopes=("play", "read")))
    await SqlCharacters(store).add(Character("chr_1", "spc_1", "usr_1", "Änn", '{"xp":1}', 10, 10), 5)
    await SqlLedger(store).reserve(Entry("job_1", ("person:usr_1", "server"), "images", 3, 100), ())
    await store.close()


async def held(place: Place) -> object:
    """Return every row of a store, and what it says it holds."""
    store = await opened(place)
    rows = {name: sorted(await store.query(f"SELECT * FROM {name}"), key=repr) for name in ALL}
    found = (rows, await contents(store))  # type: ignore[arg-type]
    await store.close()
    return found


def test_everything_arrives_there_and_back_again(tmp_path: Path, postgresql: Server) -> None:
    """From a file to a server and from there to another file: the same rows, and the report counts them."""
    url = postgresql.empty()

    async def both() -> None:
        await full(tmp_path / "old")
        there = await move(tmp_path / "old", url, plain)
        back = await move(url, tmp_path / "new", plain)
        assert there == back
        assert there.rows["events"] == 45
        assert there.rows["ledger_owners"] == 2
        assert there.states["tbl_2"] == "tbl_2 15"
        assert await held(tmp_path / "old") == await held(url) == await held(tmp_path / "new")

    asyncio.run(both())


def test_tables_that_were_played_lead_to_the_same_states(tmp_path: Path, postgresql: Server) -> None:
    """Real logs are folded on both sides; the store named by the settings is the target."""
    url = postgresql.empty()
    settings = Settings(data=Data(folder=tmp_path))

    async def played() -> None:
        store = await open_store(tmp_path, fsync=False)
        for seed in range(3):
            log = play(seed).log
            await store.create(TableRow(f"tbl_{seed}", "spc_1", "The Lamp", "lamp", AT, AT), log)
        await store.close()
        moved = await move_by_settings(settings, "sqlite:", url)
        assert len({*moved.states.values()}) == 3
        assert all(len(state) == 64 for state in moved.states.values())
        assert moved.files == 0, "they lie in the same folder as before"

    asyncio.run(played())


def test_files_and_the_secret_come_along_into_another_folder(tmp_path: Path) -> None:
    """Pictures under the names that rows have of them; a secret that is there already stays."""
    settings = Settings(data=Data(folder=tmp_path / "old"))

    async def carried() -> None:
        await full(tmp_path / "old")
        (tmp_path / "old/server.secret").write_text("pepper")
        there = [tmp_path / name for name in ("new", "newer")]
        picture = await FolderBlobs(tmp_path / "old/files").put(b"a lantern", "image/png")
        there[1].mkdir()
        (there[1] / "server.secret").write_text("salt")
        for folder in there:
            moved = await move_by_settings(settings, "sqlite:", f"sqlite:{folder}")
            assert moved.files == 1
            assert await FolderBlobs(folder / "files").get(picture.id) == b"a lantern"
        assert [(folder / "server.secret").read_text() for folder in there] == ["pepper", "salt"]

    asyncio.run(carried())


def test_a_damaged_file_undoes_the_move(tmp_path: Path) -> None:
    """As a damaged row does: it is named, and the target holds no table."""
    files = Files(FolderBlobs(tmp_path / "old/files"), FolderBlobs(tmp_path / "new/files"))

    async def undone() -> None:
        await full(tmp_path / "old")
        picture = await files.old.put(b"a lantern", "image/png")
        next((tmp_path / "old/files").glob("??/??/*")).write_bytes(b"a candle.")
        with pytest.raises(Damaged, match=picture.id[:40]):
            await move(tmp_path / "old", tmp_path / "new", plain, files)
        await empty(tmp_path / "new")

    asyncio.run(undone())


def test_a_target_that_holds_anything_is_refused(tmp_path: Path, postgresql: Server) -> None:
    """Nothing of what is there is touched."""
    url = postgresql.database()

    async def refused() -> None:
        await full(tmp_path)
        store = await open_postgresql(url)
        await SqlPeople(store).add_space(Space("spc_9", "Others", 1))
        with pytest.raises(BadInput, match="is not empty"):
            await move(tmp_path, url, plain)
        assert await store.tables() == []
        await store.close()

    asyncio.run(refused())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET body = body || ' ' WHERE table_id = 'tbl_2' AND version = 4",
        "DELETE FROM events WHERE table_id = 'tbl_2' AND version = 4",
        "DELETE FROM events WHERE table_id = 'tbl_3' AND version = 15",
        "UPDATE prose SET audience = 'seat_1'",
        "UPDATE seeds SET seed = x'00'",
    ],
)
def test_a_damaged_source_is_not_moved(tmp_path: Path, postgresql: Server, statement: str) -> None:
    """It says where the damage is, and the target stays empty."""
    url = postgresql.empty()

    async def damaged() -> None:
        await full(tmp_path)
        with connect(tmp_path / NAME) as connection:
            connection.execute(statement)
        connection.close()
        with pytest.raises(Damaged, match="tbl_"):
            await move(tmp_path, url, plain)
        await empty(url)

    asyncio.run(damaged())


async def empty(place: Place) -> None:
    """Assert that nothing is in a store."""
    store = await opened(place)
    counts = [(await store.query(f"SELECT count(*) FROM {name}"))[0][0] for name in ALL]
    await store.close()
    assert counts == [0] * len(ALL)


@pytest.mark.parametrize("to_server", [True, False])
def test_a_state_that_differs_undoes_the_move(tmp_path: Path, postgresql: Server, to_server: bool) -> None:
    """Where the proof fails, the target is as empty as before."""
    target: Place = postgresql.empty() if to_server else tmp_path / "new"
    calls: list[str] = []

    def different(table: str, log: Sequence[Event]) -> str:
        calls.append(table)
        return str(len(calls))

    async def undone() -> None:
        await full(tmp_path / "old")
        with pytest.raises(Damaged, match="tbl_1 is not the same"):
            await move(tmp_path / "old", target, different)
        await empty(target)

    asyncio.run(undone())


def test_nobody_may_play_meanwhile(tmp_path: Path, postgresql: Server) -> None:
    """A file that is open for play is not moved, nor a database where a server was seen; nothing is made elsewhere."""
    url, played_at = postgresql.empty(), postgresql.database()

    async def busy() -> None:
        await full(tmp_path)
        store = await open_store(tmp_path)
        with pytest.raises(StoreBusy):
            await move(tmp_path, url, plain)
        await store.close()
        server = await open_postgresql(played_at)
        await server.claims.beat("node_1")
        with pytest.raises(StoreBusy):
            await move(played_at, url, plain)
        await server.close()
        assert (await plan(url)).since == 0

    asyncio.run(busy())


def test_a_source_has_to_be_there_and_up_to_date(tmp_path: Path) -> None:
    """Nothing is made of a place where there is none, and an older one is migrated first."""
    with pytest.raises(BadInput, match="no store"):
        asyncio.run(move(tmp_path / "none", tmp_path / "new", plain))
    asyncio.run(full(tmp_path))
    with connect(tmp_path / NAME) as connection:
        connection.execute("UPDATE meta SET value = '1'")
    connection.close()
    with pytest.raises(Misconfigured, match="migrate"):
        asyncio.run(move(tmp_path, tmp_path / "new", plain))
    assert asyncio.run(plan(tmp_path / "new")).since == 0
