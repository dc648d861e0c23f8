"""Tells the story of a roll from its record alone: as a line of text, and as damage by type.

A record holds its expression and its faces in the order thrown, so the roll can be walked again without the stream.
Does not translate: the text is symbols and numbers, apart from the annotations that the expression itself brings.
"""

from collections.abc import Iterable
from fractions import Fraction
from math import trunc
from typing import TypeAlias

from taleforge.rules.dice.ast import (
    BinaryOperator,
    Chain,
    Dice,
    Group,
    Number,
    Paren,
    Sign,
    Value,
    operations_text,
    tags_text,
)
from taleforge.rules.dice.errors import DiceValueError
from taleforge.rules.dice.evaluate import BINARY, Part, Throw
from taleforge.rules.dice.laws import faces_of
from taleforge.rules.dice.limits import MAX_DICE
from taleforge.rules.dice.parser import parse
from taleforge.rules.dice.record import Face, Roll
from taleforge.rules.dice.source import ScriptedDice


def explain(record: Roll) -> str:
    """Return a roll as a line of text: `2d20kh1 (**17**, ~~4~~) + 5 = 22`.

    Dropped and rerolled dice are struck out and, in a pool that has any, what counts is bold; `6!` exploded, `1 -> 2`
    was raised.

    Raises:
        DiceError: The record does not fit its expression.
    """
    return f"{_text(_walked(record), record.faces)} = {record.total}"


def packets(record: Roll) -> dict[str, int]:
    """Return how much of a roll each annotation has, in order of appearance: `{"slashing": 7, "fire": 3}`.

    A number without annotation goes with its neighbours: `1d8+3 [slashing]` is all slashing. Where a sum has several
    kinds before it, it goes to the first of them; in a sum without any, everything is under "". The packets always add
    up to the total: when fractions are cut off, the first packet takes the difference.

    Raises:
        DiceError: The record does not fit its expression.
    """
    kinds = _kinds(_walked(record))
    whole: _Kinds = {kind: trunc(value) for kind, value in kinds.items()}
    return {kind: int(value) for kind, value in _settled(whole, record.total).items()}


class _Replay(Throw):
    """Throws what a record shows."""

    def __init__(self, record: Roll) -> None:
        super().__init__(ScriptedDice(()), MAX_DICE)
        self.record = record

    def draw(self, dice: Dice, count: int) -> list[int]:
        drawn = self.record.faces[len(self.faces) : len(self.faces) + count]
        if len(drawn) < count or any(sides != dice.sides or face not in faces_of(dice) for sides, face, _ in drawn):
            raise DiceValueError("record", expr=self.record.expr)
        return [face for _, face, _ in drawn]


def _walked(record: Roll) -> Part:
    replay = _Replay(record)
    part = replay.evaluate(parse(record.expr))
    if (int(part.value), replay.recorded()) != (record.total, record.faces):
        raise DiceValueError("record", expr=record.expr)
    return part


# As text.


def _text(part: Part, faces: tuple[Face, ...], *, marks: bool = True) -> str:
    """Write a number as it was thrown; inside one that is struck out nothing else is marked."""
    if not part.kept and marks:
        return f"~~{_text(part, faces, marks=False)}~~"
    inner = [_text(member, faces, marks=marks) for member in part.parts if not isinstance(part.node, Dice)]
    match part.node:
        case Number() as number:
            return str(number)
        case Dice() as dice:
            sides = "%" if dice.percentile else dice.sides
            thrown = _thrown(part.parts, faces, marks=marks)
            return f"{dice.count}d{sides}{operations_text(dice.operations)} ({thrown}){tags_text(dice.tags)}"
        case Group(operations=operations, tags=tags):
            comma = "," if len(inner) == 1 else ""
            return f"({', '.join(inner)}{comma}){operations_text(operations)}{tags_text(tags)}"
        case Paren(operations=operations, tags=tags):
            return f"({inner[0]}){operations_text(operations)}{tags_text(tags)}"
        case Sign(signs=signs):
            return f"{signs}{inner[0]}"
        case Chain(rest=rest):
            tail = (f" {symbol} {text}" for (symbol, _), text in zip(rest, inner[1:], strict=True))
            return "".join([inner[0], *tail])


