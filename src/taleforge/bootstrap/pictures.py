"""Who paints, by the settings: as work for a queue, or at once for somebody at a terminal.

What paints is loaded with the first picture, for most processes never paint. Does not say who may wish.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from importlib.util import find_spec
from typing import Final

import msgspec
from msgspec.structs import replace

from taleforge.accounts.values import Quota
from taleforge.art.files import MIME
from taleforge.art.gallery import Gallery
from taleforge.art.hands import Hands
from taleforge.art.parcels import Parcel, Sender, unpacked
from taleforge.art.ports import Files, Painter, Progress, nobody
from taleforge.art.setup import configured, open_painter
from taleforge.art.values import Hung, Picture, Wish, decode, encode
from taleforge.art.work import KIND, QUEUE, worker
from taleforge.bootstrap.meter import daily
from taleforge.bootstrap.places import LOCAL_PERSON, LOCAL_SPACE
from taleforge.errors import BadInput, PaintingFailed
from taleforge.jobs import values as work
from taleforge.jobs.ports import Handler, JobStore, Rejected, Task
from taleforge.jobs.service import Jobs
from taleforge.jobs.values import Job
from taleforge.settings import Settings
from taleforge.store.blobs import name_of

PICTURES: Final = "pictures"
"""What a picture costs, in the ledger: one."""
PATIENCE: Final = 90.0
"""Seconds that somebody at a table of this process waits for a picture."""


class Brush:
    """A painter that is made when it is first needed (`Painter`), and what makes small pictures of its large ones."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._hands = Hands(settings.jobs.niceness, settings.art.seconds)
        self._painter: Painter | None = None

    async def paint(self, wish: Wish, progress: Progress = nobody) -> Picture:
        """Return a picture. Raises PaintingFailed, and Misconfigured."""
        if self._painter is None:
            self._painter = _opened(self._settings, self._hands)
        return await self._painter.paint(wish, progress)

    async def small(self, file: bytes) -> bytes:
        """Return a picture in small. Raises PaintingFailed."""
        return await self._hands.small(file)

    async def close(self) -> None:
        """End what it holds."""
        await self._hands.close()
        if self._painter is not None:
            await self._painter.close()


async def paint(settings: Settings, wanted: Mapping[str, object]) -> Picture:
    """Return a picture of what is wanted, as the fields of a `Wish`. Raises BadInput, PaintingFailed, Misconfigured."""
    brush = Brush(settings)
    try:
        return await brush.paint(_wish(wanted))
    finally:
        await brush.close()


def painting(brush: Brush, mine: Files) -> Handler:
    """Return who does the jobs of the kind `paint`, in a process with files."""
    sender = Sender(mine, lambda picture: name_of(hashlib.sha256(picture).hexdigest(), MIME))
    paint_job = worker(brush, brush.small, sender)

    async def handle(task: Task) -> bytes:
        try:
            return await paint_job(task.job.payload, task.progress)
        except BadInput as error:
            raise Rejected(error.code) from error

    return handle


async def painted(jobs: Jobs, gallery: Gallery, wanted: Mapping[str, object]) -> bytes:
    """Have a picture painted by a worker, and keep it for whoever plays on this machine; raises as `paint` does."""
    wish = replace(_wish(wanted), seed=secrets.randbelow(2**32))
    payload = encode(wish)
    asked = work.Wish(LOCAL_SPACE, LOCAL_PERSON, QUEUE, KIND, payload, resource=PICTURES, amount=1)
    job = await jobs.submit(asked)
    if isinstance(job, work.Turned):
        raise BadInput(f"No picture is painted ({job.code}).", "Raise art.pictures_per_day, or come back tomorrow.")
    await jobs.wait(job.id, LOCAL_PERSON, PATIENCE)
    picture = await gallery.get(picture_of(job.id), LOCAL_PERSON)
    data = await gallery.look(picture) if picture is not None else None
    if data is None:
        raise PaintingFailed("No picture was painted, or not in time.", "Try again, or with other words.")
    return data


def _wish(wanted: Mapping[str, object]) -> Wish:
    try:
        return msgspec.convert(wanted, Wish)
    except msgspec.ValidationError as error:
        raise BadInput(f"That cannot be painted: {error}.", "taleforge paint --help says what can.") from error


def picture_of(job: str) -> str:
    """Return the id of the picture that comes of a job."""
    return f"ast_{job.partition('_')[2]}"


def hanging(gallery: Gallery, jobs: JobStore) -> Callable[[Job], Awaitable[None]]:
    """Return who takes over pictures that were painted; one whose person was forgotten meanwhile does not stay."""

    async def receive(job: Job) -> None:
        if job.state != "done":
            return
        parcel, whole, small = unpacked(job.result)
        picture = _hung(job, parcel)
        await (gallery.hang(picture, whole, small) if whole else gallery.take(picture))
        if await jobs.get(job.id) is None:
            await gallery.forget(job.owner)

    return receive


def _hung(job: Job, parcel: Parcel) -> Hung:
    wish = decode(job.payload)
    return Hung(
        picture_of(job.id), job.space, job.owner, parcel.file, wish.prompt, wish.style, parcel.width, parcel.height,
        wish.seed, parcel.engine, job.created, parcel.small,
    )  # fmt: skip


def picture_quotas(settings: Settings) -> tuple[Quota, ...]:
    """Return how many pictures may be wished for."""
    art = settings.art
    return daily(PICTURES, person=art.pictures_per_day, space=art.pictures_per_space, server=art.pictures_in_all)


def _opened(settings: Settings, hands: Hands) -> Painter:
    if find_spec("numpy") is None:
        raise PaintingFailed("There is nothing to paint with.", "pip install 'taleforge[art]'")
    return open_painter(configured(settings.art), hands, settings.jobs.niceness)
