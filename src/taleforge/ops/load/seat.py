"""One player of a crowd: what the table said last, as bytes, and decoded only when this player is the next to act.

Follows the few sections of the view that it chooses by; merges nothing, for lists are replaced whole. Opens no socket.
"""

from collections.abc import Callable
from typing import Final

from msgspec import UNSET, DecodeError

from taleforge.ops.load import frames
from taleforge.ops.load.frames import Heard, Offer, Question, View
from taleforge.ops.load.stream import Stream

PONG: Final = b'{"t":"pong"}'
SOON: Final = 0.1
"""Seconds before a lost connection is made again, where the table asks for nothing else."""
_EMPTY: Final = b"[]"


class Seat:
    """A seat of a table, as a crowd plays it.

    Args:
        table: The table's id.
        seat: The seat's id.
        token: Opens its stream.
        hear: Is told of each frame, after the seat has followed it.
    """

    __slots__ = (
        "after", "broken", "decisions", "fighting", "foes", "hear", "moved", "options", "pregens", "seat", "send",
        "status", "stream", "table", "token", "undo",
    )  # fmt: skip

    def __init__(self, table: str, seat: str, token: str, hear: Callable[["Seat", Heard], None]) -> None:
        self.table = table
        self.seat = seat
        self.token = token
        self.hear = hear
        self.stream = Stream(table, seat)
        self.send: Callable[[bytes], None] | None = None
        """Sends a frame, while there is a connection."""
        self.after = SOON
        """Seconds to wait before the next connection, as the table said."""
        self.broken = 0
        """Frames that could not be read."""
        self.status = ""
        self.fighting = False
        self.moved = False
        """Whether it walked since it could last strike: nobody paces up and down."""
        self.foes: set[str] = set()
        self.undo = 0
        """Deeds that it may take back: the host's."""
        self.pregens: list[str] = []
        self.options = self.decisions = _EMPTY

    def hello(self) -> bytes:
        """Return the first frame of a connection: the token, and what was heard already."""
        since = "" if self.stream.n is None else f',"since":{self.stream.n}'
        return f'{{"t":"hello","token":"{self.token}"{since}}}'.encode()

    def take(self, data: bytes) -> None:
        """Follow a frame."""
        try:
            frame = frames.decode(data)
        except (DecodeError, UnicodeDecodeError):
            self.broken += 1
            return
        if frame.t == "ping":
            self._answer(PONG)
            return
        if frame.t == "bye":
            self.after = SOON if frame.d.after is None else frame.d.after
        self.stream.take(frame)
        if frame.t == "snapshot" and frame.d.view is not None:
            self._begin(frame.d.view)
        elif frame.d.patch is not None:
            self._follow(frame.d.patch)
        self.hear(self, frame)

    @property
    def asked(self) -> bool:
        """Whether a decision of the table waits for this seat."""
        return self.decisions != _EMPTY

    @property
    def able(self) -> bool:
        """Whether there is anything to do."""
        return self.send is not None and (self.asked or self.options != _EMPTY)

    def questions(self) -> tuple[Question, ...]:
        """Return what the table waits for."""
        return frames.questions(self.decisions)

    def offers(self) -> tuple[Offer, ...]:
        """Return what can be done."""
        return frames.offers(self.options)

    def _answer(self, data: bytes) -> None:
        if self.send is not None:
            self.send(data)

    def _begin(self, view: View) -> None:
        self.options = self.decisions = _EMPTY
        self.fighting = False
        self.undo = 0
        self.foes.clear()
        self._follow(view)

    def _follow(self, view: View) -> None:
        if view.table is not None:
            self.status = view.table.status or self.status
            self.undo = self.undo if view.table.undo is UNSET else view.table.undo or 0
        if view.options:
            self.options = _section(bytes(view.options))
        if view.decisions:
            self.decisions = _section(bytes(view.decisions))
        if view.fight:
            self.fighting = bytes(view.fight) != frames.NOTHING
        if view.pregens is not None:
            self.pregens = [name for name, known in view.pregens.items() if known is not None]
        for name, other in (view.others or {}).items():
            self._meet(name, None if other is None else other.side, gone=other is None)

    def _meet(self, name: str, side: str | None, *, gone: bool) -> None:
        if gone or side in {"party", "neutral"}:
            self.foes.discard(name)
        elif side == "foe":
            self.foes.add(name)


def _section(data: bytes) -> bytes:
    return _EMPTY if data == frames.NOTHING else data
