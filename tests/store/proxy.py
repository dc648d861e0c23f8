"""A door between a store and PostgreSQL that slams at a COMMIT: before the server hears it, or after it was done."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

SOCKET = ".s.PGSQL.5432"


class Door:
    """Passes everything on until it is told to slam.

    Args:
        server: The server's socket.
    """

    def __init__(self, server: Path) -> None:
        self._server = server
        self._left = 0
        self._heard = False
        self._then: Callable[[], Awaitable[None]] | None = None
        self.slammed = 0

    def slam(self, times: int, *, heard: bool, then: Callable[[], Awaitable[None]] | None = None) -> None:
        """Cut the next connections that commit; `heard`: once the server has answered (and `then`), else before."""
        self._left, self._heard, self._then = times, heard, then

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until one of its ends is done, or the door slams."""
        from_server, to_server = await asyncio.open_unix_connection(self._server)
        mute = asyncio.Event()
        ways = {
            asyncio.create_task(self._ask(reader, to_server, mute)),
            asyncio.create_task(self._answer(from_server, writer, mute)),
        }
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for end in (to_server, writer):
            end.close()
            with suppress(ConnectionError):
                await end.wait_closed()

    async def _ask(self, reader: asyncio.StreamReader, to_server: asyncio.StreamWriter, mute: asyncio.Event) -> None:
        while data := await reader.read(65536):
            if self._left and b"COMMIT" in data:
                self._left -= 1
                self.slammed += 1
                if not self._heard:
                    return
                mute.set()
            to_server.write(data)
            await to_server.drain()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, mute: asyncio.Event) -> None:
        while (data := await reader.read(65536)) and not mute.is_set():
            writer.write(data)
            await writer.drain()
        if data and self._then is not None:
            await self._then()


@asynccontextmanager
async def door_to(url: str, folder: Path) -> AsyncGenerator[tuple[Door, str]]:
    """Open a door in a folder to the server of a URL; yields it with the URL that leads through it."""
    parts = urlsplit(url)
    door = Door(Path(parse_qs(parts.query)["host"][0]) / SOCKET)
    carried: set[asyncio.Task[None]] = set()
    server = await asyncio.start_unix_server(
        lambda *ends: carried.add(asyncio.create_task(door.serve(*ends))), folder / SOCKET
    )
    try:
        yield door, f"{parts.scheme}://{parts.netloc}{parts.path}?host={folder}"
    finally:
        server.close()
        if carried:
            await asyncio.wait(carried)
