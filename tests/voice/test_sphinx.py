"""The built-in recogniser among as many phrases as a scene has."""

import pytest

from taleforge.voice.profiles import profile_of
from taleforge.voice.setup import Config, open_studio
from tests.conftest import Need

PEOPLE = ("boy", "candle-seller", "guard", "landlady", "man by the fire")
THINGS = ("bell", "cellar", "key", "larder", "night", "river", "slate", "tolling", "trade", "war")
PHRASES = tuple(
    f"{deed} the {who} about the {what}" for deed in ("Ask", "Warn", "Tell") for who in PEOPLE for what in THINGS
)


@pytest.mark.slow  # a dozen sentences are spoken and heard
async def test_one_of_a_hundred_and_fifty_phrases_is_heard(need: Need) -> None:
    """Hardly any is lost for there being so many that are like it."""
    for part in ("espeakng_loader", "pocketsphinx", "soundfile", "soxr"):
        need(part, "pip install 'taleforge[voice]'")
    speech = open_studio(Config())
    heard: list[bool] = []
    for phrase in PHRASES[::13]:
        file = b"".join([piece async for piece in speech.speak(phrase, profile_of("narrator"))])
        heard.append((await speech.transcribe(file, PHRASES)).text == phrase)
    await speech.close()
    assert sum(heard) >= 0.9 * len(heard)
