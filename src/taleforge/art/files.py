"""PNG files as others send them: checked to the last byte, freed of what is said beside the picture, signed.

A file that passes is whole, is as large as it claims, and unpacks to no more than its pixels. Paints nothing.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

from taleforge.art.values import MOST_BYTES, MOST_SIDE, SMALL_SIDE
from taleforge.errors import BadInput

MIME: Final = "image/png"
SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Numbers for each pixel, by the kind of colour."""
_KEPT: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_ENGINE: Final = b"Software\0Taleforge, "


def chunk(name: bytes, body: bytes) -> bytes:
    """Return one part of a file."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def size_of(data: bytes) -> tuple[int, int]:
    """Return the width and height of a file; raises BadInput for what is none."""
    if data[:8] != SIGNATURE or data[12:16] != b"IHDR" or len(data) < 33:
        raise _broken("is no PNG")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def is_small(data: bytes) -> bool:
    """Whether a file has no more pixels to a side than a small picture; raises BadInput for what is none."""
    return max(size_of(data)) <= SMALL_SIDE


def cleaned(data: bytes) -> bytes:
    """Return a file without anything but its picture; raises BadInput when it is broken, too large, or none."""
    if len(data) > MOST_BYTES:
        raise _broken("is too large")
    width, height = size_of(data)
    depth, colour, _, _, interlaced = data[24:29]
    if (
        not (0 < width <= MOST_SIDE and 0 < height <= MOST_SIDE and depth in {8, 16} and colour in CHANNELS)
        or interlaced
    ):
        raise _broken("is of a size or kind that is not taken")
    parts = [(name, body) for name, body in chunks(data) if name in _KEPT]
    if [name for name, _ in parts][-1:] != [b"IEND"]:
        raise _broken("has no end")
    packed = b"".join(body for name, body in parts if name == b"IDAT")
    _check_pixels(packed, height * (1 + width * CHANNELS[colour] * depth // 8))
    return SIGNATURE + b"".join(chunk(name, body) for name, body in parts)


def signed(data: bytes, engine: str) -> bytes:
    """Return a file that says who painted it."""
    return data[:33] + chunk(b"tEXt", _ENGINE + engine.encode("latin-1")) + data[33:]


def engine_of(data: bytes) -> str:
    """Return who painted a signed file; nothing when it does not say."""
    body = data[41 : 41 + int.from_bytes(data[33:37])]
    return body.removeprefix(_ENGINE).decode("latin-1") if body.startswith(_ENGINE) else ""


def parted(data: bytes) -> tuple[bytes, bytes]:
    """Return the first of files that stand one behind the other, and all that is behind it."""
    end = 8 + sum(12 + len(body) for _, body in chunks(data))
    return data[:end], data[end:]


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the parts of a file up to its end, by name; raises BadInput when one is damaged."""
    at = 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4])
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if data[at + 8 + length : at + 12 + length] != struct.pack(">I", zlib.crc32(name + body)):
            raise _broken("is damaged")
        yield name, body
        if name == b"IEND":
            return
        at += 12 + length


def _check_pixels(packed: bytes, size: int) -> None:
    try:
        pixels = zlib.decompressobj().decompress(packed, size + 1)
    except zlib.error as error:
        raise _broken("is damaged") from error
    if len(pixels) != size:
        raise _broken("has not as many pixels as it says")


def _broken(how: str) -> BadInput:
    return BadInput(f"The picture {how}.", "Send a PNG of at most 1024 pixels to each side, not interlaced.")
