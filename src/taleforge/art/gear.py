"""Plain things that travellers carry and houses hang up: sacks, bells, ropes, round shields.

What nobody has words for is in a sack. Each is a function of a bench. Knows no prompt but by the bench.
"""

from typing import Final

import numpy as np

from taleforge.art.bench import Bench
from taleforge.art.fields import Field, box, circle, ellipse, limb, union
from taleforge.art.plate import dimmed


def sack(b: Bench) -> None:
    """Paint a sack that is tied with a cord."""
    x, y = b.plate.x, b.plate.y
    belly = ellipse(x, y + 0.03 * np.sin(x * 7), (0.0, 0.22), 0.52, 0.46)
    neck = limb(x, y, (0.0, -0.1), (0.02, -0.34), 0.30, 0.12)
    frill = limb(x, y, (0.02, -0.40), (0.0, -0.66), 0.10, 0.30) + 0.03 * np.cos(x * 34)
    d = union(belly, neck, 0.14)
    folds = 0.035 * np.sin(x / (0.18 + 0.5 * np.clip(y + 0.4, 0, 1)) * 7.0) * np.clip(0.55 - y, 0, 1)
    cloth = b.subject.colours.get("") or (0.60, 0.48, 0.32)
    weave = 0.012 * b.plate.clouds(40, 40, 2)
    b.solid(np.maximum(frill, -0.72 - y), dimmed(cloth, 0.9), 0.14, extra=folds * 1.3)
    b.solid(d, cloth, 0.40, extra=folds + weave)
    for side in (-1.0, 1.0):
        b.solid(limb(x, y, (0.02, -0.34), (0.02 + side * 0.2, -0.02), 0.022, 0.016), b.leather, 0.02)
    b.solid(box(x, y, (0.02, -0.375), (0.135, 0.045), 0.04), b.leather, 0.04, extra=0.01 * np.sin(y * 150))


def bell(b: Bench) -> None:
    """Paint a bell with its clapper; it is of bronze unless it is said to be of something else."""
    x, y = b.plate.x, b.plate.y
    metal = b.metal if b.subject.has("matter", "gold", "silver", "iron", "bronze", "obsidian") else (0.72, 0.48, 0.22)
    swing = 0.30 + 0.03 * np.clip(y + 0.45, 0, 2) + 0.26 * np.clip((y + 0.25) / 0.75, 0, 1.1) ** 3
    body = np.maximum(np.abs(x) - swing, np.maximum(-0.46 - y, y - 0.50))
    d = union(body * 0.8, ellipse(x, y, (0.0, -0.44), 0.30, 0.16), 0.06)
    b.solid(np.abs(circle(x, y, (0.0, -0.68), 0.10)) - 0.035, dimmed(metal, 0.9), 0.04, shine=0.8)
    b.solid(circle(x, y, (0.04, 0.62), 0.115), dimmed(metal, 0.7), 0.11, shine=0.8)
    round_ = 0.5 * np.sqrt(np.clip(1 - (x / 0.7) ** 2, 0.02, 1))
    b.solid(d, metal, 0.12, shine=0.9, extra=round_)
    for at, wide in ((-0.30, 0.010), (-0.24, 0.010), (0.34, 0.014)):
        band = np.maximum(np.abs(y - at) - wide, d + 0.01)
        b.plate.put(band, dimmed(metal, 0.6), 0.4, part=True)
    b.plate.put(np.maximum(np.abs(y - 0.46) - 0.05, d), dimmed(metal, 1.15), b.plate.lit(round_, 0.25), part=True)


def rope(b: Bench) -> None:
    """Paint a coil of rope, with one end hanging."""
    x, y = b.plate.x, b.plate.y
    hemp = b.subject.colours.get("") or (0.70, 0.55, 0.34)
    turn = np.arctan2(y, x)
    for r in (0.60, 0.47, 0.34):
        d = np.abs(np.hypot(x, (y + 0.02) * 1.12) - r) - 0.062
        b.solid(d, hemp, 0.065, extra=_twist(turn * r * 48))
    end = limb(x, y, (0.30, 0.36), (0.52, 0.80), 0.055, 0.06)
    b.solid(end, hemp, 0.06, extra=_twist(y * 46))
    for at in (-0.56, -0.47, -0.38):
        b.solid(box(x, y, (at, 0.0), (0.045, 0.20), 0.04), dimmed(hemp, 0.85), 0.05, extra=_twist(y * 40))


def buckler(b: Bench) -> None:
    """Paint a round shield of boards, with a rim and a boss."""
    x, y = b.plate.x, b.plate.y
    d = circle(x, y, (0.0, 0.0), 0.70)
    dome = 0.45 * np.sqrt(np.clip(1 - (x / 0.95) ** 2 - (y / 0.95) ** 2, 0.01, 1))
    b.solid(d, b.metal, 0.07, shine=0.8)
    boards = np.abs(((x / 0.2) + 0.5) % 1.0 - 0.5) * 0.2
    field = b.subject.colours.get("") or b.wood
    grain = 0.02 * b.plate.clouds(3, 30, 3)
    b.plate.put(d + 0.085, field, b.plate.lit(dome + grain, 0.2), rise=dome)
    b.plate.put(np.maximum(boards - 0.007, d + 0.09), dimmed(field, 0.45), 0.3, part=True)
    b.solid(circle(x, y, (0.0, 0.0), 0.17), b.metal, 0.16, shine=0.9)
    for number in range(8):
        at = (0.655 * float(np.cos(number * np.pi / 4 + 0.39)), 0.655 * float(np.sin(number * np.pi / 4 + 0.39)))
        b.solid(circle(x, y, at, 0.026), b.gold, 0.025, shine=0.9)


def _twist(along: Field) -> Field:
    """Return how the strands of a rope rise along it."""
    return 0.010 * np.sin(along)


THINGS: Final = {"sack": sack, "bell": bell, "rope": rope, "buckler": buckler}
