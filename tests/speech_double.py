"""A server that speaks and hears as OpenAI's does, in this process: a hum for every text, the same words in every file.

Speaks HTTP by hand, so that it can break off wherever a real one might. A slow one waits until whoever asked goes away.
"""

import asyncio
import io
import math
import struct
import wave
from types import TracebackType
from typing import Literal, Self, get_args

import msgspec

Fault = Literal["hang_up", "no_answer", "status_500", "status_302", "html", "not_json", "truncated", "endless"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
RATE = 22_050


def hum(seconds: float = 0.4, hertz: float = 200) -> bytes:
    """Return a WAV of a note."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE)
        turn = 2 * math.pi * hertz / RATE
        samples = (round(9000 * math.sin(turn * step)) for step in range(int(seconds * RATE)))
        written.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return file.getvalue()


class SpeechDouble:
    """The server; an asynchronous context, inside which `url` is where it listens.

    Args:
        hears: What it hears in every file.
        fault: What it does instead of answering.
    """

    def __init__(self, hears: str = "look around", fault: Fault | None = None) -> None:
        self._hears = hears
        self.fault = fault
        self.url = ""
        self.asked: list[tuple[str, bytes]] = []
        """Each request: its path, and what was in it."""
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            body = await reader.readexactly(int(lines.get("content-length", 0)))
            path = head.split()[1]
            self.asked.append((path, body))
            await self._answer(path, reader, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told = {"text": self._hears, "language": "en", "segments": [{"text": self._hears, "start": 0.0, "end": 0.3}]}
        body = hum() if path.endswith("speech") else msgspec.json.encode(told)
        match self.fault:
            case "hang_up":
                return
            case "no_answer":
                await reader.read()
            case "status_500" | "status_302":
                code = self.fault.removeprefix("status_")
                writer.write(f"HTTP/1.1 {code} x\r\nlocation: {self.url}/else\r\ncontent-length: 0\r\n\r\n".encode())
            case "html":
                writer.write(_whole(b"<html>Welcome</html>"))
            case "not_json":
                writer.write(_whole(b'{"text": 7}'))
            case "truncated":
                writer.write(_whole(body)[:-20])
            case "endless":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                while True:
                    writer.write(bytes(1 << 20))
                    await writer.drain()
            case None:
                writer.write(_whole(body))


def _whole(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-length: " + str(len(body)).encode() + b"\r\nconnection: close\r\n\r\n" + body
