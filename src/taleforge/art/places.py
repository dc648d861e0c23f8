"""Places, composed: what stands and grows where in a landscape of each kind.

Each is given the land and paints from far to near. Does not paint sky or weather.
"""

from typing import TYPE_CHECKING

import numpy as np

from taleforge.art.buildings import STONE, house, keep, ship, wall
from taleforge.art.fields import Field, bump, ellipse, inflate, limb, polygon
from taleforge.art.growth import brush, canopy, dead, trees, trunk
from taleforge.art.life import fire, traveller
from taleforge.art.plate import dimmed

if TYPE_CHECKING:
    from taleforge.art.scenes import Land


def hills(land: "Land", *, path: bool = True) -> None:
    """Paint the ground towards us, with a path that leads to where to look."""
    land.range(land.ridge(land.horizon + 0.22, 0.16, 2), land.ground(), land.land * 1.05, 0.14)
    near = land.ridge(0.66, 0.22, 2)
    land.range(near, dimmed(land.ground(), 0.85), land.land * 0.9, 0.0)
    if path:
        plate = land.plate
        t = np.clip((plate.y - 0.22) / (plate.reach[1] - 0.22), 0, 1)
        bend = land.focus * (1 - t) ** 0.8 - 0.30 * land.side * np.sin(t * 3.0) * t
        d = np.maximum(np.abs(plate.x - bend) - (0.012 + 0.22 * t**1.6), 0.22 - plate.y)
        plate.put(
            d + 0.02 * (plate.clouds(14) - 0.5),
            land.faded((0.66, 0.56, 0.42), 0.05),
            land.land * 1.15,
            part=True,
            soft=0.01,
        )


def tower(land: "Land") -> None:
    """Paint a tower on a rock."""
    x, y = land.focus, 0.20
    rock = land.ridge(0.30, 0.10, 6) - 0.30 * bump(land.plate.x, land.plate.x * 0, (x, 0.0), 0.36, 1.0)
    land.range(rock, dimmed(STONE, 0.8), land.land * 0.85, 0.2)
    keep(land, (x, y - 0.34), 0.115, 0.46, roof=True)
    hills(land)
    brush(land)


def castle(land: "Land") -> None:
    """Paint a castle on a hill."""
    x = land.focus
    mound = land.ridge(0.34, 0.08, 5) - 0.26 * bump(land.plate.x, land.plate.x * 0, (x, 0.0), 0.60, 1.0)
    land.range(mound, dimmed(land.ground(), 0.7), land.land * 0.85, 0.22)
    for at, low, wide, high, roof in (
        (-0.10, -0.30, 0.10, 0.34, True), (0.14, -0.22, 0.085, 0.30, True), (-0.34, -0.02, 0.075, 0.26, True),
        (0.36, 0.0, 0.08, 0.24, True),
    ):  # fmt: skip
        keep(land, (x + at, low), wide, high, roof=roof)
    wall(land, (x, 0.14), 0.42, 0.17)
    hills(land)
    brush(land)


def tavern(land: "Land") -> None:
    """Paint a house by the road, its windows lit when it is dark."""
    land.range(land.ridge(land.horizon + 0.14, 0.1, 3), land.ground(), land.land, 0.2)
    trees(land, 0.26, 0.32, 13, 0.22)
    house(land, (land.focus * 0.8, 0.04), 0.44)
    hills(land)
    brush(land)


def town(land: "Land") -> None:
    """Paint roofs behind roofs, and a spire over them."""
    rng, across = land.plate.rng, land.plate.reach[0]
    keep(land, (land.focus, -0.22), 0.09, 0.42, roof=True)
    for row, (base, size) in enumerate(((0.20, 0.15), (0.36, 0.20), (0.58, 0.28))):
        places = np.linspace(-across, across, 8 - row * 2) + rng.uniform(-0.05, 0.05, 8 - row * 2)
        for x in places[rng.permutation(len(places))]:
            house(
                land,
                (float(x), base + float(rng.uniform(-0.05, 0.04))),
                size * float(rng.uniform(0.85, 1.2)),
                far=0.30 - row * 0.14,
            )
    land.range(land.ridge(0.80, 0.05, 3), (0.44, 0.38, 0.32), land.land * 0.8, 0.0)


