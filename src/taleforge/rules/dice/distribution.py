"""Exact distributions: how many equally likely ways lead to each value.

A convolution is one multiplication of two very large integers, each holding a distribution in slots wide enough that no
slot can overflow into the next (Kronecker's substitution). Does not know dice: `pools` says which distributions they
have.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import gcd, lcm
from typing import cast

from msgspec import Struct

from taleforge.rules.dice.ast import Value
from taleforge.rules.dice.errors import DiceLimitError
from taleforge.rules.dice.limits import MAX_EFFORT


class Effort:
    """What is left of the work allowed for one question."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_EFFORT

    def spend(self, steps: int) -> None:
        """Take steps before making them.

        Raises:
            DiceLimitError: There are not enough left.
        """
        self.left -= steps
        if self.left < 0:
            raise DiceLimitError("odds")


class Distribution(Struct, frozen=True):
    """`weights[value]` of `total` equally likely ways give each value; ways that are missing were cut off."""

    weights: dict[Value, int]
    total: int

    @property
    def mass(self) -> int:
        """The ways that were counted."""
        return sum(self.weights.values())

    def mapped(self, change: Callable[[Value], Value]) -> "Distribution":
        """Return the distribution of a function of the value."""
        weights: dict[Value, int] = {}
        for value, weight in self.weights.items():
            changed = change(value)
            weights[changed] = weights.get(changed, 0) + weight
        return Distribution(weights, self.total)


ZERO = Distribution({0: 1}, 1)
"""What is certainly nothing: an empty sum."""


def from_fractions(chances: Mapping[Value, Fraction]) -> Distribution:
    """Bring chances to a common denominator."""
    total = lcm(*(chance.denominator for chance in chances.values()))
    return Distribution({value: int(chance * total) for value, chance in chances.items() if chance}, total)


def combined(
    left: Distribution, right: Distribution, operation: Callable[[Value, Value], Value], effort: Effort
) -> Distribution:
    """Return the distribution of an operation on two independent values."""
    effort.spend(8 * len(left.weights) * len(right.weights))
    weights: dict[Value, int] = {}
    for one, weight in left.weights.items():
        for other, other_weight in right.weights.items():
            value = operation(one, other)
            weights[value] = weights.get(value, 0) + weight * other_weight
    return Distribution(weights, left.total * right.total)


def added(left: Distribution, right: Distribution, effort: Effort) -> Distribution:
    """Return the distribution of the sum of two independent values."""
    pairs = len(left.weights) * len(right.weights)
    if pairs > _FEW and (grids := (grid_of(left.weights), grid_of(right.weights))) and grids[0] and grids[1]:
        grid = grids[0].joined(grids[1])
        if grid.slots <= 4 * pairs:
            return _multiplied(left, right, grid, effort)
    return combined(left, right, lambda one, other: one + other, effort)


def summed(parts: list[Distribution], effort: Effort) -> Distribution:
    """Return the distribution of the sum of independent values."""
    result = ZERO
    for part in parts:
        result = added(result, part, effort)
    return result


