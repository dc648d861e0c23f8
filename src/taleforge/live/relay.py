"""What the owner of a table says to the processes that mirror it: nothing while there are none.

A mirror says every second that it is there, and what it has; whoever is behind is told so, and reads the log. Keeps no
message: the bus may lose any.
"""

from collections.abc import Sequence
from typing import Final

from taleforge.live import letters
from taleforge.live.ports import Services
from taleforge.messages.brief import Prose, ProseDelta
from taleforge.messages.codec import encode
from taleforge.messages.events import Event
from taleforge.messages.frames import Frame

QUIET: Final = 4.0
"""Seconds for which a mirror that says nothing still counts as one."""


class Relay:
    """Speaks for the owner of one table (`press.Herald`).

    Args:
        table: The table's id.
        fence: That of the owner's claim.
        services: The outside.
    """

    def __init__(self, table: str, fence: int, services: Services) -> None:
        self._channel = letters.table_channel(table)
        self.fence = fence
        self._services = services
        self.present: tuple[str, ...] = ()
        """The seats that are connected anywhere."""
        self._told = 0
        self._mirrors: dict[str, tuple[float, tuple[str, ...]]] = {}

    @property
    def seats(self) -> frozenset[str]:
        """The seats that are connected to other processes."""
        if not self._mirrors:
            return frozenset()
        return frozenset(seat for since, seats in self._mirrors.values() if since > self._then for seat in seats)

    @property
    def mirrored(self) -> bool:
        """Whether any other process mirrors the table."""
        return any(since > self._then for since, _ in self._mirrors.values())

    def happened(self, after: int, events: Sequence[Event]) -> None:
        """Tell of events that follow a version."""
        if self._mirrors:
            self._say(letters.Happened(after, tuple(encode(event) for event in events)))

    def told(self, prose: Prose) -> None:
        """Tell of a finished piece of prose."""
        self._told += 1
        if self._mirrors:
            self._say(letters.Told(self.fence, self._told, prose))

    def telling(self, delta: ProseDelta) -> None:
        """Tell of a piece of prose while it is being told; whoever misses it hears the whole."""
        if self._mirrors:
            self._say(letters.Telling(delta))

    def pushed(self, seat: str, frame: Frame) -> None:
        """Tell of a frame without a number for one seat."""
        if self._mirrors:
            self._say(letters.Pushed(seat, frame))

    def typing(self, seat: str, *, on: bool) -> None:
        """Tell that a seat is typing, or has stopped."""
        if self._mirrors:
            self._say(letters.Typing(seat, on))

    def own(self, version: int) -> None:
        """Say who owns the table, and where it is."""
        self._say(letters.Owned(self._services.node, self.fence, version, self._told, self.present))

    def carry(self, data: bytes) -> None:
        """Hand the next owner what this one was in the middle of; before the claim is given up."""
        if data and self._mirrors:
            self._say(letters.Carried(self.fence, data))

    def released(self) -> None:
        """Say that nobody owns it any more."""
        self._say(letters.Released(self.fence))

    def heard(self, node: str, seen: letters.Seen, version: int) -> bool:
        """Note that a node mirrors the table, and tell it when it has not all there is; whether seats came or went."""
        known, seats = node in self._mirrors, self.seats
        self._mirrors[node] = self._services.clock.passed(), seen.seats
        has = seen.version, seen.fence, seen.told, seen.present
        if not known or has != (version, self.fence, self._told, self.present):
            self.own(version)
        return self.seats != seats

    def forget(self) -> bool:
        """Forget mirrors that have said nothing for a while; whether there were any."""
        if not self._mirrors:
            return False
        known, then = len(self._mirrors), self._then
        self._mirrors = {node: mirror for node, mirror in self._mirrors.items() if mirror[0] > then}
        return len(self._mirrors) < known

    def _say(self, letter: letters.ToMirrors) -> None:
        self._services.bus.publish(self._channel, letters.pack(letter))

    @property
    def _then(self) -> float:
        """Since when a mirror has to have said something."""
        return self._services.clock.passed() - QUIET
