"""Authorization: every route × everybody × one's own table, another one's, and one that is not there.

The wanted statuses are written here once more, by hand, so that a route that forgets its guard is found.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection

from taleforge.accounts.service import Issued
from taleforge.accounts.values import Person
from taleforge.api.app import routes
from taleforge.bootstrap import LOCAL_SPACE
from taleforge.messages.commands import COMMANDS
from taleforge.messages.ids import make_id
from tests.api.serving import Guest, Served, heard, serving, until

ROLES = ("stranger", "spectator", "player", "host", "reader", "member", "outsider", "admin", "foreign")
"""Nobody; seats of three roles; a read-only key and an account of somebody at the table; an account of somebody who is
not; the administrator; the administrator of another space."""
GOLDEN = Path(__file__).parents[1] / "golden/protocol/commands"
PASSWORD = "correct horse battery"
CHOICE = {"name": "Ann", "race": "human", "classes": []}


NAMES = {
    "seat": "seat_other", "invite": "inv_x", "key": "key_x", "adventure": "lamp", "report": "rep_x", "ban": "ban_x",
    "person": make_id("usr", 9, 9), "table": make_id("tbl", 9, 9), "job": make_id("job", 9, 9),
    "picture": make_id("ast", 9, 9),
    "campaign": make_id("cmp", 1, 1), "character": make_id("chr", 1, 1), "voice": make_id("vce", 1, 1),
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A request, and its status for each of `ROLES` at their own table."""

    method: str
    path: str
    own: tuple[int, ...]
    body: Any = None

    @property
    def at_table(self) -> bool:
        """Whether it is about one table."""
        return "{tbl}" in self.path


def case(method: str, path: str, *own: int, body: Any = None) -> Case:
    return Case(method, path, own, body)


