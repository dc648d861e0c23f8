"""Sealed tales: whoever sealed one names whatever was changed in it since, and nobody else can tell."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from taleforge.errors import BadInput, Damaged, TaleforgeError
from taleforge.messages.brief import Prose
from taleforge.store import files
from taleforge.store.files import Tale, read_tale, write_tale
from taleforge.store.seals import Key
from taleforge.table.verify import verify
from tests.store.test_files import ROW, TALE, forged, manifest_with, rebuilt, relogged

KEY = Key(b"what only this server knows")
OTHER = Key(b"what only another one knows")
HERE = replace(TALE, sealed="here", sealed_by=KEY.id)
SAID = next(event.v for event in TALE.events if event.name == "said")

Log = list[dict[str, Any]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with a sealed table in it."""
    path = tmp_path / "lamp.tale"
    write_tale(path, TALE, "0.1.0", KEY)
    return path


def outcome_of(file: Path, key: Key) -> Tale | TaleforgeError:
    try:
        return read_tale(file, key)
    except TaleforgeError as error:
        return error


def test_what_was_sealed_is_read_and_known(file: Path) -> None:
    """By whoever sealed it; anybody else only sees that somebody did, and without a seal nobody sees anything."""
    assert read_tale(file, KEY) == HERE
    for key in (OTHER, None):
        assert read_tale(file, key) == replace(TALE, sealed="elsewhere", sealed_by=KEY.id)
    write_tale(file, TALE, "0.1.0")
    assert read_tale(file, KEY) == TALE
    assert TALE.sealed == "nowhere"


def test_the_same_table_gives_the_same_seal(file: Path) -> None:
    """A sealed export can be compared by its hash, too."""
    before = file.read_bytes()
    write_tale(file, HERE, "0.1.0", KEY)
    assert file.read_bytes() == before
    write_tale(file, TALE, "0.1.0", OTHER)
    assert file.read_bytes() != before


def test_each_of_many_random_changes_is_refused_and_named(file: Path) -> None:
    """By somebody who knows how to hash: the very event, though many of these would be played by who cannot judge."""
    random = Random(3)
    believed = 0
    for _ in range(100):
        write_tale(file, TALE, "0.1.0", KEY)
        at = random.randrange(1, len(TALE.events))

        def change(log: Log, at: int = at) -> None:
            before = log[at]
            while log[at] == before:
                log[at] = forged(before, random)

        outcome = outcome_of(relogged(file, change), KEY)
        assert isinstance(outcome, TaleforgeError)
        assert re.search(rf"\b(event|[Ll]ine) {at + 1}\b", str(outcome)), (at + 1, outcome)
        elsewhere = outcome_of(file, OTHER)
        believed += isinstance(elsewhere, Tale) and verify(ROW.id, elsewhere.events).problem is None
    assert believed > 5


def said(log: Log) -> None:
    log[SAID - 1]["d"]["text"] = "I never said that."


def by(log: Log) -> None:
    log[SAID - 1]["by"] = {"engine": True}


def witnesses(log: Log) -> None:
    log[SAID - 1]["witnesses"] = ["crt_01kaf0000000000000000000b2"]


def unknown(log: Log) -> None:
    log[SAID - 1]["d"]["mood"] = "grim"


def left_out(log: Log) -> None:
    del log[SAID - 1]
    for v, event in enumerate(log, 1):
        event["v"] = v


@pytest.mark.parametrize("change", [said, by, witnesses, unknown, left_out])
def test_what_no_dice_prove_is_proved_by_the_seal(file: Path, change: Callable[[Log], None]) -> None:
    """Words, who spoke them, who heard them, what this version does not read, and that nothing was left out."""
    with pytest.raises(BadInput, match=rf"lamp\.tale was forged: event {SAID} is not as it was sealed here"):
        read_tale(relogged(file, change), KEY)


def test_an_end_that_was_cut_off_is_missed(file: Path) -> None:
    """The first event that is not there is named, or the manifest where its line in the seal went with it."""
    last = len(TALE.events)
    with pytest.raises(BadInput, match=rf"event {last} is not"):
        read_tale(relogged(file, lambda log: log.__delitem__(-1)), KEY)
    with pytest.raises(BadInput, match=r"its manifest\.json is not"):
        read_tale(rebuilt(file, resealed(lambda seal: seal["lines"].update({files.LOG: log_of(seal)[:-32]}))), KEY)


def resealed(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, bytes]], None]:
    """Change a seal by somebody without the key."""

    def forge(contents: dict[str, bytes]) -> None:
        manifest = json.loads(contents[files.MANIFEST])
        change(manifest["seal"])
        contents[files.MANIFEST] = json.dumps(manifest).encode()

    return forge


