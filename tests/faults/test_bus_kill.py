"""What carries the bus killed, frozen and begun again: nobody waits, and whoever may have missed a message is told."""

import asyncio
import subprocess
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from taleforge.errors import Misconfigured, Unavailable
from taleforge.live import line, outbox
from taleforge.live.nats_address import NatsAddress
from taleforge.live.nats_bus import NatsBus
from taleforge.live.redis_address import RedisAddress
from taleforge.live.redis_bus import RedisBus
from tests import nats as nats_server
from tests import redis as redis_server
from tests.conftest import Need
from tests.nats import Server as NatsServer
from tests.redis import Server as RedisServer

pytestmark = pytest.mark.services
PATIENCE = 30.0
"""Seconds in which everything has to come back."""

Server = NatsServer | RedisServer
Address = NatsAddress | RedisAddress


@pytest.fixture(params=["redis", "nats"])
def server(need: Need, request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of one test alone, of one kind after the other."""
    with (a_redis if request.param == "redis" else a_nats)(need) as started:
        yield started


@contextmanager
def a_redis(need: Need) -> Iterator[RedisServer]:
    """Start a Redis."""
    if redis_server.program() is None:
        need("redis-server", redis_server.HOW)
    with redis_server.running() as started:
        yield started


@contextmanager
def a_nats(need: Need, settings: str = "") -> Iterator[NatsServer]:
    """Start a NATS server."""
    if nats_server.program() is None:
        need(nats_server.PROGRAM, nats_server.HOW)
    with nats_server.running(settings) as started:
        yield started


def bus_at(address: Address) -> NatsBus | RedisBus:
    """Return a bus, not open yet."""
    return NatsBus(address) if isinstance(address, NatsAddress) else RedisBus(address)


class Process:
    """What one process on the bus hears."""

    def __init__(self, bus: NatsBus | RedisBus) -> None:
        self.bus = bus
        self.heard: list[bytes] = []
        self.gaps = 0

    @property
    def dropped(self) -> int:
        """How many messages of its own were thrown away."""
        return self.bus.counts["dropped"]

    async def listen(self, channel: str) -> None:
        """Hear a channel, and of gaps."""
        await self.bus.subscribe(channel, self.heard.append)
        self.bus.on_gap(self._gap)

    def _gap(self) -> None:
        self.gaps += 1


@asynccontextmanager
async def processes(address: Address, count: int = 2) -> AsyncGenerator[list[Process]]:
    """Return processes on one bus, which all hear the same channel."""
    made = [Process(bus_at(address)) for _ in range(count)]
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


async def test_a_killed_server_loses_messages_and_says_so(server: Server) -> None:
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
        assert one.dropped == 3


async def test_a_subscription_made_without_a_server_holds_when_there_is_one(server: Server) -> None:
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


async def test_a_server_that_stands_still_is_given_up_and_found_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing waits for it; messages flow again when it wakes, and all are told that there may be a gap."""
    monkeypatch.setattr(line, "SILENCE", 0.5)
    monkeypatch.setattr(line, "BEAT", 0.1)
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
    """Memory is bounded while nothing is taken; the newest are kept, and all hear that there is a gap."""
    monkeypatch.setattr(outbox, "MOST_WAITING", 10_000)
    async with processes(server.address()) as (one, two):
        for number in range(30):
            one.bus.publish("table", b"%d" % (number % 10) * 1000)
        await until(lambda: len(two.heard) == 10)
        assert two.heard == [b"%d" % number * 1000 for number in range(10)]
        assert one.dropped == 20
        await until(lambda: one.gaps == 1 and two.gaps == 1)


async def test_a_closing_bus_says_what_was_published(server: Server) -> None:
    """The last words of a process reach the others."""
    address = server.address()
    async with processes(address) as (_, two):
        leaving = bus_at(address)
        await leaving.open()
        for number in range(1000):
            leaving.publish("table", b"%d" % number)
        await leaving.close()
        await until(lambda: two.heard == [b"%d" % number for number in range(1000)])


async def test_a_bus_closes_whatever_it_is_at(server: Server) -> None:
    """Also when it was to send something in that very moment: a cancellation may be lost there."""
    address = server.address()
    for turns in range(8):
        bus = bus_at(address)
        await bus.open()
        cancel = await bus.subscribe("table", lambda _: None)
        cancel()
        for _ in range(turns):
            await asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE):
            await bus.close()


