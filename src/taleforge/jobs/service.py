"""Whoever asks: submits jobs, follows and cancels their own, and is told what came of them.

Order of writes: reserve in the ledger → keep the job → wake a worker. What came of a job waits in the store until it
was handed over (the outbox), so nothing is lost between a worker's end and its answer; it may be handed over twice,
and whoever takes it must not mind. A job is settled for whoever asked once that is done. Does not do the work: `runner`
does.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from taleforge.jobs.ports import JobStore, Meter, Waker
from taleforge.jobs.values import Job, State, Turned, Wish
from taleforge.telemetry.counting import SECONDS, Timing

MOST_PAYLOAD: Final = 4 * 1024 * 1024
"""Bytes of a payload; what is larger is kept as a file and named."""
KEPT: Final = 7 * 24 * 3_600_000
"""Milliseconds that a job which is over can be asked for."""
LOOK_AGAIN: Final = 1.0
"""Seconds between two looks at a job that somebody waits for, for hints may be lost."""
MOST_WAKES: Final = 1_000
BOUNDS: Final = (*SECONDS, 30.0, 60.0, 300.0, 900.0)
AT_ONCE: Final = 32
"""Jobs that are handed over at a time: each may hold a picture."""
MOST_FAILING: Final = 2
"""So many times that many are tried, some of which cannot be handed over, before a look gives up."""
FIRST: Final = (0, "")

Seen = Callable[[Job], None]
"""Is told how a job is."""

log = structlog.get_logger(__name__)


class Jobs:
    """The jobs of one server.

    Args:
        store: The table of jobs.
        waker: Wakes workers.
        meter: The ledger.
        deliver: Hands over what came of a job to its return address, and says whether that keeps the result from now
            on; called again when it raises. Without it, other processes hand over what is done here.
        make_id: Makes the id of a job.
        clock: The time, in milliseconds since 1970.
        news: Told of each job that was handed over here; must not raise.
        reached: Told where a job is, at the places where tests of crash safety strike.
    """

    def __init__(
        self,
        store: JobStore,
        waker: Waker,
        meter: Meter,
        deliver: Callable[[Job], Awaitable[bool]] | None,
        *,
        make_id: Callable[[], str],
        clock: Callable[[], int],
        news: Callable[[Job], None] = lambda _job: None,
        reached: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self._store = store
        self._waker = waker
        self._meter = meter
        self._deliver = deliver
        self._make_id = make_id
        self._clock = clock
        self._news = news
        self._reached = reached
        self.counts: Mapping[tuple[str, State], int] = {}
        """How many jobs of each queue were in each state at the last look."""
        self.timings: dict[tuple[str, str], Timing] = {}
        """How long jobs of each queue took that were handed over here, by how they ended."""
        self._watched: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._past = FIRST
        """Behind which outcomes are looked for: when the last that failed ended, and its id."""

    @property
    def store(self) -> JobStore:
        """The table of jobs."""
        return self._store

    async def submit(self, wish: Wish) -> Job | Turned:
        """Have something done, once for each key of an owner; return the job, or why there is none.

        Raises:
            Unavailable: the store cannot be written now; nothing is reserved then.
        """
        if len(wish.payload) > MOST_PAYLOAD:
            return Turned("job/too_large", {"most": MOST_PAYLOAD})
        id_ = self._make_id()
        entry = await self._reserve(wish, id_)
        if isinstance(entry, Turned):
            return entry
        self._reached("job.reserved")
        now = self._clock()
        new = Job(
            id_, wish.space, wish.owner, wish.queue, wish.kind, wish.payload, now, wish.key, wish.reply, entry,
            wish.most_attempts, now,
        )  # fmt: skip
        try:
            kept = await self._store.add(new)
        except BaseException:
            await self._release(entry)
            raise
        if kept.id != id_:
            await self._release(entry)
        else:
            self._reached("job.kept")
            await self._waker.wake(wish.queue)
        return kept

    async def get(self, job: str, owner: str) -> Job | None:
        """Return a job of an owner."""
        return _owned(await self._store.get(job), owner)

    async def cancel(self, job: str, owner: str) -> Job | None:
        """Cancel a job of an owner; return it as it now is, or None when there is none of theirs to cancel."""
        known = await self.get(job, owner)
        cancelled = await self._store.cancel(job, self._clock()) if known else None
        if cancelled is not None and cancelled.over:
            await self._hand_over(cancelled)
        return cancelled

    async def retry(self, job: Job) -> bool:
        """Have a job that failed for good tried from the beginning; whether it had."""
        revived = await self._store.revive(job.id, self._clock())
        if revived:
            await self._waker.wake(job.queue)
        return revived

    async def wait(self, job: str, owner: str, patience: float, seen: Seen | None = None) -> Job | None:
        """Return a job of an owner when what came of it was handed over, or as it is after so many seconds.

        `seen` is told of it at each look, without its payload and its result: at once, every second, and at the end.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + patience
        while True:
            news = self._watched[job]
            known = _owned(await self._store.glance(job), owner)
            if known is not None and seen is not None:
                seen(known)
            left = until - loop.time()
            if known is None or known.told or left <= 0:
                self._watched.pop(job, None)
                return known and await self.get(job, owner)
            try:
                async with asyncio.timeout(min(left, LOOK_AGAIN)):
                    await news.wait()
            except TimeoutError:
                continue

    def heard(self, job: str) -> None:
        """Take a hint that what came of a job was handed over, so that whoever waits for it looks."""
        if (news := self._watched.pop(job, None)) is not None:
            news.set()

    async def tend(self) -> None:
        """Do what must happen now and then: take over what dead workers left, wake for what waits, hand over, forget.

        Raises what the store raises.
        """
        now = self._clock()
        for job in await self._store.lapse(now):
            log.warning("job.lapsed", job=job.id, kind=job.kind, attempt=job.attempts, state=job.state)
        for queue, number in (await self._store.waiting(now)).items():
            await self._waker.wake(queue, min(MOST_WAKES, number - await self._waker.pending(queue)))
        await self.hand_over()
        await self._store.forget(now - KEPT)
        self.counts = await self._store.counts()

    async def forget(self, owner: str) -> None:
        """Forget every job of somebody; what waits or runs is not done, and costs nothing."""
        after = ""
        while jobs := await self._store.of(owner, after):
            for job in jobs:
                if not job.over:
                    await self._release(job.entry)
            after = jobs[-1].id
        await self._store.drop(owner)

    async def hand_over(self) -> None:
        """Hand over what came of every job that is over and was not told yet.

        Many that cannot be handed over keep no other back: the next look goes on behind them, then begins anew.
        """
        failing = 0
        while self._deliver is not None and failing < MOST_FAILING:
            jobs = await self._store.untold(AT_ONCE, self._past)
            told = await asyncio.gather(*(self._hand_over(job) for job in jobs))
            if len(jobs) < AT_ONCE:
                self._past = FIRST
                return
            if not all(told):
                failing += 1
                self._past = jobs[-1].finished, jobs[-1].id

    async def _hand_over(self, job: Job) -> bool:
        """Pay for a job, and tell whoever waits for it; if that fails, it is tried again at the next look."""
        if self._deliver is None:
            return False
        try:
            if job.entry:
                await (self._meter.settle if job.state == "done" else self._meter.release)(job.entry)
            self._reached("job.paid")
            taken = await self._deliver(job)
            self._reached("job.delivered")
        except Exception as error:  # noqa: BLE001  # one that cannot be told keeps no other back
            log.warning("job.not_told", job=job.id, kind=job.kind, fault=type(error).__name__)
            return False
        if await self._store.told(job.id, taken=taken):
            timing = self.timings.setdefault((job.queue, job.state), Timing(BOUNDS))
            timing.observe((job.finished - job.created) / 1000)
        self.heard(job.id)
        self._news(job)
        return True

    async def _reserve(self, wish: Wish, job: str) -> str | Turned:
        if not wish.amount:
            return ""
        return await self._meter.reserve(wish.owner, wish.space, wish.resource, wish.amount, job)

    async def _release(self, entry: str) -> None:
        if entry:
            await self._meter.release(entry)


def _owned(job: Job | None, owner: str) -> Job | None:
    return job if job is not None and job.owner == owner else None
