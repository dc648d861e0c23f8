"""A table as one file: what was written is read, and whatever else is in it is refused by name."""

import asyncio
import io
import json
import resource
import signal
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
from msgspec.structs import replace

from taleforge.errors import BadInput, Damaged, StoreFull, TaleforgeError, TooNew, Unavailable
from taleforge.messages.brief import Prose
from taleforge.store import files
from taleforge.store.files import Tale, read_tale, write_tale
from taleforge.store.sqlite import open_store
from taleforge.table.ports import TableRow
from taleforge.table.verify import verify
from tests.table.player import play

GAME = play(5, steps=30)
ROW = TableRow(
    "tbl_00000000000000000000000001", "spc_1", "The Lamp", "lamp", "2026-11-20T20:00:00.000Z",
    "2026-11-20T21:00:00.000Z", len(GAME.log), "playing",
)  # fmt: skip
TALE = Tale(ROW, tuple(GAME.log), (Prose(3, "en", "Rain."),), {"map.svg": b"<svg/>"})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with a table in it."""
    path = tmp_path / "lamp.tale"
    write_tale(path, TALE, "0.1.0")
    return path


def rebuilt(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Pack the file again, with its contents changed."""
    with zipfile.ZipFile(file) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    change(contents)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return file


def manifest_with(**fields: Any) -> Callable[[dict[str, bytes]], None]:
    def change(contents: dict[str, bytes]) -> None:
        contents["manifest.json"] = json.dumps(json.loads(contents["manifest.json"]) | fields).encode()

    return change


def test_what_was_written_is_read(file: Path) -> None:
    """Events, prose and assets come back equal, and no other file is left in the folder."""
    assert read_tale(file) == TALE
    assert list(file.parent.iterdir()) == [file]


def test_the_same_table_gives_the_same_bytes(file: Path) -> None:
    """An export can be compared by its hash."""
    before = file.read_bytes()
    write_tale(file, TALE, "0.1.0")
    assert file.read_bytes() == before


def test_a_manifest_says_what_is_in_it(file: Path) -> None:
    """Format, pack pins and the SHA-256 of every file, for programs that read it without us."""
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["format"] == 1
    assert [pin["id"] for pin in manifest["packs"]] == ["core", "lamp"]
    assert sorted(manifest["files"]) == ["assets/map.svg", "log.jsonl", "prose.jsonl"]


