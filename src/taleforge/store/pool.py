"""Connections to PostgreSQL, with its errors in our words: what was wrong and what to do.

A connection that was cut is replaced when it is next asked for. No message and no log line names a password. Does not
know what its statements mean, nor how events are written (`postgresql`).
"""

from collections.abc import AsyncGenerator, Generator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import lru_cache
from typing import Any, Final, Protocol, TypeVar, cast
from urllib.parse import parse_qs, urlsplit

import asyncpg  # pyright: ignore[reportMissingTypeStubs]

from taleforge.errors import BadInput, Conflict, Damaged, Misconfigured, StoreFull, TaleforgeError, Unavailable
from taleforge.store.rows import Column, Row
from taleforge.store.transactions import Transaction
from taleforge.store.workload import Workload

T = TypeVar("T")

CONNECTIONS: Final = 10
READY: Final = 4
"""Connections that are made at once: whoever needs one more than there are waits until the server has begun it."""
TIMEOUT: Final = 10.0
"""Seconds that a statement may take, and that a connection is waited for."""
IDLE: Final = 5.0
"""Seconds after which the server gives up a transaction that nobody goes on with, and its locks: a frozen process's."""
_MIGRATE = "Run `taleforge migrate`."
_LATER = "Look after the server, then try again."
_URL = "Correct store.url."
_WRITE = "Write postgresql://user:password@host/database."


_DRIVER: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What the driver raises; a time-out is an OSError, and a connection that was cut this moment an internal error."""


class Connection(Protocol):
    """What is used of asyncpg's connection."""

    async def execute(self, query: str, *args: Any) -> str:
        """Run a statement without rows."""
        ...

    async def fetch(self, query: str, *args: Any) -> list[Sequence[Any]]:
        """Return the rows of a statement."""
        ...

    async def copy_records_to_table(self, table_name: str, *, records: Iterable[Row], columns: Sequence[str]) -> str:
        """Put many rows into a table."""
        ...

    def transaction(self, *, isolation: str | None = None, readonly: bool = False) -> Any:
        """Return a transaction to be started, or entered."""
        ...

    def cursor(self, query: str, *args: Any, prefetch: int | None = None) -> Any:
        """Return the rows of a statement, some at a time; within a transaction."""
        ...


class Pool:
    """Connections to one database; made by `open_pool`. `name` says which database, without user or password."""

    def __init__(self, pool: Any, name: str) -> None:
        self.name = name
        self.workload = Workload()
        self._pool = pool

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """Lend a connection; raises what `explain` makes of any error within."""
        try:
            with explained(self.name):
                async with AsyncExitStack() as stack:
                    with self.workload.doing("connect"):
                        connection = await stack.enter_async_context(self._pool.acquire(timeout=TIMEOUT))
                    self.workload.back(self.name)
                    with self.workload.doing("statement"):
                        yield connection
        except Unavailable as error:
            if not isinstance(error.__cause__, asyncpg.PostgresError):  # else it answered, if badly
                self.workload.lost(self.name)
            with explained(self.name):
                await self._pool.expire_connections()  # where one was cut, others were
            raise

    @property
    def connections(self) -> Mapping[str, int]:
        """How many connections are `used` and `idle`."""
        idle: int = self._pool.get_idle_size()
        return {"used": self._pool.get_size() - idle, "idle": idle}

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator[Connection]:
        """Lend a connection on which every statement sees the same moment."""
        async with self.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # it locks no row
            yield connection

    async def query(self, sql: str, *values: Column) -> list[Row]:
        """Return the rows of one statement, which is a transaction by itself; see `Sql.query` and `Sql.change`."""
        async with self.connection() as connection:
            return [tuple(row) for row in await connection.fetch(numbered(sql), *values)]

    async def transact(self, transaction: Transaction[T], *locks: str) -> T:
        """Run a transaction; see `Sql.transact`."""
        async with self.connection() as connection, connection.transaction():
            for lock in sorted(locks):
                await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", lock)
            return await _run(transaction, connection)

    async def close(self) -> None:
        """Let all connections go."""
        await self._pool.close()


