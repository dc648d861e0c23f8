"""One table with seats at two servers, over real sockets, while their Redis is killed, frozen and back."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from itertools import groupby
from pathlib import Path

import httpx
import pytest

from taleforge.client.ids import NewIds
from taleforge.client.server import SeatToken, Server
from taleforge.client.table import TableClient
from taleforge.client.updates import Lost
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack
from taleforge.messages.events import EVERYBODY
from taleforge.store.postgresql import open_store
from tests import redis as redis_server
from tests.conftest import Need
from tests.postgresql import Server as PostgreSQL
from tests.redis import Server as Redis
from tests.table.player import RandomPlayer

pytestmark = pytest.mark.services
ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
AWAY = "store/unavailable"
UNLIMITED = [f"limits.{rule}=off" for rule in ("general", "guest", "generation", "guesses")]


@pytest.fixture
def redis(need: Need) -> Iterator[Redis]:
    """A Redis of one test alone."""
    if redis_server.program() is None:
        need("redis-server", redis_server.HOW)
    with redis_server.running() as started:
        yield started


@contextmanager
def serving(folder: Path, store: str, redis: str) -> Iterator[Server]:
    """Run `taleforge serve`; the servers of one folder have the same secrets."""
    given = [*UNLIMITED, f"store.url={store}", f"redis.url={redis}", "redis.timeout=0.2", f"data.folder={folder}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "taleforge", *(word for each in given for word in ("--set", each)), "serve", "--json",
         "--port", "0"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "TALEFORGE_LOG_LEVEL": "error"},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        said = json.loads(process.stdout.readline())
        yield Server(said["address"], Path(said["token_file"]).read_text().strip())
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        process.stdout.close()


class Player:
    """Somebody at one of the servers, who plays at random."""

    def __init__(self, server: Server, seat: SeatToken, client: TableClient, seed: int) -> None:
        self.client = client
        self.acknowledged: list[str] = []
        self.refused: set[str] = set()
        self.lost = 0
        self._server = server
        self._seat = seat
        self._player = RandomPlayer(seed)
        self._watching = asyncio.create_task(self._watch())

    async def send(self, data: cmd.CommandData) -> bool:
        """Send a command and remember what came of it; whether the table answered, if only that it may not be."""
        reply = await self.client.send(data)
        if isinstance(reply, Ack):
            if not isinstance(data, cmd.NAMELESS):  # whose command is written nowhere
                self.acknowledged.append(reply.re)
        elif isinstance(reply, cmd.Refused):
            self.refused.add(reply.code)
        return not (isinstance(reply, cmd.Refused) and reply.code == AWAY)

    async def play(self, deeds: int) -> None:
        """Do so many things."""
        for _ in range(deeds):
            if self.client.view.table.status != "closed":
                await self.send(self._player.choose(self.client.view))
                await asyncio.sleep(0.01)

    async def sees_all(self) -> None:
        """Check that the view kept since the beginning is the one a newcomer gets."""
        async with self._server.client(self._seat, NewIds()) as fresh:
            await until(lambda: self.client.view.version >= fresh.view.version)
            assert self.client.view == fresh.view

    async def status(self) -> str:
        """Return what this player's server says of itself."""
        async with httpx.AsyncClient(trust_env=False) as http:
            return (await http.get(f"{self._server.address}/ready")).json()["status"]

    async def leave(self) -> None:
        """Look no more."""
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)

    async def _watch(self) -> None:
        async for update in self.client.updates():
            self.lost += isinstance(update, Lost)


@asynccontextmanager
async def two_seats(folder: Path, store: str, redis: str) -> AsyncGenerator[tuple[Player, Player]]:
    """Return the host at one server and a guest at another, both ready to play at one table."""
    with ExitStack() as stack:
        one, other = (stack.enter_context(serving(folder, store, redis)) for _ in range(2))
        host = await one.lay("bell_beneath")
        guest = await other.follow((await other.invite(host.table)).code, "Bob")
        async with one.client(host, NewIds()) as ann, other.client(guest, NewIds()) as bob:
            players = Player(one, host, ann, 1), Player(other, guest, bob, 2)
            names = list(ann.view.pregens)
            await players[0].send(cmd.Sit(names[0], "Ann"))
            await players[1].send(cmd.Sit(names[1], "Bob"))
            for player in players:
                await player.send(cmd.Ready())
            yield players
            for player in players:
                await player.leave()


async def until(holds: Callable[[], bool]) -> None:
    """Return when something holds."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110  # other processes make it hold
            await asyncio.sleep(0.01)


async def both_say(players: tuple[Player, Player], status: str) -> None:
    """Return when both servers say that they are so."""
    async with asyncio.timeout(PATIENCE):
        while {await player.status() for player in players} != {status}:  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.05)


async def check(players: tuple[Player, Player], store: str, table: str) -> None:
    """Both see the same, and each acknowledged command is in the log once."""
    kept = await open_store(store)
    log = await kept.read(table)
    await kept.close()
    heard = max(event.v for event in log if event.audience == EVERYBODY)  # what comes after it is for some alone
    await until(lambda: all(player.client.view.version >= heard for player in players))
    for player in players:
        await player.sees_all()
        assert player.lost == 0, "no connection was lost"
    assert [event.v for event in log] == list(range(1, len(log) + 1))
    done = [command for command, _ in groupby(event.cmd for event in log)]
    wanted = [command for player in players for command in player.acknowledged]
    assert {command: done.count(command) for command in wanted} == dict.fromkeys(wanted, 1)


async def play_on(players: tuple[Player, Player], deeds: int) -> None:
    await asyncio.gather(*(player.play(deeds) for player in players))


async def test_a_redis_that_dies_under_play_costs_nothing(redis: Redis, postgresql: PostgreSQL, tmp_path: Path) -> None:
    """The owner's players play on and the others see it; whoever cannot reach the owner is refused, and plays later."""
    store = postgresql.database()
    async with two_seats(tmp_path, store, redis.url) as players:
        table = players[0].client.view.table.id
        await play_on(players, 10)
        for deeds in (1, 0):  # each waits a while for the owner before it is refused
            redis.kill()
            await both_say(players, "degraded")
            playing = asyncio.gather(players[0].play(30), players[1].play(deeds))
            assert await players[0].send(cmd.Say("Can anybody hear me?"))
            version = players[0].client.view.version
            await until(lambda version=version: players[1].client.view.version >= version)
            await playing
            redis.start()
            await both_say(players, "ok")
            while not await players[1].send(cmd.Say("I am here again.")):
                pass
            await play_on(players, 10)
        assert AWAY in players[1].refused
        assert AWAY not in players[0].refused
        await check(players, store, table)


async def test_a_redis_that_stands_still_under_play_costs_nothing(
    redis: Redis, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    """What it held back is no harm when it wakes: nothing is done twice, and all see the same."""
    store = postgresql.database()
    async with two_seats(tmp_path, store, redis.url) as players:
        table = players[0].client.view.table.id
        await play_on(players, 10)
        for seconds in (1.0, 6.0):  # shorter and longer than a connection is believed in
            playing = asyncio.create_task(play_on(players, 20))
            with redis.frozen():
                await asyncio.sleep(seconds)
            await both_say(players, "ok")
            await playing
        while not await players[1].send(cmd.Say("I am here again.")):
            pass
        await check(players, store, table)
