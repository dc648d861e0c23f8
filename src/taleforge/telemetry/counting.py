"""How often things happen and how long they take, as Prometheus counts, at a fifth of the cost of its own client.

Counts without a lock: what is counted here is counted by one thread. Shows nothing itself.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Tally:
    """How often something happened, for each combination of labels."""

    __slots__ = ("counts",)

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, ...]] = Counter()

    def add(self, *labels: str, times: int = 1) -> None:
        """Count it once more, or so often."""
        self.counts[labels] += times


class Timing:
    """A distribution.

    Args:
        bounds: Upper bounds of the buckets, ascending; what is beyond the last one has a bucket of its own.
    """

    __slots__ = ("_bounds", "_counts", "total")

    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self.total = 0.0
        """The sum of all values."""
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)

    def observe(self, value: float) -> None:
        """Count a value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """Return each upper bound with the number of values up to it, as Prometheus writes them."""
        names = [*(str(float(bound)) for bound in self._bounds), "+Inf"]
        return list(zip(names, map(float, accumulate(self._counts)), strict=True))
