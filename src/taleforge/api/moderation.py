"""Moderation over REST: players report, hosts and administrators look into it, and keep somebody out.

A host is told what was reported at the table, but not by whom, and nothing that was reported of the host. Judges
nobody.
"""

from typing import Final

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody

from taleforge.accounts.moderation import Banned
from taleforge.accounts.service import Denied
from taleforge.accounts.values import Ban, Outcome, Report
from taleforge.api import forms
from taleforge.api.desk import Desk, Place, position_of
from taleforge.api.given import TheCaller, TheDesk, ThePlace
from taleforge.api.pages import MOST, Cursor, Limit, moment, paged, rfc3339
from taleforge.api.problems import Trouble, check
from taleforge.api.spec import documented
from taleforge.messages.commands import Kick, Refused, command
from taleforge.telemetry.context import bind

MOST_READ: Final = 10_000
"""Reports, the newest, among which one is looked for."""


@post("/tables/{tbl:str}/reports", access="seat", scope="play", **documented(401, 403, 404, 409, 422))
async def make_report(desk: TheDesk, place: ThePlace, data: JSONBody[forms.ReportIn]) -> forms.ReportOut:
    """Report what somebody at my table does."""
    by = await desk.stores.people.get(place.person)
    if by is None:
        raise Trouble("auth/revoked")
    now = position_of(await desk.room(place.table)).version
    version = min(data.version, now) or now
    person = await _person_in(desk, place.table, data.seat)
    made = await desk.moderation.report(
        by, place.table, version, seat=data.seat, person=person, reason=data.reason, note=data.note
    )
    return _report_out(check(made), whose=False)


@get("/tables/{tbl:str}/reports", access="host", **documented(401, 403, 404))
async def list_table_reports(
    desk: TheDesk, place: ThePlace, limit: Limit = 20, after: Cursor = None
) -> forms.ReportPage:
    """List what was reported at a table, the newest first."""
    space = (await desk.row(place.table)).space
    found = await desk.stores.moderation.reports(space, place.table, after or "", limit + 1)
    items, rest = paged(found, limit, lambda report: report.id)
    told = (report for report in items if _is_told(report, place))
    return forms.ReportPage(tuple(_report_out(report, whose=place.role == "admin") for report in told), rest)


@post("/tables/{tbl:str}/reports/{report:str}/outcome", access="host", status_code=204,
      **documented(401, 403, 404, 409))  # fmt: skip
async def close_table_report(
    desk: TheDesk, place: ThePlace, report: FromPath[str], data: JSONBody[forms.OutcomeIn]
) -> None:
    """Say what came of a report at a table."""
    space = (await desk.row(place.table)).space
    known = await desk.stores.moderation.reports(space, place.table, "", MOST_READ)
    await _close(desk, report, [one for one in known if _is_told(one, place)], data.outcome, place.person)


@get("/tables/{tbl:str}/bans", access="host", **documented(401, 403, 404))
async def list_table_bans(desk: TheDesk, place: ThePlace, limit: Limit = MOST, after: Cursor = None) -> forms.BanPage:
    """List who is kept out of a table."""
    space = (await desk.row(place.table)).space
    found = await desk.stores.moderation.bans(space, place.table, after or "", limit + 1)
    return await _bans_out(desk, found, limit)


@post("/tables/{tbl:str}/bans", access="host", **documented(401, 403, 404, 409))
async def ban_from_table(desk: TheDesk, place: ThePlace, data: JSONBody[forms.TableBanIn]) -> forms.BanOut:
    """Send away whoever sits in a seat, and keep that person out, also when somebody invites them again."""
    person = await _person_in(desk, place.table, data.seat)
    space = (await desk.row(place.table)).space
    ban = _banned(desk, await desk.moderation.ban(person, space, place.person, data.reason, place.table))
    bind(whom=ban.person)
    await _kick(desk, place, data.seat)
    return await _ban_out(desk, ban)


@delete("/tables/{tbl:str}/bans/{ban:str}", access="host", **documented(401, 403, 404))
async def lift_table_ban(desk: TheDesk, place: ThePlace, ban: FromPath[str]) -> None:
    """Let somebody come to a table again, if they are invited."""
    space = (await desk.row(place.table)).space
    await _lift(desk, ban, await desk.stores.moderation.bans(space, place.table))


@get("/reports", access="person", scope="admin", **documented(401, 403))
async def list_reports(desk: TheDesk, caller: TheCaller, limit: Limit = 20, after: Cursor = None) -> forms.ReportPage:
    """List what was reported in my space, the newest first; for administrators."""
    found = await desk.stores.moderation.reports(caller.space, None, after or "", limit + 1)
    items, rest = paged(found, limit, lambda report: report.id)
    return forms.ReportPage(tuple(_report_out(report, whose=True) for report in items), rest)


