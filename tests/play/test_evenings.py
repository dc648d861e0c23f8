"""Whole evenings by the line-oriented client: to different endings, broken off and resumed, the same for one seed."""

import asyncio
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from taleforge.bootstrap import build, check_file
from taleforge.terminal.lobby import Wishes
from taleforge.terminal.session import Session
from taleforge.terminal.words import words
from tests.play.evening import Player, evening, settings
from tests.play.golden import FILE, fought, told

MARRICK = Wishes(character="marrick", companion="oswin")
NAILED = ("whether she has work", "hammer and nails", "Nail the cellar", "Shake the boy off")


async def test_an_evening_of_words_ends_with_a_hammer(tmp_path: Path) -> None:
    """Four choices, no blade drawn: the cellar is nailed shut, and the tale says so."""
    written, session = await evening(tmp_path, "one", MARRICK, Player(NAILED))
    assert (session.view.table.status, session.view.table.ending) == ("closed", "nailed")
    assert any(row.startswith("\n*** ") for row in written)
    assert session.rolls == []


@dataclass
class Fought:
    """The evening with a fight, as one player had it: it takes long, so tests look at the same one."""

    data: Path
    written: list[str]
    session: Session
    without_words: Sequence[str]


@pytest.fixture(scope="module")
def evening_with_a_fight(tmp_path_factory: pytest.TempPathFactory) -> Fought:
    """Down the hoist, out of the dark, through a fight, and up again with the ledger."""
    words().missed.clear()
    data = tmp_path_factory.mktemp("fought")
    written, session = asyncio.run(fought(data))
    return Fought(data, written, session, list(words().missed))


def test_an_evening_with_a_fight_ends_in_ashes(evening_with_a_fight: Fought) -> None:
    """It is told whole, and there are words for all of it."""
    session = evening_with_a_fight.session
    assert (session.view.table.status, session.view.table.ending) == ("closed", "ashes")
    text = "\n".join(evening_with_a_fight.written)
    assert "-- Initiative!" in text
    assert "-- Your turn: action" in text
    assert "The bell beneath: There are people in the cellar" in text
    assert len(session.rolls) >= 3
    assert not evening_with_a_fight.without_words


async def test_the_same_seed_tells_the_same_evening(tmp_path: Path, evening_with_a_fight: Fought) -> None:
    """Line for line, however the machine was loaded."""
    again, _ = await fought(tmp_path)
    assert again == evening_with_a_fight.written


def test_the_golden_evening_is_still_played_the_same(evening_with_a_fight: Fought) -> None:
    """Every die, event and turn; `python -m tests.play.golden` writes it anew when a change is meant."""
    assert told(evening_with_a_fight.session) == FILE.read_text(encoding="utf-8")


async def test_an_evening_can_be_broken_off_anywhere_and_gone_on_with(tmp_path: Path) -> None:
    """Somebody comes back after every step of the plan; nothing is asked twice and nothing is lost."""
    wishes, view = MARRICK, None
    for step in NAILED:
        _, session = await evening(tmp_path, "one", wishes, Player([step]))
        assert view is None or session.view.version > view.version
        wishes, view = Wishes(resume="last"), session.view
    assert view is not None
    assert view.table.ending == "nailed"


async def test_who_comes_back_is_told_what_was_told_last(tmp_path: Path) -> None:
    """The last paragraphs, and where the party is."""
    await evening(tmp_path, "one", MARRICK, Player(NAILED[:1]))
    written, _ = await evening(tmp_path, "one", Wishes(resume="last"), Player([]))
    text = "\n".join(written)
    assert "== The Drowned Bell ==" in text
    assert "hammer under the bar" in text


async def test_an_evening_can_be_checked_and_a_changed_face_is_named(
    tmp_path: Path, evening_with_a_fight: Fought
) -> None:
    """The export is sound; with one face changed the check says which event, which die, and what it was."""
    file = tmp_path / "evening.tale"
    async with build(settings(evening_with_a_fight.data)) as house:
        verdict = await house.export(evening_with_a_fight.session.view.table.id, file)
    assert verdict.problem is None
    assert verdict.rolls >= 3
    event, face = forge(file)
    problem = check_file(file).problem
    assert problem is not None
    assert (problem.v, problem.code, problem.params["place"]) == (event, "dice/wrong_face", 1)
    assert problem.params["found"] == f"{face} on d20"


def forge(file: Path) -> tuple[int, int]:
    """Change the first face of the first check in a file, hashes and all; returns the event and the new face."""
    with zipfile.ZipFile(file) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    lines = contents["log.jsonl"].splitlines()
    at = next(number for number, line in enumerate(lines) if json.loads(line)["name"] == "check.made")
    event = json.loads(lines[at])
    was = event["d"]["roll"]["faces"][0][1]
    now = was % 20 + 1
    event["d"]["roll"]["faces"][0][1] = event["d"]["why"]["dice"]["faces"][0][1] = now
    lines[at] = json.dumps(event).encode()
    contents["log.jsonl"] = b"".join(line + b"\n" for line in lines)
    manifest = json.loads(contents["manifest.json"])
    manifest["files"]["log.jsonl"] = sha256(contents["log.jsonl"]).hexdigest()
    contents["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return event["v"], now
