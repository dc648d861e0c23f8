"""The bus of several processes: the publish/subscribe of a Redis.

Two connections, one to speak and one to hear, are made again for ever, with growing pauses. What is published while
there is none is thrown away and counted; when there is one again, every process on the bus is told of the gap, over the
channel of gaps. Nothing here waits for Redis but the bus's own two tasks.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from taleforge.live import line
from taleforge.live.hearers import Hear, Hearers, once
from taleforge.live.outbox import Outbox
from taleforge.live.redis_address import Connection, RedisAddress, failures

GAPS: Final = "gaps"
"""The channel on which each process tells all that messages of it were lost."""


class RedisBus:
    """Channels of a Redis; begins with `open`.

    Args:
        address: The Redis.
    """

    def __init__(self, address: RedisAddress) -> None:
        self._address = address
        self._outbox = Outbox()
        self._hearers = Hearers()
        self._mouth = _Mouth(address, self._outbox)
        self._ear = _Ear(address, self._hearers)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def up(self) -> bool:
        """Whether messages get through now, as far as is known."""
        return self._mouth.up and self._ear.up

    @property
    def counts(self) -> Mapping[str, int]:
        """How many messages went `out`, came `in` and were `dropped`, and how many `gaps` there were, so far."""
        outbox, hearers = self._outbox, self._hearers
        return {"out": outbox.said, "in": hearers.heard, "dropped": outbox.dropped, "gaps": hearers.gaps}

    @property
    def latency_ms(self) -> float:
        """How long the last question there took."""
        return self._outbox.latency_ms

    async def open(self) -> None:
        """Begin; returns when there is a connection, or when there was none in time."""
        self._tasks = [
            asyncio.create_task(self._mouth.run(), name="speaking on the bus"),
            asyncio.create_task(self._ear.run(), name="hearing the bus"),
        ]
        with suppress(TimeoutError):
            async with asyncio.timeout(4 * self._address.timeout):
                await self._mouth.tried.wait()
                await self._ear.tried.wait()

    async def close(self) -> None:
        """Say what was published, if that can be done soon, and hang up."""
        if self._mouth.up:
            await self._outbox.finish()
        await line.end(*self._tasks)

    def publish(self, channel: str, data: bytes) -> None:
        """Give a message to whoever hears a channel. Never waits, never raises."""
        self._outbox.say(channel, data)

    async def subscribe(self, channel: str, hear: Hear) -> Callable[[], None]:
        """Have what is published from the return on heard, until what is returned is called."""
        return await self._ear.listen(channel, hear)

    def on_gap(self, told: Callable[[], None]) -> Callable[[], None]:
        """Have it told each time that messages may have been lost, until what is returned is called."""
        return self._hearers.on_gap(told)


class _Half(line.Line):
    """One of the two connections."""

    def __init__(self, address: RedisAddress, task: str) -> None:
        super().__init__(address.name, task, failures())
        self._address = address

    async def _live(self) -> None:
        connection = self._address.connection()
        try:
            async with asyncio.timeout(2 * self._address.timeout):
                await connection.connect()
            await self._use(connection)
        finally:
            await connection.disconnect(nowait=True)

    async def _use(self, connection: Connection) -> None:
        """Use a connection until it fails."""
        raise NotImplementedError


class _Mouth(_Half):
    """Speaks."""

    def __init__(self, address: RedisAddress, outbox: Outbox) -> None:
        super().__init__(address, "speak")
        self._outbox = outbox

    async def _use(self, connection: Connection) -> None:
        await _ask(connection, [("PING",)])
        self._outbox.forget()  # it is of a time that is over: whoever was to hear it reads the log instead
        self._connected()
        while True:
            await _ask(connection, list(self._said_next()) or [("PING",)])
            self._outbox.arrived()
            await self._outbox.rest()

    def _said_next(self) -> Iterator[tuple[str | bytes, ...]]:
        """Take what is said next: of a gap first."""
        if self._outbox.gap():
            yield ("PUBLISH", self._address.key(GAPS), b"")
        for channel, data in self._outbox.batch():
            yield ("PUBLISH", self._address.key("bus", channel), data)

    def _lost(self) -> None:
        self._outbox.lost()


class _Ear(_Half):
    """Hears."""

    def __init__(self, address: RedisAddress, hearers: Hearers) -> None:
        super().__init__(address, "hear")
        self._hearers = hearers
        self._waiting: defaultdict[bytes, list[asyncio.Future[None]]] = defaultdict(list)
        self._unanswered: Counter[bytes] = Counter()
        self._wishes: asyncio.Queue[tuple[bytes, bytes]] = asyncio.Queue()
        self._gaps = address.key(GAPS).encode()
        self._before = address.key("bus", "").encode()
        self._again = False

    async def listen(self, name: str, hear: Hear) -> Callable[[], None]:
        """Hear a channel."""
        channel = self._before + name.encode()
        if self._hearers.add(name, hear):
            self._wish(b"SUBSCRIBE", channel)
        if self.up and self._unanswered[channel]:
            answered = asyncio.get_running_loop().create_future()
            self._waiting[channel].append(answered)
            await answered
        return once(lambda: self._forget(name, hear))

    def _forget(self, name: str, hear: Hear) -> None:
        if self._hearers.remove(name, hear):
            self._wish(b"UNSUBSCRIBE", self._before + name.encode())

    def _wish(self, what: bytes, channel: bytes) -> None:
        """Have a command sent; without a connection there is none to be sent, for each begins with all channels."""
        if self.up:
            self._unanswered[channel] += what == b"SUBSCRIBE"
            self._wishes.put_nowait((what, channel))

    async def _use(self, connection: Connection) -> None:
        await self._hear_all(connection)
        if self._again or self._hearers:
            self._hearers.tell_gap()
        self._again = True
        self._connected()
        asking = asyncio.create_task(self._ask_for(connection), name="asking for channels")
        try:
            while True:
                await self._take(connection)
        finally:
            await line.end(asking)

    async def _hear_all(self, connection: Connection) -> None:
        """Ask for every channel there is, and for those that come up meanwhile, until all are heard."""
        heard: set[bytes] = set()
        while missing := {self._gaps, *(self._before + name.encode() for name in self._hearers)} - heard:
            heard |= missing
            self._unanswered.update(missing)
            await _send(connection, [(b"SUBSCRIBE", *missing)])
            while self._unanswered:
                await self._take(connection)

    async def _ask_for(self, connection: Connection) -> None:
        """Send what is wished for, and now and then a question whether Redis is there."""
        while True:
            try:
                async with asyncio.timeout(line.BEAT):
                    wish: tuple[bytes, ...] = await self._wishes.get()
            except TimeoutError:
                wish = (b"PING",)
            await _send(connection, [wish])

    async def _take(self, connection: Connection) -> None:
        match await _answer(connection):
            case [b"message", bytes() as channel, bytes() as data]:
                self._heard(channel, data)
            case [b"subscribe", bytes() as channel, _]:
                self._answered(channel)
            case _:
                pass  # an answer to a question whether it is there, or to UNSUBSCRIBE

    def _heard(self, channel: bytes, data: bytes) -> None:
        if channel == self._gaps:
            self._hearers.tell_gap()
        else:
            self._hearers.hear(channel.removeprefix(self._before).decode(), data)

    def _answered(self, channel: bytes) -> None:
        self._unanswered[channel] -= 1
        if self._unanswered[channel] <= 0:
            del self._unanswered[channel]
            self._release(channel)

    def _release(self, channel: bytes) -> None:
        for waiting in self._waiting.pop(channel, ()):
            if not waiting.done():
                waiting.set_result(None)

    def _lost(self) -> None:
        self._unanswered.clear()
        self._wishes = asyncio.Queue()
        for channel in tuple(self._waiting):
            self._release(channel)


async def _ask(connection: Connection, commands: Sequence[tuple[str | bytes, ...]]) -> None:
    """Send commands together, and wait until each is answered."""
    await _send(connection, commands)
    for _ in commands:
        await _answer(connection)


async def _send(connection: Connection, commands: Sequence[tuple[str | bytes, ...]]) -> None:
    async with asyncio.timeout(line.SILENCE):
        await connection.send_packed_command(connection.pack_commands(commands), check_health=False)


async def _answer(connection: Connection) -> Any:
    """Return the next answer; raises TimeoutError when there is none."""
    said = await connection.read_response(timeout=line.SILENCE)
    if said is None:
        raise TimeoutError("nothing was heard of it")
    return said
