"""`odds`: how likely each total of an expression is, counted and not simulated.

Everything is a whole number of equally likely ways until somebody asks for a float. Only endless explosions are cut
off, and `Odds.residual` says how much of them is missing. Does not know targets or natural twenties: combat does.
"""

from fractions import Fraction
from functools import lru_cache

from msgspec import Struct

from taleforge.rules.dice.ast import BinaryOperator, Chain, Dice, Expr, Group, Number, Operation, Paren, Sign
from taleforge.rules.dice.distribution import Distribution, Effort, added, combined
from taleforge.rules.dice.errors import DiceLimitError
from taleforge.rules.dice.evaluate import BINARY
from taleforge.rules.dice.limits import MAX_DICE, MAX_TOTAL, REMEMBERED_LENGTH
from taleforge.rules.dice.parser import parse
from taleforge.rules.dice.pools import dice_distribution, set_distribution


class Odds(Struct, frozen=True):
    """How likely each total is: `ways[total]` of `denominator` equally likely ways, totals ascending."""

    expr: str
    ways: dict[int, int]
    denominator: int

    @property
    def pmf(self) -> dict[int, float]:
        """The probability of each total."""
        return {total: ways / self.denominator for total, ways in self.ways.items()}

    @property
    def min(self) -> int:
        """The smallest total."""
        return next(iter(self.ways))

    @property
    def max(self) -> int:
        """The largest total that was counted; with a `residual` there are larger ones, next to impossible."""
        return next(reversed(self.ways))

    @property
    def mean(self) -> float:
        """The average total."""
        return sum(total * ways for total, ways in self.ways.items()) / sum(self.ways.values())

    @property
    def residual(self) -> float:
        """The probability of everything that was not counted: 0, or below 1e-12 where dice can explode without end."""
        return (self.denominator - sum(self.ways.values())) / self.denominator

    def chance(self, total: int) -> Fraction:
        """Return the exact probability of one total."""
        return Fraction(self.ways.get(total, 0), self.denominator)

    def at_least(self, target: int) -> float:
        """Return the probability of `target` or more."""
        return sum(ways for total, ways in self.ways.items() if total >= target) / self.denominator

    def at_most(self, target: int) -> float:
        """Return the probability of `target` or less."""
        return sum(ways for total, ways in self.ways.items() if total <= target) / self.denominator


def odds(expr: str | Expr) -> Odds:
    """Count the exact odds of a dice expression.

    They are the odds of the language, which rerolls for as long as it takes; the limit of dice in one roll is not
    counted in.

    Raises:
        DiceSyntaxError: The expression cannot be read.
        DiceValueError: It has no value, or may divide by zero.
        DiceLimitError: It is too large, never ends, or has too many outcomes to count.
    """
    if not isinstance(expr, str):
        return _count(expr, str(expr))
    if len(expr) > REMEMBERED_LENGTH:
        return _count(parse(expr), expr)
    try:
        return _remembered(expr)
    except _Large as large:
        return large.odds


class _Large(Exception):
    """No error: it carries a result past a cache that remembers everything that is returned."""

    def __init__(self, odds: Odds) -> None:
        super().__init__()
        self.odds = odds


_SMALL = 200_000
"""Bits of a result up to which it is worth remembering."""


@lru_cache(maxsize=512)
def _remembered(text: str) -> Odds:
    found = _count(parse(text), text)
    if len(found.ways) * found.denominator.bit_length() > _SMALL:
        raise _Large(found)
    return found


def _count(expr: Expr, text: str) -> Odds:
    if _dice_in(expr) > MAX_DICE:
        raise DiceLimitError("dice", limit=MAX_DICE)
    counted = _distribution(expr, Effort())
    totals = counted.mapped(int)
    if any(abs(total) > MAX_TOTAL for total in totals.weights):
        raise DiceLimitError("total")
    return Odds(text, {int(total): totals.weights[total] for total in sorted(totals.weights)}, totals.total)


def _dice_in(expr: Expr) -> int:
    match expr:
        case Number():
            return 0
        case Dice(count=count):
            return count
        case Group(items=items):
            return sum(map(_dice_in, items))
        case Paren(inner=inner) | Sign(inner=inner):
            return _dice_in(inner)
        case Chain(first=first, rest=rest):
            return _dice_in(first) + sum(_dice_in(operand) for _, operand in rest)


def _distribution(expr: Expr, effort: Effort) -> Distribution:
    match expr:
        case Number(value=value):
            return Distribution({value: 1}, 1)
        case Dice() | Group() | Paren():
            return _pool(expr, (), effort)
        case Sign(signs=signs, inner=inner):
            counted = _distribution(inner, effort)
            return counted.mapped(lambda value: -value) if signs.count("-") % 2 else counted
        case Chain(first=first, rest=rest):
            counted = _distribution(first, effort)
            for operator, operand in rest:
                counted = _joined(counted, operator, _distribution(operand, effort), effort)
            return counted


def _pool(expr: Expr, operations: tuple[Operation, ...], effort: Effort) -> Distribution:
    """Count a pool; operations on parentheses are for the dice or the set inside, after its own."""
    match expr:
        case Dice():
            return dice_distribution(expr, expr.operations + operations, effort)
        case Group(items=items):
            counted = [_distribution(item, effort) for item in items]
            return set_distribution(counted, expr.operations + operations, effort)
        case Paren(inner=inner):
            return _pool(inner, expr.operations + operations, effort)
        case _:
            counted = _distribution(expr, effort)
            return set_distribution([counted], operations, effort) if operations else counted


def _joined(left: Distribution, operator: BinaryOperator, right: Distribution, effort: Effort) -> Distribution:
    if operator == "+":
        return added(left, right, effort)
    if operator == "-":
        return added(left, right.mapped(lambda value: -value), effort)
    return combined(left, right, BINARY[operator], effort)
