"""Whoever works: takes the job whose turn it is, does it while its lease is kept alive, stores what came of it once.

A handler that raises is tried again a while later, with more and more time between; one that says `Rejected` is not. A
process that dies leaves a lease that runs out, and another begins the job again. Does not know what a job is about.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from taleforge.jobs.ports import Handler, JobStore, Rejected
from taleforge.jobs.values import Job, Outcome, State

LEASE: Final = 15_000
"""Milliseconds after which a worker that says nothing is believed to be dead."""
FIRST_PAUSE: Final = 1_000
"""Milliseconds before the second attempt; each further one waits four times as long as the one before."""
LONGEST_PAUSE: Final = 300_000

News = Callable[[str, State, int], None]
"""Told of a job: its id, its state, and how many percent of it are done."""

log = structlog.get_logger(__name__)


class Running:
    """A job at work (`Task`)."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.percent = 0

    @property
    def job(self) -> Job:
        """The job, as it was when it began."""
        return self._job

    def progress(self, percent: int) -> None:
        """Say how far it is."""
        self.percent = max(0, min(99, percent))


class Runner:
    """Does jobs, one for each call of `run_next`.

    Args:
        store: The table of jobs.
        handlers: Who does which kind.
        worker: What this worker is called.
        clock: The time, in milliseconds since 1970.
        sleep: Returns after so many seconds.
        news: Told of each job that begins, goes on or ends here, with its state and percent; must not raise.
        lease: See `LEASE`.
        reached: Told where a job is, at the places where tests of crash safety strike.
    """

    def __init__(
        self,
        store: JobStore,
        handlers: Mapping[str, Handler],
        worker: str,
        *,
        clock: Callable[[], int],
        news: News,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        lease: int = LEASE,
        reached: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self._store = store
        self._handlers = handlers
        self._worker = worker
        self._clock = clock
        self._sleep = sleep
        self._news = news
        self._lease = lease
        self._reached = reached

    async def run_next(self, queue: str) -> bool:
        """Do the next job of a queue; whether there was one. Raises what the store raises."""
        now = self._clock()
        job = await self._store.claim(queue, self._worker, now, now + self._lease)
        if job is None:
            return False
        self._reached("job.begun")
        self._news(job.id, "running", 0)
        try:
            outcome = await self._outcome(job)
        except asyncio.CancelledError:  # the worker ends: another one begins the job again, at once
            now = self._clock()
            await asyncio.shield(self._store.again(job.id, job.attempts, "job/worker_stopped", now, now))
            raise
        await self._end(job, outcome)
        return True

    async def _outcome(self, job: Job) -> Outcome | None:
        """Return how a job ended; None when it is to be tried again."""
        task = Running(job)
        work = asyncio.ensure_future(self._handle(task))
        beating = asyncio.create_task(self._beat(task, work), name=f"lease of {job.id}")
        try:
            return Outcome("done", await work)
        except Rejected as error:
            return Outcome("failed", error=error.code)
        except asyncio.CancelledError:
            if beating.done() and not beating.cancelled():  # it was the beat that stopped the work
                return Outcome("cancelled")
            work.cancel()
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, the worker goes on
            log.warning("job.failed", job=job.id, kind=job.kind, attempt=job.attempts, fault=type(error).__name__)
            code = getattr(error, "code", None)
            return None if job.attempts < job.most_attempts else Outcome("failed", error=str(code or "job/fault"))
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def _handle(self, task: Running) -> bytes:
        handler = self._handlers.get(task.job.kind)
        if handler is None:
            raise Rejected("job/unknown_kind")
        return await handler(task)

    async def _beat(self, task: Running, work: "asyncio.Future[bytes]") -> None:
        """Prolong the lease while the work goes on; stop the work when it is nobody's any more."""
        job = task.job
        while True:
            await self._sleep(self._lease / 3_000)
            try:
                wanted = await self._store.beat(job.id, job.attempts, task.percent, self._clock() + self._lease)
            except Exception as error:  # noqa: BLE001  # the store may be back before the lease is over
                log.warning("job.not_beaten", job=job.id, fault=type(error).__name__)
                continue
            if not wanted:
                work.cancel()
                return
            self._news(job.id, "running", task.percent)

    async def _end(self, job: Job, outcome: Outcome | None) -> None:
        """Store how a job ended, or that it is to be tried again; it may be another worker's by now."""
        self._reached("job.worked")
        now = self._clock()
        if outcome is None:
            await self._store.again(job.id, job.attempts, "job/fault", now + pause(job.attempts), now)
        elif (ended := await self._store.finish(job.id, job.attempts, outcome, now)) is not None:
            self._reached("job.stored")
            self._news(job.id, ended.state, ended.progress)


def pause(attempts: int) -> int:
    """Return the milliseconds before the next attempt after so many."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 4 ** (attempts - 1))
