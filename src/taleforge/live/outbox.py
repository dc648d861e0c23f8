"""What waits to be said on a bus: bounded, counted, and honest about what was thrown away.

Sends nothing itself.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from time import perf_counter
from typing import Final

from taleforge.live import line

MOST_WAITING: Final = 16 * 1024 * 1024
"""Bytes that wait to be published; the oldest give way."""
MOST_AT_ONCE: Final = 500
"""Messages that are sent together."""
MOST_BYTES_AT_ONCE: Final = 1024 * 1024
"""Bytes after which nothing more is sent along with them."""
LAST_WORDS: Final = 1.0
"""Seconds that a closing bus has to say what was published."""


class Outbox:
    """Messages of one process, in their order."""

    def __init__(self) -> None:
        self.said = 0
        """How many messages were sent."""
        self.dropped = 0
        """How many were thrown away, or may have been lost on their way."""
        self.latency_ms = 0.0
        """How long the last batch took, to the answer that it arrived."""
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._bytes = 0
        self._flying = 0
        self._begun = 0.0
        self._gap = False
        self._news = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    def say(self, channel: str, data: bytes) -> None:
        """Have a message said soon."""
        self._waiting.append((channel, data))
        self._bytes += len(data)
        while self._bytes > MOST_WAITING:
            self._drop()
        self._news.set()
        self._empty.clear()

    async def finish(self) -> None:
        """Return when everything is said, nothing can be said, or the time for last words is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await self._empty.wait()

    def gap(self) -> bool:
        """Whether something was thrown away since this was last asked: then everybody has to be told."""
        gap, self._gap = self._gap, False
        return gap

    def batch(self, largest: int = MOST_WAITING) -> Iterator[tuple[str, bytes]]:
        """Take what is said next; until `arrived`, it is on its way. What has more bytes than `largest` is dropped."""
        self._begun = perf_counter()
        most = self._bytes - MOST_BYTES_AT_ONCE
        while self._waiting and self._flying < MOST_AT_ONCE and (self._bytes > most or not self._flying):
            if len(self._waiting[0][1]) > largest:
                self._drop()
                continue
            channel, data = self._waiting.popleft()
            self._bytes -= len(data)
            self._flying += 1
            self.said += 1
            yield channel, data

    def arrived(self) -> None:
        """Note that the last batch reached the other end."""
        self._flying = 0
        self.latency_ms = round((perf_counter() - self._begun) * 1000, 2)

    def lost(self) -> None:
        """Note that nobody knows how much of the last batch arrived, and that nothing can be said for now."""
        self._gap = True
        self.dropped += self._flying
        self._flying = 0
        self._empty.set()

    def forget(self) -> None:
        """Throw away what waits."""
        while self._waiting:
            self._drop()

    async def rest(self) -> None:
        """Return when there is something to say, or when it is time to ask whether the other end is there."""
        if self._waiting or self._gap:
            return
        self._empty.set()
        self._news.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(line.BEAT):
                await self._news.wait()

    def _drop(self) -> None:
        """Throw the oldest message away."""
        _, data = self._waiting.popleft()
        self._bytes -= len(data)
        self._gap = True
        self.dropped += 1