#                                                     stra spec play host read memb outs admi fore
CASES = (
    case("GET", "/tables/{tbl}",                       401, 200, 200, 200, 200, 200, 404, 200, 404),
    case("GET", "/tables/{tbl}/seats",                 401, 200, 200, 200, 200, 200, 404, 200, 404),
    case("POST", "/tables/{tbl}/seats",                401, 201, 201, 201, 403, 201, 404, 201, 404, body={}),
    case("GET", "/tables/{tbl}/view",                  401, 200, 200, 200, 200, 200, 404, 200, 404),
    case("GET", "/tables/{tbl}/options",               401, 200, 200, 200, 200, 200, 404, 200, 404),
    case("GET", "/tables/{tbl}/journal",               401, 200, 200, 200, 200, 200, 404, 200, 404),
    case("GET", "/tables/{tbl}/recap",                 401, 200, 200, 200, 200, 200, 404, 200, 404),
    case("GET", "/tables/{tbl}/events",                401, 200, 200, 200, 200, 200, 404, 200, 404),
    case("GET", "/tables/{tbl}/recall",                401, 200, 200, 200, 200, 200, 404, 200, 404),
    case("GET", "/tables/{tbl}/verify",                401, 200, 200, 200, 200, 200, 404, 200, 404),
    case("POST", "/tables/{tbl}/actions",              401, 403, 200, 200, 403, 200, 404, 200, 404,
         body={"name": "roll", "d": {"expr": "1d4"}}),
    case("POST", "/tables/{tbl}/undo",                 401, 403, 403, 409, 403, 403, 404, 409, 404, body={"to": 0}),
    case("POST", "/tables/{tbl}/branch",               401, 403, 403, 201, 403, 403, 404, 201, 404, body={}),
    case("GET", "/tables/{tbl}/invites",               401, 403, 403, 200, 403, 403, 404, 200, 404),
    case("POST", "/tables/{tbl}/invites",              401, 403, 403, 201, 403, 403, 404, 201, 404, body={}),
    case("DELETE", "/tables/{tbl}/invites/{invite}",   401, 403, 403, 404, 403, 403, 404, 404, 404),
    case("DELETE", "/tables/{tbl}/seats/{seat}/tokens", 401, 403, 403, 204, 403, 403, 404, 204, 404),
    case("GET", "/tables/{tbl}/export",                401, 403, 403, 200, 403, 403, 404, 200, 404),
    case("GET", "/seat",                               401, 200, 200, 200, 403, 403, 403, 403, 403),
    case("GET", "/tables",                             401, 403, 403, 403, 200, 200, 200, 200, 200),
    case("POST", "/tables",                            401, 403, 403, 403, 403, 201, 201, 201, 201,
         body={"adventure": "lamp"}),
    case("POST", "/tables/import",                     401, 403, 403, 403, 403, 415, 415, 415, 415, body={}),
    case("POST", "/tables/{tbl}/reports",              401, 404, 404, 404, 403, 404, 404, 404, 404,
         body={"seat": "seat_other", "reason": "spam"}),
    case("GET", "/tables/{tbl}/reports",               401, 403, 403, 200, 403, 403, 404, 200, 404),
    case("POST", "/tables/{tbl}/reports/{report}/outcome", 401, 403, 403, 404, 403, 403, 404, 404, 404,
         body={"outcome": "warned"}),
    case("GET", "/tables/{tbl}/bans",                  401, 403, 403, 200, 403, 403, 404, 200, 404),
    case("POST", "/tables/{tbl}/bans",                 401, 403, 403, 404, 403, 403, 404, 404, 404,
         body={"seat": "seat_other"}),
    case("DELETE", "/tables/{tbl}/bans/{ban}",         401, 403, 403, 404, 403, 403, 404, 404, 404),
    case("GET", "/reports",                            401, 403, 403, 403, 403, 403, 403, 200, 200),
    case("POST", "/reports/{report}/outcome",          401, 403, 403, 403, 403, 403, 403, 404, 404,
         body={"outcome": "warned"}),
    case("GET", "/bans",                               401, 403, 403, 403, 403, 403, 403, 200, 200),
    case("POST", "/bans",                              401, 403, 403, 403, 403, 403, 403, 404, 404,
         body={"person": "usr_x"}),
    case("DELETE", "/bans/{ban}",                      401, 403, 403, 403, 403, 403, 403, 404, 404),
    case("GET", "/campaigns",                          401, 403, 403, 403, 200, 200, 200, 200, 200),
    case("POST", "/campaigns",                         401, 403, 403, 403, 403, 201, 201, 201, 201,
         body={"name": "Mondays"}),
    case("GET", "/campaigns/{campaign}",               401, 403, 403, 403, 404, 404, 404, 404, 404),
    case("PUT", "/campaigns/{campaign}",               401, 403, 403, 403, 403, 404, 404, 404, 404,
         body={"name": "Mondays"}),
    case("DELETE", "/campaigns/{campaign}",            401, 403, 403, 403, 403, 404, 404, 404, 404),
    case("GET", "/characters",                         401, 403, 403, 403, 200, 200, 200, 200, 200),
    case("POST", "/characters",                        401, 403, 403, 403, 403, 422, 422, 422, 422,
         body={"pregen": "nobody"}),
    case("POST", "/characters/import",                 401, 403, 403, 403, 403, 422, 422, 422, 422,
         body={"format": 9, "choice": CHOICE}),
    case("GET", "/characters/{character}",             401, 403, 403, 403, 404, 404, 404, 404, 404),
    case("PUT", "/characters/{character}",             401, 403, 403, 403, 403, 404, 404, 404, 404,
         body={"choice": CHOICE}),
    case("DELETE", "/characters/{character}",          401, 403, 403, 403, 403, 404, 404, 404, 404),
    case("GET", "/characters/{character}/export",      401, 403, 403, 403, 404, 404, 404, 404, 404),
    case("POST", "/characters/{character}/home",       401, 403, 403, 403, 403, 404, 404, 404, 404,
         body={"table": "tbl_x"}),
    case("GET", "/people/me",                          401, 403, 403, 403, 200, 200, 200, 200, 200),
    case("GET", "/people/me/export",                   401, 403, 403, 403, 200, 200, 200, 200, 200),
    case("PUT", "/people/me/password",                 401, 403, 403, 403, 403, 401, 401, 403, 401,
         body={"old": "wrong", "new": "also wrong"}),
    case("POST", "/people",                            403, 403, 403, 403, 403, 403, 403, 422, 422,
         body={"email": "x", "password": PASSWORD}),
    case("POST", "/sessions",                          401, 401, 401, 401, 401, 401, 401, 401, 401,
         body={"email": "x@example.org", "password": "wrong"}),
    case("DELETE", "/sessions/current",                401, 403, 403, 403, 403, 200, 200, 403, 200),
    case("GET", "/keys",                               401, 403, 403, 403, 200, 200, 200, 200, 200),
    case("POST", "/keys",                              401, 403, 403, 403, 403, 201, 201, 201, 201,
         body={"name": "mine", "scopes": ["read"]}),
    case("DELETE", "/keys/{key}",                      401, 403, 403, 403, 403, 404, 404, 404, 404),
    case("GET", "/audit",                              401, 403, 403, 403, 403, 403, 403, 200, 200),
    case("GET", "/usage",                              401, 403, 403, 403, 200, 200, 200, 200, 200),
    case("GET", "/admin/people",                       401, 403, 403, 403, 403, 403, 403, 200, 200),
    case("POST", "/admin/people",                      401, 403, 403, 403, 403, 403, 403, 422, 422,
         body={"email": "x", "password": PASSWORD}),
    case("GET", "/admin/spaces",                       401, 403, 403, 403, 403, 403, 403, 200, 403),
    case("POST", "/admin/spaces",                      401, 403, 403, 403, 403, 403, 403, 422, 403,
         body={"name": "Others", "email": "x", "password": PASSWORD}),
    case("PUT", "/admin/people/{person}/password",     401, 403, 403, 403, 403, 403, 403, 404, 404,
         body={"password": PASSWORD}),
    case("DELETE", "/admin/people/{person}",           401, 403, 403, 403, 403, 403, 403, 404, 404),
    case("GET", "/admin/people/{person}/keys",         401, 403, 403, 403, 403, 403, 403, 404, 404),
    case("POST", "/admin/people/{person}/keys",        401, 403, 403, 403, 403, 403, 403, 404, 404,
         body={"name": "mine", "scopes": ["read"]}),
    case("DELETE", "/admin/people/{person}/keys/{key}", 401, 403, 403, 403, 403, 403, 403, 404, 404),
    case("GET", "/admin/tables",                       401, 403, 403, 403, 403, 403, 403, 200, 200),
    case("POST", "/admin/tables/{table}/shut",         401, 403, 403, 403, 403, 403, 403, 404, 404, body={}),
    case("GET", "/admin/usage",                        401, 403, 403, 403, 403, 403, 403, 200, 200),
    case("GET", "/packs",                              200, 200, 200, 200, 200, 200, 200, 200, 200),
    case("GET", "/adventures",                         200, 200, 200, 200, 200, 200, 200, 200, 200),
    case("GET", "/adventures/{adventure}/pregens",     200, 200, 200, 200, 200, 200, 200, 200, 200),
    case("POST", "/invites/follow",                    404, 404, 404, 404, 403, 404, 404, 404, 404,
         body={"invite": "AAAAAA"}),
    case("DELETE", "/people/me",                       401, 403, 403, 403, 403, 204, 204, 403, 204),
    case("POST", "//clone-voice",                      400, 403, 403, 403, 403, 400, 400, 400, 400, body={}),
    case("GET", "/voices",                             200, 403, 403, 403, 403, 200, 200, 200, 200),
    case("GET", "/voices/{voice}",                     404, 403, 403, 403, 403, 404, 404, 404, 404),
    case("GET", "/transcripts/{job}",                  404, 403, 403, 403, 403, 404, 404, 404, 404),
    case("DELETE", "/voices/{voice}",                  404, 403, 403, 403, 403, 404, 404, 404, 404),
    case("POST", "//transcribe",                       400, 403, 403, 403, 403, 400, 400, 400, 400, body={}),
    case("POST", "//synthesize",                       400, 403, 403, 403, 403, 400, 400, 400, 400, body={"text": ""}),
    case("POST", "//v1/audio/transcriptions",          400, 403, 403, 403, 403, 400, 400, 400, 400, body={}),
    case("POST", "//v1/audio/speech",                  400, 403, 403, 403, 403, 400, 400, 400, 400, body={"input": ""}),
    case("POST", "//generate/image",           400, 403, 403, 403, 403, 400, 400, 400, 400, body={"prompt": ""}),
    case("POST", "/tables/{tbl}/generate/image",  401, 403, 400, 400, 403, 400, 404, 400, 404, body={"prompt": ""}),
    case("POST", "//v1/images/generations",           400, 403, 403, 403, 403, 400, 400, 400, 400, body={"prompt": ""}),
    case("GET", "//v1/models",                         200, 403, 403, 403, 403, 200, 200, 200, 200),
    case("GET", "/jobs/{job}",                         404, 403, 403, 403, 403, 404, 404, 404, 404),
    case("DELETE", "/jobs/{job}",                      404, 403, 403, 403, 403, 404, 404, 404, 404),
    case("GET", "/admin/jobs/failed",                  401, 403, 403, 403, 403, 403, 403, 200, 200),
    case("POST", "/admin/jobs/{job}/retry",            401, 403, 403, 403, 403, 403, 403, 404, 404),
    case("GET", "/pictures",                           200, 403, 403, 403, 403, 200, 200, 200, 200),
    case("GET", "/pictures/{picture}",                 404, 403, 403, 403, 403, 404, 404, 404, 404),
    case("DELETE", "/pictures/{picture}",              404, 403, 403, 403, 403, 404, 404, 404, 404),
    case("GET", "//health",                            200, 200, 200, 200, 200, 200, 200, 200, 200),
    case("GET", "//api/health",                        200, 200, 200, 200, 200, 200, 200, 200, 200),
    case("GET", "//live",                              200, 200, 200, 200, 200, 200, 200, 200, 200),
    case("GET", "//ready",                             200, 200, 200, 200, 200, 200, 200, 200, 200),
    case("GET", "//metrics",                           200, 200, 200, 200, 200, 200, 200, 200, 200),
    case("GET", "//docs",                              200, 200, 200, 200, 200, 200, 200, 200, 200),
    case("GET", "//docs/openapi.json",                 200, 200, 200, 200, 200, 200, 200, 200, 200),
)  # fmt: skip


