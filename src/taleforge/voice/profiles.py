"""Which voice somebody has: derived from who they are, or from how somebody sounds in a clip.

The same character has the same voice on every machine, for nothing but its id and traits goes into it. Measures nothing
itself.
"""

import math
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Final

import msgspec
from msgspec import Struct

from taleforge.voice.values import Measured, VoiceProfile

NARRATOR: Final = "narrator"
PITCHES: Final = (0, 50, 99)
"""Where in the engine's scale each base was measured."""


class Base(Struct, frozen=True):
    """A voice of the engine. `pitch` is in Hz at each of `PITCHES`, `brightness` its spectrum's centre in Hz."""

    kind: str
    pitch: tuple[int, int, int]
    brightness: int


class Trait(Struct, frozen=True):
    """What some words about a character say of its voice."""

    words: frozenset[str]
    kinds: frozenset[str] = frozenset()
    accent: str = ""
    pitch: int = 0
    rate: int = 0


class Book(Struct, frozen=True):
    """The voices there are."""

    bases: dict[str, Base]
    accents: tuple[str, ...]
    traits: tuple[Trait, ...]
    narrator: VoiceProfile


@cache
def book() -> Book:
    """Return the voices there are."""
    data = resources.files("taleforge.voice").joinpath("data", "voices.json").read_bytes()
    return msgspec.json.decode(data, type=Book)


def profile_of(who: str, traits: Iterable[str] = ()) -> VoiceProfile:
    """Return the voice of a character by its id (or any name), with words about it such as `dwarf` or `female`."""
    known = book()
    if who == NARRATOR:
        return known.narrator
    said = {word.casefold() for word in traits}
    meant = [trait for trait in known.traits if said & trait.words]
    dice = sha256(who.encode()).digest()
    kinds = frozenset[str]().union(*(trait.kinds for trait in meant)) or {"low", "high"}
    bases = sorted(name for name, base in known.bases.items() if base.kind in kinds)
    accent = next((trait.accent for trait in meant if trait.accent), known.accents[dice[1] % len(known.accents)])
    pitch = 30 + dice[2] % 41 + sum(trait.pitch for trait in meant)
    rate = 150 + dice[4] % 31 + sum(trait.rate for trait in meant)
    return VoiceProfile(who, who, bases[dice[0] % len(bases)], accent, min(99, max(0, pitch)), 35 + dice[3] % 40, rate)


def share(who: str, number: int) -> int:
    """Return which of so many somebody has, from 0: the same on every machine."""
    return int.from_bytes(sha256(who.encode()).digest()[5:9]) % number


def kind_of(profile: VoiceProfile) -> str:
    """Return whether a voice is `low` or `high`, or what else its base is; empty for a base that is not known."""
    known = book().bases.get(profile.base)
    return known.kind if known else ""


def profile_like(clip: Measured, id_: str, name: str) -> VoiceProfile:
    """Return the voice that is most like the one in a clip: of those that reach its pitch, the nearest."""
    bases = {key: base for key, base in book().bases.items() if base.kind in {"low", "high"}}
    within = {key: base for key, base in bases.items() if base.pitch[0] <= clip.pitch <= base.pitch[2]} or bases
    best = min(within, key=lambda key: (_apart(within[key], clip), key))
    return VoiceProfile(id_, name, best, pitch=pitch_for(within[best].pitch, clip.pitch))


def pitch_for(measured: Sequence[int], hertz: float) -> int:
    """Return the engine's pitch at which a base speaks with so many Hz, or comes nearest to it."""
    low, middle, high = (math.log(value) for value in measured)
    wanted = min(high, max(low, math.log(max(hertz, 1))))
    if wanted <= middle:
        return round(50 * (wanted - low) / (middle - low))
    return round(50 + 49 * (wanted - middle) / (high - middle))


def _apart(base: Base, clip: Measured) -> float:
    """Return how unlike a base and a clip are: brightness, and how far its pitch has to be bent."""
    bent = abs(pitch_for(base.pitch, clip.pitch) - 50) / 50
    return abs(math.log(base.brightness / max(clip.brightness, 1))) + 0.2 * bent
