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


def intents(clause: Clause, language: Language, glued: frozenset[int] = frozenset()) -> list[Intent]:
    """Return the readings of a clause, those with the verb in the first place first.

    What follows a question word is asked or told about, not done; a doubtful verb further on gives way to a plain one
    in the first place. `glued` are places in the core that belong to the name begun before them.
    """
    found: list[Intent] = []
    taken = -1
    for at, token in enumerate(clause.core):
        plain = any(intent.head and not intent.weak for intent in found)
        if plain and token.norm in language.source.question.words:
            break
        head = all(_may_lead(t, language) for t in clause.core[:at])
        verbs = _done_at(clause.core, at, language) if at > taken else []
        verbs = [(verb, used) for verb, used in verbs if head or not (plain and verb.weak)]
        found.extend(_intent(clause, verb, used, _Parts(language, glued), head=head) for verb, used in verbs)
        taken = max([taken, *(used[-1] for verb, used in verbs if "_" not in verb.words)])
    return sorted(found, key=lambda intent: (not intent.head, intent.at))


def _done_at(core: Sequence[Token], at: int, language: Language) -> list[tuple[VerbPhrase, tuple[int, ...]]]:
    """Return the verb phrases that begin here and are meant as deeds."""
    verbs = [] if core[at].noun else _verbs_at(core, at, language)
    verbs = [(verb, used) for verb, used in verbs if not _forbidden(core, used[-1] + 1, verb, language)]
    return [] if _yields(core, at, verbs, language) else verbs


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
    if core[at].root not in language.yielding or not verbs or any(len(verb.words) > 1 for verb, _ in verbs):
        return False
    after = at + 1
    while after < len(core) and core[after].norm in language.source.links:
        after += 1
    return after < len(core) and bool(_strong(core, after, language))


def _strong(core: Sequence[Token], at: int, language: Language) -> bool:
    return any(not verb.weak for verb, _ in _verbs_at(core, at, language))


class _Parts(Struct, frozen=True):
    """How words part into phrases: by prepositions, but not inside a name."""

    language: Language
    glued: frozenset[int]

    def phrases(self, core: Sequence[Token], places: Sequence[int]) -> Iterator[Phrase]:
        """Yield the words at some places by the preposition that they follow; the first may follow none."""
        preposition, words = "", list[Token]()
        rest = list(places)
        while rest:
            found = self._preposition(core, rest)
            if found:
                if words:
                    yield preposition, tuple(words)
                preposition, words = found, []
            else:
                words.append(core[rest[0]])
            rest = rest[len(found.split()) or 1 :]
        if words:
            yield preposition, tuple(words)

    def _preposition(self, core: Sequence[Token], places: Sequence[int]) -> str:
        """Return the preposition that stands first, the longest one, or nothing."""
        if places[0] in self.glued:
            return ""
        pair = " ".join(core[i].norm for i in places[:2])
        return next((text for text in (pair, core[places[0]].norm) if text in self.language.prepositions), "")


def _intent(clause: Clause, verb: VerbPhrase, used: tuple[int, ...], parts: _Parts, *, head: bool) -> Intent:
    frame = parts.language.frames[verb.frame]
    core = clause.core
    first = used[0]
    while first and _may_lead(core[first - 1], parts.language):
        first -= 1
    inside = [i for i in range(used[0], len(core)) if i not in used]
    before, after = list(parts.phrases(core, range(first))), list(parts.phrases(core, inside))
    roles: dict[str, tuple[tuple[Token, ...], ...]] = {}
    for preposition, words in (*after, *(phrase for phrase in before if phrase[0])):
        if role := frame.roles.get(preposition or "object"):
            roles[role] = (*roles.get(role, ()), words)
    other = [phrase for phrase in (*after, *before) if phrase[0]]
    other.extend(("before", words) for preposition, words in before if not preposition)
    return Intent(clause, frame, verb.frame, verb.text, used[0], head, verb.weak, roles, tuple(other), frozenset(used))


_WIDEST_GAP = 5
