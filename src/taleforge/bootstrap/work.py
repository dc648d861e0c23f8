"""Jobs by the settings: kept in the store, done in this process, by workers of other processes, or both.

With a Redis, workers are woken through it wherever they are; without, by a hint within this process. Does not say what
a kind of job is: `handlers_of` asks the rooms that do them.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import structlog
from msgspec import Struct

from taleforge.accounts.ports import LedgerStore, Stores
from taleforge.accounts.values import Entry, Quota
from taleforge.art.work import KIND as PAINT
from taleforge.bootstrap.buses import bus_of
from taleforge.bootstrap.language import models_of
from taleforge.bootstrap.memory import QUEUE as MEMORY
from taleforge.bootstrap.memory import meaning_of, remembering
from taleforge.bootstrap.pictures import painting, picture_quotas
from taleforge.bootstrap.speech import quotas_of, speech_of, speech_work
from taleforge.bootstrap.stores import Store, open_for
from taleforge.errors import BadInput, Misconfigured, TaleforgeError
from taleforge.jobs.broker import Broker
from taleforge.jobs.local import LocalWaker, LocalWorkers
from taleforge.jobs.ports import Handler
from taleforge.jobs.runner import Runner
from taleforge.jobs.service import Jobs
from taleforge.jobs.values import OVER, Job, State, Turned
from taleforge.live.ports import Bus, Clock
from taleforge.live.system import SystemClock, SystemIds
from taleforge.messages.ids import IdSource
from taleforge.settings import Settings
from taleforge.store.belongings import in_sql
from taleforge.store.faultpoints import reached
from taleforge.store.memories import SqlMemories
from taleforge.voice.ports import Speech

if TYPE_CHECKING:
    from taleforge.models.setup import Models

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


class LedgerMeter:
    """The ledger, as jobs use it: an entry for the person, the space and the server; its amount goes along with its id.

    Args:
        ledger: Keeps the entries.
        ids: Makes their ids.
        now: The time, in milliseconds since 1970.
        quotas: What is limited, for whom.
    """

    def __init__(
        self, ledger: LedgerStore, ids: IdSource, now: Callable[[], int], quotas: Sequence[Quota] = ()
    ) -> None:
        self._ledger = ledger
        self._ids = ids
        self._now = now
        self._quotas = tuple(quotas)

    async def reserve(self, owner: str, space: str, resource: str, amount: int, job: str) -> str | Turned:
        """Return the id of a reservation, or why there is none."""
        owners = (f"person:{owner}", f"space:{space}", "server")
        entry = Entry(self._ids("job"), owners, resource, amount, self._now(), job=job)
        limits = [
            (one, quota) for one in owners for quota in self._quotas
            if (quota.owner, quota.resource) == (one.partition(":")[0], resource)
        ]  # fmt: skip
        exceeded = await self._ledger.reserve(entry, limits)
        if exceeded is None:
            return f"{entry.id}:{amount}"
        return Turned("quota/exceeded", {"resource": resource, "most": exceeded.most, "owner": exceeded.owner})

    async def settle(self, entry: str) -> None:
        """Let a reservation count."""
        id_, _, amount = entry.partition(":")
        await self._ledger.settle(id_, int(amount))

    async def release(self, entry: str) -> None:
        """Let a reservation count nothing."""
        await self._ledger.release(entry.partition(":")[0])


def handlers_of(settings: Settings, speech: Speech, stores: Stores, now: Callable[[], int]) -> dict[str, Handler]:
    """Return who does which kind of job; `now` is the time, in milliseconds since 1970."""
    return {PAINT: painting(settings), **speech_work(settings, speech, stores, now)}


@asynccontextmanager
async def working(
    settings: Settings, parts: Parts, queues: Sequence[str], at_once: int, receivers: Mapping[str, Receiver] | None
) -> AsyncGenerator[Jobs]:
    """Open the jobs of a process, which does `at_once` of some queues at a time: none, if that is 0.

    What came of jobs is handed to the `receivers` of their kinds; without any, to those of other processes.

    Raises:
        Misconfigured: what wakes workers of other processes is not installed.
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
        handlers = {**handlers_of(settings, parts.speech, parts.stores, now), **parts.remembering}
        runner = Runner(
            parts.store.jobs, handlers, parts.node, clock=now, news=teller.tell, sleep=parts.clock.sleep,
            reached=reached,
        )  # fmt: skip
        await _workers(waker, runner, queues, at_once, opened)
        tending = asyncio.create_task(_tend(jobs, parts.clock), name="tending of jobs")
        opened.push_async_callback(_ended, tending)
        yield jobs


class Workshop(NamedTuple):
    """What a process has that does jobs and plays no table."""

    jobs: Jobs
    store: Store
    bus: Bus
    speech: Speech
    models: "Models | None"


@asynccontextmanager
async def workshop(settings: Settings, queues: Sequence[str], at_once: int) -> AsyncGenerator[Workshop]:
    """Open what a process needs that does jobs and plays no table.

    Raises:
        BadInput: there is no such queue.
        Misconfigured: other processes cannot give it jobs, or a server does not let us in.
        Damaged, TooNew, Unavailable: the store cannot be opened.
    """
    unknown = [queue for queue in queues if queue not in QUEUES]
    if unknown:
        raise BadInput(f"There is no queue {unknown[0]}.", f"There are {' and '.join(QUEUES)}.")
    if not (settings.store.url and settings.redis.url):
        raise Misconfigured(
            "A worker of its own needs a database and a Redis that it shares with the server.",
            "Set store.url and redis.url; without them `taleforge serve` does the jobs itself.",
        )
    async with AsyncExitStack() as opened:
        store = await open_for(settings)
        opened.push_async_callback(store.close)
        bus = await opened.enter_async_context(bus_of(settings.nats, settings.redis))
        node = f"worker_{secrets.token_hex(8)}"
        speech = speech_of(settings)
        opened.push_async_callback(speech.close)
        clock, ids, stores = SystemClock(), SystemIds(), in_sql(store)
        handlers: dict[str, Handler] = {}
        models = None
        if MEMORY in queues:
            models = models_of(settings, stores, ids, clock) if settings.model.embedding else None
            if models is not None:
                opened.push_async_callback(models.close)
            meaning = await opened.enter_async_context(meaning_of(settings, store, models))
            handlers = remembering(meaning, SqlMemories(store))
        parts = Parts(store, stores, bus, clock, ids, node, speech, handlers)
        elsewhere = msgspec.structs.replace(settings, jobs=msgspec.structs.replace(settings.jobs, here=0))
        jobs = await opened.enter_async_context(working(elsewhere, parts, queues, at_once, None))
        yield Workshop(jobs, store, bus, speech, models)


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
    workers = waker.workers(runner, queues, at_once)
    workers.open()
    opened.push_async_callback(workers.close, PATIENCE)


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
        self._jobs.heard(news.job)
        if news.state in OVER and not news.told:
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
