"""The catalogue: filling in, choosing variants, styles, and codes that it does not know."""

import pytest

from taleforge.terminal.words import Span, Words, readable, signed, words


def made(**sections: dict[str, object]) -> Words:
    return Words("en", sections)


def test_parameters_are_filled_in_by_their_form() -> None:
    """A parameter may be plain, signed, capitalised, or a word of another area."""
    said = made(a={"b": "{x} {x:signed} {y:Cap} {z:skill}"}, skill={"arcana": "Arcana"})
    assert said.say("a/b", x=3, y="oda", z="arcana") == "3 +3 Oda Arcana"


def test_a_variant_is_chosen_by_a_parameter() -> None:
    """A table picks its words by one parameter, and has words for all other values."""
    said = made(ui={"left": {"by": "n", "1": "one round", "other": "{n} rounds"}})
    assert (said.say("ui/left", n=1), said.say("ui/left", n=4)) == ("one round", "4 rounds")


def test_styles_never_come_out_of_parameters() -> None:
    """Only the catalogue can style: a player's own angle brackets stay what they are."""
    said = made(event={"said": "<who>{crt}</who>: {text}"})
    spans = said.spans("event/said", crt="Mira", text="<bad>no</bad>")
    assert spans == (Span("Mira", "who"), Span(": <bad>no</bad>"))


def test_braces_in_parameters_are_not_filled_again() -> None:
    """What a player typed is never a template."""
    assert made(event={"said": "{text}"}).say("event/said", text="{crt} {0} {") == "{crt} {0} {"


@pytest.mark.parametrize(
    ("code", "said"),
    [("spell/burning_hands", "burning hands"), ("proficiency", "proficiency"), ("never/heard_of", "heard of")],
)
def test_an_unknown_code_is_said_readably(code: str, said: str) -> None:
    """Nobody ever reads a code with slashes and underscores."""
    assert readable(code) == said
    assert made().say(code) == said


def test_unknown_codes_are_counted() -> None:
    """So that a test can demand that there are none."""
    said = made(known={"*": "{name}"})
    said.say("known/anything")
    said.say("unknown/thing")
    said.say("unknown/thing")
    assert said.missed == {"unknown/thing": 2}


def test_a_missing_language_falls_back_to_english() -> None:
    """Whoever sets a language that nobody has translated still gets words."""
    assert words("tlh").say("turn/not_yours") == words("en").say("turn/not_yours")


def test_numbers_carry_their_sign() -> None:
    """Minus is a minus sign, not a hyphen."""
    assert (signed(0), signed(5), signed(-2)) == ("+0", "+5", "−2")
