"""The line between this process and a child: frames of msgpack, each with its length before it.

Does not know who is at either end, nor what they say to each other.
"""

import asyncio
import struct
from typing import Final, Protocol, TypeVar

import msgspec
from msgspec import Struct

MOST_FRAME: Final = 64 * 1024 * 1024
_LENGTH: Final = struct.Struct(">I")
_encoder: Final = msgspec.msgpack.Encoder()

T = TypeVar("T")


class Readable(Protocol):
    """The child's end of a line."""

    def read(self, size: int, /) -> bytes | None:
        """Return up to so many bytes, and none at its end."""
        ...


def framed(message: Struct) -> bytes:
    """Return a message as it goes over the line."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


def next_asked(line: Readable, decoder: "msgspec.msgpack.Decoder[T]") -> T | None:
    """Return what a child is asked next, None when nobody asks any more."""
    head = _exactly(line, _LENGTH.size)
    return decoder.decode(_exactly(line, *_LENGTH.unpack(head))) if len(head) == _LENGTH.size else None


async def next_said(line: asyncio.StreamReader, decoder: "msgspec.msgpack.Decoder[T]") -> T:
    """Return what a child says next; raises ValueError, DecodeError or IncompleteReadError where nothing comes."""
    (size,) = _LENGTH.unpack(await line.readexactly(_LENGTH.size))
    if size > MOST_FRAME:
        raise ValueError("a frame is too large")
    return decoder.decode(await line.readexactly(size))


def _exactly(line: Readable, count: int) -> bytes:
    """Return so many bytes; fewer only where the line ends."""
    read = bytearray()
    while len(read) < count and (more := line.read(count - len(read))):
        read += more
    return bytes(read)
