"""What things are called: every name, its main noun, a person's first name, and other words for the same.

Made once for some things and their names, and used by every view that has the same: a scene's furniture, a character's
spells. Does not know where anything is.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from taleforge.interpret.language import Language, Weights
from taleforge.interpret.text import Said, said

Roots = tuple[str, ...]
Sort = Literal["creature", "feature", "zone", "item", "spell", "action", "topic"]

MOST_KEPT = 512
"""Sets of things whose names are kept."""


class Named(Struct, frozen=True, gc=False):
    """Something, by its name and others."""

    id: str
    sort: Sort
    name: str
    number: int
    others: tuple[str, ...] = ()


class Names:
    """The names of some things, made ready for matching.

    Args:
        things: What is named; of names that stand for several, those of the first come first.
        language: Whose words they are.
        weights: How well each kind of name stands for its thing.
    """

    def __init__(self, things: Iterable[Named], language: Language, weights: Weights) -> None:
        self.aliases: dict[Roots, dict[str, float]] = {}
        """The ids of what a name may stand for, and how well."""
        self.of: dict[str, set[str]] = {}
        """The roots that each thing is named with."""
        self._said: list[Said] = []
        self._language = language
        self._weights = weights
        for thing in things:
            self._name(thing, thing.name)
        for thing in things:
            for name in thing.others:
                self._name(thing, name)
        self._add_synonyms()
        self.roots = frozenset(root for alias in self.aliases for root in alias)
        self.beginnings = frozenset(alias[0] for alias in self.aliases)
        self.longest = max(map(len, self.aliases), default=1)
        self.words, self.joined = words_in(self._said)

    def _name(self, thing: Named, name: str) -> None:
        phrase = said(name, self._language)
        self._said.append(phrase)
        roots = phrase.roots
        if not roots:
            return
        self._alias(roots, thing.id, 1.0)
        if phrase.head != roots:
            self._alias(phrase.head, thing.id, 1.0 if thing.number else self._weights.head)
        if name == thing.name and len(roots) > 1 and self._is_person(thing, roots[0]):
            self._alias(roots[:1], thing.id, 1.0)

    def _is_person(self, thing: Named, first: str) -> bool:
        """Whether a first name may stand for the whole: "Brannic Stone", but not "Giant Rat", which is a kind."""
        if thing.sort != "creature" or thing.number or not thing.name[:1].isupper():
            return False
        return all(first not in said(other, self._language).roots for other in thing.others)

    def _add_synonyms(self) -> None:
        """Let other words for the same thing name it, though not as well as its own."""
        synonyms = self._language.synonyms
        named = [(alias[0], {**ids}) for alias, ids in self.aliases.items() if len(alias) == 1 and alias[0] in synonyms]
        for root, ids in named:
            for other in synonyms[root]:
                for id_, weight in ids.items():
                    self._alias((other,), id_, weight * self._weights.synonym)

    def _alias(self, roots: Roots, id_: str, weight: float) -> None:
        ids = self.aliases.setdefault(roots, {})
        ids[id_] = max(weight, ids.get(id_, 0.0))
        self.of.setdefault(id_, set()).update(roots)


def words_in(phrases: Iterable[Said]) -> tuple[frozenset[str], dict[str, tuple[str, ...]]]:
    """Return all words of some phrases; and of each phrase of two words these, by how they are written as one."""
    joined = {phrase.joined: phrase.words for phrase in phrases if phrase.joined}
    return frozenset(joined).union(*(phrase.words for phrase in phrases)), joined


@lru_cache(MOST_KEPT)
def names(things: tuple[Named, ...], language: Language, weights: Weights) -> Names:
    """Return the names of some things; the very ones that were made before for the same."""
    return Names(things, language, weights)
