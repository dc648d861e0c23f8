"""A space's administration over REST: its accounts, their keys, its tables, what it used; for administrators alone.

What moderation and the audit log offer is theirs. Shows no secret but a new key's, once.
"""

from typing import Annotated, Final

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct

from taleforge.accounts.stewardship import Stewardship
from taleforge.accounts.values import Person
from taleforge.api import wire
from taleforge.api.callers import Caller
from taleforge.api.desk import Desk
from taleforge.api.given import TheCaller, TheDesk
from taleforge.api.pages import MOST, Cursor, Limit, moment, paged, rfc3339
from taleforge.api.people import key_out, keys_out
from taleforge.api.problems import Trouble, check
from taleforge.api.spec import documented
from taleforge.api.tables import Played, played
from taleforge.bootstrap import LOCAL_PERSON
from taleforge.telemetry.context import bind

Resource = Annotated[str | None, QueryParameter(pattern="^[a-z_]{1,60}$", description="What `next` said: a resource.")]


class AccountIn(Struct, frozen=True):
    """An account that an administrator makes."""

    email: wire.Word
    password: wire.Word
    name: wire.Name = ""
    admin: bool = False


class AccountOut(Struct, frozen=True, omit_defaults=True):
    """A person as administrators see them."""

    id: str
    name: str
    guest: bool
    created: str
    admin: bool = False
    email: str | None = None
    forgotten: str | None = None


class AccountPage(Struct, frozen=True, omit_defaults=True):
    """People of a space, the newest first; `next` begins the page after this one."""

    items: tuple[AccountOut, ...]
    next: str | None = None


class NewPasswordIn(Struct, frozen=True):
    """The password that an account gets."""

    password: Annotated[str, Meta(min_length=1, max_length=200)]


class TableSize(Struct, frozen=True):
    """A table and how large it is: the events in its log."""

    id: str
    title: str
    status: str
    created_at: str
    updated_at: str
    events: int


class TableSizes(Struct, frozen=True, omit_defaults=True):
    """Tables of a space, the last played first; `next` begins the page after this one."""

    items: tuple[TableSize, ...]
    next: str | None = None


class Shut(Struct, frozen=True):
    """How many seat tokens were taken back."""

    revoked: int


class UsedOut(Struct, frozen=True):
    """What a space has used of a resource in the last thirty days."""

    resource: str
    amount: int
    entries: int


class UsedPage(Struct, frozen=True, omit_defaults=True):
    """What a space has used, by resource; `next` begins the page after this one."""

    items: tuple[UsedOut, ...]
    next: str | None = None


@get("/admin/people", access="person", scope="admin", **documented(401, 403))
async def list_people(desk: TheDesk, caller: TheCaller, limit: Limit = 20, after: Cursor = None) -> AccountPage:
    """List the people of my space, the newest first."""
    found = await desk.stores.people.page(caller.space, after or "", limit + 1)
    items, rest = paged(found, limit, lambda person: person.id)
    return AccountPage(tuple(map(_account_out, items)), rest)


@post("/admin/people", access="person", scope="admin", **documented(401, 403, 409, 422))
async def make_account(desk: TheDesk, caller: TheCaller, data: JSONBody[AccountIn]) -> AccountOut:
    """Make an account in my space."""
    made = await _steward(desk).make(caller.space, data.name, data.email, data.password, admin=data.admin)
    person = check(made)
    bind(whom=person.id)  # for the audit log
    return _account_out(person)


@put("/admin/people/{person:str}/password", access="person", scope="admin", status_code=204,
     **documented(401, 403, 404, 422))  # fmt: skip
async def set_password(desk: TheDesk, caller: TheCaller, person: FromPath[str], data: JSONBody[NewPasswordIn]) -> None:
    """Give an account another password; its sessions end."""
    known = await _known(desk, caller, person)
    desk.revoked(set(check(await _steward(desk).set_password(known, data.password))))


