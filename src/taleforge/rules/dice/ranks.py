"""Counts which of many dice are kept by rank, without looking at every throw.

The dice come in groups, those of a group being equal. A walk over the faces from one end decides how many dice of each
group show each face: its state is how many are placed and, as one large integer with a slot per sum, what the kept ones
add up to. Does not know any other operation.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from math import comb, gcd, prod
from typing import TypeAlias

from msgspec import Struct

from taleforge.rules.dice.ast import Operation, Value
from taleforge.rules.dice.distribution import Effort, Grid, unpacked, width_of

Group: TypeAlias = tuple[int, Mapping[int, int]]
"""How many dice, and in how many ways each of them shows each face."""


class Ranks(Struct, frozen=True):
    """The `low` lowest and `high` highest of a pool; `kept` says whether these or all others count."""

    low: int
    high: int
    kept: bool

    @property
    def one_sided(self) -> bool:
        """Whether everything that counts lies at one end."""
        return not (self.high if self.kept else self.low)

    def mirrored(self) -> "Ranks":
        """Return the same for values with the other sign."""
        return Ranks(self.high, self.low, self.kept)

    def counting(self, below: int, equal: int, above: int) -> int:
        """Return how many of `equal` dice with the same face count, given how many lie below and above it.

        Where both ends reach into the same face, they choose the same dice.
        """
        chosen = max(0, min(self.low - below, equal), min(self.high - above, equal))
        return chosen if self.kept else equal - chosen

    def counting_below(self, count: int) -> int:
        """Return how many of the lowest of `count` dice it takes to know the sum."""
        if not self.one_sided:
            return count
        return min(self.low, count) if self.kept else max(0, count - self.high)


def ranks_of(operation: Operation) -> Ranks:
    """Return what a `k` or `p` operation that only asks for ranks means."""
    ends = {kind: max((s.number for s in operation.selectors if s.kind == kind), default=0) for kind in "lh"}
    return Ranks(ends["l"], ends["h"], operation.kind == "k")


def ranked(groups: list[Group], ranks: Ranks, effort: Effort) -> dict[Value, int]:
    """Return the ways to each sum of what counts among the dice of all groups together."""
    from_the_top = not ranks.one_sided and ranks.mirrored().one_sided
    if not any(count for count, _ in groups):
        return {0: 1}
    walk = _Walk(groups, ranks.mirrored() if from_the_top else ranks, effort)
    faces = sorted({face for _, weights in groups for face in weights}, reverse=from_the_top)
    step = gcd(*faces) or 1
    grid = Grid(0, step, max(faces, default=0) // step * walk.needed + 1)
    effort.spend(grid.slots * walk.width * walk.needed // 50)  # so many sums may have to be held at a time
    for face in faces:
        walk.pass_face(face // step, [weights.get(face, 0) for _, weights in groups])
    return unpacked(walk.done, grid, walk.width)


class _Walk:
    """A walk over the faces from one end; `placed[below]` holds the sums once so many dice show a face passed."""

    def __init__(self, groups: list[Group], ranks: Ranks, effort: Effort) -> None:
        self.counts = tuple(count for count, _ in groups)
        self.dice = sum(self.counts)
        self.ranks = ranks
        self.effort = effort
        self.rest = [sum(weights.values()) for _, weights in groups]
        self.width = width_of(prod(rest**count for rest, count in zip(self.rest, self.counts, strict=True)))
        self.needed = ranks.counting_below(self.dice)
        self.placed: dict[tuple[int, ...], int] = {(0,) * len(groups): 1}
        self.done = 0

    def pass_face(self, slot: int, weights: list[int]) -> None:
        """Decide for every state how many dice of each group show this face; `slot` is what each of them adds."""
        before, self.placed = self.placed, {}
        self.rest = [rest - weight for rest, weight in zip(self.rest, weights, strict=True)]
        for below, sums in before.items():
            self._place(below, sums, slot, weights)
        if not self.ranks.one_sided:
            self.done += self.placed.pop(self.counts, 0)

    def _place(self, below: tuple[int, ...], sums: int, slot: int, weights: list[int]) -> None:
        lower = sum(below)
        left = [count - placed for count, placed in zip(self.counts, below, strict=True)]
        settled = prod((weight + rest) ** dice for weight, rest, dice in zip(weights, self.rest, left, strict=True))
        for equal in self._splits(lower, left, weights):
            ways = prod(
                comb(dice, same) * weight**same for dice, same, weight in zip(left, equal, weights, strict=True)
            )
            higher = [dice - same for dice, same in zip(left, equal, strict=True)]
            settled -= ways * prod(rest**dice for rest, dice in zip(self.rest, higher, strict=True))
            counted = self.ranks.counting(lower, sum(equal), sum(higher))
            state = tuple(placed + same for placed, same in zip(below, equal, strict=True))
            self.placed[state] = self.placed.get(state, 0) + self._moved(sums, ways, slot * counted)
        if self.ranks.one_sided:
            self.done += self._moved(sums, settled, slot * (self.needed - lower))

    def _splits(self, lower: int, left: list[int], weights: list[int]) -> Iterator[tuple[int, ...]]:
        """Yield how many dice of each group may show the face without settling what the sum is."""
        most = self.needed - lower - 1 if self.ranks.one_sided else self.dice
        ranges = (range(min(dice, most) + 1 if weight else 1) for dice, weight in zip(left, weights, strict=True))
        return (equal for equal in product(*ranges) if sum(equal) <= most)

    def _moved(self, sums: int, ways: int, slots: int) -> int:
        self.effort.spend(20 + self.width // 2 + sums.bit_length() // 30 * (ways.bit_length() + 60) // 1500)
        return sums * ways << 8 * self.width * slots
