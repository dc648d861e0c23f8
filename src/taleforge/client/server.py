"""A table server from the outside: make tables, follow invites, sit down; the published Python client.

Uses the standard library for requests, and a WebSocket once somebody plays. Never follows a redirect, for it would take
the key elsewhere. Shows nothing to anybody.
"""

import asyncio
import http.client
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final, Generic, TypeVar
from urllib.error import URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, Request

import msgspec
from msgspec import Struct

from taleforge.client.network import connect_to
from taleforge.client.table import TableClient
from taleforge.errors import BadInput, TaleforgeError, Unavailable
from taleforge.messages.ids import IdSource
from taleforge.messages.views import SeatInfo

T = TypeVar("T")

PATIENCE: Final = 30.0
"""Seconds in which a server has to answer."""
PAGE: Final = 100
"""Items that are asked for at a time."""
AGAIN: Final = 10
"""Times that a page is asked for again where a server counts requests."""


class Declined(BadInput):
    """The server will not do it, for the reason of a code with parameters."""

    def __init__(self, reason: str, params: dict[str, str | int]) -> None:
        said = ", ".join(f"{name} {value}" for name, value in params.items())
        super().__init__(
            f"The server declines ({reason}{': ' if said else ''}{said}).", "Ask its host if that is wrong."
        )
        self.reason = reason
        self.params = params


class Limited(Unavailable):
    """The server counts requests, and there were too many; `after` so many seconds another one is welcome."""

    def __init__(self, problem: str, remedy: str, after: float = 1.0) -> None:
        super().__init__(problem, remedy)
        self.after = after


async def unhurried(ask: Callable[[], Awaitable[T]]) -> T:
    """Return what is asked for, page after page, say: as soon as a server that counts requests lets it be asked.

    Raises:
        Limited: there were still too many requests when it had been asked again that often.
    """
    for _ in range(AGAIN):
        try:
            return await ask()
        except Limited as limited:
            await asyncio.sleep(limited.after)
    return await ask()


class SeatToken(Struct, frozen=True):
    """A seat of a table, and the token that opens it."""

    table: str
    seat: str
    role: str
    token: str
    expires: str | None = None


class Invite(Struct, frozen=True):
    """A way to a table for others: a link token, or six letters to be said aloud."""

    link: str
    code: str


class Adventure(Struct, frozen=True):
    """An adventure that can be begun."""

    id: str
    title: str
    blurb: str = ""


class TableSummary(Struct, frozen=True):
    """A table as lists show it."""

    id: str
    title: str
    status: str
    updated_at: str
    seats: tuple[SeatInfo, ...] = ()


class _Page(Struct, Generic[T]):
    items: list[T]
    next: str | int | None = None


class _Held(Struct):
    table: str
    seat: str
    role: str
    expires: str | None = None


class _Problem(Struct):
    code: str = "internal/error"
    params: dict[str, str | int] = {}


