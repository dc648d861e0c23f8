"""One seat at one table, from the client's side: the view that frames fold into, commands and their answers, updates.

Reconnects by itself, asks for exactly what it missed, and sends unanswered commands again under their ids, which does
them once. Does not show anything to anybody.
"""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, cast

import msgspec
from msgspec import Struct

from taleforge.client.feed import Feed
from taleforge.client.transport import Connect, Link
from taleforge.client.updates import Asked, Back, Happened, Lost, Other, Replied, Synced, Told, Update
from taleforge.errors import BadInput, Unavailable
from taleforge.messages import patch
from taleforge.messages.brief import Prose
from taleforge.messages.codec import encode
from taleforge.messages.commands import Ack, Ask, Command, CommandData, Entropy, Refused, Reply, command
from taleforge.messages.frames import ClientCommand, Frame, Hello, Pong, SeatEvent
from taleforge.messages.ids import IdSource
from taleforge.messages.views import DecisionView, SeatView

_frames = msgspec.json.Decoder(Frame)
_PONG = encode(Pong())
MOST_WAIT = 60.0
"""Seconds that a table may ask for before the next connection."""
_REPLIES: dict[str, type[Struct]] = {"ack": Ack, "refused": Refused, "ask": Ask}


class Snapshot(Struct):
    """The data of a `snapshot` frame."""

    view: dict[str, Any]
    n: int
    prose: tuple[Prose, ...] = ()


async def back_off(attempt: int) -> None:
    """Wait before connecting again: a tenth of a second at first, at most five seconds."""
    await asyncio.sleep(min(5.0, 0.1 * 2 ** (attempt - 1)))


