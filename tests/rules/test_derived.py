"""Answers that are kept as long as the value they are about."""

import gc
from weakref import ref

from msgspec import Struct

from taleforge.rules.derived import derived


class Value(Struct, frozen=True, weakref=True):
    """Something that never changes."""

    name: str


class Answer(Struct, weakref=True):
    """What follows from it."""

    name: str


def test_an_answer_is_worked_out_once_and_leaves_with_its_value() -> None:
    """Asked again, the same answer; an equal value has its own; when a value is gone, its answer is."""
    asked: list[str] = []

    @derived
    def answer(value: Value) -> Answer:
        asked.append(value.name)
        return Answer(value.name)

    one, other = Value("a"), Value("a")
    assert answer(one) is answer(one)
    assert answer(one) is not answer(other)
    assert asked == ["a", "a"]
    left, stays = ref(answer(one)), ref(answer(other))
    del one
    gc.collect()
    assert left() is None
    assert stays() is answer(other)


def test_a_value_in_the_place_of_another_has_an_answer_of_its_own() -> None:
    """However often a new value lies where one lay that is gone."""

    @derived
    def answer(value: Value) -> Answer:
        return Answer(value.name)

    assert all(answer(Value(str(number))).name == str(number) for number in range(1_000))


def test_an_answer_that_was_not_found_is_looked_for_again() -> None:
    """A fault is nobody's answer."""
    asked: list[str] = []

    @derived
    def answer(value: Value) -> str:
        asked.append(value.name)
        if len(asked) == 1:
            raise LookupError(value.name)
        return value.name

    value = Value("a")
    try:
        answer(value)
    except LookupError:
        asked.append("failed")
    assert answer(value) == "a"
    assert asked == ["a", "failed", "a"]
