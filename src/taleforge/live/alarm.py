"""Wakes the owner of a table when the time of a decision is over; each decision once.

Does not settle anything.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from taleforge.live.ports import Clock


class Alarm:
    """Set for the earliest of some time-outs.

    Args:
        clock: Tells the time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def set(self, deadlines: Mapping[str, str], ring: Callable[[str], Awaitable[None]]) -> None:
        """Wait for the earliest of these times (RFC 3339), by decision, and for no other; then ring."""
        self.stop()
        waiting = {decision: until for decision, until in deadlines.items() if decision not in self._rung}
        if waiting:
            decision = min(waiting, key=lambda key: waiting[key])
            self._task = asyncio.create_task(self._wait(decision, waiting[decision], ring))

    def done(self, decision: str) -> None:
        """Never ring for a decision again: whatever came of it, it is not tried for ever."""
        self._rung.add(decision)

    def stop(self) -> None:
        """Wait for nothing."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _wait(self, decision: str, until: str, ring: Callable[[str], Awaitable[None]]) -> None:
        left = datetime.fromisoformat(until) - self._clock.now()
        await self._clock.sleep(max(0.0, left.total_seconds()))
        await ring(decision)
