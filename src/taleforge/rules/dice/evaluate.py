"""The plain way to roll: one walk over the tree that throws dice, applies operations and keeps the whole story.

Defines what every expression means; `program` has shortcuts that must give the same. Does not cut the value to
a total or write the record that a table keeps.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import cast

from taleforge.rules.dice.ast import (
    BinaryOperator,
    Chain,
    Dice,
    Expr,
    Group,
    Number,
    Operation,
    Paren,
    Sign,
    Value,
)
from taleforge.rules.dice.errors import DiceLimitError, DiceValueError
from taleforge.rules.dice.record import Face, Fate
from taleforge.rules.dice.selection import by_value, choose, matches
from taleforge.rules.dice.source import DiceSource


class Part:
    """A number in a roll: one die, or the value of a node with the parts it came from.

    `spots` are its places in the list of faces; for a die, its newest face is the last.
    """

    __slots__ = ("kept", "node", "parts", "spots", "value")

    def __init__(self, node: Expr, value: Value, parts: "tuple[Part, ...] | list[Part]" = ()) -> None:
        self.node = node
        self.value = value
        self.parts = list(parts)
        self.spots: list[int] = []
        self.kept = True


class Throw:
    """One evaluation: throws dice from a source, at most `limit`, and remembers each face with its fate."""

    def __init__(self, dice: DiceSource, limit: int) -> None:
        self.dice = dice
        self.limit = limit
        self.faces: list[tuple[int, int]] = []
        self.fates: list[Fate] = []

    def recorded(self) -> tuple[Face, ...]:
        """Return every face in the order it was thrown, with its sides and what became of it."""
        return tuple((sides, face, fate) for (sides, face), fate in zip(self.faces, self.fates, strict=True))

    def evaluate(self, expr: Expr) -> Part:
        """Throw the dice of `expr`, left to right.

        Raises:
            DiceValueError: It divides by zero.
            DiceLimitError: It takes more dice than the limit.
        """
        before = len(self.faces)
        match expr:
            case Number(value=value):
                return Part(expr, value)
            case Dice():
                part = self._operated(Part(expr, 0, self._dice(expr)), expr.operations)
            case Group(items=items):
                part = self._operated(Part(expr, 0, [self.evaluate(item) for item in items]), expr.operations)
            case Paren(inner=inner):
                part = self._operated(Part(expr, 0, (self.evaluate(inner),)), expr.operations)
            case Sign(signs=signs, inner=inner):
                number = self.evaluate(inner)
                part = Part(expr, -number.value if signs.count("-") % 2 else number.value, (number,))
            case Chain(first=first, rest=rest):
                numbers = [self.evaluate(first), *(self.evaluate(operand) for _, operand in rest)]
                part = Part(expr, _combined(numbers, rest), numbers)
        part.spots = list(range(before, len(self.faces)))
        return part

    def _dice(self, dice: Dice) -> list[Part]:
        self._count(dice.count)
        return [self._die(dice, face) for face in self.draw(dice, dice.count)]

    def draw(self, dice: Dice, count: int) -> list[int]:
        """Return what `count` such dice show."""
        numbers = self.dice.faces(count, dice.sides)
        return [10 * (number - 1) for number in numbers] if dice.percentile else numbers

    def _count(self, dice: int) -> None:
        if len(self.faces) + dice > self.limit:
            raise DiceLimitError("dice", limit=self.limit)

    def _die(self, dice: Dice, face: int) -> Part:
        die = Part(dice, 0)
        self._show(die, dice, face)
        return die

    def _show(self, die: Part, dice: Dice, face: int) -> None:
        die.value = face
        die.spots.append(len(self.faces))
        self.faces.append((dice.sides, face))
        self.fates.append("kept")

    # Operations. Each changes the parts of a pool; the pool's value is added up again afterwards.

    def _operated(self, part: Part, operations: tuple[Operation, ...]) -> Part:
        pool = _reached(part)
        for operation in operations:
            self._apply(operation, pool)
        _add_up(part)
        return part

    def _apply(self, operation: Operation, pool: Part) -> None:
        match operation.kind:
            case "k":
                chosen = set(map(id, _select(operation, pool)))
                self._drop(part for part in _kept(pool) if id(part) not in chosen)
            case "p":
                self._drop(_select(operation, pool))
            case "mi" | "ma":
                self._bound(operation, pool)
            case _:
                _ROLLING[operation.kind](self, operation, pool)

    def _drop(self, parts: Iterable[Part]) -> None:
        for part in parts:
            part.kept = False
            for spot in part.spots:
                if self.fates[spot] != "rerolled":
                    self.fates[spot] = "dropped"

    def _bound(self, operation: Operation, pool: Part) -> None:
        bound = operation.selectors[0].number
        for die in _kept(pool):
            if die.value < bound if operation.kind == "mi" else die.value > bound:
                die.value = bound
                self.fates[die.spots[-1]] = "raised" if operation.kind == "mi" else "lowered"

    def _reroll(self, selected: Iterable[Part]) -> None:
        for die in selected:
            self._count(1)
            dice = cast(Dice, die.node)
            self.fates[die.spots[-1]] = "rerolled"
            self._show(die, dice, self.draw(dice, 1)[0])

    def reroll_once(self, operation: Operation, pool: Part) -> None:
        """`ro`: throw the selected dice again."""
        self._reroll(_select(operation, pool))

    def reroll_until(self, operation: Operation, pool: Part) -> None:
        """`rr`: throw the selected dice again until none is selected."""
        while selected := _select(operation, pool):
            self._reroll(selected)

    def add_once(self, operation: Operation, pool: Part) -> None:
        """`ra`: throw one more die if any is selected."""
        for die in _select(operation, pool)[:1]:
            self._explode(die, pool)

    def explode(self, operation: Operation, pool: Part) -> None:
        """`e`: throw one more die for each selected one, new ones included."""
        done: set[int] = set()
        bursting = _select(operation, pool)
        while bursting:
            new = [self._explode(die, pool) for die in bursting]
            done.update(map(id, bursting))
            if by_value(operation):  # what does not look at other dice need not look at the old ones again
                bursting = [die for die in new if matches(operation, die.value)]
            else:
                bursting = [die for die in _select(operation, pool) if id(die) not in done]

    def _explode(self, die: Part, pool: Part) -> Part:
        self._count(1)
        dice = cast(Dice, die.node)
        self.fates[die.spots[-1]] = "exploded"
        new = self._die(dice, self.draw(dice, 1)[0])
        pool.parts.append(new)
        return new


_ROLLING: dict[str, Callable[[Throw, Operation, Part], None]] = {
    "rr": Throw.reroll_until,
    "ro": Throw.reroll_once,
    "ra": Throw.add_once,
    "e": Throw.explode,
}


def _reached(part: Part) -> Part:
    """Return the pool that operations on `part` are for: parentheses are looked through, down to dice or a set."""
    reached = part
    while isinstance(reached.node, Paren):
        (reached,) = reached.parts
    return reached if isinstance(reached.node, Dice | Group) else Part(part.node, 0, (reached,))


def _add_up(part: Part) -> None:
    """Set the value of a pool, and of the parentheses around it, to the sum of what is kept."""
    if isinstance(part.node, Paren):
        (inner,) = part.parts
        _add_up(inner)
    if isinstance(part.node, Dice | Group | Paren):
        part.value = sum(member.value for member in part.parts if member.kept)


def _kept(pool: Part) -> list[Part]:
    return [part for part in pool.parts if part.kept]


def _select(operation: Operation, pool: Part) -> list[Part]:
    kept = _kept(pool)
    return [kept[place] for place in choose(operation, [part.value for part in kept])]


def _combined(numbers: list[Part], rest: tuple[tuple[BinaryOperator, Expr], ...]) -> Value:
    value = numbers[0].value
    for (symbol, _), number in zip(rest, numbers[1:], strict=True):
        value = BINARY[symbol](value, number.value)
    return value


def _sum(left: Value, right: Value) -> Value:
    return left + right


def _difference(left: Value, right: Value) -> Value:
    return left - right


def _product(left: Value, right: Value) -> Value:
    return left * right


def _divided(left: Value, right: Value) -> Value:
    if not right:
        raise DiceValueError("division_by_zero")
    return Fraction(left) / right


def _floored(left: Value, right: Value) -> Value:
    if not right:
        raise DiceValueError("division_by_zero")
    return left // right


def _remainder(left: Value, right: Value) -> Value:
    if not right:
        raise DiceValueError("division_by_zero")
    return left % right


BINARY: dict[BinaryOperator, Callable[[Value, Value], Value]] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _divided,
    "//": _floored,
    "%": _remainder,
    "==": lambda left, right: int(left == right),
    "!=": lambda left, right: int(left != right),
    "<": lambda left, right: int(left < right),
    "<=": lambda left, right: int(left <= right),
    ">": lambda left, right: int(left > right),
    ">=": lambda left, right: int(left >= right),
}
"""What each operator does to two numbers; a division by zero is a `DiceValueError`."""
