"""What wakes the one task that waits for something: of it there are several at every table.

An `asyncio.Event` holds room for sixty waiters from its beginning, and a `deque` for as many things; here neither is
made. Remembers no ring: who waits looks first whether what it waits for is there.
"""

import asyncio


class Bell:
    """Wakes one waiter."""

    __slots__ = ("_waiter",)

    def __init__(self) -> None:
        self._waiter: asyncio.Future[None] | None = None

    def ring(self) -> None:
        """Wake whoever waits."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self) -> None:
        """Return at the next ring. One task at a time may wait."""
        assert self._waiter is None, "somebody waits already"
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
