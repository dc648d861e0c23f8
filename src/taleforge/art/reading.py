"""What a prompt asks for: a kind of picture, and traits of what is on it, found by its words in data files.

Words that mean nothing here are passed over, and what a prompt leaves open is left open. Does not paint.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np
from msgspec import Struct

from taleforge.art.plate import Colour
from taleforge.art.values import STYLES, Kind, Style, Wish

_WORD: Final = re.compile(r"[a-z]+(?:-[a-z]+)*")
LONGEST: Final = 2
"""Words in the longest run that the data know."""
NOUNS: Final[tuple[tuple[Kind, str], ...]] = (
    ("portrait", "ancestry"),
    ("portrait", "calling"),
    ("item", "shape"),
    ("scene", "place"),
    ("scene", "sky"),
)
"""The tables whose words make a picture be about something."""
FAR: Final = 2
"""Words between a colour and what has it."""


class Subject(Struct, frozen=True):
    """What is to be painted."""

    kind: Kind
    traits: Mapping[str, str]
    """As `hair` → `long`, for those that the prompt names."""
    colours: Mapping[str, Colour]
    """As `beard` → red; under `""` the first that belongs to nothing known."""

    def has(self, trait: str, *values: str) -> bool:
        """Whether a trait is one of some values."""
        return self.traits.get(trait) in values


def read(wish: Wish) -> Subject:
    """Return what a wish asks for."""
    words = _WORD.findall(wish.prompt.lower())
    kind = wish.kind or _kind(words) or "portrait"
    return Subject(kind, dict(_traits(words, kind)), dict(_colours(words)))


def chance(wish: Wish) -> np.random.Generator:
    """Return the only chance there is in a picture: the wish's own, the same whatever its style."""
    text = f"{wish.seed}\0{wish.kind or ''}\0{wish.prompt}"
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:16]))


def style_of(wish: Wish) -> Style:
    """Return the style that is wished for, or the one that a prompt names, or that it falls to."""
    if wish.style is not None:
        return wish.style
    named: Style | None = next((style for style in STYLES if style in wish.prompt.lower()), None)
    return named or "gouache"


@cache
def data(name: str) -> dict[str, Any]:
    """Return a data file, `words` or `colours`."""
    return tomllib.loads(resources.files("taleforge.art").joinpath("data", f"{name}.toml").read_text("utf-8"))


@cache
def _lexicon(kind: str, trait: str) -> dict[str, str]:
    return {word: value for value, words in data("words")[kind][trait].items() for word in words}


def _found(words: Sequence[str], lexicon: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Yield where a run of words is in a lexicon, and its value; at each place the longest run."""
    for at in range(len(words)):
        for length in range(LONGEST, 0, -1):
            run = " ".join(words[at : at + length])
            value = next((lexicon[form] for form in _forms(run) if form in lexicon), None)
            if value is not None and at + length <= len(words):
                yield at + length - 1, value
                break


def _forms(run: str) -> Iterator[str]:
    """Yield the forms under which a run may be known: as it is, singular, and its last part, as in *slow-smiling*."""
    yield run
    yield run.removesuffix("s")
    if " " not in run:
        yield run.rpartition("-")[2]


def _kind(words: Sequence[str]) -> Kind | None:
    """Return what the first noun is about; of several in a row, as in *tavern keeper*, the last."""
    at: dict[int, Kind] = {}
    for kind, trait in reversed(NOUNS):
        at.update((place, kind) for place, _ in _found(words, _lexicon(kind, trait)))
    if not at:
        return None
    last = min(at)
    while last + 1 in at:
        last += 1
    return at[last]


def _traits(words: Sequence[str], kind: Kind) -> Iterator[tuple[str, str]]:
    for trait in data("words")[kind]:
        found = list(_found(words, _lexicon(kind, trait)))
        if found:
            yield trait, _headed(found) if (kind, trait) in NOUNS else found[0][1]


def _headed(found: Sequence[tuple[int, str]]) -> str:
    """Return the value of the last of the first nouns that stand in a row, as in *treasure chest*."""
    last, value = found[0]
    for at, other in found[1:]:
        if at != last + 1:
            break
        last, value = at, other
    return value


def _colours(words: Sequence[str]) -> Iterator[tuple[str, Colour]]:
    """Yield what has which colour, later ones first, so that the first to be named is kept."""
    names: Mapping[str, Sequence[float]] = data("colours")["names"]
    owners = {word: owner for owner, nouns in data("words")["coloured"].items() for word in nouns}
    for at in range(len(words) - 1, -1, -1):
        for part_at, colour in enumerate(parts := words[at].split("-")):
            if colour in names:
                after = [
                    *parts[part_at + 1 :],
                    *(part for word in words[at + 1 : at + 2 + FAR] for part in word.split("-")),
                ]
                owner = next((owners[form] for word in after for form in _forms(word) if form in owners), "")
                red, green, blue = names[colour]
                yield owner, (red, green, blue)
