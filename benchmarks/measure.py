"""How a benchmark measures: medians of repeated calls, beside a fixed loop that says how fast this machine is.

A module beside this one offers `rows(smoke)`, which returns what it measured; `python -m benchmarks` finds it by that.
Nothing here judges a change between two machines: compare ratios, or times in yardsticks.
"""

from collections.abc import Callable
from statistics import median
from time import perf_counter

from msgspec import Struct


class Time(Struct, frozen=True):
    """How long one operation takes, in seconds, and how long it may."""

    what: str
    seconds: float
    at_most: float | None = None

    @property
    def met(self) -> bool:
        """Whether it is fast enough."""
        return self.at_most is None or self.seconds <= self.at_most


class Ratio(Struct, frozen=True):
    """How many times faster ours is than a rival in the same run, and how many it has to be."""

    what: str
    ratio: float
    at_least: float | None = None

    @property
    def met(self) -> bool:
        """Whether the lead is large enough."""
        return self.at_least is None or self.ratio >= self.at_least


Row = Time | Ratio


def seconds(call: Callable[[], object], repeats: int, batch: int = 1) -> float:
    """Return the median time of one call: `repeats` batches of `batch` calls, after one batch to warm up."""
    _batch_seconds(call, batch)
    return median(_batch_seconds(call, batch) for _ in range(repeats)) / batch


def _batch_seconds(call: Callable[[], object], batch: int) -> float:
    begun = perf_counter()
    for _ in range(batch):
        call()
    return perf_counter() - begun


def yardstick() -> float:
    """Return the seconds that a fixed loop of plain Python takes here: integers, a list and a dictionary."""
    return seconds(_loop, repeats=15)


def _loop() -> int:
    counts: dict[int, int] = {}
    values = [number * 7919 % 1009 for number in range(10_000)]
    for value in values:
        counts[value] = counts.get(value, 0) + value // 3
    return sum(counts.values())
