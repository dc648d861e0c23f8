"""What keeps a language model to the tale: beyond the truth check, all that a narrator with a Brief would never write.

A net and no proof, like the truth check, and it may be too fine: what it holds back is told again, or by the grammar.
What a player wrote is no excuse for a model to say it: only the names of the Brief are known here. Repairs nothing.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from msgspec import structs

from taleforge.messages.brief import Beat, Brief
from taleforge.narration.language import Language
from taleforge.narration.model_words import own_words, shingles, teaching, words
from taleforge.narration.safety import guard_of
from taleforge.narration.truth import Facts, Violation

LONGEST_WORD = 24
FEW = 8
"""Words of which at least one is a small one, in English."""
SHARE = 0.15
"""How many small words a whole telling has at least."""
LETTERS_A_SENTENCE = 240
PLAIN = frozenset(" \n.,;:!?'’‘—–-…()")
SPEECH = re.compile(r"[\"“”„«»]|(?:^|[\s—])['‘](?=\w)[^'’]*?[.,!?]['’]")
CLAUSE = re.compile(r"[,;:–—]|\b(?:and|but|while|as|until|then|so)\b")
"""Where one thing that is said ends and another begins: what denies the one does not deny the other."""
Rule = Callable[[str], str]


class Judge:
    """Judges what a model says of a Brief, in its own words: marks and what stands for them are taken out before."""

    def __init__(self, brief: Brief, language: Language) -> None:
        ours = _without_words_of_players(brief)
        self._brief = ours
        self._facts = Facts(ours, language)
        self._guard = guard_of(brief, language)
        self._taught = teaching(language)
        self._told_it = own_words(language)
        self._sources = " ".join(_sources(ours))
        self._named = frozenset(word.lower() for word in words(self._sources))
        self._given = " ".join(_sources(_without_names_of_players(ours))).lower()
        self._ordinary = language.vocabulary | self._taught.openers
        self._you = any(actor.you for actor in brief.actors.values())
        self._rules: dict[str, Rule] = {
            "form/speech": self._speech, "form/symbol": self._symbol, "form/language": self._foreign,
            "form/self": self._self, "form/you": self._other, "form/beside": self._beside,
            "safety/crossed": self._crossed,
        }  # fmt: skip

    def sentence(self, text: str) -> tuple[Violation, ...]:
        """Return what is wrong with a sentence."""
        return tuple(dict.fromkeys(self._faults(text)))

    def whole(self, text: str, sentences: int) -> tuple[Violation, ...]:
        """Return what is wrong with a telling that shows only when all of it is there."""
        said = [word.lower() for word in words(text)]
        faults = {
            "form/long": len(text) > sentences * LETTERS_A_SENTENCE,
            "form/language": len(said) > FEW and self._small(said) < SHARE * len(said),
            "form/nobody": bool(said and self._named) and not self._speaks_of_somebody(said),
        }
        return tuple(Violation(code, "") for code, wrong in faults.items() if wrong)

    def _faults(self, text: str) -> Iterator[Violation]:
        for code, rule in self._rules.items():
            if found := rule(text):
                yield Violation(code, found)
        yield from self._facts.judge(text)
        yield from self._strangers(text)
        for clause in CLAUSE.split(text):
            yield from self._facts.judge(clause)
            yield from self._claims([word.lower() for word in words(clause)])
        if not self._told_it.isdisjoint(shingles(text)):
            yield Violation("form/beside", "")

    def _speech(self, text: str) -> str:
        found = SPEECH.search(text)
        return found.group() if found else ""

    def _symbol(self, text: str) -> str:
        strange = (letter for letter in text if not (letter.isalnum() or letter in PLAIN or letter in self._sources))
        shouted = (w for w in words(text) if len(w) > 2 and w.isupper() and w.lower() not in self._named)
        return next(strange, "") or next(shouted, "")

    def _foreign(self, text: str) -> str:
        foreign = (letter for letter in text if letter.isalpha() and not self._is_ours(letter))
        long = (word for word in words(text) if len(word) > LONGEST_WORD and word.lower() not in self._named)
        said = [word.lower() for word in words(text)]
        senseless = text if len(said) >= FEW and not self._small(said) else ""
        return next(foreign, "") or next(long, "") or senseless

    def _is_ours(self, letter: str) -> bool:
        return letter.isascii() or letter in self._sources or unicodedata.name(letter, "").startswith("LATIN")

    def _self(self, text: str) -> str:
        return _first(self._taught.self, text)

    def _other(self, text: str) -> str:
        return "" if self._you else _first(self._taught.you, text)

    def _beside(self, text: str) -> str:
        joined = f" {' '.join(words(text.lower()))} "
        return next((b for b in self._taught.beside if f" {b} " in joined and b not in self._given), "")

    def _crossed(self, text: str) -> str:
        return "" if self._guard.allows(text) else text

    def _strangers(self, text: str) -> Iterator[Violation]:
        """Find a name where every word has a capital: first in its sentence, before what follows names."""
        first, second, *_ = (*words(text), "", "")
        plain = first.lower().removesuffix("'s")
        known = plain in self._named or plain in self._ordinary or plain.endswith(("ly", "ing", "ed"))
        if first[:1].isupper() and second in self._taught.after_names and not known:
            yield Violation("truth/name", first)

    def _claims(self, said: list[str]) -> Iterator[Violation]:
        if not self._taught.denials.isdisjoint(said):
            return
        joined = f" {' '.join(said)} "
        for name, claim in self._taught.claims.items():
            found = next((word for word in claim.words if f" {word} " in joined and word not in self._given), "")
            if found and not any(beat.code.startswith(claim.beats) for beat in self._brief.beats):
                yield Violation(f"truth/{name}", found)

    def _small(self, said: list[str]) -> int:
        return sum(word in self._taught.function for word in said)

    def _speaks_of_somebody(self, said: Iterable[str]) -> bool:
        small = self._taught.function
        spoken = {word.removesuffix("'s") for word in said}
        return any(word in self._named and word not in small for word in spoken) or (self._you and "you" in spoken)


def _first(listed: Iterable[str], text: str) -> str:
    said = frozenset(words(text.lower()))
    return next((word for word in listed if word in said), "")


def _without_words_of_players(brief: Brief) -> Brief:
    """Return a Brief without what players may have written: what they say, and what their characters look like."""
    actors = {crt: structs.replace(actor, look="") for crt, actor in brief.actors.items()}
    return structs.replace(brief, actors=actors, beats=tuple(map(_without_speech, brief.beats)))


def _without_names_of_players(brief: Brief) -> Brief:
    """Return a Brief without its heroes: a name says who is there, and excuses no other word."""
    return structs.replace(brief, actors={crt: a for crt, a in brief.actors.items() if a.side != "party"})


def _without_speech(beat: Beat) -> Beat:
    spoken = beat.code == "said" and not beat.params.get("scripted")
    return structs.replace(beat, text=None) if spoken else beat


def _sources(brief: Brief) -> Iterator[str]:
    for actor in brief.actors.values():
        yield from (actor.name, actor.kind)
    for beat in brief.beats:
        yield from (value for key, value in beat.params.items() if isinstance(value, str) and key != "title")
        yield beat.text or ""
    if brief.place is not None:
        yield from (brief.place.name, brief.place.look, brief.place.zone, brief.place.mood)
