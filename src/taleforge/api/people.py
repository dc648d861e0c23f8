"""People over REST: accounts, sessions, API keys, what is kept of somebody, and what they have used.

Answers never tell whether an address is known. Does not know tables.
"""

from typing import Final

import msgspec
import structlog
from litestar import Response, delete, get, post, put
from litestar.datastructures import Cookie
from litestar.params import FromPath, JSONBody

from taleforge.accounts.service import Denied, Issued
from taleforge.accounts.values import Grant, Person
from taleforge.api import wire
from taleforge.api.callers import COOKIE, Caller
from taleforge.api.desk import Desk
from taleforge.api.everything import Everything, MyPicture
from taleforge.api.given import TheCaller, TheDesk
from taleforge.api.pages import MOST, Cursor, Limit, moment, paged, rfc3339
from taleforge.api.problems import Trouble, check
from taleforge.api.spec import documented
from taleforge.api.wire import SessionOut
from taleforge.art.values import Hung
from taleforge.telemetry.context import bind

log = structlog.get_logger(__name__)


def _logged_in(caller: Caller) -> Grant:
    """Return the caller's session; what keys must not do needs one."""
    if caller.grant is None or caller.kind != "session":
        raise Trouble("auth/forbidden")
    return caller.grant


def _person_out(person: Person) -> wire.PersonOut:
    return wire.PersonOut(person.id, person.name, person.guest, person.admin, person.email)


@post("/people", access="public", status_code=202, **documented(401, 403, 409, 422))
async def register(desk: TheDesk, caller: TheCaller, data: JSONBody[wire.RegisterIn]) -> wire.Registered:
    """Make an account, or make one of the guest whose seat token this is; then log in with it.

    An address that has an account already is answered alike, and nothing happens; an administrator is told.
    """
    if desk.settings.serve.registration == "closed" and not caller.admin:
        raise Trouble("person/closed")
    guest = caller.person if caller.kind == "seat" and caller.guest else None
    made = await desk.accounts.register(caller.space, data.name, data.email, data.password, guest=guest)
    taken = isinstance(made, Denied) and made.code == "person/email_taken"
    if taken:
        log.warning("person.registered_again")
    if not taken or caller.admin:
        bind(whom=check(made).id)
    desk.callers.forget()
    return wire.Registered(data.email)


@get("/people/me", access="person", **documented(401, 403))
async def who_am_i(desk: TheDesk, caller: TheCaller) -> wire.PersonOut:
    """Return who I am."""
    return _person_out(await desk.person(caller))


@get("/people/me/export", access="person", **documented(401, 403))
async def export_me(desk: TheDesk, caller: TheCaller) -> Everything:
    """Return everything that is kept of me."""
    kept = await desk.accounts.export(caller.person)
    if kept is None:
        raise Trouble("auth/revoked")
    return msgspec.convert(kept | {"pictures": await _pictures(desk, caller.person)}, Everything)


async def _pictures(desk: Desk, person: str) -> list[MyPicture]:
    """Return what is kept of a person's pictures."""
    kept, after = list[Hung](), ""
    while desk.house.gallery is not None and (some := await desk.house.gallery.of(person, after)):
        kept, after = kept + some, some[-1].id
    return msgspec.convert(kept, list[MyPicture], from_attributes=True)


@delete("/people/me", access="person", scope="host", **documented(401, 403))
async def erase_me(desk: TheDesk, caller: TheCaller) -> None:
    """Forget me: name, address, password and every token. Logs keep the id alone."""
    _logged_in(caller)
    grants = {grant.id for grant in await desk.stores.grants.of(person=caller.person)}
    await desk.accounts.erase(caller.person)
    await desk.house.forget(caller.person)
    desk.revoked(grants)


@put("/people/me/password", access="person", scope="host", status_code=204, **documented(401, 403, 422))
async def change_password(desk: TheDesk, caller: TheCaller, data: JSONBody[wire.PasswordIn]) -> None:
    """Change my password; every session of mine ends."""
    _logged_in(caller)
    check(await desk.accounts.change_password(caller.person, data.old, data.new))
    desk.callers.forget()


