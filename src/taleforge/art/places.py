"""What stands in a landscape: houses, towers, woods, ships, stones, fires, and whoever walks there.

Each is given the land and paints from far to near. Does not paint sky or weather.
"""

from typing import TYPE_CHECKING, Final

import numpy as np

from taleforge.art.fields import Field, Point, box, bump, circle, ellipse, inflate, limb, line, polygon, union
from taleforge.art.plate import Colour

if TYPE_CHECKING:
    from taleforge.art.scenes import Land

STONE: Final[Colour] = (0.52, 0.50, 0.48)
ROOF: Final[Colour] = (0.46, 0.24, 0.18)
TIMBER: Final[Colour] = (0.34, 0.22, 0.14)
LIT: Final[Colour] = (1.0, 0.76, 0.34)


def hills(land: "Land", *, path: bool = True) -> None:
    """Paint the ground towards us, with a path that leads to where to look."""
    land.range(land.ridge(land.horizon + 0.22, 0.16, 2), land.ground(), land.land * 1.05, 0.14)
    near = land.ridge(0.66, 0.22, 2)
    land.range(near, _by(land.ground(), 0.85), land.land * 0.9, 0.0)
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
    land.range(rock, _by(STONE, 0.8), land.land * 0.85, 0.2)
    _keep(land, (x, y - 0.34), 0.115, 0.46, roof=True)
    hills(land)
    brush(land)


def castle(land: "Land") -> None:
    """Paint a castle on a hill."""
    x = land.focus
    mound = land.ridge(0.34, 0.08, 5) - 0.26 * bump(land.plate.x, land.plate.x * 0, (x, 0.0), 0.60, 1.0)
    land.range(mound, _by(land.ground(), 0.7), land.land * 0.85, 0.22)
    for at, low, wide, high, roof in (
        (-0.10, -0.30, 0.10, 0.34, True), (0.14, -0.22, 0.085, 0.30, True), (-0.34, -0.02, 0.075, 0.26, True),
        (0.36, 0.0, 0.08, 0.24, True),
    ):  # fmt: skip
        _keep(land, (x + at, low), wide, high, roof=roof)
    _wall(land, (x, 0.14), 0.42, 0.17)
    hills(land)
    brush(land)


def tavern(land: "Land") -> None:
    """Paint a house by the road, its windows lit when it is dark."""
    land.range(land.ridge(land.horizon + 0.14, 0.1, 3), land.ground(), land.land, 0.2)
    _trees(land, 0.26, 0.32, 13, 0.22)
    _house(land, (land.focus * 0.8, 0.24), 0.42)
    hills(land)
    brush(land)


