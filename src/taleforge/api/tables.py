"""Tables over REST: make, list, look, act, go back, branch, read on.

Whatever is asked of a table goes the same way as over a stream (`Desk.ask_as`). Does not know what a command means.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, cast

import msgspec
from litestar import Request, Response, get, post
from litestar.params import JSONBody, QueryParameter
from msgspec import structs

from taleforge.accounts.service import Issued
from taleforge.api import wire
from taleforge.api.desk import Desk, Place, position_of
from taleforge.api.given import TheCaller, TheDesk, ThePlace
from taleforge.api.problems import Trouble, answer, refusal
from taleforge.api.spec import documented
from taleforge.live.ports import Game
from taleforge.messages.codec import decode_command
from taleforge.messages.commands import NAMELESS, Ack, Branch, Refused, Reply, Undo, command
from taleforge.messages.events import Event, TableBranched
from taleforge.messages.frames import SeatEvent
from taleforge.messages.views import SeatView
from taleforge.table.ports import TableRow

MOST: Final = 100
KEPT_PROSE: Final = 100

Limit = Annotated[int, QueryParameter(ge=1, le=MOST, description="How many, at most.")]
After = Annotated[str | None, QueryParameter(max_length=200, description="What `next` said.")]
AfterVersion = Annotated[int, QueryParameter(ge=0, le=2**53, description="What `next` said.")]


def rfc3339(ms: int | None) -> str | None:
    """Return a moment as the protocol writes it."""
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seat_out(issued: Issued) -> wire.SeatOut:
    """Return a new seat token as it is shown once."""
    grant = issued.grant
    assert grant.table is not None
    assert grant.seat is not None
    assert grant.role is not None
    return wire.SeatOut(grant.table, grant.seat, grant.role, issued.secret, rfc3339(grant.expires))


def table_out(row: TableRow) -> wire.TableOut:
    """Return a table as lists show it."""
    return wire.TableOut(row.id, row.title, row.adventure, row.status, row.created_at, row.updated_at, row.parent)


@get("/tables", access="person", **documented(401, 403))
async def list_tables(desk: TheDesk, caller: TheCaller, limit: Limit = 20, after: After = None) -> wire.TablePage:
    """List the tables that are mine, the last played first."""
    rows = await desk.house.services.log.tables(caller.space)
    if not caller.admin:
        mine = {grant.table for grant in await desk.seats_of(caller.person)}
        rows = [row for row in rows if row.id in mine]
    rows.sort(key=_place_in_list, reverse=True)
    left = [row for row in rows if after is None or _place_in_list(row) < after]
    items = tuple(map(table_out, left[:limit]))
    return wire.TablePage(items, _place_in_list(left[limit - 1]) if len(left) > limit else None)


def _place_in_list(row: TableRow) -> str:
    return f"{row.updated_at}~{row.id}"


@post("/tables", access="person", scope="host", **documented(401, 403, 422))
async def create_table(desk: TheDesk, caller: TheCaller, data: JSONBody[wire.NewTableIn]) -> wire.SeatOut:
    """Make a table, and be its host."""
    if data.adventure not in desk.house.content.adventures:
        raise Trouble("input/invalid", {"field": "adventure"})
    table = await desk.house.open_table(data.adventure, data.house_rules)
    return seat_out(await desk.seat(caller.person, table, "host"))


@get("/tables/{tbl:str}", access="member", **documented(401, 403, 404))
async def get_table(desk: TheDesk, place: ThePlace) -> wire.TableOut:
    """Look at a table from outside: what is played, and who sits there."""
    seats = position_of(await desk.room(place.table)).view("").seats
    return structs.replace(table_out(await desk.row(place.table)), seats=tuple(seats.values()))


@get("/tables/{tbl:str}/view", access="seat", **documented(304, 401, 403, 404))
async def get_view(desk: TheDesk, place: ThePlace, request: Request[Any, Any, Any]) -> Response[SeatView]:
    """Return all that my seat may know, with an entity tag that changes with it."""
    tag, data = await desk.view(place)
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(cast("SeatView", b""), status_code=304, headers=headers)
    return Response(cast("SeatView", data), headers=headers)


@get("/tables/{tbl:str}/options", access="seat", **documented(401, 403, 404))
async def list_options(desk: TheDesk, place: ThePlace) -> wire.OptionPage:
    """List what my seat can do now."""
    view = position_of(await desk.room(place.table)).view(place.seat)
    return wire.OptionPage(view.version, view.options)


@get("/tables/{tbl:str}/journal", access="seat", **documented(401, 403, 404))
async def read_journal(desk: TheDesk, place: ThePlace) -> wire.JournalPage:
    """Return what my seat has written down."""
    return wire.JournalPage(position_of(await desk.room(place.table)).view(place.seat).journal)


@get("/tables/{tbl:str}/recap", access="seat", **documented(401, 403, 404))
async def read_recap(desk: TheDesk, place: ThePlace) -> wire.Recap:
    """Return what was told to my seat lately, and was not taken back since."""
    told = await desk.house.services.log.read_prose(place.table)
    stands = position_of(await desk.room(place.table)).stands
    mine = [prose for prose in told if stands(prose.v) and (not prose.audience or place.seat in prose.audience)]
    return wire.Recap(tuple(mine[-KEPT_PROSE:]))


@get("/tables/{tbl:str}/events", access="seat", **documented(401, 403, 404))
async def list_events(desk: TheDesk, place: ThePlace, limit: Limit = 20, after: AfterVersion = 0) -> wire.EventPage:
    """Return what happened after a version, as my seat may see it."""
    heard = await _heard(desk, place, after, limit + 1)
    return wire.EventPage(tuple(heard[:limit]), heard[limit - 1].v if len(heard) > limit else None)


async def _heard(desk: Desk, place: Place, after: int, most: int) -> Sequence[SeatEvent]:
    """Return the first events after a version that a seat could hear."""
    if after >= position_of(await desk.room(place.table)).version:
        return ()
    events = await desk.house.services.log.read(place.table)
    return await asyncio.to_thread(_replayed, desk.house.services.game, place, events, after, most)


def _replayed(game: Game, place: Place, events: Sequence[Event], after: int, most: int) -> Sequence[SeatEvent]:
    """Play a log again up to what is wanted of it."""
    heard: list[SeatEvent] = []
    position = game.fold(place.table, events[:after])
    for event in events[after:]:
        position = position.after(event)
        seen = position.project(event, place.seat)
        if seen is not None:
            heard.append(seen)
        if len(heard) == most:
            break
    return heard


@post("/tables/{tbl:str}/actions", access="play", status_code=200, **documented(400, 401, 403, 404, 409, 500, 503))
async def act(
    desk: TheDesk, place: ThePlace, data: JSONBody[wire.CommandIn], request: Request[Any, Any, Any]
) -> Response[Any]:
    """Ask the table for something, as over the stream; a command with the same id is done once."""
    plain = {
        "id": data.id or desk.house.services.ids("cmd"), "name": data.name, "seat": place.seat, "d": data.d,
        "at_turn": data.at_turn,
    }  # fmt: skip
    wish = decode_command(msgspec.json.encode(plain))
    request.scope["state"]["nameless"] = isinstance(wish.d, NAMELESS)  # for the door, which writes a line of this
    return _answered(await desk.ask_as(place)(wish))


@post("/tables/{tbl:str}/undo", access="play", status_code=200, **documented(400, 401, 403, 404, 409, 503))
async def undo(desk: TheDesk, place: ThePlace, data: JSONBody[wire.UndoIn]) -> Response[Any]:
    """Go back by so many commands, or to a version; the host may."""
    wish = command(desk.house.services.ids("cmd"), place.seat, Undo(data.steps, data.to))
    return _answered(await desk.ask_as(place)(wish))


@post("/tables/{tbl:str}/branch", access="play", **documented(400, 401, 403, 404, 409, 503))
async def branch(desk: TheDesk, place: ThePlace, data: JSONBody[wire.BranchIn]) -> Response[Any]:
    """Make a new table from this one as it was at a version, and be its host; the host may."""
    wish = command(desk.house.services.ids("cmd"), place.seat, Branch(data.at))
    reply = await desk.ask_as(place)(wish)
    if not isinstance(reply, Ack):
        return _answered(reply)
    (event,) = await desk.house.services.log.read(place.table, after=reply.v - 1, limit=1)
    assert isinstance(event.d, TableBranched)
    issued = await desk.seat(place.person, event.d.child, "host", place.seat)
    return Response(seat_out(issued), status_code=201)


def _answered(reply: Reply) -> Response[Any]:
    if isinstance(reply, Refused):
        return cast("Response[Any]", answer(refusal(reply)))
    return Response(reply, status_code=200)


HANDLERS: Final = (
    list_tables, create_table, get_table, get_view, list_options, read_journal, read_recap, list_events, act, undo,
    branch,
)  # fmt: skip
