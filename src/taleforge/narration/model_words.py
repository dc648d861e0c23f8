"""What the data of a language says to a language model, and listens for in what it says back.

English stands in for a language that has no data. Does not ask anybody.
"""

import re
from functools import lru_cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from taleforge.narration.language import Language

SHINGLE = 5
"""So many words in a row that are ours can be no accident."""
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")


class Claimed(Struct, frozen=True):
    """Words that say that something came about, and beginnings of the codes of beats that bear it out."""

    words: tuple[str, ...]
    beats: tuple[str, ...]


class Teaching(Struct, frozen=True, dict=True):
    """The data of one language."""

    instructions: str
    frame: str
    again: str
    beside: tuple[str, ...]
    self: tuple[str, ...]
    you: tuple[str, ...]
    function: frozenset[str]
    after_names: frozenset[str]
    openers: frozenset[str]
    denials: frozenset[str]
    faults: dict[str, str]
    claims: dict[str, Claimed]


@lru_cache(maxsize=8)
def teaching(language: Language) -> Teaching:
    """Return what a language teaches a model."""
    data = files("taleforge.narration").joinpath("data", language.name, "model.toml").read_bytes()
    return msgspec.toml.decode(data, type=Teaching)


@lru_cache(maxsize=8)
def own_words(language: Language) -> frozenset[tuple[str, ...]]:
    """Return every few words in a row of what a model is told: none of it is part of a tale."""
    taught = teaching(language)
    return frozenset(shingle for text in (taught.instructions, taught.frame) for shingle in shingles(text))


def shingles(text: str) -> set[tuple[str, ...]]:
    """Return every few words in a row of a text."""
    said = words(text.lower())
    return {tuple(said[at : at + SHINGLE]) for at in range(len(said) - SHINGLE + 1)}


def words(text: str) -> list[str]:
    """Return the words of a text."""
    return _WORD.findall(text.replace("’", "'"))
