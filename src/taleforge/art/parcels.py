"""How a picture comes from whoever painted it to a gallery: in bytes, or as the names of files that hold it already.

A worker may have a folder of its own or the servers', and is not told which. It sends a picture in bytes that is not
among its files; if it is there later, a server has put it there, so they are the same files, and from then on the
worker puts pictures there itself (docs/decisions/0042). Does not say whose a picture is.
"""

import time
from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from taleforge.art import files
from taleforge.art.ports import Files
from taleforge.errors import TaleforgeError

REST: Final = 300.0
"""Seconds for which files are left alone that could not be used: each try may take long."""


class Parcel(Struct, frozen=True, omit_defaults=True):
    """A picture: its size, who painted it, and the files of it and of the same in small, if it is in files."""

    width: int
    height: int
    engine: str
    file: str = ""
    small: str = ""


class Sender:
    """Packs pictures.

    Args:
        mine: The files of this process.
        name: Returns the name that the bytes of a picture have among files.
        clock: Seconds since some moment.
    """

    def __init__(self, mine: Files, name: Callable[[bytes], str], clock: Callable[[], float] = time.monotonic) -> None:
        self._files = mine
        self._name = name
        self._clock = clock
        self._sent = ""
        """The name of a picture that went in bytes, and was not among our files before."""
        self._resting = clock()
        """Until when our files are left alone, as they could not be used."""

    async def pack(self, picture: bytes, small: bytes) -> bytes:
        """Return a picture and the same in small as one piece, which is short if servers have our files."""
        if self._clock() >= self._resting:
            try:
                if await self._shared(picture):
                    return _encode(await self._put(picture, small))
            except TaleforgeError:
                self._resting = self._clock() + REST
        return picture + small

    async def _shared(self, picture: bytes) -> bool:
        """Whether servers have our files; if that is not known yet, this picture is to show it."""
        if self._sent and await self._files.stat(self._sent) is not None:
            return True
        name = self._name(picture)
        self._sent = "" if await self._files.stat(name) is not None else name
        return False

    async def _put(self, picture: bytes, small: bytes) -> Parcel:
        file = await self._files.put(picture, files.MIME)
        less = await self._files.put(small, files.MIME)
        return replace(_described(picture), file=file.id, small=less.id)


def unpacked(packed: bytes) -> tuple[Parcel, bytes, bytes]:
    """Return a picture, its bytes and those of the same in small, which are empty where they are in files.

    Raises:
        BadInput: it is damaged.
        msgspec.DecodeError: it is no picture.
    """
    if not packed.startswith(files.SIGNATURE):
        return _decoder.decode(packed), b"", b""
    picture, small = files.parted(packed)
    return _described(picture), picture, small


_encode: Final = msgspec.json.Encoder().encode
_decoder: Final = msgspec.json.Decoder(Parcel)


def _described(picture: bytes) -> Parcel:
    return Parcel(*files.size_of(picture), files.engine_of(picture))
