"""Slips of the finger: a word nobody knows becomes the known word that it was probably meant to be.

Cost counts what fingers do: letters swapped, the key beside, a letter doubled or lost. Never makes or unmakes a "not".
"""

from collections import OrderedDict
from collections.abc import Iterable
from functools import cached_property

from msgspec import Struct

from taleforge.interpret.language import Language, Typing


class Hand(Struct, frozen=True):
    """How fingers slip on one language's keyboard, and what they never make of a word."""

    typing: Typing
    beside: dict[str, str]
    slips: frozenset[str]
    never: frozenset[str]


class Speller:
    """Known words, and the way from a slip to one of them: one for a language, and one more on it for each view."""

    def __init__(self, hand: Hand, language: Language, words: Iterable[str], base: "Speller | None" = None) -> None:
        self._hand = hand
        self._base = base
        self._root = language.root
        self._words = frozenset(words)
        self._found: dict[str, tuple[str, float]] = {}
        self._named: OrderedDict[frozenset[str], Speller] = OrderedDict()

    @classmethod
    def of(cls, language: Language, typing: Typing) -> "Speller":
        """Return the speller of a language."""
        negation = language.source.negation
        short = (word for word, spelled in language.source.expand.items() if set(spelled.split()) & set(negation.words))
        hand = Hand(
            typing, _beside(language.source.keyboard), frozenset(negation.slips), frozenset((*negation.words, *short))
        )
        return cls(hand, language, (*language.vocabulary(), *language.source.expand, *language.source.common))

    def with_names(self, language: Language, words: frozenset[str]) -> "Speller":
        """Return a speller that knows a view's words too, and prefers them; the one that was made for them before."""
        speller = self._named.get(words)
        if speller is None:
            speller = self._named[words] = Speller(self._hand, language, words, self)
            if len(self._named) > _MOST_VIEWS:
                self._named.popitem(last=False)
        return speller

    def knows(self, word: str) -> bool:
        """Whether a word needs no correction."""
        if word in self._words or (self._base is not None and self._base.knows(word)):
            return True
        return self._root(word) in self._roots

    def correct(self, word: str) -> str:
        """Return the word meant: itself when it is known or nothing is near. The slip of a refusal is a refusal."""
        if word in self._hand.slips:
            return _REFUSAL
        if self.knows(word) or len(word) >= _LONGEST:
            return word
        best, cost = self.nearest(word)
        if self._base is None:
            return best
        other, other_cost = self._base.nearest(word)
        return other if other_cost < cost - _PREFER_NAMES else best

    def nearest(self, word: str) -> tuple[str, float]:
        """Return the nearest own word within the budget, and its cost; the word and infinity when there is none."""
        found = self._found.get(word)
        if found is None:
            found = self._nearest(word)
            if len(self._found) < _MOST_FOUND:
                self._found[word] = found
        return found

    def _nearest(self, word: str) -> tuple[str, float]:
        best, lowest = word, float("inf")
        budget = self._budget(word)
        letters = _letters(word)
        for length in range(len(word) - 2, len(word) + 3):
            for candidate, mask in self._by_length.get(length, ()):
                if (letters ^ mask).bit_count() <= _MOST_DIFFERENT:
                    cost = self._cost(word, candidate)
                    if cost <= budget and cost < lowest:
                        best, lowest = candidate, cost
        return best, lowest

    @cached_property
    def _roots(self) -> frozenset[str]:
        return frozenset(map(self._root, self._words))

    @cached_property
    def _by_length(self) -> dict[int, list[tuple[str, int]]]:
        return _by_length(self._words - self._hand.never)

    def _budget(self, word: str) -> float:
        budget = self._hand.typing.budget
        return budget[min(len(word), len(budget) - 1)]

    def _cost(self, typed: str, meant: str) -> float:
        """Return the cost of the cheapest slips that make `typed` of `meant` (restricted Damerau-Levenshtein)."""
        typing = self._hand.typing
        before: list[float] = []
        row = [j * typing.missing for j in range(len(meant) + 1)]
        for i, letter in enumerate(typed):
            last, before, row = before, row, [(i + 1) * typing.extra]
            for j, other in enumerate(meant):
                if letter == other:
                    row.append(before[j])
                    continue
                extra = typing.double if i and typed[i - 1] == letter else typing.extra
                missing = typing.double if j and meant[j - 1] == other else typing.missing
                wrong = typing.neighbour if other in self._hand.beside.get(letter, "") else typing.wrong
                cost = min(before[j + 1] + extra, row[j] + missing, before[j] + wrong)
                if i and j and letter == meant[j - 1] and typed[i - 1] == other:
                    cost = min(cost, last[j - 1] + typing.transpose)
                row.append(cost)
        swapped = typed[:2] == meant[1::-1]
        return row[-1] + (0 if typed[:1] == meant[:1] or swapped else typing.first)


def _by_length(words: Iterable[str]) -> dict[int, list[tuple[str, int]]]:
    table: dict[int, list[tuple[str, int]]] = {}
    for word in sorted(words):
        if len(word) >= _SHORTEST:
            table.setdefault(len(word), []).append((word, _letters(word)))
    return table


def _letters(word: str) -> int:
    mask = 0
    for letter in word:
        mask |= 1 << (ord(letter) & 31)
    return mask


def _beside(rows: tuple[str, ...]) -> dict[str, str]:
    """Return for each key the keys beside it, on its own row and the next ones."""
    table: dict[str, str] = {}
    for y, row in enumerate(rows):
        for x, key in enumerate(row):
            near = [
                other[i] for other in rows[max(0, y - 1) : y + 2] for i in range(x - 1, x + 2) if 0 <= i < len(other)
            ]
            table[key] = "".join(n for n in near if n != key)
    return table


_REFUSAL = "not"
_SHORTEST = 3
_LONGEST = 24
_MOST_DIFFERENT = 4
_MOST_FOUND = 5_000
_MOST_VIEWS = 128
_PREFER_NAMES = 0.15
