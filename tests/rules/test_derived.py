"""Answers that are kept as long as the value they are about."""

import gc

from msgspec import Struct

from taleforge.rules.derived import Derived


class Value(Struct, frozen=True, weakref=True):
    """Something that never changes."""

    name: str


def test_an_answer_is_worked_out_once_and_leaves_with_its_value() -> None:
    """Asked again, the same answer; an equal value has its own; when the values are gone, nothing is kept."""
    asked: list[str] = []
    answer = Derived[Value, list[str]](lambda value: asked.append(value.name) or [value.name])
    one, other = Value("a"), Value("a")
    assert answer(one) is answer(one)
    assert answer(one) is not answer(other)
    assert asked == ["a", "a"]
    assert len(answer) == 2
    del one, other
    gc.collect()
    assert len(answer) == 0
