"""Whether prose keeps to its Brief: no numbers of the game, no strangers, nothing that came about otherwise.

Listens to words, so it is a net and no proof: what it finds is wrong, what it does not find may still be. Words of
packs and players are the Brief's own and are not judged. Does not repair anything.
"""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from taleforge.messages.brief import Actor, Beat, Brief
from taleforge.narration.language import Language, load

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…]*")
_OWN = re.compile(r"['’]s?$")
REACH = 2
"""How many words may stand between a number and what it counts."""
MISSED = frozenset({"attack.missed", "attack.fumbled"})
HIT = frozenset({"attack.hit", "attack.critical"})


class Violation(Struct, frozen=True):
    """Something prose says that its Brief does not: `truth/number`, `truth/term`, `truth/name` or `truth/outcome`."""

    code: str
    found: str


def check(brief: Brief, text: str) -> tuple[Violation, ...]:
    """Return what a text says that its Brief does not bear out."""
    language = load(brief.lang)
    ours = _without_quotes(brief, text)
    facts = Facts(brief, language)
    sentences = [match.group().strip() for match in _SENTENCE.finditer(ours)]
    found = [violation for sentence in sentences for violation in facts.judge(sentence)]
    return tuple(dict.fromkeys(found))


def _without_quotes(brief: Brief, text: str) -> str:
    given = sorted({beat.text for beat in brief.beats if beat.text}, key=len, reverse=True)
    for words in given:
        text = text.replace(words, "\n")
    return text


class Facts:
    """What a Brief bears out, ready to judge sentences by."""

    def __init__(self, brief: Brief, language: Language) -> None:
        self._brief = brief
        self._truths = language.truths
        self._known = frozenset(_bare(word) for source in _sources(brief) for word in _WORD.findall(source))
        self._spoken = frozenset(word.lower() for word in self._known) | language.vocabulary
        self._common = frozenset(self._truths.common)

    def judge(self, sentence: str) -> Iterator[Violation]:
        """Return what is wrong with a sentence."""
        words = _WORD.findall(sentence)
        yield from self._numbers(words)
        lowered = sentence.lower()
        yield from (Violation("truth/term", term) for term in self._truths.terms if term in lowered)
        yield from self._names(words)
        yield from self._outcomes([word.lower() for word in words])

    def _numbers(self, words: list[str]) -> Iterator[Violation]:
        for at, word in enumerate(words):
            if any(letter.isdigit() for letter in word) and _bare(word) not in self._known:
                yield Violation("truth/number", word)
            counted = (*words[max(0, at - 1) : at], *words[at + 1 : at + 2 + REACH])
            if word.lower() in self._truths.numbers and any(unit.lower() in self._truths.units for unit in counted):
                yield Violation("truth/number", " ".join((word, *counted)))

    def _names(self, words: list[str]) -> Iterator[Violation]:
        for at, word in enumerate(words):
            if word[0].isupper() and not self._is_known(word) and (at or self._acts(word, words)):
                yield Violation("truth/name", word)

    def _is_known(self, word: str) -> bool:
        return _bare(word) in self._known or word.lower() in self._common

    def _acts(self, word: str, words: list[str]) -> bool:
        """Whether the first word of a sentence, which has a capital anyway, looks like somebody's name."""
        if _bare(word).lower() in self._spoken:
            return False
        return _OWN.search(word) is not None or (len(words) > 1 and words[1].endswith("s"))

    def _outcomes(self, words: list[str]) -> Iterator[Violation]:
        for claim, meant in self._truths.claims.items():
            said = self._said(words, meant.words)
            if said and not self._borne_out(claim, words):
                yield Violation("truth/outcome", said)

    def _said(self, words: list[str], claims: Iterable[str]) -> str:
        if any(word in self._truths.negations or word.endswith("n't") for word in words):
            return ""
        joined = f" {' '.join(words)} "
        return next((claim for claim in claims if f" {claim} " in joined), "")

    def _borne_out(self, claim: str, words: list[str]) -> bool:
        brief = self._brief
        attacks = self._attacks(words)
        match claim:
            case "death":
                return any(_is_dead(beat) for beat in brief.beats) or _anybody(brief, "dead")
            case "fall":
                return any(_is_fall(beat) for beat in brief.beats) or _anybody(brief, "dying", "dead")
            case "hit":
                return not attacks or any(beat.code in HIT for beat in attacks)
            case "miss":
                return not attacks or any(beat.code in MISSED for beat in attacks)
            case "flight":
                return any(_is_flight(beat) for beat in brief.beats)
            case _:
                return True

    def _attacks(self, words: list[str]) -> list[Beat]:
        """Return the attacks a sentence may be about: those of whoever it names, else all."""
        attacks = [beat for beat in self._brief.beats if beat.code.startswith("attack.")]
        named = {key for key, actor in self._brief.actors.items() if _is_named(actor, words)}
        mine = [beat for beat in attacks if beat.actor in named or beat.target in named]
        return mine or attacks


def _sources(brief: Brief) -> Iterator[str]:
    for actor in brief.actors.values():
        yield from (actor.name, actor.look, actor.kind)
    for beat in brief.beats:
        yield from (beat.text or "", *(str(value) for value in beat.params.values() if isinstance(value, str)))
    if brief.place is not None:
        yield from (brief.place.name, brief.place.look, brief.place.mood, brief.place.zone)


def _bare(word: str) -> str:
    return _OWN.sub("", word)


def _is_named(actor: Actor, words: list[str]) -> bool:
    names = {_bare(word).lower() for word in _WORD.findall(actor.name)}
    return (actor.you and "you" in words) or any(_bare(word) in names and word != "the" for word in words)


def _anybody(brief: Brief, *health: str) -> bool:
    return any(actor.health in health for actor in brief.actors.values())


def _is_dead(beat: Beat) -> bool:
    return beat.code in {"died", "ending"} or beat.params.get("outcome") == "dead"


def _is_fall(beat: Beat) -> bool:
    return _is_dead(beat) or beat.params.get("key") == "unconscious"


def _is_flight(beat: Beat) -> bool:
    return beat.code in {"creature.left", "fight.ended", "ending", "side.changed", "moved"}
