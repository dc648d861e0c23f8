"""Pictures over HTTP, painted by the painter that needs no model."""

import base64
import dataclasses
import time
from collections.abc import AsyncGenerator

import msgspec
import pytest

from taleforge.api import pictures
from taleforge.art.files import size_of
from taleforge.bootstrap import LOCAL_PERSON, LOCAL_SPACE
from taleforge.jobs.values import Job, Wish
from taleforge.narration.safety import tactful
from taleforge.table.position import Game
from tests.api.serving import Served, heard, serving, until
from tests.conftest import Need
from tests.live.outside import services
from tests.table.game import content

WISH = {"prompt": "an old dwarf", "style": "ink", "width": 64, "height": 96, "seed": 5}


@pytest.fixture
async def served(need: Need) -> AsyncGenerator[Served]:
    """Return a server on one's own machine."""
    need("numpy", "pip install 'taleforge[art]'")
    async with serving() as made:
        yield made


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
    assert (len(rest["items"]), "next" in rest) == (1, False)


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
    assert (seen["state"], seen["progress"]) == ("done", 100)
    assert size_of((await http.get(seen["picture"])).content) == (64, 96)
    assert (await http.delete(told.headers["location"])).json()["code"] == "job/over"


async def test_a_picture_is_kept_by_whoever_has_seen_it(served: Served) -> None:
    """It never changes, so nobody needs to ask again; who does is told so; one that was taken down is gone."""
    http = served.stranger.http
    first = await http.post("/generate/image", json={**WISH, "wait": True})
    url = (await http.get("/api/v1/pictures")).json()["items"][0]["url"]
    seen = await http.get(url)
    assert (seen.headers["etag"], "immutable" in seen.headers["cache-control"]) == (first.headers["etag"], True)
    again = await http.get(url, headers={"if-none-match": seen.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")

    assert (await http.delete(url)).status_code == 204
    assert (await http.get(url)).json()["code"] == "picture/unknown"
    assert (await http.get("/api/v1/pictures")).json()["items"] == []


async def test_a_picture_is_seen_in_small(served: Served) -> None:
    """Lists say where; it is a file of its own that never changes either, of the same shape, and far shorter."""
    http = served.stranger.http
    whole = await http.post("/generate/image", json={**WISH, "width": 256, "height": 192, "wait": True})
    url = (await http.get("/api/v1/pictures")).json()["items"][0]["thumb"]
    seen = await http.get(url)
    assert (size_of(seen.content), seen.headers["x-engine"]) == ((128, 96), whole.headers["x-engine"])
    assert len(seen.content) * 2 < len(whole.content)
    assert seen.headers["etag"] != whole.headers["etag"]
    assert (await http.get(url, headers={"if-none-match": seen.headers["etag"]})).status_code == 304
    assert (await http.get(url.replace("thumb", "huge"))).status_code == 400


async def test_a_picture_is_painted_for_a_seat() -> None:
    """Also for a guest's, which hears how it goes; unless a model would paint, which somebody pays for."""
    async with serving() as served:
        host = await served.playing()
        guest = await served.follow(await host.invite())
        asked = {"prompt": "an old dwarf", "size": 64}
        path = f"/tables/{host.table}/generate/image"
        async with served.stream(guest) as socket:
            await heard(socket)
            painted = await guest.post(path, asked)
            assert (painted.status_code, size_of(painted.content)) == (200, (64, 64))
            told = [(await until(socket, "job"))[-1]["d"]]
            while told[-1]["state"] != "done":
                told.append((await until(socket, "job"))[-1]["d"])
            assert (told[0]["state"], told[-1]["progress"], len({one["job"] for one in told})) == ("queued", 100, 1)
        paid = msgspec.structs.replace(served.desk.settings.art, engine="openai")
        served.desk.settings = msgspec.structs.replace(served.desk.settings, art=paid)
        assert (await guest.post(path, asked)).json()["code"] == "auth/forbidden"
        assert (await host.post(path, asked)).status_code == 200


async def test_no_picture_is_painted_beyond_the_lines_of_a_table() -> None:
    """Nor of what is veiled: what is wished for at a table keeps to what was agreed there."""
    outside = services()
    outside = dataclasses.replace(outside, game=Game(content(), outside.ids, tactful))
    async with serving(outside=outside) as served:
        host = await served.playing()
        assert (await host.act("safety.set", lines=["spiders"], veils=["blood"])).status_code == 200
        path = f"/tables/{host.table}/generate/image"
        for prompt in ("a giant spider on the wall", "a knight and much blood"):
            refused = await host.post(path, {"prompt": prompt, "size": 64})
            assert (refused.status_code, refused.json()["code"]) == (422, "picture/crosses_a_line")
        assert (await host.post(path, {"prompt": "a knight", "size": 64})).status_code == 200


async def test_who_is_forgotten_leaves_no_picture(served: Served) -> None:
    """Nor a job that would paint one."""
    http, house = served.stranger.http, served.desk.house
    await http.post("/generate/image", json={**WISH, "wait": True})
    assert house.jobs is not None
    exported = (await served.owner.get("/people/me/export")).json()
    assert [picture["prompt"] for picture in exported["pictures"]] == ["an old dwarf"]
    await house.forget(LOCAL_PERSON)
    assert (await http.get("/api/v1/pictures")).json()["items"] == []
    assert await house.jobs.store.of(LOCAL_PERSON) == []


async def test_openai_clients_are_answered_in_their_words(served: Served) -> None:
    """As many pictures as were asked for, in base64, of the size that was asked for."""
    asked = {"prompt": "a sword", "n": 2, "size": "64x64", "model": "any", "response_format": "b64_json"}
    answer = (await served.stranger.http.post("/v1/images/generations", json=asked)).json()
    pictures = [base64.b64decode(one["b64_json"]) for one in answer["data"]]
    assert [size_of(picture) for picture in pictures] == [(64, 64)] * 2
    assert pictures[0] != pictures[1]


@pytest.mark.slow  # two seconds to import that client
async def test_an_openai_client_has_pictures_painted(served: Served, need: Need) -> None:
    """The vendor's own client, pointed at us, reads pictures and refusals."""
    need("openai", "pip install openai")
    import openai  # noqa: PLC0415 - a second of imports, for this test alone

    async with openai.AsyncOpenAI(api_key=served.owner.token, base_url=f"{served.address}/v1", max_retries=0) as ai:
        made = await ai.images.generate(prompt="a sword", n=2, size="256x256", style="vivid", model="dall-e-3")
        assert made.data is not None
        pictures = [base64.b64decode(one.b64_json or "") for one in made.data]
        assert [size_of(picture) for picture in pictures] == [(256, 256)] * 2
        assert made.created == pytest.approx(time.time(), abs=600)
        for wrong in ({"prompt": "x" * 10_000}, {"prompt": "a sword", "n": 9}, {"prompt": ""}):
            with pytest.raises(openai.BadRequestError) as refused:
                await ai.images.generate(**wrong)  # type: ignore[arg-type] # as it should not be
            assert refused.value.response.json()["code"] == "request/malformed"
            assert "(request/malformed): " in str(refused.value)  # as the client shows it


async def test_what_failed_for_good_can_be_tried_again(served: Served) -> None:
    """By an administrator, who sees that it failed and not what it was about."""
    house = served.desk.house
    assert house.jobs is not None
    job = await house.jobs.submit(Wish(LOCAL_SPACE, LOCAL_PERSON, "art", "sculpture", b"a secret"))
    assert isinstance(job, Job)
    await house.jobs.wait(job.id, LOCAL_PERSON, 30)
    (letter,) = (await served.owner.get("/admin/jobs/failed")).json()["items"]
    assert (letter["kind"], letter["error"], letter["person"]) == ("sculpture", "job/unknown_kind", LOCAL_PERSON)
    assert "secret" not in str(letter)
    again = f"/admin/jobs/{letter['job']}/retry"
    assert (await served.owner.post(again)).status_code == 204
    assert (await served.stranger.post(again)).status_code == 401


@pytest.mark.parametrize(
    "wrong", [{"prompt": "x" * 10_000}, {"prompt": "a\0b"}, {"width": 63}, {"style": "photo"}, {"seed": -1}, {"x": 1}]
)
async def test_a_wish_beyond_a_limit_is_refused(served: Served, wrong: dict[str, object]) -> None:
    """Before anything is queued."""
    assert (await served.stranger.http.post("/generate/image", json={**WISH, **wrong})).status_code == 400
    assert (await served.stranger.http.get("/api/v1/pictures")).json()["items"] == []


async def test_what_nobody_waits_for_any_more_is_cancelled(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the answer names no job: of several all, and none of them costs anything."""
    jobs = served.desk.house.jobs
    assert jobs is not None
    monkeypatch.setattr(pictures, "PATIENCE", 0.0)
    monkeypatch.setattr(pictures, "QUEUE", "nobody's")
    late = await served.stranger.http.post("/v1/images/generations", json={"prompt": "a sword", "n": 2})
    assert (late.status_code, late.json()["code"]) == (503, "picture/unavailable")
    kept = await jobs.store.of(LOCAL_PERSON)
    assert [job.state for job in kept] == ["cancelled"] * 2
