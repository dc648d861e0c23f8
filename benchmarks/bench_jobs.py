"""Jobs through the whole path, beside bare dramatiq on the same Redis: keep, wake, claim, do, store, hand over.

Starts a PostgreSQL and a Redis of its own and one worker process for each side; says so and measures nothing where
they are not installed.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing import get_context
from multiprocessing.synchronize import Event as Signal
from statistics import median
from typing import Any

from benchmarks.measure import Ratio, Row, Time
from benchmarks.servers import servers
from taleforge.bootstrap.meter import LedgerMeter
from taleforge.jobs.broker import Broker
from taleforge.jobs.ports import Task
from taleforge.jobs.runner import Runner
from taleforge.jobs.service import Jobs
from taleforge.jobs.values import Job, Wish
from taleforge.live.system import SystemIds
from taleforge.store.belongings import in_sql
from taleforge.store.postgresql import open_store

WANTED = 800
"""Jobs a second, at least."""
AT_ONCE = 16
"""Jobs that one worker does at a time, and wishes that come at a time."""
OWNERS = 20
ROUNDS = 5
"""So often each is measured, in turn: of one and the same, single rounds differ by half."""
Prefixed = tuple[str, str]
"""A Redis, and what its keys begin with."""


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Measure with jobs that do nothing."""
    number = 100 if smoke else 3_000
    with servers() as both:
        if both is None:
            return []
        database, messages = both
        rounds = [_round(database, messages, number) for _ in range(1 if smoke else ROUNDS)]
    ours, paid, bare = (median(times) for times in zip(*rounds, strict=True))
    return [
        Time(
            f"a job that does nothing, through the whole path, one worker doing {AT_ONCE} at a time", ours, 1 / WANTED
        ),
        Time("the same, with what it costs reserved in the ledger and settled", paid, 1 / WANTED),
        Time("a message through bare dramatiq, with as many threads", bare),
        Ratio("jobs, as many times as fast as bare dramatiq", bare / ours, 0.5),
    ]


def _round(database: Any, messages: Any, number: int) -> tuple[float, float, float]:
    """Return the seconds of a job, of one that costs something, and of a bare message, measured close together."""
    bare = _bare(_prefixed(messages), number)
    ours = asyncio.run(_ours(database.database(), _prefixed(messages), number, paid=0))
    paid = asyncio.run(_ours(database.database(), _prefixed(messages), number, paid=1))
    return ours, paid, bare


def _prefixed(server: Any) -> Prefixed:
    settings = server.settings()
    return settings.url, settings.prefix


@contextmanager
def _working(work: Callable[..., None], *given: object) -> Iterator[Signal]:
    """Let another process work; gives the signal that it has done all."""
    context = get_context("spawn")
    ready, done = context.Event(), context.Event()
    process = context.Process(target=work, args=(*given, ready, done), daemon=True)
    process.start()
    ready.wait()
    yield done
    process.kill()
    process.join()


def _bare(redis: Prefixed, number: int) -> float:
    """Return the seconds that a message takes from being sent until it is done."""
    actor = _actor(redis, lambda: None)
    with _working(_bare_worker, redis, number) as done:
        begun = time.perf_counter()
        for _ in range(number):
            actor.send()
        done.wait()
        return (time.perf_counter() - begun) / number


def _actor(redis: Prefixed, call: Callable[[], None]) -> Any:
    import dramatiq  # noqa: PLC0415
    from dramatiq.brokers.redis import RedisBroker  # noqa: PLC0415

    broker: Any = RedisBroker(url=redis[0], namespace=f"{redis[1]}:bare", middleware=[])
    declare: Any = dramatiq.actor
    return declare(call, actor_name="nothing", broker=broker)


def _bare_worker(redis: Prefixed, number: int, ready: Signal, done: Signal) -> None:
    import dramatiq  # noqa: PLC0415

    finished = count(1)
    actor = _actor(redis, lambda: done.set() if next(finished) == number else None)
    dramatiq.Worker(actor.broker, worker_threads=AT_ONCE, worker_timeout=100).start()
    ready.set()
    time.sleep(600)


async def _ours(database: str, redis: Prefixed, number: int, paid: int) -> float:
    """Return the seconds that a job takes from the wish until its result was handed over; it costs so much."""
    store = await open_store(database)
    broker = Broker(*redis, 1.0)
    ids, told = count(), asyncio.Event()
    left = number

    async def deliver(_job: Job) -> bool:
        nonlocal left
        left -= 1
        if not left:
            told.set()
        return True

    meter = LedgerMeter(in_sql(store).ledger, SystemIds(), _now)
    jobs = Jobs(store.jobs, broker, meter, deliver, make_id=lambda: f"job_{next(ids):08}", clock=_now)
    with _working(_our_worker, database, redis):
        begun = time.perf_counter()
        handing = asyncio.create_task(_hand_over(jobs))
        room = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(_submit(jobs, room, owner % OWNERS, paid) for owner in range(number)))
        await told.wait()
        taken = time.perf_counter() - begun
    handing.cancel()
    await store.close()
    return taken / number


async def _submit(jobs: Jobs, room: asyncio.Semaphore, owner: int, paid: int) -> None:
    async with room:
        await jobs.submit(Wish("spc_1", f"usr_{owner}", "nothing", "nothing", b"", resource="nothing", amount=paid))


async def _hand_over(jobs: Jobs) -> None:
    while True:
        await jobs.hand_over()
        await asyncio.sleep(0.01)


def _our_worker(database: str, redis: Prefixed, ready: Signal, _done: Signal) -> None:
    asyncio.run(_work(database, redis, ready))


async def _work(database: str, redis: Prefixed, ready: Signal) -> None:
    store = await open_store(database)
    runner = Runner(store.jobs, {"nothing": _nothing}, "worker", clock=_now, news=lambda _job, _state, _percent: None)
    Broker(*redis, 1.0).workers(runner, "nothing", AT_ONCE).open()
    ready.set()
    await asyncio.sleep(600)


async def _nothing(_task: Task) -> bytes:
    return b""


def _now() -> int:
    return int(time.time() * 1000)
