"""Jobs by the settings: kept in the store, done in this process, by workers of other processes, or both.

With a Redis, workers are woken through it wherever they are; without, by a hint within this process. Does not say what
a kind of job is: `handlers_of` asks the rooms that do them; nor what one costs: `meter`.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, NamedTuple

import msgspec
import structlog
from msgspec import Struct

from taleforge.accounts.ports import Stores
from taleforge.art.work import KIND as PAINT
from taleforge.bootstrap.backups import blobs_of
from taleforge.bootstrap.memory import QUEUE as MEMORY
from taleforge.bootstrap.meter import LedgerMeter
from taleforge.bootstrap.pictures import Brush, painting, picture_quotas
from taleforge.bootstrap.speech import quotas_of, speech_work
from taleforge.bootstrap.stores import Store
from taleforge.errors import Misconfigured, TaleforgeError
from taleforge.jobs.broker import Broker
from taleforge.jobs.local import LocalWaker, LocalWorkers
from taleforge.jobs.ports import Handler
from taleforge.jobs.runner import LEASE, Runner
from taleforge.jobs.service import Jobs
from taleforge.jobs.values import OVER, Job, State
from taleforge.live.ports import Bus, Clock
from taleforge.messages.ids import IdSource
from taleforge.settings import Settings
from taleforge.store.faultpoints import reached
from taleforge.voice.ports import Speech

QUEUES: Final = ("art", "voice", MEMORY)
"""Classes of work, each with workers of its own where there are many."""
CHANNEL: Final = "jobs"
"""Where processes tell each other what happens to jobs."""
TEND_EVERY: Final = 2.0
"""Seconds between two looks at what no message came for."""
PATIENCE: Final = 10.0
"""Seconds that an ending process waits for jobs it has begun."""

log = structlog.get_logger(__name__)


class News(Struct, frozen=True, array_like=True):
    """What happened to a job."""

    job: str
    state: State
    percent: int
    told: bool = False
    """Whether what came of it was handed over."""


Receiver = Callable[[Job], Awaitable[None]]
"""Takes over what came of a job; may be called again with the same."""


class Parts(NamedTuple):
    """What jobs need of a house."""

    store: Store
    stores: Stores
    bus: Bus
    clock: Clock
    ids: IdSource
    node: str
    speech: Speech
    remembering: Mapping[str, Handler]


def handlers_of(
    settings: Settings, paint: Handler, speech: Speech, stores: Stores, now: Callable[[], int]
) -> dict[str, Handler]:
    """Return who does which kind of job; `now` is the time, in milliseconds since 1970."""
    return {PAINT: paint, **speech_work(settings, speech, stores, now)}


@asynccontextmanager
async def working(
    settings: Settings, parts: Parts, queues: Sequence[str], at_once: int, receivers: Mapping[str, Receiver] | None
) -> AsyncGenerator[Jobs]:
    """Open the jobs of a process, which does `at_once` of each of some queues at a time: none, if that is 0.

    What came of jobs is handed to the `receivers` of their kinds; without any, to those of other processes.

    Raises:
        Misconfigured: what wakes workers of other processes is not installed, or what reaches the files.
    """
    async with AsyncExitStack() as opened:
        waker = await _waker(settings, opened)

        def now() -> int:
            return int(parts.clock.now().timestamp() * 1000)

        def told(job: Job) -> None:
            parts.bus.publish(CHANNEL, msgspec.msgpack.encode(News(job.id, job.state, job.progress, told=True)))

        quotas = (*picture_quotas(settings), *quotas_of(settings))
        jobs = Jobs(
            parts.store.jobs, waker, LedgerMeter(parts.stores.ledger, parts.ids, now, quotas),
            None if receivers is None else _deliverer(receivers),
            make_id=lambda: parts.ids("job"), clock=now, news=told, reached=reached,
        )  # fmt: skip
        teller = _Teller(jobs, parts.bus)
        opened.callback(await parts.bus.subscribe(CHANNEL, teller.hear))
        opened.push_async_callback(teller.close)
        brush = Brush(settings)
        opened.push_async_callback(brush.close)
        paint = painting(brush, blobs_of(settings))
        handlers = {**handlers_of(settings, paint, parts.speech, parts.stores, now), **parts.remembering}
        runner = Runner(
            parts.store.jobs, handlers, parts.node, clock=now, news=teller.tell, sleep=parts.clock.sleep,
            reached=reached,
        )  # fmt: skip
        if not settings.store.url:  # nobody else writes there: whoever was at work before is dead
            await parts.store.jobs.lapse(now() + LEASE + 1)
        await _workers(waker, runner, queues, at_once, opened)
        tending = asyncio.create_task(_tend(jobs, parts.clock), name="tending of jobs")
        opened.push_async_callback(_ended, tending)
        yield jobs


def _deliverer(receivers: Mapping[str, Receiver]) -> Callable[[Job], Awaitable[bool]]:
    """Return what hands jobs to the receivers of their kinds; what nobody receives stays with the job."""

    async def deliver(job: Job) -> bool:
        receive = receivers.get(job.kind)
        if receive is not None:
            await receive(job)
        return receive is not None

    return deliver


async def _waker(settings: Settings, opened: AsyncExitStack) -> LocalWaker | Broker:
    redis = settings.redis
    if not redis.url:
        return LocalWaker()
    try:
        broker = Broker(redis.url, redis.prefix, redis.timeout)
    except Misconfigured:
        if settings.jobs.here == 0:
            raise
        return LocalWaker()  # what is begun here is done here
    opened.push_async_callback(broker.close)
    return broker


async def _workers(
    waker: LocalWaker | Broker, runner: Runner, queues: Sequence[str], at_once: int, opened: AsyncExitStack
) -> None:
    if not at_once:
        return
    if isinstance(waker, LocalWaker):
        opened.push_async_callback(LocalWorkers(runner, waker, queues, at_once).close)
        return
    workers = [waker.workers(runner, queue, at_once) for queue in queues]
    for each in workers:
        each.open()

    async def close() -> None:
        await asyncio.gather(*(each.close(PATIENCE) for each in workers))

    opened.push_async_callback(close)


class _Teller:
    """Tells every process what happens to jobs here, and hands over what came of those that ended."""

    def __init__(self, jobs: Jobs, bus: Bus) -> None:
        self._jobs = jobs
        self._bus = bus
        self._handing: asyncio.Task[None] | None = None
        self._again = False

    def tell(self, job: str, state: State, percent: int) -> None:
        """Tell what happened; as a runner's news."""
        self._bus.publish(CHANNEL, msgspec.msgpack.encode(News(job, state, percent)))
        if state in OVER:
            self._over()

    def hear(self, data: bytes) -> None:
        """Take what another process tells."""
        try:
            news = msgspec.msgpack.decode(data, type=News)
        except msgspec.DecodeError:  # of a newer version
            return
        if news.told:
            self._jobs.heard(news.job)
        elif news.state in OVER:
            self._over()

    async def close(self) -> None:
        """Hand over what is left, if that can be done."""
        if self._handing is not None:
            await asyncio.gather(self._handing, return_exceptions=True)

    def _over(self) -> None:
        """Hand over what is there, once more if somebody is at it."""
        self._again = True
        if self._handing is None or self._handing.done():
            self._handing = asyncio.create_task(self._hand_over(), name="handing over of jobs")

    async def _hand_over(self) -> None:
        while self._again:
            self._again = False
            await self._try()

    async def _try(self) -> None:
        try:
            await self._jobs.hand_over()
        except TaleforgeError as error:
            log.warning("job.not_told", fault=type(error).__name__)


async def _tend(jobs: Jobs, clock: Clock) -> None:
    while True:
        try:
            await jobs.tend()
        except TaleforgeError as error:  # the store may be back at the next look
            log.warning("job.not_tended", fault=type(error).__name__)
        await clock.sleep(TEND_EVERY)


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
