"""A transaction as a generator: it yields statements, is sent the rows they give, and returns what came of it.

Whatever runs it, SQLite in its writer's thread or PostgreSQL over a connection, runs all of it or nothing, and may run
it from its beginning again. Statements are SQL that both understand, with `?1`, `?2` … for values. Does no I/O.
"""

import sqlite3
from collections.abc import Callable, Generator
from typing import NamedTuple, Protocol, TypeVar

from taleforge.store.rows import Column, Row

T = TypeVar("T")


class Statement(NamedTuple):
    """SQL and its values."""

    sql: str
    values: tuple[Column, ...] = ()


Steps = Generator[Statement, list[Row], T]
Transaction = Callable[[], Steps[T]]


class Sql(Protocol):
    """A database that runs statements and transactions; raises what the store raises."""

    async def query(self, sql: str, *values: Column) -> list[Row]:
        """Return the rows of a statement that only reads."""
        ...

    async def change(self, sql: str, *values: Column) -> list[Row]:
        """Run one statement that writes, durable on return, and return the rows it gives."""
        ...

    async def transact(self, transaction: Transaction[T], *locks: str) -> T:
        """Run a transaction, durable on return; two that name the same lock never overlap."""
        ...


def run(steps: Steps[T], connection: sqlite3.Connection) -> T:
    """Run a transaction's steps on SQLite, within the transaction that is open there."""
    found: list[Row] = []
    first = True
    while True:
        try:
            statement = next(steps) if first else steps.send(found)
        except StopIteration as end:
            return end.value
        first = False
        found = connection.execute(*statement).fetchall()
