"""The contracts of `voice.ports`, on everything that speaks and hears."""

import io
import wave
from collections.abc import AsyncGenerator

import pytest

from taleforge.errors import AudioTooShort, BadAudio, BadInput
from taleforge.voice.cell import Cells
from taleforge.voice.fake import FakeStudio
from taleforge.voice.profiles import profile_of
from taleforge.voice.studio import Studio
from tests.conftest import Need

PHRASES = ("attack the goblin", "look around", "open the door")
TOLD = profile_of("narrator")
Speech = Studio | FakeStudio


@pytest.fixture(params=["embedded", "fake"])
async def speech(request: pytest.FixtureRequest, need: Need) -> AsyncGenerator[Speech]:
    """Return something that speaks and hears, of each kind."""
    if request.param == "embedded":
        for part in ("espeakng_loader", "pocketsphinx", "soundfile", "soxr"):
            need(part, "pip install 'taleforge[voice]'")
    made = Studio(Cells(1, 30)) if request.param == "embedded" else FakeStudio()
    yield made
    await made.close()


async def spoken(speech: Speech, text: str = "look around", **kind: str) -> bytes:
    pieces = speech.speak(text, TOLD, kind.get("format", "wav"))  # type: ignore[arg-type] # a Format
    return b"".join([piece async for piece in pieces])


async def test_what_is_said_is_a_file_and_is_heard_again(speech: Speech) -> None:
    """A WAV of 16 bits in one channel, whose header tells its length; among the scene's phrases it is recognised."""
    file = await spoken(speech)
    with wave.open(io.BytesIO(file)) as opened:
        assert (opened.getnchannels(), opened.getsampwidth(), opened.getframerate()) == (1, 2, 24_000)
        assert opened.getnframes() > 0
    heard = await speech.transcribe(file, PHRASES)
    assert (heard.text, heard.language, heard.choices[0]) == ("look around", "en", "look around")
    assert set(heard.choices) == set(PHRASES)


async def test_raw_samples_are_the_same_sound(speech: Speech) -> None:
    """`pcm` is what the WAV holds, without its header: not to the bit, for engines dither."""
    raw = await spoken(speech, format="pcm")
    with wave.open(io.BytesIO(await spoken(speech))) as opened:
        assert abs(2 * opened.getnframes() - len(raw)) < 0.01 * len(raw)


@pytest.mark.parametrize("file", [b"", b"PK\x03\x04" + bytes(200), bytes(5000), b"\xff" * 5000])
async def test_what_is_no_sound_is_refused(speech: Speech, file: bytes) -> None:
    """Nothing, a zip, zeros and noise are told apart from silence, and the next file is heard as ever."""
    with pytest.raises(BadAudio) as refused:
        await speech.transcribe(file)
    assert isinstance(refused.value, AudioTooShort) == (not file)
    assert (await speech.transcribe(await spoken(speech), PHRASES)).text == "look around"


async def test_what_cannot_be_done_is_refused(speech: Speech) -> None:
    """No words to say, and a language that nobody knows."""
    with pytest.raises(BadInput):
        await spoken(speech, " \n\t")
    file = await spoken(speech)
    with pytest.raises(BadInput):
        await speech.transcribe(file, PHRASES, "tlh")
