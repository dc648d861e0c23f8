"""Tables over REST: make, list, look, act, go back, branch; what a seat knows is read in `reading`.

Whatever is asked of a table goes the same way as over a stream (`Desk.ask_as`). Does not know what a command means.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Annotated, Any, Final, cast

import msgspec
from litestar import Request, Response, get, post
from litestar.params import JSONBody, QueryParameter
from msgspec import structs

from taleforge.accounts.service import Issued
from taleforge.api import wire
from taleforge.api.callers import Caller
from taleforge.api.desk import Desk, Place, position_of
from taleforge.api.given import TheCaller, TheDesk, ThePlace
from taleforge.api.pages import Limit, paged, rfc3339
from taleforge.api.problems import Trouble, answer, refusal
from taleforge.api.spec import documented
from taleforge.bootstrap import LOCAL_CAMPAIGN
from taleforge.live.ports import Position
from taleforge.messages.codec import decode_command
from taleforge.messages.commands import NAMELESS, Ack, Ask, Branch, Command, Refused, Reply, Undo, command
from taleforge.messages.events import Event, TableBranched
from taleforge.messages.frames import SeatEvent
from taleforge.messages.ids import IdSource, is_id
from taleforge.table.house_rules import HOUSE_RULES
from taleforge.table.ports import NewTable, TableRow
from taleforge.telemetry.context import bind

OfCampaign = Annotated[str | None, QueryParameter(pattern="^cmp_[0-9a-z]{26}$", description="Those of one campaign.")]
Played = Annotated[
    str | None, QueryParameter(pattern="^[0-9TZ:.-]{20,30}~tbl_[0-9a-z]{26}$", description="What `next` said.")
]


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
async def list_tables(
    desk: TheDesk, caller: TheCaller, limit: Limit = 20, after: Played = None, campaign: OfCampaign = None
) -> wire.TablePage:
    """List the tables that are mine, the last played first."""
    mine = await tables_of(desk, caller)
    if campaign is not None:
        within = await desk.stores.campaigns.tables(campaign)
        mine = within if mine is None else list({*within} & {*mine})
    rows, rest = await played(desk, caller.space, mine, limit, after)
    return wire.TablePage(tuple(map(table_out, rows)), rest)


async def tables_of(desk: Desk, caller: Caller) -> list[str] | None:
    """Return the tables where a caller has a seat; None when all of the space are theirs to see."""
    return None if caller.admin else [grant.table or "" for grant in await desk.seats_of(caller.person)]


async def played(
    desk: Desk, space: str, only: Collection[str] | None, limit: int, after: str | None
) -> tuple[Sequence[TableRow], str | None]:
    """Return a page of the tables of a space, of some ids if they are named, the last played first."""
    place = None
    if after is not None:
        moment, _, table = after.partition("~")
        place = (moment, table)
    found = await desk.house.services.log.tables(space, only=only, after=place, limit=limit + 1)
    return paged(found, limit, lambda row: f"{row.updated_at}~{row.id}")


@post("/tables", access="person", scope="host", **documented(401, 403, 422))
async def create_table(desk: TheDesk, caller: TheCaller, data: JSONBody[wire.NewTableIn]) -> wire.SeatOut:
    """Make a table, in a campaign of mine if one is named, and be its host."""
    if data.adventure not in desk.house.content.adventures:
        raise Trouble("input/invalid", {"field": "adventure"})
    for rule, value in data.house_rules.items():
        if value not in HOUSE_RULES.get(rule, ()):
            raise Trouble("input/invalid", {"field": f"house_rules.{rule[:40]}"})
    within = await _campaign(desk, caller, data.campaign) if data.campaign else None
    wish = NewTable(data.adventure, caller.space, within or LOCAL_CAMPAIGN, data.house_rules)
    table = await desk.house.tables.create(wish)
    bind(table=table)
    if within is not None:
        await desk.stores.campaigns.place(table, within)
    return seat_out(await desk.seat(caller.person, table, "host"))


async def _campaign(desk: Desk, caller: Caller, campaign: str) -> str:
    """Return the id of a campaign that a caller may make tables in; raises Trouble."""
    known = await desk.stores.campaigns.get(campaign) if is_id(campaign, "cmp") else None
    mine = known is not None and (known.created_by == caller.person or caller.admin)
    if known is None or known.space != caller.space or not mine:
        raise Trouble("input/invalid", {"field": "campaign"})
    return known.id


@get("/tables/{tbl:str}", access="member", **documented(401, 403, 404))
async def get_table(desk: TheDesk, place: ThePlace) -> wire.TableOut:
    """Look at a table from outside: what is played, and who sits there."""
    seats = position_of(await desk.room(place.table)).view("").seats
    campaign = await desk.stores.campaigns.of(place.table)
    return structs.replace(table_out(await desk.row(place.table)), seats=tuple(seats.values()), campaign=campaign)


@post("/tables/{tbl:str}/actions", access="seat", scope="play", status_code=200,
      **documented(400, 401, 403, 404, 409, 422, 500, 503))  # fmt: skip
async def act(
    desk: TheDesk, place: ThePlace, data: JSONBody[wire.CommandIn], request: Request[Any, Any, Any]
) -> Response[wire.Answered]:
    """Ask the table for something, by command or in my own words, and hear what came of it.

    A command with the same id is done once, and answered alike. What the table then does by itself comes in `events`.
    Who only watches may stop the scene, answer what is asked of all, whisper, and leave.
    """
    wish = _wish(data, place.seat, desk.house.services.ids)
    request.scope["state"]["nameless"] = isinstance(wish.d, NAMELESS)  # for the door, which writes a line of this
    before = position_of(await desk.room(place.table))
    reply = await desk.ask_as(place)(wish)
    if not isinstance(reply, Ack):
        return _answered(reply)
    return _answered(reply, await _heard_of(desk, place, wish, before, reply.v))


def _wish(data: wire.CommandIn, seat: str, ids: IdSource) -> Command:
    """Return the command that somebody sent, which may be nothing but words; raises MessageError when it is none."""
    name, d = ("do", {"text": data.text}) if data.text is not None else (data.name, data.d)
    plain = {"id": data.id or ids("cmd"), "name": name, "seat": seat, "d": d, "at_turn": data.at_turn}
    return decode_command(msgspec.json.encode(plain))


async def _heard_of(desk: Desk, place: Place, wish: Command, before: Position, v: int) -> Sequence[SeatEvent]:
    """Return what a seat heard of its command that led to version `v`, also when it was done long before."""
    services = desk.house.services
    position = before if before.version < v else services.game.fold(place.table, ())
    events = await services.log.read(place.table, after=position.version, limit=v - position.version)
    return await asyncio.to_thread(_caused, position, events, place.seat, wish.id)


def _caused(position: Position, events: Sequence[Event], seat: str, cmd: str) -> list[SeatEvent]:
    """Return what a seat hears of the events that begin with those of a command."""
    found: list[SeatEvent] = []
    begun = False
    for event in events:
        position = position.after(event)
        begun = begun or event.cmd == cmd
        seen = position.project(event, seat) if begun else None
        found += [] if seen is None else [seen]
    return found


@post("/tables/{tbl:str}/undo", access="play", status_code=200, **documented(400, 401, 403, 404, 409, 503))
async def undo(desk: TheDesk, place: ThePlace, data: JSONBody[wire.UndoIn]) -> Response[wire.Answered]:
    """Go back by so many commands, or to a version; the host may."""
    wish = command(desk.house.services.ids("cmd"), place.seat, Undo(data.steps, data.to))
    return _answered(await desk.ask_as(place)(wish))


@post("/tables/{tbl:str}/branch", access="play", **documented(400, 401, 403, 404, 409, 503))
async def branch(desk: TheDesk, place: ThePlace, data: JSONBody[wire.BranchIn]) -> Response[wire.SeatOut]:
    """Make a new table from this one as it was at a version, and be its host; the host may."""
    wish = command(desk.house.services.ids("cmd"), place.seat, Branch(data.at))
    reply = await desk.ask_as(place)(wish)
    if not isinstance(reply, Ack):
        return cast("Response[wire.SeatOut]", _answered(reply))  # a refusal, which is a problem
    (event,) = await desk.house.services.log.read(place.table, after=reply.v - 1, limit=1)
    assert isinstance(event.d, TableBranched)
    within = await desk.stores.campaigns.of(place.table)
    if within is not None:
        await desk.stores.campaigns.place(event.d.child, within)
    issued = await desk.seat(place.person, event.d.child, "host", place.seat)
    return Response(seat_out(issued), status_code=201)


def _answered(reply: Reply, heard: Sequence[SeatEvent] = ()) -> Response[wire.Answered]:
    """Return a table's answer with what was heard of it; a refusal is a problem."""
    match reply:
        case Refused():
            return cast("Response[wire.Answered]", answer(refusal(reply)))
        case Ack():
            said = wire.Answered("ack", reply.re, v=reply.v, events=tuple(heard))
        case Ask():
            said = wire.Answered("ask", reply.re, question=reply.question, choices=reply.choices)
    return Response(said, status_code=200)


HANDLERS: Final = (list_tables, create_table, get_table, act, undo, branch)