@delete("/admin/people/{person:str}", access="person", scope="admin", **documented(401, 403, 404, 409))
async def erase_person(desk: TheDesk, caller: TheCaller, person: FromPath[str]) -> None:
    """Forget somebody: name, address, password and every token. Logs keep the id alone."""
    known = await _known(desk, caller, person)
    if known.id in {LOCAL_PERSON, caller.person}:
        raise Trouble("person/not_this_one")
    grants = {grant.id for grant in await desk.stores.grants.of(person=known.id)}
    await desk.accounts.erase(known.id)
    await desk.house.forget(known.id)
    desk.revoked(grants)


@get("/admin/people/{person:str}/keys", access="person", scope="admin", **documented(401, 403, 404))
async def list_keys_of(
    desk: TheDesk, caller: TheCaller, person: FromPath[str], limit: Limit = MOST, after: Cursor = None
) -> wire.KeyPage:
    """List somebody's API keys; not their secrets."""
    known = await _known(desk, caller, person)
    return await keys_out(desk, known.id, limit, after)


@post("/admin/people/{person:str}/keys", access="person", scope="admin", **documented(401, 403, 404, 422))
async def make_key_for(
    desk: TheDesk, caller: TheCaller, person: FromPath[str], data: JSONBody[wire.KeyIn]
) -> wire.KeyOut:
    """Make an API key for somebody, within what they may do; its secret is shown this once."""
    known = await _known(desk, caller, person)
    issued = check(await desk.accounts.api_key(known, data.name, data.scopes, data.days))
    return key_out(issued.grant, issued.secret)


@delete("/admin/people/{person:str}/keys/{key:str}", access="person", scope="admin", **documented(401, 403, 404))
async def revoke_key_of(desk: TheDesk, caller: TheCaller, person: FromPath[str], key: FromPath[str]) -> None:
    """Revoke one of somebody's keys, sessions or seat tokens."""
    known = await _known(desk, caller, person)
    if not await desk.accounts.revoke(key, known.id):
        raise Trouble("key/unknown")
    desk.revoked({key})


@get("/admin/tables", access="person", scope="admin", **documented(401, 403))
async def list_sizes(desk: TheDesk, caller: TheCaller, limit: Limit = 20, after: Played = None) -> TableSizes:
    """List the tables of my space with their sizes, the last played first."""
    rows, rest = await played(desk, caller.space, None, limit, after)
    sizes = (TableSize(row.id, row.title, row.status, row.created_at, row.updated_at, row.version) for row in rows)
    return TableSizes(tuple(sizes), rest)


@post("/admin/tables/{table:str}/shut", access="person", scope="admin", status_code=200, **documented(401, 403, 404))
async def shut_table(desk: TheDesk, caller: TheCaller, table: FromPath[str]) -> Shut:
    """Take back every seat token of a table, close its invites and end its streams. Its log stays as it is."""
    row = await desk.row(table)
    if row.space != caller.space:
        raise Trouble("table/unknown")
    revoked = await _steward(desk).shut(table)
    desk.revoked(set(revoked))
    return Shut(len(revoked))


@get("/admin/usage", access="person", scope="admin", **documented(401, 403))
async def list_used(desk: TheDesk, caller: TheCaller, limit: Limit = MOST, after: Resource = None) -> UsedPage:
    """Return what my space has used in the last thirty days, by resource, in the order of their names."""
    found = await _steward(desk).used(caller.space, after or "", limit + 1)
    used, rest = paged(found, limit, lambda one: one.resource)
    return UsedPage(tuple(UsedOut(one.resource, one.amount, one.entries) for one in used), rest)


def _steward(desk: Desk) -> Stewardship:
    return Stewardship(desk.stores, desk.accounts, clock=desk.now)


async def _known(desk: Desk, caller: Caller, person: str) -> Person:
    known = await _steward(desk).person(caller.space, person)
    if known is None:
        raise Trouble("person/unknown")
    return known


def _account_out(person: Person) -> AccountOut:
    return AccountOut(
        person.id, person.name, person.guest, moment(person.created), person.admin, person.email,
        rfc3339(person.erased),
    )  # fmt: skip


HANDLERS: Final = (
    list_people, make_account, set_password, erase_person, list_keys_of, make_key_for, revoke_key_of, list_sizes,
    shut_table, list_used,
)  # fmt: skip
