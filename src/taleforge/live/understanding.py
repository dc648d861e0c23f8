"""From what a seat asked in words to a command the table can decide, or a question back.

Remembers the last question asked of each seat, so that its answer can be understood. Does not read words itself: the
interpreter does, from the speaker's view alone.
"""

from typing import cast

from taleforge.live.ports import Position
from taleforge.messages.codes import Code
from taleforge.messages.commands import (
    COMMAND_NAMES,
    SERVICE_PREFIX,
    Answer,
    AnswerChoice,
    Ask,
    Command,
    CommandData,
    Do,
    Question,
    Refused,
    UseOption,
    command,
)
from taleforge.table.ports import Interpretation, Interpreter


class Understanding:
    """What the seats of one table mean.

    Args:
        interpreter: Reads free text.
    """

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._asked: dict[str, Ask] = {}

    def of(self, wish: Command, position: Position) -> Command | Ask | Refused:
        """Return the command a wish comes to, or the answer that it cannot be understood as one."""
        asked = self._asked.pop(wish.seat, None)
        if isinstance(wish.d, Answer) and asked is not None and wish.d.decision == asked.re:
            return self._chosen(wish, asked, wish.d.choice)
        if not isinstance(wish.d, Do):
            return wish
        return self._read(wish, self._interpreter.interpret(wish.d.text, position.view(wish.seat), asked))

    def _chosen(self, wish: Command, asked: Ask, choice: str) -> Command | Refused:
        chosen = next((offered for offered in asked.choices if offered.id == choice), None)
        if chosen is None or chosen.option is None:
            self._asked[wish.seat] = asked
            return Refused(wish.id, Code.DECISION_CHOICE, choices=asked.choices)
        return _with_data(wish, UseOption(chosen.option, chosen.targets))

    def _read(self, wish: Command, meant: Interpretation) -> Command | Ask | Refused:
        if meant.question is not None:
            return self._ask(wish, meant.question, meant.choices)
        if meant.refusal is not None:
            return Refused(wish.id, meant.refusal, meant.params, meant.choices)
        data = cast("CommandData", meant.command)
        if COMMAND_NAMES[type(data)].startswith(SERVICE_PREFIX) or isinstance(data, Do):
            raise TypeError(f"an interpreter may not make {type(data).__name__} of words")
        return _with_data(wish, data)

    def _ask(self, wish: Command, question: Question, choices: tuple[AnswerChoice, ...]) -> Ask:
        asked = self._asked[wish.seat] = Ask(wish.id, question, choices)
        return asked


def _with_data(wish: Command, data: CommandData) -> Command:
    return command(wish.id, wish.seat, data, wish.at_turn)
