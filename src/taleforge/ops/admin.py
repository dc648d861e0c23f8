"""What a host does with people, keys and tables from the command line: requests to the server's administration.

Goes through whatever asks: a running server, or its routes within this process. Prints nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from msgspec import Struct, json

from taleforge.client.server import Declined, unhurried
from taleforge.errors import BadInput

Ask = Callable[[str, str, Any], Awaitable[bytes]]
"""Sends a request: method, path under /api/v1, body. Returns the answer's body."""
Row = dict[str, Any]
PAGE: Final = 100
MOST: Final = 100_000


_SENTENCES: Final = {
    "ban/not_this_one": ("Administrators cannot be kept out.", "Delete the account, or revoke its keys."),
    "person/not_this_one": ("That is whoever asks.", "Ask as another administrator."),
    "person/not_an_account": ("That is a guest, who has no password.", "Guests come by invites."),
    "person/email_taken": ("There is an account with that address.", "taleforge admin people lists everybody."),
    "person/email": ("That is no e-mail address.", "Write it as ann@example.org."),
    "password/too_short": ("That password is too short.", "Take ten characters or more."),
    "password/too_long": ("That password is too long.", "Take two hundred characters or fewer."),
    "password/too_simple": ("That password is too simple.", "Take at least five different characters."),
    "key/scope": ("Only an administrator can have a key with that scope.", "Leave the scope out."),
    "key/no_scope": ("A key needs a scope.", "Give --scope, as play or read."),
    "key/too_many": ("There are too many keys already.", "Revoke one first."),
    "key/unknown": ("There is no such key, or it holds no longer.", "taleforge admin keys lists them."),
    "table/unknown": ("There is no such table.", "taleforge admin tables lists them."),
    "space/name": ("A space needs a name.", "Write it before the address."),
    "auth/scope": ("The key may not administer.", "Use one of an administrator, with the scope admin."),
    "auth/forbidden": ("The key may not administer.", "Use one of an administrator, with the scope admin."),
}
"""What is said of the codes that administration is declined with, and what to do."""


class _Page(Struct):
    items: list[Row]
    next: str | None = None


class Office:
    """The administration of a space.

    Args:
        ask: Sends a request as an administrator.
    """

    def __init__(self, ask: Ask) -> None:
        self._answer = ask

    async def people(self) -> list[Row]:
        """Return everybody, the newest first."""
        return await self._all("/admin/people")

    async def find(self, person: str) -> Row:
        """Return somebody by id or by e-mail address.

        Raises:
            BadInput: there is nobody of the kind.
        """
        wanted = person.strip().lower()
        for one in await self.people():
            if wanted in {one["id"], one.get("email")}:
                return one
        raise BadInput(f"There is nobody {person} here.", "taleforge admin people lists everybody.")

    async def make(self, email: str, password: str, name: str, *, admin: bool) -> Row:
        """Make an account."""
        wish = {"email": email, "password": password, "name": name, "admin": admin}
        return await self._one("POST", "/admin/people", wish)

    async def set_password(self, person: str, password: str) -> Row:
        """Give an account another password."""
        return await self._done(person, "PUT", "/password", {"password": password})

    async def forget(self, person: str) -> Row:
        """Forget somebody for ever."""
        return await self._done(person, "DELETE", "")

    async def disable(self, person: str, reason: str) -> Row:
        """Keep somebody out of the space; every token, key and session of theirs ends."""
        known = await self.find(person)
        return await self._one("POST", "/bans", {"person": known["id"], "reason": reason})

    async def enable(self, person: str) -> Row:
        """Let somebody in again."""
        known = await self.find(person)
        bans = await self._all("/bans")
        held = [ban for ban in bans if ban["person"] == known["id"] and "table" not in ban]
        if not held:
            raise BadInput(f"{person} is not kept out.", "There is nothing to do.")
        for ban in held:
            await self._ask("DELETE", f"/bans/{quote(ban['id'])}", None)
        return known

    async def keys(self, person: str) -> list[Row]:
        """Return somebody's API keys."""
        known = await self.find(person)
        return await self._all(f"/admin/people/{quote(known['id'])}/keys")

    async def issue(self, person: str, name: str, scopes: Sequence[str], days: int | None) -> Row:
        """Make an API key for somebody; `key` in the answer is shown this once."""
        known = await self.find(person)
        wish = {"name": name, "scopes": list(scopes), "days": days}
        return await self._one("POST", f"/admin/people/{quote(known['id'])}/keys", wish)

    async def revoke(self, person: str, key: str) -> Row:
        """Revoke a key of somebody."""
        return await self._done(person, "DELETE", f"/keys/{quote(key, safe='')}")

    async def tables(self) -> list[Row]:
        """Return the tables with their sizes, the last played first."""
        return await self._all("/admin/tables")

    async def shut(self, table: str) -> Row:
        """Let nobody come to a table any more."""
        return await self._one("POST", f"/admin/tables/{quote(table, safe='')}/shut", {})

    async def unseat(self, table: str, seat: str) -> Row:
        """Take back every token of a seat."""
        await self._ask("DELETE", f"/tables/{quote(table, safe='')}/seats/{quote(seat, safe='')}/tokens", None)
        return {"table": table, "seat": seat}

    async def spaces(self) -> list[Row]:
        """Return the spaces beside the server's own."""
        return await self._all("/admin/spaces")

    async def open_space(self, name: str, email: str, password: str) -> Row:
        """Open a space with its first administrator; `key` in the answer is shown this once."""
        return await self._one("POST", "/admin/spaces", {"name": name, "email": email, "password": password})

    async def usage(self) -> list[Row]:
        """Return what was used in the last thirty days, by resource."""
        return await self._all("/admin/usage")

    async def audit(self, most: int) -> list[Row]:
        """Return who did what, the newest first."""
        return await self._all("/audit", most)

    async def _ask(self, method: str, path: str, body: Any) -> bytes:
        try:
            return await self._answer(method, path, body)
        except Declined as error:
            if error.reason not in _SENTENCES:
                raise
            raise BadInput(*_SENTENCES[error.reason]) from error

    async def _done(self, person: str, method: str, path: str, body: Any = None) -> Row:
        known = await self.find(person)
        await self._ask(method, f"/admin/people/{quote(known['id'])}{path}", body)
        return known

    async def _one(self, method: str, path: str, body: Any) -> Row:
        return json.decode(await self._ask(method, path, body), type=Row)

    async def _all(self, path: str, most: int = MOST) -> list[Row]:
        rows: list[Row] = []
        after = ""
        while True:
            asked = f"{path}?limit={min(PAGE, most)}{after}"
            page = json.decode(await unhurried(partial(self._ask, "GET", asked, None)), type=_Page)
            rows += page.items
            if page.next is None or len(rows) >= most:
                return rows[:most]
            after = f"&after={quote(page.next, safe='')}"


def columns(rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    """Return rows as lines of columns, under their names; what is not there is left empty."""
    cells = [[_cell(row.get(name)) for name in names] for row in rows]
    widths = [max(len(line[place]) for line in [list(names), *cells]) for place in range(len(names))]
    lines = [list(names), *cells]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _cell(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, list):
        return " ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType] - of JSON
    return str(value)
