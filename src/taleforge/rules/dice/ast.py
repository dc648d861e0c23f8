"""The syntax tree of a dice expression: frozen values that the parser builds and everything else reads.

Chains of equal precedence are flat (`1+2-3` is one node), so a tree is only as deep as its parentheses and no walk over
it can overflow the stack. Does not check anything: the parser does, and a tree made by hand is the maker's business.
"""

from fractions import Fraction
from typing import Literal, TypeAlias

from msgspec import Struct

Value: TypeAlias = int | Fraction
"""Every number inside a roll is exact; only the total is cut to an integer."""

SelectorKind = Literal["h", "l", "<", ">", "="]
OperationKind = Literal["k", "p", "rr", "ro", "ra", "e", "mi", "ma"]
BinaryOperator = Literal["+", "-", "*", "/", "//", "%", "==", "!=", "<", "<=", ">", ">="]


class Selector(Struct, frozen=True, gc=False):
    """Which members of a pool an operation is for: the `number` highest or lowest, or those by comparison with it."""

    kind: SelectorKind
    number: int

    def __str__(self) -> str:
        return f"{self.kind if self.kind != '=' else ''}{self.number}"


class Operation(Struct, frozen=True):
    """One operation on a pool, for everything that any of its selectors selects."""

    kind: OperationKind
    selectors: tuple[Selector, ...]

    def __str__(self) -> str:
        return "".join(f"{self.kind}{selector}" for selector in self.selectors)


class Number(Struct, frozen=True):
    """A literal number, never negative."""

    value: Value
    tags: tuple[str, ...] = ()

    def __str__(self) -> str:
        return _decimal(self.value) + tags_text(self.tags)


class Dice(Struct, frozen=True):
    """`count` dice of `sides` sides; percentile dice have ten, marked 0, 10 … 90."""

    count: int
    sides: int
    percentile: bool = False
    operations: tuple[Operation, ...] = ()
    tags: tuple[str, ...] = ()

    def __str__(self) -> str:
        sides = "%" if self.percentile else self.sides
        return f"{self.count}d{sides}{operations_text(self.operations)}{tags_text(self.tags)}"


class Group(Struct, frozen=True):
    """A set of numbers, `(a, b)` or `(a,)`, worth the sum of those that are kept."""

    items: "tuple[Expr, ...]"
    operations: tuple[Operation, ...] = ()
    tags: tuple[str, ...] = ()

    def __str__(self) -> str:
        inside = ", ".join(map(str, self.items)) + ("," if len(self.items) == 1 else "")
        return f"({inside}){operations_text(self.operations)}{tags_text(self.tags)}"


class Paren(Struct, frozen=True):
    """A number in parentheses; operations reach through them to the dice or the set inside."""

    inner: "Expr"
    operations: tuple[Operation, ...] = ()
    tags: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"({self.inner}){operations_text(self.operations)}{tags_text(self.tags)}"


class Sign(Struct, frozen=True):
    """One or more unary signs before a number."""

    signs: str
    inner: "Expr"

    def __str__(self) -> str:
        return f"{self.signs}{self.inner}"


class Chain(Struct, frozen=True):
    """Operands joined, left to right, by binary operators of the same precedence."""

    first: "Expr"
    rest: "tuple[tuple[BinaryOperator, Expr], ...]"

    def __str__(self) -> str:
        return "".join([str(self.first), *(f" {operator} {operand}" for operator, operand in self.rest)])


Expr: TypeAlias = Number | Dice | Group | Paren | Sign | Chain
Pool: TypeAlias = Dice | Group | Paren
"""What may carry operations."""


def operations_text(operations: tuple[Operation, ...]) -> str:
    """Write operations as they follow a pool."""
    return "".join(map(str, operations))


def tags_text(tags: tuple[str, ...]) -> str:
    """Write annotations as they follow a number."""
    return "".join(f" [{tag}]" for tag in tags)


def _decimal(value: Value) -> str:
    """Write a number as its digits; a literal's denominator divides a power of ten."""
    if isinstance(value, int):
        return str(value)
    places = 1
    while 10**places % value.denominator:
        places += 1
    digits = str(value.numerator * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"
