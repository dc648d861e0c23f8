"""A connection to whatever carries the bus: made again for ever, with growing pauses.

What it is used for while it lasts, its heirs say. Knows no protocol.
"""

import asyncio
import random
from typing import Final

import structlog

BEAT: Final = 1.0
"""Seconds between two questions whether the other end is there, when there is nothing else to say."""
SILENCE: Final = 3.0
"""Seconds without an answer after which a connection is given up."""
PAUSES: Final = (0.05, 1.0)
"""Seconds between two attempts to connect: at first, and at most."""
CANCEL_AGAIN: Final = 0.1
"""Seconds after which a task that was cancelled and goes on is cancelled once more."""

log = structlog.get_logger(__name__)


class Line:
    """A connection that is made again and again.

    Args:
        server: The other end, fit to be shown.
        task: What the connection is for: `speak`, `hear` or `both`.
        failures: What is raised when it cannot be made, or breaks.
    """

    def __init__(self, server: str, task: str, failures: tuple[type[Exception], ...]) -> None:
        self.up = False
        self.tried = asyncio.Event()
        """Set when the first attempt has come to an end."""
        self._server = server
        self._task = task
        self._failures = failures

    async def run(self) -> None:
        """Connect and use the connection, for ever."""
        failed = 0
        while True:
            try:
                await self._live()
            except self._failures as error:
                failed = 1 if self.up else failed + 1
                if failed == 1:
                    reason = str(error) or type(error).__name__
                    log.warning("bus.lost", task=self._task, bus=self._server, reason=reason)
            finally:
                self.up = False
                self._lost()
            self.tried.set()
            await asyncio.sleep(_pause(failed))

    def _connected(self) -> None:
        self.up = True
        self.tried.set()
        log.info("bus.connected", task=self._task, bus=self._server)

    async def _live(self) -> None:
        """Connect, say so, use the connection until it fails, and hang up."""
        raise NotImplementedError

    def _lost(self) -> None:
        """Settle what the connection leaves undone."""
        raise NotImplementedError


async def end(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks and return when they have ended.

    Again and again, for `asyncio.wait_for`, by which drivers wait, loses a cancellation that comes as its work is done
    (until Python 3.12).
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN)
    await asyncio.gather(*tasks, return_exceptions=True)


def _pause(failed: int) -> float:
    """Return how long to wait after so many failures in a row, never the same for two processes."""
    first, most = PAUSES
    return min(most, first * 2 ** min(failed, 10)) * random.uniform(0.5, 1.0)  # noqa: S311  # no secret
