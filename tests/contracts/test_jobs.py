"""What every place that keeps jobs promises, on each implementation."""

import asyncio

import pytest
from msgspec.structs import replace

from taleforge.bootstrap import Store
from taleforge.jobs.memory import MemoryJobs
from taleforge.jobs.ports import JobStore
from taleforge.jobs.values import Job, Outcome

JOB = Job("job_1", "spc_1", "ann", "art", "portrait", b"\x00an elf\xff", 10, ready=10)


def job(number: int, owner: str = "ann", queue: str = "art", **changes: object) -> Job:
    """Return a job of somebody."""
    return replace(JOB, id=f"job_{number}", owner=owner, queue=queue, **changes)


@pytest.fixture
def store(kept_in: Store | None) -> JobStore:
    """One implementation after the other."""
    return kept_in.jobs if kept_in else MemoryJobs()


async def claimed(store: JobStore, queue: str = "art", now: int = 20) -> Job:
    """Return the next job of a queue, begun by a worker."""
    found = await store.claim(queue, "w1", now, now + 100)
    assert found is not None
    return found


async def test_a_job_is_kept_as_it_was_given(store: JobStore) -> None:
    """Bytes and all."""
    assert await store.add(JOB) == JOB
    assert await store.get("job_1") == JOB
    assert await store.get("job_2") is None


async def test_a_glance_leaves_out_what_is_large(store: JobStore) -> None:
    """What somebody waits for may be looked at each second, and hold a picture."""
    await store.add(JOB)
    begun = await claimed(store)
    done = await store.finish(begun.id, begun.attempts, Outcome("done", b"a picture"), 30)

    assert done is not None
    assert (done.payload, done.result) == (JOB.payload, b"a picture")
    assert await store.glance(begun.id) == replace(done, payload=b"", result=b"")
    assert await store.glance("job_2") is None


async def test_a_key_makes_one_job_of_its_owner(store: JobStore) -> None:
    """Whoever sends a wish again gets the job there is; others, and jobs without a key, are their own."""
    first = await store.add(job(1, key="k"))

    assert await store.add(job(2, key="k")) == first
    assert (await store.add(job(3, "bob", key="k"))).id == "job_3"
    assert (await store.add(job(4))).id == "job_4"
    assert (await store.add(job(5))).id == "job_5"


async def test_a_key_that_is_used_twice_at_once_makes_one_job(store: JobStore) -> None:
    """However they overlap."""
    made = await asyncio.gather(*(store.add(job(number, key="k")) for number in range(5)))

    assert len({each.id for each in made}) == 1


async def test_owners_take_turns(store: JobStore) -> None:
    """Whoever asks for one thing does not wait until somebody else's hundred are done."""
    for number in range(4):
        await store.add(job(number))
    await claimed(store)
    await store.add(job(7, "bob"))
    await store.add(job(8, "bob"))

    order = [(await claimed(store)).owner for _ in range(5)]

    assert order == ["bob", "ann", "bob", "ann", "ann"]


async def test_who_has_work_running_comes_after_who_has_none(store: JobStore) -> None:
    """A queue that looks empty is not fair yet: what runs counts too."""
    await store.add(job(1))
    await claimed(store)
    await store.add(job(2))
    await store.add(job(3, "bob"))

    assert (await claimed(store)).owner == "bob"


async def test_a_job_knows_how_many_come_before_it(store: JobStore) -> None:
    """In its own queue, by turns."""
    for number in range(3):
        await store.add(job(number))
    last = await store.add(job(9, "bob"))
    await store.add(job(10, queue="voice"))

    assert await store.ahead(last) == 1


async def test_a_queue_gives_its_own_jobs_when_they_are_ready(store: JobStore) -> None:
    """Neither another queue's, nor one that is to wait."""
    await store.add(job(1, ready=50))

    assert await store.claim("voice", "w1", 60, 100) is None
    assert await store.claim("art", "w1", 40, 100) is None
    begun = await claimed(store, now=50)
    assert (begun.state, begun.attempts, begun.worker, begun.lease) == ("running", 1, "w1", 150)
    assert await store.get("job_1") == begun


