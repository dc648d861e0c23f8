"""What jobs need of the outside: where they are kept, who wakes workers, who does the work, who pays.

One contract suite runs on every `JobStore`. Does not implement anything.
"""

from collections.abc import Awaitable, Mapping
from typing import Protocol

from taleforge.jobs.values import Job, Outcome, State, Turned


class JobStore(Protocol):
    """The table of jobs. Each method is atomic, and durable on return; raises Unavailable or StoreFull.

    A crash of the database may undo the last `claim` and `told`: the job is begun, or its outcome handed over, again.
    """

    async def add(self, job: Job) -> Job:
        """Keep a new job and return it with its turn; the earlier one when its owner used its key before."""
        ...

    async def get(self, job: str) -> Job | None:
        """Return a job."""
        ...

    async def glance(self, job: str) -> Job | None:
        """Return a job without its payload and its result, which may be large."""
        ...

    async def of(self, owner: str, after: str = "", limit: int = 100) -> list[Job]:
        """Return jobs of an owner, the newest first, whose ids come before `after` (empty: from the first)."""
        ...

    async def ahead(self, job: Job) -> int:
        """Return how many jobs of its queue come before a job that waits."""
        ...

    async def claim(self, queue: str, worker: str, now: int, lease: int) -> Job | None:
        """Begin the job whose turn it is in a queue, and return it; None when none waits.

        Two that claim at once never get the same job.
        """
        ...

    async def beat(self, job: str, attempt: int, progress: int, lease: int) -> bool:
        """Prolong a running job's lease; whether that attempt is still the one, and still wanted."""
        ...

    async def finish(self, job: str, attempt: int, outcome: Outcome, now: int) -> Job | None:
        """End a running job; return it as it now is, or None when that attempt is not the one any more.

        One that was cancelled meanwhile is cancelled, whatever came of it.
        """
        ...

    async def again(self, job: str, attempt: int, error: str, ready: int, now: int) -> bool:
        """Put a running job back, not to be begun before a moment, unless it was cancelled, which it then is.

        Return whether that attempt was still the one.
        """
        ...

    async def cancel(self, job: str, now: int) -> Job | None:
        """Cancel a job that waits at once, and one that runs at its next beat; None when it is over or unknown."""
        ...

    async def lapse(self, now: int) -> list[Job]:
        """Put back every running job whose lease is over, or fail it after its last attempt; return them."""
        ...

    async def failed(self, space: str, after: str = "", limit: int = 100) -> list[Job]:
        """Return jobs of a space that failed for good (dead letters), the newest first, as `of` pages them."""
        ...

    async def revive(self, job: str, now: int) -> bool:
        """Let a failed job be tried from the beginning again; whether it had failed."""
        ...

    async def untold(self, limit: int = 100, after: tuple[int, str] = (0, "")) -> list[Job]:
        """Return jobs that are over and whose outcome nobody was told, the oldest first.

        Only those that ended after a moment, or at it with an id after `after`'s.
        """
        ...

    async def told(self, job: str, *, taken: bool = False) -> bool:
        """Note that the outcome of a job was handed over; whether that is new. A result that was taken goes."""
        ...

    async def waiting(self, now: int) -> Mapping[str, int]:
        """Return how many jobs of each queue could be begun now."""
        ...

    async def counts(self) -> Mapping[tuple[str, State], int]:
        """Return how many jobs of each queue are in each state."""
        ...

    async def forget(self, before: int) -> int:
        """Forget jobs that were over, and told, before a moment; return how many."""
        ...

    async def drop(self, owner: str) -> None:
        """Forget every job of an owner, also one that runs: its worker stops at the next beat."""
        ...


class Waker(Protocol):
    """Tells workers that jobs wait. A hint: what is lost is told again, and once too often does no harm."""

    async def wake(self, queue: str, times: int = 1) -> None:
        """Tell so many workers of a queue that a job waits. Never raises; never waits for long."""
        ...

    async def pending(self, queue: str) -> int:
        """Return how many such hints nobody has taken yet."""
        ...


class Task(Protocol):
    """What a handler is given to do its work with."""

    @property
    def job(self) -> Job:
        """The job, as it was when it began."""
        ...

    def progress(self, percent: int) -> None:
        """Say how far it is; told to others at the next beat."""
        ...


class Handler(Protocol):
    """Does the work of a kind of job."""

    def __call__(self, task: Task, /) -> Awaitable[bytes]:
        """Return the result; cancelled when the job is.

        Raises:
            Rejected: it cannot be done, however often it is tried.
            Exception: it went wrong this time.
        """
        ...


class Meter(Protocol):
    """The ledger, as far as jobs use it: reserve before the work, settle on the result, release on failure."""

    async def reserve(self, owner: str, space: str, resource: str, amount: int, job: str) -> str | Turned:
        """Return the id of a reservation, or why there is none."""
        ...

    async def settle(self, entry: str) -> None:
        """Let a reservation count. Once too often does no harm."""
        ...

    async def release(self, entry: str) -> None:
        """Let a reservation count nothing. Once too often does no harm."""
        ...


class Rejected(Exception):
    """A handler's word that a job cannot be done, with a code and what it was about."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
