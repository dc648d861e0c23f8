"""The bench on which an item lies: its plate, what it is made of, and how solid things are put down.

Knows no item.
"""

from typing import Final

import numpy as np

from taleforge.art.fields import Field, inflate
from taleforge.art.plate import Colour, Plate
from taleforge.art.reading import Subject, data

LEAN: Final = 0.62
"""The slope at which long things lie, in radians from upright."""
GOLDEN: Final = frozenset({"ring", "amulet", "coin", "crown", "chalice", "key"})
"""Things that are of gold unless they are said to be of something else."""


class Bench:
    """A plate to put a thing on, with the colours it is made of."""

    def __init__(self, plate: Plate, subject: Subject) -> None:
        self.plate = plate
        self.subject = subject
        matter = data("colours")["matter"]
        self.metal = _colour(matter[subject.traits.get("matter", "gold" if subject.has("shape", *GOLDEN) else "iron")])
        self.gold, self.wood = _colour(matter["gold"]), _colour(matter["wood"])
        self.leather, self.paper, self.bone = (_colour(matter[name]) for name in ("leather", "paper", "bone"))
        magic = subject.traits.get("magic")
        self.magic = _colour(data("colours")["magic"][magic]) if magic else None
        jewels = ((0.72, 0.08, 0.16), (0.10, 0.50, 0.32), (0.16, 0.28, 0.72), (0.50, 0.20, 0.62))
        jewel = subject.traits.get("jewel")
        named = _colour(data("colours")["jewel"][jewel]) if jewel else subject.colours.get("")
        self.tint = named or self.magic or jewels[int(plate.rng.integers(len(jewels)))]

    def solid(self, d: Field, colour: Colour, r: float, *, shine: float = 0.0, extra: Field | float = 0.0) -> None:
        """Put something round and solid down, glossy or not."""
        height = inflate(d, r) + extra
        tone = self.plate.lit(height, 0.14)
        if shine:
            tone = np.clip(tone * tone * 1.1 + shine * np.clip(tone - 0.84, 0, 1) / 0.16, 0.05, 1.25)
        self.plate.put(d, colour, tone, rise=height)

    def leaning(self) -> tuple[Field, Field]:
        """Return coordinates in which a thing that leans stands upright."""
        c, s, x, y = np.cos(LEAN), np.sin(LEAN), self.plate.x, self.plate.y
        return x * c + y * s, y * c - x * s


def _colour(rgb: list[float]) -> Colour:
    return rgb[0], rgb[1], rgb[2]
