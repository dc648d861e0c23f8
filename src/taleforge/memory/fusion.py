"""One ranking of two: by words and by meaning, whose scores cannot be compared, so that only the places count.

Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009). Finds nothing itself.
"""

from collections.abc import Sequence
from typing import Final

from taleforge.memory.values import Entry, Found

SOFTNESS: Final = 10
"""How little the first place counts more than the second; the usual 60 is for thousands of documents."""


def fused(rankings: Sequence[Sequence[Entry]], most: int) -> list[Found]:
    """Return what any ranking has, best first and the newer of equals; whoever is first in one has 1 from it."""
    scores: dict[Entry, float] = {}
    for ranking in rankings:
        for place, entry in enumerate(ranking):
            scores[entry] = scores.get(entry, 0.0) + SOFTNESS / (SOFTNESS + place)
    found = [Found(entry, score) for entry, score in scores.items()]
    return sorted(found, key=lambda one: (-one.score, -one.entry.v))[:most]
