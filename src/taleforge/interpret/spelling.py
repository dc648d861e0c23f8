"""Slips of the finger: a word nobody knows becomes the known word that it was probably meant to be.

Cost counts what fingers do: letters swapped, the key beside, a letter doubled or lost. Never makes or unmakes a "not".
"""

from collections.abc import Iterable

from taleforge.interpret.language import Language, Typing


class Speller:
    """The words of a language and of a view, and the way from a slip to one of them."""

    def __init__(self, language: Language, typing: Typing, names: Iterable[str] = (), base: "Speller | None" = None):
        self._typing = typing
        self._base = base
        self._beside = base._beside if base else _beside(language.source.keyboard)
        self._slips = frozenset(language.source.negation.slips)
        self._never = base._never if base else _never(language)
        words = frozenset(names) if base else _known(language)
        self._words = words
        self._roots = frozenset(language.root(word) for word in words)
        self._root = language.root
        self._common = base._common if base else frozenset(language.source.common)
        self._by_length = _by_length(words - self._never)
        self._found: dict[str, str] = {}

    def knows(self, word: str) -> bool:
        """Whether a word needs no correction."""
        known = word in self._words or word in self._common or self._root(word) in self._roots
        return known or (self._base is not None and self._base.knows(word))

    def correct(self, word: str) -> str:
        """Return the word meant: itself when it is known or nothing is near; "not" for a slip of a refusal."""
        if word in self._slips:
            return "not"
        if self.knows(word) or len(word) >= _LONGEST:
            return word
        known = self._found.get(word)
        if known is None:
            known = self._search(word)
            if len(self._found) < _MOST_FOUND:
                self._found[word] = known
        return known

    def _search(self, word: str) -> str:
        budget = self._budget(word)
        best, cost = self.nearest(word, budget)
        if self._base:
            other, other_cost = self._base.nearest(word, min(budget, cost - _PREFER_NAMES))
            best = other if other_cost < cost - _PREFER_NAMES else best
        return best

    def nearest(self, word: str, budget: float) -> tuple[str, float]:
        """Return the nearest own word within a budget, and its cost; the word itself and infinity when there is none."""
        best, lowest = word, float("inf")
        letters = _letters(word)
        for length in range(len(word) - 2, len(word) + 3):
            for candidate, mask in self._by_length.get(length, ()):
                if (letters ^ mask).bit_count() <= _MOST_DIFFERENT:
                    cost = self._cost(word, candidate)
                    if cost <= budget and cost < lowest:
                        best, lowest = candidate, cost
        return best, lowest

    def _budget(self, word: str) -> float:
        budget = self._typing.budget
        return budget[min(len(word), len(budget) - 1)]

    def _cost(self, typed: str, meant: str) -> float:
        """Return the cost of the cheapest slips that make `typed` of `meant` (restricted Damerau-Levenshtein)."""
        typing = self._typing
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
                wrong = typing.neighbour if other in self._beside.get(letter, "") else typing.wrong
                cost = min(before[j + 1] + extra, row[j] + missing, before[j] + wrong)
                if i and j and letter == meant[j - 1] and typed[i - 1] == other:
                    cost = min(cost, last[j - 1] + typing.transpose)
                row.append(cost)
        swapped = typed[:2] == meant[1::-1]
        return row[-1] + (0 if typed[:1] == meant[:1] or swapped else typing.first)


def _known(language: Language) -> frozenset[str]:
    return frozenset((*language.vocabulary(), *language.source.expand))


def _never(language: Language) -> frozenset[str]:
    """Words that no slip may become."""
    short = (word for word, spelled in language.source.expand.items() if "not" in spelled.split())
    return frozenset((*language.source.negation.words, *short))


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


_SHORTEST = 3
_LONGEST = 24
_MOST_DIFFERENT = 4
_MOST_FOUND = 5_000
_PREFER_NAMES = 0.15
