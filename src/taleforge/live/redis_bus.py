"""The bus of several processes: the publish/subscribe of a Redis.

Two connections, one to speak and one to hear, are made again for ever, with growing pauses. What is published while
there is none is thrown away and counted; when there is one again, every process on the bus is told of the gap, over the
channel of gaps. Nothing here waits for Redis but the bus's own two tasks.
"""

import asyncio
import random
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import structlog

from taleforge.live.redis_address import Connection, RedisAddress, failures

Hear = Callable[[bytes], None]

BEAT: Final = 1.0
"""Seconds between two questions whether Redis is there, when there is nothing else to say."""
SILENCE: Final = 3.0
"""Seconds without an answer after which a connection is given up."""
MOST_WAITING: Final = 16 * 1024 * 1024
"""Bytes that wait to be published; the oldest give way."""
MOST_AT_ONCE: Final = 500
"""Messages that are sent together."""
PAUSES: Final = (0.05, 1.0)
"""Seconds between two attempts to connect: at first, and at most."""
LAST_WORDS: Final = 1.0
"""Seconds that a closing bus has to say what was published."""
GAPS: Final = "gaps"
"""The channel on which each process tells all that messages of it were lost."""

log = structlog.get_logger(__name__)


class RedisBus:
    """Channels of a Redis; begins with `open`.

    Args:
        address: The Redis.
    """

    def __init__(self, address: RedisAddress) -> None:
        self._address = address
        self._mouth = _Mouth(address)
        self._ear = _Ear(address)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def up(self) -> bool:
        """Whether messages get through now, as far as is known."""
        return self._mouth.up and self._ear.up

    @property
    def counts(self) -> Mapping[str, int]:
        """How many messages went `out`, came `in` and were `dropped`, and how many `gaps` there were, so far."""
        mouth, ear = self._mouth, self._ear
        return {"out": mouth.said, "in": ear.heard, "dropped": mouth.dropped, "gaps": ear.told_gaps}

    @property
    def dropped(self) -> int:
        """How many messages of ours were thrown away so far, or may have been lost on their way."""
        return self._mouth.dropped

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
        await self._mouth.finish(LAST_WORDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def publish(self, channel: str, data: bytes) -> None:
        """Give a message to whoever hears a channel. Never waits, never raises."""
        self._mouth.say(channel, data)

    async def subscribe(self, channel: str, hear: Hear) -> Callable[[], None]:
        """Have what is published from the return on heard, until what is returned is called."""
        return await self._ear.listen(channel, hear)

    def on_gap(self, told: Callable[[], None]) -> Callable[[], None]:
        """Have it told each time that messages may have been lost, until what is returned is called."""
        self._ear.gaps.append(told)
        return _once(lambda: self._ear.gaps.remove(told))


class _Half:
    """A connection that is made again and again, and what it is used for while it lasts."""

    def __init__(self, address: RedisAddress, task: str) -> None:
        self.up = False
        self.tried = asyncio.Event()
        """Set when the first attempt has come to an end."""
        self._address = address
        self._task = task

    async def run(self) -> None:
        """Connect and use the connection, for ever."""
        failed = 0
        while True:
            connection = self._address.connection()
            try:
                await connection.connect()
                await self._use(connection)
            except failures() as error:
                failed = 1 if self.up else failed + 1
                if failed == 1:
                    log.warning("bus.lost", task=self._task, redis=self._address.name, reason=str(error))
            finally:
                self.up = False
                self._lost()
                await connection.disconnect(nowait=True)
            self.tried.set()
            await asyncio.sleep(_pause(failed))

    def _connected(self) -> None:
        self.up = True
        self.tried.set()
        log.info("bus.connected", task=self._task, redis=self._address.name)

    async def _use(self, connection: Connection) -> None:
        """Use a connection until it fails."""
        raise NotImplementedError

    def _lost(self) -> None:
        """Settle what the connection leaves undone."""
        raise NotImplementedError


class _Mouth(_Half):
    """Publishes."""

    def __init__(self, address: RedisAddress) -> None:
        super().__init__(address, "speak")
        self.dropped = self.said = 0
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._bytes = 0
        self._flying = 0
        self._gap = False
        self._news = asyncio.Event()
        self._said = asyncio.Event()
        self._said.set()

    def say(self, channel: str, data: bytes) -> None:
        """Have a message published soon."""
        self._waiting.append((channel, data))
        self._bytes += len(data)
        while self._bytes > MOST_WAITING:
            self._drop()
        self._news.set()
        self._said.clear()

    async def finish(self, patience: float) -> None:
        """Return when everything is said, nothing can be said, or after so many seconds."""
        if self.up:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._said.wait()

    async def _use(self, connection: Connection) -> None:
        await _ask(connection, [("PING",)])
        self._forget()  # it is of a time that is over: whoever was to hear it reads the log instead
        self._connected()
        while True:
            batch = list(self._batch())
            self._flying = len(batch)
            await _ask(connection, batch or [("PING",)])
            self._flying = 0
            if not self._waiting:
                await self._rest()

    async def _rest(self) -> None:
        self._said.set()
        self._news.clear()
        try:
            async with asyncio.timeout(BEAT):
                await self._news.wait()
        except TimeoutError:
            return

    def _batch(self) -> Iterator[tuple[str | bytes, ...]]:
        """Take what is said next: of a gap first."""
        if self._gap:
            self._gap = False
            yield ("PUBLISH", self._address.key(GAPS), b"")
        for _ in range(min(MOST_AT_ONCE, len(self._waiting))):
            channel, data = self._waiting.popleft()
            self._bytes -= len(data)
            self.said += 1
            yield ("PUBLISH", self._address.key("bus", channel), data)

    def _lost(self) -> None:
        self._gap = True  # nobody knows how much of the last batch was heard
        self.dropped += self._flying
        self._flying = 0
        self._said.set()

    def _forget(self) -> None:
        while self._waiting:
            self._drop()

    def _drop(self) -> None:
        _, data = self._waiting.popleft()
        self._bytes -= len(data)
        self._gap = True
        self.dropped += 1


class _Ear(_Half):
    """Hears."""

    def __init__(self, address: RedisAddress) -> None:
        super().__init__(address, "hear")
        self.gaps: list[Callable[[], None]] = []
        self.heard = self.told_gaps = 0
        self._hearers: defaultdict[bytes, list[Hear]] = defaultdict(list)
        self._waiting: defaultdict[bytes, list[asyncio.Future[None]]] = defaultdict(list)
        self._unanswered: Counter[bytes] = Counter()
        self._wishes: asyncio.Queue[tuple[bytes, bytes]] = asyncio.Queue()
        self._gaps = address.key(GAPS).encode()
        self._again = False

    async def listen(self, name: str, hear: Hear) -> Callable[[], None]:
        """Hear a channel."""
        channel = self._address.key("bus", name).encode()
        self._hearers[channel].append(hear)
        if len(self._hearers[channel]) == 1:
            self._wish(b"SUBSCRIBE", channel)
        if self.up and self._unanswered[channel]:
            answered = asyncio.get_running_loop().create_future()
            self._waiting[channel].append(answered)
            await answered
        return _once(lambda: self._forget(channel, hear))

    def _forget(self, channel: bytes, hear: Hear) -> None:
        self._hearers[channel].remove(hear)
        if not self._hearers[channel]:
            del self._hearers[channel]
            self._wish(b"UNSUBSCRIBE", channel)

    def _wish(self, what: bytes, channel: bytes) -> None:
        """Have a command sent; without a connection there is none to be sent, for each begins with all channels."""
        if self.up:
            self._unanswered[channel] += what == b"SUBSCRIBE"
            self._wishes.put_nowait((what, channel))

    async def _use(self, connection: Connection) -> None:
        await self._hear_all(connection)
        if self._again or self._hearers:
            self._tell_gap()
        self._again = True
        self._connected()
        asking = asyncio.create_task(self._ask_for(connection), name="asking for channels")
        try:
            while True:
                await self._take(connection)
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _hear_all(self, connection: Connection) -> None:
        """Ask for every channel there is, and for those that come up meanwhile, until all are heard."""
        heard: set[bytes] = set()
        while missing := {self._gaps, *self._hearers} - heard:
            heard |= missing
            self._unanswered.update(missing)
            await _send(connection, [(b"SUBSCRIBE", *missing)])
            while self._unanswered:
                await self._take(connection)

    async def _ask_for(self, connection: Connection) -> None:
        """Send what is wished for, and now and then a question whether Redis is there."""
        while True:
            try:
                async with asyncio.timeout(BEAT):
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
            self._tell_gap()
        else:
            self.heard += 1
        for hear in tuple(self._hearers.get(channel, ())):
            _guarded(lambda hear=hear: hear(data))

    def _answered(self, channel: bytes) -> None:
        self._unanswered[channel] -= 1
        if self._unanswered[channel] <= 0:
            del self._unanswered[channel]
            self._release(channel)

    def _release(self, channel: bytes) -> None:
        for waiting in self._waiting.pop(channel, ()):
            if not waiting.done():
                waiting.set_result(None)

    def _tell_gap(self) -> None:
        self.told_gaps += 1
        for told in tuple(self.gaps):
            _guarded(told)

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
    await connection.send_packed_command(connection.pack_commands(commands), check_health=False)


async def _answer(connection: Connection) -> Any:
    """Return the next answer; raises TimeoutError when there is none."""
    said = await connection.read_response(timeout=SILENCE)
    if said is None:
        raise TimeoutError("nothing was heard of it")
    return said


def _once(undo: Callable[[], None]) -> Callable[[], None]:
    """Return what undoes something the first time that it is called."""
    left = [undo]
    return lambda: left.pop()() if left else None


def _guarded(call: Callable[[], None]) -> None:
    """Call somebody whose faults are nobody else's."""
    try:
        call()
    except Exception as fault:  # noqa: BLE001  # reported as any fault of a callback
        asyncio.get_running_loop().call_exception_handler({"message": "fault of a hearer", "exception": fault})


def _pause(failed: int) -> float:
    """Return how long to wait after so many failures in a row, never the same for two processes."""
    first, most = PAUSES
    return min(most, first * 2 ** min(failed, 10)) * random.uniform(0.5, 1.0)  # noqa: S311  # no secret
