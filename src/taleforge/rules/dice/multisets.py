"""Counts a pool by going through every multiset of values it can show: slow, and right for any order of operations.

A multiset is a sorted tuple. Dropped members are gone from it, because nothing brings them back. Does not look for
shortcuts: `pools` has tried them all before it comes here.
"""

from collections.abc import Callable
from fractions import Fraction
from math import prod
from typing import TypeAlias, TypeVar

from taleforge.rules.dice.ast import Operation, Value
from taleforge.rules.dice.distribution import Distribution, Effort, from_fractions
from taleforge.rules.dice.errors import DiceLimitError
from taleforge.rules.dice.laws import Law, until_unlike
from taleforge.rules.dice.limits import CUT_OFF
from taleforge.rules.dice.ranks import Ranks
from taleforge.rules.dice.selection import by_value, choose

Shown: TypeAlias = tuple[Value, ...]
Chances: TypeAlias = dict[Shown, Fraction]
KeyT = TypeVar("KeyT")


def joint(items: list[Law], effort: Effort) -> Chances:
    """Return the chances of what independent members show together."""
    states: Chances = {(): Fraction(1)}
    for item in items:
        effort.spend(60 * len(states) * len(item))
        grown: Chances = {}
        for shown, chance in states.items():
            for value, more in item.items():
                _gain(grown, shown if value is None else _sorted(shown, (value,)), chance * more)
        states = grown
    return states


def summed_after(states: Chances, operations: tuple[Operation, ...], fresh: Law, effort: Effort) -> Distribution:
    """Apply operations in order, dice thrown anew showing `fresh`, and return the distribution of the sum.

    Raises:
        DiceLimitError: The dice would be rolled for ever, or there are too many outcomes.
    """
    throws = _Throws(fresh, effort)
    for operation in operations:
        effort.spend(80 * len(states))
        states = _STEPS[operation.kind](states, operation, throws)
    sums: dict[Value, Fraction] = {}
    for shown, chance in states.items():
        _gain(sums, sum(shown), chance)
    return from_fractions(sums)


def streamed(items: list[Distribution], operation: Operation, ranks: Ranks, effort: Effort) -> Distribution:
    """Return the sum of what one operation by rank leaves of independent members.

    Only as many of the lowest and highest as the operation asks for are remembered one by one; what lies between them
    is added up on the way, or forgotten.
    """
    states: dict[tuple[Shown, Value], int] = {((), 0): 1}
    for item in items:
        effort.spend(12 * len(states) * len(item.weights))
        grown: dict[tuple[Shown, Value], int] = {}
        for (ends, between), weight in states.items():
            for value, more in item.weights.items():
                state = _between(_sorted(ends, (value,)), between, ranks)
                grown[state] = grown.get(state, 0) + weight * more
        states = grown
    weights: dict[Value, int] = {}
    for (ends, between), weight in states.items():
        value = between + sum(_left(ends, operation))
        weights[value] = weights.get(value, 0) + weight
    return Distribution(weights, prod(item.total for item in items))


def _between(ends: Shown, between: Value, ranks: Ranks) -> tuple[Shown, Value]:
    """Let go of the one member that is neither among the lowest nor the highest any more."""
    if len(ends) <= ranks.low + ranks.high:
        return ends, between
    middle = ends[ranks.low]
    return ends[: ranks.low] + ends[ranks.low + 1 :], between if ranks.kept else between + middle


class _Throws:
    """What dice thrown anew show."""

    def __init__(self, fresh: Law, effort: Effort) -> None:
        self.fresh = fresh
        self.effort = effort
        self._known: dict[int, Chances] = {}

    def of(self, count: int) -> Chances:
        """Return the chances of `count` new dice."""
        if count not in self._known:
            self._known[count] = joint([self.fresh] * count, self.effort)
        return self._known[count]


def _choose(states: Chances, operation: Operation, throws: _Throws) -> Chances:
    """`k` and `p`."""
    del throws
    changed: Chances = {}
    for shown, chance in states.items():
        _gain(changed, _left(shown, operation), chance)
    return changed


