"""What one seat is sent: numbered frames, the last of them kept for whoever comes back, and its connections.

A seat's numbers count only its own frames, so nobody learns that others heard something. Does not know the game: it is
handed the seat's views and events.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

import msgspec
from msgspec import Struct, UnsetType, structs

from taleforge.live.bell import Bell
from taleforge.messages.brief import Prose
from taleforge.messages.codec import encode
from taleforge.messages.commands import Reply
from taleforge.messages.frames import Frame, FrameType, SeatEvent
from taleforge.messages.patch import diff_views
from taleforge.messages.views import SeatView

KEPT_FRAMES = 64
"""Numbered frames a seat can be sent again after it was away."""
KEPT_BYTES = 8 * 1024
"""What they may weigh together: a third of what the snapshot weighs that takes the place of what is not kept."""
MOST_WAITING = 512
"""Frames that wait for a slow reader before it is told to begin anew."""


class Sent(Struct, frozen=True, gc=False):
    """A frame as it goes over the wire, encoded once for everybody who is sent it."""

    data: bytes

    @property
    def t(self) -> FrameType:
        """Its type, read back."""
        return _read(self.data).t

    @property
    def d(self) -> dict[str, Any]:
        """What it says, read back."""
        return _read(self.data).d

    @property
    def n(self) -> int | UnsetType:
        """Its number, read back."""
        return _read(self.data).n


class _Numbered(Struct, omit_defaults=True):
    """A frame on its way to the wire: `Frame`, its data not yet taken apart."""

    t: FrameType
    d: Struct
    n: int


def sent(frame: Frame) -> Sent:
    """Return a frame without a number as it is sent."""
    return Sent(encode(frame))


class Connection:
    """One reader of a seat's stream. Frames wait here until they are taken with `receive`."""

    __slots__ = ("_behind", "_bell", "_closed", "_stream", "_waiting")

    def __init__(self, stream: "SeatStream") -> None:
        self._stream = stream
        self._waiting: list[Sent] = []
        self._bell = Bell()
        self._behind = False
        self._closed = False

    def push(self, *frames: Sent) -> None:
        """Let frames wait; too many, and they give way to a `resync` and a fresh snapshot."""
        if self._closed or self._behind:
            return
        self._waiting.extend(frames)
        if len(self._waiting) > MOST_WAITING:
            self._waiting.clear()
            self._waiting.append(sent(Frame("resync", {"reason": "slow"})))
            self._behind = True
        self._bell.ring()

    async def receive(self) -> Sent | None:
        """Return the next frame, waiting for it; None when the connection is closed and all was taken."""
        while not self._waiting:
            if self._behind:
                self._behind = False
                return self._stream.snapshot()
            if self._closed:
                return None
            await self._bell.wait()
        return self._waiting.pop(0)

    def take(self) -> Sent | None:
        """Return the next frame if one waits."""
        return self._waiting.pop(0) if self._waiting else None

    def close(self, code: str | None = None) -> None:
        """End the connection, with a `bye` when there is something to say."""
        if code is not None:
            self.push(sent(Frame("bye", {"code": code})))
        self._closed = True
        self._bell.ring()
        self._stream.leave(self)


class Around(Protocol):
    """Whoever has the streams of a table's seats."""

    def told(self, seat: str) -> Sequence[Prose]:
        """Return what a seat was told lately."""
        ...

    def left(self) -> None:
        """Note that nobody is connected to a seat any more."""
        ...


