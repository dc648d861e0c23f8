"""A server for programs: a seat played by single requests, with no connection kept open, and what an account keeps.

Everything is typed by the protocol's own messages. A refusal is raised (`Declined`), with its code. Shows nothing.
"""

from typing import Any, Final, Literal
from urllib.parse import quote

import msgspec
from msgspec import Struct

from taleforge.client.server import SeatToken, Server
from taleforge.messages.brief import Prose
from taleforge.messages.commands import COMMAND_NAMES, AnswerChoice, CommandData, Question
from taleforge.messages.frames import SeatEvent
from taleforge.messages.views import JournalEntry, Option, PregenInfo, SeatView

PAINTED: Final = 100.0
"""Seconds that a picture may take."""


class Answered(Struct, frozen=True):
    """What came of a deed: `ack` with the version after it and what the seat heard, or `ask` with a question."""

    t: Literal["ack", "ask"]
    re: str
    v: int = 0
    events: tuple[SeatEvent, ...] = ()
    question: Question | None = None
    choices: tuple[AnswerChoice, ...] = ()


class Recap(Struct, frozen=True):
    """The story so far in short, by paragraphs, and what was told lately."""

    items: tuple[Prose, ...]
    in_short: tuple[str, ...] = ()


class Memory(Struct, frozen=True):
    """Something that a seat remembers: of which version, whether `witnessed` or `told`, and how well it fits."""

    v: int
    why: str
    text: str
    score: float = 0.0


class PictureWish(Struct, frozen=True, omit_defaults=True):
    """A picture that is wished for, so many pixels to each side; what is left open is chosen from the words."""

    prompt: str
    style: Literal["gouache", "ink", "woodcut", "glass"] | None = None
    kind: Literal["portrait", "item", "scene"] | None = None
    size: int = 512


class Campaign(Struct, frozen=True):
    """Tables that belong together."""

    id: str
    name: str
    note: str = ""
    mine: bool = False


class Character(Struct, frozen=True):
    """A character that is kept between tables."""

    id: str
    name: str
    race: str
    classes: dict[str, int]
    level: int
    xp: int
    max_hp: int
    ac: int


class _Table(Struct):
    adventure: str


class _Options(Struct):
    items: tuple[Option, ...]


class _Memories(Struct):
    items: tuple[Memory, ...]


class HttpSeat(Server):
    """One seat at one table, a request at a time.

    Args:
        address: The server's.
        seat: The seat and its token, as an invite gives it.
    """

    def __init__(self, address: str, seat: SeatToken) -> None:
        super().__init__(address, seat.token)
        self.seat = seat
        self._path = f"/tables/{quote(seat.table, safe='')}"

    async def ready_made(self) -> tuple[PregenInfo, ...]:
        """Return the characters of the adventure that are ready to be played; some may be taken."""
        adventure = (await self._ask("GET", self._path, _Table)).adventure
        return tuple(await self._all(f"/adventures/{quote(adventure, safe='')}/pregens", PregenInfo))

    async def act(self, wish: CommandData | str, command: str | None = None) -> Answered:
        """Do something, as a command or in words, and return what came of it.

        With the id of a `command` it is done once, however often it is sent. Raises Declined when it is refused.
        """
        asked: dict[str, Any] = {"text": wish} if isinstance(wish, str) else {
            "name": COMMAND_NAMES[type(wish)], "d": msgspec.to_builtins(wish),
        }  # fmt: skip
        return await self._ask("POST", f"{self._path}/actions", Answered, asked | ({"id": command} if command else {}))

    async def view(self) -> SeatView:
        """Return all that the seat knows now."""
        return await self._ask("GET", f"{self._path}/view", SeatView)

    async def options(self) -> tuple[Option, ...]:
        """Return what the seat can do now."""
        return (await self._ask("GET", f"{self._path}/options", _Options)).items

    async def events(self, after: int = 0, wait: int = 0) -> tuple[SeatEvent, ...]:
        """Return what the seat heard after a version; when that is nothing yet, wait for it, `wait` seconds at most."""
        return tuple(await self._all(f"{self._path}/events", SeatEvent, after, f"&wait={wait}"))

    async def journal(self) -> tuple[JournalEntry, ...]:
        """Return what the seat has written down."""
        return tuple(await self._all(f"{self._path}/journal", JournalEntry))

    async def recap(self) -> Recap:
        """Return the story so far, as the seat knows it."""
        return await self._ask("GET", f"{self._path}/recap", Recap)

    async def recall(self, query: str, most: int = 5) -> tuple[Memory, ...]:
        """Return what the seat remembers that fits a few words, best first."""
        asked = f"?q={quote(query, safe='')}&limit={most}"
        return (await self._ask("GET", f"{self._path}/recall{asked}", _Memories)).items

    async def paint(self, wish: PictureWish) -> bytes:
        """Have a picture painted, and return it as a PNG; it stays in the gallery of whoever has the seat."""
        return await self.call("POST", f"{self._path}/generate/image", wish, PAINTED)


class Account(Server):
    """What somebody with an API key or the local token has on a server, beside tables."""

    async def campaigns(self) -> tuple[Campaign, ...]:
        """Return the campaigns that are mine or that I play in, the newest first."""
        return tuple(await self._all("/campaigns", Campaign))

    async def begin_campaign(self, name: str, note: str = "") -> Campaign:
        """Make a campaign."""
        return await self._ask("POST", "/campaigns", Campaign, {"name": name, "note": note})

    async def lay_in(self, campaign: str, adventure: str) -> SeatToken:
        """Make a table in a campaign of mine, and be its host."""
        return await self._ask("POST", "/tables", SeatToken, {"adventure": adventure, "campaign": campaign})

    async def characters(self) -> tuple[Character, ...]:
        """Return my characters, oldest first."""
        return tuple(await self._all("/characters", Character))

    async def make_character(self, choice: dict[str, Any]) -> Character:
        """Make a character of what I choose; raises Declined with the field that the rules object to."""
        return await self._ask("POST", "/characters", Character, {"choice": choice})

    async def bring_home(self, character: str, table: str) -> Character:
        """Keep what a character of mine has gained at a table."""
        path = f"/characters/{quote(character, safe='')}/home"
        return await self._ask("POST", path, Character, {"table": table})
