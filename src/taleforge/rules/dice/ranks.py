"""Counts which of many equal dice are kept by rank, without looking at every throw.

Walks over the faces from one end and decides how many dice show each: the state is how many dice are placed and, as one
large integer with a slot per sum, what the kept ones add up to. Does not know any other operation.
"""

from collections.abc import Mapping
from math import comb, gcd

from msgspec import Struct

from taleforge.rules.dice.ast import Operation, Value
from taleforge.rules.dice.distribution import Effort, Grid, unpacked, width_of


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

    def parted(self, below: int, above: int) -> tuple["Ranks", "Ranks"]:
        """Return what this means for the `below` lower dice of a pool and for the `above` higher ones."""
        lower = Ranks(min(self.low, below), min(max(0, self.high - above), below), self.kept)
        return lower, Ranks(min(max(0, self.low - below), above), min(self.high, above), self.kept)

    def counting_below(self, count: int) -> int:
        """Return how many of the lowest of `count` dice it takes to know the sum."""
        if not self.one_sided:
            return count
        return min(self.low, count) if self.kept else max(0, count - self.high)


def ranks_of(operation: Operation) -> Ranks:
    """Return what a `k` or `p` operation that only asks for ranks means."""
    ends = {kind: max((s.number for s in operation.selectors if s.kind == kind), default=0) for kind in "lh"}
    return Ranks(ends["l"], ends["h"], operation.kind == "k")


def ranked(weights: Mapping[int, int], count: int, ranks: Ranks, effort: Effort) -> dict[Value, int]:
    """Return the ways to each sum of what counts among `count` dice whose faces come up in so many ways each."""
    if not weights:
        return {} if count else {0: 1}
    from_the_top = not ranks.one_sided and ranks.mirrored().one_sided
    walk = _Walk(count, ranks.mirrored() if from_the_top else ranks, sum(weights.values()), effort)
    step = gcd(*weights) or 1
    for face in sorted(weights, reverse=from_the_top):
        walk.pass_face(face // step, weights[face])
    return unpacked(walk.result(), Grid(0, step, max(weights) // step * walk.needed + 1), walk.width)


class _Walk:
    """A walk over the faces from one end; `placed[below]` holds the sums once `below` dice show a face passed."""

    def __init__(self, count: int, ranks: Ranks, ways: int, effort: Effort) -> None:
        self.count = count
        self.ranks = ranks
        self.effort = effort
        self.rest = ways
        self.width = width_of(ways**count)
        self.needed = ranks.counting_below(count)
        self.placed: dict[int, int] = {0: 1}
        self.done = 0

    def pass_face(self, slot: int, weight: int) -> None:
        """Decide for every state how many dice show this face; `slot` is what each of them adds."""
        before, self.placed = self.placed, {}
        self.rest -= weight
        for below, sums in before.items():
            left = self.count - below
            settled = (weight + self.rest) ** left
            for equal in range(self.needed - below if self.ranks.one_sided else left + 1):
                ways = comb(left, equal) * weight**equal
                settled -= ways * self.rest ** (left - equal)
                moved = self._moved(sums, ways, slot * self.ranks.counting(below, equal, left - equal))
                self.placed[below + equal] = self.placed.get(below + equal, 0) + moved
            if self.ranks.one_sided:
                self.done += self._moved(sums, settled, slot * (self.needed - below))

    def _moved(self, sums: int, ways: int, slots: int) -> int:
        self.effort.spend(5 + sums.bit_length() // 30 * (ways.bit_length() + 60) // 2000)
        return sums * ways << 8 * self.width * slots

    def result(self) -> int:
        """Return the sums of all throws, once every face is passed."""
        return self.done if self.ranks.one_sided else self.placed[self.count]
