"""The exact distribution of a pool: dice or a set, with the operations on it.

What treats every die alike (rerolls, bounds, choices by value) only changes the law of one die (`laws`); explosions by
value are a series; highest and lowest are counted over the faces (`ranks`); any other order of operations goes through
every multiset of faces (`multisets`). Does not do arithmetic between pools: that is `chances`.
"""

from fractions import Fraction
from math import comb, lcm, prod

from msgspec import Struct

from taleforge.rules.dice.ast import Dice, Operation, Value
from taleforge.rules.dice.distribution import Distribution, Effort, added, mixed, repeated, rounded, scaled, summed
from taleforge.rules.dice.errors import DiceLimitError
from taleforge.rules.dice.laws import Law, faces_of, law_of, mass_of, split, stepped, treats_each, worth
from taleforge.rules.dice.limits import CUT_OFF
from taleforge.rules.dice.multisets import joint, streamed, summed_after
from taleforge.rules.dice.ranks import Ranks, ranked, ranks_of
from taleforge.rules.dice.selection import by_rank, by_value, matches

_PER_SIDE = 40
"""Steps for a side of a die, so that no die is large enough to fill the memory."""


def dice_distribution(dice: Dice, operations: tuple[Operation, ...], effort: Effort) -> Distribution:
    """Count a pool of dice, with operations applied in order.

    Raises:
        DiceLimitError: The dice would be rolled for ever, or there are too many outcomes.
    """
    effort.spend(_PER_SIDE * dice.sides)
    if not operations:
        return repeated(Distribution(dict.fromkeys(faces_of(dice), 1), dice.sides), dice.count, effort)
    fresh = law_of(dice)
    pool = _Pool(fresh, fresh, dice.count, effort)
    for at, operation in enumerate(operations):
        if not treats_each(operation):
            return pool.after(operation, operations[at + 1 :])
        effort.spend(_PER_SIDE * dice.sides)
        pool = _Pool(stepped(pool.law, operation, fresh), fresh, dice.count, effort)
    return repeated(worth(pool.law), dice.count, effort)


def set_distribution(items: list[Distribution], operations: tuple[Operation, ...], effort: Effort) -> Distribution:
    """Count a set of independent numbers, with `k` and `p` operations applied in order."""
    if all(map(by_value, operations)):
        return summed([item.mapped(lambda value: _left_of(value, operations)) for item in items], effort)
    if len(operations) == 1 and by_rank(operations[0]):
        return streamed(items, operations[0], ranks_of(operations[0]), effort)
    laws: list[Law] = [{value: Fraction(ways, item.total) for value, ways in item.weights.items()} for item in items]
    return summed_after(joint(laws, effort), operations, {}, effort)


def _ways(law: Law) -> tuple[dict[int, int], int]:
    """Return in how many ways, out of how many, a die shows each value that is not dropped."""
    total = lcm(*(chance.denominator for chance in law.values()))
    return {int(value): int(chance * total) for value, chance in law.items() if value is not None}, total


def _left_of(value: Value, operations: tuple[Operation, ...]) -> Value:
    """Return what a member of a set counts for after operations that look at it alone."""
    kept = all(matches(operation, value) == (operation.kind == "k") for operation in operations)
    return value if kept else 0


