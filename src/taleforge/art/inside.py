"""Scenes under ground, whose only light is a fire, torches, or a way out. Does not paint anything under a sky."""

from typing import Final

import numpy as np

from taleforge.art.fields import Field, bump, circle, ellipse, inflate, limb, noise, union
from taleforge.art.plate import Colour, Plate
from taleforge.art.reading import Subject, data

ROCK: Final[Colour] = (0.36, 0.33, 0.32)
FLAME: Final[Colour] = (1.0, 0.72, 0.30)


def _glowing(plate: Plate, subject: Subject) -> Colour:
    named = subject.colours.get("")
    choices = list(data("colours")["magic"].values())
    red, green, blue = named or choices[int(plate.rng.integers(len(choices)))]
    return red, green, blue


def cave(plate: Plate, subject: Subject) -> None:
    """Paint a cavern: walls within walls around a light, stone teeth, a pool, and somebody small before it."""
    light = _glowing(plate, subject)
    side = 1.0 if plate.light[0] < 0 else -1.0
    at = (0.28 * side * plate.reach[0], 0.06)
    plate.rgb[:] = 0.5 * np.asarray(light, np.float32) + 0.35
    plate.tone[:] = 0.25 + 0.85 * bump(plate.x, plate.y, at, 0.42, 0.42)
    for ring, (size, tone) in enumerate(((0.46, 0.62), (0.74, 0.42), (1.02, 0.26), (1.34, 0.13))):
        rough = plate.clouds(5 + ring, None, 4)
        hole = (
            np.hypot((plate.x - at[0] * (1 - 0.2 * ring)) / 1.15, (plate.y - at[1] + 0.06) / 0.92)
            - size
            - 0.42 * (rough - 0.5)
        )
        height = 0.22 * rough + inflate(-hole, 0.2)
        rim = 1.0 + 0.7 * np.exp(-np.clip(hole, 0, 9) / 0.05)
        colour = np.asarray(ROCK, np.float32) * (1 - 0.35 * tone) + np.asarray(light, np.float32) * 0.35 * tone
        plate.put(
            -hole,
            (float(colour[0]), float(colour[1]), float(colour[2])),
            tone * rim * plate.lit(height, 0.35) * 1.5,
            far=0.7 - 0.2 * ring,
            rise=height,
        )
        _teeth(plate, ring, tone)
    _pool(plate, at, light)
    _crystals(plate, light, side)
    _watcher(plate, (-0.10 * side, 0.62))


def _teeth(plate: Plate, ring: int, tone: float) -> None:
    for _ in range(3 + ring):
        x = float(plate.rng.uniform(-1, 1)) * plate.reach[0]
        top, long = -plate.reach[1] * (1.2 - 0.45 * (3 - ring) / 3) - 0.02, float(plate.rng.uniform(0.25, 0.55))
        wide = 0.05 + 0.02 * ring
        part = plate.window(x - 0.3, -plate.reach[1], x + 0.3, top + long + 0.2)
        d = limb(part.x, part.y, (x, top - 0.2), (x + 0.01, top + long), wide, 0.004)
        part.put(d, ROCK, tone * 1.1 * part.lit(inflate(d, wide), 0.3), far=0.7 - 0.2 * ring, rise=inflate(d, wide))


def _pool(plate: Plate, at: tuple[float, float], light: Colour) -> None:
    d = ellipse(plate.x, plate.y, (at[0] * 0.5, 0.66), 0.62, 0.12) + 0.06 * (plate.clouds(6) - 0.5)
    wave = np.sin(plate.y * 90 + 4 * plate.clouds(3))
    tone = 0.35 + 0.75 * bump(plate.x, plate.y, (at[0], 0.62), 0.25, 0.4) + 0.10 * wave
    plate.put(d, (light[0] * 0.55, light[1] * 0.6, light[2] * 0.7), tone, far=0.2, rise=0.02 * wave)


def _crystals(plate: Plate, light: Colour, side: float) -> None:
    """Paint crystals that grow from the ground in the near corner."""
    root = (-0.66 * side * plate.reach[0], 0.86 * plate.reach[1])
    for turn, long, wide in ((-0.5, 0.40, 0.055), (0.45, 0.46, 0.06), (-0.15, 0.62, 0.08), (0.2, 0.34, 0.05)):
        tip = (root[0] + float(np.sin(turn)) * long, root[1] - float(np.cos(turn)) * long)
        d = limb(plate.x, plate.y, root, tip, wide, wide * 0.25)
        across = (plate.x - root[0]) * np.cos(turn) + (plate.y - root[1]) * np.sin(turn)
        plate.put(d, light, np.where(across * side > 0, 0.85, 0.45) + 0.25 * np.exp(-((across / 0.012) ** 2)), far=0.05)
    plate.glow((root[0], root[1] - 0.3), 0.42, light, 0.30)


def _watcher(plate: Plate, at: tuple[float, float]) -> None:
    x, y, s = at[0], at[1], 0.26
    d = union(
        limb(plate.x, plate.y, (x, y), (x, y - 0.75 * s), 0.30 * s, 0.12 * s),
        circle(plate.x, plate.y, (x, y - 0.95 * s), 0.14 * s),
        0.03,
    )
    plate.put(np.maximum(d, plate.y - y - 0.05), (0.10, 0.08, 0.09), 0.14, far=0.1, whole=True)
    torch = (x + 0.26 * s, y - 0.95 * s)
    plate.put(
        limb(plate.x, plate.y, (x + 0.16 * s, y - 0.5 * s), torch, 0.008), (0.2, 0.14, 0.1), 0.3, far=0.1, whole=True
    )
    _flame(plate, torch, 0.045)