@post("/reports/{report:str}/outcome", access="person", scope="admin", status_code=204,
      **documented(401, 403, 404, 409))  # fmt: skip
async def close_report(
    desk: TheDesk, caller: TheCaller, report: FromPath[str], data: JSONBody[forms.OutcomeIn]
) -> None:
    """Say what came of a report in my space; for administrators."""
    known = await desk.stores.moderation.reports(caller.space, None, "", MOST_READ)
    await _close(desk, report, known, data.outcome, caller.person)


@get("/bans", access="person", scope="admin", **documented(401, 403))
async def list_bans(desk: TheDesk, caller: TheCaller, limit: Limit = MOST, after: Cursor = None) -> forms.BanPage:
    """List who is kept out of my space, or of one of its tables; for administrators."""
    found = await desk.stores.moderation.bans(caller.space, None, after or "", limit + 1)
    return await _bans_out(desk, found, limit)


@post("/bans", access="person", scope="admin", **documented(401, 403, 404, 409))
async def ban_from_space(desk: TheDesk, caller: TheCaller, data: JSONBody[forms.BanIn]) -> forms.BanOut:
    """Keep a person out of my space: every token, key and session of theirs ends; for administrators."""
    ban = _banned(desk, await desk.moderation.ban(data.person, caller.space, caller.person, data.reason))
    bind(whom=ban.person)
    return await _ban_out(desk, ban)


@delete("/bans/{ban:str}", access="person", scope="admin", **documented(401, 403, 404))
async def lift_ban(desk: TheDesk, caller: TheCaller, ban: FromPath[str]) -> None:
    """Lift a ban; for administrators."""
    await _lift(desk, ban, await desk.stores.moderation.bans(caller.space))


async def _close(desk: Desk, report: str, known: list[Report], outcome: Outcome, by: str) -> None:
    if all(one.id != report for one in known):
        raise Trouble("report/unknown")
    if not await desk.moderation.close(report, outcome, by):
        raise Trouble("report/closed")


def _is_told(report: Report, place: Place) -> bool:
    """Whether somebody is told of a report: nobody but an administrator of those about themselves."""
    return place.role == "admin" or (report.person != place.person and report.seat != place.seat)


async def _person_in(desk: Desk, table: str, seat: str) -> str:
    """Return who sits in a seat, or who was given it."""
    taken = (await desk.state(table)).seats.get(seat)
    given = await desk.stores.grants.of(table=table, seat=seat)
    person = (taken.person if taken else None) or next((grant.person for grant in given), None)
    if person is None:
        raise Trouble("seat/none")
    return person


def _banned(desk: Desk, banned: Banned | Denied) -> Ban:
    """Return a ban that was made, with what it revoked forgotten and ended."""
    made = check(banned)
    bind(whom=made.ban.person)  # for the audit log
    desk.revoked(set(made.revoked))
    return made.ban


async def _kick(desk: Desk, place: Place, seat: str) -> None:
    """Empty a seat; where the host does not do it, the host's own seat is used."""
    state = await desk.state(place.table)
    host = state.host()
    if seat not in state.seats or host is None or host == seat:
        return
    wish = command(desk.house.services.ids("cmd"), host, Kick(seat))
    reply = await (await desk.room(place.table)).submit(wish)
    if isinstance(reply, Refused):
        raise Trouble(reply.code, reply.params)


async def _lift(desk: Desk, ban: str, held: list[Ban]) -> None:
    if all(one.id != ban for one in held) or not await desk.moderation.lift(ban):
        raise Trouble("ban/unknown")


def _report_out(report: Report, *, whose: bool) -> forms.ReportOut:
    return forms.ReportOut(
        report.id, report.table, report.version, report.seat, report.reason, report.note, moment(report.created),
        report.outcome, rfc3339(report.closed), report.by if whose else None,
    )  # fmt: skip


async def _bans_out(desk: Desk, found: list[Ban], limit: int) -> forms.BanPage:
    shown, rest = paged(found, limit, lambda ban: ban.id)
    return forms.BanPage(tuple([await _ban_out(desk, ban) for ban in shown]), rest)


async def _ban_out(desk: Desk, ban: Ban) -> forms.BanOut:
    person = await desk.stores.people.get(ban.person)
    return forms.BanOut(
        ban.id, ban.person, person.name if person else "", ban.reason, moment(ban.created), ban.table
    )  # fmt: skip


HANDLERS: Final = (
    make_report, list_table_reports, close_table_report, list_table_bans, ban_from_table, lift_table_ban,
    list_reports, close_report, list_bans, ban_from_space, lift_ban,
)  # fmt: skip
