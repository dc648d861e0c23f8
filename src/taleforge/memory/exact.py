"""Finds what lies near by comparing everything of those who may be looked at (`ports.Vectors`): exact, with no index.

One seat has a few hundred memories, and ten thousand are compared in milliseconds: with numpy where it is installed,
by hand elsewhere, which is slower. Keeps nothing.
"""

import asyncio
import heapq
import math
import struct
from collections.abc import Callable, Collection, Sequence
from operator import mul
from typing import Any, Final

from taleforge.memory.ports import Shelf
from taleforge.memory.values import Near, Point

FLOAT: Final = 4
"""Bytes of a number."""


class Exact:
    """Points of a shelf, compared one by one.

    Args:
        shelf: Keeps them.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._compare = _comparing()

    async def ids(self, table: str, who: Sequence[str] | None = None) -> set[str]:
        """Return the ids of what some have, or of all of a table."""
        return await self._shelf.ids(table, who)

    async def put(self, table: str, points: Sequence[Point]) -> None:
        """Keep points."""
        await self._shelf.put(table, points)

    async def near(self, table: str, who: Sequence[str], vector: bytes, most: int) -> list[Near]:
        """Return what some have that lies nearest."""
        points = [point for point in await self._shelf.of(table, who) if len(point.vector) == len(vector)]
        return await asyncio.to_thread(self._nearest, points, vector, most)

    async def drop(self, table: str, ids: Collection[str] | None = None) -> None:
        """Forget points, or all of a table."""
        await self._shelf.drop(table, ids)

    def _nearest(self, points: Sequence[Point], vector: bytes, most: int) -> list[Near]:
        scored = zip(self._compare(points, vector), points, strict=True)
        best = heapq.nlargest(most, ((score, point.id) for score, point in scored))
        return [Near(id_, score) for score, id_ in best]


def packed(vector: Sequence[float]) -> bytes:
    """Return a vector as points have it: of length one, unless it has none."""
    length = math.sqrt(sum(number * number for number in vector)) or 1.0
    return struct.pack(f"<{len(vector)}f", *(number / length for number in vector))


def unpacked(vector: bytes) -> tuple[float, ...]:
    """Return the numbers of a vector."""
    return struct.unpack(f"<{len(vector) // FLOAT}f", vector)


Compare = Callable[[Sequence[Point], bytes], Sequence[float]]


def _comparing() -> Compare:
    try:
        import numpy as np  # noqa: PLC0415  # of extras
    except ImportError:
        return by_hand
    return lambda points, vector: _by_numpy(np, points, vector)


def _by_numpy(np: Any, points: Sequence[Point], vector: bytes) -> Sequence[float]:
    if not points:
        return ()
    all_of_them = np.frombuffer(b"".join(point.vector for point in points), "<f4").reshape(len(points), -1)
    return (all_of_them @ np.frombuffer(vector, "<f4")).tolist()


def by_hand(points: Sequence[Point], vector: bytes) -> Sequence[float]:
    """Return the cosine of each point and a vector."""
    asked = unpacked(vector)
    return [sum(map(mul, unpacked(point.vector), asked)) for point in points]
