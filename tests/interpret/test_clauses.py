"""Texts fall into clauses, and each clause knows how it is meant."""

import pytest

from taleforge.interpret.clauses import Clause, split
from taleforge.interpret.language import load_language
from taleforge.interpret.text import tokenise

LANGUAGE = load_language("en")


def clauses(text: str) -> list[Clause]:
    return split(tokenise(text, LANGUAGE, 120), LANGUAGE, 12)


def starts(text: str) -> list[str]:
    return [text[clause.start : clause.end] for clause in clauses(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("I walk to the bar and ask Marta about it", ["I walk to the bar", "ask Marta about it"]),
        ("bless me and Tom", ["bless me and Tom"]),
        ("Read it, then talk to her.", ["Read it", "talk to her"]),
        ("First I look. After that I search.", ["First I look", "I search"]),
        ("move 5 ft. north", ["move 5 ft. north"]),
        ("“Halt!” I cry", ["“Halt!” I cry"]),
        ('I yell "Get back, all of you!" and hit the rat', ['I yell "Get back, all of you!"', "hit the rat"]),
        ("instead of fighting, I talk", ["I talk"]),
        ("attack the goblin, not the rat", ["attack the goblin,"]),
    ],
)
def test_each_deed_is_a_clause(text: str, parts: list[str]) -> None:
    """A new verb begins a new clause, a second name does not; what is only excluded is set aside."""
    assert starts(text) == parts


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("I attack", ""), ("I don't attack", "denied"), ("I never attack", "denied"), ("cast no spell", "denied"),
        ("can I attack?", "asked"), ("is he alive", "asked"), ("what if I attack", "asked"),
        ("if he moves I attack", "supposed"), ("when he moves I attack", "supposed"),
        ("I attack without hesitation", ""), ("tell her that I do not attack", ""), ("ask him where it is", ""),
        ("what is that? I ask her", ""),
    ],
)  # fmt: skip
def test_a_clause_knows_whether_it_is_meant(text: str, mood: str) -> None:
    """Asked, denied and supposed deeds are none; what is told or asked of others is not the speaker's mood."""
    (clause,) = clauses(text)

    assert [name for name in ("asked", "denied", "supposed") if getattr(clause, name)] == ([mood] if mood else [])


def test_a_quotation_is_kept_word_for_word() -> None:
    """Speech keeps its capitals and signs, and is not read for deeds."""
    (clause,) = clauses("“Put the KNIFE down — now!” I say")

    assert clause.quote == "Put the KNIFE down — now!"
