"""Rules that act on dice rather than on totals, as functions from one tree to another: advantage and criticals.

Does not roll: the new tree is rolled, explained and counted like any other.
"""

from typing import Literal

from msgspec.structs import replace

from taleforge.rules.dice.ast import Chain, Dice, Expr, Group, Number, Operation, Paren, Pool, Selector, Sign

_ADVANTAGE: dict[int, Operation] = {
    1: Operation("k", (Selector("h", 1),)),
    -1: Operation("k", (Selector("l", 1),)),
}


def with_advantage(expr: Expr, side: Literal[-1, 1]) -> Expr | None:
    """Roll the leftmost die twice and keep the higher (1) or lower (-1); None if it is not a single, plain-kept die.

    SRD 5.1, "Advantage and Disadvantage".
    """
    match expr:
        case Dice(count=1, operations=operations) if not operations or operations[0].kind != "k":
            return replace(expr, count=2, operations=(_ADVANTAGE[side], *operations))
        case Chain(first=first):
            doubled = with_advantage(first, side)
            return doubled and replace(expr, first=doubled)
        case Sign(inner=inner) | Paren(inner=inner):
            doubled = with_advantage(inner, side)
            return doubled and replace(expr, inner=doubled)
        case Group(items=(first, *others)):
            doubled = with_advantage(first, side)
            return doubled and replace(expr, items=(doubled, *others))
        case _:
            return None


def double_dice(expr: Expr) -> Expr:
    """Roll every die of a critical hit's damage twice, and add the rest once (SRD 5.1, "Critical Hits").

    Dice that are chosen among each other (`4d6kh3`) are rolled twice as a whole, because eight dice of which three are
    kept would be something else.
    """
    match expr:
        case Number():
            return expr
        case Chain(first=first, rest=rest):
            return Chain(double_dice(first), tuple((operator, double_dice(operand)) for operator, operand in rest))
        case Sign(signs=signs, inner=inner):
            return Sign(signs, double_dice(inner))
        case _:
            return _double_pool(expr)


def _double_pool(pool: Pool) -> Pool:
    if pool.operations and not (isinstance(pool, Dice) and all(map(_is_for_each_die, pool.operations))):
        bare = replace(pool, tags=())
        return Paren(Chain(bare, (("+", bare),)), tags=pool.tags)
    match pool:
        case Dice(count=count):
            return replace(pool, count=2 * count)
        case Group(items=items):
            return replace(pool, items=tuple(map(double_dice, items)))
        case Paren(inner=inner):
            return replace(pool, inner=double_dice(inner))


def _is_for_each_die(operation: Operation) -> bool:
    """Whether it treats every die without looking at the others."""
    return operation.kind != "ra" and not any(selector.kind in "hl" for selector in operation.selectors)
