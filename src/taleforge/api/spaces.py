"""Spaces over REST: the clubs, schools and studios that share a server and see nothing of each other.

For administrators of the server's own space, the first: whoever administers another sees that one alone. What is done
within a space is `admin`'s.
"""

from typing import Final

from litestar import get, post
from litestar.params import JSONBody
from msgspec import Struct

from taleforge.accounts.service import Issued
from taleforge.accounts.stewardship import Stewardship
from taleforge.accounts.values import SCOPES, Space
from taleforge.api import wire
from taleforge.api.callers import Caller
from taleforge.api.given import TheCaller, TheDesk
from taleforge.api.pages import MOST, Cursor, Limit, moment, paged
from taleforge.api.problems import Trouble, check
from taleforge.api.spec import documented
from taleforge.bootstrap import LOCAL_SPACE
from taleforge.telemetry.context import bind


class SpaceIn(Struct, frozen=True):
    """A space, and its first administrator."""

    name: wire.Name
    email: wire.Word
    password: wire.Word


class SpaceOut(Struct, frozen=True, omit_defaults=True):
    """A space; of a new one also its administrator, and the key of theirs that is shown this once."""

    id: str
    name: str
    created: str
    administrator: str = ""
    key: str = ""


class SpacePage(Struct, frozen=True, omit_defaults=True):
    """Spaces beside the first, oldest first; `next` begins the page after this one."""

    items: tuple[SpaceOut, ...]
    next: str | None = None


@get("/admin/spaces", access="person", scope="admin", **documented(401, 403))
async def list_spaces(desk: TheDesk, caller: TheCaller, limit: Limit = MOST, after: Cursor = None) -> SpacePage:
    """List the spaces beside the server's own."""
    _check_own(caller)
    found = await desk.stores.people.spaces(after or "", limit + 1)
    shown, rest = paged(found, limit, lambda space: space.id)
    return SpacePage(tuple(map(_space_out, shown)), rest)


@post("/admin/spaces", access="person", scope="admin", **documented(401, 403, 422))
async def open_space(desk: TheDesk, caller: TheCaller, data: JSONBody[SpaceIn]) -> SpaceOut:
    """Open a space with its first administrator, who logs in by naming it, or takes the key."""
    _check_own(caller)
    steward = Stewardship(desk.stores, desk.accounts, clock=desk.now)
    space, person = check(await steward.open(data.name, data.email, data.password))
    issued: Issued = check(await desk.accounts.api_key(person, data.name, SCOPES))
    bind(whom=space.id)
    return _space_out(space, person.id, issued.secret)


def _check_own(caller: Caller) -> None:
    if caller.space != LOCAL_SPACE:
        raise Trouble("auth/forbidden")


def _space_out(space: Space, administrator: str = "", key: str = "") -> SpaceOut:
    return SpaceOut(space.id, space.name, moment(space.created), administrator, key)


HANDLERS: Final = (list_spaces, open_space)
