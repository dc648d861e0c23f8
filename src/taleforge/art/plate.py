"""The plate on which a picture is composed, before any style has touched it.

For each pixel: the colour of the thing, how much light falls on it, how far away it is, how its surface rises, and
which thing it is. Styles need all of them: a woodcut has no colours, and leaded glass no distances. Does not know what
it shows.

The shorter side is 2 units long, (0, 0) is the middle, y grows downwards.
"""

from itertools import count
from typing import TypeAlias

import numpy as np
from numpy import typing as npt

from taleforge.art.fields import Field, Point, clouds, step

Colour: TypeAlias = tuple[float, float, float]
AIR = 0
"""The thing that is nothing: sky, a wall far behind."""


class Plate:
    """A plate, or a window in one, that writes through.

    Args:
        width: Pixels.
        height: Pixels.
        rng: Where all chance comes from.
        light: Where the light comes from, as (x, y, towards us).
    """

    def __init__(self, width: int, height: int, rng: np.random.Generator, light: tuple[float, float, float]) -> None:
        short = min(width, height)
        self.px = 2.0 / short
        self.x: Field = ((np.arange(width, dtype=np.float32) + 0.5) * self.px - width / short)[None, :]
        self.y: Field = ((np.arange(height, dtype=np.float32) + 0.5) * self.px - height / short)[:, None]
        self.rng = rng
        self.light = light
        self.rgb: Field = np.full((height, width, 3), 0.5, np.float32)
        self.tone: Field = np.full((height, width), 0.6, np.float32)
        self.far: Field = np.ones((height, width), np.float32)
        self.rise: Field = np.zeros((height, width), np.float32)
        self.thing: npt.NDArray[np.int16] = np.zeros((height, width), np.int16)
        self.whole: set[int] = set()
        """Things that leaded glass does not cut into panes."""
        self._names = count(1)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.tone.shape[0], self.tone.shape[1]

    @property
    def reach(self) -> Point:
        """How far the right and the lower border are from the middle."""
        return self.shape[1] * self.px / 2, self.shape[0] * self.px / 2

    def window(self, left: float, top: float, right: float, bottom: float) -> "Plate":
        """Return a part of this plate; it is cheaper to compute there, and what is painted there is painted here."""
        part = object.__new__(Plate)
        across = slice(*np.searchsorted(self.x[0], (left, right)).tolist())
        down = slice(*np.searchsorted(self.y[:, 0], (top, bottom)).tolist())
        across, down = _some(across, self.shape[1]), _some(down, self.shape[0])
        part.px, part.rng, part.light, part.whole, part._names = self.px, self.rng, self.light, self.whole, self._names
        part.x, part.y = self.x[:, across], self.y[down]
        part.rgb, part.tone, part.far = self.rgb[down, across], self.tone[down, across], self.far[down, across]
        part.rise, part.thing = self.rise[down, across], self.thing[down, across]
        return part

    def closer(self, by: float) -> "Plate":
        """Return this plate seen from nearer, so that things on it are larger by a factor."""
        near = self.window(-1e9, -1e9, 1e9, 1e9)
        near.px, near.x, near.y = self.px / by, self.x / by, self.y / by
        return near

    def put(
        self, d: Field, colour: Colour | Field, tone: Field | float = 0.6, *, far: float = 0.2,
        rise: Field | float = 0.0, soft: float = 0.0, whole: bool = False, part: bool = False,
    ) -> None:  # fmt: skip
        """Paint a thing where its distance is negative; a `part` belongs to the thing it is painted upon."""
        width = self.px * 1.5 + soft
        d = np.broadcast_to(d, self.shape)
        at = _around(d < width)
        cover = step(d[at], width)
        inside = d[at] < 0
        self.rgb[at] += cover[..., None] * (_cut(np.asarray(colour, np.float32), self.shape, at) - self.rgb[at])
        self.tone[at] += cover * (_cut(tone, self.shape, at) - self.tone[at])
        np.copyto(self.rise[at], _cut(rise, self.shape, at), where=inside)
        if not part:
            name = next(self._names)
            np.copyto(self.thing[at], name, where=inside)
            self.far[at] += cover * (far - self.far[at])
            if whole:
                self.whole.add(name)

    def lit(self, height: Field, dull: float = 0.2) -> Field:
        """Return how much light falls on a surface, from `dull` to 1."""
        down, across = np.gradient(np.broadcast_to(height, self.shape), self.px)
        x, y, z = self.light
        towards = (z - across * x - down * y) / np.sqrt(1.0 + across * across + down * down)
        return dull + (1.0 - dull) * np.clip(towards, 0.0, 1.0)

    def shade(self, d: Field, by: float, soft: float) -> None:
        """Take light away within a soft shape; a negative amount gives light."""
        cover = step(d, soft)
        self.tone *= 1.0 - cover * by

    def glow(self, at: Point, r: float, colour: Colour, much: float) -> None:
        """Let a light shine into everything around a point."""
        near = np.exp(-((self.x - at[0]) ** 2 + (self.y - at[1]) ** 2) / (r * r)) * much
        self.rgb += near[..., None] * (np.asarray(colour, np.float32) - self.rgb)
        self.tone += near * (1.0 - self.tone)

    def clouds(self, across: int, down: int | None = None, octaves: int = 4) -> Field:
        """Return noise over this plate."""
        return clouds(self.rng, self.shape, (down or across, across), octaves)


def dimmed(colour: Colour, by: float) -> Colour:
    """Return a colour so many times as bright, as far as there is brighter."""
    return min(1.0, colour[0] * by), min(1.0, colour[1] * by), min(1.0, colour[2] * by)


def _some(part: slice, size: int) -> slice:
    """Return a slice with at least two rows, for a slope needs two."""
    start = min(part.start, size - 2)
    return slice(start, max(part.stop, start + 2))


def _around(where: npt.NDArray[np.bool_]) -> tuple[slice, slice]:
    """Return the rows and columns in which anything is true."""
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    if not rows.size:
        return slice(0, 0), slice(0, 0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _cut(value: Field | float, shape: tuple[int, int], at: tuple[slice, slice]) -> Field | float:
    """Return the part of a value that lies somewhere: a number, a colour, or one for each pixel."""
    if not isinstance(value, np.ndarray) or value.ndim < 2:
        return value
    return np.broadcast_to(value, shape + value.shape[2:])[at]
