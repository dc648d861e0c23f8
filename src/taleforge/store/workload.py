"""What a store has to do and how it bears it: counted for figures, and said in the log when it takes too long.

A line names no statement, only whether it read or wrote: values could be anything. Measures nothing by itself.
"""

from collections.abc import Generator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

import structlog

from taleforge.telemetry.counting import Tally, Timing

SLOW: Final = 0.5
"""Seconds after which something took too long."""
SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)

log = structlog.get_logger(__name__)


class Workload:
    """The work of one store."""

    def __init__(self) -> None:
        self.batches = Timing(SIZES)
        """How many writes shared a transaction."""
        self.slow = Tally()
        """What took too long: `read` or `write` of a file; `connect` or `statement` of a server."""
        self.reconnects = 0
        """How often it was back after it was away."""
        self.waiting = 0
        """Reads and writes that are not done yet."""
        self.away = False
        """Whether the database did not answer when it was last needed."""

    @contextmanager
    def doing(self, what: str) -> Generator[None]:
        """Within the block, something is read or written, or waited for."""
        begun = perf_counter()
        self.waiting += 1
        try:
            yield
        finally:
            self.waiting -= 1
            if (taken := perf_counter() - begun) > SLOW:
                self.slow.add(what)
                log.warning("store.slow", what=what, ms=round(taken * 1000), waiting=self.waiting)

    def lost(self, name: str) -> None:
        """Note that the database does not answer."""
        if not self.away:
            self.away = True
            log.error("store.lost", store=name)

    def back(self, name: str) -> None:
        """Note that it does."""
        if self.away:
            self.away = False
            self.reconnects += 1
            log.warning("store.back", store=name)
