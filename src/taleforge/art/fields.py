"""What pictures are computed with: fields (one number for each pixel), distances to shapes, and noise.

A distance is negative inside its shape. Units are those of `plate`: the shorter side of a picture is 2. Does not know
colours.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy import typing as npt

Field: TypeAlias = npt.NDArray[np.floating]
Point: TypeAlias = tuple[float, float]


def step(d: Field, width: float) -> Field:
    """Return how much of each pixel is inside a shape, with an edge so wide."""
    return np.clip(0.5 - d / width, 0.0, 1.0)


def circle(x: Field, y: Field, at: Point, r: float) -> Field:
    """Return the distance to a circle."""
    return np.hypot(x - at[0], y - at[1]) - r


def ellipse(x: Field, y: Field, at: Point, rx: float, ry: float) -> Field:
    """Return about the distance to an ellipse."""
    return (np.hypot((x - at[0]) / rx, (y - at[1]) / ry) - 1.0) * min(rx, ry)


def box(x: Field, y: Field, at: Point, half: Point, rounding: float = 0.0) -> Field:
    """Return the distance to a box of so much to each side, its corners rounded."""
    dx = np.abs(x - at[0]) - (half[0] - rounding)
    dy = np.abs(y - at[1]) - (half[1] - rounding)
    return np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0) - rounding


def limb(  # noqa: PLR0917 - every stroke has two ends and their widths
    x: Field, y: Field, start: Point, end: Point, r0: float, r1: float | None = None
) -> Field:
    """Return about the distance to a stroke that may grow thinner."""
    ux, uy = end[0] - start[0], end[1] - start[1]
    t = np.clip(((x - start[0]) * ux + (y - start[1]) * uy) / max(ux * ux + uy * uy, 1e-9), 0.0, 1.0)
    r = r0 if r1 is None else r0 + (r1 - r0) * t
    return np.hypot(x - start[0] - t * ux, y - start[1] - t * uy) - r


def line(x: Field, y: Field, points: Sequence[Point], r: float) -> Field:
    """Return the distance to a line through some points."""
    parts = [limb(x, y, a, b, r) for a, b in pairwise(points)]
    return np.minimum.reduce(parts)


def polygon(x: Field, y: Field, points: Sequence[Point]) -> Field:
    """Return the distance to a polygon."""
    nearest = np.full(np.broadcast(x, y).shape, 1e9, np.float32)
    inside = np.zeros(nearest.shape, bool)
    for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
        ux, uy, px, py = bx - ax, by - ay, x - ax, y - ay
        t = np.clip((px * ux + py * uy) / max(ux * ux + uy * uy, 1e-9), 0.0, 1.0)
        nearest = np.minimum(nearest, (px - t * ux) ** 2 + (py - t * uy) ** 2)
        if uy:
            inside ^= ((ay > y) != (by > y)) & (px < ux * py / uy)
    return np.where(inside, -1.0, 1.0) * np.sqrt(nearest)


def union(a: Field, b: Field, k: float = 0.0) -> Field:
    """Return the distance to both of two shapes, flowing into each other over `k`."""
    if not k:
        return np.minimum(a, b)
    h = np.clip(0.5 + 0.5 * (b - a) / k, 0.0, 1.0)
    return b + (a - b) * h - k * h * (1.0 - h)


def bump(x: Field, y: Field, at: Point, wide: Field | float, high: float) -> Field:
    """Return a soft hill of height 1."""
    return np.exp(-(((x - at[0]) / wide) ** 2) - ((y - at[1]) / high) ** 2)


def inflate(d: Field, r: float) -> Field:
    """Return the height of a shape that is round towards its edge, over `r`."""
    t = 1.0 - np.clip(-d / r, 0.0, 1.0)
    return r * np.sqrt(1.0 - t * t)


def noise(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> Field:
    """Return smooth noise between 0 and 1, with so many hills down and across."""
    rows, columns = max(1, cells[0]), max(1, cells[1])
    grid = rng.random((rows + 1, columns + 1)).astype(np.float32)
    low, part = _between(shape[0], rows)
    lines = grid[low] + (grid[low + 1] - grid[low]) * part[:, None]
    low, part = _between(shape[1], columns)
    left = lines[:, low]
    return left + (lines[:, low + 1] - left) * part


def clouds(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int], octaves: int = 4) -> Field:
    """Return noise between 0 and 1 with finer and finer noise upon it."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        total += noise(rng, shape, (cells[0] << octave, cells[1] << octave)) * 0.5 ** (octave + 1)
    return total / (1.0 - 0.5**octaves)


def _between(size: int, cells: int) -> tuple[npt.NDArray[np.int64], Field]:
    """Return for each of `size` places which of `cells + 1` values lies before it, and how far it is to the next."""
    at = np.linspace(0.0, cells, size, endpoint=False, dtype=np.float32)
    low = at.astype(np.int64)
    t = at - low
    return low, t * t * (3.0 - 2.0 * t)