def forest(land: "Land") -> None:
    """Paint trunks behind trunks, with light between them."""
    plate = land.plate
    plate.glow((land.focus * 0.5, 0.05), 0.6, land.lamp, 0.45 if land.time != "night" else 0.18)
    for row, (count, wide, far) in enumerate(((16, 0.022, 0.62), (11, 0.045, 0.42), (6, 0.085, 0.20))):
        for x in np.linspace(-plate.reach[0] * 1.05, plate.reach[0] * 1.05, count):
            at = float(x + plate.rng.uniform(-0.08, 0.08))
            if abs(at - land.focus * 0.5) > 0.07 + 0.09 * row:
                trunk(land, at, wide * float(plate.rng.uniform(0.7, 1.3)), 0.24 + 0.14 * row, far)
        land.range(
            land.ridge(0.28 + 0.14 * row, 0.07, 5),
            dimmed(land.ground(), 1.0 - 0.15 * row),
            land.land * (1.1 - 0.2 * row),
            far * 0.8,
        )
    hills(land)
    canopy(land)
    brush(land)


def sea(land: "Land") -> None:
    """Paint water to the horizon, a ship on it and rocks before it."""
    plate, h = land.plate, land.horizon
    depth = np.clip((plate.y - h) / (plate.reach[1] - h), 0, 1)
    swell = np.sin(((plate.y - h) * (60 - 36 * depth)) + 5 * plate.clouds(3, 6, 3))
    mirror = 0.5 * (land.above + land.below) * np.asarray((0.62, 0.82, 0.86), np.float32)
    colour = np.broadcast_to(mirror, plate.rgb.shape) * (1.05 - 0.45 * depth[..., None])
    glint = bump(plate.x, plate.x * 0, (land.lamp_at[0], 0.0), 0.10 + 0.28 * depth, 1.0) * np.clip(
        swell + plate.clouds(30, 40, 2) - 0.3, 0, 1
    )
    colour = colour + (glint * 0.8)[..., None] * (np.asarray(land.lamp, np.float32) - colour)
    plate.put(
        h - plate.y, colour, land.land * (1.15 + 0.22 * swell * (0.3 + depth)) + glint * 0.5, far=0.3, rise=0.05 * swell
    )
    ship(land, (land.focus, h + 0.12))
    for at, size in ((-0.95, 0.36), (-0.62, 0.2), (1.0, 0.30)):
        x = at * land.side * plate.reach[0]
        d = ellipse(plate.x, plate.y, (x, plate.reach[1] - 0.02), size, size * 0.85) + 0.14 * (plate.clouds(7) - 0.5)
        plate.put(
            d,
            (0.26, 0.24, 0.24),
            plate.lit(inflate(d, 0.2) + 0.10 * plate.clouds(12), 0.1) * land.land * 1.4,
            far=0.0,
            rise=inflate(d, 0.2),
        )
        foam = np.abs(d - 0.025) - 0.012 + 0.03 * (plate.clouds(26) - 0.5)
        plate.put(np.maximum(foam, h + 0.3 - plate.y), (0.92, 0.95, 0.95), land.land * 1.5, part=True, soft=0.01)


def pass_(land: "Land") -> None:
    """Paint a pass between near cliffs."""
    plate = land.plate
    peak = (
        0.30
        - 0.92 * np.clip(1 - np.abs(plate.x - land.focus) / 0.95, 0, 1) ** 1.25
        - 0.10 * (land.ridge(0.0, 1.0, 9, sharp=True) + 0.5) * -1.0
    )
    land.range(peak, (0.44, 0.44, 0.48), land.land * 1.05, 0.26)
    snow = np.maximum(peak - plate.y, plate.y + 0.24 + 0.30 * (plate.clouds(10) - 0.5))
    plate.put(
        snow,
        land.faded((0.95, 0.96, 0.98), 0.1),
        land.land * 1.35 + 0.3 * (plate.clouds(8) - 0.5),
        part=True,
        soft=0.006,
    )
    trees(land, 0.36, 0.30, 22, 0.15)
    hills(land)
    for side in (-1.0, 1.0):
        edge = (
            plate.reach[0] * 0.98
            - 0.32 * np.clip(plate.y + 0.5, 0, 2) * (0.9 if side * land.side < 0 else 0.4)
            - 0.16 * plate.clouds(5, 8)
        )
        d = edge - side * plate.x
        plate.put(
            d,
            (0.24, 0.23, 0.25),
            land.land * 0.62 * (0.6 + 0.8 * plate.clouds(8, 14)),
            far=0.0,
            rise=0.2 * plate.clouds(7),
        )


