"""What only a store on disk can promise: one writer, many readers, a full disk, a crash."""

import asyncio
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import pytest

from taleforge.errors import Damaged, Misconfigured, StoreBusy, StoreFull, TaleforgeError, Unavailable
from taleforge.messages.ids import CountingIds
from taleforge.store import schema
from taleforge.store.database import NAME
from taleforge.store.lock import WriterLock
from taleforge.store.sqlite import open_store
from taleforge.table.ports import TableRow
from tests.store.saves import contents, event, fill, made, read

ROW = TableRow("tbl_1", "spc_1", "The Lamp", "lamp", "2026-11-20T09:00:00.000Z", "2026-11-20T09:00:00.000Z")


def test_a_second_writer_is_refused_by_name(tmp_path: Path) -> None:
    """The sentence says which process has the folder, and what to do; nothing is harmed."""

    async def two() -> None:
        first = await open_store(tmp_path)
        with pytest.raises(StoreBusy, match=rf"process {os.getpid()} since .*data\.folder"):
            await open_store(tmp_path)
        await first.create(ROW, [event(1, CountingIds())])
        await first.close()
        second = await open_store(tmp_path)
        assert len(await second.read("tbl_1")) == 1
        await second.close()

    asyncio.run(two())


def test_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    """A process that was killed leaves no lock behind."""
    code = (
        "import sys, time; from pathlib import Path; from taleforge.store.lock import WriterLock;"
        "lock = WriterLock(Path(sys.argv[1])); print('locked', flush=True); time.sleep(600)"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"locked\n"
    with pytest.raises(StoreBusy, match=f"process {child.pid} since"):
        WriterLock(tmp_path)
    child.kill()
    child.wait()
    child.stdout.close()
    WriterLock(tmp_path).release()


def test_readers_read_beside_the_writer(tmp_path: Path) -> None:
    """They need no lock, see what was acknowledged, and cannot write."""

    async def beside() -> None:
        writer = await open_store(tmp_path)
        await fill(writer, 3)
        reader = await open_store(tmp_path, writing=False)
        assert await contents(reader) == await contents(writer)
        await writer.append("tbl_1", 9, [event(10, CountingIds())])
        assert len(await reader.read("tbl_1")) == 10
        with pytest.raises(Unavailable, match="reading only"):
            await reader.create(ROW)
        await reader.close()
        await writer.close()

    asyncio.run(beside())


def test_a_folder_without_a_store_reads_as_empty(tmp_path: Path) -> None:
    """And nothing is made in it."""
    assert read(tmp_path / "nothing", writing=False)["tables"] == []
    assert not (tmp_path / "nothing").exists()


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    """The setting is named."""
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match=r"data\.folder"):
        asyncio.run(open_store(tmp_path / "file" / "data"))


def test_what_was_kept_is_there_after_closing(tmp_path: Path) -> None:
    """All of it, from one file: the write-ahead log is worked in."""
    held = made(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME, "writer.lock"]
    assert read(tmp_path) == held
    assert read(tmp_path, writing=False) == held


