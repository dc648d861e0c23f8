"""The line between this process and a child that paints: frames of msgpack, each with its length before it.

Does not know what paints.
"""

import asyncio
import struct
from io import RawIOBase
from typing import Final

import msgspec
from msgspec import Struct

_LENGTH: Final = struct.Struct(">I")
MOST_FRAME: Final = 16 * 1024 * 1024


class Model(Struct, frozen=True):
    """What a child process is to paint with; `memory` is MB of address space, 0 for any amount."""

    folder: str
    device: str = "cpu"
    threads: int = 2
    memory: int = 8192
    steps: int = 24
    guidance: float = 7.0


class Order(Struct, frozen=True):
    """A picture that is to be painted: what it shows, and what it must not."""

    words: str
    never: str
    width: int
    height: int
    seed: int


class Paint(Struct, frozen=True, tag=True):
    """Paint a picture."""

    order: Order


class Stop(Struct, frozen=True, tag=True):
    """Nobody wants the picture any more that is being painted."""


class Went(Struct, frozen=True, tag=True):
    """So many percent are painted."""

    percent: int


class Painted(Struct, frozen=True, tag=True):
    """The picture, as a PNG."""

    file: bytes


class Failed(Struct, frozen=True, tag=True):
    """No picture came of it."""

    problem: str
    remedy: str


Asked = Paint | Stop
Said = Went | Painted | Failed
_asked: Final = msgspec.msgpack.Decoder(Asked)
_said: Final = msgspec.msgpack.Decoder(Said)


def framed(message: Asked | Said) -> bytes:
    """Return a message as it goes over the line."""
    body = msgspec.msgpack.encode(message)
    return _LENGTH.pack(len(body)) + body


def next_asked(line: RawIOBase) -> Asked | None:
    """Return what is asked next on a line that keeps nothing back, None when nobody asks any more."""
    head = _exactly(line, _LENGTH.size)
    return _asked.decode(_exactly(line, *_LENGTH.unpack(head))) if head else None


def _exactly(line: RawIOBase, count: int) -> bytes:
    """Return so many bytes; fewer only where the line ends."""
    read = b""
    while len(read) < count and (more := line.read(count - len(read))):
        read += more
    return read


async def next_said(line: asyncio.StreamReader) -> Said:
    """Return the next answer; raises ValueError, DecodeError or IncompleteReadError where there comes none."""
    (size,) = _LENGTH.unpack(await line.readexactly(_LENGTH.size))
    if size > MOST_FRAME:
        raise ValueError("a frame is too large")
    return _said.decode(await line.readexactly(size))
