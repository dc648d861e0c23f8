"""A text's tokens fall into clauses, one deed each, and each clause says whether it is a deed at all.

Asked, denied, supposed and spoken clauses are told from plain ones here. Does not know what the deeds are.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from taleforge.interpret.language import Language
from taleforge.interpret.text import Token


class Clause(Struct, frozen=True, gc=False):
    """One clause: its words without fillers (`core`), where it stands in the text, and how it is meant."""

    tokens: tuple[Token, ...]
    core: tuple[Token, ...]
    start: int
    end: int
    quote: str | None = None
    asked: bool = False
    denied: bool = False
    supposed: bool = False


def split(tokens: Sequence[Token], language: Language, limit: int) -> list[Clause]:
    """Return the clauses of a text, at most `limit`."""
    reader = _Splitter(tokens, language)
    clauses = (clause for part in reader.parts() if (clause := _clause(part, language)))
    return [clause for clause, _ in zip(clauses, range(limit), strict=False)]


class _Part(NamedTuple):
    """The tokens of one clause: whether a question mark ends it, and whether a connector joins it to the one before."""

    tokens: list[Token]
    asked: bool = False
    joined: bool = False


class _Splitter:
    """Walks through a text's tokens and parts them where a new deed begins."""

    def __init__(self, tokens: Sequence[Token], language: Language) -> None:
        self._tokens = tokens
        self._language = language
        self._speech = language.source.speech

    def parts(self) -> Iterator[_Part]:
        """Yield the clauses."""
        part: list[Token] = []
        joined = False
        at = 0
        while at < len(self._tokens):
            token = self._tokens[at]
            after = self._after_connector(at)
            if token.kind in {"stop", "ask"} and not self._speaker_follows(part, at):
                yield _Part(part, token.kind == "ask", joined)
                part, joined = [], False
            elif after > at and self._begins_deed(after, part):
                yield _Part(part, joined=joined)
                part, joined = [], bool(part)
                at = after
                continue
            else:
                part.append(token)
            at += 1
        yield _Part(part, joined=joined)

    def _norms(self, at: int, count: int) -> list[str]:
        return [token.norm for token in self._tokens[at : at + count]]

    def _speaker_follows(self, part: list[Token], at: int) -> bool:
        """Whether a stop only ends what is spoken, and the speaker comes next ("Halt!" I cry; "Where? I ask her")."""
        ahead = self._norms(at + 1, 3)
        if part and part[-1].kind == "quote":
            return not self._language.speaking.isdisjoint(ahead)
        return self._is_asked_at(at + 1)

    def _is_asked_at(self, at: int) -> bool:
        """Whether words like "I ask" stand at a place."""
        subject, verb = [*self._norms(at, 2), "", ""][:2]
        return subject in self._language.source.self_subjects and verb in self._speech.asking

    def _after_connector(self, at: int) -> int:
        """Return where the words after a connector ("and then", a comma) begin; `at` when there is none here."""
        while at < len(self._tokens):
            if self._tokens[at].kind == "comma":
                at += 1
                continue
            words = next((w for w in self._language.connectors if tuple(self._norms(at, len(w))) == w), ())
            if not words:
                break
            at += len(words)
        return at

    def _begins_deed(self, at: int, before: list[Token]) -> bool:
        """Whether the words at a place are a new deed, and not more of the same one."""
        if not any(token.kind in {"word", "quote", "dice"} for token in before):
            return True
        if _find(before, self._language.source.negation.cut_front) == 0:
            return False
        if self._is_asked_at(at) and _is_question([t for t in before if t.kind == "word"], self._language):
            return False
        speaks = any(token.norm in self._language.speaking for token in before)
        if before[-1].kind == "quote" and not self._language.speaking.isdisjoint(self._norms(at, 3)):
            return False
        if at < len(self._tokens) and self._tokens[at].kind == "quote":
            return not speaks
        return self._has_verb(at)

    def _has_verb(self, at: int) -> bool:
        """Whether a subject, or a verb possibly after an adverb, stands at a place."""
        for token in self._tokens[at : at + _LONGEST_LEAD]:
            if token.norm in self._language.source.self_subjects:
                return True
            if token.kind != "word" or token.noun or token.norm in self._language.articles:
                return False
            if token.norm in (*self._language.source.negation.words, *self._language.source.question.words):
                return False
            if not token.filler:
                return token.root in self._language.verbs
        return False


