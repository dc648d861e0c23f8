"""Reads the dice language of RULES.md: text in, tree out, or an error that knows the position.

A recursive descent in which only parentheses recurse, so depth is bounded by their limit. It is kinder than the
language: upper case, `kh` for `kh1`, `dl`/`dh` for drop, `!` for "explodes on its highest face", white space before an
operation, and `adv`/`dis` alone, after a d20 or at the end, where they are for the leftmost die. Does not roll and does
not judge the number of dice.
"""

import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias, cast

from msgspec.structs import replace

from taleforge.rules.dice.ast import (
    BinaryOperator,
    Chain,
    Dice,
    Expr,
    Group,
    Number,
    Operation,
    OperationKind,
    Paren,
    Pool,
    Selector,
    SelectorKind,
    Sign,
    Value,
)
from taleforge.rules.dice.errors import DiceLimitError, DiceSyntaxError, DiceValueError
from taleforge.rules.dice.limits import MAX_DEPTH, MAX_DIGITS, MAX_LENGTH, MAX_OPERATIONS, MAX_SIDES, REMEMBERED_LENGTH
from taleforge.rules.dice.transform import with_advantage

_Pattern: TypeAlias = Callable[[str, int], re.Match[str] | None]


def _pattern(pattern: str) -> _Pattern:
    return re.compile(r"[ \t\f\r\n]*" + pattern, re.ASCII | re.IGNORECASE).match


_space = _pattern("")
_signs = _pattern(r"([+-](?:[ \t\f\r\n]*[+-])*)")
_atom = _pattern(r"(?:([0-9]*)d(?:([0-9]+)|%)|([0-9]+\.?[0-9]*|\.[0-9]+)|(\()|(adv|dis)(?![a-z0-9]))")
_operation = _pattern(r"(?:(rr|ro|ra|mi|ma|k|p|e)([hl<>]?)([0-9]*)|d([hl])([0-9]*)|(!)(?!=))")
_advantage = _pattern(r"(?:adv|dis)(?![a-z0-9])")
_tag = _pattern(r"\[([^\]\n]*)\]")
_binary = _pattern(r"([+-]|\*|//|/|%|==|!=|<=|>=|<|>)")
_comma = _pattern(",")
_close = _pattern(r"\)")
_end = _pattern(r"\Z")

_DIGITS = frozenset("0123456789")
_PLAIN_NUMBER = frozenset(("mi", "ma"))
"""Operations whose number is a value, not a selection; they never merge."""

_TIGHTNESS: dict[BinaryOperator, int] = {
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), 0),
    **dict.fromkeys(("+", "-"), 1),
    **dict.fromkeys(("*", "/", "//", "%"), 2),
}
"""How tightly each operator binds."""


def parse(text: str) -> Expr:
    """Read a dice expression.

    Raises:
        DiceSyntaxError: It cannot be read; the error knows where.
        DiceValueError: A die has no sides, or `mi`/`ma` is followed by something that is no plain number.
        DiceLimitError: It is too long, too deep, or a number in it is too large.
    """
    return _remembered(text) if len(text) <= REMEMBERED_LENGTH else _read(text)


def _read(text: str) -> Expr:
    if len(text) > MAX_LENGTH:
        raise DiceLimitError("length", size=len(text), limit=MAX_LENGTH)
    return _Reader(text).whole()


_remembered = lru_cache(maxsize=1024)(_read)


