"""What was worked out for a value lately, kept as long as that very value is asked about again.

States are frozen, so an answer for one holds for ever; keyed by identity, because comparing states costs more than most
answers. Keeps few: a table's state is replaced with every event.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Memo(Generic[Asked, Answer]):
    """Answers of a function of one value, the last so many of them."""

    __slots__ = ("_answers", "_ask", "_most")

    def __init__(self, ask: Callable[[Asked], Answer], most: int) -> None:
        self._ask = ask
        self._most = most
        self._answers: dict[int, tuple[Asked, Answer]] = {}

    def __call__(self, asked: Asked) -> Answer:
        """Return the answer for a value, worked out at most once while it is kept."""
        known = self._answers.get(id(asked))
        if known is not None:  # for this very value, which is kept with its answer
            return known[1]
        answer = self._ask(asked)
        self.put(asked, answer)
        return answer

    def kept(self, asked: Asked) -> Answer | None:
        """Return the answer for a value if it is kept."""
        known = self._answers.get(id(asked))
        return known[1] if known is not None else None

    def put(self, asked: Asked, answer: Answer) -> None:
        """Keep an answer that was found on a shorter way."""
        answers = self._answers
        answers[id(asked)] = (asked, answer)
        if len(answers) > self._most:
            answers.pop(next(iter(answers)), None)


def remembered(most: int) -> Callable[[Callable[[Asked], Answer]], Memo[Asked, Answer]]:
    """Let a function of one frozen value keep its last answers."""

    def decorate(ask: Callable[[Asked], Answer]) -> Memo[Asked, Answer]:
        return Memo(ask, most)

    return decorate
