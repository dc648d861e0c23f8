"""The law of one die: what it can come to count for, and how operations that treat each die alone change that.

A law may also be a part of all that can happen, its chances adding up to less than one. Does not know how many dice
there are: that is `pools`.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias, TypeVar

from taleforge.rules.dice.ast import Dice, Operation, Value
from taleforge.rules.dice.distribution import Distribution, from_fractions
from taleforge.rules.dice.errors import DiceLimitError
from taleforge.rules.dice.selection import by_value, matches

KeyT = TypeVar("KeyT")

Law: TypeAlias = dict[Value | None, Fraction]
"""The chance of each value; None stands for a dropped die."""


def faces_of(dice: Dice) -> range:
    """Return what a new die can show."""
    return range(0, 100, 10) if dice.percentile else range(1, dice.sides + 1)


def law_of(dice: Dice) -> Law:
    """Return the law of a new die."""
    return dict.fromkeys(faces_of(dice), Fraction(1, dice.sides))


def treats_each(operation: Operation) -> bool:
    """Whether it treats every die without looking at the others, and adds none."""
    return operation.kind not in {"e", "ra"} and by_value(operation)


def stepped(law: Law, operation: Operation, fresh: Law) -> Law:
    """Return the law after an operation that treats each die alone; a die thrown again follows `fresh`.

    Raises:
        DiceLimitError: The die would be thrown again for ever.
    """
    chosen, others = split(law, operation)
    match operation.kind:
        case "k":
            return _merged(chosen, {None: mass_of(others)})
        case "p":
            return _merged(others, {None: mass_of(chosen)})
        case "mi" | "ma":
            return _bounded(law, operation)
        case "ro":
            return _merged(others, _scaled(fresh, mass_of(chosen)))
        case _:
            return _merged(others, _scaled(until_unlike(fresh, operation), mass_of(chosen))) if chosen else others


def until_unlike(fresh: Law, operation: Operation) -> Law:
    """Return the law of a die that is thrown until the operation does not select it.

    Raises:
        DiceLimitError: It always does.
    """
    ending = split(fresh, operation)[1]
    if not ending:
        raise DiceLimitError("endless")
    return _scaled(ending, 1 / mass_of(ending))


def split(law: Law, operation: Operation) -> tuple[Law, Law]:
    """Part what an operation selects by value from the rest; a dropped die is never selected."""
    chosen: Law = {}
    others: Law = {}
    for value, chance in law.items():
        (chosen if value is not None and matches(operation, value) else others)[value] = chance
    return chosen, others


def mass_of(law: Law) -> Fraction:
    """Return how likely a part of what can happen is."""
    return sum(law.values(), Fraction(0))


def worth(law: Law) -> Distribution:
    """Return what a die adds to a sum: nothing once it is dropped."""
    return from_fractions(_renamed(law, lambda value: value or 0))


def _bounded(law: Law, operation: Operation) -> Law:
    bound = operation.selectors[0].number
    limit = max if operation.kind == "mi" else min
    return _renamed(law, lambda value: value if value is None else limit(value, bound))


def _renamed(law: Law, rename: Callable[[Value | None], KeyT]) -> dict[KeyT, Fraction]:
    renamed: dict[KeyT, Fraction] = {}
    for value, chance in law.items():
        name = rename(value)
        renamed[name] = renamed.get(name, Fraction(0)) + chance
    return renamed


def _merged(one: Law, other: Law) -> Law:
    sums = {value: one.get(value, Fraction(0)) + other.get(value, Fraction(0)) for value in one | other}
    return {value: chance for value, chance in sums.items() if chance}


def _scaled(law: Law, factor: Fraction) -> Law:
    return {value: chance * factor for value, chance in law.items()}
