"""PNG files as others send them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge.art.files import cleaned, engine_of, signed, size_of
from taleforge.art.ports import nobody
from taleforge.art.values import Wish, decode, encode
from taleforge.art.work import worker
from taleforge.errors import BadInput
from tests.painting_double import blank

GOOD = blank(64, 64)


def test_nothing_but_the_picture_is_kept() -> None:
    """What a server wrote beside it is gone; a signature is read again."""
    made = signed(cleaned(GOOD), "a1111")
    assert b"secret" not in made
    assert (engine_of(made), size_of(made), engine_of(GOOD)) == ("a1111", (64, 64), "")


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_one_changed_byte_is_found(at: int, by: int) -> None:
    """Wherever it is, the file is refused, or comes out as it was: then the change was outside the picture."""
    changed = bytearray(GOOD)
    changed[at] = (changed[at] + by) % 256
    with contextlib.suppress(BadInput):
        assert cleaned(bytes(changed)) == cleaned(GOOD)


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    """As a problem of the input and nothing else, with and without a picture's beginning."""
    for file in (noise, GOOD[:33] + noise):
        with pytest.raises(BadInput):
            cleaned(file)


async def test_a_payload_beyond_a_limit_is_refused() -> None:
    """It would fail however often it is tried, so it is bad input; and whatever is within comes back as it went."""
    wish = Wish("x", "ink", 64, 1024, 5, "item")
    assert decode(encode(wish)) == wish
    work = worker(None, None, None)  # type: ignore[arg-type] # nobody is asked
    for payload in (b"", b"\xc1", encode(Wish("x" * 2_001)), encode(Wish("x", width=63)), encode(Wish("x", seed=-1))):
        with pytest.raises(BadInput):
            await work(payload, nobody)
