"""Every command a crowd has sent: when it was due, when it was answered, and when the last one at the table saw it.

Times are those of the event loop, in seconds. They count from when a command was due, not from when it was sent, so a
slow server cannot slow its own examiner down. Sends nothing.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from taleforge.ops.load.frames import Heard
from taleforge.ops.load.seat import Seat

REPLIES: Final = frozenset({"ack", "refused", "ask"})


class Sent:
    """A command on its way, and what became of it."""

    __slots__ = ("answered", "code", "data", "due", "id", "kind", "seat", "seen", "settled")

    def __init__(self, command: str, seat: Seat, kind: str, due: float, settled: "Callable[[Sent], None]") -> None:
        self.id = command
        self.seat = seat
        self.kind = kind
        """What the mix counts it as; empty for what only sets a table up."""
        self.due = due
        self.settled = settled
        """Called when it is answered."""
        self.data = b""
        self.answered: float | None = None
        self.seen: float | None = None
        """When the last seat so far heard of an event that it caused."""
        self.code = ""
        """`ack`, `ask`, or the code of a refusal."""


@dataclass
class Figures:
    """What a crowd measured: plain values, which processes can add up. Latencies in seconds."""

    ack: list[float] = field(default_factory=list[float])
    seen: list[float] = field(default_factory=list[float])
    late: list[float] = field(default_factory=list[float])
    """How late the generator itself was to look at what was due."""
    kinds: Counter[str] = field(default_factory=Counter[str])
    """Commands by kind; `typed` counts beside the others."""
    codes: Counter[str] = field(default_factory=Counter[str])
    counts: Counter[str] = field(default_factory=Counter[str])
    """Bytes, frames, reconnects, resyncs, fresh tables, errors …"""
    played: float = 0.0
    """Seconds that were measured."""
    cpu: float = 0.0
    """Seconds of processor time that the generator used meanwhile."""

    def add(self, other: "Figures") -> None:
        """Take in what another process measured at the same time."""
        self.ack += other.ack
        self.seen += other.seen
        self.late += other.late
        self.kinds.update(other.kinds)
        self.codes.update(other.codes)
        self.counts.update(other.counts)
        self.played = max(self.played, other.played)
        self.cpu = max(self.cpu, other.cpu)


class Tally:
    """The commands of a crowd.

    Args:
        now: The time of the event loop.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.sent: dict[str, Sent] = {}
        self.pending: dict[str, Sent] = {}

    def begin(self, sent: Sent) -> None:
        """Know a command before it is sent."""
        self.sent[sent.id] = sent
        self.pending[sent.id] = sent

    def hear(self, seat: Seat, frame: Heard) -> None:
        """Follow what a seat hears."""
        body = frame.d
        if frame.t == "event" and body.cmd is not None:
            caused = self.sent.get(body.cmd)
            if caused is not None and caused.seat.table == seat.table:
                caused.seen = self.now()
        elif frame.t in REPLIES:
            self._answer(body.re, body.code if frame.t == "refused" else frame.t)

    def waiting(self, seat: Seat) -> list[Sent]:
        """Return what a seat has sent and not heard of: a new connection begins with it."""
        return [sent for sent in self.pending.values() if sent.seat is seat]

    def take(self, since: float, until: float) -> Figures:
        """Return what became of the commands of play that were due in a time."""
        figures = Figures()
        for sent in self.sent.values():
            if not sent.kind or not since <= sent.due < until:
                continue
            figures.codes[sent.code or "unanswered"] += 1
            if sent.answered is not None:
                figures.ack.append(sent.answered - sent.due)
            if sent.seen is not None:
                figures.seen.append(sent.seen - sent.due)
        return figures

    def acknowledged(self, table: str) -> list[tuple[str, str]]:
        """Return the seats and ids of the commands of play that a table has acknowledged."""
        return [
            (sent.seat.seat, sent.id)
            for sent in self.sent.values()
            if sent.kind and sent.code == "ack" and sent.seat.table == table
        ]

    def _answer(self, command: str, code: str) -> None:
        sent = self.pending.pop(command, None)
        if sent is not None:
            sent.answered, sent.code = self.now(), code
            sent.settled(sent)