def _flame(plate: Plate, at: tuple[float, float], r: float) -> None:
    part = plate.window(at[0] - 0.6, at[1] - 0.6, at[0] + 0.6, at[1] + 0.6)
    part.glow(at, r * 6, FLAME, 0.5)
    d = union(circle(part.x, part.y, at, r), limb(part.x, part.y, at, (at[0], at[1] - r * 3), r * 0.7, 0.003), r)
    part.put(d, (1.0, 0.62, 0.18), 1.15, far=0.1, whole=True)
    part.put(d + r * 0.55, (1.0, 0.94, 0.66), 1.25, part=True)


def dungeon(plate: Plate, subject: Subject) -> None:
    """Paint a vaulted hall in perspective, torches along it, and light at its end."""
    end = _glowing(plate, subject)
    side = 1.0 if plate.light[0] < 0 else -1.0
    x0, y0 = 0.16 * side, 0.02
    dx, dy = plate.x - x0, plate.y - y0
    across, up, down = 0.95 * plate.reach[0], 1.35, 0.72
    wall, roof, floor = np.abs(dx) / across, -dy / up, dy / down
    near = np.maximum(np.maximum(wall, roof), np.maximum(floor, 0.001))
    depth = 1.0 / near
    dim = np.clip(1.15 / (0.5 + 0.38 * depth), 0.08, 1.0)
    _floor(plate, floor - np.maximum(wall, roof), dx, depth, dim, end)
    for mask, colour in ((np.maximum(floor, roof) - wall, ROCK), (np.maximum(floor, wall) - roof, (0.27, 0.25, 0.26))):
        course = np.floor(dy * depth / 0.22)
        joint = (np.abs((dy * depth / 0.22) % 1.0 - 0.5) > 0.45) | (
            np.abs((depth * 1.6 + course * 0.5) % 1.0 - 0.5) > 0.46
        )
        tone = dim * (0.66 - 0.30 * joint + 0.5 * (plate.clouds(16) - 0.5))
        plate.put(mask, colour, tone, far=0.5, rise=0.1 * joint)
    for k in (4.2, 2.6, 1.65, 1.06):
        _rib(plate, (x0, y0), across / k, up / k, down / k, k)
    _door(plate, (x0, y0), across / 5.2, up / 5.2, down / 5.2, end)
    for k in (3.1, 1.95):
        for s in (-1.0, 1.0):
            _flame(plate, (x0 + s * across / k * 0.93, y0 - 0.30 / k), 0.085 / k)
    _watcher(plate, (x0 - 0.14 * side, y0 + down / 2.0))


def _floor(  # noqa: PLR0917 - one step of a drawing
    plate: Plate, d: Field, dx: Field, depth: Field, dim: Field, end: Colour
) -> None:
    tile = (np.floor(dx * depth / 0.34) + np.floor(depth * 2.2)) % 2.0
    tone = dim * (0.52 + 0.16 * tile + 0.3 * (noise(plate.rng, plate.shape, (40, 40)) - 0.5))
    shine = bump(dx, dx * 0, (0.0, 0.0), 0.12, 1.0) * np.clip(depth / 5.0, 0, 1)
    plate.put(-d, (0.40, 0.36, 0.33), tone + 0.5 * shine, far=0.4, rise=0.05 * tile)
    plate.rgb += (0.4 * shine * (d > 0))[..., None] * (np.asarray(end, np.float32) - plate.rgb)


def _rib(  # noqa: PLR0917 - one step of a drawing
    plate: Plate, at: tuple[float, float], across: float, up: float, down: float, k: float
) -> None:
    """Paint a pointed arch that spans the hall."""
    x, y = plate.x - at[0], plate.y - at[1]
    spring = -up * 0.30
    lobe = np.maximum(
        np.hypot(x + across * 0.3, y - spring) - across * 1.16, np.hypot(x - across * 0.3, y - spring) - across * 1.16
    )
    hole = np.where(y < spring, lobe, np.abs(x) - across * 0.86)
    rib = np.maximum(np.abs(hole - 0.05 / k * 2) - 0.10 / k, y - down)
    stones = np.abs((np.arctan2(y - spring, x) * 5.2) % 1.0 - 0.5) > 0.44
    tone = np.clip(0.92 / (0.5 + 0.38 * k), 0.1, 0.8) * (0.95 - 0.3 * (stones & (y < spring)))
    plate.put(
        rib,
        (0.44, 0.40, 0.37),
        tone * (0.6 + 0.5 * plate.lit(inflate(rib, 0.1 / k), 0.2)),
        far=0.45 - 0.1 / k,
        rise=inflate(rib, 0.1),
    )


def _door(  # noqa: PLR0917 - one step of a drawing
    plate: Plate, at: tuple[float, float], across: float, up: float, down: float, light: Colour
) -> None:
    x, y = plate.x - at[0], plate.y - at[1]
    spring = -up * 0.1
    lobe = np.maximum(
        np.hypot(x + across * 0.3, y - spring) - across * 1.1, np.hypot(x - across * 0.3, y - spring) - across * 1.1
    )
    d = np.maximum(np.where(y < spring, lobe, np.abs(x) - across * 0.82), y - down)
    plate.put(d, light, 1.1, far=0.9, whole=True)
    plate.glow((at[0], at[1]), 0.34, light, 0.42)
