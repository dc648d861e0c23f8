"""What stands behind a number: the parts it was added up from, each with its source, for the question "Why?".

Does not render words: a source is a code with parameters, and clients own the language.
"""

from msgspec import Struct

from taleforge.rules.dice import Roll


class Source(Struct, frozen=True, omit_defaults=True, gc=False):
    """Where a part of a number comes from: a catalogue code with its parameters."""

    code: str
    params: dict[str, str | int] = {}


class Part(Struct, frozen=True, omit_defaults=True, gc=False):
    """One summand (or one reason, with value 0) of an explained number."""

    value: int
    source: Source
    rule: str | None = None


class Explanation(Struct, frozen=True, omit_defaults=True, gc=False):
    """A value, what kind of value it is, and everything that went into it (PROTOCOL §1)."""

    value: int
    kind: str
    parts: tuple[Part, ...] = ()
    dice: Roll | None = None
