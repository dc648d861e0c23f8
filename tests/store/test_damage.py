"""A damaged store is never read as if it were whole, and what lies before the damage is saved."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from taleforge.accounts.values import Person
from taleforge.errors import BadInput, Damaged, StoreBusy, TaleforgeError, TooNew
from taleforge.store.accounts import SqlPeople
from taleforge.store.database import NAME
from taleforge.store.lock import WriterLock
from taleforge.store.recover import Report, recover
from taleforge.store.sqlite import open_store
from tests.store.saves import made, read

ROUNDS = 30
EVENTS = 3 * ROUNDS
"""Of each table."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A store that was closed, and what it holds."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, made(folder, rounds=ROUNDS)


def copy_of(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to, dirs_exist_ok=True)
    return to


def outcome(folder: Path) -> dict[str, Any] | TaleforgeError:
    try:
        return read(folder)
    except TaleforgeError as error:
        return error


def test_a_flipped_bit_is_found_or_changes_nothing(whole: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """Wherever it is: either an error of ours that names the file, or exactly what was stored; never something else."""
    folder, held = whole
    data = (folder / NAME).read_bytes()
    random, found = Random(7), 0
    for place in random.sample(range(len(data)), 100):
        broken = bytearray(data)
        broken[place] ^= 1 << random.randrange(8)
        for old in tmp_path.glob("taleforge*"):
            old.unlink()
        (tmp_path / NAME).write_bytes(broken)
        came = outcome(tmp_path)
        assert came == held or (isinstance(came, TaleforgeError) and str(tmp_path / NAME) in str(came)), place
        found += came != held
    assert found > 10  # most of a file this small are the still empty pages of tables and indexes


def test_an_altered_event_is_named(whole: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """One changed letter of a stored event: its table, its version and the file are said."""
    folder = copy_of(whole[0], tmp_path)
    altered(folder, "UPDATE events SET body = replace(body, 'word', 'ward') WHERE table_id = 'tbl_2' AND version = 8")
    with pytest.raises(Damaged, match=rf"event 8 of table tbl_2 in .*{NAME}"):
        read(folder)


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("DELETE FROM events WHERE table_id = 'tbl_1' AND version = 5", "Event 5 of table tbl_1 is missing"),
        ("DELETE FROM events WHERE table_id = 'tbl_1' AND version > 30", "Event 31 of table tbl_1 is missing"),
        ("DELETE FROM tables WHERE id = 'tbl_1'", "row of table tbl_1 is missing"),
        ("UPDATE tables SET title = 'Another' WHERE id = 'tbl_3'", "row of table tbl_3"),
        ("UPDATE events SET cmd = 'cmd_x' WHERE version = 2", "event 2 of table tbl_1"),
        ("UPDATE events SET version = 999 WHERE table_id = 'tbl_1' AND version = 90", "Event 90 of table tbl_1"),
        ("UPDATE prose SET body = x'7b7d'", "prose for version"),
        ("UPDATE seeds SET seed = x'00'", "seed of table tbl_1"),
        ("UPDATE work SET kind = 'x'", "side work"),
        ("DELETE FROM meta", "which version of the schema"),
        ("DROP TABLE prose", "damaged"),
    ],
)
def test_whatever_was_tampered_with_is_named(
    whole: tuple[Path, dict[str, Any]], tmp_path: Path, sql: str, sentence: str
) -> None:
    """By another program that knows nothing of checksums."""
    folder = copy_of(whole[0], tmp_path)
    altered(folder, sql)
    with pytest.raises(Damaged, match=sentence):
        read(folder)


def altered(folder: Path, sql: str) -> None:
    connection = sqlite3.connect(folder / NAME)
    connection.execute(sql)
    connection.commit()
    connection.close()


