"""Workers in this process: tasks that wait until they are woken. Durable all the same, for the table of jobs is.

Does not reach any other process: that is `broker`.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence

import structlog

from taleforge.jobs.runner import Runner

log = structlog.get_logger(__name__)


class LocalWaker:
    """Wakes the workers of this process (`Waker`)."""

    def __init__(self) -> None:
        self._hints: Counter[str] = Counter()
        self._news = asyncio.Event()

    async def wake(self, queue: str, times: int = 1) -> None:
        """Tell a worker that a job waits."""
        if times > 0:
            self._hints[queue] += times
            self._news.set()

    async def pending(self, queue: str) -> int:
        """Return how many hints nobody has taken yet."""
        return self._hints[queue]

    async def take(self, queue: str) -> None:
        """Return when a job waits in a queue, and take that hint."""
        while self._hints[queue] <= 0:
            self._news.clear()
            await self._news.wait()
        self._hints[queue] -= 1


class LocalWorkers:
    """So many jobs of each of some queues at a time, done in this process: no queue waits for another's.

    Args:
        runner: Does them.
        waker: Says when.
        queues: Which.
        concurrency: How many of each at a time.
    """

    def __init__(self, runner: Runner, waker: LocalWaker, queues: Sequence[str], concurrency: int) -> None:
        self._runner = runner
        self._waker = waker
        self._tasks = [
            asyncio.create_task(self._work(queue), name=f"worker {number} of {queue}")
            for queue in queues
            for number in range(concurrency)
        ]

    async def close(self) -> None:
        """Stop; what was begun goes back to the queue, to be begun again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self, queue: str) -> None:
        while True:
            await self._waker.take(queue)
            try:
                await self._runner.run_next(queue)
            except Exception as error:  # noqa: BLE001  # the store may be back when the next hint comes
                log.error("worker.fault", fault=type(error).__name__)  # noqa: TRY400  # its message may quote a payload
