"""A look into the rules: how things are done, and the conditions and spells of the packs that come with the program.

Everything is in our own words, with the SRD's names. Knows no table, so it can give no secret away.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Final

import msgspec
from msgspec import Struct

from taleforge.packs.loader import BUNDLED, load_packs
from taleforge.packs.schema import Spell

MOST_FOUND: Final = 4
_ENDINGS: Final = ("ing", "ed", "es", "s", "e")
_SHORTEST: Final = 3
"""Letters that are left of a word at least."""
_COMMON: Final = frozenset({
    "and", "are", "can", "does", "for", "from", "get", "have", "how", "into", "rule", "someone", "that", "the", "then",
    "they", "thi", "use", "what", "when", "who", "with", "work", "you", "your",
})  # fmt: skip


class Rule(Struct, frozen=True):
    """Something about the rules: `kind` is condition, spell, or rule."""

    name: str
    kind: str
    text: str


class _Written(Struct, frozen=True):
    name: str
    also: str
    text: str


class _File(Struct, frozen=True):
    rule: tuple[_Written, ...]


class _Entry(Struct, frozen=True):
    """A rule with its words: in its name (as they are, too), in others that one asks with, and in its text."""

    rule: Rule
    exact: frozenset[str]
    named: frozenset[str]
    also: frozenset[str]
    told: frozenset[str]

    def score(self, asked: frozenset[str], exactly: frozenset[str]) -> float:
        """Say how well it answers: first by words of its name, the more of that name they are the better."""
        name = asked & self.named
        by_name = 10 * len(name) + 5 * len(name) / len(self.named) + 3 * len(exactly & self.exact)
        return by_name + 4 * len(asked & self.also) + len(asked & self.told)


def look_up(question: str) -> list[Rule]:
    """Return what bears on a question, best first; nothing where it only shares words with texts of other rules."""
    exactly, asked = frozenset(_split(question)), _words(question)
    scored = [(one.score(asked, exactly), one.rule) for one in _entries() if asked & (one.named | one.also)]
    return [rule for _, rule in sorted(scored, key=lambda pair: -pair[0])[:MOST_FOUND]]


def _split(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in text.casefold()).split()


def _words(text: str) -> frozenset[str]:
    return frozenset(stem for word in _split(text) if (stem := _stem(word)) not in _COMMON and len(stem) > 1)


def _stem(word: str) -> str:
    """Return a word without its ending, so that somebody who asks for grappling finds what is grappled."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word.removesuffix(ending)
    return word


@cache
def _entries() -> tuple[_Entry, ...]:
    return tuple(
        _Entry(
            rule, frozenset(_split(rule.name)), _words(rule.name), _words(also) - _words(rule.name), _words(rule.text)
        )
        for rule, also in _rules()
    )


def _rules() -> Iterator[tuple[Rule, str]]:
    """Yield every rule, with other words for it."""
    text = resources.files("taleforge.mcp").joinpath("rules.toml").read_text(encoding="utf-8")
    for one in msgspec.convert(tomllib.loads(text), _File).rule:
        yield Rule(one.name, "rule", one.text), one.also
    catalogue = load_packs([BUNDLED], lambda _pack, _together: ()).catalogue
    for term in catalogue.glossary.values():
        if term.kind == "condition":
            yield Rule(term.name, term.kind, term.text), "condition"
    for spell in catalogue.spells.values():
        yield Rule(spell.name, "spell", f"{_figures(spell)}. {spell.text}"), "spell"


def _figures(spell: Spell) -> str:
    """Return what a spell takes, as SRD 5.1 lists it: level, school, casting time, range, components, duration."""
    level = f"Level {spell.level} {spell.school}" if spell.level else f"{spell.school.capitalize()} cantrip"
    time = spell.casting_time or ("bonus action" if spell.cost == "bonus" else spell.cost)
    reach = f"{spell.target.range} feet" if spell.target.kind != "self" and spell.target.range else "self"
    lasts = f"{'concentration, ' if spell.concentration else ''}{spell.duration}"
    ritual = " (ritual)" if spell.ritual else ""
    return f"{level}{ritual}; casting time {time}; range {reach}; components {', '.join(spell.components)}; {lasts}"
