"""`kill -9` at any moment: what was acknowledged is there once, at most what was in flight besides, play goes on."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from random import Random

import pytest
from msgspec import Struct

from taleforge.bootstrap import build, check_file
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack, Refused
from taleforge.messages.events import Event
from taleforge.rules.facts import DiceRolled
from taleforge.settings import Data, Settings, Store
from taleforge.store.faultpoints import POINTS, VARIABLE
from taleforge.table.verify import verify
from tests.faults.player import DATABASE, shared
from tests.postgresql import Server
from tests.table.game import content

ROOT = Path(__file__).parents[2]
WRITING = {"append.asked", "transaction.begun", "transaction.written", "transaction.committed", "events.published"}
"""Points that every command passes; the first few are those of sitting down."""


class Heard(Struct):
    """What a process said before it died."""

    acknowledged: dict[tuple[str, str], int] = {}
    in_flight: list[str] = []
    exporting: bool = False
    errors: str = ""


def run_until_killed(
    folder: Path, seed: int, strike: str = "", after: int = 0, *, by: signal.Signals = signal.SIGKILL, url: str = ""
) -> Heard:
    """Let a process play until it strikes itself, or until it is struck after so many of its lines were read."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.player", str(folder), str(seed)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {VARIABLE: strike, DATABASE: url, "TALEFORGE_REQUIRE": ""},
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stderr is not None
    heard = Heard()
    for number, line in enumerate(child.stdout, 1):
        take(heard, line.split())
        if number == after:
            child.send_signal(by)
    heard.errors = child.stderr.read()
    child.wait()
    child.stdout.close()
    child.stderr.close()
    assert child.returncode == -by, heard.errors
    return heard


def take(heard: Heard, words: list[str]) -> None:
    match words:
        case ["ask", command]:
            heard.in_flight.append(command)
        case ["ack", table, command, version]:
            heard.in_flight.remove(command)
            heard.acknowledged[table, command] = int(version)
        case ["no", command]:
            heard.in_flight.remove(command)
        case ["exporting", _]:
            heard.exporting = True
        case ["exported", _]:
            heard.exporting = False
        case _:
            pass


class Past(Struct):
    """What all processes so far have said."""

    acknowledged: dict[tuple[str, str], int] = {}
    in_flight: set[str] = set()


def check(folder: Path, past: Past, heard: Heard, url: str = "") -> None:
    """Open the folder as the next process would, and hold it to everything that was ever said."""
    past.acknowledged |= heard.acknowledged
    past.in_flight |= set(heard.in_flight)
    assert len(heard.in_flight) <= 2, "one for each table"
    asyncio.run(_check(Settings(data=Data(folder=folder), store=Store(url=url)), past))
    for file in folder.glob("*.tale"):
        assert check_file(file).problem is None, "an export is whole or not there"


async def _check(settings: Settings, past: Past) -> None:
    async with build(settings, store=await shared(settings.store.url), content=content()) as house:
        rows = await house.saves()
        for row in rows:
            log = await house._services.log.read(row.id)
            assert [event.v for event in log] == list(range(1, row.version + 1))
            check_commands(row.id, log, past)
            assert verify(row.id, log).problem is None
            untold = {work.id for work in await house._services.log.pending_work(row.id)}
            await (await house.tables.room(row.id)).told()
            assert not untold & {work.id for work in await house._services.log.pending_work(row.id)}
        for row in rows[:2]:
            seat = await house.host_of(row.id)
            if seat is not None and row.status == "playing":
                async with house.client(row.id, seat, entropy=False) as client:
                    reply = await client.send(cmd.RollDice("1d20"))
                    assert isinstance(reply, Ack | Refused)


