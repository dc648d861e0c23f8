"""Whoever asks: one job for a key, paid for once, told until somebody heard."""

import asyncio

import pytest
from msgspec.structs import replace

from taleforge.errors import Unavailable
from taleforge.jobs.memory import MemoryJobs
from taleforge.jobs.ports import Task
from taleforge.jobs.service import AT_ONCE, KEPT, MOST_FAILING, MOST_PAYLOAD
from taleforge.jobs.values import Job, Turned
from tests.jobs.shop import WISH, Shop

PAID = replace(WISH, resource="pictures", amount=10)


@pytest.fixture
def shop() -> Shop:
    """A shop that paints at once, unless it is asked for the impossible."""
    shop = Shop()

    async def paint(task: Task) -> bytes:
        if task.job.payload == b"impossible":
            raise ValueError
        return b"picture"

    shop.handlers["portrait"] = paint
    return shop


async def test_a_wish_is_reserved_kept_and_wakes_a_worker(shop: Shop) -> None:
    """In this order; a result settles what was reserved."""
    job = await shop.submit(PAID)

    assert shop.ledger.entries == {job.id: "reserved"}
    assert await shop.waker.pending("art") == 1
    await shop.runner().run_next("art")
    await shop.jobs.hand_over()
    assert shop.ledger.entries == {job.id: "settled"}
    assert [(each.id, each.result) for each in shop.delivered] == [(job.id, b"picture")]
    await shop.jobs.hand_over()
    assert len(shop.delivered) == 1


async def test_a_failure_costs_nothing(shop: Shop) -> None:
    """Nor does what is cancelled before it began."""
    failed = await shop.submit(replace(PAID, payload=b"impossible", most_attempts=1))
    await shop.runner().run_next("art")
    await shop.jobs.hand_over()
    cancelled = await shop.submit(PAID)
    await shop.jobs.cancel(cancelled.id, "ann")

    assert shop.ledger.entries == {failed.id: "released", cancelled.id: "released"}
    assert [each.state for each in shop.delivered] == ["failed", "cancelled"]


async def test_a_wish_that_comes_twice_is_paid_for_once(shop: Shop) -> None:
    """The second reservation is let go."""
    first = await shop.submit(replace(PAID, key="k"))
    second = await shop.submit(replace(PAID, key="k"))

    assert first == second
    assert sorted(shop.ledger.entries.values()) == ["released", "reserved"]
    assert await shop.waker.pending("art") == 1


async def test_who_has_no_quota_left_gets_no_job(shop: Shop) -> None:
    """And is told which."""
    shop.ledger.left = 5

    assert await shop.jobs.submit(PAID) == Turned("quota/exceeded", {"resource": "pictures"})
    assert await shop.store.counts() == {}


async def test_a_payload_has_a_limit(shop: Shop) -> None:
    """What is larger has to be kept as a file."""
    turned = await shop.jobs.submit(replace(PAID, payload=bytes(MOST_PAYLOAD + 1)))

    assert turned == Turned("job/too_large", {"most": MOST_PAYLOAD})
    assert not shop.ledger.entries


async def test_a_store_that_fails_keeps_no_reservation(shop: Shop) -> None:
    """Whoever asked hears of it and may ask again."""

    class Broken(MemoryJobs):
        async def add(self, job: Job) -> Job:
            raise Unavailable("The disk is gone.", "Wait.")

    broken = Shop(Broken())
    with pytest.raises(Unavailable):
        await broken.jobs.submit(PAID)
    assert set(broken.ledger.entries.values()) == {"released"}


async def test_what_cannot_be_told_is_told_later(shop: Shop) -> None:
    """And keeps nothing else back."""
    shop.undeliverable = 1
    first = await shop.submit()
    second = await shop.submit()
    await shop.runner().run_next("art")
    shop.now += 1
    await shop.runner().run_next("art")

    await shop.jobs.hand_over()
    assert [each.id for each in shop.delivered] == [second.id]
    await shop.jobs.tend()
    assert [each.id for each in shop.delivered] == [second.id, first.id]


async def test_what_can_never_be_told_keeps_no_other_back(shop: Shop) -> None:
    """However many there are: a look goes on where the one before gave up, and from the beginning after that."""
    poisoned = [await shop.submit() for _ in range(MOST_FAILING * AT_ONCE)]
    shop.poison = frozenset(job.id for job in poisoned)
    well = [await shop.submit() for _ in range(AT_ONCE + 1)]
    for _ in (*poisoned, *well):
        shop.now += 1
        await shop.runner().run_next("art")
    for _ in range(2):
        await shop.jobs.hand_over()
    assert [job.id for job in shop.delivered] == [job.id for job in well]

    shop.poison = frozenset()
    for _ in range(2):
        await shop.jobs.hand_over()
    assert len(shop.delivered) == len(poisoned) + len(well)


async def test_lost_hints_are_given_again(shop: Shop) -> None:
    """One for each job that waits and has none, and none to spare."""
    for _ in range(3):
        await shop.submit()
    for _ in range(2):
        await shop.waker.take("art")
    assert await shop.waker.pending("art") == 1

    await shop.jobs.tend()
    await shop.jobs.tend()
    assert await shop.waker.pending("art") == 3


async def test_waiting_ends_with_the_job(shop: Shop) -> None:
    """By the hint when it comes; a stranger waits for nothing."""
    job = await shop.submit()
    waiting = asyncio.create_task(shop.jobs.wait(job.id, "ann", 600))
    await asyncio.sleep(0)
    await shop.runner().run_next("art")
    await shop.jobs.hand_over()

    done = await waiting
    assert done is not None
    assert done.state == "done"
    assert await shop.jobs.wait(job.id, "bob", 600) is None
    other = await shop.submit()
    unfinished = await shop.jobs.wait(other.id, "ann", 0)
    assert unfinished is not None
    assert not unfinished.over


async def test_whoever_waits_hears_of_what_was_handed_over(shop: Shop) -> None:
    """A job that is done and whose result nobody has yet is waited for on."""
    shop.undeliverable = 1
    job = await shop.submit()
    await shop.runner().run_next("art")
    await shop.jobs.hand_over()
    early = await shop.jobs.wait(job.id, "ann", 0)
    assert early is not None
    assert (early.state, early.told) == ("done", False)

    await shop.jobs.tend()
    late = await shop.jobs.wait(job.id, "ann", 600)
    assert late is not None
    assert late.told
    assert shop.jobs.timings["art", "done"].total == 0


async def test_somebody_is_forgotten_with_every_job(shop: Shop) -> None:
    """What was reserved for what was not done yet is let go."""
    done = await shop.submit(PAID)
    await shop.runner().run_next("art")
    await shop.jobs.hand_over()
    waiting = await shop.submit(PAID)
    await shop.jobs.forget("ann")

    assert shop.ledger.entries == {done.id: "settled", waiting.id: "released"}
    assert await shop.store.of("ann") == []


async def test_old_jobs_are_forgotten(shop: Shop) -> None:
    """A week after they were told."""
    job = await shop.submit()
    await shop.runner().run_next("art")
    await shop.jobs.tend()
    shop.now += KEPT + 1
    await shop.jobs.tend()

    assert await shop.store.get(job.id) is None
