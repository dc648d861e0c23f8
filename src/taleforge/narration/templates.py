"""Ways of saying a thing, as language files write them, parsed once.

`{A}` mentions who is in role A, `{A.p}` whose, `{A.r}` themselves; `{weapon}` puts in a word; `<strike>` is a verb that
agrees with the last subject. A mention or word right before a verb is its subject, any other an object, unless `.s` or
`.o` says so. Does not choose between ways, and never reads the words that are put in.
"""

import re
from typing import Literal

from msgspec import Struct

Case = Literal["s", "o", "p", "r"]
"""Subject, object, possessive, reflexive."""

CASES: tuple[Case, ...] = ("s", "o", "p", "r")

_SLOT = re.compile(r"\{(?P<role>[A-Z])(?:\.(?P<case>[sopr]))?\}|\{(?P<word>[a-z]+)\}|<(?P<verb>[a-z]+)>")
_STOP = re.compile(r"[.!?…]\s")


class Mention(Struct, frozen=True):
    """Somebody, by role."""

    role: str
    case: Case
    initial: bool


class Word(Struct, frozen=True):
    """A word or phrase that is put in as it is."""

    slot: str
    subject: bool
    initial: bool


class Verb(Struct, frozen=True):
    """A verb in its plain form."""

    lemma: str


class Stop(Struct, frozen=True):
    """The end of a sentence inside a template."""


STOP = Stop()
Segment = str | Mention | Word | Verb | Stop


class Template(Struct, frozen=True):
    """One way of saying something, and the slots it cannot do without."""

    source: str
    segments: tuple[Segment, ...]
    needs: frozenset[str]


def parse(source: str) -> Template:
    """Return a template of its text."""
    segments: list[Segment] = []
    at = 0
    initial = True
    for match in _SLOT.finditer(source):
        literal = source[at : match.start()]
        segments.extend(_literal(literal))
        initial = (at == 0 and not literal) or bool(_STOP.search(literal[-2:]))
        at = match.end()
        segments.append(_slot(match, initial=initial, subject=source.startswith(" <", at)))
    segments.extend(_literal(source[at:]))
    needs = frozenset(s.role if isinstance(s, Mention) else s.slot for s in segments if isinstance(s, Mention | Word))
    return Template(source, tuple(segments), needs)


def _literal(text: str) -> list[Segment]:
    parts: list[Segment] = []
    at = 0
    for match in _STOP.finditer(text):
        parts += [text[at : match.end()], STOP]
        at = match.end()
    return [*parts, text[at:]] if text[at:] else parts


def _slot(match: re.Match[str], *, initial: bool, subject: bool) -> Segment:
    if verb := match["verb"]:
        return Verb(verb)
    if word := match["word"]:
        return Word(word, subject, initial)
    return Mention(match["role"], _case(match["case"]) or ("s" if subject else "o"), initial)


def _case(letter: str | None) -> Case | None:
    match letter:
        case "s" | "o" | "p" | "r":
            return letter
        case _:
            return None
