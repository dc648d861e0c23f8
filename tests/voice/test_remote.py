"""Servers that speak and hear elsewhere: what they are sent, and that the embedded engines take over when they fail."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import msgspec
import pytest

from taleforge.errors import BadAudio
from taleforge.voice.profiles import profile_of
from taleforge.voice.setup import Config, open_studio
from taleforge.voice.studio import Studio
from tests.conftest import Need
from tests.speech_double import FAULTS, Fault, SpeechDouble, hum

NARRATOR = profile_of("narrator")


@asynccontextmanager
async def studio(url: str, patience: float = 30.0) -> AsyncGenerator[Studio]:
    made = open_studio(Config(
        synthesiser="openai", synthesiser_url=url, synthesiser_key="sk-1", synthesiser_model="m", timeout=patience,
        synthesiser_voices="alloy, onyx", recogniser="openai", recogniser_url=url, recogniser_model="w",
    ))  # fmt: skip
    yield made
    await made.close()


@pytest.fixture(autouse=True)
def _parts(need: Need) -> None:
    for part in ("espeakng_loader", "pocketsphinx", "soundfile", "soxr"):
        need(part, "pip install 'taleforge[voice]'")


async def said(made: Studio, text: str = "look around") -> bytes:
    return b"".join([piece async for piece in made.speak(text, NARRATOR)])


async def test_a_server_is_asked_as_openai_is() -> None:
    """One of its own voices, always the same; the phrases as a prompt; decoded before it goes, whatever came."""
    async with SpeechDouble("open a door") as double, studio(double.url) as made:
        await said(made)
        heard = await made.transcribe(hum(), ["open the door", "rest"], "en-GB")
        assert (heard.text, heard.choices[0]) == ("open a door", "open the door")
        with pytest.raises(BadAudio):
            await made.transcribe(b"PK\x03\x04" + bytes(99))
    (speech, wish), (listening, form) = double.asked
    assert (speech, listening) == ("/v1/audio/speech", "/v1/audio/transcriptions")
    asked = msgspec.json.decode(wish)
    assert asked["voice"] in {"alloy", "onyx"}
    assert (asked["model"], asked["input"], asked["response_format"]) == ("m", "look around", "wav")
    assert b"open the door, rest" in form
    assert b"fLaC" in form
    assert b"RIFF" not in form


@pytest.mark.slow  # a second for each of two processes, eight times
@pytest.mark.parametrize("fault", FAULTS)
async def test_the_embedded_engines_take_over(fault: Fault) -> None:
    """Whatever the server does wrong, it is said and heard all the same, and counted; then it is asked again."""
    async with SpeechDouble(fault=fault) as double, studio(double.url, 2.0 if fault == "no_answer" else 30.0) as made:
        file = await said(made)
        assert file.startswith(b"RIFF")
        heard = await made.transcribe(file, ["look around", "open the door"])
        assert heard.text == "look around"
        assert made.counts.fell_back.counts == {("speak",): 1, ("hear",): 1}
        double.fault = None
        await said(made)
        assert made.counts.fell_back.counts == {("speak",): 1, ("hear",): 1}


async def test_a_server_that_is_not_there_is_no_silence() -> None:
    """The embedded engine speaks."""
    async with studio("http://127.0.0.1:1/v1") as made:
        assert (await said(made)).startswith(b"RIFF")
        assert made.counts.requests.counts == {("speak", "done"): 1}
