"""A shop of jobs for tests: a clock that is set by hand, handlers that do as they are told, a ledger that remembers."""

import asyncio
from itertools import count

from taleforge.jobs.local import LocalWaker
from taleforge.jobs.memory import MemoryJobs
from taleforge.jobs.ports import Handler, JobStore
from taleforge.jobs.runner import Runner
from taleforge.jobs.service import Jobs
from taleforge.jobs.values import OVER, Job, State, Turned, Wish

WISH = Wish("spc_1", "ann", "art", "portrait", b"an elf")


class Sleeper:
    """Sleeps until it is woken by hand."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    async def __call__(self, _seconds: float) -> None:
        """Sleep until `pass_on`."""
        night: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(night)
        await night

    async def pass_on(self) -> None:
        """Let everybody who sleeps wake, and do what they do until they sleep again."""
        await quiet()
        waiting, self._waiting = self._waiting, []
        for night in waiting:
            if not night.done():
                night.set_result(None)
        await quiet()


async def quiet() -> None:
    """Let everything happen that can happen now."""
    for _ in range(20):
        await asyncio.sleep(0)


class Ledger:
    """A ledger with so much money."""

    def __init__(self, left: int = 1000) -> None:
        self.left = left
        self.entries: dict[str, str] = {}

    async def reserve(self, owner: str, space: str, resource: str, amount: int, job: str) -> str | Turned:
        """Reserve some."""
        if amount > self.left:
            return Turned("quota/exceeded", {"resource": resource})
        self.left -= amount
        self.entries[job] = "reserved"
        return job

    async def settle(self, entry: str) -> None:
        """Let it count."""
        self.entries[entry] = "settled"

    async def release(self, entry: str) -> None:
        """Let it count nothing."""
        self.entries[entry] = "released"


class Shop:
    """Jobs and a runner on one store."""

    def __init__(self, store: JobStore | None = None) -> None:
        self.store = store or MemoryJobs()
        self.now = 1_000
        self.waker = LocalWaker()
        self.ledger = Ledger()
        self.sleeper = Sleeper()
        self.delivered: list[Job] = []
        self.undeliverable = 0
        self.poison: frozenset[str] = frozenset()
        """Jobs whose outcome can never be handed over."""
        self.heard: list[tuple[str, State, int]] = []
        self.ended: asyncio.Queue[str] = asyncio.Queue()
        self.handlers: dict[str, Handler] = {}
        ids = count(1)
        self.jobs = Jobs(
            self.store, self.waker, self.ledger, self._deliver, make_id=lambda: f"job_{next(ids):04}",
            clock=lambda: self.now,
        )  # fmt: skip

    def runner(self, name: str = "w1") -> Runner:
        """Return a worker."""
        return Runner(
            self.store, self.handlers, name, clock=lambda: self.now, sleep=self.sleeper, lease=900,
            news=self._hear,
        )  # fmt: skip

    async def submit(self, wish: Wish = WISH) -> Job:
        """Submit a wish that is not turned down."""
        job = await self.jobs.submit(wish)
        assert isinstance(job, Job)
        return job

    async def job(self, job: str) -> Job:
        """Return a job that is there."""
        found = await self.store.get(job)
        assert found is not None
        return found

    def _hear(self, job: str, state: State, percent: int) -> None:
        self.heard.append((job, state, percent))
        if state in OVER:
            self.ended.put_nowait(job)

    async def _deliver(self, job: Job) -> bool:
        if self.undeliverable:
            self.undeliverable -= 1
            raise ConnectionError
        if job.id in self.poison:
            raise ValueError
        self.delivered.append(job)
        return True
