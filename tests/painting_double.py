"""A painting server in this process that speaks as Automatic1111's, ComfyUI and OpenAI's do, and fails on demand.

Holds nothing up by sleeping: a slow server waits until whoever asked goes away.
"""

import asyncio
import base64
import struct
import zlib
from contextlib import suppress
from types import TracebackType
from typing import Any, Literal, Self, get_args

import msgspec

from taleforge.art.files import SIGNATURE, chunk

Fault = Literal[
    "hang_up", "no_answer", "status_500", "status_302", "html", "not_json", "wrong_shape", "binary", "endless",
    "truncated", "jpeg", "huge", "bomb", "address",
]  # fmt: skip
FAULTS: tuple[Fault, ...] = get_args(Fault)


def blank(width: int, height: int, pixels: bytes | None = None) -> bytes:
    """Return a grey picture, with a secret beside it; or one of other pixels than its size says."""
    rows = pixels if pixels is not None else bytes(height * (1 + width * 3))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    said = chunk(b"tEXt", b"parameters\0secret prompt")
    return SIGNATURE + head + said + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class PaintingDouble:
    """The server; `asked` are the bodies that came."""

    def __init__(self, fault: Fault | None = None) -> None:
        self.fault = fault
        self.asked: list[dict[str, Any]] = []
        self._looks = 0
        self._callers: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        for _ in range(5):  # whoever has gone away before it was let in has to be let in before the door is shut
            await asyncio.sleep(0)
        self._server.close()
        for writer in self._callers.values():
            writer.close()
        await asyncio.gather(*filter(None, self._callers))

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._callers[asyncio.current_task()] = writer
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ")[1].decode()
                length = next(
                    (int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"), 0
                )
                body = await reader.readexactly(length)
                if body:
                    self.asked.append(msgspec.json.decode(body))
                await self._answer(path, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            self._callers.pop(asyncio.current_task())

    async def _answer(self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.fault == "hang_up":
            raise ConnectionError
        if self.fault == "no_answer":
            await reader.read()
            raise ConnectionError
        status, said = {
            "status_500": (500, b"{}"), "status_302": (302, b""), "html": (200, b"<html>"), "not_json": (200, b"{"),
            "wrong_shape": (200, b'{"images": [], "data": {}, "prompt_id": null}'), "binary": (200, b"\xff\x00"),
        }.get(self.fault or "", (200, self._said(path)))  # fmt: skip
        size = 1 << 40 if self.fault == "endless" else len(said)
        extra = "location: http://127.0.0.1:1/\r\n" if status == 302 else ""
        writer.write(f"HTTP/1.1 {status} x\r\n{extra}content-length: {size}\r\n\r\n".encode() + said)
        while self.fault == "endless":
            writer.write(b" " * 65536)
            await writer.drain()
        await writer.drain()

    def _said(self, path: str) -> bytes:
        if path == "/prompt":
            return b'{"prompt_id": "p1"}'
        if path == "/history/p1":
            self._looks += 1
            file = {"filename": "a.png", "subfolder": "", "type": "output"}
            done = {"p1": {"outputs": {"9": {"images": [file]}}}} if self._looks > 1 else {}
            return msgspec.json.encode(done)
        picture = self._picture()
        if path.startswith("/view?filename=a.png"):
            return picture
        text = base64.b64encode(picture).decode()
        datum = {"url": "http://127.0.0.1:1/x.png"} if self.fault == "address" else {"b64_json": text}
        images = ["http://127.0.0.1:1/x.png"] if self.fault == "address" else [text]
        return msgspec.json.encode({"images": images, "data": [datum]})

    def _picture(self) -> bytes:
        width, height = self._size()
        good = blank(width, height)
        match self.fault:
            case "truncated":
                return good[:-30]
            case "jpeg":
                return b"\xff\xd8\xff\xe0" + bytes(900)
            case "huge":
                return blank(20_000, 20_000, b"")
            case "bomb":
                return blank(width, height, bytes(4_000_000))
            case "address":
                return b"http://127.0.0.1:1/x.png"
            case _:
                return good

    def _size(self) -> tuple[int, int]:
        body = self.asked[-1]
        if "prompt" in body and isinstance(body["prompt"], dict):
            inputs = body["prompt"]["5"]["inputs"]
            return inputs["width"], inputs["height"]
        if "size" in body:
            width, height = body["size"].split("x")
            return int(width), int(height)
        return body["width"], body["height"]