async def test_a_connection_cut_by_redis_is_made_again(need: Need) -> None:
    """As after a fail-over, when the server is there all the time."""
    with a_redis(need) as server:
        await cut_and_heard(server.address())


async def cut_and_heard(address: RedisAddress) -> None:
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


async def test_what_is_larger_than_nats_takes_is_a_gap(need: Need) -> None:
    """The connection lives on, and so does everything else that is said."""
    with a_nats(need, "max_payload: 1000") as server:
        async with processes(server.address()) as (one, two):
            for data in (b"before", b"x" * 1001, b"after"):
                one.bus.publish("table", data)
            await until(lambda: two.heard == [b"before", b"after"] and one.gaps == two.gaps == 1)
            assert one.dropped == 1


async def test_the_other_of_two_nats_goes_on(need: Need) -> None:
    """Whoever was to be at the dead one is at the other; what they say is heard."""
    with a_nats(need) as first, a_nats(need) as second:
        address = NatsAddress(f"{first.url},{second.url}", "both", 2.0)
        first.kill()
        async with processes(address) as (one, two):
            await until(lambda: one.bus.up and two.bus.up)
            one.bus.publish("table", b"1")
            await until(lambda: two.heard == [b"1"])


@pytest.mark.parametrize(
    ("settings", "wrong", "right"),
    [
        ('authorization { user: ann, password: "s3cr:t" }', "ann:guess@", "ann:s3cr%3At@"),
        ('authorization { token: "t0k3n" }', "", "t0k3n@"),
        ("authorization { users: [{ user: a, password: b, permissions: { publish: nothing } }] }", "a:b@", ""),
    ],
)
async def test_whom_nats_does_not_let_in_is_told_so(need: Need, settings: str, wrong: str, right: str) -> None:
    """At the start, in words without the secret; who may do too little is not let in either."""
    with a_nats(need, settings) as server:
        place = server.url.removeprefix("nats://")
        with pytest.raises(Misconfigured) as refused:
            await NatsAddress(f"nats://{wrong}{place}").check()
        assert place in str(refused.value)
        assert "guess" not in str(refused.value)
        if right:
            address = NatsAddress(f"nats://{right}{place}")
            await address.check()
            assert right not in address.name


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Return a key for this machine's own address, and a certificate that it signed itself."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, certificate


async def test_nats_over_tls(need: Need, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate that nobody trusts is refused; one that is named is not, and what is large arrives."""
    need("openssl", "apt-get install openssl")
    key, certificate = self_signed(tmp_path)
    with a_nats(need, f'tls {{ cert_file: "{certificate}", key_file: "{key}" }}') as server:
        with pytest.raises(Misconfigured, match="SSL_CERT_FILE"):
            await server.address().check()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        address = NatsAddress(server.url.replace("nats:", "tls:"), "tls", 2.0)
        await address.check()
        async with processes(address) as (one, two):
            one.bus.publish("table", large := bytes(900_000))
            await until(lambda: two.heard == [large])


async def test_what_is_no_nats_is_waited_for() -> None:
    """Whatever it says, the bus is down and tries again; the first look says that it does not answer."""
    asked = 0

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        said = (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"INFO {\r\n", b"", b"INFO {}\r\nMSG\r\n", b"x" * 2_000_000)
        writer.write(said[asked % len(said)])
        asked += 1
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        address = NatsAddress(f"nats://127.0.0.1:{port}")
        for _ in range(5):
            with pytest.raises(Unavailable):
                await address.check()
        async with processes(address) as (one, _):
            await until(lambda: asked > 20)
            assert not one.bus.up
            one.bus.publish("table", b"lost")
