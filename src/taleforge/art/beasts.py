"""Portraits of beasts: a head from before, with ears, a muzzle and fur, before the same wall as people.

The kinds differ by a few measures. Does not read prompts; people are in `portraits`.
"""

from functools import cache
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from taleforge.art.fields import Field, bump, circle, ellipse, inflate, limb, union
from taleforge.art.plate import Colour, Plate, dimmed
from taleforge.art.reading import data

DARK: Final[Colour] = (0.07, 0.06, 0.06)


class Kind(Struct, frozen=True):
    """The measures of a kind of beast; the data file says what they are."""

    wide: float
    high: float
    muzzle: tuple[float, float]
    drop: float
    ear: tuple[float, float]
    spread: float
    fur: tuple[Colour, ...]
    eye: Colour
    slit: bool = False
    """Whether its pupils are slits."""
    snout: bool = False
    """Whether it has nostrils apart, and no nose between them."""
    tusks: bool = False


@cache
def kinds() -> dict[str, Kind]:
    """Return the kinds there are, by name."""
    return msgspec.convert(data("beasts"), dict[str, Kind])


class _Head(Struct, frozen=True):
    kind: Kind
    fur: Colour
    at: tuple[float, float]

    @property
    def eyes(self) -> float:
        return self.at[1] - 0.10 * self.kind.high

    @property
    def snout(self) -> tuple[float, float]:
        return self.at[0], self.at[1] + self.kind.drop


def beast(plate: Plate, name: str, colour: Colour | None) -> None:
    """Paint the head of a beast of one of the `kinds`, in a colour or in one of its own."""
    kind = kinds()[name]
    chosen = kind.fur[int(plate.rng.integers(len(kind.fur)))]
    head = _Head(kind, colour or chosen, (float(plate.rng.uniform(-0.03, 0.03)), -0.10))
    near = plate.closer(1.1)
    _neck(near, head)
    for side in (-1.0, 1.0):
        _ear(near, head, side)
    _face(near, head)
    _muzzle(near, head)
    for side in (-1.0, 1.0):
        _eye(near, head, side)


def _hair(part: Plate, head: _Head) -> Field:
    """Return how the fur rises: tufts that point away from the muzzle."""
    x, y = part.x - head.snout[0], part.y - head.snout[1]
    turn = np.arctan2(y, x)
    return 0.040 * part.clouds(26, 26, 2) + 0.006 * np.sin(turn * 90 + 40 * part.clouds(7, 7, 2))


def _neck(part: Plate, head: _Head) -> None:
    x, y = head.at
    d = limb(part.x, part.y, (x, y + 0.2), (x, y + 1.5), head.kind.wide * 0.95, head.kind.wide * 1.75)
    d += 0.05 * (part.clouds(14, 9, 2) - 0.5)
    height = inflate(d, 0.4) + 2.2 * _hair(part, head)
    part.put(d, dimmed(head.fur, 0.85), part.lit(height, 0.12) * 0.85, rise=height, far=0.3)


def _ear(part: Plate, head: _Head, side: float) -> None:
    kind, (x, y) = head.kind, head.at
    length, thick = kind.ear
    root = (x + side * kind.wide * 0.72, y - kind.high * 0.62)
    tip = (root[0] + side * (0.08 + 0.25 * length), root[1] - length)
    d = limb(part.x, part.y, root, tip, thick, max(0.012, thick - 0.34 * length))
    height = inflate(d, thick * 0.7) + _hair(part, head)
    part.put(d, head.fur, part.lit(height, 0.14), rise=height, far=0.25)
    inner = d + thick * 0.42
    part.put(inner, dimmed(head.fur, 0.5), part.lit(-inflate(inner, thick), 0.12) * 0.7, part=True, soft=0.03)


