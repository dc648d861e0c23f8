"""Backing up beside whoever plays, and bringing it back: everything, or nothing and a sentence that says why."""

import asyncio
import json
import resource
import shutil
import stat
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO, TextIOWrapper
from math import inf
from pathlib import Path
from typing import Any

import pytest

from taleforge.api.ages import BackupAge
from taleforge.art.values import Hung
from taleforge.bootstrap import LOCAL_PERSON, backups_in, build, hash_of_state, newest_backup
from taleforge.errors import BadInput, Damaged, Misconfigured, StoreBusy, StoreFull, TaleforgeError, TooNew
from taleforge.messages.ids import CountingIds
from taleforge.ops import restore
from taleforge.ops.backup import Made, make
from taleforge.ops.restore import bring_back
from taleforge.settings import Backup, Data, Settings, Store
from taleforge.store import schema, sides
from taleforge.store.backup import About, back_up
from taleforge.store.blobs import FolderBlobs
from taleforge.store.database import NAME, connect
from taleforge.store.pictures import SqlPictures
from taleforge.store.ports import Blob
from taleforge.store.postgresql import open_store as open_postgresql
from taleforge.store.sqlite import SqliteStore, open_store
from tests.conftest import Need
from tests.postgresql import Server
from tests.store.saves import event, fill
from tests.store.test_move import full, held

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
PICTURE = bytes(range(256)) * 10


def at(folder: Path, **more: Any) -> Settings:
    return Settings(data=Data(folder=folder), **more)


def backed_up(settings: Settings, to: Path, keep: int | None = None, now: datetime = NOW) -> Made:
    return asyncio.run(make(settings, str(to), keep, now))


def restored(file: Path, settings: Settings, **how: Any) -> None:
    asyncio.run(bring_back(settings, str(file), **how))


async def paint(settings: Settings) -> tuple[str, bytes]:
    """Have a picture painted; return the name of its file, and what is in it."""
    async with build(settings) as house:
        await house.paint({"prompt": "an old dwarf", "width": 64, "height": 64})
    return (await gallery(settings))[0]


async def gallery(settings: Settings) -> list[tuple[str, bytes]]:
    """Return the name of every picture's file, the newest first, and what is in it."""
    async with build(settings) as house:
        assert house.gallery is not None
        pictures = await house.gallery.of(LOCAL_PERSON)
        return [(one.file, await house.gallery.look(one) or b"") for one in pictures]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A data folder with everything in it that there is: logs that were played, accounts, a picture, a secret."""
    folder = tmp_path / "old"

    async def filled() -> None:
        await full(folder)
        await FolderBlobs(folder / "files").put(PICTURE, "image/png")

    asyncio.run(filled())
    (folder / "server.secret").write_text("pep_1")
    return folder


@pytest.fixture
def made(old: Path, tmp_path: Path) -> Path:
    """A backup of it."""
    return Path(backed_up(at(old), tmp_path / "backups").file)


def test_everything_comes_back(old: Path, made: Path, tmp_path: Path) -> None:
    """Every row, every file, and the server's own secret; only its owner may read a backup."""
    new = tmp_path / "new"
    restored(made, at(new))
    assert asyncio.run(held(new)) == asyncio.run(held(old))
    assert [path.read_bytes() for path in (new / "files").rglob("*.png")] == [PICTURE]
    assert (new / "server.secret").read_text() == "pep_1"
    assert {stat.S_IMODE(path.stat().st_mode) for path in (made, new / "server.secret")} == {0o600}
    assert made.name == "taleforge-20261121T040000Z.backup"


def test_what_was_painted_hangs_there_again(tmp_path: Path, need: Need) -> None:
    """The picture is that of its hash, and of whoever had it painted."""
    need("numpy", "pip install 'taleforge[art]'")
    old, new = at(tmp_path / "old"), at(tmp_path / "new")
    painted = asyncio.run(paint(old))
    restored(Path(backed_up(old, tmp_path / "backups").file), new)
    assert asyncio.run(gallery(new)) == [painted]
    assert painted[0] == f"{sha256(painted[1]).hexdigest()}.png"


def test_a_picture_that_is_lost_is_named_and_one_that_was_taken_out_is_noticed(tmp_path: Path, need: Need) -> None:
    """The rest is backed up and comes back; but what a backup should have it has."""
    need("numpy", "pip install 'taleforge[art]'")
    old = at(tmp_path / "old")
    file, _ = asyncio.run(paint(old))
    whole = backed_up(old, tmp_path / "whole.backup")
    assert whole.manifest.lost == ()

    def take_out(content: dict[str, bytes]) -> None:
        del content[f"files/{file}"]
        files = json.loads(content["manifest.json"])["files"]
        manifest(files={name: part for name, part in files.items() if name != f"files/{file}"})(content)

    rezipped(Path(whole.file), take_out)
    with pytest.raises(Damaged, match=f"{file}, which pictures name"):
        restored(Path(whole.file), at(tmp_path / "new"))
    [lost] = (tmp_path / "old" / "files").rglob(file)
    lost.unlink()
    less = backed_up(old, tmp_path / "less.backup")
    assert less.manifest.lost == (file,)
    restored(Path(less.file), at(tmp_path / "new"))
    assert asyncio.run(gallery(at(tmp_path / "new"))) == [(file, b"")]