def _clause(part: _Part, language: Language) -> Clause | None:
    tokens = _without_cut(_strip(part.tokens, language), language)
    words = [token for token in tokens if token.kind == "word"]
    denied, tokens = _denial(tokens, language)
    if not any(token.kind in {"word", "number", "quote", "dice"} for token in tokens):
        return None
    quotes = [token.text for token in tokens if token.kind == "quote"]
    core = tuple(t for t in tokens if not t.filler and t.kind not in {"quote", "stop", "ask"})
    return Clause(
        tuple(tokens), core, tokens[0].start, tokens[-1].end, " ".join(quotes) if quotes else None,
        part.asked or (not _is_joined_deed(part, words, language) and _is_question(words, language)),
        denied, _is_supposed(words, language),
    )  # fmt: skip


def _strip(tokens: list[Token], language: Language) -> list[Token]:
    """Take connectors and commas off the front."""
    while tokens and (tokens[0].kind in {"comma", "stop", "colon"} or (tokens[0].norm,) in language.connectors):
        tokens = tokens[1:]
    return tokens


def _without_cut(tokens: list[Token], language: Language) -> list[Token]:
    """Set aside what is said only to be excluded: "without …", "instead of …, I …"."""
    negation, subjects = language.source.negation, language.source.self_subjects
    front = _find(tokens, negation.cut_front)
    if front == 0:
        rest = next((i for i, t in enumerate(tokens) if i and (t.kind == "comma" or t.norm in subjects)), 0)
        return _strip(tokens[rest:], language) if rest else tokens
    at = front if front is not None else _find(tokens, negation.cut)
    return tokens[:at] if at else tokens


def _find(tokens: Sequence[Token], phrases: Sequence[str]) -> int | None:
    """Return where the first of some phrases begins."""
    norms = [token.norm for token in tokens]
    for words in (phrase.split() for phrase in phrases):
        for at, norm in enumerate(norms):
            if norm == words[0] and norms[at : at + len(words)] == words:
                return at
    return None


def _denial(tokens: list[Token], language: Language) -> tuple[bool, list[Token]]:
    """Return whether the clause says that something is not done, and its words without what is only excluded."""
    negation = language.source.negation
    words = (i for i, t in enumerate(tokens) if t.norm in negation.words)
    at = next((i for i in words if not _is_idiom(tokens, i, language)), None)
    if at is None or any(t.norm in language.speaking for t in tokens[:at]):
        return False, tokens
    done = any(t.root in language.verbs and not t.filler and t.root not in language.leads for t in tokens[:at])
    if done and tokens[at].norm in negation.excluding:
        return False, tokens[:at]
    return True, tokens


def _is_idiom(tokens: list[Token], at: int, language: Language) -> bool:
    return _find(tokens[max(0, at - 2) : at + 4], language.source.negation.idioms) is not None


def _is_supposed(words: list[Token], language: Language) -> bool:
    return _find(words[:3], language.source.condition.words) == 0


def _is_question(words: list[Token], language: Language) -> bool:
    question = language.source.question
    if not words or _is_put_to_somebody(words, language):
        return False
    first = words[0].norm
    if first in language.source.condition.words:
        return False
    if first in question.words or _find(words[:6], question.phrases) is not None:
        return True
    follows = next((t.norm for t in words[1:3] if t.norm not in language.source.negation.words), "")
    return first in question.aux and (follows in question.after_aux or (first in question.copulas and bool(follows)))


def _is_joined_deed(part: _Part, words: list[Token], language: Language) -> bool:
    """Whether an auxiliary goes on with the deed before it ("grins and does a trick")."""
    return part.joined and bool(words) and words[0].norm in language.source.question.deeds


def _is_put_to_somebody(words: list[Token], language: Language) -> bool:
    """Whether the words say that somebody in the story is asked ("… I ask her")."""
    subjects, asking = language.source.self_subjects, language.source.speech.asking
    return any(a.norm in subjects and b.norm in asking for a, b in pairwise(words))


_LONGEST_LEAD = 6
