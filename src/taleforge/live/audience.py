"""Whoever hears of one table in this process: where the table is, what was told of it, and the stream of each seat.

Whether the table is owned here or elsewhere makes no difference to it: it is told what happened, and lets each seat
hear its share. Decides and stores nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Final
from zlib import crc32

import structlog

from taleforge.live.done import Done
from taleforge.live.faults import fault
from taleforge.live.ports import Position, Services
from taleforge.live.stream import Connection, SeatStream, sent
from taleforge.messages.brief import Prose, ProseDelta
from taleforge.messages.codes import Code
from taleforge.messages.events import Event, SeatLeft, SeatTaken, TableRewound
from taleforge.messages.frames import Frame
from taleforge.messages.views import SeatView

KEPT_PROSE: Final = 200
"""Pieces of prose, of all audiences, that are kept for snapshots."""
RECALLED_PROSE: Final = 40
"""Pieces that a snapshot brings along, at most."""
NUMBERS_A_MS: Final = 2048
"""Frames for which there are numbers in a millisecond: more than a stream is sent."""

_SEATING: Final = (SeatTaken, SeatLeft, TableRewound)
"""What may change who sits at the table."""

log = structlog.get_logger(__name__)


class Audience:
    """The seats of one table, as far as they are connected here.

    Args:
        table: The table's id.
        position: Where its log leads to.
        prose: What was told lately.
        services: The outside.
        done: The commands behind that log.
    """

    def __init__(self, table: str, position: Position, prose: Sequence[Prose], services: Services, done: Done) -> None:
        self.table = table
        self.done = done
        self._position = position
        self._prose = [one for one in prose if position.stands(one.v)][-KEPT_PROSE:]
        self._services = services
        self._log = log.bind(table=table)
        self._streams: dict[str, SeatStream] = {}
        self.present: frozenset[str] = frozenset()
        """The seats that are connected anywhere, as far as those at the table may know."""
        self.changed: Callable[[], None] = _nothing
        """Called when a seat comes or goes here, and when one is taken or left."""

    @property
    def position(self) -> Position:
        """Where the table is, as far as it is known here."""
        return self._position

    @property
    def seats(self) -> frozenset[str]:
        """The seats that are connected here."""
        return frozenset(seat for seat, stream in self._streams.items() if stream.connections)

    @property
    def oldest_prose(self) -> int:
        """The first version whose prose is known here for sure; 0 when all there is may be known."""
        return self._prose[0].v if len(self._prose) == KEPT_PROSE else 0

    def connect(self, seat: str, since: int | None = None) -> Connection:
        """Return a new connection of a seat, which begins after frame `since` or with a snapshot."""
        stream = self._streams.get(seat)
        if stream is None:
            view = self._position.view(seat)
            stream = self._streams[seat] = SeatStream(seat, view, self._first_number(), self)
        connection = stream.connect(since)
        if seat in self.present and len(self.present) > 1:
            connection.push(sent(_presence(self.present)))
        self.changed()
        return connection

    def view(self, seat: str) -> SeatView:
        """Return what a seat knows: the very view it was sent, if any, for readers keep what they make of a view."""
        stream = self._streams.get(seat)
        return stream.view if stream else self._position.view(seat)

    def steps(self, events: Sequence[Event]) -> list[Position]:
        """Return the position now and after each of some events."""
        return list(accumulate(events, lambda position, event: position.after(event), initial=self._position))

    def follow(self, events: Sequence[Event], steps: Sequence[Position]) -> None:
        """Let everybody hear of stored events; `steps` are the positions after each."""
        self._position = steps[-1]
        self.done.add(events)
        if any(isinstance(event.d, TableRewound) for event in events):
            self._withdraw()
        for seat, stream in tuple(self._streams.items()):
            try:
                made = (step.project(event, seat) for event, step in zip(events, steps, strict=True))
                heard = [event for event in made if event is not None]
                stream.follow(heard, steps[-1].view(seat), events[-1].at)
            except Exception as error:  # noqa: BLE001  # the facts are stored: this seat alone begins anew
                self._log.error("publish.fault", seat=seat, version=steps[-1].version, **fault(error))
                del self._streams[seat]
                stream.close(Code.ENGINE_FAULT)
            if stream.abandoned:
                self._streams.pop(seat, None)
        if any(isinstance(event.d, _SEATING) for event in events):
            self.changed()

    def attend(self, present: frozenset[str]) -> None:
        """Let those at the table see who is connected now, to whom it is news."""
        frame, before = _presence(present), self.present
        self.present = present
        for seat, stream in self._streams.items():
            known = before if seat in before else frozenset({seat})
            if seat in present and known - {seat} != present - {seat}:
                stream.push(frame)

    def typing(self, by: str, *, on: bool) -> None:
        """Let the others at the table see that a seat is typing, or has stopped."""
        frame = Frame("typing", {"seat": by, "on": on})
        for seat, stream in self._streams.items():
            if seat != by and seat in self.present:
                stream.push(frame)

    def tell(self, prose: Prose) -> None:
        """Let those hear a piece of prose whom it is for, unless they did."""
        if not self._position.stands(prose.v) or prose in self._prose:
            return
        self._prose.append(prose)
        del self._prose[:-KEPT_PROSE]
        for seat, stream in self._streams.items():
            if _is_for(prose, seat):
                stream.tell(prose)

    def telling(self, delta: ProseDelta) -> None:
        """Let those hear a piece of what is being told whom it is for."""
        if not self._position.stands(delta.v):
            return
        frame = Frame("prose.delta", {"v": delta.v, "i": delta.i, "text": delta.text})
        for seat, stream in self._streams.items():
            if _is_for(delta, seat):
                stream.push(frame)

    def tell_all(self, told: Iterable[Prose]) -> None:
        """Let each piece of prose be heard that was not."""
        for prose in told:
            self.tell(prose)

    def push(self, seat: str, frame: Frame) -> None:
        """Send a seat a frame without a number, if it is connected."""
        if seat in self._streams:
            self._streams[seat].push(frame)

    def close(self, code: str) -> None:
        """End every connection."""
        self.changed = _nothing
        for stream in self._streams.values():
            stream.close(code)
        self._streams.clear()

    def told(self, seat: str) -> Sequence[Prose]:
        """Return what a seat was told lately."""
        return [prose for prose in self._prose if _is_for(prose, seat)][-RECALLED_PROSE:]

    def left(self) -> None:
        """Note that nobody is connected to a seat any more."""
        self.changed()

    def _withdraw(self) -> None:
        """What told versions that were taken back is not told again."""
        stands = self._position.stands
        self._prose = [one for one in self._prose if stands(one.v)]
        for stream in self._streams.values():
            stream.withdraw(stands)

    def _first_number(self) -> int:
        """Return a number greater than any of an earlier stream of the seat, and unlike those of other processes.

        A client that comes from another process names a number of a stream there: it must not be taken for one of here.
        """
        share = crc32(self._services.node.encode()) % 8 * (NUMBERS_A_MS // 8)
        return int(self._services.clock.now().timestamp() * 1000) * NUMBERS_A_MS + share


def _presence(present: frozenset[str]) -> Frame:
    return Frame("presence", {"seats": sorted(present)})


def _nothing() -> None:
    """Do nothing when a seat comes or goes."""


def _is_for(prose: Prose | ProseDelta, seat: str) -> bool:
    return not prose.audience or seat in prose.audience
