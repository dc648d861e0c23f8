"""The painter that needs no model: a wish is read, composed on a plate, and put into a style.

The same wish is the same picture. Knows only what the data files know: a prompt beyond them becomes what it comes
nearest to.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from taleforge.art.fields import Field
from taleforge.art.items import item
from taleforge.art.plate import Plate
from taleforge.art.png import png
from taleforge.art.portraits import portrait
from taleforge.art.reading import Subject, chance, read, style_of
from taleforge.art.scenes import scene
from taleforge.art.styles import STYLES
from taleforge.art.values import Kind, Wish

LIGHTS: Final = ((-0.52, -0.50, 0.69), (0.52, -0.50, 0.69))
"""From above and before us, left or right."""
FINE: Final = 300
"""Pixels of the shorter side under which brushes and lines would be too coarse."""
MOST_TIMES: Final = 3
_COMPOSED: Final[dict[Kind, Callable[[Plate, Subject], None]]] = {"portrait": portrait, "item": item, "scene": scene}


def drawn(wish: Wish) -> bytes:
    """Return the picture of a wish as a PNG; a small one is painted large and shrunk, for no brush is finer."""
    subject, rng = read(wish), chance(wish)
    times = min(MOST_TIMES, -(-FINE // min(wish.width, wish.height)))
    plate = Plate(wish.width * times, wish.height * times, rng, LIGHTS[int(rng.integers(2))])
    _COMPOSED[subject.kind](plate, subject)
    return png(_shrunk(STYLES[style_of(wish)](plate), times))


def _shrunk(image: Field, times: int) -> Field:
    if times == 1:
        return image
    rows, columns = image.shape[0] // times, image.shape[1] // times
    return np.clip(image, 0, 1).reshape(rows, times, columns, times, 3).mean(axis=(1, 3))
