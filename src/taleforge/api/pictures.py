"""Pictures over HTTP: wished for, followed as a job, looked at again; for our own clients and for those of OpenAI.

What is under an address never changes, so that it may be kept for as long as anybody likes. Does not paint.
"""

import asyncio
import base64
import secrets
from typing import Annotated, Any, Final, Literal

from litestar import Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct

from taleforge.api.callers import Caller
from taleforge.api.desk import Desk, position_of
from taleforge.api.given import TheCaller, TheDesk, ThePlace
from taleforge.api.jobs import JobOut, accepted, following, jobs_at, state_of, submitted
from taleforge.api.pages import Cursor, Limit, known_id, moment, paged, unchanged
from taleforge.api.problems import Trouble
from taleforge.api.spec import documented
from taleforge.art import files
from taleforge.art import values as art
from taleforge.art.gallery import Gallery
from taleforge.art.work import KIND, QUEUE
from taleforge.bootstrap import PICTURES, picture_of
from taleforge.errors import PaintingFailed
from taleforge.jobs.service import Seen
from taleforge.jobs.values import Job, Wish

PATIENCE: Final = 90.0
"""Seconds for which a picture is waited for; whoever waits longer follows the job."""
MOST_AT_ONCE: Final = 4
CACHED: Final = "private, max-age=31536000, immutable"
SQUARE: Final = 512
FREE: Final = "procedural"
"""The engine that costs nobody anything."""

Size = Annotated[Literal["whole", "thumb"], QueryParameter(description="`thumb`: at most 128 pixels to a side.")]
Prompt = Annotated[str, Meta(min_length=1, max_length=art.MOST_PROMPT, pattern=art.WORDS)]


class PictureIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A picture that is wished for; without a seed every one is another, with `wait` the answer is the picture."""

    prompt: Prompt
    style: art.Style | None = None
    kind: art.Kind | None = None
    width: art.Side = SQUARE
    height: art.Side = SQUARE
    seed: art.Seed | None = None
    wait: bool = False


class SeatPictureIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A picture that is wished for at a table; what is left open is chosen from the words."""

    prompt: Prompt
    style: art.Style | None = None
    kind: art.Kind | None = None
    size: art.Side = SQUARE


class OpenAiIn(Struct, frozen=True):
    """What OpenAI's clients send; what they may send beside it, as `style`, is ignored, but for a style of ours."""

    prompt: Prompt
    n: Annotated[int, Meta(ge=1, le=MOST_AT_ONCE)] = 1
    size: Annotated[str, Meta(pattern=r"^(auto|[0-9]{2,4}x[0-9]{2,4})$")] | None = None
    style: str | None = None
    response_format: Literal["b64_json"] | None = None


class OpenAiPicture(Struct, frozen=True):
    """A PNG in base64."""

    b64_json: str


class OpenAiOut(Struct, frozen=True):
    """What OpenAI's clients read."""

    created: int
    data: tuple[OpenAiPicture, ...]


class PictureOut(Struct, frozen=True, omit_defaults=True):
    """A picture of mine, and the wish it came of; `engine` says who painted it. `thumb` is where it is in small."""

    id: str
    url: str
    thumb: str
    prompt: str
    width: int
    height: int
    seed: int
    created: str
    engine: str
    style: str | None = None


class PicturePage(Struct, frozen=True, omit_defaults=True):
    """Pictures of mine, the newest first; `next` begins the next page."""

    items: tuple[PictureOut, ...]
    next: str | None = None


def _or_a_picture(*statuses: int) -> dict[str, Any]:
    """Return the arguments that document the answers of a route which may answer with a picture, beside a job."""
    said = "The picture itself, as it was waited for."
    picture = ResponseSpec(bytes, generate_examples=False, description=said, media_type=files.MIME)
    return {"responses": {200: picture, **documented(*statuses)["responses"]}}


@post("/generate/image", access="studio", status_code=202, **_or_a_picture(401, 403, 422))
async def generate_image(desk: TheDesk, caller: TheCaller, data: JSONBody[PictureIn]) -> Response[JobOut | bytes]:
    """Have a picture painted: the answer is the job, or with `wait` the picture itself, as a PNG."""
    seed = secrets.randbelow(2**32) if data.seed is None else data.seed
    wish = art.Wish(data.prompt, data.style, data.width, data.height, seed, data.kind)
    job = await _submitted(desk, caller, wish)
    if data.wait:
        job = await jobs_at(desk).wait(job.id, caller.person, PATIENCE) or job
    if not data.wait or not job.told:
        return accepted(job)
    return _png(*await _painted(desk, caller, job))


