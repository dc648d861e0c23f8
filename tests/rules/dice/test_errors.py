"""The three errors are one family, with codes, parameters and two sentences each."""

from string import Formatter

import pytest

from taleforge.errors import BadInput
from taleforge.rules.dice import DiceError, DiceLimitError, DiceSyntaxError, DiceValueError, parse
from taleforge.rules.dice.errors import _WORDS


def test_codes_are_stable() -> None:
    """Clients branch on these."""
    codes = [error.code for error in (DiceSyntaxError, DiceValueError, DiceLimitError)]
    assert codes == ["dice/syntax", "dice/value", "dice/limit"]
    assert issubclass(DiceError, BadInput)


@pytest.mark.parametrize("reason", _WORDS)
def test_every_reason_has_a_problem_and_a_remedy(reason: str) -> None:
    """Two sentences, filled from the parameters, none of them forgotten."""
    names = {name for text in _WORDS[reason] for _, name, _, _ in Formatter().parse(text) if name}
    error = DiceError(reason, **dict.fromkeys(names, "7"))
    assert error.problem.endswith(".")
    assert error.remedy.endswith(".")
    assert "{" not in str(error)
    assert error.params == {"reason": reason, **dict.fromkeys(names, "7")}


def test_the_sentence_is_for_people() -> None:
    """An example of what somebody reads who mistyped."""
    with pytest.raises(DiceSyntaxError) as caught:
        parse("1d20 ++ fire")
    assert str(caught.value) == "“f” stands where a number or dice should. Write dice (2d6), a number or ( there."
    assert caught.value.caret() == "1d20 ++ fire\n        ^"