def test_a_newer_schema_is_refused(whole: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """Whether for reading or for writing, and nothing is changed."""
    folder = copy_of(whole[0], tmp_path)
    altered(folder, "UPDATE meta SET value = '99' WHERE name = 'schema'")
    before = (folder / NAME).read_bytes()
    for writing in (True, False):
        with pytest.raises(TooNew, match="schema 99"):
            read(folder, writing=writing)
    assert (folder / NAME).read_bytes() == before


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    """A text file under our name is kept, and said to be none."""
    (tmp_path / NAME).write_text("My shopping list. " * 500)
    with pytest.raises(Damaged, match=NAME):
        read(tmp_path)
    assert (tmp_path / NAME).read_text().startswith("My shopping list.")


def check_saved(held: dict[str, Any], report: Report, saved: dict[str, Any]) -> int:
    """Every table that was saved holds the first events of what it held, and says how many; return how many in all."""
    for kept in report.tables:
        before, after = held[kept.table], saved[kept.table]
        assert after[0] == before[0][: kept.events]
        assert after[1] == [prose for prose in before[1] if prose in after[1]]
        assert all(prose.v <= kept.events for prose in after[1])
        assert after[3] in {before[3], None}
    return sum(kept.events for kept in report.tables)


def test_what_lies_before_an_altered_event_is_saved(whole: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """That table up to it, the others whole; the report says so, and the damaged file stays as it is."""
    folder, into = copy_of(whole[0], tmp_path / "old"), tmp_path / "new"
    altered(folder, "UPDATE events SET body = replace(body, 'word', 'ward') WHERE table_id = 'tbl_2' AND version = 8")
    before = (folder / NAME).read_bytes()
    report = recover(folder, into)
    assert [(kept.table, kept.events, kept.known, kept.whole) for kept in report.tables] == [
        ("tbl_1", EVENTS, EVENTS, True), ("tbl_2", 7, EVENTS, False), ("tbl_3", EVENTS, EVENTS, True),
    ]  # fmt: skip
    assert check_saved(whole[1], report, read(into)) == 2 * EVENTS + 7
    assert (folder / NAME).read_bytes() == before


def test_a_table_whose_row_is_lost_is_saved_from_its_log(whole: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """Its title and adventure stand in its first event."""
    folder, into = copy_of(whole[0], tmp_path / "old"), tmp_path / "new"
    altered(folder, "DELETE FROM tables WHERE id = 'tbl_1'")
    report = recover(folder, into)
    assert [(kept.table, kept.events) for kept in report.tables] == [
        ("tbl_1", EVENTS),
        ("tbl_2", EVENTS),
        ("tbl_3", EVENTS),
    ]
    assert [row.title for row in read(into)["tables"]] == ["The Lamp"] * 3


def test_a_table_whose_beginning_is_lost_is_named(whole: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """Nothing of it can be played, and the report says which it was."""
    folder = copy_of(whole[0], tmp_path / "old")
    altered(folder, "DELETE FROM events WHERE table_id = 'tbl_1' AND version = 1")
    report = recover(folder, tmp_path / "new")
    assert report.lost == ("tbl_1",)
    assert [kept.table for kept in report.tables] == ["tbl_2", "tbl_3"]


@pytest.mark.parametrize("share", [0.95, 0.75, 0.3, 0.05])
def test_a_store_cut_short_is_saved_as_far_as_it_goes(
    whole: tuple[Path, dict[str, Any]], tmp_path: Path, share: float
) -> None:
    """It is said to be damaged; what still stands in it comes back, in unbroken logs, more of it the longer it is."""
    folder, into = copy_of(whole[0], tmp_path / "old"), tmp_path / "new"
    data = (folder / NAME).read_bytes()
    (folder / NAME).write_bytes(data[: int(len(data) * share)])
    with pytest.raises(Damaged, match=NAME):
        read(folder)
    report = recover(folder, into)
    assert check_saved(whole[1], report, read(into)) >= (2 * EVENTS if share == 0.95 else 20 if share == 0.75 else 0)


def schema_pages(folder: Path) -> list[int]:
    """Return the pages, from 0, that name the tables of a store."""
    with closing(sqlite3.connect(folder / NAME)) as connection:
        return [page - 1 for (page,) in connection.execute("SELECT pageno FROM dbstat WHERE name = 'sqlite_schema'")]


def test_accounts_are_saved_too(tmp_path: Path) -> None:
    """People and grants of a damaged store are in the new one, as far as they can be read."""
    made(tmp_path, 2)

    async def keep() -> None:
        store = await open_store(tmp_path, fsync=False)
        await SqlPeople(store).add(Person("usr_1", "spc_1", "Ann", 10))
        await store.close()

    async def kept() -> Person | None:
        store = await open_store(tmp_path / "new", fsync=False)
        try:
            return await SqlPeople(store).get("usr_1")
        finally:
            await store.close()

    asyncio.run(keep())
    recover(tmp_path, tmp_path / "new")
    assert asyncio.run(kept()) == Person("usr_1", "spc_1", "Ann", 10)


def test_every_page_may_be_lost(whole: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """Page after page filled with noise: recovery always ends, and saves nothing that was not there."""
    data = (whole[0] / NAME).read_bytes()
    random, saved = Random(3), []
    heads = schema_pages(whole[0])
    others = sorted({*range(len(data) // 4096)} - {*heads})
    for page in [*heads, *random.sample(others, 12)]:
        folder, into = tmp_path / f"old{page}", tmp_path / f"new{page}"
        folder.mkdir()
        (folder / NAME).write_bytes(data[: page * 4096] + random.randbytes(4096) + data[(page + 1) * 4096 :])
        report = recover(folder, into)
        saved.append(check_saved(whole[1], report, read(into)))
    assert saved[: len(heads)] == [3 * EVENTS] * len(heads), "the pages that name the tables can be made anew"
    assert sorted(saved)[len(saved) // 2] > 2 * EVENTS


def test_recovery_leaves_a_store_in_use_alone(whole: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """It is refused while somebody writes, into a folder that holds a store, and where there is nothing."""
    folder = copy_of(whole[0], tmp_path / "old")
    lock = WriterLock(folder)
    with pytest.raises(StoreBusy):
        recover(folder, tmp_path / "new")
    lock.release()
    with pytest.raises(BadInput, match="already"):
        recover(folder, whole[0])
    with pytest.raises(BadInput, match="no "):
        recover(tmp_path / "nowhere", tmp_path / "new")
