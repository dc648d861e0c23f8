"""The house of `bootstrap` as the terminal wants it: doors to tables, one player at this keyboard.

Whoever plays here is the host of their tables. It adds nothing to the tables themselves.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from taleforge.bootstrap import House
from taleforge.client.bots import Memory, PictureWish
from taleforge.client.table import TableClient
from taleforge.client.updates import Update
from taleforge.errors import BadInput
from taleforge.messages.commands import CommandData, Reply
from taleforge.messages.views import SeatView
from taleforge.terminal.door import Save, Story

RECENT = 9
"""How many saves are opened to say who plays in them; the others are listed without."""


class ClientDoor:
    """A client with its updates from the first one on."""

    def __init__(self, client: TableClient) -> None:
        self._client = client
        self._updates = client.updates()  # before it connects, so that what was told lately is heard

    @property
    def role(self) -> str:
        """Whoever plays here is the host."""
        return "host"

    @property
    def view(self) -> SeatView:
        """What the seat knows now."""
        return self._client.view

    @property
    def again(self) -> str:
        """What the player types to come back here; once the tale is over, to hear it again."""
        table = self.view.table
        return f"taleforge {'replay' if table.status == 'closed' else 'play --resume'} {table.id}"

    async def send(self, data: CommandData, at_turn: int | None = None) -> Reply:
        """Send a command and return the answer."""
        return await self._client.send(data, at_turn)

    async def invite(self, role: str) -> str:
        """Refuse: nobody else can come to a table of this process."""
        del role
        raise BadInput(
            "Nobody else can come to a table that is played in one process.",
            "“taleforge serve” opens tables to others; sit down with “taleforge play --server …”.",
        )

    def updates(self) -> AsyncIterator[Update]:
        """Give everything heard since the connection was made; for one listener."""
        return self._updates


class LocalDoor(ClientDoor):
    """A seat at a table of this process.

    Args:
        client: The seat's client, not connected yet.
        house: Where the table is.
        table: The table's id.
        seat: The seat's id.
    """

    def __init__(self, client: TableClient, house: House, table: str, seat: str) -> None:
        super().__init__(client)
        self._house = house
        self._place = table, seat

    async def recall(self, query: str) -> tuple[Memory, ...]:
        """Return what the seat remembers that fits a few words, best first."""
        table, seat = self._place
        found = await self._house.recollection.recall(table, query, (seat,))
        return tuple(Memory(one.entry.v, one.entry.why, one.entry.text, one.score) for one in found)

    async def paint(self, wish: PictureWish) -> bytes:
        """Return a picture as a PNG, which stays in the gallery of this machine's user."""
        return await self._house.paint(
            {"prompt": wish.prompt, "style": wish.style, "kind": wish.kind, "width": wish.size, "height": wish.size}
        )


class LocalHouse:
    """Tables of one data folder. `stack` closes the doors when the evening ends."""

    shared = False

    def __init__(self, house: House, stack: AsyncExitStack) -> None:
        self._house = house
        self._stack = stack

    async def saves(self) -> list[Save]:
        """Return the tables, the last played first."""
        rows = await self._house.saves()
        names = [await self._host_name(row.id) for row in rows[:RECENT]] + [""] * len(rows[RECENT:])
        return [
            Save(row.id, row.title, row.updated_at, row.status, name) for row, name in zip(rows, names, strict=True)
        ]

    async def _host_name(self, table: str) -> str:
        seats = (await self._house.tables.room(table)).position.view("").seats
        return next((seat.name for seat in seats.values() if seat.role == "host"), "")

    async def stories(self) -> list[Story]:
        """Return the adventures of every pack in play."""
        return [Story(a.id, a.title, a.blurb) for a in self._house.content.adventures.values()]

    async def lay(self, story: str) -> LocalDoor:
        """Open a new table."""
        return await self._enter(await self._house.open_table(story), self._house.new_seat())

    async def resume(self, table: str) -> LocalDoor:
        """Sit down again where the host sat, or freshly where nobody ever did."""
        return await self._enter(table, await self._house.host_of(table) or self._house.new_seat())

    async def _enter(self, table: str, seat: str) -> LocalDoor:
        client = self._house.client(table, seat)
        door = LocalDoor(client, self._house, table, seat)
        await self._stack.enter_async_context(client)
        return door
