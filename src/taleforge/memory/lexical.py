"""Finds memories by their words: the fewer memories have a word, the more it counts (BM25).

Needs no model and no index on disk, for one seat's memories are few. Knows no meaning: `pipe` does not find `tube`.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from taleforge.memory.values import Entry, Found

K1: Final = 1.2
B: Final = 0.75
"""The usual constants of BM25: how soon a repeated word stops counting, and how much a long text is held back."""
_ENDINGS: Final = ("ing", "ed", "es", "s")
_WORD: Final = re.compile(r"[^\W_]+")
_SHORTEST: Final = 3
"""Letters that must be left of a word without its ending."""


def words_of(text: str) -> list[str]:
    """Return the words of a text without case and common endings."""
    return [_stem(word) for word in _WORD.findall(text.casefold())]


def _stem(word: str) -> str:
    if not word.endswith(_ENDINGS):
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word.removesuffix(ending)
    return word


def search(query: str, entries: Sequence[Entry], most: int) -> list[Found]:
    """Return the entries that have a word of the query, best first and the newer of equals, at most so many.

    Of a query without words, the newest.
    """
    asked = set(words_of(query))
    if not asked:
        return [Found(entry, 0.0) for entry in sorted(entries, key=lambda entry: -entry.v)[:most]]
    texts = [words_of(entry.text) for entry in entries]
    usual = sum(map(len, texts)) / max(1, len(texts))
    fitting = [
        (entry, Counter(word for word in text if word in asked), len(text) / usual)
        for entry, text in zip(entries, texts, strict=True)
        if not asked.isdisjoint(text)
    ]
    having = Counter(word for _, counts, _ in fitting for word in counts)
    rare = {word: math.log(1 + (len(texts) - n + 0.5) / (n + 0.5)) for word, n in having.items()}
    found = [
        Found(entry, sum(rare[word] * _weight(count, length) for word, count in counts.items()))
        for entry, counts, length in fitting
    ]
    return sorted(found, key=lambda one: (-one.score, -one.entry.v))[:most]


def _weight(count: int, length: float) -> float:
    return count * (K1 + 1) / (count + K1 * (1 - B + B * length))
