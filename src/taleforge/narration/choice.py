"""Which way of saying a thing is taken: one that fits, has every slot it needs, and was not used a moment ago.

Chosen by the Brief's seed alone, in turn rather than by lot, so that neighbouring seeds differ. Puts no words in.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import repeat
from zlib import crc32

from taleforge.narration.language import Language
from taleforge.narration.templates import ALONE, Template, tags_of

SHARE = 4
ALWAYS = "any"


class Chooser:
    """Chooses for one telling.

    Args:
        language: Where the ways of saying are.
        seed: The Brief's.
        allowed: Whether a way of saying may be used at this table.
    """

    def __init__(self, language: Language, seed: int, allowed: Callable[[str], bool]) -> None:
        self._language = language
        self._seed = seed
        self._allowed = allowed
        self._used: dict[str, int] = {}

    def choose(self, kind: str, tags: Collection[str], slots: frozenset[str]) -> Template | None:
        """Return a way to say something with these slots filled; None when the language has none."""
        ways = [way for way in fitting(self._language, kind, tags, slots) if self._allowed(way.source)]
        if not ways:
            return None
        turn = self._used[kind] = self._used.get(kind, -1) + 1
        return ways[place(self._seed + turn, kind, len(ways))]


def place(seed: int, kind: str, count: int) -> int:
    """Return which of `count` ways a seed takes: another one for each of the `count - 2` seeds that follow."""
    turn = seed + crc32(kind.encode()) % 1009
    return (turn + turn // count) % count if count > 2 else turn % count


def fitting(language: Language, kind: str, tags: Collection[str], slots: frozenset[str]) -> tuple[Template, ...]:
    """Return every way of saying a kind of thing that is true for its tags and whose slots are filled."""
    pools = language.pools
    name = kind if kind in pools else next((name for name in _names(kind) if name in pools), None)
    if name is None:
        return ()
    cache, key = language.fitting, (name, language.asked[name].intersection(tags), slots)
    found = cache.get(key)
    if found is None:
        holding = tuple(key for key in pools[name] if _holds(key, tags))
        found = cache[key] = _collect(pools[name], holding, slots)
    return found


def _collect(
    pool: dict[str, tuple[Template, ...]], holding: tuple[str, ...], slots: frozenset[str]
) -> tuple[Template, ...]:
    ways = {key: tuple(_weighed(way for way in pool[key] if way.needs <= slots)) for key in holding}
    alone = tuple(way for key in holding if key.endswith(ALONE) for way in ways[key])
    return alone or tuple(way for key in holding for way in ways[key])


def _weighed(ways: Iterable[Template]) -> Iterator[Template]:
    """Give a way that stands for many a larger share."""
    for way in ways:
        yield from repeat(way, SHARE if way.many else 1)


def _names(kind: str) -> tuple[str, ...]:
    """Return the kind, and the general kinds that may stand in: "tried.bite.passed" is "tried.any.passed" at least."""
    parts = kind.split(".")
    return (kind, *(".".join((*parts[:at], ALWAYS, *parts[at + 1 :])) for at in range(1, len(parts))))


def _holds(key: str, tags: Collection[str]) -> bool:
    return all(tag == ALWAYS or tag in tags for tag in tags_of(key))
