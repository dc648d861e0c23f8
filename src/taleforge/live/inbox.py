"""What is asked of the owner of a table, one thing after another; and whoever asked is told what came of it.

Once the table has moved, everything that waits is refused, so that it can be asked where the table is now. Does not do
anything by itself: the owner takes jobs out.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from taleforge.live.bell import Bell

T = TypeVar("T")
Job = Callable[[], Awaitable[None]]

MOST_WAITING: Final = 64
"""Jobs that wait for the owner before whoever asks waits to ask."""


class Moved(Exception):
    """The table is not owned here, or not any more: whoever asked asks again where it is now."""


class Inbox:
    """Jobs for one owner."""

    def __init__(self) -> None:
        self.refusing = False
        """Whether nothing is done any more: what waits hears `Moved`."""
        self._closing = False
        self._jobs: list[Job | None] = []
        self._room = asyncio.Semaphore(MOST_WAITING)
        self._bell = Bell()

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self._jobs

    async def ask(self, job: Callable[[], Awaitable[T]]) -> T:
        """Have a job done when its turn comes, and return what it returns; raises what it raises, or Moved."""
        if self._closing or self.refusing:
            raise Moved
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def do() -> None:
            try:
                if self.refusing:
                    raise Moved  # noqa: TRY301  # as the job itself may say
                result = await job()
            except Exception as error:  # noqa: BLE001  # whoever asked hears of it; the owner goes on
                if not answer.cancelled():
                    answer.set_exception(error)
            else:
                if not answer.cancelled():
                    answer.set_result(result)

        await self._put(do)
        return await answer

    async def put(self, job: Job) -> None:
        """Have a job done that nobody waits for."""
        await self._put(job)

    async def take(self) -> Job | None:
        """Return the next job, waiting for it; None after the last one."""
        while not self._jobs:
            await self._bell.wait()
        return self._next()

    async def end(self) -> None:
        """Take nothing new; what waits is still done."""
        self._closing = True
        await self._put(None)

    async def refuse(self) -> None:
        """Answer whatever still waits that the table has moved."""
        self.refusing = True
        while self._jobs:
            if (late := self._next()) is not None:
                await late()

    async def _put(self, job: Job | None) -> None:
        await self._room.acquire()
        self._jobs.append(job)
        self._bell.ring()

    def _next(self) -> Job | None:
        self._room.release()
        return self._jobs.pop(0)