class _Pool(Struct, frozen=True):
    """Equal dice: the law that each follows, the law of a new one, and how many there are."""

    law: Law
    fresh: Law
    count: int
    effort: Effort

    def after(self, operation: Operation, later: tuple[Operation, ...]) -> Distribution:
        """Count the pool after an operation for which its dice are not independent, and those after that."""
        if by_rank(operation) and operation.kind in {"k", "p"} and not later:
            return self.ranked(ranks_of(operation))
        if by_value(operation) and operation.kind in {"e", "ra"}:
            if all(map(treats_each, later)):
                return self.exploded(operation, later) if operation.kind == "e" else self.added_once(operation, later)
            if len(later) == 1 and by_rank(later[0]) and later[0].kind in {"k", "p"} and self.law == self.fresh:
                ranks = ranks_of(later[0])
                return (
                    self.exploded_by_rank(operation, ranks)
                    if operation.kind == "e"
                    else self.added_by_rank(operation, ranks)
                )
        return summed_after(joint([self.law] * self.count, self.effort), (operation, *later), self.fresh, self.effort)

    def ranked(self, ranks: Ranks) -> Distribution:
        """Count dice of which some may be dropped already: for each number of others, the ranks of these."""
        weights, total = _ways(self.law)
        gone = int(self.law.get(None, 0) * total)
        ways: dict[Value, int] = {}
        for left in range(self.count + 1) if gone else (self.count,):
            share = comb(self.count, left) * gone ** (self.count - left)
            for value, more in ranked([(left, weights)], ranks, self.effort).items():
                ways[value] = ways.get(value, 0) + share * more
        return Distribution(ways, total**self.count)

    def exploded(self, operation: Operation, later: tuple[Operation, ...]) -> Distribution:
        """Count dice that each start a chain of explosions, cut off once going on is next to impossible."""
        again, ending = (self.worth_later(part, later) for part in split(self.fresh, operation))
        chance = mass_of(split(self.fresh, operation)[0])
        if chance == 1:
            raise DiceLimitError("endless")
        chain, going_on = ending, chance
        while going_on > CUT_OFF:
            chain = mixed(ending, added(again, chain, self.effort))
            going_on *= chance
        first, only = (self.worth_later(part, later) for part in split(self.law, operation))
        return rounded(repeated(mixed(only, added(first, chain, self.effort)), self.count, self.effort))

    def exploded_by_rank(self, operation: Operation, ranks: Ranks) -> Distribution:
        """Count what is kept by rank of new dice that explode.

        m explosions leave m dice that exploded beside the `count` others, and can be spread in comb(count + m - 1, m)
        ways over the chains.
        """
        again, ending = split(self.fresh, operation)
        counted, left, explosions = Distribution({}, 1), Fraction(1), 0
        while left > CUT_OFF:
            orders = comb(max(0, self.count + explosions - 1), explosions)
            counted = mixed(counted, scaled(self._together([(self.count, ending), (explosions, again)], ranks), orders))
            left -= orders * mass_of(again) ** explosions * mass_of(ending) ** self.count
            explosions += 1
        return counted

    def added_by_rank(self, operation: Operation, ranks: Ranks) -> Distribution:
        """Count what is kept by rank of new dice with one more thrown unless none is selected."""
        unlike = (self.count, split(self.fresh, operation)[1])
        some = [self._together([dice, (1, self.fresh)], ranks) for dice in ((self.count, self.fresh), unlike)]
        return mixed(mixed(some[0], scaled(some[1], -1)), self._together([unlike], ranks))

    def _together(self, groups: list[tuple[int, Law]], ranks: Ranks) -> Distribution:
        ways = [(count, *_ways(law)) for count, law in groups]
        total = prod(total**count for count, _, total in ways)
        return Distribution(ranked([(count, weights) for count, weights, _ in ways], ranks, self.effort), total)

    def added_once(self, operation: Operation, later: tuple[Operation, ...]) -> Distribution:
        """Count dice with one more thrown unless none is selected."""
        every = repeated(self.worth_later(self.law, later), self.count, self.effort)
        none = repeated(self.worth_later(split(self.law, operation)[1], later), self.count, self.effort)
        some = mixed(every, scaled(none, -1))
        return mixed(none, added(some, self.worth_later(self.fresh, later), self.effort))

    def worth_later(self, law: Law, later: tuple[Operation, ...]) -> Distribution:
        """Return what a die is worth after operations that treat each die alone."""
        for operation in later:
            law = stepped(law, operation, self.fresh)
        return worth(law)
