"""Arms and armour, as items: blades, hafted things, bows, shields, helmets.

Does not paint what they lie on.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from taleforge.art.bench import LEAN, Bench
from taleforge.art.fields import Field, box, circle, ellipse, inflate, limb, line, union
from taleforge.art.plate import dimmed


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


def sword(b: Bench) -> None:
    """Paint a sword."""
    _blade(b, 0.78, 0.068, 0.26)


def dagger(b: Bench) -> None:
    """Paint a dagger."""
    _blade(b, 0.42, 0.085, 0.24)


def _haft(b: Bench, r: float = 0.036, top: float = -0.72) -> tuple[Field, Field]:
    u, v = b.leaning()
    b.solid(limb(u, v, (0.0, top), (0.0, 0.78), r), b.wood, r, extra=0.006 * np.sin(v * 26 + 5 * np.sin(u * 40)))
    b.solid(limb(u, v, (0.0, 0.48), (0.0, 0.72), r * 1.2), b.leather, r, extra=0.008 * np.sin(v * 90 + u * 40))
    b.solid(circle(u, v, (0.0, 0.78), r * 1.4), b.metal, r, shine=0.7)
    return u, v


def axe(b: Bench) -> None:
    """Paint an axe."""
    u, v = _haft(b)
    for side in (-1.0, 1.0):
        edge = np.maximum(circle(u, v, (side * 0.10, -0.42), 0.34), -side * u + 0.02)
        edge = np.maximum(
            np.maximum(edge, -circle(u, v, (side * 0.20, -0.86), 0.24)), -circle(u, v, (side * 0.20, 0.02), 0.24)
        )
        rim = np.clip((np.hypot(u - side * 0.10, v + 0.42) - 0.26) / 0.08, 0, 1)
        b.solid(edge, b.metal, 0.10, shine=0.5, extra=-0.10 * rim)
    b.solid(box(u, v, (0.0, -0.42), (0.055, 0.13), 0.02), b.gold, 0.04, shine=0.7)


def hammer(b: Bench) -> None:
    """Paint a hammer."""
    u, v = _haft(b)
    b.solid(box(u, v, (0.0, -0.50), (0.34, 0.155), 0.03), b.metal, 0.07, shine=0.7)
    for side in (-1.0, 1.0):
        b.solid(box(u, v, (side * 0.33, -0.50), (0.06, 0.185), 0.03), b.metal, 0.04, shine=0.8)
    b.solid(box(u, v, (0.0, -0.50), (0.085, 0.17), 0.02), b.gold, 0.04, shine=0.8)
    b.solid(circle(u, v, (0.0, -0.50), 0.05), b.tint, 0.05, shine=1.0)


def bow(b: Bench) -> None:
    """Paint a bow."""
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


def staff(b: Bench) -> None:
    """Paint a staff."""
    u, v = _haft(b, 0.034, -0.5)
    claw = np.abs(np.hypot(u, (v + 0.60) * 0.85) - 0.15) - 0.030
    b.solid(np.maximum(claw, -(v + 0.78)), b.wood, 0.03)
    b.solid(circle(u, v, (0.0, -0.62), 0.115), b.tint, 0.115, shine=1.0)
    b.plate.glow((float(-0.62 * np.sin(-LEAN)), float(-0.62 * np.cos(LEAN))), 0.22, dimmed(b.tint, 1.5), 0.55)
    b.solid(box(u, v, (0.0, -0.40), (0.05, 0.05), 0.02), b.gold, 0.04, shine=0.8)


def shield(b: Bench) -> None:
    """Paint a shield."""
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


def helm(b: Bench) -> None:
    """Paint a helmet."""
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


THINGS: Final[dict[str, Callable[[Bench], None]]] = {
    "sword": sword,
    "dagger": dagger,
    "axe": axe,
    "hammer": hammer,
    "bow": bow,
    "staff": staff,
    "shield": shield,
    "helm": helm,
}
