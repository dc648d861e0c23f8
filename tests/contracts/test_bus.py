"""The contract of `live.ports.Bus`, on every implementation there is.

To add one: a context manager in `KINDS` that gives a function which makes a bus of the same hub each time it is called,
as separate processes would have them.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import pytest

from taleforge.live.bus import MemoryBus
from taleforge.live.nats_bus import NatsBus
from taleforge.live.ports import Bus
from taleforge.live.redis_bus import RedisBus
from tests.nats import Server as NatsServer
from tests.redis import Server as RedisServer

PATIENCE = 5.0
"""Seconds after which a message that did not come has not come."""

Join = Callable[[], Awaitable[Bus]]
Hub = Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Join]]


@asynccontextmanager
async def in_memory(_: pytest.FixtureRequest) -> AsyncGenerator[Join]:
    """Give one bus to everybody."""
    hub = MemoryBus()

    async def join() -> Bus:
        return hub

    yield join


@asynccontextmanager
async def on_redis(request: pytest.FixtureRequest) -> AsyncGenerator[Join]:
    """Give everybody a bus of their own on one Redis."""
    server: RedisServer = request.getfixturevalue("redis")
    address = server.address()
    async with joining(lambda: RedisBus(address)) as join:
        yield join


@asynccontextmanager
async def on_nats(request: pytest.FixtureRequest) -> AsyncGenerator[Join]:
    """Give everybody a bus of their own on one NATS server."""
    server: NatsServer = request.getfixturevalue("nats")
    address = server.address()
    async with joining(lambda: NatsBus(address)) as join:
        yield join


@asynccontextmanager
async def joining(make: Callable[[], RedisBus | NatsBus]) -> AsyncGenerator[Join]:
    """Open what is made, and close it in the end."""
    async with AsyncExitStack() as stack:

        async def join() -> Bus:
            bus = make()
            await bus.open()
            stack.push_async_callback(bus.close)
            return bus

        yield join


KINDS: dict[str, Hub] = {"memory": in_memory, "redis": on_redis, "nats": on_nats}


@pytest.fixture(params=list(KINDS))
async def join(request: pytest.FixtureRequest) -> AsyncGenerator[Join]:
    """Return how another process comes to a hub of each kind."""
    async with KINDS[request.param](request) as hub:
        yield hub


class Ear:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._news = asyncio.Event()

    def __call__(self, data: bytes) -> None:
        """Hear a message."""
        self.heard.append(data)
        self._news.set()

    async def until(self, last: bytes) -> list[bytes]:
        """Return what was heard when a message has come."""
        async with asyncio.timeout(PATIENCE):
            while last not in self.heard:
                self._news.clear()
                await self._news.wait()
        return self.heard


async def test_everybody_who_hears_a_channel_hears_a_message(join: Join) -> None:
    """The publisher too, if it hears the channel; bytes arrive as they were sent."""
    one, two = await join(), await join()
    mine, yours = Ear(), Ear()
    await one.subscribe("a", mine)
    await two.subscribe("a", yours)
    data = bytes(range(256)) * 300
    one.publish("a", data)
    assert await mine.until(data) == [data]
    assert await yours.until(data) == [data]
    assert one.up
    assert two.up


async def test_messages_of_one_publisher_come_in_order(join: Join) -> None:
    """Each once, on its own channel and no other."""
    one, two = await join(), await join()
    a, b = Ear(), Ear()
    await two.subscribe("a", a)
    await two.subscribe("b", b)
    for number in range(200):
        one.publish("ab"[number % 2], b"%d" % number)
    assert await a.until(b"198") == [b"%d" % number for number in range(0, 200, 2)]
    assert await b.until(b"199") == [b"%d" % number for number in range(1, 200, 2)]


async def test_whoever_publishes_is_not_interrupted(join: Join) -> None:
    """A message is heard later, never within `publish`."""
    bus = await join()
    ear = Ear()
    await bus.subscribe("a", ear)
    bus.publish("a", b"1")
    assert ear.heard == []
    assert await ear.until(b"1") == [b"1"]


async def test_a_subscription_holds_until_it_is_cancelled(join: Join) -> None:
    """Others on the same channel go on hearing; cancelled twice is cancelled once; it can be heard again later."""
    one, two = await join(), await join()
    early, late = Ear(), Ear()
    cancel = await two.subscribe("a", early)
    await two.subscribe("a", late)
    one.publish("a", b"1")
    await early.until(b"1")
    cancel()
    cancel()
    one.publish("a", b"2")
    assert await late.until(b"2") == [b"1", b"2"]
    assert early.heard == [b"1"]
    await two.subscribe("a", early)
    one.publish("a", b"3")
    assert await early.until(b"3") == [b"1", b"3"]


async def test_nobody_need_listen(join: Join) -> None:
    """A message to a channel that nobody hears is lost, and nothing else is."""
    bus = await join()
    bus.publish("empty", b"1")
    ear = Ear()
    await bus.subscribe("a", ear)
    bus.publish("a", b"2")
    assert await ear.until(b"2") == [b"2"]


async def test_whoever_breaks_on_hearing_harms_nobody(join: Join) -> None:
    """The others hear it, and the next one."""
    bus = await join()
    ear = Ear()

    def broken(_: bytes) -> None:
        raise ZeroDivisionError

    loop = asyncio.get_running_loop()
    faults: list[object] = []
    loop.set_exception_handler(lambda _, context: faults.append(context.get("exception")))
    await bus.subscribe("a", broken)
    await bus.subscribe("a", ear)
    bus.publish("a", b"1")
    bus.publish("a", b"2")
    assert await ear.until(b"2") == [b"1", b"2"]
    assert all(isinstance(fault, ZeroDivisionError) for fault in faults)


async def test_on_gap_can_be_cancelled(join: Join) -> None:
    """Told nothing while nothing was lost, and the cancel works twice."""
    bus = await join()
    gaps: list[int] = []
    cancel = bus.on_gap(lambda: gaps.append(1))
    ear = Ear()
    await bus.subscribe("a", ear)
    bus.publish("a", b"1")
    await ear.until(b"1")
    cancel()
    cancel()
    assert gaps == []
