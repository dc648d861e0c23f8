"""What the terminal needs of a table and of the house it stands in; `taleforge.client` fulfils the first.

Each is small enough for a fake. Nothing here says how messages travel.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from msgspec import Struct

from taleforge.client.updates import Update
from taleforge.messages.commands import CommandData, Reply
from taleforge.messages.views import SeatView


class Door(Protocol):
    """One seat at one table; `role` is what the seat was given for: `host`, `player` or `spectator`."""

    @property
    def role(self) -> str:
        """What the seat was given for."""
        ...

    @property
    def view(self) -> SeatView:
        """What the seat knows now."""
        ...

    @property
    def again(self) -> str:
        """What the player types to come back here; once the tale is over, to hear it again."""
        ...

    async def send(self, data: CommandData, at_turn: int | None = None) -> Reply:
        """Send a command, with the turn the player was looking at, and return the table's answer."""
        ...

    async def invite(self, role: str) -> str:
        """Return what somebody else types to come to this table, as a `player` or a `spectator`.

        Raises:
            BadInput: nobody else can, or it is not this seat's to say.
        """
        ...

    def updates(self) -> AsyncIterator[Update]:
        """Give everything that the seat hears from now on."""
        ...


class Save(Struct, frozen=True):
    """A table that can be gone on with. `played` is RFC 3339 UTC."""

    id: str
    title: str
    played: str
    status: str
    who: str = ""


class Story(Struct, frozen=True):
    """An adventure that can be begun."""

    id: str
    title: str
    blurb: str = ""


class House(Protocol):
    """Where tables are laid and found again."""

    @property
    def shared(self) -> bool:
        """Whether others may sit down here."""
        ...

    async def saves(self) -> Sequence[Save]:
        """Return the tables there are, the last played first."""
        ...

    async def stories(self) -> Sequence[Story]:
        """Return the adventures there are."""
        ...

    async def lay(self, story: str) -> Door:
        """Open a new table for an adventure and come to it as a seat without a character.

        Raises:
            BadInput: there is no such adventure.
        """
        ...

    async def resume(self, table: str) -> Door:
        """Sit down again at a table, as the person who sat there.

        Raises:
            BadInput: there is no such table.
        """
        ...
