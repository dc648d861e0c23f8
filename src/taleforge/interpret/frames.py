"""A clause becomes intents: which frames its verb may call up, and which words play which role in each.

Several intents may come of one clause ("throw" is an attack or a gift); what can be done decides between them later.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from taleforge.interpret.clauses import Clause
from taleforge.interpret.language import Frame, Language, VerbPhrase
from taleforge.interpret.text import Token

Phrase = tuple[str, tuple[Token, ...]]


class Intent(Struct, frozen=True):
    """One reading of a clause's verb. `roles` hold the words that play each role, `other` the phrases without one."""

    clause: Clause
    frame: Frame
    name: str
    verb: str
    at: int
    end: int
    head: bool
    weak: bool
    roles: dict[str, tuple[tuple[Token, ...], ...]]
    other: tuple[Phrase, ...]
    used: frozenset[int]
    """Places in the clause's core that the verb itself takes up."""

    def role(self, role: str) -> tuple[Token, ...]:
        """Return all words that play a role."""
        return tuple(t for words in self.roles.get(role, ()) for t in words)

    def content(self) -> tuple[Token, ...]:
        """Return the clause's words beside its verb."""
        return tuple(t for i, t in enumerate(self.clause.core) if i not in self.used)


def intents(clause: Clause, language: Language) -> list[Intent]:
    """Return the readings of a clause, those with the verb in the first place first."""
    core = clause.core
    found: list[Intent] = []
    taken = -1
    for at in range(len(core)):
        if found and found[0].head and not found[0].weak and core[at].norm in language.source.question.words:
            break
        verbs = _verbs_at(core, at, language) if at > taken else []
        verbs = [(verb, used) for verb, used in verbs if not _forbidden(core, used[-1] + 1, verb, language)]
        if verbs and not _yields(core, at, verbs, language):
            head = all(_may_lead(t, language) for t in core[:at])
            found.extend(_intent(clause, verb, used, head, language) for verb, used in verbs)
            taken = max(
                taken,
                max(used[-1] for verb, used in verbs if "_" not in verb.words)
                if any("_" not in v.words for v, _ in verbs)
                else taken,
            )
    return sorted(found, key=lambda intent: (not intent.head, intent.at))


def _forbidden(core: Sequence[Token], after: int, verb: VerbPhrase, language: Language) -> bool:
    """Whether the next word makes a verb mean something else ("give me …" gives nothing)."""
    return after < len(core) and core[after].norm in language.frames[verb.frame].never


def _verbs_at(core: Sequence[Token], at: int, language: Language) -> list[tuple[VerbPhrase, tuple[int, ...]]]:
    """Return each frame's longest verb phrase that begins here."""
    found: dict[str, tuple[VerbPhrase, tuple[int, ...]]] = {}
    if core[at].kind not in {"word", "number"} or _is_preposition(core, at, language):
        return []
    for verb in language.verbs.get(core[at].root, ()):
        if verb.frame not in found and (used := _match(core, at, verb.words)):
            found[verb.frame] = (verb, used)
    return list(found.values())


def _is_preposition(core: Sequence[Token], at: int, language: Language) -> bool:
    """Whether a word belongs to a preposition of two words ("next to")."""
    return at + 1 < len(core) and f"{core[at].norm} {core[at + 1].norm}" in language.pairs


def _match(core: Sequence[Token], at: int, words: Sequence[str]) -> tuple[int, ...]:
    """Return the places of a verb phrase's words, or nothing when it is not here."""
    used: list[int] = []
    place = at
    gap = False
    for word in words:
        if word == "_":
            gap = True
            continue
        last = min(len(core), place + _WIDEST_GAP) if gap else min(len(core), place + 1)
        hit = next((i for i in range(place, last) if core[i].root == word), None)
        if hit is None:
            return ()
        used.append(hit)
        place, gap = hit + 1, False
    return tuple(used)


def _may_lead(token: Token, language: Language) -> bool:
    return token.root in language.leads or token.norm in language.leads or token.kind == "comma"


def _yields(
    core: Sequence[Token], at: int, verbs: list[tuple[VerbPhrase, tuple[int, ...]]], language: Language
) -> bool:
    """Whether a verb gives way to the one after it: "go talk to her", "I want to hide"."""
    if core[at].root not in language.yielding or any(len(verb.words) > 1 for verb, _ in verbs):
        return False
    after = at + 1
    while after < len(core) and core[after].norm in {"to", "and"}:
        after += 1
    return after < len(core) and bool(_strong(core, after, language))


def _strong(core: Sequence[Token], at: int, language: Language) -> bool:
    return any(not verb.weak for verb, _ in _verbs_at(core, at, language))


def _intent(clause: Clause, verb: VerbPhrase, used: tuple[int, ...], head: bool, language: Language) -> Intent:  # noqa: FBT001  # a finding, not an option
    frame = language.frames[verb.frame]
    core = clause.core
    inner = [core[i] for i in range(used[0], used[-1]) if i not in used]
    front = list(core[: used[0]])
    while front and _may_lead(front[-1], language):
        front.pop()
    before, after = _phrases(front, language), _phrases([*inner, *core[used[-1] + 1 :]], language)
    roles: dict[str, tuple[tuple[Token, ...], ...]] = {}
    other: list[Phrase] = []
    for preposition, words in (*after, *(p for p in before if p[0])):
        role = frame.roles.get(preposition or "object")
        if role and words:
            roles[role] = (*roles.get(role, ()), words)
        if words and preposition:
            other.append((preposition, words))
    other.extend(("before", words) for preposition, words in before if not preposition and words)
    return Intent(
        clause,
        frame,
        verb.frame,
        verb.text,
        used[0],
        used[-1] + 1,
        head,
        verb.weak,
        roles,
        tuple(other),
        frozenset(used),
    )


def _phrases(tokens: Sequence[Token], language: Language) -> list[Phrase]:
    """Return the words by the preposition that they follow; the first may follow none."""
    return list(_walk(tokens, frozenset(language.source.prepositions)))


def _walk(tokens: Sequence[Token], prepositions: frozenset[str]) -> Iterator[Phrase]:
    preposition, words = "", list[Token]()
    at = 0
    while at < len(tokens):
        pair = f"{tokens[at].norm} {tokens[at + 1].norm}" if at + 1 < len(tokens) else ""
        if pair in prepositions or tokens[at].norm in prepositions:
            if words or preposition:
                yield preposition, tuple(words)
            preposition, words = (pair, []) if pair in prepositions else (tokens[at].norm, [])
            at += 2 if pair in prepositions else 1
        else:
            words.append(tokens[at])
            at += 1
    if words or preposition:
        yield preposition, tuple(words)


_WIDEST_GAP = 5
