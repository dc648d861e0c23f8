"""Pictures over HTTP, painted by the painter that needs no model."""

import base64
from collections.abc import AsyncGenerator
from itertools import count

import pytest

from taleforge.art.files import size_of
from taleforge.bootstrap.work import handlers_of
from taleforge.jobs.local import LocalWaker, LocalWorkers
from taleforge.jobs.memory import MemoryJobs
from taleforge.jobs.runner import Runner
from taleforge.jobs.service import Jobs
from taleforge.jobs.values import Job
from taleforge.messages.ids import make_id
from taleforge.settings import Settings
from tests.api.serving import Served, serving
from tests.conftest import Need

WISH = {"prompt": "an old dwarf", "style": "ink", "width": 64, "height": 96, "seed": 5}


class Free:
    """A ledger in which nothing costs anything (`Meter`)."""

    async def reserve(self, owner: str, space: str, resource: str, amount: int, job: str) -> str:
        """Say yes."""
        return job

    async def settle(self, entry: str) -> None:
        """Note nothing."""

    async def release(self, entry: str) -> None:
        """Note nothing."""


async def nobody(job: Job) -> None:
    """Tell nobody."""


@pytest.fixture
async def served(need: Need) -> AsyncGenerator[Served]:
    """Return a server on one's own machine."""
    need("numpy", "pip install 'taleforge[art]'")
    async with serving() as made:
        store, waker = MemoryJobs(), LocalWaker()
        ids, now = count(1), lambda: 1_790_000_000_000
        jobs = Jobs(store, waker, Free(), nobody, make_id=lambda: make_id("job", 0, next(ids)), clock=now)
        runner = Runner(store, handlers_of(Settings()), "w", clock=now, news=jobs.heard)
        workers = LocalWorkers(runner, waker, ["art"], 1)
        made.desk.house.jobs = jobs
        yield made
        await workers.close()


async def test_a_picture_is_painted_while_somebody_waits(served: Served) -> None:
    """The answer is a PNG that says who painted it; the same seed is the same picture, and it hangs in the gallery."""
    http = served.stranger.http
    first = await http.post("/generate/image", json={**WISH, "wait": True})
    again = await http.post("/generate/image", json={**WISH, "wait": True})
    assert (first.status_code, first.headers["content-type"], first.headers["x-engine"]) == (
        200, "image/png", "procedural",
    )  # fmt: skip
    assert (size_of(first.content), first.content) == ((64, 96), again.content)
    page = (await http.get("/api/v1/pictures?limit=1")).json()
    assert (page["items"][0]["prompt"], page["items"][0]["seed"]) == ("an old dwarf", 5)
    assert (await http.get(page["items"][0]["url"])).content == first.content
    rest = (await http.get(f"/api/v1/pictures?limit=1&after={page['next']}")).json()
    assert (len(rest["items"]), rest["next"]) == (1, None)


async def test_a_job_is_followed(served: Served) -> None:
    """Who does not wait is told where to look; what is over cannot be cancelled, and nobody else sees it."""
    http = served.stranger.http
    told = await http.post("/generate/image", json=WISH)
    assert (told.status_code, told.json()["state"]) == (202, "queued")
    jobs = served.desk.house.jobs
    assert jobs is not None
    mine = told.json()["job"]
    done = await jobs.store.get(mine)
    assert done is not None
    await jobs.wait(mine, done.owner, 30)
    seen = (await http.get(told.headers["location"])).json()
    assert (seen["state"], seen["progress"], seen["picture"]) == ("done", 100, f"/api/v1/pictures/{mine}")
    assert (await http.delete(told.headers["location"])).json()["code"] == "job/over"


async def test_openai_clients_are_answered_in_their_words(served: Served) -> None:
    """As many pictures as were asked for, in base64, of the size that was asked for."""
    asked = {"prompt": "a sword", "n": 2, "size": "64x64", "model": "any", "response_format": "b64_json"}
    answer = (await served.stranger.http.post("/v1/images/generations", json=asked)).json()
    pictures = [base64.b64decode(one["b64_json"]) for one in answer["data"]]
    assert [size_of(picture) for picture in pictures] == [(64, 64)] * 2
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize("wrong", [{"prompt": "x" * 10_000}, {"width": 63}, {"style": "photo"}, {"seed": -1}, {"x": 1}])
async def test_a_wish_beyond_a_limit_is_refused(served: Served, wrong: dict[str, object]) -> None:
    """Before anything is queued."""
    assert (await served.stranger.http.post("/generate/image", json={**WISH, **wrong})).status_code == 400
    assert (await served.stranger.http.get("/api/v1/pictures")).json()["items"] == []
