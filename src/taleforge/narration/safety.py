"""What a table does not want told: lines are never told, veils happen out of sight.

A subject is known by its words (families in the language's data; any other subject by its own name). What happened
stays as it is: this is about the telling alone.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from taleforge.messages.brief import Brief
from taleforge.narration.language import Family, Language, load

_SENTENCE = re.compile(r"[^.!?…]*(?:[.!?…]+[\"'”’)]*|$)\s*")


class Guard:
    """The lines and veils of a table, ready to be asked."""

    def __init__(self, lines: Iterable[Family], veils: Iterable[Family]) -> None:
        lines, veils = tuple(lines), tuple(veils)
        self._lined, self._veiled = _pattern(lines), _pattern(veils)
        self._lined_kinds = tuple(kind for family in lines for kind in family.kinds)
        self._veiled_kinds = tuple(kind for family in veils for kind in family.kinds)

    def allows(self, words: str) -> bool:
        """Whether words speak of nothing that is lined or veiled."""
        return not (_found(self._lined, words) or _found(self._veiled, words))

    def drops(self, kind: str) -> bool:
        """Whether a kind of telling is left out."""
        return kind.startswith(self._lined_kinds) if self._lined_kinds else False

    def hides(self, kind: str) -> bool:
        """Whether a kind of telling happens out of sight."""
        return kind.startswith(self._veiled_kinds) if self._veiled_kinds else False

    def clean(self, text: str, instead: str) -> str:
        """Return a text without what is lined, and with `instead` for each stretch that is veiled."""
        if self.allows(text):
            return text
        return "".join(self._sentences(text, instead)).strip()

    def _sentences(self, text: str, instead: str) -> Iterator[str]:
        hidden = False
        for match in _SENTENCE.finditer(text):
            sentence = match.group()
            if _found(self._lined, sentence):
                continue
            if _found(self._veiled, sentence):
                if not hidden:
                    yield instead + " "
                hidden = True
            elif sentence:
                hidden = False
                yield sentence


def guard_of(brief: Brief, language: Language) -> Guard:
    """Return the guard a Brief asks for."""
    return _guard(brief.lines, brief.veils, language.name)


@lru_cache(maxsize=64)
def tactful(lines: tuple[str, ...], veils: tuple[str, ...], lang: str) -> Callable[[str], str]:
    """Return how words of a pack are told within lines and veils: in a language, an ellipsis for what is veiled."""
    guard = _guard(lines, veils, load(lang).name)

    @lru_cache(maxsize=1024)
    def tell(text: str) -> str:
        return guard.clean(text, "…")

    return tell


@lru_cache(maxsize=256)
def _guard(lines: tuple[str, ...], veils: tuple[str, ...], lang: str) -> Guard:
    subjects = load(lang).subjects
    return Guard(_families(lines, subjects), _families(veils, subjects))


def _families(names: Iterable[str], subjects: dict[str, Family]) -> Iterator[Family]:
    for name in names:
        plain = name.strip().casefold()
        known = [family for family in subjects.values() if plain in family.names]
        if plain:
            yield from known or (Family((plain,), (plain.removesuffix("s"),)),)


def _pattern(families: Iterable[Family]) -> re.Pattern[str] | None:
    words = [re.escape(word) for family in families for word in family.words if word]
    return re.compile(rf"\b(?:{'|'.join(words)})", re.IGNORECASE) if words else None


def _found(pattern: re.Pattern[str] | None, text: str) -> bool:
    return pattern is not None and pattern.search(text) is not None