async def open_pool(
    url: str,
    *,
    fsync: bool = True,
    connections: int = CONNECTIONS,
    timeout: float = TIMEOUT,  # noqa: ASYNC109
) -> Pool:
    """Connect to a database; without `fsync`, what is acknowledged may be lost in the last moments before a power cut.

    Args:
        url: As `postgresql://user:password@host:5432/database`, with what libpq allows.
        fsync: Whether the disk is waited for.
        connections: At most so many at a time.
        timeout: Seconds that a statement may take.

    Raises:
        Misconfigured: the URL is none, or the server does not let us in, or does not wait for its disk.
        Unavailable: the server does not answer.
    """
    name = name_of(url)
    session = {
        "application_name": "taleforge",
        "synchronous_commit": "on" if fsync else "off",
        "statement_timeout": f"{timeout:.3f}s",
        "idle_in_transaction_session_timeout": f"{IDLE:.3f}s",
    }
    driver: Any = asyncpg  # which has no types
    with explained(name):
        made = await driver.create_pool(
            url, min_size=min(READY, connections), max_size=connections, timeout=timeout, command_timeout=2 * timeout,
            server_settings=session, reset=_as_it_was,
        )  # fmt: skip
    pool = Pool(made, name)
    try:
        await _check_durable(pool, fsync=fsync)
    except BaseException:
        await pool.close()
        raise
    return pool


async def _as_it_was(_connection: Any) -> None:
    """Leave a connection that is handed back as it is: the driver ends its transaction, and nothing else was set."""


async def connect(url: str) -> Any:
    """Open one connection apart from any pool, with no limit to how long a statement may take; for migrations."""
    driver: Any = asyncpg
    return await driver.connect(url, timeout=TIMEOUT)


def name_of(url: str) -> str:
    """Return the name of the database that a URL means, fit to be shown.

    Raises:
        Misconfigured: it means none.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or parse_qs(parts.query).get("host", ["localhost"])[0]
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts, host, port = None, "", ""
    if parts is None or parts.scheme not in {"postgresql", "postgres"}:
        raise Misconfigured("store.url is no address of a database.", _WRITE)
    return f"postgresql://{host}{port}{parts.path}"


@lru_cache(maxsize=256)
def numbered(sql: str) -> str:
    """Return a statement with its values as PostgreSQL counts them, `$1` for `?1`."""
    return sql.replace("?", "$")


@contextmanager
def explained(name: str) -> Generator[None, None, None]:
    """Within the block, turn the driver's errors into ours; `name` is the database they are about."""
    try:
        yield
    except _DRIVER as error:
        ours = explain(error, name)
        if ours is None:
            raise
        raise ours from error


def explain(error: Exception, name: str) -> TaleforgeError | None:
    """Return what an error of the driver means for whoever uses the database; None when it is a bug of ours."""
    if isinstance(error, ValueError):  # the driver was given what it cannot use: only a URL comes from outside
        ours = Misconfigured("store.url cannot be used.", _WRITE)
        return ours if isinstance(error, asyncpg.exceptions.ClientConfigurationError) else None
    if not isinstance(error, asyncpg.PostgresError):
        return Unavailable(f"{name} does not answer: {str(error) or 'it took too long'}.", _LATER)
    return _explained_state(str(getattr(error, "sqlstate", "") or ""), str(error), name)


def _explained_state(state: str, said: str, name: str) -> TaleforgeError | None:
    """Return what an SQLSTATE means (PostgreSQL's manual, appendix A)."""
    match state[:2], state:
        case _, "23505":
            return Conflict("Somebody else stored this first.", "Read again, decide again, write again.")
        case _, "22021":
            return BadInput("There is a zero character in a text, which PostgreSQL does not keep.", "Leave it out.")
        case _, "53100":
            return StoreFull(
                f"There is no room left for {name}; nothing was stored.", "Free some space, then try again."
            )
        case _, "42P01" | "42703":
            return Misconfigured(f"{name} has not the tables this version needs.", _MIGRATE)
        case (("28" | "3D"), _):
            return Misconfigured(f"{name} does not let us in: {said}.", _URL)
        case _, "42501":
            return Misconfigured(
                f"{name} does not allow it: {said}.", "Give its user the rights, or correct store.url."
            )
        case _, "XX001" | "XX002":
            return Damaged(f"{name} is damaged: {said}.", "Stop the server, and go back to a backup.")
        case (("08" | "25" | "40" | "53" | "54" | "55" | "57" | "58" | "XX"), _):
            return Unavailable(f"{name} could not do it: {said}.", _LATER)
        case _:
            return None


async def _run(transaction: Transaction[T], connection: Connection) -> T:
    steps = transaction()
    try:
        statement = next(steps)
        while True:
            found = await connection.fetch(numbered(statement.sql), *statement.values)
            statement = steps.send([tuple(row) for row in found])
    except StopIteration as end:
        return cast(T, end.value)


async def _check_durable(pool: Pool, *, fsync: bool) -> None:
    """Refuse a server that acknowledges what is not on its disk."""
    async with pool.connection() as connection:
        off = await connection.fetch("SELECT name FROM pg_settings WHERE name = 'fsync' AND setting = 'off'")
    if fsync and off:
        raise Misconfigured(
            f"{pool.name} runs with fsync off: a power cut would lose what was acknowledged.",
            "Turn fsync on in its postgresql.conf, or accept the risk with store.fsync = false.",
        )
