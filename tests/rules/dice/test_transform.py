"""Advantage and criticals change the dice, not the total."""

import pytest
from hypothesis import given

from taleforge.rules.dice import double_dice, odds, parse, with_advantage
from taleforge.rules.dice.ast import Chain, Dice, Expr, Group, Number, Paren, Sign
from tests.rules.dice.strategies import expressions


@pytest.mark.parametrize(
    ("text", "doubled"),
    [
        ("1d8+3", "2d8 + 3"),
        ("2d6+1d8 [fire]-1", "4d6 + 2d8 [fire] - 1"),
        ("2d6mi2", "4d6mi2"),
        ("2d6ro<3 [slashing]", "4d6ro<3 [slashing]"),
        ("8d6e6", "16d6e6"),
        ("4d6kh3 [fire]", "(4d6kh3 + 4d6kh3) [fire]"),
        ("3d6ra6", "(3d6ra6 + 3d6ra6)"),
        ("(1d6, 1d8)kh1", "((1d6, 1d8)kh1 + (1d6, 1d8)kh1)"),
        ("(1d6, 1d8, 2)", "(2d6, 2d8, 2)"),
        ("(1d6+2)*2", "(2d6 + 2) * 2"),
        ("(2d6)k>3", "((2d6)k>3 + (2d6)k>3)"),
        ("-d4//2", "-2d4 // 2"),
        ("7", "7"),
    ],
)
def test_a_critical_doubles_the_dice(text: str, doubled: str) -> None:
    """Every die is rolled twice and the rest is added once; what is chosen among dice is chosen twice."""
    assert str(double_dice(parse(text))) == doubled
    assert parse(doubled) == double_dice(parse(text))


def test_a_critical_is_two_rolls_of_the_dice() -> None:
    """The odds of a doubled pool are those of the pool added to itself."""
    for text in ["2d6", "2d6mi2", "2d6ro<3", "4d4kh3", "2d4ra4", "(1d4, 1d6)kh1", "2d4k>2"]:
        assert odds(double_dice(parse(text))).pmf == pytest.approx(odds(f"{text}+{text}").pmf)


def count(expr: Expr) -> int:
    """The dice of a tree."""
    match expr:
        case Number():
            return 0
        case Dice(count=number):
            return number
        case Group(items=items):
            return sum(map(count, items))
        case Paren(inner=inner) | Sign(inner=inner):
            return count(inner)
        case Chain(first=first, rest=rest):
            return count(first) + sum(count(operand) for _, operand in rest)


@given(expressions())
def test_a_critical_has_twice_the_dice_and_can_be_written_down(text: str) -> None:
    """Whatever the expression: twice as many dice, and the new tree reads back as itself."""
    tree = parse(text)
    assert count(double_dice(tree)) == 2 * count(tree)
    assert parse(str(double_dice(tree))) == double_dice(tree)


@pytest.mark.parametrize(
    ("text", "high", "low"),
    [
        ("1d20+5", "2d20kh1 + 5", "2d20kl1 + 5"),
        ("1d20ro1+5", "2d20kh1ro1 + 5", "2d20kl1ro1 + 5"),
        ("-(1d20 [x], 3)", "-(2d20kh1 [x], 3)", "-(2d20kl1 [x], 3)"),
    ],
)
def test_advantage_rolls_the_leftmost_die_twice(text: str, high: str, low: str) -> None:
    """The higher or the lower of two dice is kept before anything else happens to it."""
    assert (str(with_advantage(parse(text), 1)), str(with_advantage(parse(text), -1))) == (high, low)


@pytest.mark.parametrize("text", ["2d20", "5+1d20", "()", "1d20kh1", "1d20kl1"])
def test_advantage_needs_a_single_die(text: str) -> None:
    """Where the leftmost number is no single die that is simply kept, there is no advantage."""
    assert with_advantage(parse(text), 1) is None
