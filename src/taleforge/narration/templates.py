"""Ways of saying a thing, as language files write them, parsed once.

`{A}` mentions who is in role A, `{A.p}` whose, `{A.r}` themselves; `{weapon}` puts in a word; `<strike>` is a verb that
agrees with the last subject; `[slip]` is a part with several ways of its own, so that a few halves make many wholes.
A mention or word right before a verb is its subject, any other an object, unless `.s` or `.o` says so; `.n` asks for
the name. Does not choose between ways, and never reads the words that are put in.
"""

import re
from typing import Literal

from msgspec import Struct

Case = Literal["s", "o", "p", "r", "n"]
"""Subject, object, possessive, reflexive, or simply the name."""

_SLOT = re.compile(
    r"\{(?P<role>[A-Z])(?:\.(?P<case>[soprn]))?\}|\{(?P<word>[a-z]+)\}|<(?P<verb>[a-z]+)>|\[(?P<part>[a-z]+)\]"
)
_STOP = re.compile(r"[.!?…]\s")


ALONE = "!"
"""Ends a tag whose ways replace all others when it holds."""


def tags_of(key: str) -> list[str]:
    """Return the tags that have to hold for the ways under a key."""
    return key.removesuffix(ALONE).split()


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


class Part(Struct, frozen=True):
    """A clause about A and T that has ways of its own, under the kind `part.…`."""

    name: str
    initial: bool


class Stop(Struct, frozen=True):
    """The end of a sentence inside a template."""


STOP = Stop()
Segment = str | Mention | Word | Verb | Part | Stop


class Template(Struct, frozen=True):
    """One way of saying something, and the slots it cannot do without."""

    source: str
    segments: tuple[Segment, ...]
    needs: frozenset[str]
    many: bool = False
    """Whether it stands for many wholes, having parts."""


def parse(source: str, *, part: bool = False) -> Template:
    """Return a template of its text; a `part` does not begin a sentence."""
    segments: list[Segment] = []
    at = 0
    for match in _SLOT.finditer(source):
        literal = source[at : match.start()]
        segments.extend(_literal(literal))
        first = at == 0 and not literal and not part
        initial = first or bool(_STOP.search(literal[-2:]))
        at = match.end()
        segments.append(_slot(match, initial=initial, subject=source.startswith(" <", at)))
    segments.extend(_literal(source[at:]))
    needs = frozenset(slot for segment in segments for slot in _needs(segment))
    return Template(source, tuple(segments), needs, many=any(isinstance(segment, Part) for segment in segments))


def _needs(segment: Segment) -> tuple[str, ...]:
    match segment:
        case Mention(role):
            return (role,)
        case Word(slot):
            return (slot,)
        case Part():
            return ("A", "T")
        case _:
            return ()


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
    if part := match["part"]:
        return Part(part, initial)
    if word := match["word"]:
        return Word(word, subject, initial)
    return Mention(match["role"], _case(match["case"]) or ("s" if subject else "o"), initial)


def _case(letter: str | None) -> Case | None:
    match letter:
        case "s" | "o" | "p" | "r" | "n":
            return letter
        case _:
            return None
