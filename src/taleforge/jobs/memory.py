"""Jobs kept in memory: for tests, and for a process that nobody asks after it ended. Nothing outlives the process."""

from collections import Counter
from collections.abc import Mapping

from msgspec.structs import replace

from taleforge.jobs.values import Job, Outcome, State


class MemoryJobs:
    """Jobs in a dictionary (`JobStore`)."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    async def add(self, job: Job) -> Job:
        """Keep a new job."""
        same = (known for known in self._jobs.values() if job.key and (known.owner, known.key) == (job.owner, job.key))
        known = next(same, None)
        return known or self._keep(replace(job, turn=self._turn(job)))

    async def get(self, job: str) -> Job | None:
        """Return a job."""
        return self._jobs.get(job)

    async def glance(self, job: str) -> Job | None:
        """Return a job without what may be large."""
        known = self._jobs.get(job)
        return known and replace(known, payload=b"", result=b"")

    async def of(self, owner: str, after: str = "", limit: int = 100) -> list[Job]:
        """Return jobs of an owner, the newest first."""
        return self._page([job for job in self._jobs.values() if job.owner == owner], after, limit)

    async def ahead(self, job: Job) -> int:
        """Return how many jobs come before a job that waits."""
        return sum(_order(other) < _order(job) for other in self._queued(job.queue))

    async def claim(self, queue: str, worker: str, now: int, lease: int) -> Job | None:
        """Begin the job whose turn it is."""
        ready = [job for job in self._queued(queue) if job.ready <= now]
        if not ready:
            return None
        job = min(ready, key=_order)
        return self._keep(
            replace(job, state="running", attempts=job.attempts + 1, worker=worker, lease=lease, progress=0)
        )

    async def beat(self, job: str, attempt: int, progress: int, lease: int) -> bool:
        """Prolong a running job's lease."""
        known = self._running(job, attempt)
        if known is None or known.unwanted:
            return False
        self._keep(replace(known, progress=progress, lease=lease))
        return True

    async def finish(self, job: str, attempt: int, outcome: Outcome, now: int) -> Job | None:
        """End a running job."""
        known = self._running(job, attempt)
        if known is None:
            return None
        return self._keep(_ended(known, Outcome("cancelled") if known.unwanted else outcome, now))

    async def again(self, job: str, attempt: int, error: str, ready: int, now: int) -> bool:
        """Put a running job back."""
        known = self._running(job, attempt)
        if known is None:
            return False
        back = replace(known, state="queued", error=error, ready=ready, worker="", lease=0)
        self._keep(_ended(back, Outcome("cancelled"), now) if known.unwanted else back)
        return True

    async def cancel(self, job: str, now: int) -> Job | None:
        """Cancel a job that is not over."""
        known = self._jobs.get(job)
        if known is None or known.over:
            return None
        if known.state == "running":
            return self._keep(replace(known, unwanted=True))
        return self._keep(_ended(replace(known, unwanted=True), Outcome("cancelled"), now))

    async def lapse(self, now: int) -> list[Job]:
        """Put back, or fail, every running job whose lease is over."""
        lost = [job for job in self._jobs.values() if job.state == "running" and job.lease < now]
        return [self._keep(_lapsed(job, now)) for job in sorted(lost, key=lambda job: job.id)]

    async def failed(self, space: str, after: str = "", limit: int = 100) -> list[Job]:
        """Return jobs that failed for good."""
        ended = [job for job in self._jobs.values() if job.state == "failed" and job.space == space]
        return self._page(ended, after, limit)

    async def revive(self, job: str, now: int) -> bool:
        """Let a failed job be tried again."""
        known = self._jobs.get(job)
        if known is None or known.state != "failed":
            return False
        self._keep(replace(known, state="queued", attempts=0, ready=now, finished=0, told=False, unwanted=False))
        return True

    async def untold(self, limit: int = 100, after: tuple[int, str] = (0, "")) -> list[Job]:
        """Return jobs whose outcome nobody was told."""
        ended = [job for job in self._jobs.values() if job.over and not job.told and (job.finished, job.id) > after]
        return sorted(ended, key=lambda job: (job.finished, job.id))[:limit]

    async def told(self, job: str, *, taken: bool = False) -> bool:
        """Note that an outcome was handed over."""
        known = self._jobs.get(job)
        if known is None or not known.over or known.told:
            return False
        self._keep(replace(known, told=True, result=b"" if taken else known.result))
        return True

    async def waiting(self, now: int) -> Mapping[str, int]:
        """Return how many jobs could be begun now."""
        return Counter(job.queue for job in self._jobs.values() if job.state == "queued" and job.ready <= now)

    async def counts(self) -> Mapping[tuple[str, State], int]:
        """Return how many jobs are in each state."""
        return Counter((job.queue, job.state) for job in self._jobs.values())

    async def forget(self, before: int) -> int:
        """Forget jobs that were over long ago."""
        old = [job.id for job in self._jobs.values() if job.told and job.over and job.finished < before]
        for job in old:
            del self._jobs[job]
        return len(old)

    async def drop(self, owner: str) -> None:
        """Forget every job of an owner."""
        self._jobs = {id_: job for id_, job in self._jobs.items() if job.owner != owner}

    def _keep(self, job: Job) -> Job:
        self._jobs[job.id] = job
        return job

    def _queued(self, queue: str) -> list[Job]:
        return [job for job in self._jobs.values() if job.queue == queue and job.state == "queued"]

    def _running(self, job: str, attempt: int) -> Job | None:
        known = self._jobs.get(job)
        return known if known and known.state == "running" and known.attempts == attempt else None

    def _turn(self, job: Job) -> int:
        """Return the turn of a new job: after its owner's others, and not before where its queue is now."""
        active = [other for other in self._jobs.values() if other.queue == job.queue and not other.over]
        mine = [other.turn + 1 for other in active if other.owner == job.owner]
        running = [other.turn for other in active if other.state == "running"]
        now = max(running) if running else min((other.turn for other in active), default=0)
        return max([*mine, now])

    @staticmethod
    def _page(jobs: list[Job], after: str, limit: int) -> list[Job]:
        newest = sorted(jobs, key=lambda job: job.id, reverse=True)
        return [job for job in newest if not after or job.id < after][:limit]


def _order(job: Job) -> tuple[int, str]:
    return job.turn, job.id


def _ended(job: Job, outcome: Outcome, now: int) -> Job:
    progress = 100 if outcome.state == "done" else job.progress
    return replace(
        job, state=outcome.state, result=outcome.result, error=outcome.error, finished=now, progress=progress,
        worker="", lease=0,
    )  # fmt: skip


def _lapsed(job: Job, now: int) -> Job:
    if job.unwanted:
        return _ended(job, Outcome("cancelled"), now)
    if job.attempts >= job.most_attempts:
        return _ended(job, Outcome("failed", error="job/worker_lost"), now)
    return replace(job, state="queued", error="job/worker_lost", worker="", lease=0)
