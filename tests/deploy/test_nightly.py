"""deploy/nightly.py makes a backup when one is due, also after a restart, and says whether there is a new one."""

import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.programs import program

HOUR = 3600.0
nightly: Any = program("nightly")


def backup(folder: Path, hours: float) -> None:
    file = folder / "taleforge-20261121T040000Z.backup"
    file.touch()
    at = time.time() - hours * HOUR
    os.utime(file, (at, at))


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What was run instead of a backup."""
    found: list[list[str]] = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: found.append(command))
    return found


@pytest.mark.parametrize(("made", "tried", "due"), [(0, 0, True), (80_000, 0, False), (90_000, 0, True), (0, 1, False)])
def test_one_is_due_a_day_after_the_last(made: float, tried: float, *, due: bool) -> None:
    """None at all is due, too; what was just tried is not."""
    now = 2e9
    assert nightly.is_due(made and now - made, tried and now - tried, 24 * HOUR, now) is due


def test_a_restart_makes_none_that_is_not_due(tmp_path: Path, runs: list[list[str]]) -> None:
    """The files say when the last was; a new one is well, an old one is made anew, and unwell until it is there."""
    pulse = tmp_path / "pulse"
    backup(tmp_path, 23)
    nightly.look(tmp_path, 0.0, 24 * HOUR, pulse)
    assert runs == []
    assert pulse.exists()
    pulse.unlink()
    backup(tmp_path, 27)
    nightly.look(tmp_path, 0.0, 24 * HOUR, pulse)
    assert runs == [["taleforge", "backup"]]
    assert not pulse.exists()


def test_what_failed_is_not_tried_at_once_again(tmp_path: Path, runs: list[list[str]]) -> None:
    """But after a quarter of an hour."""
    tried = nightly.look(tmp_path, 0.0, 24 * HOUR, tmp_path / "pulse")
    assert nightly.look(tmp_path, tried, 24 * HOUR, tmp_path / "pulse") == tried
    assert len(runs) == 1
    assert nightly.look(tmp_path, tried - nightly.AGAIN, 24 * HOUR, tmp_path / "pulse") >= tried
    assert len(runs) == 2