def test_an_empty_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    """A file that was made and never written, as by a crash in the first moment."""
    sqlite3.connect(tmp_path / NAME).close()
    assert read(tmp_path)["tables"] == []
    with sqlite3.connect(tmp_path / NAME) as connection:
        assert connection.execute("SELECT value FROM meta").fetchall() == [(str(schema.VERSION),)]
    connection.close()


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Let the system refuse to write beyond a size, as it does when a quota is used up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_without_room_nothing_is_stored_and_with_room_it_goes_on(tmp_path: Path) -> None:
    """Appends are refused with StoreFull, none of them half; once there is room the same append is stored."""

    async def until_full() -> None:
        store = await open_store(tmp_path)
        ids = CountingIds()
        await store.create(ROW)
        version = 0
        with no_file_larger_than(700_000):
            with suppress(StoreFull):
                for version in range(0, 3000, 3):
                    await store.append("tbl_1", version, [event(version + n, ids, 500) for n in (1, 2, 3)])
            with pytest.raises(StoreFull, match="room"):
                await store.append("tbl_1", version, [event(version + n, ids, 500) for n in range(1, 100)])
            assert 10 < len(await store.read("tbl_1")) == version < 2997
        await store.append("tbl_1", version, [event(version + 1, ids, 500)])
        assert len(await store.read("tbl_1")) == version + 1
        await store.close()

    asyncio.run(until_full())
    connection = sqlite3.connect(tmp_path / NAME)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_a_full_file_refuses_what_is_too_large_and_stores_its_neighbours(tmp_path: Path) -> None:
    """Of many appends that share a transaction only those without room are refused."""

    async def race() -> None:
        store = await open_store(tmp_path)
        ids = CountingIds()
        for number in range(8):
            await store.create(TableRow(f"tbl_{number}", "spc_1", "x", "lamp", ROW.created_at, ROW.created_at))
        assert store._writer is not None
        pages = (await store._write(lambda c: c.execute("PRAGMA page_count").fetchone()))[0]
        await store._write(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 12}").fetchone())
        sizes = [40_000 if number == 3 else 10 for number in range(8)]
        appends = [
            store.append(f"tbl_{number}", 0, [event(1, ids), event(2, ids, size)]) for number, size in enumerate(sizes)
        ]
        outcomes = await asyncio.gather(*appends, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [
            StoreFull if number == 3 else type(None) for number in range(8)
        ]
        assert [len(await store.read(f"tbl_{number}")) for number in range(8)] == [2, 2, 2, 0, 2, 2, 2, 2]
        await store.close()

    asyncio.run(race())


def test_whoever_stops_waiting_does_not_stop_the_writing(tmp_path: Path) -> None:
    """A cancelled append is stored whole, and the store goes on."""

    async def cancel() -> None:
        store = await open_store(tmp_path)
        await store.create(ROW)
        asked = asyncio.create_task(store.append("tbl_1", 0, [event(1, CountingIds())]))
        await asyncio.sleep(0)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        await store.append("tbl_1", 1, [event(2, CountingIds())])
        assert len(await store.read("tbl_1")) == 2
        await store.close()

    asyncio.run(cancel())


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    """Nothing waits for ever."""

    async def close() -> None:
        store = await open_store(tmp_path)
        await store.close()
        with pytest.raises(Unavailable, match="closed"):
            await store.create(ROW)

    asyncio.run(close())


def crashed(folder: Path, into: Path) -> list[int]:
    """Copy a store while it is open, as a crash leaves it; return the versions after each append of its only table."""

    async def play() -> list[int]:
        store = await open_store(folder)
        await store.create(ROW)
        ids, random, versions = CountingIds(), Random(5), [0]
        for _ in range(25):
            count = random.randint(1, 4)
            await store.append("tbl_1", versions[-1], [event(versions[-1] + n, ids) for n in range(1, count + 1)])
            versions.append(versions[-1] + count)
        shutil.copytree(folder, into)
        await store.close()
        return versions

    return asyncio.run(play())


def events_in(folder: Path) -> int | TaleforgeError:
    async def count() -> int:
        store = await open_store(folder)
        try:
            return len(await store.read("tbl_1"))
        finally:
            await store.close()

    try:
        return asyncio.run(count())
    except TaleforgeError as error:
        return error


def test_everything_acknowledged_is_there_after_a_crash(tmp_path: Path) -> None:
    """From database and write-ahead log as they lay."""
    versions = crashed(tmp_path / "live", tmp_path / "crashed")
    assert (tmp_path / "crashed" / f"{NAME}-wal").stat().st_size > 50_000
    assert events_in(tmp_path / "crashed") == versions[-1]


def test_a_damaged_write_ahead_log_is_not_taken_for_a_shorter_one(tmp_path: Path) -> None:
    """A flipped bit in it is found, unless it is in the last transaction, which a crash may tear."""
    versions = crashed(tmp_path / "live", tmp_path / "crashed")
    wal = tmp_path / "crashed" / f"{NAME}-wal"
    whole, random, refused = wal.read_bytes(), Random(2), 0
    for number, place in enumerate([3, 20, 33, 50, 4200, *random.sample(range(len(whole)), 30)]):
        folder = tmp_path / f"copy{number}"
        shutil.copytree(tmp_path / "crashed", folder)
        broken = bytearray(whole)
        broken[place] ^= 1 << random.randrange(8)
        (folder / wal.name).write_bytes(broken)
        came = events_in(folder)
        assert isinstance(came, Damaged) or came in versions[-2:], place
        refused += isinstance(came, Damaged)
        shutil.rmtree(folder)
    assert refused > 25


def test_a_write_ahead_log_torn_at_its_end_is_read_up_to_there(tmp_path: Path) -> None:
    """As a crash tears it: nobody was told that what is missing was stored."""
    versions = crashed(tmp_path / "live", tmp_path / "crashed")
    wal = tmp_path / "crashed" / f"{NAME}-wal"
    whole = wal.read_bytes()
    for number, length in enumerate([0, 31, 32, 5000, len(whole) // 2, len(whole) - 1]):
        folder = tmp_path / f"copy{number}"
        shutil.copytree(tmp_path / "crashed", folder)
        (folder / wal.name).write_bytes(whole[:length])
        came = events_in(folder)
        assert came in versions, (length, came)