def _face(part: Plate, head: _Head) -> None:
    kind, (x, y) = head.kind, head.at
    skull = ellipse(part.x, part.y, (x, y - 0.08), kind.wide, kind.high * 0.9)
    d = union(skull, limb(part.x, part.y, (x, y), head.snout, kind.wide * 0.8, kind.muzzle[0]), 0.14)
    d += 0.035 * (part.clouds(20, 20, 2) - 0.5)
    height = 0.8 * inflate(d, 0.36) + _hair(part, head)
    for side in (-1.0, 1.0):
        height -= 0.07 * bump(part.x, part.y, (x + side * kind.spread * kind.wide, head.eyes), 0.10, 0.075)
    height += 0.06 * bump(part.x, part.y, (x, y + 0.04), kind.muzzle[0] * 0.7, 0.28)
    pale = bump(part.x, part.y, (x, y + kind.drop * 1.1), kind.wide * 0.85, kind.muzzle[1] * 1.3)[..., None]
    fur = np.asarray(head.fur, np.float32)
    part.put(d, fur + pale * 0.35 * (0.85 - fur), part.lit(height, 0.14), rise=height, far=0.15)


def _muzzle(part: Plate, head: _Head) -> None:
    (x, y), (wide, high) = head.snout, head.kind.muzzle
    d = ellipse(part.x, part.y, (x, y + 0.04), wide, high)
    height = 0.9 * inflate(d, min(wide, high)) + 0.6 * _hair(part, head)
    pale = tuple(0.62 * part_ + 0.30 for part_ in head.fur)
    part.put(d, (pale[0], pale[1], pale[2]), part.lit(height, 0.16), rise=height, far=0.1, soft=0.05, part=True)
    low = y + 0.04 + high * 0.42
    for side in (-1.0, 1.0):
        lip = limb(part.x, part.y, (x, low), (x + side * wide * 0.85, low + 0.075), 0.012, 0.004)
        part.put(lip, DARK, 0.12, part=True, soft=0.012)
        if head.kind.tusks:
            tusk = limb(
                part.x, part.y, (x + side * wide * 0.8, low + 0.06), (x + side * wide * 1.25, low - 0.2), 0.04, 0.006
            )
            part.put(tusk, (0.90, 0.85, 0.70), part.lit(inflate(tusk, 0.04), 0.3), far=0.08)
    if head.kind.snout:
        for side in (-1.0, 1.0):
            nostril = ellipse(part.x, part.y, (x + side * wide * 0.42, y + 0.02), 0.032, 0.046)
            part.put(nostril, DARK, 0.12, part=True, soft=0.02)
        return
    top = y + 0.04 - high * 0.50
    part.put(limb(part.x, part.y, (x, top), (x, low), 0.008), DARK, 0.15, part=True, soft=0.012)
    tip = circle(part.x, part.y, (x, top + 0.05), 0.035)
    nose = union(ellipse(part.x, part.y, (x, top), wide * 0.46, 0.06), tip, 0.05)
    height = inflate(nose, 0.06)
    part.put(nose, (0.16, 0.13, 0.13), part.lit(height, 0.1) ** 2 * 1.2, rise=height, far=0.08)


def _eye(part: Plate, head: _Head, side: float) -> None:
    kind = head.kind
    at = (head.at[0] + side * kind.spread * kind.wide, head.eyes)
    tilt = part.y - at[1] + (part.x - at[0]) * side * 0.28
    d = np.hypot((part.x - at[0]) / 0.074, tilt / 0.044) - 1.0
    part.put((d - 0.35) * 0.045, DARK, 0.12, part=True, soft=0.012)
    part.put(d * 0.045, kind.eye, 0.85, part=True, rise=0.3)
    pupil = np.hypot((part.x - at[0]) / (0.013 if kind.slit else 0.028), tilt / (0.042 if kind.slit else 0.030)) - 1.0
    part.put(np.maximum(pupil * 0.02, d * 0.045), DARK, 0.08, part=True)
    part.put(
        circle(part.x, part.y, (at[0] + part.light[0] * 0.03, at[1] - 0.017), 0.009), (1.0, 1.0, 1.0), 1.1, part=True
    )
