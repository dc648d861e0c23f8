"""Packs on disk to content a table can play, and everything that can be wrong with an adventure."""

from pathlib import Path

import pytest

from taleforge.packs.loader import BUNDLED, load_packs
from taleforge.rules.choices import validate
from taleforge.world.library import load_content
from tests.packs.packing import nothing_more, pack

HEAD = """
id = "{id}"
title = "A short story"
lang = "en"
blurb = "Two people and a door."
start = "room"
{more}
[[endings]]
id = "out"
title = "Out"
text = "You are out."
[[clues]]
id = "crumbs"
title = "Crumbs"
text = "There are crumbs."
"""
ROOM = """
id = "room"
name = "A room"
look = "A room with a door."
[ground]
rows = ["#######", "#.....#", "#.....#", "#######"]
legend = { "#" = "wall", "." = "floor" }
[entrances]
start = [[1, 1], [2, 1], [3, 1], [4, 1]]
[[features]]
id = "door"
name = "door"
cells = [[6, 1]]
[[persons]]
id = "anna"
name = "Anna"
creature = "monster/commoner"
cell = [5, 2]
[[interactions]]
id = "leave"
verb = "open"
target = "door"
label = "Leave"
requires = ["flag:ready"]
success = [{ do = "end", ending = "out" }]
[[interactions]]
id = "look"
verb = "search"
target = "door"
label = "Look"
success = [{ do = "clue", clue = "crumbs" }, { do = "flag", flag = "ready" }]
"""


def story(folder: Path, room: str = ROOM, head: str = HEAD, more: str = "") -> Path:
    """Write a pack with a small adventure."""
    files = {"adventure.toml": head.format(id="short", more=more), "scenes/room.toml": room}
    return pack(folder, "short", files, 'needs = ["srd51"]')


def test_a_story_from_a_folder_can_be_played(tmp_path: Path) -> None:
    """An adventure in an extra folder is there beside the bundled ones, pinned like them."""
    content = load_content([story(tmp_path)])
    assert set(content.adventures) == {"bell_beneath", "short"}
    assert content.adventures["short"].scenes[0].persons[0].name == "Anna"
    assert content.refused == ()
    assert [pin.partition("@")[0] for pin in content.pins] == ["srd51", "bell_beneath", "short"]


def test_content_is_complete() -> None:
    """Everybody a scene needs has a sheet, everything a character carries has a name."""
    content = load_content()
    for adventure in content.adventures.values():
        assert set(adventure.pregens) <= set(content.pregens)
        assert {person.creature for scene in adventure.scenes for person in scene.persons} <= set(content.sheets)
    for items in content.starting_items.values():
        assert set(items) <= {*content.items, "copper"}
    assert set(content.looks) <= set(content.items)


def test_ready_made_characters_follow_the_rules() -> None:
    """No pregenerated character has anything the rules do not allow."""
    catalogue = load_packs([BUNDLED], nothing_more).catalogue
    problems = {key: validate(hero.choice, catalogue.definitions()) for key, hero in catalogue.characters.items()}
    assert problems == dict.fromkeys(catalogue.characters, ())


def test_found_things_can_be_used() -> None:
    """Whoever finds a candle knows how to light it, although they had none to begin with; it is used up."""
    content = load_content()
    assert "candle" not in content.starting_items["marrick"]
    candle = content.pregens["marrick"].action("light_candle")
    assert candle is not None
    assert candle.spend == {"item:candle": 1}


