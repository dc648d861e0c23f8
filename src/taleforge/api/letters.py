"""Jobs that failed for good (dead letters), over HTTP: seen by administrators, and tried again.

Does not tell what a job was about.
"""

from typing import Final

from litestar import get, post
from litestar.params import FromPath
from msgspec import Struct

from taleforge.api.desk import Desk
from taleforge.api.given import TheCaller, TheDesk
from taleforge.api.pages import Cursor, Limit, known_id, moment, paged
from taleforge.api.problems import Trouble
from taleforge.api.spec import documented
from taleforge.errors import Unavailable
from taleforge.jobs.service import Jobs
from taleforge.jobs.values import Job


class Letter(Struct, frozen=True):
    """A job that failed, with the code of what went wrong last, and how often it was tried."""

    job: str
    kind: str
    person: str
    error: str
    attempts: int
    created: str
    finished: str


class LetterPage(Struct, frozen=True, omit_defaults=True):
    """Jobs that failed, the newest first; `next` begins the next page."""

    items: tuple[Letter, ...]
    next: str | None = None


@get("/admin/jobs/failed", access="person", scope="admin", **documented(401, 403))
async def list_failed(desk: TheDesk, caller: TheCaller, limit: Limit = 20, after: Cursor = None) -> LetterPage:
    """List the jobs of my space that failed for good, the newest first."""
    found = await _jobs(desk).store.failed(caller.space, after or "", limit + 1)
    items, rest = paged(found, limit, lambda job: job.id)
    return LetterPage(tuple(_letter(job) for job in items), rest)


@post("/admin/jobs/{job:str}/retry", access="person", scope="admin", status_code=204, **documented(401, 403, 404, 409))
async def retry_job(desk: TheDesk, caller: TheCaller, job: FromPath[str]) -> None:
    """Have a job that failed for good tried from the beginning; it costs nothing any more."""
    known = await _jobs(desk).store.get(known_id(job, "job", "job/unknown"))
    if known is None or known.space != caller.space:
        raise Trouble("job/unknown")
    if not await _jobs(desk).retry(known):
        raise Trouble("job/over")


def _jobs(desk: Desk) -> Jobs:
    if desk.house.jobs is None:
        raise Unavailable("This server does no jobs.", "Ask whoever runs it.")
    return desk.house.jobs


def _letter(job: Job) -> Letter:
    return Letter(job.id, job.kind, job.owner, job.error, job.attempts, moment(job.created), moment(job.finished))


HANDLERS: Final = (list_failed, retry_job)
