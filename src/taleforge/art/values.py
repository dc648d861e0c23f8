"""What is wished for, and what comes of it.

The limits stand in the types, so that whoever decodes a wish has checked it. Does not say how anything is painted.
"""

from typing import Annotated, Final, Literal, get_args

import msgspec
from msgspec import Meta, Struct

MOST_PROMPT: Final = 2_000
LEAST_SIDE: Final = 64
MOST_SIDE: Final = 1_024
SMALL_SIDE: Final = 128
"""Pixels of the longer side of a small picture."""
MOST_SEED: Final = 2**53 - 1
"""The largest whole number that every client of JSON keeps."""
MOST_BYTES: Final = 4 * 1024 * 1024
"""Of a finished picture."""

Kind = Literal["portrait", "item", "scene"]
Style = Literal["gouache", "ink", "woodcut", "glass"]
STYLES: Final[tuple[Style, ...]] = get_args(Style)
WORDS: Final = r"^[^\x00]*$"
"""No zero character, which not every database keeps."""
Prompt = Annotated[str, Meta(max_length=MOST_PROMPT, pattern=WORDS, description="What to paint, in words.")]
Side = Annotated[int, Meta(ge=LEAST_SIDE, le=MOST_SIDE, description="Pixels.")]
Seed = Annotated[int, Meta(ge=0, le=MOST_SEED, description="The same wish with the same seed is the same picture.")]


class Wish(Struct, frozen=True, omit_defaults=True):
    """A picture that somebody wants; what is left open is chosen from the words of the prompt."""

    prompt: Prompt
    style: Style | None = None
    width: Side = 512
    height: Side = 512
    seed: Seed = 0
    kind: Kind | None = None


class Picture(Struct, frozen=True):
    """A finished picture; `engine` says who painted it, in one word that is counted."""

    data: bytes
    mime: str
    seed: int
    engine: str


class Hung(Struct, frozen=True, omit_defaults=True):
    """A picture that a person keeps, the wish that it came of, and the `file` that holds it."""

    id: str
    space: str
    person: str
    file: str
    prompt: str
    style: str | None
    width: int
    height: int
    seed: int
    engine: str
    created: int
    """Milliseconds since 1970."""
    small: str = ""
    """The file of the same in small; older pictures have none."""


encode: Final = msgspec.msgpack.Encoder().encode
_decoder: Final = msgspec.msgpack.Decoder(Wish)


def decode(payload: bytes) -> Wish:
    """Return the wish that a payload holds; raises msgspec.DecodeError for what is none, or is beyond a limit."""
    return _decoder.decode(payload)
