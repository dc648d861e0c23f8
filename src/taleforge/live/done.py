"""Which commands a table's log holds, so that most of those that it does not hold need not be looked for there.

Four bytes a command: an evening of a thousand is four kilobytes. Does not know what a command did; the log does.
"""

from array import array
from collections.abc import Iterable
from zlib import crc32

from taleforge.messages.events import Event


class Done:
    """The commands behind some events, from the first of a log on."""

    __slots__ = ("_last", "_marks")

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._marks = array("I")
        self._last = ""
        self.add(events)

    def add(self, events: Iterable[Event]) -> None:
        """Take in the events that come next."""
        for event in events:
            if event.cmd is not None and event.cmd != self._last:
                self._last = event.cmd
                self._marks.append(crc32(event.cmd.encode()))

    def may_hold(self, command: str) -> bool:
        """Whether a command may be behind one of them; False only if surely none is."""
        return crc32(command.encode()) in self._marks
