"""Folders to one catalogue."""

from pathlib import Path

import pytest

from taleforge.packs.reading import LARGEST_FILE, read_pack, read_packs
from tests.packs.packing import faults, load, pack

GOBLIN = """
[[monsters]]
id = "goblin"
name = "Marsh goblin"
size = "small"
type = "humanoid"
ac = 13
hp = 5
hit_dice = "2d6-2"
cr = "1/8"
xp = 25
abilities = { dex = 14 }
"""
TERM = '[[glossary]]\nid = "{id}"\nname = "A term"\ntext = "{text}"\n'


def test_bundled_packs_are_sound() -> None:
    """What ships has no faults."""
    library = load()
    assert faults(library) == []
    assert {pack.manifest.id for pack in library.packs} >= {"srd51", "bell_beneath"}


def test_homebrew_takes_precedence(tmp_path: Path) -> None:
    """An entry with a known id replaces it; everything else stays."""
    pack(tmp_path, "marsh", {"monsters.toml": GOBLIN}, 'needs = ["srd51"]')
    library = load(tmp_path)
    assert library.catalogue.monsters["goblin"].name == "Marsh goblin"
    assert library.catalogue.monsters["ogre"].name == "Ogre"
    assert load().catalogue.monsters["goblin"].name == "Goblin"


def test_the_later_folder_wins(tmp_path: Path) -> None:
    """Of two homebrew folders the one named later has the last word."""
    first = pack(tmp_path / "a", "one", {"glossary.toml": TERM.format(id="tide", text="first")})
    second = pack(tmp_path / "b", "two", {"glossary.toml": TERM.format(id="tide", text="second")})
    assert load(first, second).catalogue.glossary["tide"].text == "second"
    assert load(second, first).catalogue.glossary["tide"].text == "first"


def test_a_refused_pack_is_named_and_the_others_stay(tmp_path: Path) -> None:
    """One broken pack spoils nothing but itself."""
    pack(tmp_path, "broken", {"data.toml": '[[glossary]]\nid = "a"\nnme = "A"\n'})
    pack(tmp_path, "sound", {"data.toml": TERM.format(id="tide", text="x")})
    library = load(tmp_path)
    assert "tide" in library.catalogue.glossary
    assert [Path(refused.folder).name for refused in library.refused] == ["broken"]
    assert any("data.toml:3: $.glossary[0].nme: There is no field `nme` here." in fault for fault in faults(library))


def test_packs_wait_for_what_they_need(tmp_path: Path) -> None:
    """A pack that builds on a later one is taken after it; one that needs what nobody has is refused."""
    pack(tmp_path, "a_child", {"data.toml": TERM.format(id="tide", text="child")}, 'needs = ["b_parent"]')
    pack(tmp_path, "b_parent", {"data.toml": TERM.format(id="tide", text="parent")})
    pack(tmp_path, "orphan", {}, 'needs = ["nobody"]')
    library = load(tmp_path)
    assert library.catalogue.glossary["tide"].text == "child"
    assert faults(library) == ["pack.toml: $.needs: The pack needs `nobody`, which is not in play. Add that pack."]


def test_an_id_is_used_once(tmp_path: Path) -> None:
    """The same id twice in one pack is a fault at the second, wherever the files are."""
    pack(
        tmp_path,
        "twice",
        {"a.toml": TERM.format(id="tide", text="x"), "b.toml": "\n" + TERM.format(id="tide", text="y")},
    )
    assert faults(load(tmp_path)) == [
        "b.toml:2: $.glossary[0]: `tide` is in glossary twice; the other is in a.toml. Give one of them another id."
    ]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (
            'strikes = [{id = "a", name = "A", bonus = 1, ability = "dex", damage = [["2d", "fire"]]}]',
            "cannot be rolled",
        ),
        (
            'casting = {ability = "wis", dc = 10, attack = 2, spells = ["sacred_flam"]}',
            "There is no spell `sacred_flam`.",
        ),
        ('multiattack = [["claw", 2]]', "There is no action of this stat block `claw`."),
    ],
)
def test_what_does_not_fit_together_is_found(tmp_path: Path, entry: str, problem: str) -> None:
    """Dice that cannot be rolled, unknown spells and unknown actions are faults."""
    pack(tmp_path, "marsh", {"monsters.toml": GOBLIN + entry}, 'needs = ["srd51"]')
    assert problem in faults(load(tmp_path))[0]


def test_ids_have_one_form(tmp_path: Path) -> None:
    """Ids are words joined by underscores, so that they can stand in requirements."""
    pack(tmp_path, "odd", {"a.toml": TERM.format(id="High Tide", text="x")})
    assert "`High Tide` is no id." in faults(load(tmp_path))[0]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.toml", b"id = \n", "a.toml:1: This is no TOML"),
        ("a.toml", b'x = 1\ny = "open\n', "a.toml:2: This is no TOML"),
        ("a.json", b'{\n"monsters": [\n}', "a.json:3: JSON is malformed"),
        ("a.json", b"[1, 2]", "a.json:1: The file holds no table."),
        ("a.json", b"", "a.json:1: Input data was truncated."),
        ("a.toml", b"\xff\xfe\x00\x01", "a.toml: Byte 0 is not UTF-8."),
        ("a.json", b"[" * 100_000, "a.json: The file is nested too deeply."),
        ("a.toml", b"#" * (LARGEST_FILE + 1), "a.toml: The file is too large."),
        ("pack.toml", b"id = 5\n", "pack.toml:1: $.id: Expected `str`, got `int`."),
    ],
)
def test_unreadable_files_are_said(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    """Whatever is in a file, the fault names it, its line where there is one, and what is wrong."""
    place = pack(tmp_path, "odd", {})
    (place / name).write_bytes(content)
    assert str(read_pack(place).faults[0]).startswith(said)


def test_a_pin_names_the_content(tmp_path: Path) -> None:
    """The pin is the same for the same content whatever the line endings and file order, and changes with a letter."""
    files = {"a.toml": 'x = "1"\n', "b/c.json": '{\n"y": 2}\n'}
    unix = pack(tmp_path / "1", "tide", files)
    dos = pack(tmp_path / "2", "tide", {name: text.replace("\n", "\r\n") for name, text in reversed(files.items())})
    other = pack(tmp_path / "3", "tide", {**files, "a.toml": 'x = "2"\n'})
    moved = pack(tmp_path / "4", "tide", {"d.toml": files["a.toml"], "b/c.json": files["b/c.json"]})
    assert read_pack(unix).pin == read_pack(dos).pin
    assert read_pack(unix).pin.startswith("tide@1#")
    assert len({read_pack(place).pin for place in (unix, other, moved)}) == 3


def test_a_folder_may_be_a_pack_or_hold_packs(tmp_path: Path) -> None:
    """A pack's own folder and the folder around it both serve; a folder that is not there holds nothing."""
    place = pack(tmp_path, "tide", {})
    assert [raw.manifest.id for raw in read_packs(place)] == ["tide"]
    assert [raw.manifest.id for raw in read_packs(tmp_path)] == ["tide"]
    assert read_packs(tmp_path / "nowhere") == []
