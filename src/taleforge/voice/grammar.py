"""What may be said in a scene, as a grammar for a recogniser, and how words sound that its dictionary does not have.

Knows letters and English numbers, no engine.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Final

import msgspec
from msgspec import Struct

MOST_PHRASES: Final = 500
_ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ("zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


class Letters(Struct, frozen=True):
    """How groups of letters sound: at the end of a word, and anywhere."""

    endings: dict[str, str]
    letters: dict[str, str]


@cache
def _letters() -> Letters:
    data = resources.files("taleforge.voice").joinpath("data", "phones.json").read_bytes()
    return msgspec.json.decode(data, type=Letters)


def words_of(phrase: str) -> tuple[str, ...]:
    """Return the words of a phrase as they are spoken: in lower case, numbers in words."""
    found = re.findall(r"[a-z]+(?:'[a-z]+)?|\d+", phrase.casefold().replace("’", "'"))
    return tuple(word for part in found for word in (_spoken(int(part[:6])) if part.isdigit() else (part,)))


def _spoken(number: int) -> tuple[str, ...]:
    if number < len(_ONES):
        return (_ONES[number],)
    if number < 100:
        tens, ones = divmod(number, 10)
        return (_TENS[tens], *((_ONES[ones],) if ones else ()))
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return (_ONES[hundreds], "hundred", *(_spoken(rest) if rest else ()))
    return tuple(_ONES[int(digit)] for digit in str(number))


def speakable(phrases: Iterable[str]) -> dict[tuple[str, ...], str]:
    """Return the phrases by their words, each once, at most `MOST_PHRASES`."""
    spoken: dict[tuple[str, ...], str] = {}
    for phrase in phrases:
        words = words_of(phrase)
        if words and len(spoken) < MOST_PHRASES:
            spoken.setdefault(words, phrase)
    return spoken


def jsgf(spoken: Iterable[Sequence[str]]) -> str:
    """Return a grammar in JSGF of phrases, of which one is said."""
    return f"#JSGF V1.0; grammar scene; public <said> = ( {' | '.join(' '.join(words) for words in spoken)} ) ;"


def phones(word: str) -> str:
    """Return how a word probably sounds in English, as phones of the CMU dictionary."""
    return " ".join(filter(None, _sounds(word.replace("'", "")))) or "AH"


def _sounds(word: str) -> Iterator[str]:
    known = _letters()
    place = 0
    while place < len(word):
        rest = word[place:]
        if place and rest in known.endings:
            yield known.endings[rest]
            return
        group = next((rest[:size] for size in (4, 3, 2, 1) if rest[:size] in known.letters), "")
        yield known.letters.get(group, "")
        place += max(1, len(group))


def likeliest(text: str, phrases: Sequence[str], most: int = 3) -> tuple[str, ...]:
    """Return the phrases that a text is most like, the best first."""
    heard = " ".join(words_of(text))

    def likeness(phrase: str) -> float:
        return difflib.SequenceMatcher(None, heard, " ".join(words_of(phrase)), autojunk=False).ratio()

    return tuple(sorted(dict.fromkeys(phrases), key=lambda phrase: -likeness(phrase))[:most]) if heard else ()
