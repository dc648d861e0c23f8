"""Seats and invites over REST: who sits where, ways in for others, and tokens that can be taken back.

Sitting down with a character is a command of the game; here a person is given the token of a seat. Judges no command.
"""

from typing import Final

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody

from taleforge.accounts.service import Invited
from taleforge.accounts.values import Invite, Role
from taleforge.api import wire
from taleforge.api.desk import position_of
from taleforge.api.given import TheCaller, TheDesk, ThePlace
from taleforge.api.pages import MOST, Cursor, Limit, Mark, paged, paged_in_order, rfc3339
from taleforge.api.problems import Trouble, check
from taleforge.api.spec import documented
from taleforge.api.tables import seat_out
from taleforge.telemetry.context import bind


@get("/tables/{tbl:str}/seats", access="member", **documented(401, 403, 404))
async def list_seats(desk: TheDesk, place: ThePlace, limit: Limit = MOST, after: Mark = None) -> wire.SeatPage:
    """List who sits at a table."""
    seats = tuple(position_of(await desk.room(place.table)).view("").seats.values())
    shown, rest = paged_in_order(seats, limit, after, lambda seat: seat.id)
    return wire.SeatPage(tuple(shown), rest)


@get("/seat", access="public", **documented(401, 403))
async def get_seat(caller: TheCaller) -> wire.SeatHeld:
    """Say which seat my token opens."""
    if caller.kind == "nobody":
        raise Trouble(caller.trouble)
    grant = caller.grant
    if grant is None or grant.table is None or grant.seat is None or grant.role is None:
        raise Trouble("seat/unknown")
    return wire.SeatHeld(grant.table, grant.seat, grant.role, rfc3339(grant.expires))


@post("/tables/{tbl:str}/seats", access="member", scope="play", **documented(401, 403, 404))
async def take_seat(desk: TheDesk, place: ThePlace) -> wire.SeatOut:
    """Return a new token for my seat at the table; an administrator without one hosts it, if nobody does."""
    seats = (await desk.state(place.table)).seats
    seat = place.seat or next((taken.id for taken in seats.values() if taken.person == place.person), "")
    taken = seats.get(seat)
    if taken is not None and taken.role != "companion":
        role: Role = taken.role
    elif place.role == "admin":
        role = "spectator" if any(other.role == "host" for other in seats.values()) else "host"
    else:
        role = place.role
    return seat_out(await desk.seat(place.person, place.table, role, seat or None))


@delete("/tables/{tbl:str}/seats/{seat:str}/tokens", access="member", scope="play", **documented(401, 403, 404))
async def revoke_seat(desk: TheDesk, place: ThePlace, seat: FromPath[str]) -> None:
    """Revoke every token of a seat, and end its streams: of my own, or of any as the host."""
    if seat != place.seat and place.role not in {"host", "admin"}:
        raise Trouble("seat/host_only")
    grants = {grant.id for grant in await desk.stores.grants.of(table=place.table, seat=seat)}
    await desk.accounts.revoke_seat(place.table, seat)
    desk.revoked(grants)


@get("/tables/{tbl:str}/invites", access="host", **documented(401, 403, 404))
async def list_invites(desk: TheDesk, place: ThePlace, limit: Limit = MOST, after: Cursor = None) -> wire.InvitePage:
    """List the invites to a table; not what opens them."""
    now, found = desk.now(), await desk.stores.invites.of(place.table, after or "", limit + 1)
    invites, rest = paged(found, limit, lambda invite: invite.id)
    return wire.InvitePage(tuple(_invite_out(invite, now) for invite in invites), rest)


@post("/tables/{tbl:str}/invites", access="host", **documented(401, 403, 404))
async def make_invite(desk: TheDesk, place: ThePlace, data: JSONBody[wire.InviteIn]) -> wire.InviteOut:
    """Make an invite; its link token and its six letters are shown this once."""
    by = await desk.stores.people.get(place.person)
    if by is None:
        raise Trouble("auth/revoked")
    role: Role = "spectator" if data.role == "spectator" else "player"
    invited = await desk.accounts.invite(by, place.table, role, uses=data.uses, hours=data.hours)
    bind(whom=invited.invite.id)
    return _invite_out(invited.invite, desk.now(), invited)


@delete("/tables/{tbl:str}/invites/{invite:str}", access="host", **documented(401, 403, 404))
async def revoke_invite(desk: TheDesk, place: ThePlace, invite: FromPath[str]) -> None:
    """Close an invite."""
    if all(known.id != invite for known in await desk.stores.invites.of(place.table)):
        raise Trouble("invite/invalid")
    await desk.stores.invites.revoke(invite, desk.now())


@post("/invites/follow", access="public", **documented(401, 403, 404, 422))
async def follow_invite(desk: TheDesk, caller: TheCaller, data: JSONBody[wire.FollowIn]) -> wire.SeatOut:
    """Follow an invite by its link token or six letters: as myself, or else as a new guest."""
    if caller.trouble != "auth/missing" and caller.kind == "nobody":
        raise Trouble(caller.trouble)
    if caller.kind != "nobody" and "play" not in caller.scopes:
        raise Trouble("auth/scope", {"scope": "play"})
    invite = check(await desk.accounts.follow(data.invite, caller.person))
    person = caller.person
    if not person or caller.space != invite.space:
        person = check(await desk.accounts.guest(invite.space, data.name)).id
    bind(person=person, whom=invite.id, table=invite.table)
    return seat_out(await desk.seat(person, invite.table, invite.role))


def _invite_out(invite: Invite, now: int, secrets: Invited | None = None) -> wire.InviteOut:
    expires = rfc3339(invite.expires) or ""
    shown = (secrets.link, secrets.code) if secrets else (None, None)
    return wire.InviteOut(invite.id, invite.role, expires, invite.uses_left, invite.open(now), *shown)


HANDLERS: Final = (
    get_seat,
    list_seats,
    take_seat,
    revoke_seat,
    list_invites,
    make_invite,
    revoke_invite,
    follow_invite,
)