async def test_two_workers_never_begin_the_same_job(store: JobStore) -> None:
    """However many ask at once; nobody goes without while jobs wait."""
    for number in range(10):
        await store.add(job(number))

    begun = [each for each in await asyncio.gather(*(store.claim("art", f"w{n}", 20, 90) for n in range(10))) if each]

    assert sorted(each.id for each in begun) == [f"job_{number}" for number in range(10)]


async def test_a_beat_keeps_a_job_until_it_is_cancelled(store: JobStore) -> None:
    """It says how far the work is, and hears whether it is still wanted; nothing comes of it that comes too late."""
    await store.add(JOB)
    begun = await claimed(store)

    assert await store.beat("job_1", begun.attempts, 40, 500)
    assert await store.get("job_1") == replace(begun, progress=40, lease=500)
    cancelled = await store.cancel("job_1", 30)
    assert cancelled is not None
    assert not cancelled.over
    assert not await store.beat("job_1", begun.attempts, 50, 600)
    ended = await store.finish("job_1", begun.attempts, Outcome("done", b"too late"), 31)
    assert ended is not None
    assert (ended.state, ended.finished, ended.result, ended.progress) == ("cancelled", 31, b"", 40)


async def test_a_job_has_one_result(store: JobStore) -> None:
    """A second word of its worker, or the word of one whose attempt is over, changes nothing."""
    await store.add(JOB)
    begun = await claimed(store)

    done = await store.finish("job_1", 1, Outcome("done", b"\x89PNG"), 40)
    assert done == replace(
        begun, state="done", result=b"\x89PNG", progress=100, finished=40, worker="", lease=0,
    )  # fmt: skip
    assert await store.finish("job_1", 1, Outcome("done", b"other"), 41) is None
    assert not await store.beat("job_1", 1, 0, 500)
    assert not await store.again("job_1", 1, "x/y", 50, 50)
    assert await store.cancel("job_1", 60) is None
    assert await store.get("job_1") == done


async def test_what_went_wrong_is_tried_again_later(store: JobStore) -> None:
    """Not before its moment, and the attempt before has no say any more."""
    await store.add(JOB)
    await claimed(store)

    assert await store.again("job_1", 1, "engine/down", 100, 30)
    assert await store.claim("art", "w2", 99, 200) is None
    second = await claimed(store, now=100)
    assert (second.attempts, second.error) == (2, "engine/down")
    assert await store.finish("job_1", 1, Outcome("done", b"late"), 110) is None


async def test_what_is_cancelled_is_not_tried_again(store: JobStore) -> None:
    """It is over instead."""
    await store.add(JOB)
    await claimed(store)
    await store.cancel("job_1", 25)

    assert await store.again("job_1", 1, "engine/down", 100, 30)
    ended = await store.get("job_1")
    assert ended is not None
    assert (ended.state, ended.finished, ended.error) == ("cancelled", 30, "")


async def test_a_waiting_job_is_cancelled_at_once(store: JobStore) -> None:
    """And never begun."""
    await store.add(JOB)

    cancelled = await store.cancel("job_1", 15)
    assert cancelled is not None
    assert (cancelled.state, cancelled.finished) == ("cancelled", 15)
    assert await store.claim("art", "w1", 20, 100) is None
    assert await store.cancel("job_9", 15) is None


async def test_a_dead_workers_job_goes_back(store: JobStore) -> None:
    """When its lease is over and not before; after its last attempt it has failed, and what was cancelled is."""
    await store.add(job(1, most_attempts=2))
    await store.add(job(2, "bob"))
    await claimed(store)
    await claimed(store)
    await store.cancel("job_2", 30)

    assert await store.lapse(120) == []
    lapsed = {each.id: each.state for each in await store.lapse(121)}
    assert lapsed == {"job_1": "queued", "job_2": "cancelled"}
    again = await claimed(store, now=130)
    assert (again.id, again.attempts) == ("job_1", 2)
    assert [(each.state, each.error, each.finished) for each in await store.lapse(500)] == [
        ("failed", "job/worker_lost", 500)
    ]


