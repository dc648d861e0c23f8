"""What people type comes to what they mean: the corpus, in two halves.

One half was looked at while the interpreter was tuned, the other was written before and first counted unseen.
"""

import pytest

from taleforge.interpret import Interpreter
from taleforge.messages.commands import UseOption
from tests.interpret.expect import right, told
from tests.interpret.score import load
from tests.interpret.views import view_of

WANTED = 0.95
HARMFUL = 0.01


@pytest.fixture(scope="module")
def interpreter() -> Interpreter:
    return Interpreter()


@pytest.mark.parametrize("half", ["tuned", "held_out"])
def test_nearly_everything_is_understood(interpreter: Interpreter, half: str) -> None:
    """At least 95 of 100 sentences come to exactly what they mean."""
    cases = load(half)
    wrong = [
        f"{view}: {text!r}: {told(result)}, not {want}"
        for view, text, want in cases
        if not right(want, result := interpreter.interpret(text, view_of(view)), view_of(view))
    ]

    assert len(wrong) <= (1 - WANTED) * len(cases), "\n".join(wrong)


@pytest.mark.parametrize("half", ["tuned", "held_out"])
def test_what_is_misunderstood_is_asked_or_refused_not_done(interpreter: Interpreter, half: str) -> None:
    """Hardly one sentence in a hundred does what its speaker did not mean."""
    cases = load(half)
    done = [
        f"{view}: {text!r}: {told(result)}, not {want}"
        for view, text, want in cases
        if (result := interpreter.interpret(text, view_of(view))).command is not None
        and not right(want, result, view_of(view))
    ]

    assert len(done) <= HARMFUL * len(cases), "\n".join(done)


def test_the_corpus_is_large_and_even() -> None:
    """More than four hundred sentences, neither half much larger than the other."""
    tuned, held_out = load("tuned"), load("held_out")

    assert len(tuned) + len(held_out) > 400
    assert 0.5 < len(tuned) / len(held_out) < 2


@pytest.mark.parametrize("half", ["tuned", "held_out"])
def test_nothing_is_used_that_is_not_offered(interpreter: Interpreter, half: str) -> None:
    """Every option used is in the view, with no more targets than it has."""
    for view, text, _ in load(half):
        command = interpreter.interpret(text, view_of(view)).command
        if isinstance(command, UseOption):
            option = next(option for option in view_of(view).options if option.id == command.option)
            assert option.area or {t.id for t in option.targets} >= set(command.targets), text
