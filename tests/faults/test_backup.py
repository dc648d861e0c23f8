"""Backups of a store that is played from, and `kill -9` in the midst of making one and of bringing it back."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from taleforge.bootstrap import build
from taleforge.settings import Data, Settings, Store
from taleforge.store.faultpoints import KEEPING, VARIABLE
from taleforge.table.verify import verify
from tests.faults.player import DATABASE
from tests.faults.test_kill import ROOT, Heard, take
from tests.ops.test_backup import at, backed_up, restored
from tests.postgresql import Server
from tests.store.saves import made, read
from tests.table.game import content

BEFORE, AFTER = 80, 60
"""Lines of the players that are heard before a backup is begun, and after it is there."""


def taleforge(*arguments: str, strike: str = "") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "taleforge", *arguments], check=False, capture_output=True, cwd=ROOT,
        env=os.environ | {VARIABLE: strike},
    )  # fmt: skip


def played_and_backed_up(folder: Path, to: Path, url: str) -> Heard:
    """Let a process play two tables, back up in the midst of it, kill it; return what was acknowledged before."""
    folder.mkdir()
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.player", str(folder), "3"], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env=os.environ | {DATABASE: url, "TALEFORGE_REQUIRE": ""},
    )  # fmt: skip
    assert child.stdout is not None
    heard = Heard()
    try:
        for _ in range(BEFORE):
            take(heard, child.stdout.readline().split())
        store = ("--set", f"store.url={url}") if url else ()
        done = taleforge(*store, "backup", "--data", str(folder), "--to", str(to))
        assert done.returncode == 0, done.stderr
        for _ in range(AFTER):
            assert child.stdout.readline()
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    return heard


@pytest.mark.services
@pytest.mark.parametrize(("kept", "again"), [("file", "server"), ("server", "file")])
def test_what_was_acknowledged_before_a_backup_is_in_it(
    kept: str, again: str, tmp_path: Path, postgresql: Server
) -> None:
    """Real players go on meanwhile; their store is destroyed, and from the other engine every table verifies."""
    old = postgresql.database() if kept == "server" else ""
    new = postgresql.empty() if again == "server" else ""
    heard = played_and_backed_up(tmp_path / "old", tmp_path / "tales.backup", old)
    assert len(heard.acknowledged) > BEFORE // 4
    settings = Settings(data=Data(folder=tmp_path / "new"), store=Store(url=new))
    restored(tmp_path / "tales.backup", settings)

    async def check() -> None:
        async with build(settings, content=content()) as house:
            logs = {row.id: await house.services.log.read(row.id) for row in await house.saves()}
        assert all(verify(table, log).problem is None for table, log in logs.items())
        last = {(table, event.cmd): event.v for table, log in logs.items() for event in log}
        assert {each: last.get(each) for each in heard.acknowledged} == heard.acknowledged

    asyncio.run(check())


@pytest.mark.slow  # kill -9
@pytest.mark.parametrize("point", KEEPING)
def test_a_kill_leaves_a_whole_backup_and_a_whole_store_or_none(point: str, tmp_path: Path) -> None:
    """At each point; what is tried again goes through, unless it was done."""
    held = made(tmp_path / "old", 4)
    file = tmp_path / "tales.backup"
    backup = ("backup", "--data", str(tmp_path / "old"), "--to", str(file))
    restore = ("restore", str(file), "--data", str(tmp_path / "new"))
    if point.startswith("backup"):
        assert taleforge(*backup, strike=point).returncode == -signal.SIGKILL
        assert not file.exists()
        assert taleforge(*backup).returncode == 0
        assert taleforge(*restore).returncode == 0
    else:
        backed_up(at(tmp_path / "old"), file)
        assert taleforge(*restore, strike=point).returncode == -signal.SIGKILL
        assert taleforge(*restore).returncode == (65 if point == "restore.done" else 0)
    assert read(tmp_path / "new") == held