@post("/sessions", access="public", **documented(401, 422))
async def log_in(desk: TheDesk, caller: TheCaller, data: JSONBody[wire.LogInIn]) -> Response[SessionOut]:
    """Log in: the session is in an HttpOnly cookie, the token that forms must carry in the answer."""
    sought = await desk.stores.people.by_email(data.space or caller.space, data.email.strip().lower())
    if sought is not None:
        bind(whom=sought.id)
    issued = check(await desk.accounts.log_in(data.space or caller.space, data.email, data.password))
    bind(person=issued.grant.person)
    person = await desk.stores.people.get(issued.grant.person)
    assert person is not None
    said = wire.SessionOut(_person_out(person), issued.grant.csrf or "", rfc3339(issued.grant.expires))
    return Response(said, cookies=[_cookie(desk, issued)])


@delete("/sessions/current", access="person", status_code=200, **documented(401, 403))
async def log_out(desk: TheDesk, caller: TheCaller) -> Response[wire.Ended]:
    """End my session."""
    session = _logged_in(caller)
    await desk.accounts.revoke(session.id, caller.person)
    desk.revoked({session.id})
    gone = Cookie(key=COOKIE, value="", max_age=0, httponly=True, samesite="lax")
    return Response(wire.Ended(), cookies=[gone])


def _cookie(desk: Desk, issued: Issued) -> Cookie:
    expires = issued.grant.expires
    lasts = None if expires is None else (expires - desk.now()) // 1000
    secure = desk.settings.env == "production"
    return Cookie(key=COOKIE, value=issued.secret, max_age=lasts, httponly=True, samesite="lax", secure=secure)


@get("/keys", access="person", **documented(401, 403))
async def list_keys(desk: TheDesk, caller: TheCaller, limit: Limit = MOST, after: Cursor = None) -> wire.KeyPage:
    """List my API keys; not their secrets."""
    return await keys_out(desk, caller.person, limit, after)


async def keys_out(desk: Desk, person: str, limit: int, after: str | None) -> wire.KeyPage:
    """Return a page of somebody's API keys."""
    found = await desk.stores.grants.keys(person, after or "", limit + 1)
    shown, rest = paged(found, limit, lambda grant: grant.id)
    return wire.KeyPage(tuple(map(key_out, shown)), rest)


@post("/keys", access="person", scope="host", **documented(401, 403, 422))
async def make_key(desk: TheDesk, caller: TheCaller, data: JSONBody[wire.KeyIn]) -> wire.KeyOut:
    """Make an API key with some scopes; its secret is shown this once."""
    beyond = [scope for scope in data.scopes if scope not in caller.scopes]
    if beyond:
        raise Trouble("key/scope", {"scope": beyond[0]})
    issued = check(await desk.accounts.api_key(await desk.person(caller), data.name, data.scopes, data.days))
    bind(whom=issued.grant.id)
    return key_out(issued.grant, issued.secret)


@delete("/keys/{key:str}", access="person", scope="host", **documented(401, 403, 404))
async def revoke_key(desk: TheDesk, caller: TheCaller, key: FromPath[str]) -> None:
    """Revoke one of my keys, sessions or seat tokens."""
    if not await desk.accounts.revoke(key, caller.person):
        raise Trouble("key/unknown")
    desk.revoked({key})


def key_out(grant: Grant, secret: str | None = None) -> wire.KeyOut:
    """Return an API key as it is shown; with its secret, which is shown once."""
    created = rfc3339(grant.created) or ""
    return wire.KeyOut(
        grant.id, grant.name, grant.scopes, created, rfc3339(grant.expires), grant.revoked is not None, secret
    )


@get("/usage", access="person", **documented(401, 403))
async def list_usage(desk: TheDesk, caller: TheCaller, limit: Limit = 20, after: Cursor = None) -> wire.UsagePage:
    """Return what I have used in the last thirty days, the latest last."""
    since = desk.now() - 30 * 24 * 3_600_000
    owner = f"person:{caller.person}"
    found = await desk.stores.ledger.entries(owner, since, after=after or "", limit=limit + 1)
    items, rest = paged(found, limit, lambda entry: entry.id)
    return wire.UsagePage(tuple(wire.Used(e.resource, e.amount, moment(e.at), e.state) for e in items), rest)


HANDLERS: Final = (
    register, who_am_i, export_me, erase_me, change_password, log_in, log_out, list_keys, make_key, revoke_key,
    list_usage,
)  # fmt: skip