def check_commands(table: str, log: list[Event], past: Past) -> None:
    """Every acknowledged command is in the log once, at the version it was told; others only if they were in flight."""
    blocks = Counter(cmd for cmd, _ in groupby(event.cmd for event in log) if cmd is not None)
    assert set(blocks.values()) <= {1}, "each command's events stand together"
    last = {event.cmd: event.v for event in log}
    told = {command: version for (where, command), version in past.acknowledged.items() if where == table}
    assert {command: last.get(command) for command in told} == told
    seats = {event.cmd for event in log if event.cmd is not None and event.by.seat is not None}
    assert seats - told.keys() <= past.in_flight | past_checks(log)


def past_checks(log: list[Event]) -> set[str]:
    """Commands of the checks themselves: a roll of one die."""
    return {event.cmd for event in log if isinstance(event.d, DiceRolled) and event.d.roll.expr == "1d20" and event.cmd}


EVERYDAY = {"transaction.written", "transaction.committed", "events.published", "checkpoint.begun", "export.written"}
POINTS_BY_SPEED = [point if point in EVERYDAY else pytest.param(point, marks=pytest.mark.slow) for point in POINTS]


@pytest.mark.parametrize("point", POINTS_BY_SPEED)
def test_a_process_killed_at_each_point_loses_nothing(point: str, tmp_path: Path) -> None:
    """The process dies exactly there, with the work of that point in hand, and the next one finds all in order."""
    past, play_begins = Past(), 12
    heard = run_until_killed(tmp_path, 1, f"{point}:{play_begins if point in WRITING else 1}")
    assert f"struck {point}" in heard.errors
    assert heard.acknowledged
    assert heard.in_flight or point not in WRITING, "a command was being written"
    assert heard.exporting or not point.startswith("export")
    check(tmp_path, past, heard)


@pytest.mark.parametrize("after", [1, 40])
def test_an_interrupted_process_closes_what_is_open(after: int, tmp_path: Path) -> None:
    """Ctrl-C: commands on their way are finished, nothing is left to be recovered, the lock is free."""
    heard = run_until_killed(tmp_path, 1, after=after, by=signal.SIGINT)
    assert heard.errors.rstrip().endswith("KeyboardInterrupt")
    assert "never" not in heard.errors, "no task or coroutine is forgotten"
    assert not list(tmp_path.glob("*-wal"))
    check(tmp_path, Past(), heard)


TABLES = 12
KILLS = 26


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(TABLES))
def test_a_table_outlives_any_number_of_kills(seed: int, tmp_path: Path) -> None:
    """Process after process dies, at chosen points, inside what follows them, and at moments nobody chose."""
    kill_again_and_again(seed, tmp_path, POINTS)


@pytest.mark.services
@pytest.mark.parametrize("seed", range(8))
def test_a_table_on_a_server_outlives_any_number_of_kills(seed: int, tmp_path: Path, postgresql: Server) -> None:
    """The same where the log is kept in PostgreSQL, which has no checkpoints of ours."""
    points = [point for point in POINTS if not point.startswith("checkpoint")]
    kill_again_and_again(seed, tmp_path, points, postgresql.database())


def kill_again_and_again(seed: int, folder: Path, points: Sequence[str], url: str = "") -> None:
    """Kill one process after the other, and hold each next one to what was said before."""
    random, past, struck, caught = Random(seed), Past(), 0, 0
    for _ in range(KILLS):
        if random.random() < 0.5:
            heard = run_until_killed(folder, random.randrange(10**6), after=random.randint(5, 120), url=url)
        else:
            point = random.choice(points)
            times = random.randint(1, 3 if point.startswith(("export", "checkpoint")) else 30)
            strike = f"{point}:{times}:{random.randint(0, 3000)}"
            heard = run_until_killed(folder, random.randrange(10**6), strike, url=url)
            assert f"struck {point}" in heard.errors
            struck += 1
        caught += bool(heard.in_flight)
        check(folder, past, heard, url)
    assert struck > 3
    assert caught > KILLS / 2, "most kills catch a command on its way"
    assert len(past.acknowledged) > 200
