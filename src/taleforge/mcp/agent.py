"""One seat in the hands of an agent: what it asks of the table, and what it has heard since it asked last.

Keeps what happened between two calls, for an agent listens only when it calls. It never shows more than its seat hears.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, Protocol

from msgspec import Struct

from taleforge.client.bots import Memory, PictureWish
from taleforge.client.updates import Asked, Happened, Lost, Synced, Told, Update
from taleforge.errors import BadInput, Unavailable
from taleforge.mcp import saying
from taleforge.messages.brief import Prose
from taleforge.messages.commands import Ack, Ask, CommandData, Refused, Reply
from taleforge.messages.views import SeatView
from taleforge.terminal.session import Names, paragraphs
from taleforge.terminal.telling import Teller
from taleforge.terminal.words import Words

PATIENCE: Final = 15.0
"""Seconds in which the table has to answer."""
QUIET: Final = 0.25
"""Seconds without news after which an agent is told what there was; prose follows its facts that quickly."""
LONGEST: Final = 10.0
"""Seconds that news may go on and on, beyond those for which an agent waits."""
KEPT: Final = 4
"""Pieces of prose that are told to somebody who comes to the table."""
RECAPPED: Final = 30
"""Pieces of prose that a recap has."""
MOST_KEPT: Final = 500
"""Events, or pieces of prose, that wait for an agent's next call."""


class Door(Protocol):
    """One seat at one table."""

    @property
    def view(self) -> SeatView:
        """What the seat knows now."""
        ...

    async def send(self, data: CommandData, at_turn: int | None = None) -> Reply:
        """Send a command and return the table's answer."""
        ...

    def updates(self) -> AsyncIterator[Update]:
        """Give everything that the seat hears."""
        ...

    async def recall(self, query: str) -> Sequence[Memory]:
        """Return what the seat remembers that fits a few words, best first."""
        ...

    async def paint(self, wish: PictureWish) -> bytes:
        """Return a picture that was painted for the seat, as a PNG."""
        ...


class Answer(Struct, frozen=True):
    """What a tool answers: words, the same for a program, whether it did not do what was asked, and a PNG."""

    text: str
    data: dict[str, Any] = {}
    failed: bool = False
    picture: bytes = b""


class Agent:
    """A seat. `words` are those in which it is told things."""

    def __init__(self, door: Door, words: Words) -> None:
        self.words = words
        self._door = door
        self._updates = door.updates()
        self._names = Names(words)
        self._teller = Teller(words, self.name)
        self._told = 0
        self._lost: Lost | None = None
        self._events: list[dict[str, Any]] = []
        self._prose: list[dict[str, Any]] = []
        self._lately: list[str] = []

    @property
    def view(self) -> SeatView:
        """What the seat knows now."""
        return self._door.view

    @property
    def ended(self) -> bool:
        """Whether the table does not want this seat any more."""
        return self._lost is not None and self._lost.final

    def name(self, crt: str) -> str:
        """Return the name of a creature that the seat knows or has known."""
        self._names.learn(self.view)
        return self._names.name(crt)

    def recap(self) -> str:
        """Return what was told lately."""
        return "\n\n".join(self._lately)

    async def act(self, data: CommandData) -> Answer:
        """Ask the table for something, and return what came of it.

        Raises:
            Unavailable: the table does not answer now.
            BadInput: the seat is not welcome any more.
        """
        await self.reach()
        try:
            async with asyncio.timeout(PATIENCE):
                reply = await self._door.send(data, self.view.fight.turn if self.view.fight else None)
        except TimeoutError as error:
            raise Unavailable(
                "The table did not answer, and may or may not have done this.", "Look before you try again."
            ) from error
        match reply:
            case Ack():
                await self._listen(QUIET)
                return self._news()
            case Refused():
                return Answer(*saying.refusal(reply, self.words, self.name), failed=True)
            case Ask():
                return Answer(*saying.question(reply, self.words, self.name))

    async def recall(self, query: str) -> Sequence[Memory]:
        """Return what the seat remembers that fits a few words; raises Unavailable, or BadInput as for `act`."""
        await self.reach()
        return await self._door.recall(query)

    async def paint(self, wish: PictureWish) -> bytes:
        """Return a picture as a PNG; raises Unavailable, BadInput as for `act`, and PaintingFailed."""
        await self.reach()
        return await self._door.paint(wish)

    async def news(self, patience: float = 0.0) -> Answer:
        """Return what the seat heard since the last call; where that is nothing yet, wait so many seconds for it.

        Raises:
            Unavailable, BadInput: as for `act`.
        """
        await self.reach()
        if not self._events and not self._prose:
            await self._listen(patience)
        return self._news()

    def _news(self) -> Answer:
        happened, told = tuple(self._events), tuple(self._prose)
        self._events, self._prose = [], []
        return Answer(*saying.news(self.view, happened, told, self.words, self.name))

    async def reach(self) -> None:
        """Hear what waits, and give a lost connection a moment.

        Raises:
            Unavailable, BadInput: as for `act`.
        """
        await self._listen(0.0)
        if self._lost is not None and not self._lost.final:
            await self._listen(QUIET)
        if self._lost is None:
            return
        if self._lost.final:
            raise BadInput(self._lost.reason, "Ask the host for a new invite.")
        raise Unavailable(f"The table cannot be reached: {self._lost.reason}", "Try again in a moment.")

    async def _listen(self, patience: float) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + patience
        last = until + LONGEST
        while True:
            try:
                async with asyncio.timeout(max(0.0, min(until, last) - loop.time())):
                    update = await anext(self._updates)
            except (TimeoutError, StopAsyncIteration):
                return
            if self._hear(update) and patience:
                until = loop.time() + QUIET

    def _hear(self, update: Update) -> bool:
        """Keep an update for the next call; whether it is news."""
        match update:
            case Happened(event=event):
                self._names.learn(update.view)
                lines = [line.text for line in self._teller.tell(event)]
                self._keep(self._events, [{"v": event.v, "name": event.name, "text": text} for text in lines])
                return True
            case Told(prose=prose):
                self._tell((prose,))
                return True
            case Synced(prose=prose):
                self._lost = None
                self._tell([one for one in prose if one.v > self._told][-KEPT:])
                return True
            case Lost():
                self._lost = update
                return False
            case _:
                return isinstance(update, Asked)

    def _tell(self, prose: "tuple[Prose, ...] | list[Prose]") -> None:
        for one in prose:
            self._told = max(self._told, one.v)
            text = "\n".join(line.text for line in paragraphs(one))
            if text:
                self._keep(self._prose, [{"v": one.v, "text": text}])
                self._lately = [*self._lately, text][-RECAPPED:]

    @staticmethod
    def _keep(kept: list[dict[str, Any]], more: list[dict[str, Any]]) -> None:
        kept += more
        del kept[:-MOST_KEPT]
