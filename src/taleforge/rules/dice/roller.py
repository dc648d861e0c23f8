"""`roll`: an expression and a source in, a record with every face out.

Does not hold a source, a limit or a result between two rolls; only how to roll short expressions is remembered.
"""

from functools import lru_cache

from taleforge.rules.dice.ast import Expr
from taleforge.rules.dice.errors import DiceLimitError
from taleforge.rules.dice.limits import MAX_DICE, MAX_LENGTH, REMEMBERED_LENGTH
from taleforge.rules.dice.parser import parse
from taleforge.rules.dice.program import Program, build
from taleforge.rules.dice.record import Roll
from taleforge.rules.dice.source import DiceSource


def roll(expr: str | Expr, dice: DiceSource, *, limit: int = MAX_DICE) -> Roll:
    """Roll a dice expression.

    Args:
        expr: The expression, or its tree.
        dice: Where the faces come from. A roll that fails takes none.
        limit: How many dice the roll may throw, rerolls and explosions included.

    Raises:
        DiceSyntaxError: The expression cannot be read.
        DiceValueError: It has no value.
        DiceLimitError: It is too large, or takes more than `limit` dice.
    """
    if not isinstance(expr, str):
        return _program_of(expr)(dice, limit)
    program = _remembered(expr) if len(expr) <= REMEMBERED_LENGTH else _program(expr)
    return program(dice, limit)


def _program_of(expr: Expr) -> Program:
    text = str(expr)
    if len(text) > MAX_LENGTH:
        raise DiceLimitError("length", size=len(text), limit=MAX_LENGTH)  # nobody could read the record again
    return build(expr, text)


def _program(text: str) -> Program:
    return build(parse(text), text)


_remembered = lru_cache(maxsize=1024)(_program)
