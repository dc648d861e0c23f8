"""Items: one thing on a cloth, lit from above, before a dark that its own light may fill.

Does not read prompts.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from taleforge.art.fields import Field, Point, box, bump, circle, ellipse, inflate, limb, line, polygon, union
from taleforge.art.plate import Colour, Plate
from taleforge.art.reading import Subject, data

LEAN: Final = 0.62
"""The slope at which long things lie, in radians from upright."""


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
        self.tint = subject.colours.get("") or self.magic or jewels[int(plate.rng.integers(len(jewels)))]

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


def item(plate: Plate, subject: Subject) -> None:
    """Paint an item."""
    bench = Bench(plate, subject)
    shape = subject.traits.get("shape") or list(_THINGS)[int(plate.rng.integers(len(_THINGS)))]
    _table(plate, bench)
    bench.plate = plate.closer(1.12)
    before = plate.thing.copy()
    _THINGS[shape](bench)
    _cast(plate, plate.thing != before)
    if bench.magic is not None:
        _aura(plate, bench.magic, plate.thing != before)


def _colour(rgb: list[float]) -> Colour:
    return rgb[0], rgb[1], rgb[2]


def _table(plate: Plate, bench: Bench) -> None:
    drift, tint = plate.clouds(3), np.asarray(bench.tint, np.float32)
    wall = 0.30 + 0.22 * (1.0 - tint)
    pool = bump(plate.x, plate.y, (plate.light[0] * 0.3, -0.1), 0.95, 0.95)
    plate.rgb[:] = wall * (0.8 + 0.4 * drift[..., None])
    plate.tone[:] = 0.16 + 0.52 * pool + 0.12 * (drift - 0.5)
    ring = np.abs(circle(plate.x, plate.y, (0.0, 0.0), 0.80)) - 0.006
    plate.put(ring, _mixed(bench.gold, 0.9), 0.5, part=True)
    plate.put(np.abs(circle(plate.x, plate.y, (0.0, 0.0), 0.85)) - 0.012, _mixed(bench.gold, 0.9), 0.5, part=True)
    turn = np.arctan2(plate.y, plate.x)
    rays = np.maximum(
        np.abs(((turn / (2 * np.pi) * 24) % 1.0) - 0.5) * 0.22 - 0.016,
        np.abs(np.hypot(plate.x, plate.y) - 0.90) - 0.022,
    )
    plate.put(rays, _mixed(bench.gold, 0.9), 0.45, part=True)
    plate.rise[:] = 0.2 * drift


def _cast(plate: Plate, on: Field) -> None:
    """Let the thing throw its shadow away from the light."""
    size = plate.shape[0]
    shift = (int(-plate.light[1] * size * 0.05), int(-plate.light[0] * size * 0.05))
    shadow = np.roll(on.astype(np.float32), shift, (0, 1))
    for axis in (0, 1):
        reach = max(1, size // 60)
        shadow = sum(np.roll(shadow, by, axis) for by in range(-2 * reach, 2 * reach + 1, reach)) / 5.0
    plate.tone *= 1.0 - 0.62 * np.where(on, 0.0, shadow)


def _aura(plate: Plate, colour: Colour, on: Field) -> None:
    near = bump(plate.x, plate.y, (0.0, 0.0), 0.62, 0.62)
    wisps = np.clip(plate.clouds(6, 6, 3) * 2.0 - 0.75, 0, 1)
    much = near * (0.25 + 0.6 * wisps) * np.where(on, 0.30, 0.95)
    plate.rgb += much[..., None] * (np.asarray(colour, np.float32) - plate.rgb)
    plate.tone += much * (1.1 - plate.tone)
    for _ in range(14):
        turn, r = plate.rng.uniform(0, 2 * np.pi), plate.rng.uniform(0.35, 0.74)
        spark = circle(
            plate.x, plate.y, (float(r * np.cos(turn)), float(r * np.sin(turn))), float(plate.rng.uniform(0.006, 0.016))
        )
        plate.put(spark, _mixed(colour, 1.3), 1.2, part=True, soft=0.02)


def _mixed(colour: Colour, by: float) -> Colour:
    return min(1.0, colour[0] * by), min(1.0, colour[1] * by), min(1.0, colour[2] * by)


def _blade(b: Bench, length: float, wide: float, grip: float) -> None:
    u, v = b.leaning()
    tip, guard = -length, 0.36
    width = wide * np.clip((v - tip) / 0.20, 0, 1) ** 0.7
    d = np.maximum(np.abs(u) - width, np.maximum(tip - v, v - guard))
    bevel = np.where(u < 0, 0.55, 1.05) * (0.85 + 0.15 * np.cos(v * 3 + 1))
    tone = np.where(np.abs(u) < wide * 0.22, 0.62, bevel)
    b.plate.put(d, b.metal, tone, rise=u * 0.4)
    b.solid(
        union(
            limb(u, v, (-0.23, guard + 0.03), (0.23, guard + 0.03), 0.038, 0.038),
            circle(u, v, (0.0, guard + 0.02), 0.06),
            0.03,
        ),
        b.gold,
        0.05,
        shine=0.8,
    )
    b.solid(
        limb(u, v, (0.0, guard + 0.07), (0.0, guard + grip), 0.038),
        b.leather,
        0.04,
        extra=0.008 * np.sin(v * 90 + u * 40),
    )
    b.solid(circle(u, v, (0.0, guard + grip + 0.05), 0.062), b.gold, 0.06, shine=0.9)
    b.solid(circle(u, v, (0.0, guard + 0.03), 0.034), b.tint, 0.035, shine=1.0)


def _sword(b: Bench) -> None:
    _blade(b, 0.78, 0.068, 0.26)


def _dagger(b: Bench) -> None:
    _blade(b, 0.42, 0.085, 0.24)


def _haft(b: Bench, r: float = 0.036, top: float = -0.72) -> tuple[Field, Field]:
    u, v = b.leaning()
    b.solid(limb(u, v, (0.0, top), (0.0, 0.78), r), b.wood, r, extra=0.006 * np.sin(v * 26 + 5 * np.sin(u * 40)))
    b.solid(limb(u, v, (0.0, 0.48), (0.0, 0.72), r * 1.2), b.leather, r, extra=0.008 * np.sin(v * 90 + u * 40))
    b.solid(circle(u, v, (0.0, 0.78), r * 1.4), b.metal, r, shine=0.7)
    return u, v


def _axe(b: Bench) -> None:
    u, v = _haft(b)
    for side in (-1.0, 1.0):
        edge = np.maximum(circle(u, v, (side * 0.10, -0.42), 0.34), -side * u + 0.02)
        edge = np.maximum(
            np.maximum(edge, -circle(u, v, (side * 0.20, -0.86), 0.24)), -circle(u, v, (side * 0.20, 0.02), 0.24)
        )
        rim = np.clip((np.hypot(u - side * 0.10, v + 0.42) - 0.26) / 0.08, 0, 1)
        b.solid(edge, b.metal, 0.10, shine=0.5, extra=-0.10 * rim)
    b.solid(box(u, v, (0.0, -0.42), (0.055, 0.13), 0.02), b.gold, 0.04, shine=0.7)


def _hammer(b: Bench) -> None:
    u, v = _haft(b)
    b.solid(box(u, v, (0.0, -0.50), (0.34, 0.155), 0.03), b.metal, 0.07, shine=0.7)
    for side in (-1.0, 1.0):
        b.solid(box(u, v, (side * 0.33, -0.50), (0.06, 0.185), 0.03), b.metal, 0.04, shine=0.8)
    b.solid(box(u, v, (0.0, -0.50), (0.085, 0.17), 0.02), b.gold, 0.04, shine=0.8)
    b.solid(circle(u, v, (0.0, -0.50), 0.05), b.tint, 0.05, shine=1.0)


def _bow(b: Bench) -> None:
    u, v = b.leaning()
    curve = u + 0.10 - 0.42 * np.cos(v * 1.75) + 0.05 * np.exp(-((v / 0.14) ** 2))
    d = np.maximum(np.abs(curve) - 0.056 + 0.030 * np.abs(v), np.abs(v) - 0.82)
    b.plate.put(
        np.maximum(np.abs(u + 0.10 - 0.42 * np.cos(0.82 * 1.75)) - 0.007, np.abs(v) - 0.81), (0.88, 0.84, 0.7), 0.8
    )
    b.solid(d, b.wood, 0.04, extra=0.004 * np.sin(v * 60))
    b.solid(np.maximum(np.abs(curve) - 0.064, np.abs(v) - 0.13), b.leather, 0.04, extra=0.008 * np.sin(v * 90 + u * 30))
    for at in (-0.79, 0.79, -0.16, 0.16):
        b.solid(np.maximum(np.abs(curve) - 0.052, np.abs(v - at) - 0.022), b.gold, 0.03, shine=0.8)


def _staff(b: Bench) -> None:
    u, v = _haft(b, 0.034, -0.5)
    claw = np.abs(np.hypot(u, (v + 0.60) * 0.85) - 0.15) - 0.030
    b.solid(np.maximum(claw, -(v + 0.78)), b.wood, 0.03)
    b.solid(circle(u, v, (0.0, -0.62), 0.115), b.tint, 0.115, shine=1.0)
    b.plate.glow((float(-0.62 * np.sin(-LEAN)), float(-0.62 * np.cos(LEAN))), 0.22, _mixed(b.tint, 1.5), 0.55)
    b.solid(box(u, v, (0.0, -0.40), (0.05, 0.05), 0.02), b.gold, 0.04, shine=0.8)


def _shield(b: Bench) -> None:
    x, y = b.plate.x, b.plate.y + 0.02
    top, point = -0.62, 0.72
    width = 0.56 * np.clip(1 - np.clip((y + 0.05) / (point + 0.05), 0, 1) ** 2.1, 0, 1) ** 0.75
    d = np.maximum((np.abs(x) - width) * 0.75, np.maximum(top + 0.05 * np.cos(x * 5.4) - y, y - point))
    b.solid(d, b.metal, 0.09, shine=0.7)
    inner = d + 0.075
    field = b.subject.colours.get("") or b.tint
    other = (0.88, 0.84, 0.74)
    parted = np.where(((x > 0) ^ (y > -0.08))[..., None], field, other)
    height = 0.55 * np.sqrt(np.clip(1 - (x / 0.8) ** 2 - (y / 1.1) ** 2, 0.01, 1))
    b.plate.put(inner, parted.astype(np.float32), b.plate.lit(height, 0.2), rise=height)
    star = np.abs(((np.arctan2(y + 0.08, x) / (2 * np.pi) * 8) % 1.0) - 0.5)
    b.solid((np.hypot(x, y + 0.08) - 0.13 - 0.34 * star) * 0.6, b.gold, 0.05, shine=0.8)
    b.solid(circle(x, y, (0.0, -0.08), 0.085), b.metal, 0.08, shine=0.9)


def _potion(b: Bench) -> None:
    x, y = b.plate.x, b.plate.y
    d = union(circle(x, y, (0.0, 0.24), 0.42), box(x, y, (0.0, -0.34), (0.115, 0.30), 0.03), 0.12)
    height = inflate(d, 0.34)
    b.plate.put(d, (0.70, 0.80, 0.80), 0.35 + 0.4 * b.plate.lit(height, 0.1), rise=height)
    liquid = np.maximum(d + 0.035, 0.08 + 0.02 * np.sin(x * 9) - y)
    depth = 0.45 + 0.75 * bump(x, y, (-b.plate.light[0] * 0.22, 0.40), 0.30, 0.25)
    b.plate.put(liquid, b.tint, depth, rise=height)
    b.plate.put(ellipse(x, y, (0.0, 0.085), 0.34, 0.035), _mixed(b.tint, 1.4), 0.95, part=True)
    for _ in range(12):
        at = (float(b.plate.rng.uniform(-0.25, 0.25)), float(b.plate.rng.uniform(0.14, 0.5)))
        b.plate.put(
            np.abs(circle(x, y, at, float(b.plate.rng.uniform(0.010, 0.03)))) - 0.004,
            _mixed(b.tint, 1.7),
            1.1,
            part=True,
        )
    side = float(np.sign(b.plate.light[0]))
    gleam = np.abs(circle(x, y, (0.0, 0.24), 0.34)) - 0.022 * bump(x, y, (side * 0.24, 0.0), 0.2, 0.16)
    b.plate.put(gleam + 0.004, (1.0, 1.0, 1.0), 1.2, part=True, soft=0.01)
    b.plate.put(
        limb(x, y, (side * 0.07, -0.48), (side * 0.07, -0.22), 0.012), (1.0, 1.0, 1.0), 1.1, part=True, soft=0.01
    )
    b.solid(box(x, y, (0.0, -0.66), (0.10, 0.11), 0.03), (0.62, 0.44, 0.26), 0.09, extra=0.02 * b.plate.clouds(30))
    b.solid(box(x, y, (0.0, -0.56), (0.155, 0.045), 0.04), (0.70, 0.80, 0.80), 0.05, shine=0.8)
    b.solid(box(x, y, (0.0, -0.16), (0.14, 0.022), 0.02), b.leather, 0.03)
    b.solid(polygon(x, y, [(0.03, -0.15), (0.17, -0.08), (0.13, 0.07), (0.0, 0.0)]), b.paper, 0.03)


def _scroll(b: Bench) -> None:
    x, y = b.plate.x, b.plate.y
    wave = 0.03 * np.sin(y * 5)
    d = box(x + wave, y, (0.0, 0.0), (0.44, 0.58), 0.01) + 0.02 * (b.plate.clouds(12) - 0.5)
    b.plate.put(d, b.paper, 0.72 + 0.14 * np.sin(y * 5 + 1) + 0.2 * (b.plate.clouds(5) - 0.5), rise=0.1 * np.sin(y * 5))
    for row in range(9):
        at = -0.40 + row * 0.085
        end = 0.32 if row % 4 != 3 else 0.05
        text = np.maximum(
            np.abs(y - at - 0.010 * np.sin(x * 90 + row * 7) * np.sin(x * 31 + row)) - 0.007,
            np.maximum(-0.33 - x, x - end),
        )
        b.plate.put(text, (0.22, 0.14, 0.08), 0.3, part=True)
    for at in (-0.62, 0.62):
        b.solid(box(x, y, (0.0, at), (0.50, 0.085), 0.06), b.paper, 0.085)
        b.solid(box(x, y, (0.0, at), (0.60, 0.030), 0.02), b.wood, 0.03)
        for side in (-1.0, 1.0):
            b.solid(circle(x, y, (side * 0.62, at), 0.055), b.gold, 0.055, shine=0.8)
    b.plate.put(limb(x, y, (0.18, 0.40), (0.24, 0.58), 0.035), (0.55, 0.08, 0.10), 0.6)
    b.solid(
        circle(x, y, (0.18, 0.38), 0.10) + 0.012 * b.plate.clouds(14),
        (0.66, 0.10, 0.12),
        0.05,
        shine=0.3,
        extra=-0.03 * (circle(x, y, (0.18, 0.38), 0.06) < 0),
    )


def _book(b: Bench) -> None:
    x, y = b.plate.x - 0.02, b.plate.y
    colour = b.subject.colours.get("") or (b.tint if b.magic is None else (0.28, 0.16, 0.24))
    b.solid(box(x, y, (0.05, 0.05), (0.50, 0.64), 0.03), _mixed(colour, 0.6), 0.03)
    b.plate.put(box(x, y, (0.04, 0.035), (0.485, 0.62), 0.02), b.paper, 0.62 + 0.25 * np.sin((x - y) * 230), rise=0.05)
    b.solid(box(x, y, (-0.01, 0.0), (0.50, 0.63), 0.03), _mixed(colour, 0.9), 0.035, extra=0.018 * b.plate.clouds(40))
    b.solid(np.abs(box(x, y, (0.03, 0.0), (0.38, 0.54), 0.02)) - 0.010, b.gold, 0.012, shine=0.7)
    for cx in (-0.46, 0.44):
        for cy in (-0.58, 0.58):
            b.solid(box(x, y, (cx, cy), (0.085, 0.085), 0.02), b.gold, 0.03, shine=0.8)
    for row in (-0.38, 0.0, 0.38):
        b.solid(box(x, y, (-0.46, row), (0.055, 0.045), 0.02), _mixed(colour, 1.2), 0.03)
    turn = np.arctan2(y, x - 0.03)
    sun = (np.hypot(x - 0.03, y) - 0.17 - 0.06 * np.cos(turn * 8)) * 0.7
    b.solid(sun, b.gold, 0.03, shine=0.8)
    b.solid(ellipse(x, y, (0.03, 0.0), 0.10, 0.10), b.tint, 0.09, shine=1.0)
    b.solid(box(x, y, (0.48, 0.0), (0.09, 0.06), 0.02), b.gold, 0.03, shine=0.8)


def _gem_at(b: Bench, at: Point, r: float) -> None:
    """Put a cut stone down: facets around a table."""
    x, y = b.plate.x - at[0], b.plate.y - at[1]
    turn = np.arctan2(y, x)
    sides = 8
    sector: Field = np.round(turn / (2 * np.pi) * sides)
    across: Field = np.cos(turn - sector * 2 * np.pi / sides) * np.hypot(x, y)
    d = across - r
    inner = across - r * 0.55
    lightward: Field = np.cos(sector * 2 * np.pi / sides - np.arctan2(b.plate.light[1], b.plate.light[0]))
    crown = 0.55 + 0.42 * lightward + 0.08 * (np.mod(sector, 2.0) - 0.5)
    tone: Field = np.where(inner > 0, crown, 0.72 - 0.35 * lightward * np.clip(across / r, 0, 1))
    b.plate.put(d, b.tint, tone, rise=tone * 0.1)
    for part in (
        np.abs(inner) - r * 0.012,
        np.maximum(
            np.abs(np.sin((turn * sides / (2 * np.pi) + 0.5) * np.pi)) * np.hypot(x, y) * 0.4 - r * 0.012,
            np.maximum(-inner, d),
        ),
    ):
        b.plate.put(part, _mixed(b.tint, 1.7), 1.0, part=True)
    b.plate.put(
        ellipse(x, y, (b.plate.light[0] * r * 0.5, b.plate.light[1] * r * 0.5), r * 0.10, r * 0.06),
        (1.0, 1.0, 1.0),
        1.25,
        part=True,
        soft=0.01,
    )


def _ring(b: Bench) -> None:
    x, y = b.plate.x, b.plate.y
    hoop = np.abs(ellipse(x, y, (0.0, 0.18), 0.40, 0.42)) - 0.062
    turn = np.arctan2(y - 0.18, x)
    b.solid(hoop, b.metal, 0.06, shine=1.0, extra=0.010 * np.sin(turn * 34))
    b.solid(box(x, y, (0.0, -0.27), (0.19, 0.06), 0.05), b.metal, 0.05, shine=1.0)
    for side in (-1.0, 1.0):
        b.solid(limb(x, y, (side * 0.10, -0.24), (side * 0.20, -0.46), 0.035, 0.02), b.metal, 0.03, shine=1.0)
    _gem_at(b, (0.0, -0.44), 0.21)


def _amulet(b: Bench) -> None:
    x, y = b.plate.x, b.plate.y
    chain = np.abs(ellipse(x, y, (0.0, -0.42), 0.46, 0.52)) - 0.020
    turn = np.arctan2(y + 0.42, x)
    b.solid(np.maximum(chain, np.abs(np.sin(turn * 30)) * 0.02 - 0.016), b.metal, 0.02, shine=0.9)
    b.solid(circle(x, y, (0.0, 0.12), 0.06), b.metal, 0.05, shine=0.9)
    swirl = 0.02 * np.cos(np.arctan2(y - 0.42, x) * 8)
    b.solid(circle(x, y, (0.0, 0.42), 0.30) + swirl, b.metal, 0.06, shine=0.9)
    b.solid(np.abs(circle(x, y, (0.0, 0.42), 0.235)) - 0.014, b.metal, 0.014, shine=0.9)
    _gem_at(b, (0.0, 0.42), 0.17)


def _gem(b: Bench) -> None:
    _gem_at(b, (0.0, 0.0), 0.55)


def _key(b: Bench) -> None:
    u, v = b.leaning()
    for side in (-0.11, 0.11):
        b.solid(np.abs(circle(u, v, (side, -0.50), 0.13)) - 0.036, b.metal, 0.036, shine=0.9)
    b.solid(np.abs(circle(u, v, (0.0, -0.66), 0.13)) - 0.036, b.metal, 0.036, shine=0.9)
    b.solid(limb(u, v, (0.0, -0.36), (0.0, 0.70), 0.042), b.metal, 0.042, shine=0.9)
    for at, long in ((0.44, 0.20), (0.56, 0.14), (0.66, 0.22)):
        b.solid(box(u, v, (long / 2, at), (long / 2 + 0.02, 0.036), 0.01), b.metal, 0.03, shine=0.8)
    for at in (-0.32, -0.22, 0.30):
        b.solid(box(u, v, (0.0, at), (0.07, 0.028), 0.02), b.metal, 0.03, shine=0.9)


def _coin(b: Bench) -> None:
    x, y = b.plate.x, b.plate.y
    for at in ((-0.36, 0.34), (0.38, 0.36), (0.04, 0.46), (-0.20, 0.06), (0.26, 0.04), (0.0, -0.24)):
        d = ellipse(x, y, at, 0.33, 0.25)
        b.solid(ellipse(x, y, (at[0], at[1] + 0.05), 0.33, 0.25), _mixed(b.metal, 0.6), 0.02, shine=0.4)
        b.solid(d, b.metal, 0.035, shine=0.9, extra=-0.02 * (d < -0.045))
        turn = np.arctan2((y - at[1]) * 1.3, x - at[0])
        face = np.hypot(x - at[0], (y - at[1]) * 1.32) - 0.11 - 0.045 * np.cos(turn * 5)
        b.solid(face, b.metal, 0.025, shine=0.9)


def _lantern(b: Bench) -> None:
    x, y = b.plate.x, b.plate.y
    b.solid(np.abs(circle(x, y, (0.0, -0.62), 0.15)) - 0.022, b.metal, 0.02, shine=0.7)
    pane = box(x, y, (0.0, 0.08), (0.31, 0.38), 0.04)
    b.plate.put(pane, (1.0, 0.72, 0.30), 0.55 + 0.65 * bump(x, y, (0.0, 0.18), 0.22, 0.32))
    flame = union(circle(x, y, (0.0, 0.24), 0.085), limb(x, y, (0.0, 0.2), (0.01, -0.06), 0.07, 0.004), 0.04)
    b.plate.put(flame, (1.0, 0.92, 0.62), 1.25, soft=0.02, part=True)
    b.solid(limb(x, y, (0.0, 0.34), (0.0, 0.46), 0.05), (0.9, 0.86, 0.74), 0.05)
    for at in (-0.31, -0.105, 0.105, 0.31):
        b.solid(box(x, y, (at, 0.08), (0.020, 0.38), 0.01), b.metal, 0.02, shine=0.6)
    b.solid(polygon(x, y, [(-0.40, -0.30), (-0.12, -0.54), (0.12, -0.54), (0.40, -0.30)]), b.metal, 0.08, shine=0.6)
    b.solid(box(x, y, (0.0, 0.52), (0.40, 0.085), 0.03), b.metal, 0.06, shine=0.6)
    b.plate.glow((0.0, 0.15), 0.62, (1.0, 0.78, 0.40), 0.42)


def _chest(b: Bench) -> None:
    x, y = b.plate.x, b.plate.y
    grain = 0.02 * b.plate.clouds(4, 40, 2)
    plank = -0.02 * (np.abs(((y + 0.02) / 0.13) % 1.0 - 0.5) > 0.45)
    b.solid(box(x, y, (0.0, 0.28), (0.62, 0.34), 0.03), b.wood, 0.05, extra=grain + plank)
    lid = np.maximum(ellipse(x, y, (0.0, -0.06), 0.66, 0.48), y + 0.06)
    b.solid(lid, _mixed(b.wood, 1.12), 0.25, extra=grain)
    for at in (-0.48, 0.48):
        b.solid(box(x, y, (at, 0.28), (0.06, 0.35), 0.01), b.metal, 0.03, shine=0.6)
        b.solid(np.maximum(np.abs(x - at * (1 - 0.25 * np.clip(-y, 0, 1))) - 0.06, lid), b.metal, 0.03, shine=0.6)
    b.solid(box(x, y, (0.0, -0.06), (0.67, 0.05), 0.02), b.metal, 0.03, shine=0.7)
    b.solid(box(x, y, (0.0, 0.06), (0.13, 0.16), 0.04), b.gold, 0.04, shine=0.9)
    b.plate.put(
        union(circle(x, y, (0.0, 0.04), 0.032), limb(x, y, (0.0, 0.05), (0.0, 0.13), 0.014, 0.02)),
        (0.06, 0.04, 0.03),
        0.1,
    )
    for cx in (-0.56, -0.40, 0.40, 0.56):
        for cy in (0.02, 0.54):
            b.solid(circle(x, y, (cx, cy), 0.018), b.gold, 0.018, shine=0.8)


def _crown(b: Bench) -> None:
    x, y = b.plate.x, b.plate.y
    b.plate.put(ellipse(x, y, (0.0, 0.06), 0.55, 0.17), _mixed(b.metal, 0.5), 0.35)
    u = x / 0.58
    sag = 0.17 * np.sqrt(np.clip(1 - u * u, 0, 1))
    tooth = 0.14 + 0.40 * np.abs(np.cos(u * np.pi * 2.0)) ** 1.5
    d = np.maximum(np.maximum(np.abs(x) - 0.58 - 0.05 * np.clip(-y, 0, 1), y - 0.20 - sag), 0.16 + sag - tooth - y)
    b.solid(d, b.metal, 0.03, shine=0.9, extra=0.5 * np.sqrt(np.clip(1 - (u * 0.93) ** 2, 0.04, 1)))
    for at in (-0.5, 0.0, 0.5):
        b.solid(circle(x, y, (at * 1.16, -0.43 + 0.12 * (1 - at * at)), 0.052), b.metal, 0.05, shine=1.0)
        b.solid(ellipse(x, y, (at * 0.9, 0.22 + 0.12 * (1 - at * at)), 0.062, 0.075), b.tint, 0.06, shine=1.0)
    band = np.maximum(np.abs(y - 0.10 - sag) - 0.014, np.abs(x) - 0.57)
    b.solid(band, b.metal, 0.014, shine=1.0)


def _helm(b: Bench) -> None:
    x, y = b.plate.x, b.plate.y
    dome = union(ellipse(x, y, (0.0, -0.14), 0.46, 0.50), box(x, y, (0.0, 0.28), (0.42, 0.36), 0.08), 0.08)
    b.solid(dome, b.metal, 0.34, shine=0.8)
    slot = box(x, y, (0.0, 0.02), (0.34, 0.045), 0.03)
    b.plate.put(np.minimum(slot, limb(x, y, (0.0, 0.05), (0.0, 0.52), 0.04, 0.03)), (0.05, 0.05, 0.06), 0.08)
    for side in (-1.0, 1.0):
        for row in range(4):
            b.plate.put(circle(x, y, (side * (0.15 + 0.03 * row), 0.22 + 0.09 * row), 0.020), (0.05, 0.05, 0.06), 0.1)
    b.solid(
        np.maximum(np.abs(x) - 0.035, np.maximum(dome, y + 0.04)),
        b.gold,
        0.03,
        shine=0.8,
        extra=0.3 * inflate(dome, 0.3),
    )
    b.solid(np.maximum(np.abs(y + 0.065) - 0.03, dome), b.gold, 0.03, shine=0.8, extra=0.8 * inflate(dome, 0.34))
    plume = line(x, y, [(0.0, -0.62), (-0.16, -0.80), (-0.46, -0.74), (-0.60, -0.48)], 0.085)
    b.solid(plume + 0.02 * np.sin(x * 60 + y * 50), b.tint, 0.08, extra=0.02 * np.sin(x * 70 - y * 60))


def _skull(b: Bench) -> None:
    x, y = b.plate.x, b.plate.y
    d = union(circle(x, y, (0.0, -0.16), 0.48), box(x, y, (0.0, 0.36), (0.26, 0.22), 0.08), 0.14)
    hollows = sum(bump(x, y, (side * 0.19, -0.02), 0.16, 0.14) for side in (-1.0, 1.0))
    b.solid(
        d, b.bone, 0.36, extra=-0.22 * hollows + 0.05 * bump(x, y, (0.0, 0.0), 0.07, 0.3) + 0.02 * b.plate.clouds(9)
    )
    for side in (-1.0, 1.0):
        socket = ellipse(x, y, (side * 0.19, -0.02), 0.135, 0.125)
        b.plate.put(socket, (0.07, 0.05, 0.05), 0.12, soft=0.02)
        if b.magic is not None:
            b.plate.glow((side * 0.19, -0.02), 0.07, b.magic, 0.95)
    b.plate.put(limb(x, y, (0.0, 0.13), (0.0, 0.22), 0.012, 0.055), (0.08, 0.06, 0.05), 0.12)
    for at in range(-3, 4):
        b.solid(box(x, y, (at * 0.066, 0.42), (0.029, 0.075), 0.02), _mixed(b.bone, 1.04), 0.03)
    crack = line(x, y, [(0.12, -0.62), (0.18, -0.46), (0.13, -0.38), (0.22, -0.26)], 0.006)
    b.plate.put(crack, (0.2, 0.15, 0.1), 0.25, part=True)


def _chalice(b: Bench) -> None:
    x, y = b.plate.x, b.plate.y
    bowl = np.maximum(ellipse(x, y, (0.0, -0.38), 0.38, 0.46), -0.42 - y)
    b.solid(limb(x, y, (0.0, 0.0), (0.0, 0.56), 0.055), b.metal, 0.05, shine=0.9)
    b.solid(circle(x, y, (0.0, 0.26), 0.10), b.metal, 0.1, shine=1.0)
    b.solid(np.maximum(ellipse(x, y, (0.0, 0.66), 0.36, 0.17), y - 0.70), b.metal, 0.12, shine=0.9)
    b.solid(bowl, b.metal, 0.30, shine=1.0)
    b.solid(ellipse(x, y, (0.0, -0.42), 0.385, 0.10), _mixed(b.metal, 1.1), 0.03, shine=0.9)
    b.plate.put(ellipse(x, y, (0.0, -0.415), 0.335, 0.075), (0.42, 0.05, 0.10), 0.5)
    for at in (-0.22, 0.0, 0.22):
        b.solid(ellipse(x, y, (at, -0.17 + abs(at) * -0.12), 0.048, 0.06), b.tint, 0.05, shine=1.0)


GOLDEN: Final = frozenset({"ring", "amulet", "coin", "crown", "chalice", "key"})
"""Things that are of gold unless they are said to be of something else."""
_THINGS: Final[dict[str, Callable[[Bench], None]]] = {
    "sword": _sword, "dagger": _dagger, "axe": _axe, "hammer": _hammer, "bow": _bow, "staff": _staff,
    "shield": _shield, "potion": _potion, "scroll": _scroll, "book": _book, "ring": _ring, "amulet": _amulet,
    "gem": _gem, "key": _key, "coin": _coin, "lantern": _lantern, "chest": _chest, "crown": _crown, "helm": _helm,
    "skull": _skull, "chalice": _chalice,
}  # fmt: skip
