"""Workers: what comes of a job that works, fails, is cancelled, or loses its worker."""

import asyncio

import pytest
from msgspec.structs import replace

from taleforge.errors import Unavailable
from taleforge.jobs.local import LocalWorkers
from taleforge.jobs.ports import Rejected, Task
from taleforge.jobs.runner import LONGEST_PAUSE, pause
from taleforge.jobs.values import Job
from tests.jobs.shop import WISH, Shop, quiet


@pytest.fixture
def shop() -> Shop:
    """A shop whose portraits are the payload in capitals."""
    shop = Shop()

    async def paint(task: Task) -> bytes:
        return task.job.payload.upper()

    shop.handlers["portrait"] = paint
    return shop


async def test_a_job_is_done_once(shop: Shop) -> None:
    """With its result; then nothing waits any more."""
    job = await shop.submit()

    assert await shop.runner().run_next("art")
    assert not await shop.runner().run_next("art")
    done = await shop.job(job.id)
    assert (done.state, done.result, done.attempts, done.finished) == ("done", b"AN ELF", 1, 1000)
    assert shop.heard == [(job.id, "running", 0), (job.id, "done", 100)]


async def test_what_fails_is_tried_again_with_longer_and_longer_pauses(shop: Shop) -> None:
    """And is a dead letter after its last attempt, with the code of what went wrong."""

    async def fail(task: Task) -> bytes:
        raise ConnectionError

    shop.handlers["portrait"] = fail
    job = await shop.submit()
    for wait in (1_000, 4_000):
        assert await shop.runner().run_next("art")
        assert not await shop.runner().run_next("art")
        shop.now += wait
    await shop.runner().run_next("art")

    assert [(each.state, each.error, each.attempts) for each in await shop.store.failed("spc_1")] == [
        ("failed", "job/fault", 3)
    ]
    assert (await shop.job(job.id)).over
    assert pause(50) == LONGEST_PAUSE


async def test_what_cannot_be_done_is_not_tried_again(shop: Shop) -> None:
    """Neither what a handler rejects, nor a kind that nobody does."""

    async def reject(task: Task) -> bytes:
        raise Rejected("art/prompt")

    shop.handlers["portrait"] = reject
    first = await shop.submit()
    second = await shop.submit(replace(WISH, kind="sculpture"))
    await shop.runner().run_next("art")
    await shop.runner().run_next("art")

    assert (await shop.job(first.id)).error == "art/prompt"
    assert (await shop.job(second.id)).error == "job/unknown_kind"


async def test_a_long_job_keeps_its_lease_and_says_how_far_it_is(shop: Shop) -> None:
    """As long as it takes, nobody else begins it."""
    go_on = asyncio.Event()

    async def paint(task: Task) -> bytes:
        task.progress(40)
        await go_on.wait()
        return b"done"

    shop.handlers["portrait"] = paint
    job = await shop.submit()
    work = asyncio.create_task(shop.runner().run_next("art"))
    await asyncio.sleep(0)
    for _ in range(5):
        shop.now += 300
        await shop.sleeper.pass_on()
    await shop.jobs.tend()

    assert (await shop.job(job.id)).progress == 40
    assert (await shop.job(job.id)).lease == shop.now + 900
    assert (job.id, "running", 40) in shop.heard
    go_on.set()
    await work
    assert (await shop.job(job.id)).attempts == 1


async def test_a_job_that_is_cancelled_stops(shop: Shop) -> None:
    """At its worker's next beat, and what it was given is let go."""
    stopped = asyncio.Event()

    async def paint(task: Task) -> bytes:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return b""

    shop.handlers["portrait"] = paint
    job = await shop.submit()
    work = asyncio.create_task(shop.runner().run_next("art"))
    await asyncio.sleep(0)
    assert await shop.jobs.cancel(job.id, "bob") is None
    assert await shop.jobs.cancel(job.id, "ann")
    await shop.sleeper.pass_on()
    await work

    assert stopped.is_set()
    assert (await shop.job(job.id)).state == "cancelled"


async def test_a_worker_that_was_given_up_does_not_store_its_result(shop: Shop) -> None:
    """Whoever took over has the say."""
    go_on = asyncio.Event()

    async def paint(task: Task) -> bytes:
        if task.job.attempts == 1:
            await go_on.wait()
            return b"late"
        return b"second"

    shop.handlers["portrait"] = paint
    job = await shop.submit()
    frozen = asyncio.create_task(shop.runner("frozen").run_next("art"))
    await asyncio.sleep(0)
    shop.now += 901
    await shop.jobs.tend()
    await shop.runner("other").run_next("art")
    go_on.set()
    await frozen

    done = await shop.job(job.id)
    assert (done.result, done.attempts) == (b"second", 2)


async def test_a_worker_that_ends_puts_its_job_back(shop: Shop) -> None:
    """To be begun at once by the next, in this process or another."""

    async def paint(task: Task) -> bytes:
        if task.job.attempts == 1:
            await asyncio.Event().wait()
        return b"second"

    shop.handlers["portrait"] = paint
    job = await shop.submit()
    workers = LocalWorkers(shop.runner(), shop.waker, ["art"], 2)
    await quiet()
    await workers.close()
    assert (await shop.job(job.id)).state == "queued"

    await shop.jobs.tend()
    workers = LocalWorkers(shop.runner(), shop.waker, ["art"], 2)
    await quiet()
    await workers.close()
    assert (await shop.job(job.id)).result == b"second"


async def test_workers_do_as_many_at_a_time_as_they_may(shop: Shop) -> None:
    """And no more."""
    running: set[str] = set()
    most = 0

    async def paint(task: Task) -> bytes:
        nonlocal most
        running.add(task.job.id)
        most = max(most, len(running))
        await asyncio.sleep(0)
        running.discard(task.job.id)
        return b""

    shop.handlers["portrait"] = paint
    for number in range(9):
        await shop.submit(replace(WISH, owner=f"person {number}"))
    workers = LocalWorkers(shop.runner(), shop.waker, ["voice", "art"], 3)
    await quiet()
    await quiet()
    await workers.close()

    assert most == 3
    assert await shop.store.counts() == {("art", "done"): 9}


async def test_no_queue_waits_for_another(shop: Shop) -> None:
    """However long what is at work in that one takes."""

    async def speak(_task: Task) -> bytes:
        return await asyncio.Event().wait() and b""

    async def paint(_task: Task) -> bytes:
        return b"picture"

    shop.handlers |= {"speech": speak, "portrait": paint}
    spoken = await shop.submit(replace(WISH, queue="voice", kind="speech"))
    painted = await shop.submit()
    workers = LocalWorkers(shop.runner(), shop.waker, ["voice", "art"], 1)
    await quiet()
    assert ((await shop.job(spoken.id)).state, (await shop.job(painted.id)).state) == ("running", "done")
    await workers.close()


async def test_a_store_that_is_away_stops_no_worker(shop: Shop) -> None:
    """The next hint finds it at work."""
    claim, away = shop.store.claim, [True]

    async def claim_later(queue: str, worker: str, now: int, lease: int) -> Job | None:
        if away.pop() if away else False:
            raise Unavailable("The database restarts.", "Wait.")
        return await claim(queue, worker, now, lease)

    shop.store.claim = claim_later
    job = await shop.submit()
    workers = LocalWorkers(shop.runner(), shop.waker, ["art"], 1)
    await quiet()
    assert (await shop.job(job.id)).state == "queued"

    await shop.jobs.tend()
    await quiet()
    await workers.close()
    assert (await shop.job(job.id)).state == "done"