class _Reader:
    """One pass over one text; `at` is where it stands."""

    __slots__ = ("at", "depth", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def whole(self) -> Expr:
        if not self.text.strip():
            raise DiceSyntaxError("empty", self.text, 0)
        tree = self.number()
        if word := self.take(_advantage):
            tree = self.advantaged(tree, word)
        if _end(self.text, self.at) is None:
            raise self.trouble("expected_operator")
        return tree

    def take(self, pattern: _Pattern) -> re.Match[str] | None:
        found = pattern(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def number(self) -> Expr:
        operands = [self.signed()]
        operators: list[BinaryOperator] = []
        while found := self.take(_binary):
            operators.append(cast(BinaryOperator, found[1]))
            operands.append(self.signed())
        return _fold(operands, operators)

    def signed(self) -> Expr:
        found = self.take(_signs)
        return Sign("".join(found[1].split()), self.atom()) if found else self.atom()

    def atom(self) -> Expr:
        found = self.take(_atom)
        if not found:
            raise self.trouble("expected_number")
        count, sides, literal, opening, advantage = found.groups()
        if literal:
            return Number(_value(literal), self.tags())
        if opening:
            return self.operated(self.parenthesis(found.start(4)))
        if advantage:
            return self.operated(cast(Dice, self.advantaged(Dice(1, 20), found)))
        return self.operated(_dice(count, sides))

    def parenthesis(self, opened: int) -> Group | Paren:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise DiceLimitError("depth", limit=MAX_DEPTH)
        items: list[Expr] = []
        comma = False
        while not self.take(_close):
            if items and not comma:
                raise self.unclosed(opened)
            items.append(self.number())
            comma = bool(self.take(_comma))
        self.depth -= 1
        return Paren(items[0]) if len(items) == 1 and not comma else Group(tuple(items))

    def operated(self, pool: Pool) -> Pool:
        operations = list(pool.operations)
        while found := self.take(_operation):
            operations.append(self.operation(pool, found))
            if len(operations) > MAX_OPERATIONS:
                raise DiceLimitError("operations", limit=MAX_OPERATIONS)
        if operations:
            pool = replace(pool, operations=_merged(operations))
        if isinstance(pool, Dice) and (pool.count, pool.sides) == (1, 20) and (found := self.take(_advantage)):
            return self.operated(cast(Dice, self.advantaged(pool, found)))
        tags = self.tags()
        return replace(pool, tags=tags) if tags else pool

    def operation(self, pool: Pool, found: re.Match[str]) -> Operation:
        operator, kind, number, dropped, dropped_number, explodes = found.groups()
        if dropped:
            return _operation_of("p", dropped, dropped_number or "1")
        if not isinstance(pool, Dice) and (explodes or operator.lower() not in {"k", "p"}):
            start = found.start(6 if explodes else 1)
            raise DiceSyntaxError("dice_only", self.text, start, operator=explodes or operator)
        if explodes:
            return _operation_of("e", "", str(_highest(cast(Dice, pool))))
        if not number and kind.lower() not in {"h", "l"}:
            raise DiceSyntaxError("needs_selector", self.text, found.end(), operator=operator)
        return _operation_of(operator, kind, number or "1")

    def advantaged(self, tree: Expr, word: re.Match[str]) -> Expr:
        """Apply `adv` or `dis`, the last group of a match."""
        side = 1 if word[0].strip().lower() == "adv" else -1
        doubled = with_advantage(tree, side)
        if doubled is None:
            raise DiceSyntaxError("advantage", self.text, word.end() - len("adv"))
        return doubled

    def tags(self) -> tuple[str, ...]:
        tags: list[str] = []
        while found := self.take(_tag):
            tags.append(found[1].strip())
        return tuple(tags)

    def unclosed(self, opened: int) -> DiceSyntaxError:
        """Tell a parenthesis that nothing closes from one with something wrong in it."""
        if _end(self.text, self.at):
            return DiceSyntaxError("unclosed", self.text, opened, found="(")
        return self.trouble("expected_operator")

    def trouble(self, reason: str) -> DiceSyntaxError:
        """Say as exactly as can be what is wrong where reading stopped."""
        before = self.text[max(0, self.at - 1) : self.at]
        self.take(_space)
        next_one = self.text[self.at : self.at + 1]
        found = next_one if next_one.isprintable() else f"U+{ord(next_one):04X}"
        if not next_one:
            reason = "unfinished"
        elif next_one == "[":
            reason = "unclosed"
        elif next_one in "dD":
            reason = "needs_sides"
        elif before in _DIGITS and next_one in _DIGITS:
            reason = "space_in_number"
        return DiceSyntaxError(reason, self.text, self.at, found=found)


def _fold(operands: list[Expr], operators: list[BinaryOperator]) -> Expr:
    """Nest a flat run of operands by precedence: split at the loosest operators and fold each piece."""
    if not operators:
        return operands[0]
    loosest = min(_TIGHTNESS[operator] for operator in operators)
    cuts = [at for at, operator in enumerate(operators) if _TIGHTNESS[operator] == loosest]
    if len(cuts) < len(operators):
        edges = zip([0, *(cut + 1 for cut in cuts)], [*cuts, len(operators)], strict=True)
        operands = [_fold(operands[start : end + 1], operators[start:end]) for start, end in edges]
        operators = [operators[cut] for cut in cuts]
    return Chain(operands[0], tuple(zip(operators, operands[1:], strict=True)))


def _dice(count: str, sides: str | None) -> Dice:
    number = _integer(count or "1")
    if sides is None:
        return Dice(number, 10, percentile=True)
    size = _integer(sides)
    if size == 0:
        raise DiceValueError("zero_sides")
    if size > MAX_SIDES:
        raise DiceLimitError("sides", limit=MAX_SIDES)
    return Dice(number, size)


def _highest(dice: Dice) -> int:
    return 90 if dice.percentile else dice.sides


def _operation_of(operator: str, kind: str, number: str) -> Operation:
    operator, kind = operator.lower(), kind.lower()
    if operator in _PLAIN_NUMBER and kind:
        raise DiceValueError("selector", operator=operator, selector=f"{kind}{number}")
    selector = Selector(cast(SelectorKind, kind or "="), _integer(number))
    return Operation(cast(OperationKind, operator), (selector,))


def _merged(operations: list[Operation]) -> tuple[Operation, ...]:
    """Join neighbours of the same kind, so that they select at the same time: `kh1kl1` keeps two dice."""
    merged: list[Operation] = []
    for operation in operations:
        if merged and merged[-1].kind == operation.kind and operation.kind not in _PLAIN_NUMBER:
            merged[-1] = Operation(operation.kind, merged[-1].selectors + operation.selectors)
        else:
            merged.append(operation)
    return tuple(merged)


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise DiceLimitError("number", limit=MAX_DIGITS)
    return int(digits)


def _value(literal: str) -> Value:
    if "." not in literal:
        return _integer(literal)
    whole, decimals = literal.split(".")
    value = Fraction(_integer(whole + decimals), 10 ** len(decimals))
    return value.numerator if value.denominator == 1 else value
