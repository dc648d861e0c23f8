"""Speech by models on a graphics card, in children that may hardly do anything beside."""

from importlib import import_module
from pathlib import Path

import pytest
from msgspec.structs import replace

from taleforge.voice.profiles import profile_of
from taleforge.voice.setup import open_studio
from tests.conftest import Need
from tests.voice import models

pytestmark = pytest.mark.gpu
MODULES = {"whisper": "faster_whisper", "piper": "piper", "kokoro": "kokoro_onnx"}


@pytest.mark.parametrize("kind", MODULES)
async def test_a_card_speaks_and_hears(need: Need, kind: str, tmp_path: Path) -> None:
    """Twice the same, and nothing else had to take over."""
    for part in ("espeakng_loader", "pocketsphinx", "soundfile", "soxr", "onnx", MODULES[kind]):
        need(part, "make engines")
    if kind == "whisper" and not import_module("ctranslate2").get_cuda_device_count():
        pytest.skip("no graphics card here; this one needs one of NVIDIA's")
    made = open_studio(replace(models.config(kind, tmp_path), device="cuda"))
    said = [b"".join([piece async for piece in made.speak("A bell.", profile_of("x"), "wav")]) for _ in range(2)]
    assert said[0] == said[1]
    assert (await made.transcribe(said[0], ["the bell tolls", "look around"])).seconds > 0
    assert not made.counts.fell_back.counts
    await made.close()