async def table_of(served: Served) -> dict[str, Guest]:
    """Return somebody of each role around one new table at which the host plays."""
    host = await served.playing()
    player = await served.follow(await host.invite())
    await player.act("sit", pregen="cleric", name="Bob")
    spectator = await served.follow(await host.invite("spectator"), "Cyd")
    person = await account(served, f"{host.table}@example.org")
    seat = await served.desk.seat(person.id, host.table, "player", player.seat)
    issued = seat.grant
    key = await served.desk.accounts.api_key(person, "reader", ["read"])
    assert isinstance(key, Issued)
    member = await served.desk.accounts.session(person)
    outsider = await served.desk.accounts.session(await account(served, f"x{host.table}@example.org"))
    foreigner = Person(f"usr_{host.table}", make_id("spc", 1, 1), "Fay", 0, admin=True)
    await served.desk.stores.people.add(foreigner)
    foreign = await served.desk.accounts.session(foreigner)
    given = {"table": issued.table or "", "seat": issued.seat or ""}
    return {
        "stranger": Guest(served.stranger.http, "", **given), "spectator": spectator, "player": player, "host": host,
        "reader": Guest(served.stranger.http, key.secret, **given),
        "member": Guest(served.stranger.http, member.secret, **given),
        "outsider": Guest(served.stranger.http, outsider.secret, **given),
        "admin": Guest(served.stranger.http, served.owner.token, **given),
        "foreign": Guest(served.stranger.http, foreign.secret, **given),
    }  # fmt: skip


