"""From what a seat asked in words to a command the table can decide, or a question back.

Remembers the last question asked of each seat, so that its answer can be understood. Does not read words itself: the
interpreter does, from the speaker's view alone.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Final, cast

import msgspec
from msgspec import Struct

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
    Move,
    Question,
    Refused,
    UseOption,
    command,
)
from taleforge.messages.intents import Interpretation
from taleforge.messages.views import SeatView
from taleforge.table.ports import Interpreter

QUESTION_LASTS = 3
"""Commands of a seat for which a question asked of it is remembered, so that another is not asked so soon."""


class Memory(Struct, omit_defaults=True):
    """What was last said to and by a seat."""

    asked: Ask | None = None
    turns_left: int = 0
    mentions: tuple[str, ...] = ()
    said: str = ""
    """The last words that became a command, unless something was picked since."""
    rest: str = ""
    heard: AnswerChoice | None = None
    offered: Ask | None = None
    """What a refusal offered instead, as a question: the very next words may take it."""


class Begun(Struct, array_like=True):
    """What is understood of the words of each seat, and not done yet; `rest` is what who meant to do next."""

    memories: dict[str, Memory] = {}
    rest: tuple[tuple[str, str], ...] = ()


pack_begun: Final = msgspec.msgpack.Encoder().encode
_begun: Final = msgspec.msgpack.Decoder(Begun)


def read_begun(carried: bytes) -> Begun:
    """Read what an owner handed on; what one of another version handed on may be lost, for nothing hangs on it."""
    try:
        return _begun.decode(carried) if carried else Begun()
    except msgspec.DecodeError:
        return Begun()


class Understanding:
    """What the seats of one table mean.

    Args:
        interpreter: Reads free text.
        memories: What an earlier owner of the table remembered, by seat.
    """

    def __init__(self, interpreter: Interpreter, memories: Mapping[str, Memory] | None = None) -> None:
        self._interpreter = interpreter
        self.memories: defaultdict[str, Memory] = defaultdict(Memory, memories or {})
        """What was last said to and by each seat."""

    def of(self, wish: Command, view: Callable[[], SeatView]) -> Command | Ask | Refused:
        """Return the command a wish comes to, or the answer that it cannot be understood as one."""
        memory = self.memories[wish.seat]
        asked = memory.asked
        if isinstance(wish.d, Answer | Move | UseOption):  # a deed that no words can be asked for again
            memory.said = ""
        if isinstance(wish.d, Answer) and asked is not None and wish.d.decision == asked.re:
            return _chosen(wish, asked, wish.d.choice)
        memory.rest, memory.heard = "", None
        offered, memory.offered = memory.offered, None
        memory.turns_left -= 1
        if memory.turns_left <= 0:
            memory.asked = None
        if not isinstance(wish.d, Do):
            return wish
        text, seen, asked = wish.d.text, view(), offered or memory.asked
        meant = self._interpreter.interpret(text, seen, asked, memory.mentions)
        if meant.again and memory.said:
            text = memory.said
            meant = self._interpreter.interpret(text, seen, None, memory.mentions)
        memory.said = text if meant.command else memory.said
        memory.mentions = meant.mentions
        memory.rest = meant.rest if len(meant.rest) < len(text) else ""
        memory.heard = meant.heard if meant.corrected else None
        answer = _answer(wish, meant)
        if isinstance(answer, Ask):
            memory.asked, memory.turns_left = answer, QUESTION_LASTS
        if isinstance(answer, Refused) and answer.choices:
            question = memory.asked.question if memory.asked else Question(answer.code)
            memory.offered = Ask(wish.id, question, answer.choices)
        return answer

    def take_heard(self, seat: str) -> AnswerChoice | None:
        """Return, once, what a seat's last words were understood as, if they had to be corrected for it."""
        memory = self.memories[seat]
        heard, memory.heard = memory.heard, None
        return heard

    def take_rest(self, seat: str) -> str:
        """Return, once, the words that followed the deed a seat was last understood to want; mostly none."""
        memory = self.memories[seat]
        rest, memory.rest = memory.rest, ""
        return rest


def _chosen(wish: Command, asked: Ask, choice: str) -> Command | Refused:
    chosen = next((offered for offered in asked.choices if offered.id == choice), None)
    if chosen is None or chosen.option is None:
        return Refused(wish.id, Code.DECISION_CHOICE, choices=asked.choices)
    slot = chosen.params.get("slot")
    return _with_data(wish, UseOption(chosen.option, chosen.targets, {"slot": slot} if slot else {}))


def _answer(wish: Command, meant: Interpretation) -> Command | Ask | Refused:
    if meant.question is not None:
        return Ask(wish.id, meant.question, meant.choices)
    if meant.refusal is not None:
        return Refused(wish.id, meant.refusal, meant.params, meant.choices)
    data = cast("CommandData", meant.command)
    if COMMAND_NAMES[type(data)].startswith(SERVICE_PREFIX) or isinstance(data, Do):
        raise TypeError(f"an interpreter may not make {type(data).__name__} of words")
    return _with_data(wish, data)


def _with_data(wish: Command, data: CommandData) -> Command:
    return command(wish.id, wish.seat, data, wish.at_turn)
