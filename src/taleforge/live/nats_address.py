"""Where NATS servers are, and how long they are waited for.

No message and no log line names a password or token. Asks nothing but whether one lets us in.
"""

import asyncio
import ssl
from collections.abc import Iterator
from random import sample
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import Struct

from taleforge.errors import Misconfigured, Unavailable
from taleforge.live.nats_wire import Fault, Wire, connect

FAILURES: Final = (Fault, OSError, EOFError, ValueError, asyncio.LimitOverrunError)
"""What is raised when a server is not there, not well, or none; a time-out is an OSError."""
PORT: Final = 4222
_WRITE: Final = "Write nats://user:password@host:4222, or tls:// with TLS; more servers of a cluster after commas."


class _Server(Struct, frozen=True):
    host: str
    port: int
    tls: bool
    credentials: dict[str, str]

    def __str__(self) -> str:
        return f"{'tls' if self.tls else 'nats'}://{self.host}:{self.port}"


class NatsAddress:
    """A NATS server, or a cluster of them.

    Args:
        urls: As `nats://user:password@host:4222`, `nats://token@host`, `tls://` with TLS; several with commas.
        prefix: What every subject begins with.
        timeout: Seconds that a server may take to let us in.

    Raises:
        Misconfigured: one is no such URL.
    """

    def __init__(self, urls: str, prefix: str = "taleforge", timeout: float = 0.5) -> None:
        self._servers = [_server(url.strip()) for url in urls.split(",")]
        self._turn = 0
        self._order = sample(self._servers, len(self._servers))  # not all processes at the same one
        self.name = ",".join(map(str, self._servers))
        self.prefix = prefix
        self.timeout = timeout

    def subject(self, *parts: str) -> str:
        """Return a subject of ours; a part may hold anything that is no dot, blank or wildcard."""
        return ".".join((self.prefix, *parts))

    async def connect(self) -> Wire:
        """Connect to the next server.

        Raises:
            Exception: one of `FAILURES`.
        """
        server = self._order[self._turn % len(self._order)]
        self._turn += 1
        tls = ssl.create_default_context() if server.tls else None
        async with asyncio.timeout(self.timeout):
            return await connect(server.host, server.port, server.credentials, tls)

    async def check(self) -> None:
        """Ask whether one is there that lets us speak and hear.

        Raises:
            Misconfigured: it does not.
            Unavailable: none answers; one may later.
        """
        try:
            wire = await self.connect()
            await wire.use(_nothing, self._try_out(wire))
        except Fault as fault:
            if not fault.ours:
                raise self._unavailable(fault) from fault
            raise Misconfigured(f"{self.name} does not let us in: {fault}.", "Correct nats.url.") from fault
        except ssl.SSLCertVerificationError as error:
            raise Misconfigured(
                f"The certificate of {self.name} is not trusted: {error.verify_message}.",
                "Name whoever signed it in the variable SSL_CERT_FILE.",
            ) from error
        except FAILURES as error:
            raise self._unavailable(error) from error

    async def _try_out(self, wire: Wire) -> None:
        """Speak and hear under our prefix."""
        subject = self.subject("check")
        wire.subscribe(subject, 1)
        await wire.publish([(subject, b"")])

    def _unavailable(self, error: Exception) -> Unavailable:
        return Unavailable(f"{self.name} does not answer: {error or 'it took too long'}.", "Look after that server.")


def _server(url: str) -> _Server:
    """Return the server that a URL names.

    Raises:
        Misconfigured: it names none.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or PORT
    except ValueError:
        raise Misconfigured("nats.url is no address of a NATS server.", _WRITE) from None  # it may hold a password
    if parts.scheme not in {"nats", "tls"} or not parts.hostname or parts.path.strip("/"):
        raise Misconfigured("nats.url is no address of a NATS server.", _WRITE)
    return _Server(parts.hostname, port, parts.scheme == "tls", dict(_credentials(parts)))


def _credentials(parts: SplitResult) -> Iterator[tuple[str, str]]:
    """Give a name and a password; a name alone is a token."""
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if password:
        yield "user", user
        yield "pass", password
    elif user:
        yield "auth_token", user


def _nothing(_number: int, _data: bytes) -> None:
    """Hear what was only asked for to see whether we may."""
