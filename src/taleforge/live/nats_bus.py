"""The bus of several processes: the subjects of a NATS server, which keeps nothing.

One connection, to speak and to hear, is made again for ever, with growing pauses. What is published while there is none
is thrown away and counted; when there is one again, every process on the bus is told of the gap, over the subject of
gaps. Nothing here waits for NATS but the bus's own tasks. Uses no JetStream: the log keeps what has to be kept.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from taleforge.live.hearers import Hear, Hearers, once
from taleforge.live.line import Line, end
from taleforge.live.nats_address import FAILURES, NatsAddress
from taleforge.live.nats_wire import Wire
from taleforge.live.outbox import Outbox

GAPS: Final = "gaps"
"""The subject on which each process tells all that messages of it were lost."""


class NatsBus:
    """Subjects of NATS; begins with `open`.

    Args:
        address: The servers.
    """

    def __init__(self, address: NatsAddress) -> None:
        self._address = address
        self._outbox = Outbox()
        self._hearers = Hearers()
        self._line = _Line(address, self._outbox, self._hearers)
        self._task: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        """Whether messages get through now, as far as is known."""
        return self._line.up

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
        self._task = asyncio.create_task(self._line.run(), name="speaking and hearing on the bus")
        with suppress(TimeoutError):
            async with asyncio.timeout(4 * self._address.timeout):
                await self._line.tried.wait()

    async def close(self) -> None:
        """Say what was published, if that can be done soon, and hang up."""
        if self._task is None:
            return
        if self.up:
            await self._outbox.finish()
        await end(self._task)

    def publish(self, channel: str, data: bytes) -> None:
        """Give a message to whoever hears a channel. Never waits, never raises."""
        self._outbox.say(channel, data)

    async def subscribe(self, channel: str, hear: Hear) -> Callable[[], None]:
        """Have what is published from the return on heard, until what is returned is called."""
        return await self._line.listen(channel, hear)

    def on_gap(self, told: Callable[[], None]) -> Callable[[], None]:
        """Have it told each time that messages may have been lost, until what is returned is called."""
        return self._hearers.on_gap(told)


class _Line(Line):
    """The connection."""

    def __init__(self, address: NatsAddress, outbox: Outbox, hearers: Hearers) -> None:
        super().__init__(address.name, "both", FAILURES)
        self._address = address
        self._outbox = outbox
        self._hearers = hearers
        self._wire: Wire | None = None
        self._numbers: dict[str, int] = {}
        self._channels: dict[int, str] = {}
        self._last = 0
        self._again = False

    async def listen(self, channel: str, hear: Hear) -> Callable[[], None]:
        """Hear a channel; without a connection there is nothing to ask for, for each begins with all channels."""
        first = self._hearers.add(channel, hear)
        if self._wire is not None and self.up:
            if first:
                self._ask_for(self._wire, channel)
            with suppress(OSError):  # heard when there is a connection again
                await self._wire.answered()
        return once(lambda: self._forget(channel, hear))

    def _forget(self, channel: str, hear: Hear) -> None:
        if self._hearers.remove(channel, hear) and channel in self._numbers:
            number = self._numbers.pop(channel)
            del self._channels[number]
            if self._wire is not None:
                self._wire.unsubscribe(number)

    def _ask_for(self, wire: Wire, channel: str) -> None:
        self._last += 1
        self._numbers[channel], self._channels[self._last] = self._last, channel
        wire.subscribe(self._address.subject("bus", channel), self._last)

    async def _live(self) -> None:
        self._wire = wire = await self._address.connect()
        await wire.use(self._heard, self._use(wire))

    async def _use(self, wire: Wire) -> None:
        await self._hear_all(wire)
        if self._again or self._hearers:
            self._hearers.tell_gap()
        self._again = True
        self._outbox.forget()  # it is of a time that is over: whoever was to hear it reads the log instead
        self._connected()
        while True:
            await wire.publish(self._said_next(wire))
            self._outbox.arrived()
            await self._outbox.rest()

    async def _hear_all(self, wire: Wire) -> None:
        """Ask for every channel there is, and for those that come up meanwhile, until all are heard."""
        wire.subscribe(self._address.subject(GAPS), 0)
        while True:
            for channel in [channel for channel in self._hearers if channel not in self._numbers]:
                self._ask_for(wire, channel)
            await wire.answered()
            if all(channel in self._numbers for channel in self._hearers):
                return

    def _said_next(self, wire: Wire) -> Iterator[tuple[str, bytes]]:
        """Take what is said next: of a gap first."""
        if self._outbox.gap():
            yield self._address.subject(GAPS), b""
        for channel, data in self._outbox.batch(wire.max_payload):
            yield self._address.subject("bus", channel), data

    def _heard(self, number: int, data: bytes) -> None:
        if number == 0:
            self._hearers.tell_gap()
        elif number in self._channels:
            self._hearers.hear(self._channels[number], data)

    def _lost(self) -> None:
        self._wire = None
        self._numbers.clear()
        self._channels.clear()
        self._outbox.lost()
