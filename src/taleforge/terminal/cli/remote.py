"""A table server as the terminal wants it: doors to tables over the network, one player at this keyboard.

Keeps the seat tokens it was given in a file that only its user can read, so that a table can be gone on with. It adds
nothing to the tables themselves.
"""

import os
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from taleforge.client.bots import HttpSeat, Memory, PictureWish
from taleforge.client.ids import NewIds
from taleforge.client.server import Declined, SeatToken, Server, TableSummary
from taleforge.client.table import TableClient
from taleforge.errors import BadInput, Misconfigured
from taleforge.messages.commands import Ack, Branch, CommandData, Reply
from taleforge.messages.ids import CommandId
from taleforge.terminal.cli.local import ClientDoor
from taleforge.terminal.door import Save, Story

KEY_VARIABLE: Final = "TALEFORGE_KEY"
LOCAL_TOKEN: Final = "local.token"
SEATS: Final = "seats.json"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Seats(Struct):
    """Seat tokens by server and table."""

    servers: dict[str, dict[str, SeatToken]] = {}


class RemoteDoor(ClientDoor):
    """A seat at a server's table, to which others can be invited.

    Args:
        client: The seat's client, not connected yet.
        server: The server.
        seat: The seat's token.
        keep: Keeps a seat's token for another evening.
    """

    def __init__(self, client: TableClient, server: Server, seat: SeatToken, keep: Callable[[SeatToken], None]) -> None:
        super().__init__(client)
        self._server = server
        self._seat = seat
        self._keep = keep

    async def send(self, data: CommandData, at_turn: int | None = None) -> Reply:
        """Send a command; a branch is asked of the server, which gives the seat there along with it."""
        if not isinstance(data, Branch):
            return await super().send(data, at_turn)
        self._keep(await self._server.branch(self._seat, data.at))
        return Ack(CommandId(""), self.view.version)

    async def recall(self, query: str) -> tuple[Memory, ...]:
        """Return what the seat remembers that fits a few words, best first."""
        return await HttpSeat(self._server.address, self._seat).recall(query)

    async def paint(self, wish: PictureWish) -> bytes:
        """Return a picture as a PNG, which stays in the gallery of whoever has the seat."""
        return await HttpSeat(self._server.address, self._seat).paint(wish)

    @property
    def role(self) -> str:
        """What the seat was given for."""
        return self._seat.role

    @property
    def again(self) -> str:
        """What the player types to come back here."""
        return f"taleforge play --server {self._server.address} --resume {self._seat.table}"

    async def invite(self, role: str) -> str:
        """Return what somebody else types to come to this table; raises BadInput when the server declines."""
        invite = await self._server.invite(self._seat.table, role, self._seat.token)
        return f"taleforge play --server {self._server.address} --code {invite.code}"


class RemoteHouse:
    """Tables of one server. `stack` closes the doors when the evening ends.

    Args:
        server: The server.
        folder: Where seat tokens are kept.
        stack: Closes the doors.
        invite: An invite to follow, if that is how the player comes.
        name: The player's name.
    """

    shared = True

    def __init__(self, server: Server, folder: Path, stack: AsyncExitStack, invite: str = "", name: str = "") -> None:
        self._server = server
        self._file = folder / SEATS
        self._stack = stack
        self._invite = invite
        self._name = name
        self._ids = NewIds()

    async def saves(self) -> list[Save]:
        """Return the tables this player has a seat at, the last played first; only the one of an invite."""
        if self._invite:
            seat = await self._server.follow(self._invite, self._name)
            self._keep(seat)
            return [await self._save(seat)]
        kept = {seat.table: await self._save(seat) for seat in self._kept().values()}
        others = await self._server.tables() if self._server.keyed else []
        saves = [*kept.values(), *(_listed(table) for table in others if table.id not in kept)]
        return sorted(saves, key=lambda save: save.played, reverse=True)

    async def _save(self, seat: SeatToken) -> Save:
        try:
            table = await self._server.table(seat.table, seat.token)
        except Declined:
            return Save(seat.table, seat.table, "", "closed")
        who = next((taken.name for taken in table.seats if taken.id == seat.seat), "")
        return Save(table.id, table.title, table.updated_at, table.status, who)

    async def stories(self) -> list[Story]:
        """Return the adventures that can be begun there."""
        return [Story(one.id, one.title, one.blurb) for one in await self._server.adventures()]

    async def lay(self, story: str) -> RemoteDoor:
        """Make a table there, as its host."""
        return await self._enter(await self._server.lay(story))

    async def resume(self, table: str) -> RemoteDoor:
        """Sit down again, with the token that was kept."""
        seat = self._kept().get(table)
        return await self._enter(seat or await self._server.sit(table))

    async def _enter(self, seat: SeatToken) -> RemoteDoor:
        self._keep(seat)
        client = self._server.client(seat, self._ids, entropy=secrets.token_bytes)
        door = RemoteDoor(client, self._server, seat, self._keep)
        await self._stack.enter_async_context(client)
        return door

    def _kept(self) -> dict[str, SeatToken]:
        return self._read().servers.get(self._server.address, {})

    def _keep(self, seat: SeatToken) -> None:
        seats = self._read()
        seats.servers.setdefault(self._server.address, {})[seat.table] = seat
        made = self._file.with_name(f".{SEATS}.{os.getpid()}")
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(msgspec.json.encode(seats))
        made.replace(self._file)

    def _read(self) -> Seats:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Seats)
        except FileNotFoundError:
            return Seats()
        except (OSError, msgspec.DecodeError) as error:
            raise Misconfigured(
                f"{self._file} cannot be read: {error}.", "Move it away; seats can be taken anew."
            ) from error


def _listed(table: TableSummary) -> Save:
    return Save(table.id, table.title, table.updated_at, table.status)


def reach(address: str, folder: Path) -> Server:
    """Return a server, with the key of the environment, or on this machine with the local token if it can be read.

    Raises:
        BadInput: that is no address.
    """
    return Server(address, key_for(address, folder))


def key_for(address: str, folder: Path) -> str:
    """Return the key of the environment, or on this machine the local token if it can be read; else nothing."""
    key = os.environ.get(KEY_VARIABLE, "")
    if key or urlsplit(address).hostname not in _LOOPBACK:
        return key
    try:
        return (folder / LOCAL_TOKEN).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def check_code(code: str) -> str:
    """Return an invite's code or link token; raises BadInput when it can be neither."""
    tidy = code.strip()
    if "_" in tidy or sum(letter.isalpha() for letter in tidy) == 6:
        return tidy
    raise BadInput(f"{code!r} is no code of an invite.", "It is six letters, as ABCDEF.")