class SeatStream:
    """The frames of one seat while its room is open.

    Args:
        seat: The seat's id.
        view: What it knows now.
        first: Numbers begin after this; greater than any of an earlier stream of this seat.
        around: Knows what it was told, and wants to know when nobody is connected any more.
    """

    __slots__ = ("_around", "_kept", "_n", "_read", "_seat", "_view", "_weight", "connections")

    def __init__(self, seat: str, view: SeatView, first: int, around: Around) -> None:
        self.connections: set[Connection] = set()
        self._seat = seat
        self._view = view
        self._around = around
        self._n = self._read = first
        self._kept: list[bytes] = []
        """The last numbered frames, up to `_n`."""
        self._weight = 0

    def connect(self, since: int | None) -> Connection:
        """Return a connection that begins with exactly the numbered frames after `since`, or with a snapshot."""
        connection = Connection(self)
        self.connections.add(connection)
        missed = None if since is None else self._since(since)
        connection.push(*([self.snapshot()] if missed is None else missed))
        return connection

    def leave(self, connection: Connection) -> None:
        """Forget a connection that is closed."""
        if connection in self.connections:
            self.connections.remove(connection)
            if not self.connections:
                self._around.left()

    @property
    def abandoned(self) -> bool:
        """Whether nobody reads, and nobody has for so long that whoever comes back needs a snapshot anyway."""
        return not self.connections and self._n - self._read > len(self._kept)

    @property
    def view(self) -> SeatView:
        """What the seat knows now."""
        return self._view

    def snapshot(self) -> Sent:
        """Return the frame that stands for every numbered frame so far, and bears the number of the last."""
        return _numbered("snapshot", _Snapshot(self._view, self._n, self._around.told(self._seat)), self._n)

    def follow(self, heard: Sequence[SeatEvent], view: SeatView, at: str) -> None:
        """Send what the seat heard of a batch of events and how its view changed; `at` is when."""
        patch = diff_views(self._view, view)
        known = {decision.id for decision in self._view.decisions}
        asked = [decision for decision in view.decisions if decision.id not in known]
        self._view = view
        for event in _patched(heard, patch, at):
            self._send("event", event)
        for decision in asked:
            self._send("decision", decision)

    def tell(self, prose: Prose) -> None:
        """Send a finished piece of prose."""
        self._send("prose.final", prose)

    def withdraw(self, stands: Callable[[int], bool]) -> None:
        """Tell nobody again what does not stand: whoever comes back hears an empty text in its place."""
        self._kept = [_withdrawn(data, stands) for data in self._kept]
        self._weight = sum(map(len, self._kept))

    def push(self, frame: Frame) -> None:
        """Send a frame without a number to whoever reads now."""
        self._pass_on(sent(frame))

    def close(self, code: str) -> None:
        """End every connection."""
        for connection in tuple(self.connections):
            connection.close(code)

    def _send(self, kind: FrameType, data: Struct) -> None:
        self._n += 1
        frame = _numbered(kind, data, self._n)
        self._kept.append(frame.data)
        self._weight += len(frame.data)
        while len(self._kept) > KEPT_FRAMES or self._weight > KEPT_BYTES:
            self._weight -= len(self._kept.pop(0))
        self._read = self._n if self.connections else self._read
        self._pass_on(frame)

    def _pass_on(self, frame: Sent) -> None:
        for connection in self.connections:
            connection.push(frame)

    def _since(self, since: int) -> list[Sent] | None:
        """Return the numbered frames after `since`; None when not all of them are kept any more, or never were."""
        missed = self._n - since
        if not 0 <= missed <= len(self._kept):
            return None
        return [Sent(data) for data in self._kept[len(self._kept) - missed :]]


class _Snapshot(Struct):
    """The data of a snapshot."""

    view: SeatView
    n: int
    prose: Sequence[Prose]


def _numbered(kind: FrameType, data: Struct, n: int) -> Sent:
    return Sent(encode(_Numbered(kind, data, n)))


def _read(data: bytes) -> Frame:
    return msgspec.json.decode(data, type=Frame)


def _withdrawn(data: bytes, stands: Callable[[int], bool]) -> bytes:
    """Return a frame; if it is prose of what does not stand, without its text."""
    frame = _read(data)
    if frame.t != "prose.final" or stands(frame.d["v"]):
        return data
    return encode(Frame(frame.t, {**frame.d, "text": ""}, frame.n))


def _patched(heard: Sequence[SeatEvent], patch: dict[str, Any], at: str) -> Sequence[SeatEvent]:
    if not patch:
        return heard
    if not heard:
        return [SeatEvent(0, "view.changed", 1, at, 0, {}, {}, patch=patch)]
    return [*heard[:-1], structs.replace(heard[-1], patch=patch)]


def reply_frame(reply: Reply) -> Frame:
    """Return the frame that answers a command."""
    data = cast("dict[str, Any]", msgspec.to_builtins(reply))
    return Frame(data.pop("t"), data)
