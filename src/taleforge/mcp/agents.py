"""Seats that agents hold, one for each token, opened when a call first brings it and closed when no more come.

A token opens the one seat that the table's server says it is of; here is nothing by which it could get another. Tokens
are in no file and no log line of this.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Final, TypeVar

from taleforge.mcp.agent import Agent, Door
from taleforge.terminal.words import Words

T = TypeVar("T")
OpenDoor = Callable[[str, AsyncExitStack], Awaitable[Door]]
"""Opens the seat of a token, which the stack closes.

Raises:
    Unavailable: the table cannot be reached now.
    BadInput: the token opens nothing.
"""
IDLE: Final = 900.0
"""Seconds after its last call that a seat is kept open."""


class _Held:
    """An open seat; its lock lets calls in one at a time, so that none takes the news of another."""

    def __init__(self, agent: Agent, stack: AsyncExitStack) -> None:
        self.agent = agent
        self.stack = stack
        self.lock = asyncio.Lock()
        self.used = time.monotonic()


class Agents:
    """The seats. Use `at` for each call; `close` when no more come."""

    def __init__(self, open_door: OpenDoor, words: Words) -> None:
        self._open_door = open_door
        self._words = words
        self._held: dict[str, _Held] = {}
        self._opening = asyncio.Lock()

    async def at(self, token: str, use: Callable[[Agent], Awaitable[T]]) -> T:
        """Do something with the seat of a token; raises what opening it and the table raise."""
        held = await self._of(token)
        async with held.lock:
            held.used = time.monotonic()
            try:
                return await use(held.agent)
            finally:
                if held.agent.ended:
                    await self._drop(token)

    async def close(self) -> None:
        """Close every seat."""
        for token in tuple(self._held):
            await self._drop(token)

    async def _of(self, token: str) -> _Held:
        async with self._opening:
            await self._tidy()
            if token not in self._held:
                self._held[token] = await self._opened(token)
            return self._held[token]

    async def _opened(self, token: str) -> _Held:
        async with AsyncExitStack() as stack:
            door = await self._open_door(token, stack)
            return _Held(Agent(door, self._words), stack.pop_all())

    async def _tidy(self) -> None:
        now = time.monotonic()
        for token in [token for token, held in self._held.items() if now - held.used > IDLE]:
            await self._drop(token)

    async def _drop(self, token: str) -> None:
        held = self._held.pop(token, None)
        if held is not None:
            await held.stack.aclose()
