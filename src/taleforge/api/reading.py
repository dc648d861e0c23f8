"""What a seat may know, over REST: view, options, journal, recap, and events one after the other.

Everything is cut to the seat that asks, as on its stream. Changes nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any, Final, cast

import msgspec
from litestar import Request, Response, get
from litestar.params import QueryParameter

from taleforge.api import wire
from taleforge.api.desk import Desk, Place, position_of
from taleforge.api.given import TheDesk, ThePlace
from taleforge.api.pages import MOST, Limit, Mark, paged_in_order, unchanged
from taleforge.api.spec import documented
from taleforge.errors import Unavailable
from taleforge.live.session import Session
from taleforge.messages.brief import Beat, Brief
from taleforge.messages.codec import encode
from taleforge.messages.frames import Frame, Hello, SeatEvent
from taleforge.messages.views import JournalEntry, SeatView
from taleforge.table.position import Position

KEPT_PROSE: Final = 100
MOST_WAIT: Final = 20
"""Seconds that somebody may wait for the next event."""
_BEATS: Final = {"scene": "scene.entered", "clue": "clue.found", "quest": "quest.advanced", "ending": "ending"}
"""What is told of each kind of journal entry; how the rules were read is no part of the story."""

AfterVersion = Annotated[int, QueryParameter(ge=0, le=2**53, description="What `next` said.")]
Query = Annotated[str, QueryParameter(max_length=200, description="Words to look for; none: the latest.")]
Wait = Annotated[int, QueryParameter(ge=0, le=MOST_WAIT, description="Seconds to wait for one when there is none yet.")]


@get("/tables/{tbl:str}/view", access="seat", **documented(304, 401, 403, 404))
async def get_view(desk: TheDesk, place: ThePlace, request: Request[Any, Any, Any]) -> Response[SeatView]:
    """Return all that my seat may know, with an entity tag that changes with it."""
    tag, data = await desk.view(place)
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if unchanged(request, tag):
        return Response(cast("SeatView", b""), status_code=304, headers=headers)
    return Response(cast("SeatView", data), headers=headers)


@get("/tables/{tbl:str}/options", access="seat", **documented(401, 403, 404))
async def list_options(desk: TheDesk, place: ThePlace) -> wire.OptionPage:
    """List what my seat can do now."""
    view = position_of(await desk.room(place.table)).view(place.seat)
    return wire.OptionPage(view.version, view.options)


@get("/tables/{tbl:str}/journal", access="seat", **documented(401, 403, 404))
async def read_journal(desk: TheDesk, place: ThePlace, limit: Limit = MOST, after: Mark = None) -> wire.JournalPage:
    """Return what my seat has written down."""
    journal = position_of(await desk.room(place.table)).view(place.seat).journal
    entries, rest = paged_in_order(journal, limit, after, msgspec.json.encode)
    return wire.JournalPage(tuple(entries), rest)


@get("/tables/{tbl:str}/recap", access="seat", **documented(401, 403, 404))
async def read_recap(desk: TheDesk, place: ThePlace) -> wire.Recap:
    """Return the story so far in short, as my seat knows it, and what it was told lately and was not taken back."""
    position = position_of(await desk.room(place.table))
    told = await desk.house.services.log.read_prose(place.table)
    mine = [p for p in told if position.stands(p.v) and (not p.audience or place.seat in p.audience)]
    return wire.Recap(tuple(mine[-KEPT_PROSE:]), await _in_short(desk, place, position))


async def _in_short(desk: Desk, place: Place, position: Position) -> tuple[str, ...]:
    """Tell each entry of a seat's journal again, a place once, without a model and within what the table agreed."""
    view = position.view(place.seat)
    tell = desk.house.services.fallback.tell
    once = {(entry.kind, entry.id): entry for entry in view.journal if entry.kind in _BEATS}
    told = [await tell(_brief(view, entry)) for entry in once.values()]
    return tuple(prose.text for prose in told if prose.text)


def _brief(view: SeatView, entry: JournalEntry) -> Brief:
    beat = Beat(view.version, _BEATS[entry.kind], params={"title": entry.title, "name": entry.title}, text=entry.text)
    return Brief(
        view.table.id, view.version, view.table.lang, (view.seat.id,), beats=(beat,),
        lines=view.safety.lines, veils=view.safety.veils,
    )  # fmt: skip


@get("/tables/{tbl:str}/recall", access="seat", **documented(401, 403, 404))
async def recall(desk: TheDesk, place: ThePlace, q: Query = "", limit: Limit = 5) -> wire.RecallPage:
    """Find what my seat remembers of something: what it witnessed, and what it was told."""
    found = await desk.house.recollection.recall(place.table, q, (place.seat,), limit)
    items = (wire.RecallOut(one.entry.v, one.entry.why, one.entry.text, round(one.score, 3)) for one in found)
    return wire.RecallPage(tuple(items))


@get("/tables/{tbl:str}/events", access="seat", **documented(401, 403, 404))
async def list_events(
    desk: TheDesk, place: ThePlace, limit: Limit = 20, after: AfterVersion = 0, wait: Wait = 0
) -> wire.EventPage:
    """Return what happened after a version, as my seat may see it; with `wait`, the next thing to happen."""
    found = await heard(desk, place, after, limit + 1)
    if not found and wait:
        async with _listening(desk, place) as session:
            found = await heard(desk, place, after, limit + 1) or await _next(desk, place, session, after, wait)
    return wire.EventPage(tuple(found[:limit]), found[limit - 1].v if len(found) > limit else None)


async def heard(desk: Desk, place: Place, after: int, most: int) -> Sequence[SeatEvent]:
    """Return the first events after a version that a seat could hear."""
    if after >= position_of(await desk.room(place.table)).version:
        return ()
    return await desk.replays.heard(place.table, place.seat, after, most)


@asynccontextmanager
async def _listening(desk: Desk, place: Place) -> AsyncGenerator[Session]:
    """Listen to a seat's stream; what happens from now on is not missed."""
    session = desk.house.tables.door(place.table, place.seat, desk.ask_as(place))
    await session.send(encode(Hello("")))
    try:
        yield session
    finally:
        await session.close()


async def _next(desk: Desk, place: Place, session: Session, after: int, wait: int) -> Sequence[SeatEvent]:
    """Return what a seat hears next; nothing when that takes too long, or the table closes."""
    with suppress(TimeoutError, Unavailable):
        async with asyncio.timeout(wait):
            while True:
                frame = msgspec.json.decode(await session.receive(), type=Frame)
                found = await heard(desk, place, after, 1) if frame.t == "event" else ()
                if found:
                    return found
    return ()


HANDLERS: Final = (get_view, list_options, read_journal, read_recap, recall, list_events)
