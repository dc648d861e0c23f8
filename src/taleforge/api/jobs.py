"""Jobs over HTTP: followed and cancelled by whoever wished for them; and what every route shares that begins one.

Does not know what a job is about, but where what came of it can be fetched.
"""

from typing import Any, Final

import msgspec
from litestar import Response, delete, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from msgspec import Struct

from taleforge.api.callers import Caller
from taleforge.api.desk import Desk
from taleforge.api.given import TheCaller, TheDesk
from taleforge.api.pages import known_id, moment
from taleforge.api.problems import Trouble
from taleforge.api.spec import documented
from taleforge.art.work import KIND as PAINT
from taleforge.bootstrap import picture_of, voice_id
from taleforge.errors import Unavailable
from taleforge.jobs.service import Jobs, Seen
from taleforge.jobs.values import Job, Turned, Wish
from taleforge.live.room import Room
from taleforge.messages.frames import Frame
from taleforge.voice.work import CLONE, TRANSCRIBE


class JobOut(Struct, frozen=True, omit_defaults=True):
    """A job of mine. `result` is where what came of it can be fetched, `error` the code of what went wrong.

    `picture` is the same as `result`, of pictures alone.
    """

    job: str
    kind: str
    state: str
    created: str
    progress: int = 0
    result: str = ""
    picture: str = ""
    error: str = ""


def or_a_job(*statuses: int) -> dict[str, Any]:
    """Return the arguments that document the answers of a route which may answer with a job, beside the good one."""
    job = ResponseSpec(JobOut, generate_examples=False, description="It is done meanwhile: follow the job.")
    return {"responses": {202: job, **documented(*statuses)["responses"]}}


@get("/jobs/{job:str}", access="studio", **documented(401, 403, 404))
async def get_job(desk: TheDesk, caller: TheCaller, job: FromPath[str]) -> JobOut:
    """Follow a job of mine."""
    return job_out(await my_job(desk, caller, job))


@delete("/jobs/{job:str}", access="studio", status_code=200, **documented(401, 403, 404, 409))
async def cancel_job(desk: TheDesk, caller: TheCaller, job: FromPath[str]) -> JobOut:
    """Cancel a job of mine; of one that has begun nothing comes any more, and whoever is at it stops soon."""
    mine = await my_job(desk, caller, job)
    cancelled = await jobs_at(desk).cancel(mine.id, caller.person)
    if cancelled is None:
        raise Trouble("job/over")
    return job_out(cancelled)


def jobs_at(desk: Desk) -> Jobs:
    """Return the jobs of a server; raises Unavailable where none are done."""
    if desk.house.jobs is None:
        raise Unavailable("This server does no jobs.", "Ask whoever runs it.")
    return desk.house.jobs


async def submitted(desk: Desk, caller: Caller, wish: Wish) -> Job:
    """Have something done for whoever asks; raises Trouble when they have had enough, or it is too large."""
    mine = msgspec.structs.replace(wish, space=caller.space, owner=(await desk.person(caller)).id)
    job = await jobs_at(desk).submit(mine)
    if isinstance(job, Turned):
        raise Trouble(job.code, job.params)
    return job


async def my_job(desk: Desk, caller: Caller, job: str) -> Job:
    """Return a job of whoever asks; raises Trouble."""
    known = await jobs_at(desk).get(known_id(job, "job", "job/unknown"), caller.person)
    if known is None:
        raise Trouble("job/unknown")
    return known


def following(room: Room, seat: str) -> Seen:
    """Return what lets a seat hear on its stream how a job goes, each time that there is news of it."""
    last: Frame | None = None

    def tell(job: Job) -> None:
        nonlocal last
        shown = job_out(job)
        frame = Frame("job", {"job": shown.job, "state": shown.state, "progress": shown.progress})
        if frame != last:
            room.push(seat, frame)
        last = frame

    return tell


def accepted(job: Job) -> Response[Any]:
    """Answer with a job that goes on."""
    return Response(job_out(job), status_code=202, headers={"location": f"/api/v1/jobs/{job.id}"})


def state_of(job: Job) -> str:
    """Return the state of a job; one not handed over is not done yet, and one that is unwanted never is."""
    if job.unwanted and not job.over:
        return "cancelled"
    return "running" if job.state == "done" and not job.told else job.state


def job_out(job: Job) -> JobOut:
    """Return a job as it is shown."""
    state = state_of(job)
    done = state == "done"
    result = _result(job) if done else ""
    picture = result if job.kind == PAINT else ""
    percent = 100 if done else min(99, job.progress)
    return JobOut(job.id, job.kind, state, moment(job.created), percent, result, picture, "" if done else job.error)


def _result(job: Job) -> str:
    """Return where what came of a job can be fetched."""
    return {
        PAINT: f"/api/v1/pictures/{picture_of(job.id)}",
        TRANSCRIBE: f"/api/v1/transcripts/{job.id}",
        CLONE: f"/api/v1/voices/{voice_id(job.id)}",
    }.get(job.kind, "")


UNDER_V1: Final = (get_job, cancel_job)