READY = 'flag = "ready" }'
FAULTS = {
    "an unknown field": (('label = "Leave"', 'label = "Leave"\nlabl = "x"'), "There is no field `labl` here."),
    "an unknown verb": (('verb = "open"', 'verb = "opn"'), "Invalid enum value 'opn'."),
    "an unknown consequence": (('do = "end"', 'do = "finish"'), "Invalid value 'finish'."),
    "an unknown target": (
        ('target = "door"\nlabel = "Look"', 'target = "dor"\nlabel = "Look"'),
        "There is no target `dor`. Did you mean `door`?",
    ),
    "an unknown stat block": (("monster/commoner", "monster/comoner"), "There is no stat block `monster/comoner`."),
    "an unknown clue": (('clue = "crumbs" }', 'clue = "crumb" }'), "There is no clue `crumb`."),
    "an unknown ending": (('ending = "out"', 'ending = "in"'), "There is no ending `in`."),
    "an unknown item": ((READY, READY + ', { do = "item", item = "swrd" }'), "There is no item `swrd`."),
    "an unknown scene": ((READY, READY + ', { do = "goto", scene = "attic" }'), "There is no scene `attic`."),
    "an unknown entrance": ((READY, READY + ', { do = "place", entrance = "x" }'), "There is no entrance `x`."),
    "an unknown encounter": (
        (READY, READY + ', { do = "fight", encounter = "x" }'),
        "There is no encounter in this scene `x`.",
    ),
    "an unknown speaker": (
        (READY, READY + ', { do = "say", who = "bert", text = "Hi." }'),
        "There is no person `bert`.",
    ),
    "nothing hidden to reveal": (
        (READY, READY + ', { do = "reveal", target = "door" }'),
        "There is no hidden feature or person `door`.",
    ),
    "an unknown quest": ((READY, READY + ', { do = "quest", quest = "q", stage = "s" }'), "There is no quest `q`."),
    "an unknown damage type": (
        (READY, READY + ', { do = "hurt", dice = "1d4", type = "cuts" }'),
        "Invalid enum value 'cuts'.",
    ),
    "dice that cannot be rolled": (
        (READY, READY + ', { do = "hurt", dice = "1q4", type = "fire" }'),
        "cannot be rolled",
    ),
    "a flag nobody sets": (('"flag:ready"', '"flag:redy"'), "There is no consequence that sets the flag `redy`."),
    "a requirement without a form": (('"flag:ready"', '"ready"'), "`ready` is no requirement."),
    "a state that never is": (('"flag:ready"', '"state:door=open"'), "There is no state of `door` `open`."),
    "an unknown person required": (('"flag:ready"', '"alive:bert"'), "There is no person `bert`."),
    "a person in a wall": (("cell = [5, 2]", "cell = [6, 2]"), "Anna stands in a wall."),
    "a feature off the ground": (("cells = [[6, 1]]", "cells = [[9, 1]]"), "door is off the ground or in a wall."),
    "a door in a wall": (
        ("cells = [[6, 1]]", 'cells = [[6, 1]]\nblocks = true\nstate = "closed"'),
        "door is off the ground or in a wall.",
    ),
    "a feature out of reach": (
        ('"#.....#", "#.....#"', '"#...#.#", "#...#.#"'),
        "Nobody can come within reach of `door`.",
    ),
    "an entrance too small": ((", [4, 1]]", "]"), "The entrance `start` has room for 3, the party may be 4."),
    "an entrance on somebody": (("[4, 1]]", "[5, 2]]"), "The entrance `start` has room for 3, the party may be 4."),
    "an unknown glyph": (('"#.....#", "#######"]', '"#..?..#", "#######"]'), "The legend does not know “?”."),
    "an unknown kind of ground": (('"." = "floor"', '"." = "lava"'), "There is no kind of ground `lava`."),
    "a ragged row": (('"#.....#", "#######"]', '"#.....#", "######"]'), "This row is not as long as the first."),
    "an id used twice": (('id = "look"', 'id = "leave"'), "`leave` is in interactions more than once."),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_refuses_the_story_and_is_told(tmp_path: Path, fault: str) -> None:
    """Each thing that can be wrong is found, in the right file, and the bundled packs can be played all the same."""
    (old, new), said = FAULTS[fault]
    assert old in ROOM
    content = load_content([story(tmp_path, ROOM.replace(old, new, 1))])
    assert any(said in line for line in content.refused), content.refused
    assert set(content.adventures) == {"bell_beneath"}


HEAD_FAULTS = {
    "no such start": (('start = "room"', 'start = "hall"'), "There is no scene `hall`."),
    "an ending nobody reaches": (
        ("[[clues]]", '[[endings]]\nid = "up"\ntitle = "Up"\ntext = "Up."\n[[clues]]'),
        "Nothing leads to the ending `up`.",
    ),
    "a clue nobody finds": (
        ("[[endings]]", '[[clues]]\nid = "ash"\ntitle = "Ash"\ntext = "Ash."\n[[endings]]'),
        "Nobody can find the clue `ash`.",
    ),
    "an unknown character": (("{more}", 'pregens = ["nobody"]'), "There is no character `nobody`."),
}


@pytest.mark.parametrize("fault", HEAD_FAULTS)
def test_a_fault_of_the_whole_story_is_told(tmp_path: Path, fault: str) -> None:
    """What no single scene can know is checked too."""
    (old, new), said = HEAD_FAULTS[fault]
    assert any(said in line for line in load_content([story(tmp_path, head=HEAD.replace(old, new, 1))]).refused)


def test_a_scene_nothing_leads_to_is_a_fault(tmp_path: Path) -> None:
    """A scene that is written but never entered is told."""
    folder = story(tmp_path)
    attic = ROOM.replace('id = "room"', 'id = "attic"')
    for name in ("door", "anna", "leave", "look"):
        attic = attic.replace(f'"{name}"', f'"{name}2"')
    (folder / "scenes" / "attic.toml").write_text(attic)
    assert any("Nothing leads to the scene `attic`." in line for line in load_content([folder]).refused)


def test_a_fault_names_file_and_line(tmp_path: Path) -> None:
    """The author is told where to look."""
    broken = ROOM.replace('ending = "out"', 'ending = "in"')
    line = broken[: broken.index('ending = "in"')].count("\n") + 1
    (said,) = load_content([story(tmp_path, broken)]).refused[-1:]
    assert f"scenes/room.toml:{line}: $.interactions[0].success[0]: There is no ending `in`." in said
