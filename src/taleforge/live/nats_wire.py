"""One connection to a NATS server, in the few words of its protocol that a bus needs.

INFO, CONNECT, PING, PONG, PUB, SUB, UNSUB, MSG, -ERR: <https://docs.nats.io/reference/reference-protocols/nats-protocol>.
Never tries anything twice; why no library does this, docs/decisions/0022 says.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final

import msgspec
from msgspec import Struct

from taleforge.live import line

LONGEST_LINE: Final = 1024 * 1024
"""Bytes that a line of the server's may have; one that tells of many other servers is long."""
_AUTHORISATION: Final = ("Authorization", "Authentication", "Permissions")

Heard = Callable[[int, bytes], None]


class Fault(Exception):
    """The server says no, or nothing that can be understood."""

    @property
    def ours(self) -> bool:
        """Whether it knows us too little, or allows us too little."""
        return any(word in str(self) for word in _AUTHORISATION)


class Info(Struct, frozen=True):
    """What a server says of itself."""

    max_payload: int = LONGEST_LINE
    tls_required: bool = False


class Wire:
    """A connection that a server has accepted.

    Args:
        reader: What the server says.
        writer: What it is told.
        info: What it said of itself.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, info: Info) -> None:
        self.max_payload = info.max_payload
        self._reader = reader
        self._writer = writer
        self._asked: deque[asyncio.Future[None]] = deque()

    async def publish(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Say something on some subjects; returns when the server has it all. Raises TimeoutError."""
        for subject, data in messages:
            self._writer.writelines((b"PUB %b %d\r\n" % (subject.encode(), len(data)), data, b"\r\n"))
        await self.answered()

    def subscribe(self, subject: str, number: int) -> None:
        """Have what is said on a subject sent here, under a number."""
        self._writer.write(b"SUB %b %d\r\n" % (subject.encode(), number))

    def unsubscribe(self, number: int) -> None:
        """Have it sent no more."""
        self._writer.write(b"UNSUB %d\r\n" % number)

    async def answered(self) -> None:
        """Return when the server has done everything that it was told so far.

        Raises:
            TimeoutError: it says nothing for too long.
            ConnectionError: the connection ended.
        """
        answer = asyncio.get_running_loop().create_future()
        self._asked.append(answer)
        self._writer.write(b"PING\r\n")
        async with asyncio.timeout(line.SILENCE):
            await answer

    async def use(self, heard: Heard, doing: Coroutine[Any, Any, None]) -> None:
        """Listen while something is done with this connection, then hang up; `heard` is given messages, numbered.

        Raises:
            Fault: the server says no, or nonsense.
            OSError, EOFError: the connection broke.
        """
        tasks = asyncio.create_task(self._listen(heard)), asyncio.create_task(doing)
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await self._close()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, heard: Heard) -> None:
        while True:
            said = await self._reader.readuntil(b"\r\n")
            match said.split():
                case [b"MSG", _subject, number, *_reply, size]:
                    data = await self._reader.readexactly(int(size) + 2)
                    heard(int(number), data[:-2])
                case [b"PONG"] if self._asked:
                    _settle(self._asked.popleft())
                case [b"PING"]:
                    self._writer.write(b"PONG\r\n")
                case [b"INFO", *_]:
                    pass  # other servers came or went
                case _:
                    raise _fault(said)

    async def _close(self) -> None:
        for answer in self._asked:
            if not answer.done():
                answer.set_exception(ConnectionResetError("the connection ended"))
                answer.exception()  # whoever waited may be gone
        await _hang_up(self._writer)


async def connect(host: str, port: int, credentials: dict[str, str], tls: ssl.SSLContext | None) -> Wire:
    """Connect and log in; with `tls` or where the server asks for it, over TLS.

    Raises:
        Fault: the server does not let us in, or is no NATS.
        OSError, EOFError: it is not there.
    """
    reader, writer = await asyncio.open_connection(host, port, limit=LONGEST_LINE)
    try:
        info = await _info(reader)
        if tls or info.tls_required:
            await writer.start_tls(tls or ssl.create_default_context(), server_hostname=host)
        said = msgspec.json.encode(_introduction(credentials))
        writer.writelines((b"CONNECT ", said, b"\r\nPING\r\n"))
        await _let_in(reader)
    except BaseException:
        await _hang_up(writer)
        raise
    return Wire(reader, writer, info)


def _introduction(credentials: dict[str, str]) -> dict[str, Any]:
    return {"verbose": False, "pedantic": False, "lang": "python", "version": "1", "name": "taleforge"} | credentials


async def _info(reader: asyncio.StreamReader) -> Info:
    said = await reader.readuntil(b"\r\n")
    word, _, rest = said.partition(b" ")
    if word != b"INFO":
        raise Fault("it does not begin as a NATS server does")
    try:
        return msgspec.json.decode(rest, type=Info)
    except msgspec.DecodeError as error:
        raise Fault("what it says of itself is no JSON") from error


async def _let_in(reader: asyncio.StreamReader) -> None:
    said = await reader.readuntil(b"\r\n")
    while said.startswith((b"INFO", b"+OK")):
        said = await reader.readuntil(b"\r\n")
    if said != b"PONG\r\n":
        raise _fault(said)


def _fault(said: bytes) -> Fault:
    word, _, rest = said.strip().partition(b" ")
    return Fault(rest.decode(errors="replace").strip("'") if word == b"-ERR" else "it says what no NATS server says")


def _settle(answer: asyncio.Future[None]) -> None:
    if not answer.done():
        answer.set_result(None)


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    """Close a connection at once: a server that stands still takes nothing more."""
    writer.transport.abort()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)
