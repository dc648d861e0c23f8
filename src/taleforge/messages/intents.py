"""What a player's words came to: the value that the interpreter gives and the table's owner acts on.

Lies here because both sides of the port need it and neither may import the other. Holds no reading of words.
"""

from msgspec import Struct

from taleforge.messages.commands import AnswerChoice, CommandData, Question


class Interpretation(Struct, frozen=True, omit_defaults=True):
    """What a player's words came to: exactly one of a command, a question back, or a refusal.

    `heard` says in the terms of the view how the words were read, to be shown to the player. `rest` are words that
    follow the first deed and wait to be interpreted after it, with `mentions` as what was spoken of last.
    """

    command: CommandData | None = None
    question: Question | None = None
    refusal: str | None = None
    params: dict[str, str | int] = {}
    choices: tuple[AnswerChoice, ...] = ()
    """The answers to the question, or what might be done instead."""
    confidence: float = 1.0
    """From 0 to 1: how far ahead of all others this reading is."""
    heard: AnswerChoice | None = None
    corrected: bool = False
    """Whether a word was taken for another that it was probably meant to be."""
    rest: str = ""
    again: bool = False
    """Whether the words are nothing but a wish to do the last thing once more; then there is a refusal, too."""
    mentions: tuple[str, ...] = ()
    """Ids of whom and what the words spoke of, the last first: what "it" and "her" mean in the next sentence."""
