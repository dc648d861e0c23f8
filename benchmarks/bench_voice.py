"""Speech by the embedded engines, as a share of the time that it takes to hear it, and how soon it begins."""

import asyncio
from contextlib import aclosing
from statistics import median
from time import perf_counter

from benchmarks.measure import Row, Time
from taleforge.voice.profiles import profile_of
from taleforge.voice.setup import Config, open_studio
from taleforge.voice.studio import Studio
from taleforge.voice.values import RATE

FIRST = 0.150
OUT = 0.05
IN = 0.2
TEXT = "The landlady leans over the bar. The old bell tolls at night, she says, though nobody has rung it for years."
PHRASES = ("attack the goblin", "talk to the landlady", "open the door", "search the room", "walk to the bar")
PEOPLE = ("boy", "candle seller", "guard", "landlady", "man by the fire")
SCENE = (
    *PHRASES,
    *(f"{deed} the {who} about the {what}" for deed in ("ask", "warn", "tell") for who in PEOPLE
      for what in ("bell", "cellar", "key", "larder", "night", "river", "slate", "tolling", "trade", "war")),
)  # fmt: skip


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Return how long a second of speech takes, said and heard."""
    return asyncio.run(_rows(2 if smoke else 30))


async def _rows(repeats: int) -> list[Row]:
    studio = open_studio(Config(at_once=1))
    try:
        cold, _ = await _said(studio)
        said = [await _said(studio) for _ in range(repeats)]
        await _heard(studio, PHRASES)
        heard = [await _heard(studio, PHRASES) for _ in range(repeats)]
        scene = [await _heard(studio, SCENE) for _ in range(repeats)]
    finally:
        await studio.close()
    return [
        Time("first sound, of a process that has to be started", cold),
        Time("first sound", median(first for first, _ in said), at_most=FIRST),
        Time("a second of speech, said", median(whole for _, whole in said), at_most=OUT),
        Time("a second of speech, heard among five phrases", median(heard), at_most=IN),
        Time("a second of speech, heard among a scene's 150 phrases", median(scene), at_most=IN),
    ]


async def _said(studio: Studio) -> tuple[float, float]:
    """Return the seconds to the first sound, and those that a second of sound takes."""
    begun = perf_counter()
    first, size = 0.0, 0
    async with aclosing(studio.speak(TEXT, profile_of("narrator"), "pcm")) as pieces:
        async for piece in pieces:
            first = first or perf_counter() - begun
            size += len(piece)
    return first, (perf_counter() - begun) / (size / 2 / RATE)


async def _heard(studio: Studio, phrases: tuple[str, ...]) -> float:
    """Return the seconds that a second of a file takes."""
    file = b"".join([piece async for piece in studio.speak(PHRASES[1], profile_of("narrator"))])
    begun = perf_counter()
    found = await studio.transcribe(file, phrases)
    return (perf_counter() - begun) / found.seconds
