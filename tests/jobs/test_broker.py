"""Workers woken through a real Redis: woken by messages, at work without them, never twice at one job."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from taleforge.jobs.broker import MOST_HINTS, Broker, BrokerWorkers
from taleforge.jobs.ports import Task
from taleforge.jobs.service import Jobs
from taleforge.jobs.values import Job
from tests.jobs.shop import WISH, Shop
from tests.redis import Server


class Yard:
    """A shop whose workers listen on a Redis."""

    def __init__(self, redis: Server) -> None:
        self.shop = Shop()
        settings = redis.settings(timeout=0.2)
        self.broker = Broker(settings.url, settings.prefix, settings.timeout)
        self.jobs = Jobs(
            self.shop.store, self.broker, self.shop.ledger, self._deliver, make_id=self.shop.jobs._make_id,
            clock=lambda: self.shop.now,
        )  # fmt: skip
        self.begun: list[str] = []
        self.shop.handlers["portrait"] = self._paint
        self.workers: BrokerWorkers | None = None

    def open(self, concurrency: int = 2) -> None:
        """Let workers begin."""
        self.workers = self.broker.workers(self.shop.runner(), "art", concurrency)
        self.workers.open()

    async def close(self, patience: float = 2.0) -> None:
        """Let workers end."""
        if self.workers is not None:
            await self.workers.close(patience)
        await self.broker.close()

    async def pending(self) -> int:
        """Return how many messages wait, when all were sent."""
        assert self.broker._telling is not None
        await self.broker._telling
        return await self.broker.pending("art")

    async def done(self, number: int) -> None:
        """Return when so many jobs are done."""
        for _ in range(number):
            await self.shop.ended.get()

    async def _paint(self, task: Task) -> bytes:
        self.begun.append(task.job.id)
        await asyncio.sleep(0)
        return b"picture"

    async def _deliver(self, job: Job) -> bool:
        return True


@pytest.fixture
async def yard(redis: Server) -> AsyncIterator[Yard]:
    """A yard on a Redis of its own keys."""
    yard = Yard(redis)
    yield yard
    await yard.close()


async def test_a_message_wakes_a_worker(yard: Yard) -> None:
    """For each job one, and each job is done once."""
    yard.open()
    for _ in range(20):
        await yard.jobs.submit(WISH)

    await yard.done(20)
    assert len(yard.begun) == len(set(yard.begun)) == 20


async def test_messages_wait_for_workers(yard: Yard) -> None:
    """Those that nobody has taken are counted, and those told too often do no harm."""
    for _ in range(3):
        await yard.jobs.submit(WISH)
    assert await yard.pending() == 3
    await yard.broker.wake("art", 5)
    assert await yard.pending() == 8
    await yard.broker.wake("art", 5_000)
    assert await yard.pending() == MOST_HINTS

    yard.open()
    await yard.done(3)
    assert len(yard.begun) == 3


async def test_a_worker_that_ends_puts_back_what_it_cannot_finish(yard: Yard) -> None:
    """After its patience is over."""
    began = asyncio.Event()

    async def paint(task: Task) -> bytes:
        began.set()
        return await asyncio.Event().wait() and b""

    yard.shop.handlers["portrait"] = paint
    yard.open()
    await yard.jobs.submit(WISH)
    await began.wait()
    await yard.close(0.1)

    assert await yard.shop.store.counts() == {("art", "queued"): 1}


async def test_nobody_waits_for_a_redis_that_is_away(yard: Yard, redis: Server) -> None:
    """A wish is kept all the same, and done when a message or a look comes by."""
    with redis.frozen():
        await yard.jobs.submit(WISH)
        assert await yard.pending() == 0
    yard.open()
    await yard.jobs.tend()
    await yard.done(1)
