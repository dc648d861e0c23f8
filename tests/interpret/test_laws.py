"""What holds for any text whatever: an answer, the same one each time, made of nothing but the view."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge.interpret import Interpreter
from taleforge.messages.codes import Code
from taleforge.messages.commands import Answer, Ask, Move, Say, UseOption
from taleforge.messages.ids import CommandId
from taleforge.messages.intents import Interpretation
from taleforge.messages.views import SeatView
from tests.interpret.score import load
from tests.interpret.views import NEAR, TAVERN, VIEWS

INTERPRETER = Interpreter()
SENTENCES = [text for _, text, _ in (*load("tuned"), *load("held_out"))]
WORDS = sorted({word for text in SENTENCES for word in text.split()})
VIEW = st.sampled_from(sorted(VIEWS)).map(VIEWS.__getitem__)
TEXT = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join),
    st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4).map(" and ".join),
)


def is_of_view(result: Interpretation, view: SeatView) -> bool:
    """Whether an interpretation names nothing that is not in the view."""
    offered = {option.id for option in view.options}
    used = [(choice.option, choice.targets) for choice in result.choices if choice.option]
    if isinstance(result.command, UseOption):
        used.append((result.command.option, result.command.targets))
    known = {target.id for option in view.options for target in option.targets}
    cells = {f"{x},{y}" for y in range(view.map.height) for x in range(view.map.width)} if view.map else set()
    return all(option in offered and set(targets) <= known | cells for option, targets in used)


@given(TEXT, VIEW)
def test_any_text_gives_exactly_one_answer(text: str, view: SeatView) -> None:
    """A command, a question or a refusal, whatever was typed."""
    result = INTERPRETER.interpret(text, view)

    assert sum(part is not None for part in (result.command, result.question, result.refusal)) == 1
    assert 0 <= result.confidence <= 1
    assert bool(result.choices) or result.question is None


@given(TEXT, VIEW)
def test_nothing_comes_out_that_the_view_does_not_hold(text: str, view: SeatView) -> None:
    """Options, targets, decisions and cells are the view's own; what is said are the player's own words."""
    result = INTERPRETER.interpret(text, view)

    assert is_of_view(result, view)
    match result.command:
        case Say(words, to):
            assert words in text
            assert to is None or to in view.others
        case Answer(decision, choice):
            assert any(d.id == decision and choice in {c.id for c in d.choices} for d in view.decisions)
        case Move((column, row)):
            assert view.map
            assert view.map.rows[row][column] != " "
        case _:
            pass


@given(TEXT, VIEW)
def test_the_same_words_mean_the_same(text: str, view: SeatView) -> None:
    """Neither the interpreter's memory nor the view's identity changes an answer."""
    copied = msgspec.msgpack.decode(msgspec.msgpack.encode(view), type=SeatView)

    assert INTERPRETER.interpret(text, view) == Interpreter().interpret(text, copied)


@given(TEXT)
def test_the_rest_is_a_shorter_piece_of_the_text(text: str) -> None:
    """Playing the rest, and the rest of the rest, comes to an end."""
    rest = INTERPRETER.interpret(text, TAVERN).rest

    assert rest in text
    assert len(rest) < max(1, len(text))


@given(TEXT)
def test_after_a_question_there_is_not_another(text: str) -> None:
    """While a question is fresh, only what cannot be taken back is asked about."""
    first = INTERPRETER.interpret("attack", NEAR)
    assert first.question
    again = INTERPRETER.interpret(text, NEAR, Ask(CommandId("cmd_x"), first.question, first.choices))

    assert again.question is None or again.question.code == Code.INTERPRET_CONFIRM


@pytest.mark.parametrize(
    "text",
    ["\x00" * 50, "\u202eI attack\u202c", "🗡️" * 500, "a" * 1999, "'" * 999, '"' * 999, "d" * 500 + "20", "1d" * 900,
     "and " * 400, "not " * 400, "I " * 900, ", " * 900, "😀 attack the rat 😀", "ATTACK THE RAT!!!", "át̷t̷áck the rat",
     "\ud800"],
)  # fmt: skip
def test_hostile_texts_are_answered(text: str) -> None:
    """Control signs, emoji, half of a surrogate pair, quotation marks without end: an answer each time."""
    assert isinstance(INTERPRETER.interpret(text, NEAR), Interpretation)


def test_a_text_without_end_is_refused() -> None:
    """Ten thousand characters get a sentence that says how many are allowed."""
    result = INTERPRETER.interpret("I look around. " * 700, TAVERN)

    assert result.refusal == Code.TEXT_TOO_LONG
    assert result.params["max"] == 2000