async def account(served: Served, email: str) -> Person:
    person = await served.desk.accounts.register(LOCAL_SPACE, "Dana", email, PASSWORD)
    assert isinstance(person, Person)
    return person


async def status(guest: Guest, wanted: Case, table: str) -> int:
    """Return the status that somebody is answered with at a table."""
    answer = await guest.ask(wanted.method, wanted.path.format(tbl=table, **NAMES), wanted.body)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
    return answer.status_code


def test_every_route_is_in_the_matrix() -> None:
    """A new route without a row fails here."""
    served = {
        (method, route.path_format)
        for route in routes(docs=True).routes
        for method in getattr(route, "methods", ())
        if method != "OPTIONS" and not route.path.startswith(("/api/v1/schema", "/docs/{"))
    }
    rows = {(row.method, row.path[1:] if row.path.startswith("//") else f"/api/v1{row.path}") for row in CASES}
    assert rows == served


async def test_everybody_may_do_at_their_table_what_is_theirs() -> None:
    """Each route answers each role as the matrix says."""
    async with serving() as served:
        found: dict[str, tuple[int, ...]] = {}
        people = await table_of(served)
        for row in sorted(CASES, key=lambda row: row.method == "DELETE"):
            if row.method == "DELETE":  # whoever asked before may have lost their credentials
                people = await table_of(served)
            found[f"{row.method} {row.path}"] = tuple(
                [await status(people[role], row, people[role].table) for role in ROLES]
            )
        assert found == {f"{row.method} {row.path}": row.own for row in CASES}