def _thrown(dice: list[Part], faces: tuple[Face, ...], *, marks: bool) -> str:
    """Write each die of a pool with all the faces it showed."""
    marks_kept = marks and any(not die.kept or len(die.spots) > 1 for die in dice)
    return ", ".join(shown for die in dice for shown in _shown(die, faces, marks=marks, bold=marks_kept))


def _shown(die: Part, faces: tuple[Face, ...], *, marks: bool, bold: bool) -> Iterable[str]:
    for spot in die.spots[:-1]:
        yield f"~~{faces[spot][1]}~~" if marks else str(faces[spot][1])
    _, face, fate = faces[die.spots[-1]]
    text = str(face) if die.value == face else f"{face} -> {die.value}"
    text += "!" if fate == "exploded" else ""
    if not die.kept:
        yield f"~~{text}~~" if marks else text
    else:
        yield f"**{text}**" if bold else text


# As damage by type.

_Kinds: TypeAlias = dict[str, Value]
"""How much of a number is of each annotation; "" alone: it has none."""


def _kinds(part: Part) -> _Kinds:
    match part.node:
        case Number(tags=tags) | Dice(tags=tags) | Group(tags=tags) | Paren(tags=tags) if tags:
            return {" ".join(tags): part.value}
        case Group():
            return _gathered([_kinds(member) for member in part.parts if member.kept])
        case Paren() if part.parts[0].kept:
            return _kinds(part.parts[0])
        case Sign(signs=signs):
            return _scaled(_kinds(part.parts[0]), -1 if signs.count("-") % 2 else 1)
        case Chain(rest=rest):
            return _chained(part.parts, [symbol for symbol, _ in rest])
        case _:
            return {"": part.value}


def _gathered(parts: list[_Kinds]) -> _Kinds:
    whole: _Kinds = {"": 0}
    for part in parts:
        whole = _added(whole, part)
    return whole


def _added(one: _Kinds, other: _Kinds) -> _Kinds:
    """Add two numbers; what has no annotation joins the first kind of the other."""
    if "" in one and "" not in other:
        return _settled(other, one[""] + sum(other.values()))
    if "" in other and "" not in one:
        return _settled(one, other[""] + sum(one.values()))
    return {kind: one.get(kind, 0) + other.get(kind, 0) for kind in one | other}


def _chained(parts: list[Part], symbols: list[BinaryOperator]) -> _Kinds:
    kinds, value = _kinds(parts[0]), parts[0].value
    for symbol, part in zip(symbols, parts[1:], strict=True):
        value = BINARY[symbol](value, part.value)
        kinds = _settled(_combined(kinds, symbol, _kinds(part), part.value), value)
    return kinds


def _combined(one: _Kinds, symbol: BinaryOperator, other: _Kinds, value: Value) -> _Kinds:
    """Share out the result of an operation; where that has no meaning, the first kind takes it all."""
    match symbol:
        case "+":
            return _added(one, other)
        case "-":
            return _added(one, _scaled(other, -1))
        case "*" if "" in other:
            return _scaled(one, value)
        case "*" if "" in one:
            return _scaled(other, one[""])
        case "/" | "//" if "" in other:
            return _scaled(one, 1 / Fraction(value))
        case _:
            return {next(iter(other if "" in one else one)): 0}


def _scaled(kinds: _Kinds, factor: Value) -> _Kinds:
    return {kind: value * factor for kind, value in kinds.items()}


def _settled(kinds: _Kinds, value: Value) -> _Kinds:
    """Let the first kind take what is missing from the sum."""
    first = next(iter(kinds))
    return kinds | {first: kinds[first] + value - sum(kinds.values())}
