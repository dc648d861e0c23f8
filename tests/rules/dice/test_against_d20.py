"""What the d20 library documents means the same here: both get the same faces and must agree."""

import warnings
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge.rules.dice import DiceLimitError, DiceValueError, parse
from taleforge.rules.dice.evaluate import Throw
from tests.rules.dice.strategies import expressions

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of the parser library that d20 uses
    import d20
    import d20.expression


class Stream:
    """The same faces for both libraries, as long as they ask for the same dice."""

    nonce = 0

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def face(self, sides: int) -> int:
        """What ours asks for."""
        return self.random.randrange(sides) + 1

    def faces(self, count: int, sides: int) -> list[int]:
        """The same, several times."""
        return [self.face(sides) for _ in range(count)]

    def rewind(self, nonce: int) -> None:
        """Both libraries give up together; nobody rolls again."""

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        """What d20 asks for: an ordinary die by its sides, a percentile die by (0, 100, 10)."""
        return self.face(start) - 1 if stop is None else (self.face((stop - start) // step) - 1) * step


def ours(text: str, seed: int) -> float | None:
    """Our exact value; None for a division by zero or too many dice."""
    try:
        return float(Throw(Stream(seed), 1000).evaluate(parse(text)).value)
    except (DiceValueError, DiceLimitError):
        return None


def theirs(text: str, seed: int) -> float | None:
    """The value d20 finds; None likewise. It divides only when it is asked for the total, so errors may differ."""
    d20.expression.random = Stream(seed)
    try:
        return float(d20.Roller().roll(text).expr.total)
    except (d20.RollValueError, d20.TooManyRolls):
        return None


@pytest.fixture(autouse=True)
def _their_random(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put d20's own random module back afterwards."""
    monkeypatch.setattr(d20.expression, "random", d20.expression.random)


@given(expressions(), st.integers(0, 2**32))
def test_every_expression_has_the_same_value(text: str, seed: int) -> None:
    """Any expression of the common language gives the same value, or none, from the same faces."""
    assert ours(text, seed) == theirs(text, seed)


@pytest.mark.parametrize(
    "text",
    [
        "1d20+5", "2d20kh1+5", "8d6", "4d6kh3", "2d20kl1-1", "d%", "3d%kh1", "-7/2", "7//2", "-7//2", "-7%3", "1+2*3",
        "2-3-4", "2*3%4", "1<2<3", "3>2==1", "(1,2,3)kh2", "(1d4+1,3,2d6kl1)kh1", "(3d6)kh1", "((4d6))kl2", "(5,)",
        "()", "(1,2,)", "4d6kh2kl1", "4d6ph1pl1", "4d6kh3kh1", "10d6rr<3", "10d6ro<3", "10d6ra6", "10d6e6", "10d6e>4",
        "10d6mi3ma5", "10d6mi2mi4", "4d6k6", "8d6k>2p5", "3d6[fire]+1d4[cold]", "-(1d8+3)[healing]", "0.5+.5", "2d6eh1",
        "1d6>3", "2d6rr1rr2", "10d10e10kh3", "1d6rr<7", "1/0", "(1d6+2)k3", "6d6kh2kl2", "5d6e6mi2kh3",
    ],
)  # fmt: skip
def test_documented_forms_have_the_same_value(text: str) -> None:
    """The forms that the documentation shows agree on many faces each."""
    for seed in range(20):
        assert ours(text, seed) == theirs(text, seed), seed
