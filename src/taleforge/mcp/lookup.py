"""A look into the rules: glossary and spells of the packs that come with the program, and what its own code says.

Everything is in our own words, with the SRD's name of the rule. Knows no table, so it can give no secret away.
"""

import ast
from functools import cache
from importlib import resources
from typing import Final

from msgspec import Struct

from taleforge.packs.loader import BUNDLED, load_packs
from taleforge.terminal.words import readable

SOURCE: Final = "SRD 5.1"
MOST_FOUND: Final = 6


class Rule(Struct, frozen=True):
    """Something about the rules: `kind` is condition, spell, or rule."""

    name: str
    kind: str
    text: str


def look_up(question: str) -> list[Rule]:
    """Return what bears on a question, best first: rules whose name or text has most of its words."""
    asked = _words(question)
    scored = [(_score(rule, asked), rule) for rule in _rules()]
    found = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: -pair[0])
    return [rule for _, rule in found[:MOST_FOUND]]


def _score(rule: Rule, asked: frozenset[str]) -> int:
    """Count words in common: one in the name counts for much more; the packs' words come before ours."""
    common = 10 * len(asked & _words(rule.name)) + len(asked & _words(rule.text))
    return common + 5 * (rule.kind != "rule") if common else 0


def _words(text: str) -> frozenset[str]:
    letters = "".join(letter if letter.isalnum() else " " for letter in text.casefold())
    return frozenset(word.removesuffix("s") for word in letters.split() if len(word) > 2 and word not in _COMMON)


_COMMON: Final = frozenset({"the", "and", "how", "does", "what", "for", "with", "that", "when", "can", "are", "you"})


@cache
def _rules() -> tuple[Rule, ...]:
    catalogue = load_packs([BUNDLED], lambda _pack, _together: ()).catalogue
    terms = [Rule(term.name, term.kind, term.text) for term in catalogue.glossary.values()]
    spells = [
        Rule(spell.name, "spell", f"{_level(spell.level)} of {spell.school}. {spell.text}")
        for spell in catalogue.spells.values()
    ]
    return (*terms, *spells, *_from_code())


def _level(level: int) -> str:
    return f"Spell of level {level}" if level else "Cantrip"


def _from_code() -> list[Rule]:
    """Return what the functions of the rules say of themselves, where they cite a rule."""
    found: list[Rule] = []
    for file in resources.files("taleforge.rules").iterdir():
        if file.name.endswith(".py"):
            found += _cited(ast.parse(file.read_text(encoding="utf-8")))
    return sorted(found, key=lambda rule: rule.name)


def _cited(module: ast.Module) -> list[Rule]:
    found: list[Rule] = []
    for node in ast.walk(module):
        said = ast.get_docstring(node) if isinstance(node, ast.FunctionDef | ast.ClassDef) else None
        if said and SOURCE in said and isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.append(Rule(_title(said) or readable(node.name), "rule", " ".join(said.split())))
    return found


def _title(said: str) -> str:
    """Return the SRD's names of rules that a docstring cites, which stand in quotes behind its source."""
    return ", ".join(said[said.index(SOURCE) :].split('"')[1::2])
