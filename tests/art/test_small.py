"""Pictures in small: of every kind of PNG that is let in, and of what is painted here."""

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge.art.files import SIGNATURE, chunk, parted, size_of
from taleforge.art.png import png
from taleforge.art.small import small
from taleforge.art.values import SMALL_SIDE
from taleforge.errors import BadInput

RED = (200, 30, 60)
WIDTH, HEIGHT = 160, 192


def written(kind: int, pixel: bytes, depth: int = 8, *more: bytes) -> bytes:
    """Return a picture of one colour, whose rows say nothing of their neighbours."""
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, kind, 0, 0, 0)
    body = zlib.compress((b"\0" + pixel * WIDTH) * HEIGHT)
    return SIGNATURE + chunk(b"IHDR", head) + b"".join(more) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


KINDS = {
    "colours": (written(2, bytes(RED)), RED),
    "16 bits": (written(2, b"".join(bytes((one, 7)) for one in RED), 16), RED),
    "grey": (written(0, b"\x60"), (96, 96, 96)),
    "palette": (written(3, b"\1", 8, chunk(b"PLTE", bytes((0, 0, 0, *RED)))), RED),
    "half transparent": (written(6, bytes((*RED, 0))), (255, 255, 255)),
    "grey, opaque": (written(4, b"\x60\xff"), (96, 96, 96)),
}


def shown(data: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """Return the pixels of a picture that was painted here, whose rows are differences to those above."""
    width, height = size_of(data)
    length = int.from_bytes(data[33:37])
    rows = np.frombuffer(zlib.decompress(data[41 : 41 + length]), np.uint8).reshape(height, 1 + 3 * width)[:, 1:]
    return np.add.accumulate(rows, axis=0, dtype=np.uint8).reshape(height, width, 3)


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_picture_keeps_its_colour_and_its_shape(name: str) -> None:
    """The longer side has as many pixels as a small picture may have."""
    whole, colour = KINDS[name]
    seen = shown(small(whole))
    assert seen.shape == (SMALL_SIDE, round(WIDTH * SMALL_SIDE / HEIGHT), 3)
    assert (seen == colour).all()


def test_a_pixel_is_the_mean_of_those_it_stands_for() -> None:
    """Of a chequered board nothing but grey is left; a picture that is small already stays as it is."""
    board = np.indices((512, 512)).sum(axis=0)[..., None].repeat(3, axis=2) % 2
    assert np.ptp(shown(small(png(board.astype(np.float32)))).astype(int) - 128) == 0
    tiny = png(board[:SMALL_SIDE, :SMALL_SIDE].astype(np.float32))
    assert small(tiny) == tiny


def nearest(left: int, above: int, corner: int) -> int:
    """Return the first of three that is as near as any to left + above - corner."""
    return min((left, above, corner), key=lambda one: abs(left + above - corner - one))


def differences(kind: int, plain: bytes, above: bytes, each: int) -> bytes:
    """Return a row as the standard has it written with one of its filters; the plainest way to say it."""
    left, corner = bytes(each) + plain, bytes(each) + above
    guess = (lambda *_: 0, lambda a, _b, _c: a, lambda _a, b, _c: b, lambda a, b, _c: (a + b) // 2, nearest)[kind]
    return bytes((x - guess(left[i], above[i], corner[i])) % 256 for i, x in enumerate(plain))


@given(st.data())
def test_rows_are_read_however_they_were_written(data: st.DataObject) -> None:
    """Each with any filter of the standard."""
    rows = [
        bytes(3 * SMALL_SIDE + 6),
        *(data.draw(st.binary(min_size=3, max_size=3)) * (SMALL_SIDE + 2) for _ in range(4)),
    ]
    rows[2] = bytes(data.draw(st.randoms(use_true_random=False)).randbytes(len(rows[1])))
    kinds = [data.draw(st.integers(0, 4)) for _ in rows[1:]]
    coded = [
        bytes((k,)) + differences(k, row, rows[at], 3) for at, (k, row) in enumerate(zip(kinds, rows[1:], strict=True))
    ]
    plain = [b"\0" + row for row in rows[1:]]
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", SMALL_SIDE + 2, 4, 8, 2, 0, 0, 0))
    made = [
        SIGNATURE + head + chunk(b"IDAT", zlib.compress(b"".join(each))) + chunk(b"IEND", b"")
        for each in (coded, plain)
    ]
    assert small(made[0]) == small(made[1])


def test_files_behind_each_other_are_told_apart() -> None:
    """A result from before there were small pictures has nothing behind the first; what is no PNG is refused."""
    first, second = KINDS["grey"][0], KINDS["palette"][0]
    assert parted(first + second) == (first, second)
    assert parted(first) == (first, b"")
    with pytest.raises(BadInput):
        small(b"GIF89a")
