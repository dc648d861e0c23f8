"""Files of sound: read at any rate, up to a limit, whatever their headers announce."""

import io
import struct
import wave
from typing import Any

import pytest

from taleforge.errors import AudioTooLong
from taleforge.voice import sound
from taleforge.voice.parts import part
from taleforge.voice.values import HEARD_RATE, RATE
from tests.conftest import Need


@pytest.fixture(autouse=True)
def _parts(need: Need) -> None:
    for name in ("soundfile", "soxr", "numpy"):
        need(name, "pip install 'taleforge[voice]'")


def quiet(seconds: float, rate: int = 8000, kind: str = "FLAC", **how: Any) -> bytes:
    """Return a file of silence."""
    file = io.BytesIO()
    part("soundfile").write(file, part("numpy").zeros(int(seconds * rate), "i2"), rate, format=kind, **how)
    return file.getvalue()


@pytest.mark.parametrize("kind", [pytest.param("FLAC", marks=pytest.mark.slow), "WAV"])
def test_an_hour_is_refused_with_the_limit(kind: str) -> None:
    """However small its file is; ten minutes are read."""
    hour = quiet(3600, kind=kind)
    for read in (sound.seconds_of, lambda file: sound.read(file, HEARD_RATE)):
        with pytest.raises(AudioTooLong, match="30 minutes"):
            read(hour)
    assert sound.seconds_of(quiet(60)) == 60


def test_a_header_is_not_believed() -> None:
    """One that announces ten hours over a second of sound, or a second over more than there may be."""
    file = io.BytesIO()
    with wave.open(file, "wb") as opened:
        opened.setparams((1, 2, 8000, 0, "NONE", ""))
        opened.writeframes(bytes(16_000))
    lying = bytearray(file.getvalue())
    lying[40:44] = struct.pack("<I", 10 * 3600 * 16_000)
    assert sound.seconds_of(bytes(lying)) == 1


@pytest.mark.slow  # half a minute is packed
def test_a_packed_file_is_small_and_as_long() -> None:
    """Half an hour of speech fits into a job."""
    noise = part("numpy").random.default_rng(1).normal(0, 3000, 30 * HEARD_RATE).astype("i2").tobytes()
    packed = sound.written(noise, HEARD_RATE, "opus")
    assert len(packed) * 60 < 4 * 1024**2 * 1.5
    assert sound.seconds_of(packed) == pytest.approx(30, abs=0.1)


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "opus", "mp3"])
def test_what_is_written_can_be_read(kind: Any) -> None:
    """In every format that is spoken, at its length."""
    samples = part("numpy").random.default_rng(1).normal(0, 3000, RATE).astype("i2").tobytes()
    assert sound.seconds_of(sound.written(samples, RATE, kind)) == pytest.approx(1, abs=0.1)


@pytest.mark.slow  # minutes of sound are packed
@pytest.mark.parametrize("kind", ["ogg", "opus", "mp3"])
def test_minutes_are_written_as_well(kind: Any) -> None:
    """A page that is read aloud: Vorbis crashed when it was given all of it at once."""
    samples = part("numpy").random.default_rng(1).normal(0, 3000, 300 * RATE).astype("i2").tobytes()
    assert sound.seconds_of(sound.written(samples, RATE, kind)) == pytest.approx(300, abs=0.1)