def test_what_was_painted_hangs_on_a_server_again(tmp_path: Path, postgresql: Server, need: Need) -> None:
    """From a file to a server and back, with its files in folders."""
    need("numpy", "pip install 'taleforge[art]'")
    old, new = at(tmp_path / "old"), at(tmp_path / "new")
    server = at(tmp_path / "beside", store=Store(url=postgresql.empty()))
    painted = asyncio.run(paint(old))
    restored(Path(backed_up(old, tmp_path / "first").file), server)
    assert asyncio.run(gallery(server)) == [painted]
    again = asyncio.run(paint(server))
    restored(Path(backed_up(server, tmp_path / "second").file), new)
    assert asyncio.run(gallery(new)) == [again, painted]


def test_a_backup_goes_from_a_file_to_a_server_and_back(
    old: Path, made: Path, tmp_path: Path, postgresql: Server
) -> None:
    """From a file to a server and back."""
    url = postgresql.empty()
    server = at(tmp_path / "beside", store=Store(url=url))
    restored(made, server)
    again = Path(backed_up(server, tmp_path / "again").file)
    restored(again, at(tmp_path / "new"))
    assert asyncio.run(held(old)) == asyncio.run(held(url)) == asyncio.run(held(tmp_path / "new"))
    with pytest.raises(BadInput, match="is not empty"):
        restored(again, server)


def test_a_server_that_lives_is_not_restored_into(made: Path, tmp_path: Path, postgresql: Server) -> None:
    """It was seen lately, though nothing is kept yet."""
    url = postgresql.database()

    async def alive() -> None:
        store = await open_postgresql(url)
        await store.claims.beat("node_1")
        with pytest.raises(StoreBusy, match="1 servers play"):
            await bring_back(at(tmp_path, store=Store(url=url)), str(made))
        assert await store.tables() == []
        await store.close()

    asyncio.run(alive())


def test_it_is_made_while_others_write(tmp_path: Path) -> None:
    """The lock is theirs; what comes after the moment is not in it, and what was acknowledged before is."""

    async def playing() -> None:
        store = await open_store(tmp_path / "old", fsync=False)
        await fill(store, 5)
        backup = await make(at(tmp_path / "old"), str(tmp_path / "backups"))
        await store.append("tbl_1", 15, [event(16, CountingIds())])
        with pytest.raises(StoreBusy, match="open for writing"):
            await bring_back(at(tmp_path / "old"), backup.file)
        await store.close()
        await bring_back(at(tmp_path / "new"), backup.file)
        again: SqliteStore = await open_store(tmp_path / "new")
        assert [len(await again.read(row.id)) for row in await again.tables()] == [15, 15, 15]
        await again.close()

    asyncio.run(playing())


class Painting(FolderBlobs):
    """Files of a folder; somebody hangs a picture in the very moment in which all have been listed."""

    def __init__(self, folder: Path, store: SqliteStore) -> None:
        super().__init__(folder)
        self._pictures = SqlPictures(store)

    async def list(self) -> AsyncIterator[Blob]:
        """Return every file that was there before."""
        async for blob in super().list():
            yield blob
        new = await self.put(PICTURE[1:], "image/png")
        await self._pictures.add(Hung("ast_9", "spc_1", "usr_1", new.id, "a heron", None, 64, 64, 7, "procedural", 1))


async def test_rows_are_kept_before_the_files_that_they_name(tmp_path: Path) -> None:
    """So that whoever hangs a picture meanwhile leaves no row without its file in a backup."""
    store = await open_store(tmp_path / "old", fsync=False)
    files = Painting(tmp_path / "old" / "files", store)
    about = About("0.1.0", "2026-11-21T04:00:00Z")
    manifest = await back_up(tmp_path / "old", files, BytesIO(), "memory", about, hash_of_state)
    assert len(await SqlPictures(store).of("usr_1")) == 1
    assert manifest.lost == ()
    await store.close()