def _bound(states: Chances, operation: Operation, throws: _Throws) -> Chances:
    """`mi` and `ma`."""
    del throws
    bound = operation.selectors[0].number
    changed: Chances = {}
    for shown, chance in states.items():
        values = (max(value, bound) if operation.kind == "mi" else min(value, bound) for value in shown)
        _gain(changed, tuple(values), chance)
    return changed


def _throw_again(states: Chances, operation: Operation, throws: _Throws) -> Chances:
    """`ro`."""
    changed: Chances = {}
    for shown, chance in states.items():
        chosen = set(choose(operation, shown))
        stay = tuple(value for place, value in enumerate(shown) if place not in chosen)
        _replace(changed, stay, chance, throws.of(len(chosen)))
    return changed


def _throw_until(states: Chances, operation: Operation, throws: _Throws) -> Chances:
    """`rr`."""
    if not any(choose(operation, shown) for shown in states):
        return states
    if not by_value(operation):
        raise DiceLimitError("endless")
    return _throw_again(states, operation, _Throws(until_unlike(throws.fresh, operation), throws.effort))


def _add_once(states: Chances, operation: Operation, throws: _Throws) -> Chances:
    """`ra`."""
    changed: Chances = {}
    for shown, chance in states.items():
        _replace(changed, shown, chance, throws.of(1 if choose(operation, shown) else 0))
    return changed


def _explode(states: Chances, operation: Operation, throws: _Throws) -> Chances:
    """`e`: round by round, until it is certain enough that no die explodes any more."""
    settled: Chances = {}
    going: dict[tuple[Shown, Shown], Fraction] = {((), shown): chance for shown, chance in states.items()}
    while sum(going.values()) > CUT_OFF:
        throws.effort.spend(50 * len(going))
        further: dict[tuple[Shown, Shown], Fraction] = {}
        for (exploded, waiting), chance in going.items():
            bursting, calm = _bursting(exploded, waiting, operation)
            if not bursting:
                _gain(settled, _sorted(exploded, waiting), chance)
                continue
            thrown = throws.of(len(bursting))
            throws.effort.spend(80 * len(thrown))
            for new, more in thrown.items():
                _gain(further, (_sorted(exploded, bursting), _sorted(calm, new)), chance * more)
        going = further
    return settled


def _bursting(exploded: Shown, waiting: Shown, operation: Operation) -> tuple[Shown, Shown]:
    """Tell the dice that explode now from those that do not; of equal dice the exploded ones were there first."""
    order = sorted([(value, False) for value in exploded] + [(value, True) for value in waiting])
    chosen = set(choose(operation, [value for value, _ in order]))
    bursting = tuple(value for place, (value, waits) in enumerate(order) if waits and place in chosen)
    calm = tuple(value for place, (value, waits) in enumerate(order) if waits and place not in chosen)
    return bursting, calm


_STEPS: dict[str, Callable[[Chances, Operation, _Throws], Chances]] = {
    "k": _choose,
    "p": _choose,
    "mi": _bound,
    "ma": _bound,
    "ro": _throw_again,
    "rr": _throw_until,
    "ra": _add_once,
    "e": _explode,
}


def _left(shown: Shown, operation: Operation) -> Shown:
    """Return what a `k` or `p` operation leaves."""
    chosen = set(choose(operation, shown))
    return tuple(value for place, value in enumerate(shown) if (place in chosen) == (operation.kind == "k"))


def _replace(changed: Chances, stay: Shown, chance: Fraction, thrown: Chances) -> None:
    for new, more in thrown.items():
        _gain(changed, _sorted(stay, new), chance * more)


def _sorted(one: Shown, other: Shown) -> Shown:
    return tuple(sorted(one + other))


def _gain(chances: dict[KeyT, Fraction], key: KeyT, chance: Fraction) -> None:
    chances[key] = chances.get(key, Fraction(0)) + chance
