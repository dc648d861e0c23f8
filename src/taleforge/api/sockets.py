"""The seat streams of a process that are open: how many of whom, and how to end them.

Does not read or write any of them.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from itertools import cycle
from typing import Final

from taleforge.api import figures
from taleforge.api.measures import Measures

SHARES: Final = 100
"""Of how many shares of the streams one is looked at at a time: ten thousand at once would keep all play waiting."""


class Socket:
    """One open stream.

    Args:
        table: Its table.
        seat: Its seat.
        grant: The id of the grant it was opened with.
        end: Says goodbye with a code, and the seconds to wait before coming back, if any.
        beat: Looks whether the client is still there; is given the time in milliseconds since 1970.
    """

    def __init__(
        self, table: str, seat: str, grant: str, end: Callable[[str, float | None], None], beat: Callable[[int], None]
    ) -> None:
        self.table = table
        self.seat = seat
        self.grant = grant
        self.end = end
        self.beat = beat


class Sockets:
    """Every open stream."""

    def __init__(self, measures: Measures) -> None:
        self._open: set[Socket] = set()
        self._shares: list[set[Socket]] = [set() for _ in range(SHARES)]
        self._next_share = cycle(self._shares)
        self._next_beat = cycle(self._shares)
        self._by_address: Counter[str] = Counter()
        measures.show(figures.SOCKETS, lambda: {(): self._by_address.total()})
        measures.show(figures.SEATS, lambda: {(): len({socket.seat for socket in self._open})})
        self._none = asyncio.Event()
        self._none.set()

    def __len__(self) -> int:
        return len(self._open)

    def of(self, address: str) -> int:
        """Return how many streams an address has open."""
        return self._by_address[address]

    @contextmanager
    def counted(self, address: str) -> Generator[None]:
        """Count a connection of an address while it lasts."""
        self._by_address[address] += 1
        try:
            yield
        finally:
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    @contextmanager
    def listed(self, socket: Socket) -> Generator[None]:
        """List a stream while it lasts."""
        share = next(self._next_share)
        self._open.add(socket)
        share.add(socket)
        self._none.clear()
        try:
            yield
        finally:
            self._open.discard(socket)
            share.discard(socket)
            if not self._open:
                self._none.set()

    async def gone(self, patience: float) -> None:
        """Return when no stream is open, or after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._none.wait()

    def revoke(self, grants: set[str]) -> None:
        """End the streams that were opened with some grants."""
        for socket in tuple(self._open):
            if socket.grant in grants:
                socket.end("auth/revoked", None)

    def beat(self, now: int) -> None:
        """Look whether some of the clients are still there; after `SHARES` times it was everybody's turn."""
        for socket in tuple(next(self._next_beat)):
            socket.beat(now)

    def drain(self, first: float, spread: float) -> None:
        """Send everybody away, to come back one after another: after `first` seconds, and within `spread` more."""
        share = spread / max(1, len(self._open))
        for number, socket in enumerate(tuple(self._open)):
            socket.end("table/closing", round(first + number * share, 3))
