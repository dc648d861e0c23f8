"""What follows from a value that never changes, kept exactly as long as that very value is.

For what is costly and depends on one frozen value alone: the plan of a scene, what a sheet offers. Keyed by identity,
because comparing such values costs more than most answers; so it pays where equal values are the same value
(`messages.shared`). An answer must not hold on to the value it is about, or neither would ever leave.
"""

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import ref

Value = TypeVar("Value")
Answer = TypeVar("Answer")


class Derived(Generic[Value, Answer]):
    """Answers of a function of one value (a struct with `weakref=True`), each until its value is gone."""

    __slots__ = ("_answers", "_derive")

    def __init__(self, derive: Callable[[Value], Answer]) -> None:
        self._derive = derive
        self._answers: dict[int, tuple[ref[Value], Answer]] = {}

    def __call__(self, value: Value) -> Answer:
        """Return the answer for a value, worked out at most once."""
        known = self._answers.get(id(value))
        if known is not None and known[0]() is value:
            return known[1]
        answer = self._derive(value)
        key = id(value)
        self._answers[key] = (ref(value, lambda gone: self._forget(key, gone)), answer)
        return answer

    def __len__(self) -> int:
        """How many answers are kept."""
        return len(self._answers)

    def _forget(self, key: int, gone: "ref[Value]") -> None:
        known = self._answers.get(key)
        if known is not None and known[0] is gone:
            del self._answers[key]


def derived(derive: Callable[[Value], Answer]) -> Derived[Value, Answer]:
    """Let a function of one frozen value keep its answer as long as the value lives."""
    return Derived(derive)
