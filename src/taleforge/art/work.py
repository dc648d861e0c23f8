"""Painting as work for a queue: the payload is a wish, the result a PNG that says who painted it, and a small one.

The small one stands behind it in the same bytes (`files.parted`), for lists of pictures.

Knows a queue only by what it is handed. Does not say who may wish.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from taleforge.art.ports import Painter, Progress, nobody
from taleforge.art.values import MOST_BYTES, decode
from taleforge.errors import BadInput

QUEUE: Final = "art"
KIND: Final = "paint"


def worker(
    painter: Painter, small: Callable[[bytes], Awaitable[bytes]]
) -> Callable[[bytes, Progress], Awaitable[bytes]]:
    """Return what makes a picture of a payload; it raises BadInput for what can never become one."""

    async def work(payload: bytes, progress: Progress = nobody) -> bytes:
        try:
            wish = decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadInput("That is no wish for a picture.", "Send one within the limits.") from error
        picture = await painter.paint(wish, progress)
        if len(picture.data) > MOST_BYTES:
            raise BadInput("The picture is too large.", "Wish for a smaller one.")
        return picture.data + await small(picture.data)

    return work
