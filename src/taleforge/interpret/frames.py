"""A clause becomes intents: which frames its verb may call up, and which words play which role in each.

Several intents may come of one clause ("throw" is an attack or a gift); what can be done decides between them later.
"""

from collections.abc import Iterator, Sequence, Set

from msgspec import Struct, structs

from taleforge.interpret.clauses import Clause
from taleforge.interpret.language import Frame, Language, VerbPhrase
from taleforge.interpret.text import Token

Phrase = tuple[str, tuple[Token, ...]]
"""A preposition (or none) and the words after it."""
Verb = tuple[VerbPhrase, tuple[int, ...]]
"""A verb phrase and the places of its words."""


class Intent(Struct, frozen=True, gc=False):
    """One reading of a clause's verb. `roles` hold the words that play each role, `other` the phrases with their words.

    `used` are the places in the clause's core that the verb itself takes up; `head` says that it stands first.
    """

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

    def role(self, role: str) -> tuple[Token, ...]:
        """Return all words that play a role."""
        return tuple(token for words in self.roles.get(role, ()) for token in words)

    def content(self) -> tuple[Token, ...]:
        """Return the clause's words beside its verb."""
        return tuple(token for i, token in enumerate(self.clause.core) if i not in self.used)


class Surroundings(Struct, frozen=True, gc=False):
    """What the view tells about a clause: places inside a longer name, words that name the speaker."""

    glued: frozenset[int] = frozenset()
    own: Set[str] = frozenset()
    lobby: bool = False
    """Whether play has not begun, when there is nothing to do but take a character."""


def intents(clause: Clause, language: Language, around: Surroundings) -> list[Intent]:
    """Return the readings of a clause, those with the verb in the first place first.

    What follows a question word is asked or told about, not done; a doubtful verb further on gives way to a plain one
    in the first place.
    """
    scanner = _Scanner(clause, language, around)
    found: list[Intent] = []
    taken = -1
    for at, token in enumerate(clause.core):
        plain = any(intent.head and not intent.weak for intent in found)
        if plain and token.norm in language.source.question.words:
            break
        head = scanner.is_head(at)
        verbs = [(verb, used) for verb, used in scanner.verbs(at) if at > taken and (head or not (plain and verb.weak))]
        found.extend(scanner.intent(verb, used, head=head) for verb, used in verbs)
        taken = max([taken, *(used[-1] for verb, used in verbs if _GAP not in verb.words)])
    return sorted(found, key=lambda intent: (not intent.head, intent.at))


