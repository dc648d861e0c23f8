"""What grows in a landscape: conifers, trunks and their leaves, dead trees, grass close to us.

Each is given the land, and where. Does not choose what grows where.
"""

from typing import TYPE_CHECKING

import numpy as np

from taleforge.art.fields import Point, limb, noise, union
from taleforge.art.plate import dimmed

if TYPE_CHECKING:
    from taleforge.art.scenes import Land


def trees(land: "Land", base: float, high: float, count: int, far: float) -> None:
    """Paint a line of conifers."""
    plate, across = land.plate, land.plate.reach[0]
    for x in np.linspace(-across, across, count) + plate.rng.uniform(-0.06, 0.06, count):
        tall = high * float(plate.rng.uniform(0.55, 1.05))
        part = plate.window(float(x) - tall * 0.4, base - tall - 0.05, float(x) + tall * 0.4, base + 0.1)
        t = np.clip((part.y - base + tall) / tall, 0, 1)
        d = np.abs(part.x - x) - tall * 0.26 * t * (0.62 + 0.38 * ((t * 6.0) % 1.0)) + 0.02 * tall
        d = np.maximum(d, part.y - base - 0.04)
        light = land.land * (0.85 + 0.5 * np.clip((part.x - x) / tall * 4 * part.light[0], -0.6, 0.8))
        part.put(d, land.faded((0.16, 0.28, 0.18), far), light, far=far, rise=0.06 * ((t * 6.0) % 1.0))


def trunk(land: "Land", x: float, wide: float, base: float, far: float) -> None:
    """Paint a trunk that stands at `base`."""
    plate = land.plate
    part = plate.window(x - wide * 4 - 0.1, -plate.reach[1], x + wide * 4 + 0.1, base + 0.2)
    lean = float(plate.rng.uniform(-0.08, 0.08))
    middle = x + lean * (part.y - base) + 0.02 * np.sin(part.y * 4 + x * 9)
    flare = wide * (1 + 1.1 * np.exp((part.y - base - 0.06) * 9))
    d = np.maximum(np.abs(part.x - middle) - flare, part.y - base - 0.10)
    u = np.clip((part.x - middle) / flare, -1, 1)
    bark = 0.10 * np.sin(u * 11 + 5 * part.clouds(3, 7))
    light = land.land * (0.75 + 0.65 * u * part.light[0] * 1.4 + bark)
    part.put(d, land.faded((0.28, 0.21, 0.15), far), light, far=far, rise=0.08 * np.sqrt(1 - u * u))


def canopy(land: "Land") -> None:
    """Paint leaves that hang into the picture from above."""
    plate = land.plate
    leaves = plate.clouds(9, 9, 4)
    d = (
        plate.y
        + plate.reach[1]
        - 0.26
        - 0.30 * (np.abs(plate.x - land.focus * 0.5) / plate.reach[0]) ** 2
        - 0.55 * (leaves - 0.5)
    )
    plate.put(d, dimmed(land.ground(), 0.62), land.land * (0.7 + 1.0 * (leaves - 0.5)), far=0.05, rise=0.2 * leaves)


def dead(land: "Land", at: Point, wide: float) -> None:
    """Paint a dead tree."""
    plate, (x, y) = land.plate, at
    high, side = wide * 13, 1.0 if x < 0 else -1.0
    d = limb(plate.x, plate.y, (x, y + 0.02), (x + side * wide, y - high), wide, wide * 0.22)
    for up, reach, s in ((0.45, 0.36, 1.0), (0.62, 0.30, -1.0), (0.80, 0.26, 1.0), (0.95, 0.2, -1.0)):
        root = (x + side * wide * up, y - high * up)
        tip = (root[0] + s * high * reach, root[1] - high * reach * 0.75)
        d = union(d, limb(plate.x, plate.y, root, tip, wide * 0.34, 0.003), wide * 0.4)
        d = np.minimum(
            d,
            limb(
                plate.x,
                plate.y,
                ((root[0] + tip[0]) / 2, (root[1] + tip[1]) / 2),
                (tip[0], tip[1] + high * 0.12),
                wide * 0.16,
                0.002,
            ),
        )
    plate.put(
        d, land.faded((0.18, 0.15, 0.13), 0.1), land.land * (0.7 + 0.5 * (plate.clouds(20) - 0.5)), far=0.08, rise=0.05
    )


def brush(land: "Land") -> None:
    """Paint grass and twigs close to us, dark, in the lower corners."""
    plate = land.plate
    corner = 0.30 * (np.abs(plate.x) / plate.reach[0]) ** 2.2
    row = (1, plate.shape[1])
    tuft, blade = noise(plate.rng, row, (1, 17)), np.abs(noise(plate.rng, row, (1, 140)) * 2 - 1)
    blades = 0.16 * tuft * (1 - blade) ** 2 + 0.05 * np.abs(np.sin(plate.x * 90 + 9 * tuft)) ** 4
    d = plate.reach[1] - 0.06 - corner - blades - plate.y
    plate.put(d, dimmed(land.ground(), 0.32), land.land * 0.5, far=0.0, rise=0.1 * np.sin(plate.x * 60))
