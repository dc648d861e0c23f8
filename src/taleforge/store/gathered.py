"""Calls that are made at the same time, done together.

Whoever calls while others are being done is done next, with all who came meanwhile; one call alone waits for nobody.
Log lines within name no one of them.
Knows no database: what is done, and how many at most, is said by whoever makes one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

A = TypeVar("A")
R = TypeVar("R")

MOST: int = 128
"""Calls that are done together at most."""


class Gathered(Generic[A, R]):
    """A call of one, done by a call of many.

    Args:
        many: Does some calls together; returns what comes of each, in their order. What it raises, each caller gets.
        most: How many at most.
    """

    def __init__(self, many: Callable[[Sequence[A]], Awaitable[Sequence[R]]], most: int = MOST) -> None:
        self._many = many
        self._most = most
        self._waiting: list[tuple[A, asyncio.Future[R]]] = []
        self._doing: asyncio.Task[None] | None = None

    async def __call__(self, given: A) -> R:
        """Have a call done, and return what comes of it."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((given, answer))
        if self._doing is None:
            self._doing = asyncio.create_task(self._do(), name="calls done together", context=Context())
        return await answer

    async def _do(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                results = await self._many([given for given, _ in batch])
            except Exception as error:  # noqa: BLE001  # each caller decides what to do about it
                _fail([answer for _, answer in batch], error)
            else:
                for (_, answer), result in zip(batch, results, strict=True):
                    if not answer.done():
                        answer.set_result(result)
        self._doing = None


def _fail(answers: Sequence[asyncio.Future[R]], error: Exception) -> None:
    for answer in answers:
        if not answer.done():
            answer.set_exception(error)