def test_what_arrives_is_held_to_the_backup(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that was lost on its way makes it fail, and no table is left behind; the same restore then goes through."""
    put = sides._File.put

    async def lossy(side: Any, table: str, values: list[Any]) -> None:
        await put(side, table, values[:-1] if table == "prose" else values)

    with monkeypatch.context() as patched:
        patched.setattr(sides._File, "put", lossy)
        with pytest.raises(Damaged, match="not the rows"):
            restored(made, at(tmp_path / "new"))
    restored(made, at(tmp_path / "new"))


def test_what_a_crash_left_in_the_log_of_sqlite_is_backed_up(tmp_path: Path) -> None:
    """Nobody has opened the store since its process was killed."""

    async def crashed() -> None:
        store = await open_store(tmp_path / "playing", fsync=False)
        await fill(store, 3)
        shutil.copytree(tmp_path / "playing", tmp_path / "crashed", ignore=lambda *_: ["taleforge.db-shm"])
        await store.close()

    asyncio.run(crashed())
    assert backed_up(at(tmp_path / "crashed"), tmp_path / "b").manifest.rows["events"] == 27


def test_only_the_newest_are_kept(old: Path, tmp_path: Path) -> None:
    """By the time in their names; nothing else in the folder is touched."""
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "notes.backup").touch()
    settings = at(old, backup=Backup(folder=folder, keep=2))
    made = [asyncio.run(make(settings, now=NOW + timedelta(days=day))) for day in range(4)]
    assert [len(each.removed) for each in made] == [0, 0, 1, 1]
    assert [path.name[10:18] for path in backups_in(folder)] == ["20261124", "20261123"]
    assert (folder / "notes.backup").exists()
    newest = newest_backup(folder)
    assert newest is not None
    assert newest.at == "2026-11-24T04:00:00Z"


def test_the_newest_that_is_whole_counts(made: Path) -> None:
    """A file that is only called a backup tells nothing of its age."""
    made.with_name("taleforge-20271121T040000Z.backup").write_bytes(made.read_bytes()[:-9])
    newest = newest_backup(made.parent)
    assert newest is not None
    assert newest.at == "2026-11-21T04:00:00Z"
    assert newest_backup(made.parent / "none") is None


def test_a_server_tells_how_old_the_newest_is(old: Path, made: Path) -> None:
    """Infinitely old where there is none, and younger as soon as there is another."""
    age = BackupAge(made.parent)
    assert age.seconds(NOW + timedelta(hours=1)) == 3600
    backed_up(at(old), made.parent, now=NOW + timedelta(minutes=50))
    assert age.seconds(NOW + timedelta(hours=1)) == 600
    assert BackupAge(made.parent / "none").seconds() == inf


def test_places_that_cannot_be_are_refused(old: Path, made: Path, tmp_path: Path) -> None:
    """No place, a file that is there, a store that is not."""
    with pytest.raises(Misconfigured, match=r"backup\.folder"):
        asyncio.run(make(at(old)))
    with pytest.raises(BadInput, match="is there already"):
        backed_up(at(old), made)
    with pytest.raises(BadInput, match="no store"):
        backed_up(at(tmp_path / "nothing"), tmp_path / "new.backup")
    with pytest.raises(BadInput, match="There is no"):
        restored(tmp_path / "none.backup", at(tmp_path / "new"))
    assert not (tmp_path / "nothing").exists()
    assert not (tmp_path / "new.backup").exists()


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Lets no file grow beyond so many bytes, as a full disk would."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda most: resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_leaves_no_backup(old: Path, tmp_path: Path, little_room: Callable[[int], None]) -> None:
    """And no beginning of one."""
    (tmp_path / "backups").mkdir()
    little_room(3_000)
    with pytest.raises(StoreFull):
        backed_up(at(old), tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_what_comes_by_standard_input_is_kept_where_there_is_room(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, little_room: Callable[[int], None]
) -> None:
    """Where backups are, when the store's folder is not there; if that is too little a sentence says so."""
    folder = tmp_path / "room"
    folder.mkdir()
    settings, given = at(tmp_path / "new", backup=Backup(folder=folder)), made.read_bytes()
    monkeypatch.setattr(restore.sys, "stdin", TextIOWrapper(BytesIO(given)))
    with restore._at_hand("-", settings) as file:
        assert (file.parent, file.read_bytes()) == (folder, given)
    monkeypatch.setattr(restore.sys, "stdin", TextIOWrapper(BytesIO(given * 50)))
    little_room(len(given) * 25)
    with pytest.raises(StoreFull, match=str(folder)):
        restored(Path("-"), settings, dry_run=True)
    assert list(folder.iterdir()) == []


def test_a_full_disk_leaves_no_store(made: Path, tmp_path: Path, little_room: Callable[[int], None]) -> None:
    """When there is room again the same restore goes through."""
    little_room(150_000)
    with pytest.raises(StoreFull):
        restored(made, at(tmp_path / "new"))
    little_room(1 << 30)
    restored(made, at(tmp_path / "new"))


def test_where_anything_is_nothing_is_restored(old: Path, made: Path, tmp_path: Path) -> None:
    """What is there stays as it is; a dry run says the same."""
    before = asyncio.run(held(old))
    for dry_run in (True, False):
        with pytest.raises(BadInput, match="is not empty"):
            restored(made, at(old), dry_run=dry_run)
    assert asyncio.run(held(old)) == before
    restored(made, at(old), into=f"sqlite:{tmp_path / 'elsewhere'}")
    assert asyncio.run(held(tmp_path / "elsewhere")) == before


def test_a_dry_run_changes_nothing(made: Path, tmp_path: Path) -> None:
    """It reads all of it, and makes no folder."""
    restored(made, at(tmp_path / "new"), dry_run=True)
    assert not (tmp_path / "new").exists()


def rezipped(file: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Write a backup anew with other content."""
    with zipfile.ZipFile(file) as old:
        content = {name: old.read(name) for name in old.namelist()}
    change(content)
    with zipfile.ZipFile(file, "w") as new:
        for name, data in content.items():
            new.writestr(name, data)


def manifest(**fields: Any) -> Callable[[dict[str, bytes]], None]:
    def change(content: dict[str, bytes]) -> None:
        content["manifest.json"] = json.dumps(json.loads(content["manifest.json"]) | fields).encode()

    return change


def forged(content: dict[str, bytes]) -> None:
    """Take a table's last event away, and mend every checksum and every count."""
    import hashlib  # noqa: PLC0415

    import msgspec  # noqa: PLC0415

    held = msgspec.msgpack.decode(content["rows/events"][4:])[:-1]
    data = msgspec.msgpack.encode(held)
    content["rows/events"] = len(data).to_bytes(4, "big") + data
    said = json.loads(content["manifest.json"])
    said["files"]["rows/events"] = {"sha256": hashlib.sha256(content["rows/events"]).hexdigest(), "size": len(data)}
    said["rows"]["events"] -= 1
    content["manifest.json"] = json.dumps(said).encode()


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-30])


