"""Everything that is carried and no weapon: potions, books, jewels, keys, chests.

Does not paint what they lie on.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from taleforge.art.bench import Bench
from taleforge.art.fields import Field, Point, box, bump, circle, ellipse, inflate, limb, line, polygon, union
from taleforge.art.plate import dimmed


def potion(b: Bench) -> None:
    """Paint a potion."""
    x, y = b.plate.x, b.plate.y
    d = union(circle(x, y, (0.0, 0.24), 0.42), box(x, y, (0.0, -0.34), (0.115, 0.30), 0.03), 0.12)
    height = inflate(d, 0.34)
    b.plate.put(d, (0.70, 0.80, 0.80), 0.35 + 0.4 * b.plate.lit(height, 0.1), rise=height)
    liquid = np.maximum(d + 0.035, 0.08 + 0.02 * np.sin(x * 9) - y)
    depth = 0.45 + 0.75 * bump(x, y, (-b.plate.light[0] * 0.22, 0.40), 0.30, 0.25)
    b.plate.put(liquid, b.tint, depth, rise=height)
    b.plate.put(ellipse(x, y, (0.0, 0.085), 0.34, 0.035), dimmed(b.tint, 1.4), 0.95, part=True)
    for _ in range(12):
        at = (float(b.plate.rng.uniform(-0.25, 0.25)), float(b.plate.rng.uniform(0.14, 0.5)))
        b.plate.put(
            np.abs(circle(x, y, at, float(b.plate.rng.uniform(0.010, 0.03)))) - 0.004,
            dimmed(b.tint, 1.7),
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


def scroll(b: Bench) -> None:
    """Paint a scroll."""
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


def book(b: Bench) -> None:
    """Paint a book."""
    x, y = b.plate.x - 0.02, b.plate.y
    colour = b.subject.colours.get("") or (b.tint if b.magic is None else (0.28, 0.16, 0.24))
    b.solid(box(x, y, (0.05, 0.05), (0.50, 0.64), 0.03), dimmed(colour, 0.6), 0.03)
    b.plate.put(box(x, y, (0.04, 0.035), (0.485, 0.62), 0.02), b.paper, 0.62 + 0.25 * np.sin((x - y) * 230), rise=0.05)
    b.solid(box(x, y, (-0.01, 0.0), (0.50, 0.63), 0.03), dimmed(colour, 0.9), 0.035, extra=0.018 * b.plate.clouds(40))
    b.solid(np.abs(box(x, y, (0.03, 0.0), (0.38, 0.54), 0.02)) - 0.010, b.gold, 0.012, shine=0.7)
    for cx in (-0.46, 0.44):
        for cy in (-0.58, 0.58):
            b.solid(box(x, y, (cx, cy), (0.085, 0.085), 0.02), b.gold, 0.03, shine=0.8)
    for row in (-0.38, 0.0, 0.38):
        b.solid(box(x, y, (-0.46, row), (0.055, 0.045), 0.02), dimmed(colour, 1.2), 0.03)
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
        b.plate.put(part, dimmed(b.tint, 1.7), 1.0, part=True)
    b.plate.put(
        ellipse(x, y, (b.plate.light[0] * r * 0.5, b.plate.light[1] * r * 0.5), r * 0.10, r * 0.06),
        (1.0, 1.0, 1.0),
        1.25,
        part=True,
        soft=0.01,
    )


def ring(b: Bench) -> None:
    """Paint a ring."""
    x, y = b.plate.x, b.plate.y
    hoop = np.abs(ellipse(x, y, (0.0, 0.18), 0.40, 0.42)) - 0.062
    turn = np.arctan2(y - 0.18, x)
    b.solid(hoop, b.metal, 0.06, shine=1.0, extra=0.010 * np.sin(turn * 34))
    b.solid(box(x, y, (0.0, -0.27), (0.19, 0.06), 0.05), b.metal, 0.05, shine=1.0)
    for side in (-1.0, 1.0):
        b.solid(limb(x, y, (side * 0.10, -0.24), (side * 0.20, -0.46), 0.035, 0.02), b.metal, 0.03, shine=1.0)
    _gem_at(b, (0.0, -0.44), 0.21)


def amulet(b: Bench) -> None:
    """Paint an amulet."""
    x, y = b.plate.x, b.plate.y
    chain = np.abs(ellipse(x, y, (0.0, -0.42), 0.46, 0.52)) - 0.020
    turn = np.arctan2(y + 0.42, x)
    b.solid(np.maximum(chain, np.abs(np.sin(turn * 30)) * 0.02 - 0.016), b.metal, 0.02, shine=0.9)
    b.solid(circle(x, y, (0.0, 0.12), 0.06), b.metal, 0.05, shine=0.9)
    swirl = 0.02 * np.cos(np.arctan2(y - 0.42, x) * 8)
    b.solid(circle(x, y, (0.0, 0.42), 0.30) + swirl, b.metal, 0.06, shine=0.9)
    b.solid(np.abs(circle(x, y, (0.0, 0.42), 0.235)) - 0.014, b.metal, 0.014, shine=0.9)
    _gem_at(b, (0.0, 0.42), 0.17)


def gem(b: Bench) -> None:
    """Paint a cut gem."""
    _gem_at(b, (0.0, 0.0), 0.55)


def key(b: Bench) -> None:
    """Paint a key."""
    u, v = b.leaning()
    for side in (-0.11, 0.11):
        b.solid(np.abs(circle(u, v, (side, -0.50), 0.13)) - 0.036, b.metal, 0.036, shine=0.9)
    b.solid(np.abs(circle(u, v, (0.0, -0.66), 0.13)) - 0.036, b.metal, 0.036, shine=0.9)
    b.solid(limb(u, v, (0.0, -0.36), (0.0, 0.70), 0.042), b.metal, 0.042, shine=0.9)
    for at, long in ((0.44, 0.20), (0.56, 0.14), (0.66, 0.22)):
        b.solid(box(u, v, (long / 2, at), (long / 2 + 0.02, 0.036), 0.01), b.metal, 0.03, shine=0.8)
    for at in (-0.32, -0.22, 0.30):
        b.solid(box(u, v, (0.0, at), (0.07, 0.028), 0.02), b.metal, 0.03, shine=0.9)


def coin(b: Bench) -> None:
    """Paint a heap of coins."""
    x, y = b.plate.x, b.plate.y
    for at in ((-0.36, 0.34), (0.38, 0.36), (0.04, 0.46), (-0.20, 0.06), (0.26, 0.04), (0.0, -0.24)):
        d = ellipse(x, y, at, 0.33, 0.25)
        b.solid(ellipse(x, y, (at[0], at[1] + 0.05), 0.33, 0.25), dimmed(b.metal, 0.6), 0.02, shine=0.4)
        b.solid(d, b.metal, 0.035, shine=0.9, extra=-0.02 * (d < -0.045))
        turn = np.arctan2((y - at[1]) * 1.3, x - at[0])
        face = np.hypot(x - at[0], (y - at[1]) * 1.32) - 0.11 - 0.045 * np.cos(turn * 5)
        b.solid(face, b.metal, 0.025, shine=0.9)


def lantern(b: Bench) -> None:
    """Paint a lantern."""
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


def chest(b: Bench) -> None:
    """Paint a chest."""
    x, y = b.plate.x, b.plate.y
    grain = 0.02 * b.plate.clouds(4, 40, 2)
    plank = -0.02 * (np.abs(((y + 0.02) / 0.13) % 1.0 - 0.5) > 0.45)
    b.solid(box(x, y, (0.0, 0.28), (0.62, 0.34), 0.03), b.wood, 0.05, extra=grain + plank)
    lid = np.maximum(ellipse(x, y, (0.0, -0.06), 0.66, 0.48), y + 0.06)
    b.solid(lid, dimmed(b.wood, 1.12), 0.25, extra=grain)
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


def crown(b: Bench) -> None:
    """Paint a crown."""
    x, y = b.plate.x, b.plate.y
    b.plate.put(ellipse(x, y, (0.0, 0.06), 0.55, 0.17), dimmed(b.metal, 0.5), 0.35)
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


def skull(b: Bench) -> None:
    """Paint a skull."""
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
        b.solid(box(x, y, (at * 0.066, 0.42), (0.029, 0.075), 0.02), dimmed(b.bone, 1.04), 0.03)
    crack = line(x, y, [(0.12, -0.62), (0.18, -0.46), (0.13, -0.38), (0.22, -0.26)], 0.006)
    b.plate.put(crack, (0.2, 0.15, 0.1), 0.25, part=True)


def chalice(b: Bench) -> None:
    """Paint a chalice."""
    x, y = b.plate.x, b.plate.y
    bowl = np.maximum(ellipse(x, y, (0.0, -0.38), 0.38, 0.46), -0.42 - y)
    b.solid(limb(x, y, (0.0, 0.0), (0.0, 0.56), 0.055), b.metal, 0.05, shine=0.9)
    b.solid(circle(x, y, (0.0, 0.26), 0.10), b.metal, 0.1, shine=1.0)
    b.solid(np.maximum(ellipse(x, y, (0.0, 0.66), 0.36, 0.17), y - 0.70), b.metal, 0.12, shine=0.9)
    b.solid(bowl, b.metal, 0.30, shine=1.0)
    b.solid(ellipse(x, y, (0.0, -0.42), 0.385, 0.10), dimmed(b.metal, 1.1), 0.03, shine=0.9)
    b.plate.put(ellipse(x, y, (0.0, -0.415), 0.335, 0.075), (0.42, 0.05, 0.10), 0.5)
    for at in (-0.22, 0.0, 0.22):
        b.solid(ellipse(x, y, (at, -0.17 + abs(at) * -0.12), 0.048, 0.06), b.tint, 0.05, shine=1.0)


THINGS: Final[dict[str, Callable[[Bench], None]]] = {
    "potion": potion,
    "scroll": scroll,
    "book": book,
    "ring": ring,
    "amulet": amulet,
    "gem": gem,
    "key": key,
    "coin": coin,
    "lantern": lantern,
    "chest": chest,
    "crown": crown,
    "skull": skull,
    "chalice": chalice,
}
