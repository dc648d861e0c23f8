"""Frozen values in rows of SQL and back: one column for each field, in the order of `schema.ACCOUNTS`.

Opens and decides nothing.
"""

from collections.abc import Generator
from functools import cache
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import astuple, fields

from taleforge.store.rows import Column, Row
from taleforge.store.schema import ACCOUNTS
from taleforge.store.transactions import Statement

V = TypeVar("V", bound=Struct)

_LISTS: Final = frozenset({"scopes", "owners"})
"""Fields that hold several words, kept in one column with spaces between."""
INSERT: Final = {
    name: f"INSERT INTO {name} ({columns}) VALUES ({', '.join(f'?{n}' for n in range(1, columns.count(',') + 2))})"  # noqa: S608
    for name, columns in ACCOUNTS.items()
}
SELECT: Final = {name: f"SELECT {columns} FROM {name}" for name, columns in ACCOUNTS.items()}  # noqa: S608

LAST: Final = "~"
"""After every id and every moment."""


def change(sql: str, *values: Column) -> Generator[Statement, list[Row], list[Row]]:
    """Return the transaction of one statement, with its rows."""
    return (yield Statement(sql, values))


def number(found: list[Row]) -> int:
    """Return the one number that was found."""
    counted = found[0][0]
    assert isinstance(counted, int)
    return counted


def columns(of: Struct) -> Row:
    """Return the columns of a value."""
    return tuple(_column(field) for field in astuple(of))


def _column(field: Column | tuple[str, ...]) -> Column:
    if isinstance(field, tuple):
        return " ".join(field)
    return int(field) if isinstance(field, bool) else field


def first(kind: type[V], found: list[Row]) -> V | None:
    """Return the first value that was found, if any was."""
    return value(kind, found[0]) if found else None


def value(kind: type[V], row: Row) -> V:
    """Return the value of a row."""
    named = zip(_names(kind), row, strict=True)
    return msgspec.convert(
        {name: str(column).split() if name in _LISTS else column for name, column in named}, kind, strict=False
    )


@cache
def _names(kind: type[Struct]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def upto(limit: int | None) -> int:
    """Return the limit of a list that may be whole."""
    return 2**31 if limit is None else limit
