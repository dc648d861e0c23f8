"""What can be wrong with a dice expression, in three kinds, each with a stable code, parameters and two sentences.

    DiceError            whoever wrote the expression corrects it
    ├── DiceSyntaxError  `dice/syntax`: it cannot be read; knows the position and can draw a caret under it
    ├── DiceValueError   `dice/value`: it can be read but means nothing (a die without sides, a division by zero)
    └── DiceLimitError   `dice/limit`: it means something, but too much of it

Does not decide who is told: doors turn a code and its parameters into their own words; the sentences here are for
terminals, logs and authors.
"""

from collections.abc import Mapping
from typing import ClassVar

from taleforge.errors import BadInput

_AROUND = 36
"""Characters shown on each side of a caret."""

_WORDS: dict[str, tuple[str, str]] = {
    # syntax
    "empty": ("The dice expression is empty.", "Write one, such as 1d20+5."),
    "expected_number": ("“{found}” stands where a number or dice should.", "Write dice (2d6), a number or ( there."),
    "expected_operator": ("“{found}” cannot follow what stands before it.", "Write an operator there, or remove it."),
    "unfinished": ("The expression ends where a number or dice should come.", "Finish it, or remove what comes last."),
    "space_in_number": ("A number is broken by white space.", "Join its digits, or write an operator between them."),
    "needs_sides": ("A die needs its number of sides.", "Write it right after the d: d20, 3d6 or d%."),
    "needs_selector": (
        "The operator {operator} does not say which dice.",
        "Add a selector: {operator}h1, {operator}<3.",
    ),
    "dice_only": ("The operator {operator} works on dice, not on a set.", "Put it right after the dice it is for."),
    "unclosed": ("A “{found}” is never closed.", "Close it."),
    "advantage": ("Advantage needs a single die to double.", "Write it after one die, as in d20 adv or d20+5 dis."),
    # value
    "zero_sides": ("A die needs at least one side.", "Give it one or more: d4, d20."),
    "division_by_zero": ("The expression divides by zero.", "Change the divisor so that no roll can make it zero."),
    "selector": ("The operator {operator} takes a plain number, not {selector}.", "Write it as {operator}2."),
    "face": ("A d{sides} cannot show {face}.", "Give the face of a real die."),
    "record": ("The faces or the total of a roll do not fit {expr}.", "Check the record against its source."),
    "exhausted": ("There are only {faces} faces for a roll that needs more.", "Give one face for each die rolled."),
    # limit
    "length": ("The expression has {size} characters; {limit} are allowed.", "Shorten it."),
    "depth": ("Parentheses are nested more than {limit} deep.", "Remove some."),
    "operations": ("A pool has more than {limit} operations.", "Remove some."),
    "number": ("A number has more than {limit} digits.", "Use a smaller one."),
    "sides": ("A die has more than {limit} sides.", "Use a smaller die."),
    "dice": ("The roll takes more than {limit} dice.", "Roll fewer."),
    "total": ("The total is too large to be written down exactly.", "Use smaller numbers."),
    "endless": ("The dice would be rolled again for ever.", "Leave at least one face that ends it."),
    "odds": ("There are too many outcomes to count them exactly.", "Ask about fewer dice or fewer sides."),
}
"""Problem and remedy by reason; the parameters of the error fill the braces."""


class DiceError(BadInput):
    """A dice expression cannot be used.

    Args:
        reason: Which of the fixed reasons; also a parameter, so that clients can choose their words by it.
        params: What fills the sentence: numbers and short pieces of the expression.
    """

    code: ClassVar[str] = "dice/invalid"

    def __init__(self, reason: str, **params: str | int) -> None:
        problem, remedy = _WORDS[reason]
        super().__init__(problem.format(**params), remedy.format(**params))
        self.params: Mapping[str, str | int] = {"reason": reason, **params}


class DiceSyntaxError(DiceError):
    """The expression cannot be read.

    Args:
        reason: As for `DiceError`.
        text: The whole expression.
        position: Where reading stopped, counted in characters from 0.
        params: As for `DiceError`.
    """

    code = "dice/syntax"

    def __init__(self, reason: str, text: str, position: int, **params: str | int) -> None:
        super().__init__(reason, position=position, **params)
        self.text = text
        self.position = position

    def caret(self) -> str:
        """Return two lines: the expression near the mistake and a caret below it."""
        start = max(0, self.position - _AROUND)
        shown = self.text[start : self.position + _AROUND]
        line = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in shown)
        return f"{line}\n{' ' * (self.position - start)}^"


class DiceValueError(DiceError):
    """The expression can be read but has no value."""

    code = "dice/value"


class DiceLimitError(DiceError):
    """The expression asks for more than a table allows."""

    code = "dice/limit"
