"""The painter that needs no model: a wish is read, composed on a plate, and put into a style.

The same wish is the same picture. Knows only what the data files know: a prompt beyond them becomes what it comes
nearest to.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from taleforge.art.files import MIME, signed
from taleforge.art.items import item
from taleforge.art.plate import Plate
from taleforge.art.png import png
from taleforge.art.portraits import portrait
from taleforge.art.ports import Progress, nobody
from taleforge.art.reading import Subject, chance, read, style_of
from taleforge.art.scenes import scene
from taleforge.art.styles import STYLES
from taleforge.art.values import Kind, Picture, Wish

ENGINE: Final = "procedural"
LIGHTS: Final = ((-0.52, -0.50, 0.69), (0.52, -0.50, 0.69))
"""From above and before us, left or right."""
_COMPOSED: Final[dict[Kind, Callable[[Plate, Subject], None]]] = {"portrait": portrait, "item": item, "scene": scene}


class ProceduralPainter:
    """Paints with shapes and noise, beside the event loop (`Painter`)."""

    async def paint(self, wish: Wish, progress: Progress = nobody) -> Picture:  # noqa: ARG002 - too quick to tell
        """Return a picture."""
        return await asyncio.to_thread(painted, wish)


def painted(wish: Wish) -> Picture:
    """Return the picture of a wish."""
    subject, rng = read(wish), chance(wish)
    plate = Plate(wish.width, wish.height, rng, LIGHTS[int(rng.integers(2))])
    _COMPOSED[subject.kind](plate, subject)
    return Picture(signed(png(STYLES[style_of(wish)](plate)), ENGINE), MIME, wish.seed, ENGINE)
