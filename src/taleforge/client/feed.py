"""Updates for one listener, who may be slower than the table: too many, and a fresh view takes their place.

Does not slow the connection down, whatever the listener does.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Self

from taleforge.client.updates import Synced, Update

MOST_WAITING = 4096
"""Updates that wait for a listener, at most."""


class Feed:
    """An asynchronous iterator over updates, which ends when the client is closed.

    Args:
        feeds: The feeds of the client; this one is among them until it is closed.
        fresh: Gives the update that stands for everything missed.
    """

    def __init__(self, feeds: "set[Feed]", fresh: Callable[[], Synced]) -> None:
        self._feeds = feeds
        self._fresh = fresh
        self._waiting: deque[Update] = deque()
        self._news = asyncio.Event()
        self._closed = False
        feeds.add(self)

    def put(self, update: Update) -> None:
        """Let an update wait for the listener."""
        self._waiting.append(update)
        if len(self._waiting) > MOST_WAITING:
            self._waiting.clear()
            self._waiting.append(self._fresh())
        self._news.set()

    def close(self) -> None:
        """Let nothing more come in."""
        self._closed = True
        self._feeds.discard(self)
        self._news.set()

    def __aiter__(self) -> Self:
        """Iterate over what comes."""
        return self

    async def __anext__(self) -> Update:
        """Return the next update, waiting for it."""
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()