class _Scanner:
    """Looks for verbs and phrases in the words of one clause."""

    def __init__(self, clause: Clause, language: Language, around: Surroundings) -> None:
        self._clause = clause
        self._core = clause.core
        self._language = language
        self._around = around

    def is_head(self, at: int) -> bool:
        """Whether nothing but leading words stands before a place."""
        return all(self._may_lead(token) for token in self._core[:at])

    def _may_lead(self, token: Token) -> bool:
        """Whether a word may stand before the verb without being the deed: "I", "want", "to", the speaker's name."""
        leads = self._language.leads
        return token.kind == "comma" or token.root in leads or token.norm in leads or token.root in self._around.own

    # ------------------------------------------------------------ verbs

    def verbs(self, at: int) -> list[Verb]:
        """Return the verb phrases that begin at a place and are meant as deeds."""
        frames = self._language.frames
        meant = [
            (verb, used) for verb, used in self._begun(at) if self._norm(used[-1] + 1) not in frames[verb.frame].never
        ]
        return [] if self._yields(at, meant) else meant

    def _norm(self, at: int) -> str:
        return self._core[at].norm if at < len(self._core) else ""

    def _begun(self, at: int) -> list[Verb]:
        """Return the longest verb phrase of each frame that begins here; beside "kick _ in" a "kick" is weak."""
        found: dict[str, Verb] = {}
        if f"{self._norm(at)} {self._norm(at + 1)}" in self._language.pairs:
            return []
        for verb in self._language.verbs.get(self._core[at].root, ()):
            if verb.frame not in found and self._is_said_here(verb, at) and (used := self._match(at, verb)):
                found[verb.frame] = (verb, used)
        longest = max((len(verb.words) for verb, _ in found.values() if _GAP not in verb.words), default=0)
        parted = any(_GAP in verb.words for verb, _ in found.values())
        kept: list[Verb] = []
        for verb, used in found.values():
            short = _GAP not in verb.words and len(verb.words) < longest
            if not (short and self._gives_way(verb)):
                weak = verb.weak or (parted and _GAP not in verb.words)
                kept.append((structs.replace(verb, weak=weak), used))
        return kept

    def _is_said_here(self, verb: VerbPhrase, at: int) -> bool:
        """Whether a verb may be meant: not after an article, unless as an action's name ("take the dodge action")."""
        frame = self._language.frames[verb.frame]
        called = bool(frame.ids) and at > 0 and self._core[at - 1].root in self._language.yielding
        return (self._around.lobby or not frame.lobby) and (called or not self._core[at].noun)

    def _gives_way(self, verb: VerbPhrase) -> bool:
        """Whether a verb means nothing by itself where it begins a longer phrase ("strike up a conversation")."""
        return verb.weak or self._language.frames[verb.frame].does == "attack"

    def _match(self, at: int, verb: VerbPhrase) -> tuple[int, ...]:
        """Return the places of a verb phrase's words, or nothing when it is not here."""
        used: list[int] = []
        reach = 1
        for word in verb.words:
            if word == _GAP:
                reach = _WIDEST_GAP
                continue
            hit = next((i for i in range(at, min(at + reach, len(self._core))) if self._core[i].root == word), None)
            if hit is None:
                return ()
            used.append(hit)
            at, reach = hit + 1, 1
        return tuple(used)

    def _yields(self, at: int, verbs: Sequence[Verb]) -> bool:
        """Whether a verb gives way to the one after it: "go talk to her", "I want to hide"."""
        if self._core[at].root not in self._language.yielding or not verbs or any(len(v.words) > 1 for v, _ in verbs):
            return False
        for after in range(at + 1, len(self._core)):
            if any(not verb.weak for verb, _ in self._begun(after)):
                return True
            if self._norm(after) not in self._language.source.links and self._norm(after) not in self._language.leads:
                return False
        return False

    # ------------------------------------------------------------ roles

    def intent(self, verb: VerbPhrase, used: tuple[int, ...], *, head: bool) -> Intent:
        """Return the intent of a verb: the words before and after it by the roles that prepositions give them."""
        frame = self._language.frames[verb.frame]
        first = used[0]
        while first and self._may_lead(self._core[first - 1]):
            first -= 1
        before = list(self._phrases(range(first)))
        after = list(self._phrases([i for i in range(used[0], len(self._core)) if i not in used]))
        roles: dict[str, tuple[tuple[Token, ...], ...]] = {}
        for preposition, words in (*after, *(phrase for phrase in before if phrase[0])):
            if role := frame.roles.get(preposition or "object"):
                roles[role] = (*roles.get(role, ()), words)
        other = [phrase for phrase in (*after, *before) if phrase[0]]
        other.extend(("before", words) for preposition, words in before if not preposition)
        return Intent(
            self._clause, frame, verb.frame, verb.text, used[0], head, verb.weak, roles, tuple(other), frozenset(used)
        )  # fmt: skip

    def _phrases(self, places: Sequence[int]) -> Iterator[Phrase]:
        """Yield the words at some places by the preposition that they follow; the first may follow none."""
        preposition, words = "", list[Token]()
        rest = list(places)
        while rest:
            found = self._preposition(rest)
            if found and words:
                yield preposition, tuple(words)
            if found:
                preposition, words = found, []
            else:
                words.append(self._core[rest[0]])
            rest = rest[len(found.split()) or 1 :]
        if words:
            yield preposition, tuple(words)

    def _preposition(self, places: Sequence[int]) -> str:
        """Return the preposition that stands first, the longest one; none inside a name."""
        if places[0] in self._around.glued:
            return ""
        pair = " ".join(self._core[i].norm for i in places[:2])
        return next((text for text in (pair, self._norm(places[0])) if text in self._language.prepositions), "")


_GAP = "_"
_WIDEST_GAP = 5