def test_a_file_cut_short_anywhere_is_refused(file: Path) -> None:
    """At every length: Damaged, and it names the file."""
    whole = file.read_bytes()
    for length in range(0, len(whole), max(1, len(whole) // 150)):
        file.write_bytes(whole[:length])
        with pytest.raises(Damaged, match=r"lamp\.tale"):
            read_tale(file)


def outcome_of(file: Path) -> Tale | TaleforgeError:
    try:
        return read_tale(file)
    except TaleforgeError as error:
        return error


def test_a_flipped_bit_anywhere_is_found_or_changes_nothing(file: Path) -> None:
    """Every bit that matters is covered: either it is refused in our words, or what is read is what was written."""
    whole = file.read_bytes()
    random = Random(1)
    found = 0
    for place in random.sample(range(len(whole)), min(700, len(whole))):
        broken = bytearray(whole)
        broken[place] ^= 1 << random.randrange(8)
        file.write_bytes(broken)
        outcome = outcome_of(file)
        assert outcome == TALE or "lamp.tale" in str(outcome)
        found += outcome != TALE
    assert found > 600


@pytest.mark.parametrize("name", ["log.jsonl", "prose.jsonl", "assets/map.svg"])
def test_an_altered_file_is_named(file: Path, name: str) -> None:
    """A change packed again by a tool that knows nothing of the manifest."""

    def change(contents: dict[str, bytes]) -> None:
        contents[name] += b" "

    with pytest.raises(Damaged, match=f"{name} in .* was altered"):
        read_tale(rebuilt(file, change))


@pytest.mark.parametrize("name", ["../evil.py", "/etc/passwd", "assets/../../x", "assets/a/b", "LOG.JSONL", "assets/é"])
def test_a_name_that_does_not_belong_is_refused(file: Path, name: str) -> None:
    """Traversal, absolute paths, folders, look-alikes."""

    def change(contents: dict[str, bytes]) -> None:
        contents[name] = b"x"

    with pytest.raises(BadInput, match="does not belong"):
        read_tale(rebuilt(file, change))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(file: Path) -> None:
    """Two logs in one file: nobody has to guess which one counts."""
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("log.jsonl", b"{}")
    with pytest.raises(BadInput, match=r"log\.jsonl twice"):
        read_tale(file)


def test_a_file_outside_the_manifest_is_refused(file: Path) -> None:
    """Nothing rides along."""

    def change(contents: dict[str, bytes]) -> None:
        contents["assets/extra.bin"] = b"x"

    with pytest.raises(BadInput, match=r"assets/extra\.bin"):
        read_tale(rebuilt(file, change))


@pytest.mark.parametrize("name", ["log.jsonl", "assets/map.svg"])
def test_a_missing_file_is_named(file: Path, name: str) -> None:
    """What the manifest promises has to be there."""
    with pytest.raises(Damaged, match=f"{name} is missing"):
        read_tale(rebuilt(file, lambda contents: contents.__delitem__(name)))


def test_a_bomb_is_not_unpacked(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small it is packed, no more than the limit is unpacked, whatever its headers say."""
    monkeypatch.setattr(files, "MOST_BYTES", 1_000_000)

    def change(contents: dict[str, bytes]) -> None:
        contents["assets/zeros.bin"] = bytes(50_000_000)

    rebuilt(file, change)
    lying = file.read_bytes().replace((50_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    for data in (file.read_bytes(), lying):
        file.write_bytes(data)
        with pytest.raises((BadInput, Damaged)):
            read_tale(file)


def test_too_many_files_are_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any of them is unpacked."""
    monkeypatch.setattr(files, "MOST_FILES", 3)
    with pytest.raises(BadInput, match="4 files"):
        read_tale(file)


def test_a_newer_format_is_named(file: Path) -> None:
    """Whatever else its manifest holds that we cannot know."""
    with pytest.raises(TooNew, match="format 2"):
        read_tale(rebuilt(file, manifest_with(format=2, files=None, table=["new"])))


def relogged(file: Path, change: Callable[[list[dict[str, Any]]], None]) -> Path:
    """Change events, and forge the manifest to fit."""

    def forge(contents: dict[str, bytes]) -> None:
        log = [json.loads(line) for line in contents["log.jsonl"].splitlines()]
        change(log)
        contents["log.jsonl"] = b"\n".join(json.dumps(event).encode() for event in log)
        manifest = json.loads(contents["manifest.json"])
        manifest["files"]["log.jsonl"] = files._hash(contents["log.jsonl"])
        contents["manifest.json"] = json.dumps(manifest).encode()

    return rebuilt(file, forge)


def test_renumbered_events_are_named(file: Path) -> None:
    """Left out, doubled or swapped, with a manifest forged to fit."""
    with pytest.raises(BadInput, match=r"Line 5 .* event 6"):
        read_tale(relogged(file, lambda log: log.__delitem__(4)))


def test_an_event_of_a_newer_version_is_named(file: Path) -> None:
    """An unknown name, or a version we do not know yet: which line it is."""
    for change in ({"name": "dragon.tamed"}, {"ver": 99}):
        write_tale(file, TALE, "0.1.0")
        with pytest.raises(TooNew, match="line 7 "):
            read_tale(relogged(file, lambda log, change=change: log[6].update(change)))


@pytest.mark.parametrize("change", [{"clock": "noon"}, {"ver": 0}, {"ver": -1}])
def test_a_line_that_is_no_event_is_named(file: Path, change: dict[str, Any]) -> None:
    """The line, the file, and what is wrong with it; a version that never was is none, either."""
    with pytest.raises(Damaged, match=r"Line 3 of log\.jsonl"):
        read_tale(relogged(file, lambda log: log[2].update(change)))


@pytest.mark.parametrize(
    "change",
    [{"at": "noon"}, {"at": "x" * 5_000}, {"clock": 10**20}, {"clock": -1}, {"id": "x" * 5_000}, {"cmd": "x" * 5_000}],
    ids=str,
)
def test_what_lists_are_made_of_is_as_we_write_it(file: Path, change: dict[str, Any]) -> None:
    """Or a forged time would break the pages that tables come in."""
    with pytest.raises(BadInput, match=r"Line 3 of log\.jsonl"):
        read_tale(relogged(file, lambda log: log[2].update(change)))


def forged(value: Any, random: Random) -> Any:
    """Return JSON with one value in it, however deep, replaced by another one, or left out."""
    if isinstance(value, dict) and value and random.random() < 0.8:
        whole = cast("dict[str, Any]", value)  # of plain JSON
        key = random.choice(list(whole))
        rest = {name: kept for name, kept in whole.items() if name != key}
        return rest if random.random() < 0.1 else whole | {key: forged(whole[key], random)}
    if isinstance(value, list) and value and random.random() < 0.8:
        items = cast("list[Any]", value)  # of plain JSON
        at = random.randrange(len(items))
        return [*items[:at], forged(items[at], random), *items[at + 1 :]]
    return random.choice([None, 0, -1, 10**20, 1e308, "", "x" * 5_000, "\0", [], {}, True, [[]], "tbl_x", 3.5])


def test_whatever_is_forged_is_refused_in_our_words_or_can_be_kept(file: Path, tmp_path: Path) -> None:
    """Also by somebody who knows how to hash: what is read and checked fits into a store, and leads to a state."""
    random = Random(3)
    kept = 0
    for number in range(80):
        write_tale(file, TALE, "0.1.0")

        def forge(log: list[dict[str, Any]]) -> None:
            at = random.randrange(len(log))
            log[at] = forged(log[at], random)

        outcome = outcome_of(relogged(file, forge))
        if isinstance(outcome, Tale) and verify(ROW.id, outcome.events).problem is None:
            asyncio.run(keep(tmp_path / str(number), outcome))
            kept += 1
    assert 5 < kept < 60


async def keep(folder: Path, tale: Tale) -> None:
    """Keep a tale in a store of its own."""
    store = await open_store(folder, fsync=False)
    try:
        await store.create(tale.table, tale.events, tale.prose)
        assert tuple(await store.read(tale.table.id)) == tale.events
    finally:
        await store.close()


@pytest.mark.parametrize("v", [0, -1, 10**20])
def test_prose_of_what_never_was_is_refused(file: Path, v: int) -> None:
    """It could be neither stored nor found."""
    tale = replace(TALE, prose=(replace(TALE.prose[0], v=v),))
    write_tale(file, tale, "0.1.0")
    with pytest.raises(BadInput, match=r"prose\.jsonl"):
        read_tale(file)


def test_a_log_without_its_beginning_is_refused(file: Path) -> None:
    """An empty one, too."""
    with pytest.raises(BadInput, match="opening"):
        read_tale(relogged(file, lambda log: log.clear()))


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    """Text, nothing, a folder, nothing there at all: a sentence each."""
    for name, make, error in (
        ("text", lambda path: path.write_text("Once upon a time"), Damaged),
        ("empty", lambda path: path.touch(), Damaged),
        ("folder", lambda path: path.mkdir(), Unavailable),
        ("nothing", lambda path: None, Unavailable),
    ):
        path = tmp_path / name
        make(path)
        with pytest.raises(error, match=name):
            read_tale(path)


def test_another_zip_is_refused(tmp_path: Path) -> None:
    """It has no manifest."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w"):
        pass
    path = tmp_path / "other.zip"
    path.write_bytes(data.getvalue())
    with pytest.raises(BadInput, match="manifest"):
        read_tale(path)


def test_an_export_without_room_leaves_the_old_file(file: Path) -> None:
    """StoreFull, the file as it was, and nothing half written beside it."""
    before = file.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(StoreFull, match=r"lamp\.tale"):
            write_tale(file, replace(TALE, assets={"noise.bin": Random(1).randbytes(10_000)}), "0.1.0")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]
    assert signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN


def test_an_export_to_nowhere_is_said_so(tmp_path: Path) -> None:
    """The path is in the sentence."""
    with pytest.raises(Unavailable, match="missing"):
        write_tale(tmp_path / "missing" / "x.tale", TALE, "0.1.0")
