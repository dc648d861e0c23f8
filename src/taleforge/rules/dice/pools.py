"""The exact distribution of a pool: dice or a set, with the operations on it.

What treats every die alike (rerolls, bounds, choices by value) only changes the law of one die (`laws`); explosions by
value are a series; highest and lowest are counted over the faces (`ranks`); any other order of operations goes through
every multiset of faces (`multisets`). Does not do arithmetic between pools: that is `chances`.
"""

from fractions import Fraction
from math import comb, lcm

from msgspec import Struct
from msgspec.structs import replace

from taleforge.rules.dice.ast import Dice, Operation, Value
from taleforge.rules.dice.distribution import Distribution, Effort, added, mixed, repeated, scaled, summed
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


def _values(law: Law) -> list[Value]:
    return [value for value in law if value is not None]


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
        if operation.kind in {"k", "p"} and by_rank(operation) and not later:
            return self.ranked(ranks_of(operation))
        if operation.kind in {"e", "ra"} and by_value(operation) and all(map(treats_each, later)):
            return self.exploded(operation, later) if operation.kind == "e" else self.added_once(operation, later)
        if operation.kind == "e" and len(later) == 1 and by_rank(later[0]) and self.explodes_at_one_end(operation):
            return self.exploded_and_ranked(operation, ranks_of(later[0]))
        return summed_after(joint([self.law] * self.count, self.effort), (operation, *later), self.fresh, self.effort)

    def ranked(self, ranks: Ranks) -> Distribution:
        """Count dice of which some may be dropped already: for each number of others, the ranks of these."""
        total = lcm(*(chance.denominator for chance in self.law.values()))
        weights = {int(value): int(self.law[value] * total) for value in _values(self.law)}
        gone = int(self.law.get(None, 0) * total)
        ways: dict[Value, int] = {}
        for left in range(self.count + 1) if gone else (self.count,):
            share = comb(self.count, left) * gone ** (self.count - left)
            for value, more in ranked(weights, left, ranks, self.effort).items():
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
        return repeated(mixed(only, added(first, chain, self.effort)), self.count, self.effort)

    def explodes_at_one_end(self, operation: Operation) -> bool:
        """Whether the dice are new and those that explode show more than all others, as in `6d6e6`."""
        again, ending = split(self.fresh, operation)
        if not (self.count and again and ending and self.law == self.fresh):
            return False
        return min(_values(again)) > max(_values(ending))

    def exploded_and_ranked(self, operation: Operation, ranks: Ranks) -> Distribution:
        """Count what is kept by rank of dice that explode on their highest faces.

        m explosions put m dice with such a face above the `count` others, in comb(count + m - 1, m) orders.
        """
        again, ending = (_Pool(part, self.fresh, self.count, self.effort) for part in split(self.fresh, operation))
        left = Fraction(1)
        counted = Distribution({}, 1)
        explosions = 0
        while left > CUT_OFF:
            orders = comb(self.count + explosions - 1, explosions)
            below, above = ranks.parted(self.count, explosions)
            both = added(ending.ranked(below), replace(again, count=explosions).ranked(above), self.effort)
            counted = mixed(counted, scaled(both, orders))
            left -= orders * mass_of(again.law) ** explosions * mass_of(ending.law) ** self.count
            explosions += 1
        return counted

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
