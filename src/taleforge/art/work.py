"""Painting as work for a queue: the payload is a wish, the result a picture and the same in small (`parcels`).

Knows a queue only by what it is handed. Does not say who may wish.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from taleforge.art.parcels import Sender
from taleforge.art.ports import Painter, Progress, nobody
from taleforge.art.values import MOST_BYTES, decode
from taleforge.errors import BadInput

QUEUE: Final = "art"
KIND: Final = "paint"


def worker(
    painter: Painter, small: Callable[[bytes], Awaitable[bytes]], sender: Sender
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
        return await sender.pack(picture.data, await small(picture.data))

    return work