def flipped(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[data.index(PICTURE) + 100] ^= 1
    file.write_bytes(data)


def zipped(change: Callable[[dict[str, bytes]], Any]) -> Callable[[Path], None]:
    return lambda file: rezipped(file, change)


@pytest.mark.parametrize(
    ("harm", "error", "said"),
    [
        (cut, Damaged, "only the beginning"),
        (flipped, Damaged, "cannot be read|was altered"),
        (lambda file: file.write_bytes(b"no zip"), Damaged, "no backup"),
        (lambda file: file.write_bytes(b""), Damaged, "no backup"),
        (zipped(lambda content: content.pop("manifest.json")), BadInput, "no manifest"),
        (zipped(lambda content: content.pop("rows/seeds")), Damaged, "rows/seeds is missing"),
        (zipped(lambda content: content.update({"rows/seeds": b""})), Damaged, "rows/seeds .*altered"),
        (zipped(lambda content: content.update({"more": b""})), Damaged, "more is not in its manifest"),
        (zipped(forged), Damaged, "tbl_3 .*not as it was played"),
        (zipped(manifest(rows={})), Damaged, "not the rows"),
        (zipped(manifest(states={})), Damaged, "not as it was played"),
        (zipped(manifest(format=2)), TooNew, "newer version"),
        (zipped(manifest(schema=schema.VERSION + 1)), TooNew, "newer version"),
        (zipped(manifest(columns={"seeds": "id, seed"})), BadInput, "older schema"),
        (zipped(manifest(rows="many")), Damaged, "manifest .*cannot be read"),
    ],
)
def test_a_backup_that_is_not_whole_is_named_and_nothing_written(
    made: Path, tmp_path: Path, harm: Callable[[Path], None], error: type[TaleforgeError], said: str
) -> None:
    """Cut, altered, forged, foreign or newer: before a file is made."""
    harm(made)
    with pytest.raises(error, match=said):
        restored(made, at(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_a_damaged_store_is_not_backed_up(old: Path, tmp_path: Path) -> None:
    """It says what is damaged, and older backups are not taken away for it."""
    earlier = Path(backed_up(at(old), tmp_path / "backups", 1).file)
    with connect(old / NAME) as connection:
        connection.execute("DELETE FROM events WHERE table_id = 'tbl_2' AND version = 4")
    connection.close()
    with pytest.raises(Damaged, match="tbl_2"):
        backed_up(at(old), tmp_path / "backups", 1, NOW + timedelta(days=1))
    assert list(earlier.parent.iterdir()) == [earlier]


def test_a_backup_of_another_version_is_held_to_what_this_one_makes_of_it(made: Path, tmp_path: Path) -> None:
    """Its states may have been others; its logs are the same."""
    rezipped(made, manifest(made_by="0.0.1", states={}))
    restored(made, at(tmp_path / "new"))
    assert (tmp_path / "new" / NAME).exists()