def mixed(one: Distribution, other: Distribution) -> Distribution:
    """Return both shares of what can happen as one distribution."""
    total = lcm(one.total, other.total)
    weights = {value: weight * (total // one.total) for value, weight in one.weights.items()}
    for value, weight in other.weights.items():
        weights[value] = weights.get(value, 0) + weight * (total // other.total)
    return Distribution({value: weight for value, weight in weights.items() if weight}, total)


def scaled(one: Distribution, factor: int) -> Distribution:
    """Return a distribution with each way counted `factor` times, as a part of the same total."""
    return Distribution({value: factor * weight for value, weight in one.weights.items()}, one.total)


_FINE = 128
"""Bits that say as much about a distribution with parts cut off as can be said."""


def rounded(one: Distribution) -> Distribution:
    """Return the same with a denominator of 128 bits at most; what rounding down takes counts as cut off."""
    excess = one.total.bit_length() - _FINE
    if excess <= 0:
        return one
    total = 1 << _FINE
    return Distribution({value: weight * total // one.total for value, weight in one.weights.items()}, total)


def repeated(one: Distribution, times: int, effort: Effort) -> Distribution:
    """Return the distribution of the sum of `times` independent whole numbers, all distributed like `one`."""
    if times == 0 or not one.weights:
        return ZERO if times == 0 else one
    grid = cast(Grid, grid_of(one.weights)).repeated(times)
    total = one.total**times
    width = width_of(total)
    by_recurrence = grid.slots * len(one.weights) * (1 + width // 125)
    by_power = _multiplication(grid.slots * width) + 2 * grid.slots
    effort.spend(min(by_recurrence, by_power))
    if by_recurrence < by_power:
        return Distribution(_powers(one.weights, times, grid), total)
    low = min(one.weights)
    return Distribution(unpacked(_packed(one.weights, low, grid.step, width) ** times, grid, width), total)


_FEW = 64
"""Pairs of values up to which a plain loop beats packing."""


class Grid(Struct, frozen=True):
    """Equally spaced whole numbers: `slots` of them, `step` apart, from `low` on."""

    low: int
    step: int
    slots: int

    def joined(self, other: "Grid") -> "Grid":
        """Return the grid that holds every sum of one number from each."""
        step = gcd(self.step, other.step)
        span = self.step * (self.slots - 1) + other.step * (other.slots - 1)
        return Grid(self.low + other.low, step, span // step + 1)

    def repeated(self, times: int) -> "Grid":
        """Return the grid that holds every sum of `times` numbers."""
        return Grid(self.low * times, self.step, (self.slots - 1) * times + 1)


def grid_of(weights: Mapping[Value, int]) -> Grid | None:
    """Return the smallest grid that holds all values, of which there is at least one; None if one is a fraction."""
    values = [value for value in weights if isinstance(value, int)]
    if len(values) < len(weights):
        return None
    low = min(values)
    step = gcd(*(value - low for value in values)) or 1
    return Grid(low, step, (max(values) - low) // step + 1)


def width_of(total: int) -> int:
    """Return how many bytes a slot needs so that even all the ways together fit."""
    return (total.bit_length() + 7) // 8


def unpacked(packed: int, grid: Grid, width: int) -> dict[Value, int]:
    """Read the weights out of the slots, each `width` bytes wide."""
    data = packed.to_bytes(grid.slots * width, "little")
    return {
        grid.low + grid.step * slot: weight
        for slot in range(grid.slots)
        if (weight := int.from_bytes(data[slot * width : (slot + 1) * width], "little"))
    }


def _packed(weights: Mapping[Value, int], low: Value, step: int, width: int) -> int:
    data = bytearray(width * (int(max(weights) - low) // step + 1))
    for value, weight in weights.items():
        at = width * (int(value - low) // step)
        data[at : at + width] = weight.to_bytes(width, "little")
    return int.from_bytes(data, "little")


def _multiplied(left: Distribution, right: Distribution, grid: Grid, effort: Effort) -> Distribution:
    total = left.total * right.total
    width = width_of(total)
    effort.spend(_multiplication(grid.slots * width) + 4 * grid.slots)
    one = _packed(left.weights, min(left.weights), grid.step, width)
    other = _packed(right.weights, min(right.weights), grid.step, width)
    return Distribution(unpacked(one * other, grid, width), total)


def _multiplication(size: int) -> int:
    """Estimate the steps of a multiplication whose product has `size` bytes (Karatsuba's exponent)."""
    return int(0.02 * (size / 4) ** 1.585)


def _powers(weights: Mapping[Value, int], times: int, grid: Grid) -> dict[Value, int]:
    """Return the weights of the power of a polynomial by Euler's recurrence, one new coefficient at a time."""
    low = min(weights)
    first = weights[low]
    others = [(int(value - low) // grid.step, weight) for value, weight in sorted(weights.items()) if value != low]
    found = [first**times]
    for slot in range(1, grid.slots):
        parts = ((at * (times + 1) - slot) * weight * found[slot - at] for at, weight in others if at <= slot)
        found.append(sum(parts) // (slot * first))
    return {grid.low + grid.step * slot: weight for slot, weight in enumerate(found) if weight}