def town(land: "Land") -> None:
    """Paint roofs behind roofs, and a spire over them."""
    rng, across = land.plate.rng, land.plate.reach[0]
    _keep(land, (land.focus, -0.22), 0.09, 0.42, roof=True)
    for row, (base, size) in enumerate(((0.20, 0.15), (0.36, 0.20), (0.58, 0.28))):
        places = np.linspace(-across, across, 8 - row * 2) + rng.uniform(-0.05, 0.05, 8 - row * 2)
        for x in places[rng.permutation(len(places))]:
            _house(
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
                _trunk(land, at, wide * float(plate.rng.uniform(0.7, 1.3)), 0.24 + 0.14 * row, far)
        land.range(
            land.ridge(0.28 + 0.14 * row, 0.07, 5),
            _by(land.ground(), 1.0 - 0.15 * row),
            land.land * (1.1 - 0.2 * row),
            far * 0.8,
        )
    hills(land)
    _canopy(land)
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
    _ship(land, (land.focus, h + 0.12))
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
    _trees(land, 0.36, 0.30, 22, 0.15)
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
    _keep(land, (land.focus, 0.02), 0.07, 0.26, roof=False)
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
    _trees(land, h + 0.02, 0.24, 20, 0.36)
    still = 0.5 * (land.above + land.below) * np.asarray((0.62, 0.72, 0.52), np.float32)
    wave = np.sin((plate.y - h) * 60 + 4 * plate.clouds(2, 9))
    plate.put(
        h - plate.y, np.broadcast_to(still, plate.rgb.shape), land.land * (1.1 + 0.12 * wave), far=0.2, rise=0.02 * wave
    )
    for at, y, wide in ((0.62, 0.40, 0.05), (-0.30, 0.34, 0.035), (0.05, 0.30, 0.025), (-0.78, 0.62, 0.09)):
        _dead(land, (at * land.side * plate.reach[0], y), wide)
    bank = land.ridge(0.80, 0.18, 4)
    land.range(bank, _by(land.ground(), 0.7), land.land * 0.7, 0.0)
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
    _trees(land, 0.30, 0.42, 12, 0.2)
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


def fire(land: "Land", at: Point) -> None:
    """Paint a fire, and its light on everything around."""
    plate, (x, y) = land.plate, at
    for a, b in (((x - 0.10, y + 0.02), (x + 0.09, y - 0.03)), ((x - 0.09, y - 0.03), (x + 0.10, y + 0.02))):
        plate.put(limb(plate.x, plate.y, a, b, 0.02), (0.2, 0.12, 0.08), 0.4, far=0.0)
    sway = 0.03 * np.sin(plate.y * 24)
    for r, high, colour in (
        (0.080, 0.26, (0.92, 0.34, 0.08)),
        (0.055, 0.18, (1.0, 0.66, 0.16)),
        (0.03, 0.10, (1.0, 0.95, 0.66)),
    ):
        flame = union(
            circle(plate.x + sway, plate.y, (x, y - 0.03), r),
            limb(plate.x + sway, plate.y, (x, y - 0.04), (x, y - high), r * 0.8, 0.004),
            0.03,
        )
        plate.put(flame, colour, 1.2, far=0.0, whole=True, soft=0.008)
    plate.glow((x, y - 0.05), 0.42, (1.0, 0.62, 0.24), 0.5)


def traveller(land: "Land", at: Point) -> None:
    """Paint somebody small, for scale, in a cloak with a staff."""
    plate, (x, y), s = land.plate, at, 0.19
    part = plate.window(x - 0.3, y - 0.4, x + 0.3, y + 0.2)
    cloak = polygon(
        part.x,
        part.y,
        [(x - 0.10 * s, y - 0.86 * s), (x + 0.12 * s, y - 0.86 * s), (x + 0.36 * s, y), (x - 0.34 * s, y)],
    )
    part.put(
        cloak, (0.44, 0.16, 0.14), 0.30 + land.land * 0.5 - 0.5 * (part.x - x) * land.side / s, far=0.0, whole=True
    )
    part.put(
        circle(part.x, part.y, (x, y - 0.98 * s), 0.16 * s),
        (0.34, 0.12, 0.11),
        0.3 + land.land * 0.4,
        far=0.0,
        whole=True,
    )
    part.put(
        limb(part.x, part.y, (x - land.side * 0.42 * s, y), (x - land.side * 0.34 * s, y - 1.3 * s), 0.006),
        TIMBER,
        0.3,
        far=0.0,
        whole=True,
    )
    part.shade(ellipse(part.x, part.y, (x + land.side * 0.3 * s, y + 0.01), 0.6 * s, 0.07 * s), 0.5, 0.03)


def dragon(land: "Land") -> None:
    """Paint a dragon in the sky."""
    plate, x, y = land.plate, land.focus * 0.2, -0.52
    body = line(
        plate.x,
        plate.y,
        [(x + 0.30, y + 0.10), (x + 0.10, y + 0.04), (x - 0.12, y + 0.02), (x - 0.26, y - 0.06)],
        0.022,
    )
    body = union(body, ellipse(plate.x, plate.y, (x, y + 0.03), 0.13, 0.045), 0.03)
    for side, tip in ((-1.0, (x - 0.20, y - 0.32)), (1.0, (x + 0.34, y - 0.26))):
        wing = polygon(
            plate.x,
            plate.y,
            [
                (x, y),
                tip,
                (x + side * 0.38, y - 0.02),
                (x + side * 0.26, y - 0.03),
                (x + side * 0.20, y + 0.06),
                (x + side * 0.10, y + 0.0),
            ],
        )
        body = np.minimum(body, wing)
    plate.put(body, (0.26, 0.10, 0.10), 0.32, far=0.5, whole=True)


def lightning(land: "Land") -> None:
    """Paint a bolt that strikes where to look."""
    plate, rng = land.plate, land.plate.rng
    points: list[Point] = [(land.focus * 0.4, -plate.reach[1])]
    while points[-1][1] < 0.0:
        points.append(
            (
                points[-1][0] + float(rng.uniform(-0.10, 0.12)) * land.side,
                points[-1][1] + float(rng.uniform(0.08, 0.16)),
            )
        )
    bolt = line(plate.x, plate.y, points, 0.006)
    air = plate.far > 0.9
    near = np.exp(-((np.clip(bolt, 0, 9) / 0.10) ** 2)) * 0.5 * air
    plate.rgb += near[..., None] * (np.asarray((0.85, 0.9, 1.0), np.float32) - plate.rgb)
    plate.put(np.where(air, bolt, 1.0), (1.0, 1.0, 1.0), 1.25, part=True)


def brush(land: "Land") -> None:
    """Paint grass and twigs close to us, dark, in the lower corners."""
    plate = land.plate
    corner = 0.30 * (np.abs(plate.x) / plate.reach[0]) ** 2.2
    blades = 0.10 * np.abs(np.sin(plate.x * 47 + 6 * plate.clouds(5, 1, 3))) ** 3
    d = plate.reach[1] - 0.06 - corner - blades - plate.y
    plate.put(d, _by(land.ground(), 0.32), land.land * 0.5, far=0.0, rise=0.1 * np.sin(plate.x * 60))


def _by(colour: Colour, by: float) -> Colour:
    return min(1.0, colour[0] * by), min(1.0, colour[1] * by), min(1.0, colour[2] * by)


def _keep(land: "Land", top: Point, wide: float, high: float, *, roof: bool) -> None:
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


def _wall(land: "Land", at: Point, half: float, high: float) -> None:
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


def _house(land: "Land", at: Point, size: float, far: float = 0.12) -> None:
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


def _trees(land: "Land", base: float, high: float, count: int, far: float) -> None:
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


def _trunk(land: "Land", x: float, wide: float, base: float, far: float) -> None:
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


def _canopy(land: "Land") -> None:
    plate = land.plate
    leaves = plate.clouds(9, 9, 4)
    d = (
        plate.y
        + plate.reach[1]
        - 0.26
        - 0.30 * (np.abs(plate.x - land.focus * 0.5) / plate.reach[0]) ** 2
        - 0.55 * (leaves - 0.5)
    )
    plate.put(d, _by(land.ground(), 0.62), land.land * (0.7 + 1.0 * (leaves - 0.5)), far=0.05, rise=0.2 * leaves)


def _dead(land: "Land", at: Point, wide: float) -> None:
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


def _ship(land: "Land", at: Point) -> None:
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
