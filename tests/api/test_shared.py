"""Two servers on one Redis: limits and repeated requests are counted and answered together; each alone without it."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from taleforge.api import answers
from taleforge.api.limits import Limiter
from taleforge.api.shared import LEFT_ALONE, Shared
from taleforge.errors import Unavailable
from taleforge.settings import Limits
from tests import redis as redis_server
from tests.api.serving import OFF, Served, serving
from tests.conftest import Need
from tests.redis import Server

TEN = Limits(general="off", guest="off", generation="off", guesses="10/h burst 10")
LAMP = {"adventure": "lamp"}


@asynccontextmanager
async def two(server: Server, limits: Limits = OFF, patience: float = 2.0) -> AsyncGenerator[tuple[Served, Served]]:
    """Serve twice, with nothing in common but a Redis."""
    redis = server.settings(patience)
    async with serving(redis=redis, limits=limits) as one, serving(redis=redis, limits=limits) as other:
        yield one, other


@pytest.fixture
def mortal(need: Need) -> Iterator[Server]:
    """A Redis of one test alone, which may be killed."""
    if redis_server.program() is None:
        need("redis-server", redis_server.HOW)
    with redis_server.running() as started:
        yield started


async def guess(served: Served) -> httpx.Response:
    return await served.stranger.post("/invites/follow", {"invite": "AAAAAA", "name": "Bob"})


async def tables(served: Served) -> list[Any]:
    return (await served.owner.get("/tables")).json()["items"]


async def test_a_limit_holds_for_all_processes_together(redis: Server) -> None:
    """Of eleven guesses at two servers the eleventh comes too soon, at either."""
    async with two(redis, TEN) as (one, other):
        for number in range(10):
            answer = await guess((one, other)[number % 2])
            assert answer.status_code == 404
            assert answer.headers["ratelimit-remaining"] == str(9 - number)
        assert [(await guess(served)).status_code for served in (one, other)] == [429, 429]


async def test_a_post_repeated_at_another_process_is_done_once(redis: Server) -> None:
    """It answers alike, and refuses the same key for something else; what was refused for good stays refused."""
    async with two(redis) as (one, other):
        first = await one.owner.post("/tables", LAMP, idempotency_key="monday")
        again = await other.owner.post("/tables", LAMP, idempotency_key="monday")
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert "idempotent-replayed" not in first.headers
        assert again.headers["idempotent-replayed"] == "true"
        different = await other.owner.post("/tables", {"adventure": "other"}, idempotency_key="monday")
        assert (different.status_code, different.json()["code"]) == (409, "request/repeated")
        assert (len(await tables(one)), len(await tables(other))) == (1, 0)


@pytest.mark.services
async def test_posts_repeated_at_the_same_moment_are_done_once(redis: Server) -> None:
    """Those that come while the first is being answered wait for its answer, at whichever process."""
    async with two(redis) as (one, other):
        asked = [served.owner.post("/tables", LAMP, idempotency_key="tuesday") for served in (one, other) * 4]
        answered = await asyncio.gather(*asked)
        assert len({answer.content for answer in answered}) == 1
        assert len(await tables(one)) + len(await tables(other)) == 1


@pytest.mark.services
async def test_a_process_that_dies_lets_the_key_go(redis: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one finds the answer then; and a slow process that comes back late does not take it away."""
    monkeypatch.setattr(answers, "HELD", 0.1)
    address = redis.address()
    dead, alive = Shared(address), Shared(address)
    held = await answers.SharedAnswers(dead).known(("me", "/tables", "x"), b"asked")
    assert isinstance(held, answers.Held)
    taken = await answers.SharedAnswers(alive).known(("me", "/tables", "x"), b"asked")
    assert isinstance(taken, answers.Held)
    said = answers.Answer(201, ((b"a", b"b"),), b"body")
    async with held.finding():  # wakes up, and has no answer
        pass
    async with taken.finding():
        taken.answer = said
    kept = await answers.SharedAnswers(dead).known(("me", "/tables", "x"), b"asked")
    assert kept == answers.Kept(b"asked", answer=said)
    await dead.close()
    await alive.close()