async def test_another_table_is_as_one_that_is_not_there() -> None:
    """Whoever has a seat elsewhere is told the same of a table of others and of none: byte for byte."""
    async with serving() as served:
        mine, others = await table_of(served), await table_of(served)
        for row in filter(lambda row: row.at_table, CASES):
            for role in ("spectator", "player", "host", "reader", "member", "outsider", "foreign"):
                answers = [
                    await mine[role].ask(row.method, row.path.format(tbl=table, **NAMES), row.body)
                    for table in (others["host"].table, make_id("tbl", 1, 1))
                ]
                assert {answer.status_code for answer in answers} == {404}, (row, role)
                assert answers[0].content == answers[1].content


WATCHING = {"spectate", "leave", "away", "whisper", "xcard", "answer"}
"""What whoever only watches may ask for."""
HOSTS = {"undo", "branch", "house_rule.set", "kick", "hand_over", "rule"}
"""What the host alone may ask for."""
LAST = ("xcard", "kick", "hand_over", "leave", "spectate")
"""After these a scene stands still, or a seat is another one's, or nobody's."""
NOT_MINE = {
    "spectator": {"seat/unknown", "seat/host_only", "command/service_only"},
    "player": {"seat/host_only", "command/service_only"},
    "host": {"seat/host_only", "command/service_only"},
}
"""How a role is told that something is not for it; whoever plays is told so of seats that nobody has, too."""


def wanted_of(role: str, name: str) -> str:
    """Return the code with which a command that is well made is refused to a role; "" when it is its to give."""
    if role == "spectator":
        return "" if name in WATCHING else "seat/unknown"
    if name.startswith("svc."):
        return "command/service_only"
    return "seat/host_only" if role == "player" and name in HOSTS else ""


async def test_every_frame_is_for_the_seat_that_sends_it() -> None:
    """Each command, as the golden ones are: refused to whom it is not for, in another's name to everybody."""
    async with serving() as served:
        for role in ("spectator", "player", "host"):
            people = await table_of(served)
            guest, other = people[role], people["host" if role == "player" else "player"]
            async with served.stream(guest) as socket:
                await heard(socket)
                if role == "spectator":
                    assert await said(socket, guest.seat, "spectate", other.seat) == "ack"
                for name in sorted(COMMANDS, key=lambda name: (name in LAST, LAST.index(name) if name in LAST else 0)):
                    assert await said(socket, other.seat, name, other.seat) == "seat/unknown", (role, name)
                    code = await said(socket, guest.seat, name, other.seat)
                    assert (code if code in NOT_MINE[role] else "") == wanted_of(role, name), (role, name, code)


async def said(socket: ClientConnection, seat: str, name: str, other: str) -> str:
    """Say a golden command in a seat's name, about another one, and return its code; "ack" when it was done."""
    golden = (GOLDEN / f"{name}.json").read_text().replace("seat_01kaf0000000000000000000s2", other)
    wish = msgspec.json.decode(golden) | {"id": f"cmd_{name}_{seat[-4:]}", "seat": seat, "at_turn": None}
    await socket.send(msgspec.json.encode({"t": "cmd", "d": wish}).decode())
    reply = (await until(socket, "ack", "refused", "ask"))[-1]
    return reply["d"].get("code", reply["t"])


async def test_credentials_of_another_kind_open_no_stream() -> None:
    """Only a seat token does: not a key, a session, or the local token."""
    async with serving() as served:
        people = await table_of(served)
        for role in ("stranger", "reader", "member", "outsider", "admin", "foreign"):
            async with served.stream(people[role]) as socket:
                assert (await heard(socket))["t"] == "bye"
                await socket.wait_closed()
                assert socket.close_code == 4401
