"""Turns an expression into a function that rolls it; sums of plain or keep-some dice get one that skips the walk.

The shortcuts know nothing that `evaluate` does not say: a law test holds the two equal, face by face. Does not decide
which expressions are right; whatever has no shortcut is walked.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from taleforge.rules.dice.ast import Chain, Dice, Expr, Number, Operation, Paren, Sign
from taleforge.rules.dice.errors import DiceError, DiceLimitError
from taleforge.rules.dice.evaluate import Throw
from taleforge.rules.dice.limits import MAX_TOTAL
from taleforge.rules.dice.record import Face, Fate, Roll
from taleforge.rules.dice.source import DiceSource

_LARGEST = 100
"""Sides of the largest die whose faces are worth a table."""

Program: TypeAlias = Callable[[DiceSource, int], Roll]
"""Rolls with a source and a limit of dice; a roll that fails takes no face from the source."""


def build(expr: Expr, text: str) -> Program:
    """Return what rolls a tree that is written down as `text`."""
    terms: list[_Term] = []
    constant = _collect(expr, 1, terms)
    if constant is None or not _stays_small(terms, constant):
        return walk(expr, text)
    match terms:
        case [_Term(sign=1, count=1, keep=None, sides=sides)]:
            return _one_die(text, sides, constant)
        case [_Term(sign=1, keep=None) as term]:
            return _one_pool(text, term, constant)
        case _:
            return _sum(text, terms, constant)


def walk(expr: Expr, text: str) -> Program:
    """Return what rolls any tree, the plain way."""

    def run(dice: DiceSource, limit: int) -> Roll:
        throw = Throw(dice, limit)
        nonce = dice.nonce
        try:
            total = int(throw.evaluate(expr).value)
            if abs(total) > MAX_TOTAL:
                raise DiceLimitError("total")
        except DiceError:
            dice.rewind(nonce)
            raise
        return Roll(text, total, throw.recorded(), nonce)

    return run


# What has a shortcut: whole numbers and pools of ordinary dice, added and subtracted. The number of dice and the
# largest total are known beforehand, so nothing can fail once the first die is thrown.


class _Term(Struct, frozen=True):
    """A pool in a sum. `keep` is how many of the highest (or, below zero, the lowest) count; None: all."""

    sign: int
    count: int
    sides: int
    keep: int | None


def _collect(expr: Expr, sign: int, terms: list[_Term]) -> int | None:
    """Gather the pools of a sum in the order they are thrown and return its constant; None if it is no such sum."""
    match expr:
        case Number(value=int() as value):
            return sign * value
        case Dice(percentile=False, count=count, sides=sides) if sides <= _LARGEST:
            return _collect_dice(_Term(sign, count, sides, None), expr.operations, terms)
        case Paren(inner=inner, operations=()):
            return _collect(inner, sign, terms)
        case Sign(signs=signs, inner=inner):
            return _collect(inner, -sign if signs.count("-") % 2 else sign, terms)
        case Chain(first=first, rest=rest) if rest[0][0] in {"+", "-"}:
            parts = [_collect(first, sign, terms)]
            parts += [_collect(operand, sign if symbol == "+" else -sign, terms) for symbol, operand in rest]
            known = [part for part in parts if part is not None]
            return sum(known) if len(known) == len(parts) else None
        case _:
            return None


def _collect_dice(term: _Term, operations: tuple[Operation, ...], terms: list[_Term]) -> int | None:
    match operations:
        case ():
            terms.append(term)
        case (Operation(kind="k", selectors=(selector,)),) if selector.kind in {"h", "l"}:
            terms.append(replace(term, keep=selector.number if selector.kind == "h" else -selector.number))
        case _:
            return None
    return 0


def _stays_small(terms: list[_Term], constant: int) -> bool:
    return abs(constant) + sum(term.sides * term.count for term in terms) <= MAX_TOTAL


def _one_die(text: str, sides: int, constant: int) -> Program:
    kept = _records(sides, "kept")

    def run(dice: DiceSource, limit: int) -> Roll:
        if limit < 1:
            raise DiceLimitError("dice", limit=limit)
        nonce = dice.nonce
        number = dice.face(sides)
        return Roll(text, number + constant, (kept[number],), nonce)

    return run


def _one_pool(text: str, term: _Term, constant: int) -> Program:
    count, sides = term.count, term.sides
    kept = _records(sides, "kept")

    def run(dice: DiceSource, limit: int) -> Roll:
        if count > limit:
            raise DiceLimitError("dice", limit=limit)
        nonce = dice.nonce
        numbers = dice.faces(count, sides)
        return Roll(text, sum(numbers) + constant, tuple([kept[number] for number in numbers]), nonce)

    return run


def _sum(text: str, terms: list[_Term], constant: int) -> Program:
    throws = [(term.sign, _thrower(term)) for term in terms]
    count = sum(term.count for term in terms)

    def run(dice: DiceSource, limit: int) -> Roll:
        if count > limit:
            raise DiceLimitError("dice", limit=limit)
        nonce = dice.nonce
        total = constant
        faces: tuple[Face, ...] = ()
        for sign, throw in throws:
            number, shown = throw(dice)
            total += sign * number
            faces += shown
        return Roll(text, total, faces, nonce)

    return run


_Thrower: TypeAlias = Callable[[DiceSource], tuple[int, tuple[Face, ...]]]
"""Throws one pool and gives its sum and its faces."""


def _thrower(term: _Term) -> _Thrower:
    count, sides = term.count, term.sides
    if term.keep is not None:
        return _choosing(count, sides, term.keep)
    kept = _records(sides, "kept")
    if count == 1:

        def throw_one(dice: DiceSource) -> tuple[int, tuple[Face, ...]]:
            number = dice.face(sides)
            return number, (kept[number],)

        return throw_one

    def throw(dice: DiceSource) -> tuple[int, tuple[Face, ...]]:
        numbers = dice.faces(count, sides)
        return sum(numbers), tuple([kept[number] for number in numbers])

    return throw


def _choosing(count: int, sides: int, keep: int) -> _Thrower:
    kept, dropped = _records(sides, "kept"), _records(sides, "dropped")
    highest = keep > 0
    keep = abs(keep)

    def throw(dice: DiceSource) -> tuple[int, tuple[Face, ...]]:
        numbers = dice.faces(count, sides)
        faces = [dropped[number] for number in numbers]
        total = 0
        for place in sorted(range(count), key=numbers.__getitem__, reverse=highest)[:keep]:
            number = numbers[place]
            total += number
            faces[place] = kept[number]
        return total, tuple(faces)

    return throw


@lru_cache(maxsize=256)
def _records(sides: int, fate: Fate) -> Sequence[Face]:
    """Return the record of each face by its number; all rolls share them."""
    return tuple((sides, number, fate) for number in range(sides + 1))