async def test_dead_letters_are_listed_and_revived(store: JobStore) -> None:
    """A revived job has all its attempts again."""
    for number in (1, 2):
        await store.add(job(number))
        await store.finish((await claimed(store)).id, 1, Outcome("failed", error="engine/down"), 40 + number)

    assert [each.id for each in await store.failed("spc_1")] == ["job_2", "job_1"]
    assert await store.failed("spc_2") == []
    assert [each.id for each in await store.failed("spc_1", after="job_2")] == ["job_1"]
    assert await store.revive("job_1", 90)
    assert not await store.revive("job_1", 90)
    assert [each.id for each in await store.failed("spc_1")] == ["job_2"]
    assert (await claimed(store, now=90)).attempts == 1


async def test_outcomes_wait_until_they_are_told(store: JobStore) -> None:
    """The first to end first; what nobody was told is not forgotten, however old it is."""
    for number in (1, 2, 3):
        await store.add(job(number))
    for now in (60, 50):
        await store.finish((await claimed(store)).id, 1, Outcome("done"), now)

    assert [each.id for each in await store.untold()] == ["job_2", "job_1"]
    assert [each.id for each in await store.untold(after=(50, "job_2"))] == ["job_1"]
    assert [each.id for each in await store.untold(after=(50, "job_1"))] == ["job_2", "job_1"]
    assert await store.untold(after=(60, "job_1")) == []
    assert await asyncio.gather(store.told("job_2"), store.told("job_3")) == [True, False]  # 3 is not over
    assert not await store.told("job_2")
    assert [each.id for each in await store.untold()] == ["job_1"]
    assert await store.forget(1000) == 1
    assert await store.get("job_2") is None
    assert await store.get("job_1") is not None


async def test_a_result_is_kept_until_somebody_takes_it(store: JobStore) -> None:
    """Whoever is told may leave it where it is, or take it, and then the job only says how it went."""
    for number in (1, 2):
        await store.add(job(number))
        await store.finish((await claimed(store)).id, 1, Outcome("done", b"picture"), 30)
    assert [each.result for each in await store.untold()] == [b"picture"] * 2

    await asyncio.gather(store.told("job_1", taken=True), store.told("job_2"))
    found = [await store.get("job_1"), await store.get("job_2")]
    assert [(each.told, each.result) for each in found if each] == [(True, b""), (True, b"picture")]


async def test_an_owner_can_be_forgotten(store: JobStore) -> None:
    """With every job, also one that runs: its worker may not go on, and its result comes to nothing."""
    for number, owner in ((1, "ann"), (2, "ann"), (3, "bob")):
        await store.add(job(number, owner))
    await claimed(store)
    await store.drop("ann")

    assert await store.of("ann") == []
    assert not await store.beat("job_1", 1, 50, 500)
    assert await store.finish("job_1", 1, Outcome("done", b"late"), 60) is None
    assert [each.id for each in await store.of("bob")] == ["job_3"]


async def test_jobs_are_counted_and_listed(store: JobStore) -> None:
    """By queue and state; those of an owner the newest first."""
    await store.add(job(1))
    await store.add(job(2, ready=500))
    await store.add(job(3, "bob", "voice"))
    await store.add(job(4))
    await claimed(store)

    assert await store.waiting(20) == {"art": 1, "voice": 1}
    assert await store.counts() == {("art", "running"): 1, ("art", "queued"): 2, ("voice", "queued"): 1}
    assert [each.id for each in await store.of("ann", limit=2)] == ["job_4", "job_2"]
    assert [each.id for each in await store.of("ann", after="job_2")] == ["job_1"]
