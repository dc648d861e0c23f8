"""The contracts of `voice.ports`, on everything that speaks and hears."""

import io
import wave
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec import Struct

from taleforge.errors import AudioTooShort, BadAudio, BadInput
from taleforge.voice.fake import FakeStudio
from taleforge.voice.ports import Speech
from taleforge.voice.profiles import profile_of
from taleforge.voice.setup import Config, open_studio
from tests.conftest import Need
from tests.speech_double import SpeechDouble
from tests.voice import models

PHRASES = ("attack the goblin", "look around", "open the door")
TOLD = profile_of("narrator")
MODULES = {"whisper": "faster_whisper", "piper": "piper", "kokoro": "kokoro_onnx"}
ENGINES = [pytest.param(name, marks=pytest.mark.engines) for name in MODULES]

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Subject(Struct):
    """What speaks and hears; whether it understands, and knows which languages there are."""

    speech: Speech
    understands: bool = True
    picky: bool = True


@pytest.fixture(scope="module", params=["embedded", "fake", "remote", *ENGINES])
def kind(request: pytest.FixtureRequest, need: Need) -> str:
    """Return the name of each kind of engine that is here."""
    parts = () if request.param == "fake" else ("espeakng_loader", "pocketsphinx", "soundfile", "soxr")
    for part in parts:
        need(part, "pip install 'taleforge[voice]'")
    if request.param in MODULES:
        need(MODULES[request.param], "make engines")
    return request.param


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def subject(kind: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Subject]:
    """Return what speaks and hears; it may not have fallen back on another, which would hide what it does wrong."""
    folder = tmp_path_factory.mktemp(kind)
    async with SpeechDouble() as double:
        made = _subject(kind, folder, double.url)
        yield made
        assert not made.speech.counts.fell_back.counts
        await made.speech.close()


def _subject(kind: str, folder: Path, url: str) -> Subject:
    if kind == "fake":
        return Subject(FakeStudio())
    if kind == "embedded":
        return Subject(open_studio(Config()))
    if kind == "remote":
        ways = Config(synthesiser="openai", synthesiser_url=url, recogniser="openai", recogniser_url=url)
        return Subject(open_studio(ways), picky=False)
    return Subject(open_studio(models.config(kind, folder)), understands=False)


async def spoken(speech: Speech, text: str = "look around", **kind: str) -> bytes:
    pieces = speech.speak(text, TOLD, kind.get("format", "wav"))  # type: ignore[arg-type] # a Format
    return b"".join([piece async for piece in pieces])


async def test_what_is_said_is_a_file_and_is_heard_again(subject: Subject) -> None:
    """A WAV of 16 bits in one channel, whose header tells its length; among the scene's phrases it is recognised."""
    file = await spoken(subject.speech)
    with wave.open(io.BytesIO(file)) as opened:
        assert (opened.getnchannels(), opened.getsampwidth(), opened.getframerate()) == (1, 2, 24_000)
        assert opened.getnframes() > 0
        seconds = opened.getnframes() / 24_000
    heard = await subject.speech.transcribe(file, PHRASES)
    assert heard.language == "en"
    assert set(heard.choices) <= set(PHRASES)
    if isinstance(subject.speech, FakeStudio):
        return
    assert heard.seconds == pytest.approx(seconds, abs=0.01)
    assert await subject.speech.seconds(file) == pytest.approx(seconds, abs=0.01)
    assert all(0 <= segment.start <= segment.end <= seconds + 0.01 for segment in heard.segments)
    if subject.understands:
        assert (heard.text, heard.choices[0]) == ("look around", "look around")


async def test_raw_samples_are_the_same_sound(subject: Subject) -> None:
    """`pcm` is what the WAV holds, without its header: not to the bit, for engines dither."""
    raw = await spoken(subject.speech, format="pcm")
    with wave.open(io.BytesIO(await spoken(subject.speech))) as opened:
        assert abs(2 * opened.getnframes() - len(raw)) < 0.01 * len(raw)


async def test_what_is_no_sound_is_refused(subject: Subject) -> None:
    """Nothing, a zip, zeros and noise are told apart from silence, and the next file is heard as ever."""
    for file in (b"", b"PK\x03\x04" + bytes(200), bytes(5000), b"\xff" * 5000):
        for look in (subject.speech.transcribe, subject.speech.seconds):
            with pytest.raises(BadAudio) as refused:
                await look(file)
            assert isinstance(refused.value, AudioTooShort) == (not file)
    heard = await subject.speech.transcribe(await spoken(subject.speech), PHRASES)
    assert heard.text == "look around" or not subject.understands


async def test_what_cannot_be_said_is_refused(subject: Subject) -> None:
    """No words, and too many."""
    for text in (" \n\t", "—", "word " * 2000):
        with pytest.raises(BadInput):
            await spoken(subject.speech, text)


async def test_a_language_that_nobody_knows_is_refused(subject: Subject) -> None:
    """By whoever knows which languages there are; a server elsewhere may know any."""
    file = await spoken(subject.speech)
    if subject.picky:
        with pytest.raises(BadInput, match="tlh"):
            await subject.speech.transcribe(file, PHRASES, "tlh")
    else:
        assert (await subject.speech.transcribe(file, PHRASES, "tlh")).text
