"""A text becomes tokens: words with their place in the text, quotations as one token, dice as one token, stops.

Any text may come in: binary, right-to-left, emoji, ten thousand characters. Does not know any language's words beyond
the short forms that a language file spells out ("don't").
"""

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from taleforge.interpret.language import Language

Kind = Literal["word", "number", "quote", "stop", "comma", "ask", "colon", "dice"]


class Token(Struct, frozen=True, gc=False):  # like all small values here: many are made, none can be in a circle
    """One word or sign. `norm` is how it is compared, `start` and `end` where it stands in the text."""

    kind: Kind
    norm: str
    root: str
    start: int
    end: int
    text: str = ""
    """A quotation's words, or a word as it was typed before it was corrected."""
    filler: bool = False
    slip: bool = False
    """Whether the word was corrected."""
    noun: bool = False
    """Whether an article stands before it, so that it names no deed."""


_QUOTES = {'"': '"', "“": "”", "”": "”", "„": "“", "«": "»", "»": "«", "‘": "’"}
_SCAN = re.compile(
    r"(?P<quote>[\"“”„«»]|(?<![\w’'])['‘](?=\w))"
    r"|(?P<dice>\b\d*d\d+(?:[a-z]{1,2}[<>]?\d+)*(?:\s*[-+*/]\s*\d*(?:d\d+(?:[a-z]{1,2}[<>]?\d+)*)?)*)"
    r"|(?P<word>[^\W\d_](?:[^\W_]|['’;](?=\w))*|\d+(?:st|nd|rd|th)\b|&)"
    r"|(?P<number>\d+)"
    r"|(?P<ask>[?？؟]+!*)"
    r"|(?P<stop>[.!;…。！\n]+)"
    r"|(?P<comma>[,،、–—]|(?<=\s)-(?=\s))"
    r"|(?P<colon>:)",
    re.IGNORECASE,
)


def tokenise(text: str, language: Language, limit: int) -> list[Token]:
    """Return the tokens of a text, at most `limit` of them."""
    tokens: list[Token] = []
    at = 0
    while len(tokens) < limit and (found := _SCAN.search(text, at)):
        at = found.end()
        kind = found.lastgroup
        if kind == "stop" and tokens and _abbreviates(text, tokens[-1], language):
            continue
        if kind == "quote":
            token, at = _quotation(text, found.start())
            tokens.append(token)
        elif kind == "word":
            tokens.extend(_words(found, language, noun=bool(tokens) and tokens[-1].norm in language.articles))
        else:
            norm = "".join(found.group().lower().split())
            tokens.append(Token(kind, norm, norm, found.start(), at))  # type: ignore[arg-type]  # the pattern's groups are the kinds
    return tokens


def _abbreviates(text: str, token: Token, language: Language) -> bool:
    """Whether a word is written short, so that the stop after it ends nothing ("5 ft.")."""
    return text[token.start : token.end].lower() in language.source.abbreviations


def plain(text: str) -> str:
    """Return a word as it is compared: one spelling for each letter, lower case, straight apostrophes."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in folded if not unicodedata.combining(c)).replace("’", "'")


class Said(Struct, frozen=True, gc=False):
    """A name or phrase of the view, ready for matching. `head` is its main noun, `joined` its two words as one."""

    roots: tuple[str, ...]
    head: tuple[str, ...]
    words: tuple[str, ...]
    joined: str = ""


@lru_cache(maxsize=20_000)
def said(text: str, language: Language) -> Said:
    """Return a name or phrase made ready; views say the same ones again and again."""
    tokens = words_of(text, language)
    roots = tuple(t.root for t in tokens if not t.filler) or tuple(t.root for t in tokens)
    words = tuple(t.norm for t in tokens if t.kind == "word" and not t.filler)
    return Said(roots, _head(roots, language), words, "".join(words) if len(words) == 2 else "")


def _head(roots: tuple[str, ...], language: Language) -> tuple[str, ...]:
    """Return a name's main noun: "door" of "cellar door", "pot" of "pot of stew", "goblin" of "goblin 2"."""
    parted = (i for i, root in enumerate(roots) if i and root in language.prepositions)
    front = roots[: next(parted, len(roots))]
    return tuple(root for root in front if not root.isdigit())[-1:] or roots


def words_of(text: str, language: Language, limit: int = 60) -> list[Token]:
    """Return the words and numbers of a text."""
    return [token for token in tokenise(text, language, limit) if token.kind in {"word", "number"}]


def respelled(token: Token, norm: str, language: Language) -> Token:
    """Return a word's token with another word in its place."""
    root = language.root(norm)
    typed = token.text or token.norm
    return Token("word", norm, root, token.start, token.end, typed, language.is_filler(norm, root), True, token.noun)


def _words(found: re.Match[str], language: Language, *, noun: bool) -> list[Token]:
    norm = plain(found.group())
    spelled = language.source.expand.get(norm)
    return [_word(part, language, found, noun=noun) for part in (spelled.split() if spelled else [norm])]


def _word(norm: str, language: Language, found: re.Match[str], *, noun: bool) -> Token:
    root = language.root(norm)
    return Token("word", norm, root, found.start(), found.end(), filler=language.is_filler(norm, root), noun=noun)


def _quotation(text: str, start: int) -> tuple[Token, int]:
    opening = text[start]
    end = _closing(text, start, "'" if opening == "'" else _QUOTES[opening])
    inside = text[start + 1 : end].strip()
    return Token("quote", "", "", start, min(end + 1, len(text)), inside), end + 1


def _closing(text: str, start: int, closing: str) -> int:
    """Return where a quotation ends: the text's end when it is never closed."""
    if closing not in "'’":
        found = text.find(closing, start + 1)
        return found if found >= 0 else len(text)
    found = re.compile(r"['’](?!\w)").search(text, start + 1)
    return found.start() if found else len(text)
