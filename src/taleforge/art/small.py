"""Small pictures, for lists of many: each made of a whole one, once, where that was painted.

Reads what `files.cleaned` let through, and what is painted here. Does not say where either is kept.
"""

import zlib
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy import typing as npt

from taleforge.art.fields import Field
from taleforge.art.files import CHANNELS, chunks, is_small, size_of
from taleforge.art.png import png
from taleforge.art.values import SMALL_SIDE

_OF_PALETTE: Final = 3
_WITH_ALPHA: Final = frozenset({4, 6})

Bytes = npt.NDArray[np.uint8]


def small(data: bytes) -> bytes:
    """Return a picture with at most `SMALL_SIDE` pixels to a side, as a PNG; itself where it has no more already.

    What is transparent becomes white. Raises BadInput for what is no PNG, and zlib.error for a broken one.
    """
    return data if is_small(data) else png(_shrunk(_colours(data)))


def _shrunk(rgb: Field) -> Field:
    """Return each pixel as the mean of those that it stands for."""
    scale = SMALL_SIDE / max(rgb.shape[:2])
    for axis, across in enumerate(((-1, 1, 1), (1, -1, 1))):
        size = rgb.shape[axis]
        count = max(1, round(size * scale))
        edges = np.arange(count + 1) * size // count
        rgb = np.add.reduceat(rgb, edges[:-1], axis=axis) / np.diff(edges).astype(np.float32).reshape(across)
    return rgb


def _colours(data: bytes) -> Field:
    """Return rows × columns × 3 numbers between 0 and 1."""
    (width, height), depth, kind = size_of(data), data[24], data[25]
    parts = list(chunks(data))
    packed = zlib.decompress(b"".join(body for name, body in parts if name == b"IDAT"))
    bytes_each = CHANNELS[kind] * depth // 8
    rows = _plain(np.frombuffer(packed, np.uint8).reshape(height, 1 + width * bytes_each), bytes_each)
    values = rows.reshape(height, width, CHANNELS[kind], depth // 8)[..., 0]  # of 16 bits, the upper 8
    if kind == _OF_PALETTE:
        palette = next(np.frombuffer(body, np.uint8).reshape(-1, 3) for name, body in parts if name == b"PLTE")
        values = palette[np.minimum(values[..., 0], len(palette) - 1)]
    shades = values.astype(np.float32) / 255
    if kind in _WITH_ALPHA:
        shades = 1 - shades[..., -1:] * (1 - shades[..., :-1])
    return np.broadcast_to(shades, (height, width, 3))


def _plain(rows: Bytes, each: int) -> Bytes:
    """Return the bytes of rows of which the first byte says how the others differ from their neighbours."""
    plain = np.zeros((len(rows) + 1, rows.shape[1] - 1), np.uint8)
    for at, row in enumerate(rows, 1):
        plain[at] = _UNDONE[int(row[0])](row[1:], plain[at - 1], each)
    return plain[1:]


def _left(row: Bytes, _above: Bytes, each: int) -> Bytes:
    return np.add.accumulate(row.reshape(-1, each), axis=0, dtype=np.uint8).ravel()


def _one_by_one(guess: Callable[[int, int, int], int]) -> Callable[[Bytes, Bytes, int], Bytes]:
    """Return what adds to each byte a guess by those to the left, above, and above to the left."""

    def undo(row: Bytes, above: Bytes, each: int) -> Bytes:
        plain, up = bytearray(each) + row.tobytes(), bytes(each) + above.tobytes()
        for at in range(each, len(plain)):
            plain[at] = plain[at] + guess(plain[at - each], up[at], up[at - each]) & 255
        return np.frombuffer(bytes(plain[each:]), np.uint8)

    return undo


def _paeth(left: int, above: int, corner: int) -> int:
    """Return whichever is nearest to left + above - corner, as PNG has it."""
    by_left, by_above, by_corner = abs(above - corner), abs(left - corner), abs(left + above - 2 * corner)
    if by_left <= by_above and by_left <= by_corner:
        return left
    return above if by_above <= by_corner else corner


_UNDONE: Final[Mapping[int, Callable[[Bytes, Bytes, int], Bytes]]] = {
    0: lambda row, _above, _each: row, 1: _left, 2: lambda row, above, _each: row + above,
    3: _one_by_one(lambda left, above, _corner: (left + above) // 2), 4: _one_by_one(_paeth),
}  # fmt: skip
