"""Where a Redis is, and how long it is waited for: what all who use it agree on.

No message and no log line names its password. Limits nothing itself: each who asks does, by `asyncio.timeout`. The
driver would limit what it sends by `asyncio.wait_for`, which (until Python 3.12) loses a cancellation that comes as its
work is done: a task that loops would then never end, nor whoever waits for its end.
"""

import asyncio
from collections.abc import Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Protocol, cast
from urllib.parse import urlsplit

from taleforge.errors import Misconfigured, Unavailable

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.connection import ConnectionPool

EXTRA: Final = "pip install 'taleforge[redis]'"
MOST_CONNECTIONS: Final = 32
"""Connections of one client; whoever finds all of them busy waits for one."""
_WRITE = "Write redis://:password@host:6379/0, or rediss:// with TLS."


class Connection(Protocol):
    """What is used of redis-py's connection."""

    async def connect(self) -> None:
        """Connect and log in."""
        ...

    async def disconnect(self, *, nowait: bool = False) -> None:
        """Hang up."""
        ...

    async def send_packed_command(self, command: Iterable[bytes], *, check_health: bool = True) -> None:
        """Send what `pack_commands` made."""
        ...

    async def read_response(self, *, timeout: float | None = None) -> Any:  # noqa: ASYNC109  # redis-py's own name
        """Return the next answer; None when there is none in time."""
        ...

    def pack_commands(self, commands: Iterable[Iterable[str | bytes]]) -> list[bytes]:
        """Return commands as the server reads them."""
        ...


class RedisAddress:
    """A Redis.

    Args:
        url: As `redis://user:password@host:6379/0`, `rediss://` with TLS, or `unix:///path`.
        prefix: What every key and channel begins with.
        timeout: Seconds that it may take to answer.

    Raises:
        Misconfigured: the URL is none, or the driver is not installed.
    """

    def __init__(self, url: str, prefix: str = "taleforge", timeout: float = 0.5) -> None:
        if find_spec("redis") is None:
            raise Misconfigured("redis.url is set, and the driver of Redis is not installed.", EXTRA)
        self.name = _name_of(url)
        self.prefix = prefix
        self.timeout = timeout
        self._url = url

    def key(self, *parts: str) -> str:
        """Return a key or channel of ours."""
        return ":".join((self.prefix, *parts))

    def connection(self) -> Connection:
        """Return a connection that is not connected yet, never tries anything twice, and waits for ever."""
        return cast("Connection", self._pool(0).make_connection())

    def client(self) -> "Redis":
        """Return a client, which connects when it is first asked, and waits for ever.

        One that lost its connection tries once more.
        """
        from redis.asyncio import Redis  # noqa: PLC0415  # of an extra

        return Redis.from_pool(self._pool(1))

    async def check(self) -> None:
        """Ask whether it is there.

        Raises:
            Misconfigured: it does not let us in.
            Unavailable: it does not answer; it may later.
        """
        from redis.exceptions import AuthenticationError, RedisError, ResponseError  # noqa: PLC0415  # of an extra

        connection = self.connection()
        try:
            async with asyncio.timeout(4 * self.timeout):
                await connection.connect()
                await connection.send_packed_command(connection.pack_commands([("PING",)]))
                await connection.read_response()
        except (AuthenticationError, ResponseError) as error:
            raise Misconfigured(f"{self.name} does not let us in: {error}.", "Correct redis.url.") from error
        except (RedisError, OSError) as error:
            raise unavailable(self, error) from error
        finally:
            await connection.disconnect(nowait=True)

    def _pool(self, retries: int) -> "ConnectionPool":
        from redis.asyncio.connection import BlockingConnectionPool  # noqa: PLC0415  # of an extra
        from redis.asyncio.retry import Retry  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415

        driver: Any = BlockingConnectionPool  # whose options have no types
        try:
            return driver.from_url(
                self._url, max_connections=MOST_CONNECTIONS, protocol=2, socket_timeout=None,
                socket_connect_timeout=self.timeout, retry=Retry(NoBackoff(), retries), client_name="taleforge",
            )  # fmt: skip
        except (ValueError, TypeError) as error:
            raise Misconfigured("redis.url cannot be used.", _WRITE) from error


def failures() -> tuple[type[Exception], ...]:
    """Return what the driver raises when Redis is not there, or not well; a time-out is an OSError."""
    from redis.exceptions import RedisError  # noqa: PLC0415  # of an extra

    return (RedisError, OSError)


def unavailable(address: RedisAddress, error: Exception) -> Unavailable:
    """Return what a failure means for whoever asked."""
    return Unavailable(f"{address.name} does not answer: {error or 'it took too long'}.", "Look after that server.")


def _name_of(url: str) -> str:
    """Return where a URL leads, fit to be shown.

    Raises:
        Misconfigured: it leads nowhere.
    """
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts, port = None, ""
    if parts is None or parts.scheme not in {"redis", "rediss", "unix"}:
        raise Misconfigured("redis.url is no address of a Redis.", _WRITE)
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