def log_of(seal: dict[str, Any]) -> str:
    return seal["lines"][files.LOG]


@pytest.mark.parametrize(
    ("name", "data", "named"),
    [
        (files.PROSE, b'{"v":3,"lang":"en","text":"Sun."}\n', r"line 1 of prose\.jsonl"),
        ("assets/map.svg", b"<svg>!</svg>", r"forged: assets/map\.svg"),
        ("assets/more.svg", b"<svg/>", r"forged: assets/more\.svg"),
    ],
)
def test_other_parts_are_named(file: Path, name: str, data: bytes, named: str) -> None:
    """Prose, a picture, and one that was put in."""

    def change(contents: dict[str, bytes]) -> None:
        contents[name] = data
        manifest = json.loads(contents[files.MANIFEST])
        manifest["files"][name] = files._hash(data)
        contents[files.MANIFEST] = json.dumps(manifest).encode()

    with pytest.raises(BadInput, match=f"{named} is not as it was sealed here"):
        read_tale(rebuilt(file, change), KEY)


def test_parts_of_two_exports_make_no_third(file: Path, tmp_path: Path) -> None:
    """Each line was sealed, but not with the others."""
    whole = {}
    for name, words in (("one.tale", "Rain."), ("two.tale", "Hail.")):
        write_tale(tmp_path / name, replace(TALE, prose=(Prose(3, "en", words),)), "0.1.0", KEY)
        rebuilt(tmp_path / name, lambda contents, name=name: whole.update({name: dict(contents)}))
    one, two = (json.loads(whole[name][files.MANIFEST]) for name in ("one.tale", "two.tale"))
    one["files"][files.PROSE] = two["files"][files.PROSE]
    one["seal"]["lines"][files.PROSE] = two["seal"]["lines"][files.PROSE]

    def mixed(contents: dict[str, bytes]) -> None:
        contents |= {files.MANIFEST: json.dumps(one).encode(), files.PROSE: whole["two.tale"][files.PROSE]}

    with pytest.raises(BadInput, match=r"its manifest\.json is not as it was sealed here"):
        read_tale(rebuilt(file, mixed), KEY)


@pytest.mark.parametrize("field", ["made_by", "table", "unknown"])
def test_the_manifest_is_sealed_with_all_that_it_says(file: Path, field: str) -> None:
    """Also what a later version may read there."""
    said = json.loads(rebuilt_manifest(file))
    value = said["table"] | {"title": "Another"} if field == "table" else "9.9"
    with pytest.raises(BadInput, match=r"its manifest\.json"):
        read_tale(rebuilt(file, manifest_with(**{field: value})), KEY)


def rebuilt_manifest(file: Path) -> bytes:
    kept: list[bytes] = []
    rebuilt(file, lambda contents: kept.append(contents[files.MANIFEST]))
    return kept[0]


def test_how_json_is_written_does_not_count(file: Path) -> None:
    """Spaces and the order of fields: the manifest says the same, and so its seal fits."""
    manifest = json.loads(rebuilt_manifest(file))
    turned = dict(reversed(manifest.items()))

    def change(contents: dict[str, bytes]) -> None:
        contents[files.MANIFEST] = json.dumps(turned, indent=3).encode()

    assert read_tale(rebuilt(file, change), KEY) == HERE


@pytest.mark.parametrize("seal", [{}, {"by": 1}, {"by": "x" * 16, "whole": "", "lines": {}}, [], "sealed"], ids=str)
def test_what_is_no_seal_is_damage(file: Path, seal: object) -> None:
    """Nobody has to guess whether a file was sealed."""
    with pytest.raises(Damaged, match=r"manifest\.json of .*lamp\.tale"):
        read_tale(rebuilt(file, manifest_with(seal=seal)), KEY)


@pytest.mark.parametrize("field", [b'"x":1e400', b'"x":"\xff"', b'"x":' + b"[" * 5_000 + b"]" * 5_000])
def test_what_json_cannot_say_is_not_what_was_sealed(file: Path, field: bytes) -> None:
    """A manifest whose fields beside ours cannot be read is refused in our words."""

    def change(contents: dict[str, bytes]) -> None:
        contents[files.MANIFEST] = b"{" + field + b"," + contents[files.MANIFEST][1:]

    assert isinstance(outcome_of(rebuilt(file, change), KEY), BadInput | Damaged)


def test_a_key_tells_nothing_of_its_secret(file: Path) -> None:
    """Not in its id and not in a seal; the same secret makes the same key."""
    assert Key(b"what only this server knows").id == KEY.id != OTHER.id
    assert b"only" not in rebuilt_manifest(file)
