"""`odds` against every roll the roller can make, and against figures anyone can check by hand."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import assume, given

from taleforge.rules.dice import (
    DiceError,
    DiceLimitError,
    DiceSyntaxError,
    DiceValueError,
    Odds,
    double_dice,
    odds,
    parse,
)
from tests.rules.dice.branching import every_total
from tests.rules.dice.strategies import SMALL, expressions, pools


def exact(found: Odds) -> dict[int, Fraction]:
    """The chances as fractions."""
    return {total: found.chance(total) for total in found.ways}


def check_against_every_roll(text: str, *, missing_at_most: float = 1) -> None:
    """Odds must equal the roller's branches, or differ by no more than the branches that were not followed."""
    found, followed = odds(text), every_total(text)
    missing = 1 - sum(followed.values())
    assert missing <= missing_at_most
    for total in followed.keys() | found.ways.keys():
        assert -Fraction(1, 10**12) <= found.chance(total) - followed.get(total, 0) <= missing, total


def rollable(text: str) -> bool:
    """Whether there is anything to compare: some small expressions divide by zero or never end."""
    try:
        odds(text)
        every_total(text, 300)
    except (DiceValueError, DiceLimitError):
        return False
    return True


@given(expressions(SMALL))
def test_odds_are_those_of_every_roll(text: str) -> None:
    """For any small expression the odds are the shares of all rolls that the roller makes from all faces."""
    assume(rollable(text))
    check_against_every_roll(text)


@given(pools(SMALL))
def test_odds_of_pools_are_those_of_every_roll(text: str) -> None:
    """The same for one pool with operations, where most of the counting is."""
    assume(rollable(text))
    check_against_every_roll(text)


@pytest.mark.parametrize(
    "text",
    [
        "3d4kh2", "3d4kl1", "3d4ph1", "3d4pl1", "4d3kh1kl1", "4d3ph1pl1", "3d4kh2kl1", "3d4k>2", "3d4p1", "3d4kh2k4",
        "3d4ro1", "3d4ro1kh2", "2d4rr<3", "3d4rr1kl2", "3d4mi2", "3d4ma2ph1", "3d4mi2mi3", "3d4ra4", "3d4ra4kh2",
        "3d4ra4ra3mi2", "2d4e4", "2d4e4mi2", "2d4e4kh2", "3d3e3kh1", "2d4e>2kl1", "2d4e1kh1", "2d4e2kh1", "2d4eh1",
        "2d4roh1", "2d4roh1rol1", "2d4kh1ro1", "2d4kh1e4", "3d4k>1kh2", "3d4p4pl1", "2d%kh1", "d%-5", "(1d4,1d6,3)kh1",
        "(1d4,2d4,3)kl2", "(1d4,2,1d6)ph1pl1", "(1d4,2,1d6)k>2", "(1d4,2,1d4)kh2kl1", "(1d4,2,1d4)kh1k2",
        "(3d4)kh2", "((3d4kh2))kl1", "(1d4+1)k3", "1d4*1d4", "1d6/2", "-1d6/4", "1d6//4-1d4%3", "1d4>1d4", "1d4==2",
        "(1d4/2,1d3)kh1", "2d4e4+1d4e4", "0d6", "0d6kh1", "0d6e6", "0d6rrh1", "4d1e2", "2d2mi0ma0", "3d4k9", "3d4p<9",
        "(d4e4,d3)kh1", "2d4e4k>1", "2d4mi2e4", "2d4mi2e2kh1", "2d4ro1e4kh1", "2d4rr1e4",
    ],
)  # fmt: skip
def test_every_operation_counts_as_it_rolls(text: str) -> None:
    """Each operation, alone and before others, is counted as it is rolled."""
    check_against_every_roll(text, missing_at_most=0.1)


@pytest.mark.parametrize("text", ["4d6kh3", "2d20kh1", "2d20kl1", "5d4kl2", "6d3ph2", "5d4kh9", "4d3kl0", "4d%kl2"])
def test_ranks_are_counted_as_by_enumeration(text: str) -> None:
    """Counting over faces gives what all throws give."""
    assert exact(odds(text)) == every_total(text, 100_000)


def test_hand_counted_odds() -> None:
    """Figures that can be counted on paper come out exactly."""
    assert odds("4d6kh3").chance(18) == Fraction(21, 1296)
    assert odds("2d20kh1").chance(20) == Fraction(39, 400)
    assert odds("2d20kh1").at_least(11) == 0.75
    assert odds("40d6kh3").chance(3) == Fraction(1, 6**40)
    assert odds("100d20kl50").chance(50) == sum(
        Fraction(comb(100, ones) * 19 ** (100 - ones), 20**100) for ones in range(50, 101)
    )
    assert odds("1000d6").chance(1000) == Fraction(1, 6**1000)
    assert odds("1000d6").mean == 3500
    assert odds("2d6e6").mean == pytest.approx(8.4, abs=1e-12)
    assert odds("10d10e10kh3").at_least(30) == pytest.approx(1 - 0.9**10 * (1 + 10 * 0.1 + 55 * 0.01), abs=1e-12)


def test_odds_read_like_a_table() -> None:
    """Totals ascend, the extremes and the mean fit them, and thresholds add up to one."""
    found = odds("1d6-1d4")
    assert list(found.pmf) == list(range(-3, 6))
    assert (found.min, found.max, found.mean, found.residual) == (-3, 5, 1.0, 0.0)
    assert sum(found.pmf.values()) == pytest.approx(1)
    assert found.at_least(0) + found.at_most(-1) == pytest.approx(1)
    assert found.chance(99) == 0


@pytest.mark.parametrize("text", ["20d6e6", "4d6e6kh3", "1d6e>1", "2d20kh1+3d4e4", "3d2e2kh2p1", "50d4e4+50d6e6"])
def test_what_is_cut_off_is_stated_and_tiny(text: str) -> None:
    """Where dice explode without end, the part that is not counted is known and below 1e-12."""
    found = odds(text)
    assert 0 < found.residual < 1e-12
    assert sum(found.pmf.values()) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("1d6rr<7", DiceLimitError, "endless"),
        ("2d6rrh1", DiceLimitError, "endless"),
        ("1d6e>0", DiceLimitError, "endless"),
        ("1/(1d2-1)", DiceValueError, "division_by_zero"),
        ("5%0", DiceValueError, "division_by_zero"),
        ("1001d6", DiceLimitError, "dice"),
        ("1d4294967296", DiceLimitError, "odds"),
        ("500d1000", DiceLimitError, "odds"),
        ("1000d20kh500", DiceLimitError, "odds"),
        ("20d20kh9mi3", DiceLimitError, "odds"),
        ("1d999999*1d999999", DiceLimitError, "odds"),
        ("9999999999999999*2", DiceLimitError, "total"),
        ("1d6+", DiceSyntaxError, "unfinished"),
    ],
)
def test_what_cannot_be_counted_is_refused(text: str, kind: type[DiceError], reason: str) -> None:
    """Endless, impossible and enormous questions are refused with the reason."""
    with pytest.raises(kind) as caught:
        odds(text)
    assert caught.value.params["reason"] == reason


def test_a_tree_has_the_odds_of_its_text() -> None:
    """A tree that was transformed is counted without being written down first."""
    assert odds(double_dice(parse("1d8+3"))).ways == odds("2d8+3").ways
    assert odds(parse("1d20 + 5")).expr == "1d20 + 5"
    assert odds("1d20" + " " * 300).ways == odds("1d20").ways
