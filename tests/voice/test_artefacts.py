"""What speech sounds and looks like, kept to be judged by people: `make slow` writes artefacts/voice.

Each sentence of each voice as a WAV, its spectrogram beside it, and a report of what the recogniser made of it.
"""

import io
import wave
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec import Struct

from taleforge.art.png import png
from taleforge.voice.parts import part
from taleforge.voice.profiles import profile_of
from taleforge.voice.setup import Config, open_studio
from taleforge.voice.studio import Studio
from taleforge.voice.values import RATE
from tests.conftest import Need

pytestmark = pytest.mark.slow
PHRASES = (
    "attack the goblin", "look around", "open the door", "search the room for traps", "talk to the landlady",
    "cast magic missile", "walk to the old bell", "take a short rest", "hide behind the barrels",
)  # fmt: skip
CAST = {
    "narrator": (), "gruff_gate_guard": ("dwarf", "male"), "odda_bell": ("female", "old"), "snik": ("goblin",),
    "lady_ysolde": ("female", "noble"), "grub": ("troll", "large"),
}  # fmt: skip
WINDOW, STEP = 512, 120
"""Samples of a column of a spectrogram, and between two: 21 and 5 ms."""
DEEP: Final = 70
"""Decibels below the loudest that are shown."""


class Spoken(Struct, frozen=True):
    """A sentence, how somebody said it, and what was heard."""

    who: str
    said: str
    heard: str
    sure: float
    seconds: float
    pitch: float


def spectrogram(samples: bytes) -> Any:
    """Return how loud each pitch is over time: dark is loud, low is at the bottom."""
    numpy = part("numpy")
    sound = numpy.frombuffer(samples, "<i2").astype("f4") / 32768
    pieces = numpy.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::STEP] * numpy.hanning(WINDOW)
    loud = 20 * numpy.log10(numpy.abs(numpy.fft.rfft(pieces)) + 1e-6).T[::-1]
    grey = 1 - numpy.clip((loud - loud.max() + DEEP) / DEEP, 0, 1)
    return numpy.repeat(grey[:, :, None], 3, axis=2)


async def spoken(speech: Studio, folder: Path, number: int, who: str) -> Spoken:
    """Have a sentence said, kept and heard again."""
    phrase = PHRASES[number % len(PHRASES)]
    file = b"".join([piece async for piece in speech.speak(phrase, profile_of(who, CAST[who]))])
    name = folder / f"{who}-{number}"
    name.with_suffix(".wav").write_bytes(file)
    with wave.open(io.BytesIO(file)) as opened:
        assert opened.getframerate() == RATE
        samples = opened.readframes(opened.getnframes())
    picture = spectrogram(samples)
    name.with_suffix(".png").write_bytes(png(picture))
    heard = await speech.transcribe(file, PHRASES)
    longer = b"".join([piece async for piece in speech.speak(f"{phrase}. " * 3, profile_of(who, CAST[who]))])
    pitch = (await speech.measure(longer)).pitch
    return Spoken(who, phrase, heard.text, heard.confidence, heard.seconds, pitch)


async def test_voices_are_kept_to_be_judged(need: Need, repository: Path) -> None:
    """Of all that a cast of six says four in five phrases are heard again, and their pitches lie apart."""
    for name in ("espeakng_loader", "pocketsphinx", "soundfile", "soxr", "numpy"):
        need(name, "pip install 'taleforge[voice]'")
    folder = repository / "artefacts" / "voice"
    folder.mkdir(parents=True, exist_ok=True)
    speech = open_studio(Config())
    rows = [
        await spoken(speech, folder, 3 * place + turn, who) for place, who in enumerate(CAST) for turn in range(3)
    ]  # fmt: skip
    await speech.close()
    lines = [
        f"| {row.who} | {row.said} | {row.heard} | {row.sure} | {row.seconds:.2f} | {row.pitch:.0f} |" for row in rows
    ]  # fmt: skip
    head = "| voice | said | heard | sure | seconds | Hz |\n|---|---|---|---|---|---|\n"
    (folder / "report.md").write_text(head + "\n".join(lines) + "\n")
    assert sum(row.said == row.heard for row in rows) >= 0.8 * len(rows)
    pitches = sorted({row.who: row.pitch for row in rows}.values())
    assert pitches[-1] > 1.5 * pitches[0]