class Server:
    """A table server.

    Args:
        address: Where it is, as `https://tables.example.org`.
        key: An API key or local token; an invite needs none.

    Raises:
        BadInput: that is no address.
    """

    def __init__(self, address: str, key: str = "") -> None:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.username:
            raise BadInput(f"{address} is no address of a server.", "Write it as https://tables.example.org.")
        self.address = address.rstrip("/")
        self._key = key
        self._opener = OpenerDirector()
        for handler in (HTTPHandler(), HTTPSHandler()):
            self._opener.add_handler(handler)

    @property
    def keyed(self) -> bool:
        """Whether there is a key, so that there are tables of mine to list."""
        return bool(self._key)

    async def adventures(self) -> list[Adventure]:
        """Return what can be played there."""
        return await self._all("/adventures", Adventure)

    async def tables(self) -> list[TableSummary]:
        """Return the tables that are mine, the last played first."""
        return await self._all("/tables", TableSummary)

    async def table(self, table: str, token: str = "") -> TableSummary:
        """Return a table as it looks from outside; `token` is a seat's, in place of the key."""
        return await self._ask("GET", f"/tables/{quote(table, safe='')}", TableSummary, key=token)

    async def lay(self, adventure: str) -> SeatToken:
        """Make a table, and be its host."""
        return await self._ask("POST", "/tables", SeatToken, {"adventure": adventure})

    async def sit(self, table: str) -> SeatToken:
        """Return a new token for my seat at a table."""
        return await self._ask("POST", f"/tables/{quote(table, safe='')}/seats", SeatToken, {})

    async def follow(self, invite: str, name: str = "") -> SeatToken:
        """Follow an invite, by its link token or its six letters."""
        return await self._ask("POST", "/invites/follow", SeatToken, {"invite": invite, "name": name or "Guest"})

    async def seat_of(self, token: str) -> SeatToken:
        """Return which seat a token opens; raises Declined when it opens none."""
        held = await self._ask("GET", "/seat", _Held, key=token)
        return SeatToken(held.table, held.seat, held.role, token, held.expires)

    async def invite(self, table: str, role: str = "player", token: str = "") -> Invite:
        """Make an invite to a table that I host; `token` is my seat's, in place of the key."""
        path = f"/tables/{quote(table, safe='')}/invites"
        return await self._ask("POST", path, Invite, {"role": role}, key=token)

    async def export(self, table: str) -> bytes:
        """Return a table that I host as a `.tale` file, its dice revealed."""
        return await asyncio.to_thread(self._answer, self._request("GET", f"/tables/{quote(table, safe='')}/export"))

    async def call(self, method: str, path: str, body: Any = None, patience: float = PATIENCE) -> bytes:
        """Send a request to a path under /api/v1, and return the body of the answer, which may take so many seconds."""
        return await asyncio.to_thread(self._answer, self._request(method, path, body), patience)

    async def branch(self, seat: SeatToken, at: int = 0) -> SeatToken:
        """Make another table from mine as it was at a version (0: now), and return my seat there, as its host."""
        path = f"/tables/{quote(seat.table, safe='')}/branch"
        return await self._ask("POST", path, SeatToken, {"at": at}, key=seat.token)

    def client(self, seat: SeatToken, ids: IdSource, *, entropy: Callable[[int], bytes] | None = None) -> TableClient:
        """Return a client of a seat; with `entropy` it has its share in the dice.

        Raises:
            Misconfigured: the extra that this needs is not installed.
        """
        return TableClient(connect_to(self.address, seat.table), seat.seat, ids, token=seat.token, entropy=entropy)

    async def _all(self, path: str, kind: type[T], after: str | int | None = None, more: str = "") -> list[T]:
        """Return every item of a list, from a place on, page after page; `more` is what else each page is asked."""
        found: list[T] = []
        while True:
            place = "" if after is None else f"&after={quote(str(after), safe='')}"
            asked = f"{path}?limit={PAGE}{place}{more}"
            page = await unhurried(partial(self._ask, "GET", asked, _Page[kind]))
            found += page.items
            if (after := page.next) is None:
                return found

    async def _ask(self, method: str, path: str, kind: type[T], body: Any = None, *, key: str = "") -> T:
        answer = await asyncio.to_thread(self._answer, self._request(method, path, body, key))
        try:
            return msgspec.json.decode(answer, type=kind)
        except msgspec.DecodeError as error:
            raise self._unreachable() from error

    def _request(self, method: str, path: str, body: Any = None, key: str = "") -> Request:
        headers = {"Accept": "application/json", "User-Agent": "taleforge"}
        if key or self._key:
            headers["Authorization"] = f"Bearer {key or self._key}"
        data = None if body is None else msgspec.json.encode(body)
        if data is not None:
            headers["Content-Type"] = "application/json"
        return Request(f"{self.address}/api/v1{path}", data, headers, method=method)  # noqa: S310 - http or https

    def _answer(self, request: Request, patience: float = PATIENCE) -> bytes:
        try:
            with self._opener.open(request, timeout=patience) as answer:
                data: bytes = answer.read()
        except (URLError, http.client.HTTPException, OSError) as error:
            raise self._unreachable() from error
        if answer.status >= 300:
            raise self._failure(answer.status, data, answer.headers.get("retry-after", ""))
        return data

    def _failure(self, status: int, data: bytes, after: str) -> TaleforgeError:
        try:
            said = msgspec.json.decode(data, type=_Problem)
        except msgspec.DecodeError:
            said = _Problem()
        if status == 429:
            seconds = float(after) if after.isdecimal() else 1.0
            return Limited(f"The server {self.address} was asked too often.", "Try again in a moment.", seconds)
        if status >= 500:
            return Unavailable(f"The server {self.address} cannot answer now ({said.code}).", "Try again in a moment.")
        return Declined(said.code, said.params)

    def _unreachable(self) -> Unavailable:
        return Unavailable(f"There is no table server at {self.address}.", "Check the address, and that it runs.")
