"""`taleforge worker` and the server it works for, killed while pictures are painted: each is painted and paid once."""

import asyncio
from contextlib import suppress
from pathlib import Path
from random import Random

import httpx
import pytest

from tests.conftest import Need
from tests.jobs.crew import crew
from tests.postgresql import Server as PostgreSQL
from tests.redis import Server as Redis

pytestmark = pytest.mark.services

KILLS = 6


@pytest.fixture(autouse=True)
def _painter(need: Need) -> None:
    need("numpy", "pip install 'taleforge[art]'")


async def test_a_worker_killed_while_it_paints(postgresql: PostgreSQL, redis: Redis, tmp_path: Path) -> None:
    """Its jobs are begun again by the next, and one result of each is kept."""
    async with crew(postgresql, redis, tmp_path) as crewed:
        (worker,) = crewed.workers
        await worker.begin()
        jobs = {await crewed.wish(1024) for _ in range(4)}
        await crewed.painting(2)
        await worker.kill()
        assert len(await crewed.rows("SELECT id FROM jobs WHERE state = 'running'")) == 2
        await worker.begin()
        await crewed.over(4)
        attempts = await crewed.check(jobs)
        assert sorted(attempts.values()) == [1, 1, 2, 2]


@pytest.mark.parametrize("point", ["job.begun", "job.worked", "job.stored"])
async def test_a_worker_killed_at_a_point(postgresql: PostgreSQL, redis: Redis, tmp_path: Path, point: str) -> None:
    """Before the work, after it, and when its result is stored but nobody was told."""
    async with crew(postgresql, redis, tmp_path) as crewed:
        (worker,) = crewed.workers
        await worker.begin(f"{point}:2")
        jobs = {await crewed.wish(128) for _ in range(3)}
        await worker.ended()
        await worker.begin()
        await crewed.over(3)
        assert max((await crewed.check(jobs)).values()) <= 2


async def test_who_has_the_servers_files_leaves_pictures_there(
    postgresql: PostgreSQL, redis: Redis, tmp_path: Path
) -> None:
    """Whoever dies meanwhile: the worker when it has put a picture, the server before it hears of one."""
    async with crew(postgresql, redis, tmp_path, beside=True) as crewed:
        (worker,) = crewed.workers
        await worker.begin("job.worked:2")
        jobs = {await crewed.wish(128)}
        await crewed.over(1)
        jobs.add(await crewed.wish(128, prompt="an elf"))
        await worker.ended()
        await worker.begin()
        jobs.add(await crewed.wish(128, prompt="a bell"))  # one that was not there yet shows whose files they are
        await crewed.over(3)
        last = await crewed.wish(1024)
        await crewed.house.kill()
        await crewed.until(lambda: crewed.some("SELECT count(*) FROM jobs WHERE state = 'done' AND told = 0", 1))
        ((size,),) = await crewed.rows("SELECT length(result) FROM jobs WHERE told = 0")
        await crewed.house.begin()
        await crewed.over(4)
        await crewed.check(jobs | {last})
        seen = await crewed.ask("GET", f"/api/v1/pictures/ast_{last[4:]}", token=crewed.owner)

    assert size < 400
    assert seen.headers["content-type"] == "image/png"
    assert len(seen.content) > 100_000


@pytest.mark.parametrize("point", ["job.kept", "job.paid", "job.delivered"])
async def test_a_server_killed_at_a_point(postgresql: PostgreSQL, redis: Redis, tmp_path: Path, point: str) -> None:
    """Before it has woken anybody, when a picture is paid for, and when it hangs: the next life goes on from there."""
    async with crew(postgresql, redis, tmp_path) as crewed:
        (worker,) = crewed.workers
        await worker.begin()
        first = await crewed.wish(128)
        await crewed.over(1)
        await crewed.house.kill()
        await crewed.house.begin(point)
        crewed.house.arm()
        with suppress(httpx.TransportError):  # of `job.kept` nobody heard
            await crewed.wish(128)
        await crewed.house.ended()
        await crewed.house.begin()
        await crewed.over(2)
        kept = {id_ for (id_,) in await crewed.rows("SELECT id FROM jobs")}
        assert first in kept
        await crewed.check(kept)


async def test_a_server_killed_before_it_keeps_a_job(postgresql: PostgreSQL, redis: Redis, tmp_path: Path) -> None:
    """There is none then, and nothing is painted or paid."""
    async with crew(postgresql, redis, tmp_path) as crewed:
        await crewed.house.kill()
        await crewed.house.begin("job.reserved")
        crewed.house.arm()
        with pytest.raises(httpx.TransportError):
            await crewed.wish(128)
        await crewed.house.ended()
        assert await crewed.rows("SELECT id FROM jobs") == []
        assert await crewed.rows("SELECT state FROM ledger WHERE state <> 'reserved'") == []


async def test_workers_killed_at_random(postgresql: PostgreSQL, redis: Redis, tmp_path: Path) -> None:
    """Two at work, one after the other dies, and Redis with one of them: in the end it is as if nothing had been."""
    random = Random(6)
    async with crew(postgresql, redis, tmp_path, 2) as crewed:
        await asyncio.gather(*(worker.begin() for worker in crewed.workers))
        jobs: set[str] = set()
        unlucky = "SELECT 0 FROM jobs WHERE attempts = 2 AND state <> 'done'"  # the third would be its last
        for number in range(KILLS):
            jobs |= {await crewed.wish(random.choice((128, 256, 768)), seed=number) for _ in range(3)}
            await asyncio.sleep(random.random() * 0.4)
            if number == 2:
                redis.kill()
                redis.start()
            await crewed.until(lambda: crewed.none(unlucky))
            worker = crewed.workers[number % 2]
            await worker.kill()
            await worker.begin()
        await crewed.over(len(jobs))
        await crewed.check(jobs)


