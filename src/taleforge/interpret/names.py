"""What things are called: every name, its main noun, a person's first name, and other words for the same.

Made once for some names, and used by every view that has the same: a scene's furniture, a character's spells, the
people of an adventure at whichever table. So things have no ids here, but places in a row; nor is it known where they
are.
"""

from collections.abc import Sequence
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

    def __init__(self, things: Sequence[Named], language: Language, weights: Weights) -> None:
        self.aliases: dict[Roots, dict[int, float]] = {}
        """The places of what a name may stand for, and how well."""
        self.of: tuple[set[str], ...] = tuple(set[str]() for _ in things)
        """The roots that each thing is named with."""
        self._language = language
        self._weights = weights
        for place, thing in enumerate(things):
            self._name(place, thing, thing.name)
        for place, thing in enumerate(things):
            for name in thing.others:
                self._name(place, thing, name)
        self._add_synonyms()
        self.roots = frozenset(root for alias in self.aliases for root in alias)
        self.beginnings = frozenset(alias[0] for alias in self.aliases)
        self.longest = max(map(len, self.aliases), default=1)
        self.words, self.joined = words_in([said(name, language) for one in things for name in (one.name, *one.others)])

    def _name(self, place: int, thing: Named, name: str) -> None:
        phrase = said(name, self._language)
        roots = phrase.roots
        if not roots:
            return
        self._alias(roots, place, 1.0)
        if phrase.head != roots:
            self._alias(phrase.head, place, 1.0 if thing.number else self._weights.head)
        if name == thing.name and len(roots) > 1 and self._is_person(thing, roots[0]):
            self._alias(roots[:1], place, 1.0)

    def _is_person(self, thing: Named, first: str) -> bool:
        """Whether a first name may stand for the whole: "Brannic Stone", but not "Giant Rat", which is a kind."""
        if thing.sort != "creature" or thing.number or not thing.name[:1].isupper():
            return False
        return all(first not in said(other, self._language).roots for other in thing.others)

    def _add_synonyms(self) -> None:
        """Let other words for the same thing name it, though not as well as its own."""
        synonyms = self._language.synonyms
        named = [(alias[0], {**it}) for alias, it in self.aliases.items() if len(alias) == 1 and alias[0] in synonyms]
        for root, meant in named:
            for other in synonyms[root]:
                for place, weight in meant.items():
                    self._alias((other,), place, weight * self._weights.synonym)

    def _alias(self, roots: Roots, place: int, weight: float) -> None:
        meant = self.aliases.setdefault(roots, {})
        meant[place] = max(weight, meant.get(place, 0.0))
        self.of[place].update(roots)


def words_in(phrases: Sequence[Said]) -> tuple[frozenset[str], dict[str, tuple[str, ...]]]:
    """Return all words of some phrases; and of each phrase of two words these, by how they are written as one."""
    joined = {phrase.joined: phrase.words for phrase in phrases if phrase.joined}
    return frozenset(joined).union(*(phrase.words for phrase in phrases)), joined


@lru_cache(MOST_KEPT)
def names(things: tuple[Named, ...], language: Language, weights: Weights) -> Names:
    """Return the names of some things; the very ones that were made before for the same."""
    return Names(things, language, weights)
