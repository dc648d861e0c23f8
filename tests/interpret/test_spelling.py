"""Slips of the finger are mended, and never into or out of a refusal."""

import pytest

from taleforge.interpret.language import load_language, load_limits
from taleforge.interpret.spelling import Speller

LANGUAGE = load_language("en")
SPELLER = Speller.of(LANGUAGE, load_limits().typing).with_names(
    LANGUAGE, frozenset({"marta", "barrels", "corin", "skarn"})
)
REFUSALS = LANGUAGE.source.negation.words


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("matra", "marta"), ("barels", "barrels"), ("asl", "ask"), ("serach", "search"), ("skran", "skarn"),
     ("atack", "attack"), ("thretean", "threaten"), ("dogde", "dodge")],
)  # fmt: skip
def test_a_slip_becomes_the_word_that_was_meant(typed: str, meant: str) -> None:
    """Letters swapped, doubled, lost, or the key beside."""
    assert SPELLER.correct(typed) == meant


@pytest.mark.parametrize("word", ["king", "weather", "fish", "note", "knot", "now", "feather", "dragon"])
def test_an_ordinary_word_stays_what_it_is(word: str) -> None:
    """A word that the scene does not know is not bent to one that it does."""
    assert SPELLER.correct(word) == word


@pytest.mark.parametrize("typed", ["nott", "nevr", "noo", "nothign", "refse", "avod"])
def test_nothing_becomes_a_refusal_by_likeness(typed: str) -> None:
    """Only slips that are listed count as a refusal; likeness alone makes none."""
    assert SPELLER.correct(typed) not in REFUSALS


@pytest.mark.parametrize("typed", ["dotn", "donot", "cnat", "nver"])
def test_a_listed_slip_of_a_refusal_is_a_refusal(typed: str) -> None:
    """Whoever types "dotn attack" does not want to attack."""
    assert SPELLER.correct(typed) in REFUSALS


@pytest.mark.parametrize("word", REFUSALS)
def test_a_refusal_is_never_mended(word: str) -> None:
    """A word that says no stays one."""
    assert SPELLER.correct(word) == word