async def test_jobs_are_done_without_the_redis(postgresql: PostgreSQL, redis: Redis, tmp_path: Path) -> None:
    """Wishes are taken while it is away, and workers look for themselves; then messages wake them again."""
    async with crew(postgresql, redis, tmp_path) as crewed:
        (worker,) = crewed.workers
        await worker.begin()
        redis.kill()
        try:
            jobs = {await crewed.wish(128) for _ in range(3)}
            await crewed.over(3)
        finally:
            redis.start()
        jobs |= {await crewed.wish(128)}
        await crewed.over(4)
        assert set((await crewed.check(jobs)).values()) == {1}


async def test_two_workers_share_the_work(postgresql: PostgreSQL, redis: Redis, tmp_path: Path) -> None:
    """Both are at it at the same time, no job is begun twice, and one that ends in order leaves nothing undone."""
    async with crew(postgresql, redis, tmp_path, 2) as crewed:
        await asyncio.gather(*(worker.begin() for worker in crewed.workers))
        jobs = {await crewed.wish(512, seed=number) for number in range(8)}
        at_work = "SELECT count(DISTINCT worker) FROM jobs WHERE state = 'running'"
        await crewed.until(lambda: crewed.some(at_work, 2))
        await crewed.workers[0].end()
        await crewed.over(8)
        assert set((await crewed.check(jobs)).values()) == {1}


async def test_who_wishes_once_does_not_wait_for_who_wishes_often(
    postgresql: PostgreSQL, redis: Redis, tmp_path: Path
) -> None:
    """Jobs of two people take turns, however many one of them has sent before."""
    async with crew(postgresql, redis, tmp_path) as crewed:
        owner = crewed.owner
        made = await crewed.ask("POST", "/api/v1/admin/people", {
            "name": "Bob", "email": "bob@example.org", "password": "correct horse battery"}, owner)  # fmt: skip
        keys = f"/api/v1/admin/people/{made.json()['id']}/keys"
        bob = (await crewed.ask("POST", keys, {"name": "pictures", "scopes": ["studio"]}, owner)).json()["key"]
        hers = [await crewed.wish(128, seed=number) for number in range(12)]
        his = await crewed.wish(128, bob)
        await crewed.workers[0].begin()
        await crewed.over(13)
        order = [id_ for (id_,) in await crewed.rows("SELECT id FROM jobs ORDER BY finished, turn, id")]
        assert order.index(his) < 4
        await crewed.check({*hers, his})


async def test_what_is_cancelled_is_not_painted(postgresql: PostgreSQL, redis: Redis, tmp_path: Path) -> None:
    """Neither what waits, nor what is at work, which costs nothing; and it cannot be cancelled twice."""
    async with crew(postgresql, redis, tmp_path) as crewed:
        waiting = await crewed.wish(1024)
        assert (await crewed.ask("DELETE", f"/api/v1/jobs/{waiting}")).json()["state"] == "cancelled"
        running = [await crewed.wish(1024, seed=number) for number in range(6)]
        await crewed.workers[0].begin()
        await crewed.painting(2)
        for job in running:
            assert (await crewed.ask("DELETE", f"/api/v1/jobs/{job}")).status_code == 200
        await crewed.over(7)
        assert set(await crewed.rows("SELECT state FROM ledger")) == {("released",)}
        assert set(await crewed.rows("SELECT state FROM jobs")) == {("cancelled",)}
        assert await crewed.rows("SELECT id FROM pictures") == []
        assert (await crewed.ask("DELETE", f"/api/v1/jobs/{waiting}")).json()["code"] == "job/over"


async def test_what_kills_every_worker_is_a_dead_letter(postgresql: PostgreSQL, redis: Redis, tmp_path: Path) -> None:
    """After three lives nobody begins it any more, and it costs nothing; others are done as ever."""
    async with crew(postgresql, redis, tmp_path) as crewed:
        (worker,) = crewed.workers
        job = await crewed.wish(128)
        for _ in range(3):
            await worker.begin("job.begun")
            await worker.ended()
        await crewed.over(1)
        assert await crewed.rows("SELECT state, error, attempts FROM jobs") == [("failed", "job/worker_lost", 3)]
        assert await crewed.rows("SELECT state FROM ledger") == [("released",)]
        await worker.begin()
        other = await crewed.wish(128)
        await crewed.over(2)
        assert await crewed.rows("SELECT id FROM jobs WHERE state = 'done'") == [(other,)]
        assert (await crewed.ask("GET", f"/api/v1/jobs/{job}")).json()["error"] == "job/worker_lost"

        owner = crewed.owner
        (letter,) = (await crewed.ask("GET", "/api/v1/admin/jobs/failed", token=owner)).json()["items"]
        assert (letter["job"], letter["error"], letter["attempts"]) == (job, "job/worker_lost", 3)
        again = f"/api/v1/admin/jobs/{job}/retry"
        assert (await crewed.ask("POST", again, token=owner)).status_code == 204
        await crewed.over(2)
        assert (await crewed.ask("POST", again, token=owner)).json()["code"] == "job/over"
        assert len(await crewed.rows("SELECT id FROM pictures")) == 2