class TableClient:
    """A seat at a table. Use it as an asynchronous context: inside, `view` is there and follows the table.

    Args:
        connect: Makes a connection to the table for this seat.
        seat: The seat's id.
        ids: Makes the ids of commands.
        token: Says who this is, where that is asked.
        entropy: Gives n unguessable bytes for the table's dice; without it this seat leaves the dice to the others.
        pause: Waits before the n-th attempt to connect again.
    """

    def __init__(
        self,
        connect: Connect,
        seat: str,
        ids: IdSource,
        *,
        token: str = "",
        entropy: Callable[[int], bytes] | None = None,
        pause: Callable[[int], Awaitable[None]] = back_off,
    ) -> None:
        self.seat = seat
        self._connect = connect
        self._ids = ids
        self._token = token
        self._entropy = entropy
        self._pause = pause
        self._link: Link | None = None
        self._n: int | None = None
        self._attempt = 0
        self._lost = False
        self._wait = 0.0
        self._plain: dict[str, Any] = {}
        self._view: SeatView | None = None
        self._pending: dict[str, tuple[Command, asyncio.Future[Reply]]] = {}
        self._feeds: set[Feed] = set()
        self._chores: set[asyncio.Task[Reply]] = set()
        self._committed = ""
        self._synced = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None

    @property
    def view(self) -> SeatView:
        """All that the seat knows now."""
        assert self._view is not None, "the client is not connected yet"
        return self._view

    async def __aenter__(self) -> Self:
        """Connect, and wait for the view; raises what the connection raises."""
        self._reader = asyncio.create_task(self._read(), name=f"client of {self.seat}")
        synced = asyncio.create_task(self._synced.wait())
        await asyncio.wait({self._reader, synced}, return_when=asyncio.FIRST_COMPLETED)
        synced.cancel()
        if self._reader.done():
            self._reader.result()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the connection; whoever waits for an answer is told that none will come."""
        assert self._reader is not None
        tasks: list[asyncio.Task[Any]] = [self._reader, *self._chores]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._link is not None:
            await self._link.close()

    async def send(self, data: CommandData, at_turn: int | None = None) -> Reply:
        """Send a command and return its answer, however often the connection is lost in between.

        Raises:
            Unavailable: the client was closed first.
            BadInput: the table does not want this seat any more.
        """
        if self._reader is not None and self._reader.done() and not self._reader.cancelled():
            self._reader.result()
        wish = command(self._ids("cmd"), self.seat, data, at_turn)
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._pending[wish.id] = wish, answer
        try:
            await self._transmit(wish)
            return await answer
        finally:
            del self._pending[wish.id]

    def updates(self) -> Feed:
        """Return everything that happens from now on, one update after another."""
        return Feed(self._feeds, lambda: Synced(self.view))

    async def _transmit(self, wish: Command) -> None:
        """Send a command if there is a connection; the next connection begins with those that were not answered."""
        link = self._link
        if link is None:
            return
        try:
            await link.send(encode(ClientCommand(cast("dict[str, Any]", msgspec.to_builtins(wish)))))
        except Unavailable:
            await link.close()

    async def _read(self) -> None:
        """Read frames for ever, over one connection after another."""
        try:
            while True:
                try:
                    await self._read_link()
                except Unavailable as error:
                    self._link = None
                    self._lost = True
                    self._emit(Lost(error.problem))
                except BadInput as error:
                    self._emit(Lost(error.problem, final=True))
                    raise
                self._attempt += 1
                wait, self._wait = self._wait, 0.0
                await asyncio.sleep(wait)
                await self._pause(self._attempt)
        finally:
            self._end()

    async def _read_link(self) -> None:
        link = await self._connect()
        await link.send(encode(Hello(self._token, self._n)))
        self._link = link
        for wish, _ in list(self._pending.values()):
            await self._transmit(wish)
        try:
            while True:
                if self._take(await link.receive()) == "ping":
                    await link.send(_PONG)
        finally:
            await link.close()

    def _take(self, data: bytes) -> str:
        """Fold a frame in, and return its type."""
        try:
            frame = _frames.decode(data)
            self._be_back(frame)
            self._follow(frame)
            self._apply(frame)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            self._n = None
            raise Unavailable(f"The table sent what is no frame: {error}.", "Connecting again.") from error
        return frame.t

    def _be_back(self, frame: Frame) -> None:
        """Know, by the first frame that is no goodbye, that there is a connection again: the next loss is a first."""
        if self._lost and frame.t != "bye":
            self._lost = False
            self._attempt = 0
            self._emit(Back())

    def _follow(self, frame: Frame) -> None:
        """Count numbered frames; a gap means that something was missed."""
        if not isinstance(frame.n, int) or frame.t == "snapshot":
            return
        if frame.n != (self._n or 0) + 1:
            raise Unavailable(f"Frame {frame.n} came after {self._n}.", "Connecting again.")
        self._n = frame.n

    def _apply(self, frame: Frame) -> None:
        match frame.t:
            case "snapshot":
                self._begin(msgspec.convert(frame.d, Snapshot))
            case "event":
                self._happened(msgspec.convert(frame.d, SeatEvent))
            case "prose.final":
                self._emit(Told(msgspec.convert(frame.d, Prose)))
            case "decision":
                self._emit(Asked(msgspec.convert(frame.d, DecisionView)))
            case "ack" | "refused" | "ask":
                self._replied(cast("Reply", msgspec.convert({**frame.d, "t": frame.t}, _REPLIES[frame.t])))
            case "bye":
                self._goodbye(frame.d)
            case "resync" | "ping":
                pass  # a snapshot follows; whoever reads answers
            case _:
                self._emit(Other(frame.t, frame.d))

    def _goodbye(self, said: dict[str, Any]) -> None:
        """Come back when the table says; where it says nothing of that, its closing of the connection tells more."""
        after = said.get("after")
        if isinstance(after, int | float):
            self._wait = max(0.0, min(float(after), MOST_WAIT))
            raise Unavailable(f"The table said goodbye ({said.get('code')}).", "Connecting again.")

    def _begin(self, snapshot: Snapshot) -> None:
        self._n = snapshot.n
        self._attempt = 0
        self._see(snapshot.view)
        self._synced.set()
        self._emit(Synced(self.view, snapshot.prose))

    def _happened(self, event: SeatEvent) -> None:
        if event.patch:
            self._see(patch.merge(self._plain, event.patch))
        self._emit(Happened(event, self.view))

    def _see(self, plain: dict[str, Any]) -> None:
        self._plain = plain
        self._view = patch.typed(plain)
        self._add_entropy(self._view)

    def _add_entropy(self, view: SeatView) -> None:
        """Have a share in the dice whenever the table commits to new ones (PROTOCOL §9)."""
        if self._entropy is None or view.dice is None or self.seat not in view.seats:
            return
        if not view.dice.shared and view.dice.commitment != self._committed:
            self._committed = view.dice.commitment
            chore = asyncio.create_task(self.send(Entropy(self._entropy(32).hex())))
            self._chores.add(chore)
            chore.add_done_callback(self._chores.discard)

    def _replied(self, reply: Reply) -> None:
        _, answer = self._pending.get(reply.re, (None, None))
        if answer is not None and not answer.done():
            answer.set_result(reply)
        self._emit(Replied(reply, unasked=answer is None))

    def _emit(self, update: Update) -> None:
        for feed in self._feeds:
            feed.put(update)

    def _end(self) -> None:
        for _, answer in self._pending.values():
            if not answer.done():
                answer.set_exception(Unavailable("The client was closed.", "Connect again."))
                answer.exception()  # who waits for the answer hears of it; that nobody does is no fault
        for feed in tuple(self._feeds):
            feed.close()