@pytest.mark.services
async def test_a_process_at_work_holds_its_key(redis: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes: others wait."""
    monkeypatch.setattr(answers, "HELD", 0.09)
    monkeypatch.setattr(answers, "PATIENCE", 0.5)
    shared = Shared(redis.address())
    held = await answers.SharedAnswers(shared).known(("me",), b"asked")
    assert isinstance(held, answers.Held)
    async with held.finding():
        with pytest.raises(TimeoutError):
            await answers.SharedAnswers(shared).known(("me",), b"asked")
    await shared.close()


@pytest.mark.services
async def test_a_key_is_let_go_at_whatever_moment(redis: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while Redis is told that it is still held: that is broken off, and nobody waits for ever."""
    monkeypatch.setattr(answers, "HELD", 0.003)
    shared = Shared(redis.address())
    for number in range(300):
        held = await answers.SharedAnswers(shared).known(("me", str(number)), b"asked")
        assert isinstance(held, answers.Held)
        async with asyncio.timeout(20), held.finding():
            await asyncio.sleep(0.001 + number / 100_000)
    await shared.close()


@pytest.mark.services
async def test_without_redis_each_process_goes_on_alone(mortal: Server) -> None:
    """Limits and repeats hold for each by itself, /ready says degraded; when it is back they are shared again."""
    async with two(mortal, TEN, 0.2) as (one, other):
        assert (await one.stranger.get("//ready")).json() == {"status": "ok"}
        mortal.kill()
        for served in (one, other):
            assert [(await guess(served)).status_code for _ in range(11)] == [404] * 10 + [429]
            first = await served.owner.post("/tables", LAMP, idempotency_key="monday")
            again = await served.owner.post("/tables", LAMP, idempotency_key="monday")
            assert again.content == first.content
            assert len(await tables(served)) == 1
        shared = one.desk.shared
        assert shared is not None
        assert not shared.up
        assert shared.unanswered.counts["limits",] == 11
        mortal.start()
        shared._clock = lambda: shared._not_before + LEFT_ALONE
        assert (await guess(one)).headers["ratelimit-remaining"] == "9"
        assert shared.up
        text = (await one.stranger.get("//metrics")).text
        assert 'taleforge_redis_unanswered_total{what="limits"} 11.0' in text
        assert "taleforge_redis_up 1.0" in text


@pytest.mark.services
async def test_health_names_a_redis_that_is_gone(mortal: Server) -> None:
    """With how long it took to answer while it did; the process is ready without it, and says that it is degraded."""
    async with serving(redis=mortal.settings(0.2)) as served:
        said = (await served.stranger.get("//health")).json()
        assert (said["status"], said["checks"]["redis"]["status"]) == ("ok", "ok")
        assert said["checks"]["redis"]["latency_ms"] > 0
    mortal.kill()
    async with serving(redis=mortal.settings(0.2)) as served:
        said = (await served.stranger.get("//health")).json()
        assert (said["status"], said["checks"]["redis"]["status"]) == ("degraded", "failed")
        ready = await served.stranger.get("//ready")
        assert (ready.status_code, ready.json()) == (200, {"status": "degraded"})


@pytest.mark.services
async def test_a_frozen_redis_is_waited_for_once(mortal: Server) -> None:
    """Then it is left alone for a moment; one question tries again, the others do not wait for it."""
    now = 0.0
    shared = Shared(mortal.address(timeout=0.1), lambda: now)
    limits = Limiter(TEN, shared)
    asked = 0

    async def question() -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(60)

    with mortal.frozen():
        for _ in range(3):
            with pytest.raises(Unavailable):
                await shared.ask("x", question)
        assert asked == 1
        now += LEFT_ALONE
        both = await asyncio.gather(*(shared.ask("x", question) for _ in range(2)), return_exceptions=True)
        assert [type(each) for each in both] == [Unavailable, Unavailable]
        assert asked == 2
        verdict = await limits.take("guesses", "me")
        assert verdict is not None
        assert verdict.remaining == 9
    now += LEFT_ALONE
    assert await shared.latency() is not None
    await shared.close()
