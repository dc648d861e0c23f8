"""What people have built in a landscape: towers, walls, houses, ships.

Each is given the land, and where. Does not choose what stands where.
"""

from typing import TYPE_CHECKING, Final

import numpy as np

from taleforge.art.fields import Point, box, bump, circle, ellipse, limb, polygon, union
from taleforge.art.plate import Colour

if TYPE_CHECKING:
    from taleforge.art.scenes import Land

STONE: Final[Colour] = (0.52, 0.50, 0.48)
ROOF: Final[Colour] = (0.46, 0.24, 0.18)
TIMBER: Final[Colour] = (0.34, 0.22, 0.14)
LIT: Final[Colour] = (1.0, 0.76, 0.34)


def keep(land: "Land", top: Point, wide: float, high: float, *, roof: bool) -> None:
    """Paint a round tower of stone whose wall begins at `top`."""
    plate, (x, y) = land.plate, top
    part = plate.window(x - wide * 2.2, y - wide * 4.5, x + wide * 2.2, y + high + 0.1)
    d = box(part.x, part.y, (x, y + high / 2), (wide, high / 2))
    u = np.clip((part.x - x) / wide, -0.99, 0.99)
    rows = np.floor((part.y - y) / 0.042)
    joint = (np.abs(((part.y - y) / 0.042) % 1.0 - 0.5) > 0.44) | (np.abs((u * 3 + rows * 0.5) % 1.0 - 0.5) > 0.46)
    light = np.clip(0.35 + 0.75 * (part.light[0] * u + 0.62 * np.sqrt(1 - u * u)), 0.15, 1.1)
    part.put(
        d,
        land.faded(STONE, 0.16),
        (land.land + 0.25) * light * (1.0 - 0.22 * joint),
        far=0.2,
        rise=0.1 * np.sqrt(1 - u * u),
    )
    crown = box(part.x, part.y, (x, y), (wide * 1.18, 0.045))
    if not roof:
        crown = np.maximum(crown, np.where((u * 3.5) % 1.0 > 0.5, -1.0, y - 0.005 - part.y))
    part.put(crown, land.faded(STONE, 0.10), (land.land + 0.25) * light, far=0.19)
    if roof:
        cone = polygon(part.x, part.y, [(x - wide * 1.4, y - 0.03), (x, y - wide * 3.4), (x + wide * 1.4, y - 0.03)])
        part.put(cone, land.faded(ROOF, 0.12), (land.land + 0.2) * light, far=0.19)
    for at in (0.22, 0.55):
        _window(land, (x + wide * 0.1, y + high * at), (wide * 0.16, 0.04))


def _window(land: "Land", at: Point, half: Point) -> None:
    plate = land.plate
    part = plate.window(at[0] - 0.4, at[1] - 0.4, at[0] + 0.4, at[1] + 0.4)
    d = union(box(part.x, part.y, at, half), circle(part.x, part.y, (at[0], at[1] - half[1]), half[0]))
    part.put(d, LIT if land.dark else (0.14, 0.12, 0.12), 1.15 if land.dark else 0.25, far=0.15, whole=True)
    if land.dark:
        part.glow(at, 0.05 + half[0] * 1.4, LIT, 0.35)


def wall(land: "Land", at: Point, half: float, high: float) -> None:
    """Paint a wall with battlements and a gate."""
    plate, (x, y) = land.plate, at
    teeth = np.where(((plate.x - x) / 0.055) % 1.0 > 0.5, 0.0, 0.03)
    d = np.maximum(np.abs(plate.x - x) - half, np.maximum(y - teeth - plate.y, plate.y - y - high - 0.14))
    brick = np.abs(((plate.y - y) / 0.042) % 1.0 - 0.5) > 0.44
    plate.put(
        d,
        land.faded(STONE, 0.14),
        (land.land + 0.22) * (0.85 - 0.15 * brick + 0.25 * (plate.clouds(10) - 0.5)),
        far=0.18,
    )
    gate = union(
        box(plate.x, plate.y, (x, y + high), (0.07, 0.09)), circle(plate.x, plate.y, (x, y + high - 0.08), 0.07)
    )
    plate.put(gate, (0.12, 0.09, 0.07), 0.2, far=0.17, whole=True)


