"""Redis killed, frozen and started again under a bus: nobody waits, and whoever may have missed a message is told."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from taleforge.live import redis_bus
from taleforge.live.redis_address import RedisAddress
from taleforge.live.redis_bus import RedisBus
from tests import redis as redis_server
from tests.conftest import Need
from tests.redis import Server

pytestmark = pytest.mark.services
PATIENCE = 30.0
"""Seconds in which everything has to come back."""


@pytest.fixture
def server(need: Need) -> Iterator[Server]:
    """A Redis of one test alone."""
    if redis_server.program() is None:
        need("redis-server", redis_server.HOW)
    with redis_server.running() as started:
        yield started


class Process:
    """What one process on the bus hears."""

    def __init__(self, bus: RedisBus) -> None:
        self.bus = bus
        self.heard: list[bytes] = []
        self.gaps = 0

    async def listen(self, channel: str) -> None:
        """Hear a channel, and of gaps."""
        await self.bus.subscribe(channel, self.heard.append)
        self.bus.on_gap(self._gap)

    def _gap(self) -> None:
        self.gaps += 1


@asynccontextmanager
async def processes(address: RedisAddress, count: int = 2) -> AsyncGenerator[list[Process]]:
    """Return processes on one bus, which all hear the same channel."""
    made = [Process(RedisBus(address)) for _ in range(count)]
    for each in made:
        await each.bus.open()
        await each.listen("table")
    try:
        yield made
    finally:
        for each in made:
            await each.bus.close()


async def until(holds: Callable[[], bool]) -> None:
    """Return when something holds."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110  # many things may make it hold
            await asyncio.sleep(0.01)


async def test_a_killed_redis_loses_messages_and_says_so(server: Server) -> None:
    """Publishing goes on without an error; when it is back every process is told of a gap, and hears again."""
    async with processes(server.address()) as (one, two):
        one.bus.publish("table", b"before")
        await until(lambda: two.heard == [b"before"])
        for number in range(3):
            server.kill()
            await until(lambda: not one.bus.up and not two.bus.up)
            one.bus.publish("table", b"lost")
            gaps = one.gaps, two.gaps
            server.start()
            await until(lambda: one.bus.up and two.bus.up)
            await until(lambda gaps=gaps: one.gaps > gaps[0] and two.gaps > gaps[1])
            one.bus.publish("table", b"%d" % number)
            await until(lambda number=number: two.heard[-1] == b"%d" % number)
            await until(lambda: one.heard == two.heard)
        assert b"lost" not in two.heard
        assert one.bus.dropped == 3


async def test_a_subscription_made_without_redis_holds_when_there_is_one(server: Server) -> None:
    """It returns at once; what was cancelled meanwhile is not heard."""
    server.kill()
    async with processes(server.address()) as (one, two):
        late: list[bytes] = []
        cancelled: list[bytes] = []
        await one.bus.subscribe("late", late.append)
        (await one.bus.subscribe("late", cancelled.append))()
        assert not one.bus.up
        server.start()
        await until(lambda: one.bus.up and two.bus.up)
        assert one.gaps
        two.bus.publish("late", b"now")
        await until(lambda: late == [b"now"])
        assert cancelled == []


async def test_a_redis_that_stands_still_is_given_up_and_found_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing waits for it; messages flow again when it wakes, and all are told that there may be a gap."""
    monkeypatch.setattr(redis_bus, "SILENCE", 0.5)
    monkeypatch.setattr(redis_bus, "BEAT", 0.1)
    async with processes(server.address(timeout=0.2)) as (one, two):
        with server.frozen():
            for number in range(100):
                one.bus.publish("table", b"%d" % number)
            await until(lambda: not one.bus.up and not two.bus.up)
            await one.bus.subscribe("other", one.heard.append)
        await until(lambda: one.bus.up and two.bus.up and one.gaps > 0 and two.gaps > 0)
        one.bus.publish("table", b"after")
        two.bus.publish("other", b"here")
        await until(lambda: b"after" in two.heard and b"here" in one.heard)


async def test_what_waits_too_long_is_thrown_away_and_counted(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded while Redis takes nothing; the newest are kept, and all hear that there is a gap."""
    monkeypatch.setattr(redis_bus, "MOST_WAITING", 10_000)
    async with processes(server.address()) as (one, two):
        for number in range(30):
            one.bus.publish("table", b"%d" % (number % 10) * 1000)
        await until(lambda: len(two.heard) == 10)
        assert two.heard == [b"%d" % number * 1000 for number in range(10)]
        assert one.bus.dropped == 20
        await until(lambda: one.gaps == 1 and two.gaps == 1)


async def test_a_closing_bus_says_what_was_published(server: Server) -> None:
    """The last words of a process reach the others."""
    address = server.address()
    async with processes(address) as (_, two):
        leaving = RedisBus(address)
        await leaving.open()
        for number in range(1000):
            leaving.publish("table", b"%d" % number)
        await leaving.close()
        await until(lambda: two.heard == [b"%d" % number for number in range(1000)])


async def test_a_connection_cut_by_the_server_is_made_again(server: Server) -> None:
    """As after a fail-over, when the server is there all the time."""
    address = server.address()
    async with processes(address) as (one, two):
        client = address.client()
        await client.client_kill_filter(_type="pubsub")
        await until(lambda: one.gaps > 0 and two.gaps > 0)
        await client.client_kill_filter(_type="normal")
        await client.aclose()
        gaps = one.gaps, two.gaps
        one.bus.publish("table", b"lost")  # and so the cut is found
        await until(lambda: one.gaps > gaps[0] and two.gaps > gaps[1])
        one.bus.publish("table", b"after")
        await until(lambda: b"after" in two.heard)
