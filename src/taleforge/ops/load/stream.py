"""What one socket heard, as little as suffices to hold it against the log afterwards.

Keeps versions and no content. Does not judge; that is `judge`.
"""

from array import array

from taleforge.ops.load.frames import Heard

NUMBERED = frozenset({"event", "snapshot", "decision", "prose.final"})


class Stream:
    """The numbered frames of one seat, over all its connections.

    Args:
        table: The table's id.
        seat: The seat's id.
    """

    __slots__ = ("gaps", "n", "prose", "resyncs", "seat", "table", "trail")

    def __init__(self, table: str, seat: str) -> None:
        self.table = table
        self.seat = seat
        self.n: int | None = None
        """The number of the last frame; None before the first."""
        self.trail = array("q")
        """In the order heard: v of each event, and -1 - v of each snapshot."""
        self.prose = array("q")
        """The versions that prose was told of."""
        self.gaps: list[tuple[int, int]] = []
        """Where numbers did not count on: the one that was due, and the one that came."""
        self.resyncs = 0

    def take(self, frame: Heard) -> None:
        """Follow a frame."""
        if frame.t not in NUMBERED:
            self.resyncs += frame.t == "resync"
            return
        number = frame.n if frame.n is not None else -1
        if frame.t == "snapshot":
            version = frame.d.view.version if frame.d.view else 0
            self.trail.append(-1 - (version or 0))
        elif self.n is None or number != self.n + 1:
            self.gaps.append((-1 if self.n is None else self.n + 1, number))
        self.n = number
        if frame.t == "event" and frame.d.v:
            self.trail.append(frame.d.v)
        elif frame.t == "prose.final":
            self.prose.append(frame.d.v)

    @property
    def last(self) -> int:
        """The version that the seat has heard of last."""
        if not self.trail:
            return 0
        return max(entry if entry >= 0 else -1 - entry for entry in self.trail[-40:])