def house(land: "Land", at: Point, size: float, far: float = 0.12) -> None:
    """Paint a house of timber and plaster: gable, long roof, chimney with smoke."""
    plate, (x, y), s = land.plate, at, size
    part = plate.window(x - 1.6 * s, y - 2.2 * s, x + 1.6 * s, y + 0.8 * s)
    wall = box(part.x, part.y, (x, y + 0.08 * s), (0.82 * s, 0.42 * s))
    part.put(
        box(part.x, part.y, (x + 0.5 * s, y - 0.95 * s), (0.10 * s, 0.3 * s)),
        land.faded(STONE, far),
        land.land * 1.1,
        far=far,
    )
    plaster = 0.16 * (part.clouds(6) - 0.5)
    part.put(wall, land.faded((0.80, 0.72, 0.56), far), land.land * 1.25 + plaster, far=far)
    beams = np.minimum(
        np.abs(((part.x - x) / (0.41 * s) + 0.5) % 1.0 - 0.5) * 0.41 * s - 0.020 * s * 1.4,
        np.abs(part.y - y - 0.02 * s) - 0.028 * s,
    )
    part.put(np.maximum(beams, wall), land.faded(TIMBER, far), land.land, part=True)
    roof = polygon(
        part.x,
        part.y,
        [
            (x - 1.0 * s, y - 0.30 * s),
            (x - 0.68 * s, y - 1.02 * s),
            (x + 0.68 * s, y - 1.02 * s),
            (x + 1.0 * s, y - 0.30 * s),
        ],
    )
    rows = (part.y - y) / (0.09 * s)
    shingle = 0.14 * (rows % 1.0) + 0.10 * np.sin((part.x - x) / s * 42 + np.floor(rows) * 2.4)
    part.put(roof, land.faded(ROOF, far), land.land * 1.1 - shingle * 0.6 + 0.08, far=far, rise=(rows % 1.0) * 0.05)
    for wx in (-0.52, 0.50):
        _window(land, (x + wx * s, y + 0.14 * s), (0.115 * s, 0.12 * s))
    door = union(
        box(part.x, part.y, (x - 0.02 * s, y + 0.28 * s), (0.13 * s, 0.22 * s)),
        circle(part.x, part.y, (x - 0.02 * s, y + 0.08 * s), 0.13 * s),
    )
    part.put(door, land.faded(TIMBER, far * 0.5), land.land * 0.8, far=far, whole=True)
    smoke = part.clouds(6, 6, 3) * bump(part.x, part.y, (x + 0.56 * s, y - 1.55 * s), 0.22 * s, 0.42 * s)
    part.rgb += (smoke * 0.7)[..., None] * (land.below - part.rgb)


def ship(land: "Land", at: Point) -> None:
    """Paint a ship under sail."""
    plate, (x, y) = land.plate, at
    for mast, high in ((-0.14, 0.46), (0.10, 0.56)):
        plate.put(
            limb(plate.x, plate.y, (x + mast, y), (x + mast, y - high - 0.04), 0.009, 0.005),
            TIMBER,
            land.land * 0.8,
            far=0.16,
        )
        for low, top, wide in ((0.10, 0.30, 0.15), (0.32, high, 0.11)):
            belly = 0.05 * land.side
            sail = polygon(plate.x, plate.y, [
                (x + mast - wide, y - low), (x + mast - wide * 0.8 + belly * 0.4, y - top),
                (x + mast + wide * 0.8 + belly * 0.4, y - top),
                (x + mast + wide + belly, y - (low + top) / 2), (x + mast + wide, y - low),
            ])  # fmt: skip
            plate.put(
                sail,
                land.faded((0.86, 0.80, 0.66), 0.1),
                land.land * (1.35 + 1.6 * (plate.x - x - mast) * plate.light[0]),
                far=0.15,
            )
    hull = polygon(
        plate.x,
        plate.y,
        [(x - 0.36, y - 0.09), (x + 0.30, y - 0.05), (x + 0.42, y - 0.12), (x + 0.28, y + 0.07), (x - 0.27, y + 0.07)],
    )
    planks = 0.12 * (((plate.y - y) / 0.03) % 1.0)
    plate.put(hull, land.faded((0.34, 0.20, 0.12), 0.06), land.land * 1.0 - planks, far=0.14)
    plate.put(limb(plate.x, plate.y, (x + 0.36, y - 0.10), (x + 0.58, y - 0.20), 0.008), TIMBER, land.land, far=0.14)
    shadow = ellipse(plate.x, plate.y, (x, y + 0.11), 0.32, 0.04)
    plate.shade(shadow, 0.4, 0.05)
