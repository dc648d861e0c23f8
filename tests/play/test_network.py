"""Two people and a companion at one table, over real sockets, while their server is killed and started again."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from random import Random
from stat import S_IMODE

import pytest

from taleforge.client.ids import NewIds
from taleforge.client.server import SeatToken, Server
from taleforge.client.table import TableClient
from taleforge.errors import Unavailable
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack
from taleforge.store.sqlite import open_store
from tests.table.player import RandomPlayer

pytestmark = pytest.mark.slow

UNLIMITED = [word for rule in ("general", "guest", "generation", "guesses") for word in ("--set", f"limits.{rule}=off")]


class Process:
    """`taleforge serve` on a folder; can be killed, and started again where it was."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = "0"
        self.start()

    def start(self) -> None:
        """Start it, and wait until it serves."""
        command = [sys.executable, "-m", "taleforge", *UNLIMITED, "serve", "--json", "--port", self._port]
        environ = {**os.environ, "TALEFORGE_DATA_FOLDER": str(self._folder)}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environ, text=True)
        assert self._process.stdout is not None
        said = json.loads(self._process.stdout.readline())
        self.address: str = said["address"]
        self.key = Path(said["token_file"]).read_text().strip()
        self._port = self.address.rpartition(":")[2]

    def end(self, by: signal.Signals) -> int:
        """End it by a signal, and return its status."""
        self._process.send_signal(by)
        status = self._process.wait(timeout=30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return status


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    """A server that is killed at the end, if it still runs."""
    started = Process(tmp_path)
    yield started
    if started._process.poll() is None:
        started.end(signal.SIGKILL)


class Player:
    """A client that plays at random, and remembers what was acknowledged."""

    def __init__(self, client: TableClient, seed: int) -> None:
        self.client = client
        self.acknowledged: list[str] = []
        self._player = RandomPlayer(seed)

    async def send(self, data: cmd.CommandData) -> None:
        """Send a command."""
        reply = await self.client.send(data)
        if isinstance(reply, Ack) and not isinstance(data, cmd.NAMELESS):  # whose command is written nowhere
            self.acknowledged.append(reply.re)

    async def play(self, deeds: int) -> None:
        """Do so many things."""
        for _ in range(deeds):
            if self.client.view.table.status == "closed":
                return
            await self.send(self._player.choose(self.client.view))


async def at_table(process: Process) -> tuple[SeatToken, SeatToken]:
    """Return the host's and a guest's seat at a new table."""
    owner = Server(process.address, process.key)
    host = await owner.lay("bell_beneath")
    invite = await owner.invite(host.table)
    return host, await Server(process.address).follow(invite.code, "Bob")


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
async def test_a_killed_server_costs_nobody_anything(process: Process, tmp_path: Path, by: signal.Signals) -> None:
    """Both clients come back by themselves; every acknowledged command is in the log, once; both see the same table."""
    random = Random(7)
    first, second = await at_table(process)
    outside = Server(process.address)
    async with outside.client(first, NewIds()) as ann, outside.client(second, NewIds()) as bob:
        players = [Player(ann, random.randrange(10**6)), Player(bob, random.randrange(10**6))]
        names = list(ann.view.pregens)
        await players[0].send(cmd.Sit(names[0], "Ann"))
        await players[1].send(cmd.Sit(names[1], "Bob"))
        await players[0].send(cmd.Sit(names[2], companion=True))
        for player in players:
            await player.send(cmd.Ready())
        for _ in range(3):
            playing = asyncio.gather(*(player.play(15) for player in players))
            await asyncio.sleep(0.3)
            status = await asyncio.to_thread(process.end, by)
            assert status == (0 if by == signal.SIGTERM else -by)
            await asyncio.to_thread(process.start)
            await playing
        await players[0].send(cmd.Say("Are we all here?"))
        for client, seat in ((ann, first), (bob, second)):
            async with outside.client(seat, NewIds()) as fresh:
                while client.view.version != fresh.view.version:  # noqa: ASYNC110 - it follows by itself
                    await asyncio.sleep(0.01)
                assert client.view == fresh.view
    process.end(signal.SIGTERM)
    store = await open_store(tmp_path, writing=False)
    log = await store.read(first.table)
    await store.close()
    assert [event.v for event in log] == list(range(1, len(log) + 1))
    done = [command for command, _ in groupby(event.cmd for event in log)]
    wanted = [command for player in players for command in player.acknowledged]
    assert len(wanted) > 20
    assert {command: done.count(command) for command in wanted} == dict.fromkeys(wanted, 1)


async def test_a_server_that_is_not_there_is_said_so() -> None:
    """Whoever asks it for something hears that in a sentence, and does not wait for ever."""
    with pytest.raises(Unavailable, match="no table server"):
        await Server("http://127.0.0.1:1").adventures()


async def test_the_terminal_comes_to_a_table_by_six_letters(process: Process, tmp_path: Path) -> None:
    """The same program, at a server: it sits down, plays, leaves, and comes back to the seat it had."""
    owner = Server(process.address, process.key)
    host = await owner.lay("bell_beneath")
    async with owner.client(host, NewIds()) as ann:
        names = list(ann.view.pregens)
        assert isinstance(await ann.send(cmd.Sit(names[0], "Ann")), Ack)
        code = (await owner.invite(host.table)).code
        home = tmp_path / "guest"
        first = ["--code", code, "--character", names[1], "--companion", "alone", "--name", "Bob"]
        for arguments in (first, ["--resume", "last"]):
            status, said = await asyncio.to_thread(terminal, process, home, *arguments)
            assert status == 0, said
            assert json.loads(said.splitlines()[-1])["table"] == host.table
            assert "seat_" not in said
            assert f"taleforge play --server {process.address} --resume {host.table}" in said
            await ann.send(cmd.Ready())
        assert [seat.name for seat in ann.view.seats.values()] == ["Ann", "Bob"]
    assert S_IMODE((home / "seats.json").stat().st_mode) == 0o600


def terminal(process: Process, home: Path, *arguments: str) -> tuple[int, str]:
    """Play at a server with the line-oriented client, and return its status and what it said."""
    command = [sys.executable, "-m", "taleforge", "play", "--plain", "--json", "--server", process.address]
    done = subprocess.run(
        [*command, "--data", str(home), *arguments], input="look\nsay Good evening.\nsave\nquit\n", capture_output=True,
        check=False, text=True, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_two_writing_processes_are_refused(tmp_path: Path) -> None:
    """With the setting to change, and the status of a wrong setting."""
    command = [sys.executable, "-m", "taleforge", "serve", "--workers", "2", "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=60)
    assert done.returncode == 78
    assert "serve.workers" in done.stderr
