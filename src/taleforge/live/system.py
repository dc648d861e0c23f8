"""The machine's own clock, ids and chance: what `live.ports` asks for, outside of tests.

Does not count on the clock going forward: ids sort by when they were made even when it is set back.
"""

import asyncio
import secrets
from datetime import UTC, datetime
from time import monotonic, time_ns

from taleforge.messages.ids import IdKind, make_id


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)

    def passed(self) -> float:
        """Return the seconds on a stop-watch that runs whatever the time is set to."""
        return monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        await asyncio.sleep(seconds)


class SystemIds:
    """New ids, each greater than the one before; for one thread."""

    def __init__(self) -> None:
        self._last_ms = 0
        self._entropy = 0

    def __call__(self, kind: IdKind) -> str:
        """Return a new id: of this millisecond by chance, or the next one after the last."""
        now_ms = time_ns() // 1_000_000
        if now_ms > self._last_ms:
            self._last_ms, self._entropy = now_ms, secrets.randbits(72)
        else:
            self._entropy += 1 + secrets.randbits(32)
        return make_id(kind, self._last_ms, self._entropy)
