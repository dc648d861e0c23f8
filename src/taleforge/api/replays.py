"""What seats heard of a table from some version on, by its log: for those who read it in pages, or ask for news.

Where a page ended is kept for a while, so that the next one begins there and not at the first event. Nothing is lost
with what is forgotten, and nothing that is kept ever changes.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from taleforge.live.ports import Game, Position
from taleforge.messages.events import Event
from taleforge.messages.frames import SeatEvent
from taleforge.table.ports import EventLog

MOST_KEPT: Final = 64
"""Places in logs that are kept, of all tables."""
AT_ONCE: Final = 200
"""Events that are read from the log at a time."""
Heard = tuple[SeatEvent, Position]


class Replays:
    """Logs, played again.

    Args:
        log: Where they are read.
        game: Plays them.
    """

    def __init__(self, log: EventLog, game: Game) -> None:
        self._log = log
        self._game = game
        self._kept: OrderedDict[tuple[str, int], Position] = OrderedDict()

    async def heard(self, table: str, seat: str, after: int, most: int) -> Sequence[SeatEvent]:
        """Return the first events after a version that a seat could hear, `most` at most."""
        position = self._kept.get((table, after)) or self._game.fold(table, ())
        found: list[Heard] = []
        while len(found) < most and (events := await self._log.read(table, position.version, AT_ONCE)):
            position, more = await asyncio.to_thread(_replayed, position, events, seat, after)
            found += more
        del found[most:]
        for _, place in found[-2:]:  # a page ends at the last, or at the one before if there is another page
            self._keep(table, place)
        return [event for event, _ in found]

    def _keep(self, table: str, position: Position) -> None:
        self._kept[table, position.version] = position
        self._kept.move_to_end((table, position.version))
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


def _replayed(position: Position, events: Sequence[Event], seat: str, after: int) -> tuple[Position, list[Heard]]:
    """Play some events, and return what a seat hears of those after a version, with where the table was then."""
    found: list[Heard] = []
    for event in events:
        position = position.after(event)
        seen = position.project(event, seat) if event.v > after else None
        if seen is not None:
            found.append((seen, position))
    return position, found
