"""Engines with models on this machine: their real code, on weights by chance. Run by `make engines`."""

import wave
from collections.abc import AsyncGenerator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from taleforge.errors import Misconfigured
from taleforge.voice.kokoro import voice_for
from taleforge.voice.profiles import profile_of
from taleforge.voice.setup import Config, open_studio
from taleforge.voice.studio import Studio
from tests.conftest import Need
from tests.voice import models

pytestmark = pytest.mark.engines
MODULES = {"whisper": "faster_whisper", "piper": "piper", "kokoro": "kokoro_onnx"}
TEXT = "The bell tolls. Nobody rings it."


@pytest.fixture(autouse=True)
def _parts(need: Need) -> None:
    for part in ("espeakng_loader", "pocketsphinx", "soundfile", "soxr", *MODULES.values()):
        need(part, "make engines")


async def said(made: Studio, who: str, text: str = TEXT, **traits: Any) -> bytes:
    pieces = made.speak(text, profile_of(who, traits.get("traits", ())), traits.get("format", "wav"))
    return b"".join([piece async for piece in pieces])


async def opened(config: Config) -> AsyncGenerator[Studio]:
    made = open_studio(config)
    yield made
    await made.close()


@pytest.fixture(params=["piper", "kokoro"])
async def mouth(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Studio]:
    """Return each engine that speaks by a model."""
    async for made in opened(models.config(request.param, tmp_path)):
        yield made


async def test_everybody_has_a_voice_of_their_own(mouth: Studio) -> None:
    """The same each time, another one for others, and slower for whoever speaks slowly."""
    odda, gate = await said(mouth, "odda"), await said(mouth, "gate_guard")
    assert odda == await said(mouth, "odda")
    assert odda != gate
    with wave.open(BytesIO(odda)) as one, wave.open(BytesIO(await said(mouth, "odda", traits=["troll"]))) as slow:
        assert slow.getnframes() != one.getnframes()
    assert not mouth.counts.fell_back.counts


async def test_a_long_text_comes_sentence_by_sentence(mouth: Studio) -> None:
    """Raw samples come while the rest is made, so that the first can be heard soon."""
    pieces = [piece async for piece in mouth.speak(TEXT * 3, profile_of("odda"), "pcm")]
    assert len(pieces) >= 3


@pytest.mark.parametrize("kind", ["piper", "kokoro", "whisper"])
async def test_weights_that_cannot_be_used_are_a_word_and_no_crash(kind: str, tmp_path: Path) -> None:
    """Cut short they are refused at the start; wrong inside, the embedded engine takes over."""
    config = models.config(kind, tmp_path)
    file = Path(config.recogniser_model, "model.bin") if kind == "whisper" else Path(config.synthesiser_model)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(Misconfigured, match=file.name):
        open_studio(config)
    wrong = bytearray(whole)
    wrong[40 : len(wrong) // 2] = bytes(byte ^ 0x55 for byte in wrong[40 : len(wrong) // 2])
    file.write_bytes(whole)
    made = open_studio(config)
    file.write_bytes(wrong)
    sound = await said(made, "odda")
    assert (await made.transcribe(sound, ["the bell tolls"])).seconds > 0.5
    assert made.counts.fell_back.counts == {("hear" if kind == "whisper" else "speak",): 1}
    await made.close()


async def test_whisper_writes_down_what_it_hears(tmp_path: Path) -> None:
    """Words that its model knows, each within the file; the phrases it may have been are offered."""
    async for made in opened(models.config("whisper", tmp_path)):
        file = await said(made, "narrator", TEXT * 4)
        found = await made.transcribe(file, ["the bell tolls", "look around"], "auto")
        assert set(found.text.split()) <= set(models.WORDS)
        assert (found.language, found.seconds > 5) == ("en", True)
        assert not made.counts.fell_back.counts


def test_voices_of_kokoro_are_chosen_by_who_speaks() -> None:
    """A lady has a woman's voice, somebody from Britain one from there; the same name always the same."""
    lady, dwarf = profile_of("x", ["female"]), profile_of("y", ["dwarf", "male"])
    assert voice_for(lady, models.VOICES)[1] == "f"
    assert voice_for(dwarf, models.VOICES) == "bm_bell"
    assert voice_for(lady, ("zf_one",)) == "zf_one"
