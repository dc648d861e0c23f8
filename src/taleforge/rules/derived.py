"""What follows from a value that never changes, kept exactly as long as that very value is.

For what is costly and depends on one frozen value alone: the plan of a scene, what a sheet offers. Keyed by identity,
because comparing such values costs more than most answers; so it pays where equal values are the same value
(`messages.shared`). An answer must not hold on to the value it is about, or neither would ever leave.
"""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import ref

Value = TypeVar("Value")
Answer = TypeVar("Answer")


def derived(derive: Callable[[Value], Answer]) -> Callable[[Value], Answer]:
    """Let a function of one frozen value (a struct with `weakref=True`) keep its answer as long as the value lives."""
    answers: dict[int, Answer] = {}
    values: dict[int, ref[Value]] = {}

    @wraps(derive)
    def answer(value: Value) -> Answer:
        try:
            return answers[id(value)]  # of this very value: an answer leaves before another can have its place
        except KeyError:
            return keep(value, id(value))

    def keep(value: Value, key: int) -> Answer:
        found = answers[key] = derive(value)
        values[key] = ref(value, lambda _: forget(key))
        return found

    def forget(key: int) -> None:
        del answers[key], values[key]

    return answer