def desert(land: "Land") -> None:
    """Paint dunes with sharp crests, and a ruin among them."""
    plate = land.plate
    keep(land, (land.focus, 0.02), 0.07, 0.26, roof=False)
    for base, high, hills_, far in ((0.26, 0.12, 2, 0.24), (0.46, 0.20, 2, 0.1), (0.82, 0.34, 1, 0.0)):
        crest = land.ridge(base, high, hills_)
        d = crest - plate.y
        lee = np.clip((plate.x * land.side * 0.35 + (plate.y - crest) * 1.5 + 0.3 * noise_of(land)), 0, 1)
        ripple = 0.05 * np.sin((plate.y - crest) * 120 + plate.x * 12 + 4 * plate.clouds(3))
        plate.put(
            d, land.faded(land.ground(), far), land.land * (1.35 - 0.62 * (lee > 0.42)) + ripple, far=far, rise=ripple
        )


def noise_of(land: "Land") -> Field:
    """Return a drift that is the same over all of a dune."""
    return land.plate.clouds(2, 2, 2)


def swamp(land: "Land") -> None:
    """Paint dead trees in still water."""
    plate, h = land.plate, land.horizon + 0.06
    trees(land, h + 0.02, 0.24, 20, 0.36)
    still = 0.5 * (land.above + land.below) * np.asarray((0.62, 0.72, 0.52), np.float32)
    wave = np.sin((plate.y - h) * 60 + 4 * plate.clouds(2, 9))
    plate.put(
        h - plate.y, np.broadcast_to(still, plate.rgb.shape), land.land * (1.1 + 0.12 * wave), far=0.2, rise=0.02 * wave
    )
    for at, y, wide in ((0.62, 0.40, 0.05), (-0.30, 0.34, 0.035), (0.05, 0.30, 0.025), (-0.78, 0.62, 0.09)):
        dead(land, (at * land.side * plate.reach[0], y), wide)
    bank = land.ridge(0.80, 0.18, 4)
    land.range(bank, dimmed(land.ground(), 0.7), land.land * 0.7, 0.0)
    brush(land)


def ruin(land: "Land") -> None:
    """Paint standing stones in a ring, some fallen."""
    plate, rng = land.plate, land.plate.rng
    land.range(land.ridge(land.horizon + 0.16, 0.1, 3), land.ground(), land.land, 0.2)
    turns = np.linspace(0.2, 2 * np.pi + 0.2, 9, endpoint=False)
    for turn in turns[np.argsort(np.sin(turns))]:
        at = (land.focus * 0.6 + 0.62 * float(np.cos(turn)), 0.36 + 0.15 * float(np.sin(turn)))
        size = 0.30 + 0.10 * float(np.sin(turn)) + float(rng.uniform(-0.06, 0.08))
        lean = float(rng.uniform(-0.05, 0.05))
        d = limb(plate.x, plate.y, (at[0], at[1]), (at[0] + lean, at[1] - size), 0.075, 0.055) + 0.03 * (
            plate.clouds(14) - 0.5
        )
        d = np.maximum(d, plate.y - at[1] - 0.03)
        height = inflate(d, 0.07) + 0.05 * plate.clouds(16)
        plate.put(d, land.faded(STONE, 0.12), plate.lit(height, 0.12) * (land.land + 0.35), far=0.15, rise=height)
    hills(land)
    brush(land)


def camp(land: "Land") -> None:
    """Paint a road, a fire and a tent beside it."""
    land.range(land.ridge(land.horizon + 0.16, 0.1, 3), land.ground(), land.land, 0.2)
    trees(land, 0.30, 0.42, 12, 0.2)
    hills(land)
    plate, x, y = land.plate, land.focus, 0.52
    for side in (-1.0, 1.0):
        tent = polygon(plate.x, plate.y, [(x, y - 0.40), (x + side * 0.34, y + 0.05), (x + side * 0.02, y + 0.05)])
        plate.put(
            tent,
            (0.66, 0.54, 0.38),
            land.land * (1.25 if side * plate.light[0] > 0 else 0.75) + 0.1 * (plate.clouds(8) - 0.5),
            far=0.05,
        )
    plate.put(
        polygon(plate.x, plate.y, [(x, y - 0.28), (x + 0.10, y + 0.05), (x - 0.08, y + 0.05)]),
        (0.12, 0.09, 0.07),
        0.2,
        far=0.05,
    )
    fire(land, (x - 0.55 * land.side, y + 0.12))
    traveller(land, (x - 0.30 * land.side, y + 0.10))
    brush(land)
