"""Whole tables as `.tale` files over REST: export, import, check.

Files of others are judged by `bootstrap` and `store.files`; here they only arrive and leave. Keeps no file.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.params import QueryParameter

from taleforge.api import wire
from taleforge.api.given import TheCaller, TheDesk, ThePlace
from taleforge.api.problems import Trouble
from taleforge.api.spec import documented
from taleforge.api.tables import seat_out
from taleforge.bootstrap import check
from taleforge.errors import BadInput, Damaged, TooNew
from taleforge.store.files import Tale
from taleforge.telemetry.context import bind

MOST_UPLOADED: Final = 50 * 1024 * 1024
MEDIA_TYPE: Final = "application/zip"

AsCopy = Annotated[bool, QueryParameter(description="Take it in under a new id, to have it twice.")]


@get("/tables/{tbl:str}/export", access="host", media_type=MEDIA_TYPE, **documented(401, 403, 404))
async def export_table(desk: TheDesk, place: ThePlace) -> Response[bytes]:
    """Return the whole table as a `.tale` file, its dice revealed; the table goes on with new ones.

    What others whispered to each other is not in it.
    """
    await desk.room(place.table)
    async with _folder() as folder:
        file = folder / f"{place.table}.tale"
        await desk.house.export(place.table, file, place.seat)
        data = await asyncio.to_thread(file.read_bytes)
    named = {"content-disposition": f'attachment; filename="{file.name}"'}
    return Response(data, media_type=MEDIA_TYPE, headers=named)


@post(
    "/tables/import",
    access="person",
    scope="host",
    request_max_body_size=MOST_UPLOADED,
    **documented(401, 403, 409, 415, 422),
)
async def import_table(
    desk: TheDesk,
    caller: TheCaller,
    request: Request[Any, Any, Any],
    as_copy: AsCopy = False,  # noqa: FBT002 - given by name, in the query
) -> wire.ImportOut:
    """Take in a `.tale` file, sent as it is, and be the host of its table.

    One that this server sealed, and that is not as it was then, is refused as forged. `sealed` and `unproven` say of
    any other that nobody here can tell; so does its log, from then on.
    """
    if request.headers.get("content-type", "").partition(";")[0] not in {MEDIA_TYPE, "application/octet-stream"}:
        raise Trouble("request/media_type")
    data = await request.body()
    async with _folder() as folder:
        file = folder / "upload.tale"
        await asyncio.to_thread(file.write_bytes, data)
        with _nameless(file):
            came = await desk.house.take_in(file, as_copy=as_copy, space=caller.space)
    seats = (await desk.state(came.table)).seats.values()
    host = next((seat.id for seat in seats if seat.role == "host"), None)
    bind(table=came.table)
    seat = seat_out(await desk.seat(caller.person, came.table, "host", host))
    return wire.ImportOut(seat.table, seat.seat, seat.role, seat.token, seat.expires, came.sealed, came.unproven)


@get("/tables/{tbl:str}/verify", access="member", **documented(401, 403, 404))
async def verify_table(desk: TheDesk, place: ThePlace) -> wire.VerdictOut:
    """Check the table's log: every event replayed, every face of dice that are revealed derived again."""
    await desk.room(place.table)
    tale = Tale(await desk.row(place.table), tuple(await desk.house.services.log.read(place.table)))
    found = await asyncio.to_thread(check, tale)
    sound = found.problem is None
    return wire.VerdictOut(
        sound, found.events, found.rolls, found.faces, found.unrevealed, found.problem, found.unproven
    )


@contextmanager
def _nameless(file: Path) -> Generator[None]:
    """Let what is said of a file not say where this machine put it."""
    try:
        yield
    except (BadInput, Damaged, TooNew) as error:
        raise type(error)(error.problem.replace(str(file), "the file"), error.remedy) from error


@asynccontextmanager
async def _folder() -> AsyncGenerator[Path]:
    folder = await asyncio.to_thread(TemporaryDirectory, prefix="taleforge-")
    try:
        yield Path(folder.name)
    finally:
        await asyncio.to_thread(folder.cleanup)


HANDLERS: Final = (export_table, import_table, verify_table)
