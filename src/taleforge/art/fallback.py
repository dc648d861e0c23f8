"""One painter behind another: when the first fails the second paints, and its picture says so.

Never tries one twice.
"""

import structlog

from taleforge.art.ports import Painter, Progress, nobody
from taleforge.art.values import Picture, Wish
from taleforge.errors import PaintingFailed

log = structlog.get_logger(__name__)


class FallbackPainter:
    """Asks the second when the first fails (`Painter`)."""

    def __init__(self, first: Painter, second: Painter) -> None:
        self._first = first
        self._second = second

    async def paint(self, wish: Wish, progress: Progress = nobody) -> Picture:
        """Return a picture of either."""
        try:
            return await self._first.paint(wish, progress)
        except PaintingFailed as error:
            log.warning("art.fell_back", reason=error.problem)
            return await self._second.paint(wish, progress)

    async def close(self) -> None:
        """End what both hold."""
        await self._first.close()
        await self._second.close()
