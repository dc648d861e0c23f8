"""`kill -9` of servers with people at their tables: nothing acknowledged is lost or doubled, and everybody goes on."""

import asyncio
import signal
from collections import Counter
from itertools import cycle
from pathlib import Path
from random import Random

import pytest

from taleforge.bootstrap import check_file
from taleforge.errors import Unavailable
from taleforge.store.faultpoints import POINTS
from tests.faults.evening import Evening, evening, until
from tests.faults.house import House
from tests.postgresql import Server as PostgreSQL
from tests.redis import Server as Redis

pytestmark = pytest.mark.services

KILLS_OF_ONE = 24
KILLS_OF_TWO = 10
PLAYED = [point for point in POINTS if not point.startswith("export")]
"""Points that playing passes."""
ENOUGH = 150
"""Commands after which a process that has not come to its fault point is killed anyway."""


class Deaths:
    """Kills servers while people play, at points and at moments that a seed chooses.

    Args:
        played: Who plays.
        points: Where they may die.
        random: Chooses.
    """

    def __init__(self, played: Evening, points: list[str], random: Random) -> None:
        self.places = Counter[str]()
        self._played = played
        self._points = cycle(points)
        self._random = random
        self._lives = 0

    async def begin(self, house: House) -> str:
        """Begin a life, and return where it is to end; "" for any moment."""
        self._lives += 1
        if self._lives % 3 == 0:
            await house.begin("")
            return ""
        point = next(self._points)
        times = 1 if point.startswith("checkpoint") else self._random.randint(1, 25)
        delay_us = self._random.choice((0, self._random.randint(1, 3000)))
        strike = f"{point}:{times}:{delay_us}"
        await house.begin(strike)
        return strike

    async def end(self, house: House, strike: str) -> None:
        """Let a life end there, with commands on their way."""
        self._played.gate.set()
        if not strike:
            await self._played.more(self._random.randint(1, 40))
            await house.kill()
            self.places["any moment"] += 1
            return
        house.arm()
        enough = self._played.acknowledged + ENOUGH
        ended = asyncio.create_task(house.ended())
        await until(lambda: ended.done() or self._played.acknowledged > enough or self._played.over)
        self.places[strike.partition(":")[0] if ended.done() else "any moment"] += 1
        if not ended.done():
            house.send(signal.SIGKILL)
        await ended


async def test_one_server_outlives_any_number_of_kills(tmp_path: Path) -> None:
    """SQLite: clients connect again by themselves, and what they asked for in between is done once."""
    random = Random(1)
    async with House(tmp_path) as house:
        await house.begin()
        async with evening([house], random) as played:
            deaths = Deaths(played, PLAYED, random)
            strike = ""
            for _ in range(KILLS_OF_ONE):
                await deaths.end(house, strike)
                strike = await deaths.begin(house)
                await played.check()
                await played.fill()
            assert deaths.places.total() == KILLS_OF_ONE
            assert len(set(deaths.places) - {"any moment"}) > len(PLAYED) / 2, deaths.places
            assert deaths.places["any moment"]
            assert played.acknowledged > 10 * KILLS_OF_ONE
            assert played.typed > KILLS_OF_ONE


async def test_a_server_that_dies_at_an_export_loses_nothing(tmp_path: Path) -> None:
    """At its points and just after them, while others play: what is exported next is whole, its dice can be checked."""
    random = Random(4)
    async with House(tmp_path) as house:
        await house.begin()
        async with evening([house], random, tables=2) as played:
            for point in sorted(set(POINTS) - set(PLAYED)) * 2:
                await house.kill()
                await house.begin(f"{point}:1:{random.choice((0, 500, 3000))}")
                await played.fill()
                played.gate.set()
                await played.more(5)
                house.arm()
                with pytest.raises(Unavailable):
                    await house.server.export(played.players[0].seat.table)
                await house.ended()
                await house.begin()
                await played.check()
                for table in {player.seat.table for player in played.players}:
                    file = tmp_path / f"{table}.tale"
                    file.write_bytes(await house.server.export(table))
                    assert check_file(file).problem is None


async def test_either_of_two_servers_may_die_any_number_of_times(
    postgresql: PostgreSQL, redis: Redis, tmp_path: Path
) -> None:
    """PostgreSQL and Redis: the other takes the tables over and its seats play on; then the dead one comes back."""
    random, store, shared = Random(2), postgresql.database(), redis.settings()
    settings = f"store.url={store}", f"redis.url={shared.url}", f"redis.prefix={shared.prefix}"
    async with House(tmp_path, *settings) as one, House(tmp_path, *settings) as other:
        strikes = {one: "", other: ""}
        await asyncio.gather(*(house.begin() for house in strikes))
        async with evening([one, other], random, store) as played:
            deaths = Deaths(played, [point for point in PLAYED if not point.startswith("checkpoint")], random)
            for _ in range(KILLS_OF_TWO):
                dead = random.choice((one, other))
                await deaths.end(dead, strikes[dead])
                await played.go_on_at(other if dead is one else one)
                strikes[dead] = await deaths.begin(dead)
                await played.check()
                await played.fill()
            assert deaths.places.total() == KILLS_OF_TWO
            assert played.acknowledged > 10 * KILLS_OF_TWO
