"""A text's tokens fall into clauses, one deed each, and each clause says whether it is a deed at all.

Asked, denied, supposed and spoken clauses are told from plain ones here. Does not know what the deeds are.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from taleforge.interpret.language import Language
from taleforge.interpret.text import Token


class Clause(Struct, frozen=True):
    """One clause: its words without fillers (`core`), where it begins in the text, and how it is meant."""

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
    clauses: list[Clause] = []
    for part, asked in _parts(list(tokens), language):
        clause = _clause(part, language, asked=asked)
        if clause and len(clauses) < limit:
            clauses.append(clause)
    return clauses


def is_verb(token: Token, language: Language) -> bool:
    """Whether a word may name a deed."""
    return token.kind == "word" and token.root in language.verbs


def _parts(tokens: list[Token], language: Language) -> Iterator[tuple[list[Token], bool]]:
    part: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.kind in {"stop", "ask"} and not _speech_goes_on(part, tokens, at, language):
            yield part, token.kind == "ask"
            part = []
        elif (after := _connected(tokens, at, language)) and _begins_deed(tokens, after, part, language):
            yield part, False
            part = []
            at = after - 1
        else:
            part.append(token)
        at += 1
    yield part, False


def _speech_goes_on(part: list[Token], tokens: list[Token], at: int, language: Language) -> bool:
    """Whether a stop only follows what is spoken, and the speaker comes next ("Halt!" I cry, "Where? I ask her")."""
    ahead = [t.norm for t in tokens[at + 1 : at + 4]]
    if part and part[-1].kind == "quote":
        return any(norm in language.source.speech.bare for norm in ahead)
    return ahead[:1] == ["i"] and ahead[1:2] != [] and ahead[1] in language.source.speech.asking


def _connected(tokens: list[Token], at: int, language: Language) -> int:
    """Return where the words after a connector ("and then", a comma) begin, or 0 when there is none here."""
    start = at
    if tokens[at].kind == "comma":
        at += 1
    moved = True
    while moved and at < len(tokens):
        moved = False
        for words in language.connectors:
            if tuple(t.norm for t in tokens[at : at + len(words)]) == words:
                at += len(words)
                moved = True
                break
        if at < len(tokens) and at > start and tokens[at].kind == "comma":
            at += 1
            moved = True
    return at if at > start else 0


def _begins_deed(tokens: list[Token], at: int, before: list[Token], language: Language) -> bool:
    """Whether the words at a place are a new deed: a subject and a verb, or a verb, possibly after an adverb."""
    if not any(t.kind in {"word", "quote", "dice"} for t in before):
        return bool(before) or at < len(tokens)
    if before[-1].kind == "quote" and any(t.norm in language.source.speech.bare for t in tokens[at : at + 3]):
        return False
    if at < len(tokens) and tokens[at].kind == "quote":
        return not any(t.norm in language.source.speech.bare for t in before)
    subject = False
    for token in tokens[at : at + 6]:
        if token.kind != "word" or token.norm in language.articles:
            return False
        if token.norm in language.source.self_subjects:
            subject = True
            continue
        if subject:
            return True
        if token.norm in language.source.negation.words:
            return False
        if is_verb(token, language) and not token.filler:
            return True
        if not token.filler and token.root not in language.leads:
            return False
    return False


def _clause(tokens: list[Token], language: Language, *, asked: bool) -> Clause | None:
    tokens = _without_cut(_strip(tokens, language), language)
    if not any(t.kind in {"word", "number", "quote", "dice"} for t in tokens):
        return None
    words = [t for t in tokens if t.kind == "word"]
    supposed = _is_supposed(words, language)
    denied, tokens = _denial(tokens, language)
    quotes = [t.text for t in tokens if t.kind == "quote"]
    core = tuple(t for t in tokens if t.kind != "quote" and not t.filler and t.kind not in {"stop", "ask"})
    return Clause(
        tuple(tokens), core, tokens[0].start if tokens else 0, tokens[-1].end if tokens else 0,
        " ".join(quotes) if quotes else None, asked or _is_question(words, language), denied, supposed,
    )  # fmt: skip


def _strip(tokens: list[Token], language: Language) -> list[Token]:
    """Take connectors and commas off the front."""
    while tokens and (tokens[0].kind in {"comma", "stop", "colon"} or (tokens[0].norm,) in language.connectors):
        tokens = tokens[1:]
    return tokens


def _without_cut(tokens: list[Token], language: Language) -> list[Token]:
    """Set aside what is said only to be excluded: "without …", "instead of …, I …"."""
    negation = language.source.negation
    at = _find_phrase(tokens, negation.cut_front)
    if at == 0:
        rest = next((i for i, t in enumerate(tokens) if i and (t.kind == "comma" or t.norm in _subjects(language))), 0)
        return _strip(tokens[rest:], language) if rest else tokens
    if at is not None:
        return tokens[:at]
    at = _find_phrase(tokens, negation.cut)
    return tokens[:at] if at else tokens


def _subjects(language: Language) -> tuple[str, ...]:
    return language.source.self_subjects


def _find_phrase(tokens: Sequence[Token], phrases: Sequence[str]) -> int | None:
    norms = [t.norm for t in tokens]
    for phrase in phrases:
        words = phrase.split()
        if words[0] in norms:
            for at in range(len(norms) - len(words) + 1):
                if norms[at : at + len(words)] == words:
                    return at
    return None


def _denial(tokens: list[Token], language: Language) -> tuple[bool, list[Token]]:
    """Return whether the clause says that something is not done, and its words without what is excluded."""
    negation = language.source.negation
    at = next((i for i, t in enumerate(tokens) if t.norm in negation.words and not _idiom(tokens, i, language)), None)
    if at is None:
        return False, tokens
    speech = language.source.speech
    if any(t.norm in (*speech.bare, *speech.told, *speech.asking) for t in tokens[:at]):
        return False, tokens
    before = [t for t in tokens[:at] if is_verb(t, language) and not t.filler and t.root not in language.leads]
    if before and tokens[at].norm == "not":
        return False, tokens[:at]
    return True, tokens


def _idiom(tokens: list[Token], at: int, language: Language) -> bool:
    near = tokens[max(0, at - 2) : at + 4]
    return _find_phrase(near, language.source.negation.idioms) is not None


def _is_supposed(words: list[Token], language: Language) -> bool:
    condition = language.source.condition.words
    return bool(words) and (words[0].norm in condition or _find_phrase(words[:3], condition) == 0)


def _is_put_to_somebody(words: list[Token], language: Language) -> bool:
    """Whether the words say that somebody in the story is asked ("… I ask her")."""
    pairs = zip(words, words[1:], strict=False)
    return any(a.norm in _subjects(language) and b.norm in language.source.speech.asking for a, b in pairs)


def _is_question(words: list[Token], language: Language) -> bool:
    question = language.source.question
    if not words:
        return False
    first = words[0].norm
    if _is_put_to_somebody(words, language):
        return False
    if first in question.words or _find_phrase(words[:6], question.phrases) is not None:
        return True
    after = [t.norm for t in words[1:4] if t.norm != "not"]
    follows = after[0] if after else ""
    return first in question.aux and (follows in question.after_aux or (first in {"is", "are"} and bool(follows)))
