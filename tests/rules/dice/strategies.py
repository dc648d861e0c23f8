"""Dice expressions for law tests: text made by the grammar of the language, always readable, not always rollable.

Fractions are halves and quarters only, which floats hold exactly, so that a library that counts in floats can be asked
for the same total.
"""

from collections.abc import Callable
from typing import NamedTuple

from hypothesis import strategies as st

from taleforge.rules.dice import DiceError

SPACE = st.sampled_from(["", "", "", " ", "  ", "\t"])
TAGS = st.sampled_from(["", "", "", "", "[fire]", " [cold]", "[cold] [magic]", "[]"])
NUMBERS = st.one_of(st.integers(0, 12).map(str), st.sampled_from(["0.5", "2.25", "1.", ".75", "100"]))
BINARY = st.sampled_from(["+", "+", "+", "-", "-", "*", "/", "//", "%", "==", "!=", "<", "<=", ">", ">="])
DIVISORS = st.sampled_from(["2", "4", "0.5", "(1+1)"])


class Size(NamedTuple):
    """How large expressions get: dice of a pool, sides of a die, and levels of nesting."""

    dice: int = 5
    sides: tuple[str, ...] = ("1", "2", "4", "6", "10", "20", "%")
    depth: int = 2


SMALL = Size(dice=2, sides=("1", "2", "3"), depth=1)


USUAL = Size()


def selectors(sides: str) -> st.SearchStrategy[str]:
    """What may follow an operator on a die: ranks, comparisons and plain numbers near its faces."""
    faces = [0, 10, 40, 90] if sides == "%" else [0, 1, 2, int(sides) // 2, int(sides)]
    ranks = st.builds("{}{}".format, st.sampled_from("hl"), st.integers(0, 4))
    values = st.builds("{}{}".format, st.sampled_from(["<", ">", "", ""]), st.sampled_from(faces))
    return st.one_of(ranks, values)


@st.composite
def operations(draw: st.DrawFn, kinds: tuple[str, ...], sides: str, most: int = 3) -> str:
    """A few operations in a row."""
    text = ""
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 1, 2, most]))):
        kind = draw(st.sampled_from(kinds))
        plain = draw(st.integers(0, 7).map(str)) if kind in {"mi", "ma"} else draw(selectors(sides))
        text += kind + plain
    return text


@st.composite
def pools(draw: st.DrawFn, size: Size = USUAL) -> str:
    """Dice with operations: `4d6kh3`."""
    sides = draw(st.sampled_from(size.sides))
    count = draw(st.one_of(st.just(""), st.integers(0, size.dice).map(str)))
    kinds = ("k", "k", "k", "p", "p", "mi", "ma", "ro", "ra", "e", "rr")
    return f"{count}d{sides}" + draw(operations(kinds, sides))


@st.composite
def atoms(draw: st.DrawFn, size: Size) -> str:
    """Dice, a number, a set or something in parentheses, perhaps annotated."""
    kinds = ["dice", "dice", "dice", "number"] + (["set", "paren"] if size.depth else [])
    kind = draw(st.sampled_from(kinds))
    if kind == "dice":
        return draw(pools(size)) + draw(TAGS)
    if kind == "number":
        return draw(NUMBERS) + draw(TAGS)
    inner = expressions(size._replace(depth=size.depth - 1))
    if kind == "paren":
        text = f"({draw(SPACE)}{draw(inner)}{draw(SPACE)})"
    else:
        items = draw(st.lists(inner, max_size=3))
        comma = "," if len(items) == 1 or (items and draw(st.booleans())) else ""
        text = "(" + f"{draw(SPACE)},{draw(SPACE)}".join(items) + comma + ")"
    return text + draw(operations(("k", "k", "p"), "6", most=2)) + draw(TAGS)


@st.composite
def expressions(draw: st.DrawFn, size: Size = USUAL) -> str:
    """A whole expression."""
    text = draw(st.sampled_from(["", "", "", "-", "+", "- "])) + draw(atoms(size))
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
        operator = draw(BINARY)
        divides = operator in {"/", "//", "%"} and draw(st.booleans())
        operand = draw(DIVISORS) if operator == "/" or divides else draw(atoms(size))
        text += draw(SPACE) + operator + draw(SPACE) + draw(st.sampled_from(["", "", "-"])) + operand
    return text


def error_of(use: Callable[[], object]) -> DiceError | None:
    """The dice error that using an expression ends in, if any; every other error is the test's."""
    try:
        use()
    except DiceError as error:
        return error
    return None