@post("/v1/images/generations", access="studio", status_code=200, **documented(401, 403, 422))
async def openai_generate(desk: TheDesk, caller: TheCaller, data: JSONBody[OpenAiIn]) -> OpenAiOut:
    """Have pictures painted and wait for them, for clients of OpenAI."""
    width, height = _sides(data.size)
    style: art.Style | None = next((style for style in art.STYLES if style == data.style), None)
    wishes = [art.Wish(data.prompt, style, width, height, secrets.randbelow(2**32)) for _ in range(data.n)]
    jobs = [await _submitted(desk, caller, wish) for wish in wishes]
    painted = await asyncio.gather(*(_waited_for(desk, caller, job) for job in jobs))
    pictures = tuple(OpenAiPicture(base64.b64encode(data).decode()) for _, data in painted)
    return OpenAiOut(jobs[0].created // 1000, pictures)


@post(
    "/tables/{tbl:str}/generate/image", access="play", scope="studio", status_code=200, media_type=files.MIME,
    **documented(401, 403, 404, 422),
)  # fmt: skip
async def paint_for_seat(
    desk: TheDesk, caller: TheCaller, place: ThePlace, data: JSONBody[SeatPictureIn]
) -> Response[bytes]:
    """Have a picture painted for my seat, and wait for it; within the table's lines and veils.

    Guests have none of a model, which somebody pays for.
    """
    if place.guest and desk.settings.art.engine != FREE:
        raise Trouble("auth/forbidden")
    if position_of(await desk.room(place.table)).told(data.prompt) != data.prompt:
        raise Trouble("picture/crosses_a_line")
    wish = art.Wish(data.prompt, data.style, data.size, data.size, secrets.randbelow(2**32), data.kind)
    job = await _submitted(desk, caller, wish)
    seen = following(await desk.room(place.table), place.seat)
    return _png(*await _waited_for(desk, caller, job, seen))


@get("/pictures", access="studio", **documented(401, 403))
async def list_pictures(desk: TheDesk, caller: TheCaller, limit: Limit = 20, after: Cursor = None) -> PicturePage:
    """List my pictures, the newest first."""
    found = await _gallery(desk).of(caller.person, after or "", limit + 1)
    items, rest = paged(found, limit, lambda picture: picture.id)
    return PicturePage(tuple(_picture_out(job) for job in items), rest)


@get("/pictures/{picture:str}", access="studio", media_type=files.MIME, **documented(304, 401, 403, 404))
async def get_picture(
    request: Request[Any, Any, Any], desk: TheDesk, caller: TheCaller, picture: FromPath[str], size: Size = "whole"
) -> Response[bytes]:
    """Look at a picture of mine, whole or in small."""
    hung = await _hung(desk, caller, picture)
    small = size == "thumb"
    if unchanged(request, _etag(hung, small=small)):
        return Response(b"", status_code=304, headers=_headers(hung, small=small))
    return _png(hung, await _look(desk, hung, small=small), small=small)


@delete("/pictures/{picture:str}", access="studio", status_code=204, **documented(401, 403, 404))
async def take_down(desk: TheDesk, caller: TheCaller, picture: FromPath[str]) -> None:
    """Forget a picture of mine."""
    await _gallery(desk).take_down(await _hung(desk, caller, picture))


def _gallery(desk: Desk) -> Gallery:
    if desk.house.gallery is None:
        raise PaintingFailed("This server keeps no pictures.", "Ask whoever runs it.")
    return desk.house.gallery


async def _submitted(desk: Desk, caller: Caller, wish: art.Wish) -> Job:
    return await submitted(desk, caller, Wish("", "", QUEUE, KIND, art.encode(wish), resource=PICTURES, amount=1))


async def _hung(desk: Desk, caller: Caller, picture: str) -> art.Hung:
    known = await _gallery(desk).get(known_id(picture, "ast", "picture/unknown"), caller.person)
    if known is None:
        raise Trouble("picture/unknown")
    return known


async def _look(desk: Desk, picture: art.Hung, *, small: bool = False) -> bytes:
    gallery = _gallery(desk)
    data = await (gallery.glance if small else gallery.look)(picture)
    if data is None:  # lost, or not in the backup that was brought back
        raise Trouble("picture/unknown")
    return data


async def _waited_for(desk: Desk, caller: Caller, job: Job, seen: Seen | None = None) -> tuple[art.Hung, bytes]:
    """Return what comes of a job in time; one that is late is cancelled, for nobody was told how to follow it."""
    done = await jobs_at(desk).wait(job.id, caller.person, PATIENCE, seen) or job
    if not done.over:
        await jobs_at(desk).cancel(job.id, caller.person)
    return await _painted(desk, caller, done)


async def _painted(desk: Desk, caller: Caller, job: Job) -> tuple[art.Hung, bytes]:
    """Return what came of a job; raises PaintingFailed when no picture did, in time."""
    if job.state != "done" or not job.told:
        raise PaintingFailed(f"The job is {state_of(job)}.", "Try again, or follow the job.")
    picture = await _hung(desk, caller, picture_of(job.id))
    return picture, await _look(desk, picture)


def _png(picture: art.Hung, data: bytes, *, small: bool = False) -> Response[Any]:
    return Response(data, status_code=200, media_type=files.MIME, headers=_headers(picture, small=small))


def _headers(picture: art.Hung, *, small: bool = False) -> dict[str, str]:
    return {"x-engine": picture.engine, "etag": _etag(picture, small=small), "cache-control": CACHED}


def _etag(picture: art.Hung, *, small: bool) -> str:
    file = picture.small if small and picture.small else picture.file
    return f'"{file.partition(".")[0]}"'


def _sides(size: str | None) -> tuple[int, int]:
    """Return a size such as `512x768`, brought within the limits."""
    if size is None or size == "auto":
        return SQUARE, SQUARE
    width, height = (min(art.MOST_SIDE, max(art.LEAST_SIDE, int(side))) for side in size.split("x"))
    return width, height


def _picture_out(picture: art.Hung) -> PictureOut:
    url = f"/api/v1/pictures/{picture.id}"
    return PictureOut(
        picture.id, url, f"{url}?size=thumb", picture.prompt, picture.width, picture.height, picture.seed,
        moment(picture.created), picture.engine, picture.style,
    )  # fmt: skip


HANDLERS: Final = (generate_image, openai_generate)
UNDER_V1: Final = (paint_for_seat, list_pictures, get_picture, take_down)
