"""A Brief becomes a question to a language model: rules that never change, then the Brief as data.

Whatever a player wrote stands inside a JSON text, where it cannot end the data. Words that are spoken or read out are
not left to the model: it puts marks, and the words come in here. Does not ask anybody.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from taleforge.messages.brief import Actor, Beat, Brief
from taleforge.models.values import Message, Request
from taleforge.narration.deeds import worth_telling
from taleforge.narration.language import Language
from taleforge.narration.model_words import teaching

FEWEST, MOST = 2, 7
TOKENS_A_SENTENCE = 45
LONGEST_LOOK = 200
FLAGS = frozenset({"success", "none", "surprised", "good"})
SPOKEN = "said"


class Quote(Struct, frozen=True):
    """Words that belong into a telling as they are; `spoken` ones stand between quotation marks."""

    text: str
    spoken: bool


class Task(Struct, frozen=True):
    """What a model is to tell: the question, the words for its marks, and how many sentences are enough."""

    brief: Brief
    messages: tuple[Message, ...]
    quotes: tuple[Quote, ...]
    sentences: int

    def request(self, language: Language, faults: Iterable[str] = ()) -> Request:
        """Return the question; with what was wrong with the last answer, if there was one."""
        return Request(
            (*self.messages, *_again(language, faults)), self.sentences * TOKENS_A_SENTENCE, self.brief.table
        )


def task_of(brief: Brief, language: Language) -> Task:
    """Return what a model is to tell of a Brief."""
    beats = worth_telling(brief.beats)
    quoted = [beat for beat in beats if beat.text and not _is_summary(beat, beats)]
    sentences = max(FEWEST, min(MOST, 1 + len(beats) - len(quoted) // 2))
    taught = teaching(language)
    data = msgspec.json.encode(_data(brief, beats, quoted, language)).decode()
    question = taught.frame.strip().replace("{sentences}", str(sentences)).replace("{data}", data)
    messages = (Message("system", taught.instructions.strip()), Message("user", question))
    return Task(brief, messages, tuple(Quote(beat.text or "", beat.code == SPOKEN) for beat in quoted), sentences)


def _is_summary(beat: Beat, beats: tuple[Beat, ...]) -> bool:
    """Whether a beat sums up what others carry."""
    return beat.code.startswith("quest.") and any(other.text and other is not beat for other in beats)


def _data(brief: Brief, beats: tuple[Beat, ...], quoted: list[Beat], language: Language) -> dict[str, Any]:
    marks = {id(beat): f"[{number}]" for number, beat in enumerate(quoted, 1)}
    place = brief.place
    shown = None if place is None else {
        "name": place.name, "zone": place.zone, "light": place.light, "mood": place.mood,
    }  # fmt: skip
    data = {
        "place": shown,
        "people": [_person(actor, language) for actor in brief.actors.values()],
        "happened": [_happening(beat, brief, marks.get(id(beat))) for beat in beats],
        "words": {marks[id(beat)]: beat.text for beat in quoted},
        "never": brief.lines,
        "unseen": brief.veils,
    }
    return {key: value for key, value in data.items() if value}


def _person(actor: Actor, language: Language) -> dict[str, Any]:
    pronoun = language.pronoun(actor.pronouns)
    person = {
        "name": actor.name, "pronouns": pronoun.subject if pronoun else "", "side": actor.side, "kind": actor.kind,
        "look": actor.look[:LONGEST_LOOK],
        "health": actor.health, "you": actor.you,
    }  # fmt: skip
    return {key: value for key, value in person.items() if value}


def _happening(beat: Beat, brief: Brief, mark: str | None) -> dict[str, Any]:
    who = {"who": _name(brief, beat.actor), "whom": _name(brief, beat.target), "mark": mark}
    return {"what": beat.code, **{key: name for key, name in who.items() if name}, **dict(_told(beat))}


def _told(beat: Beat) -> Iterator[tuple[str, str | bool]]:
    """Yield what a beat says beside: words as they are, yes or no, but no number."""
    for key, value in beat.params.items():
        if key in FLAGS:
            yield key, bool(value)
        elif isinstance(value, str) and key not in {"action", "title"}:
            yield key, value


def _name(brief: Brief, crt: str | None) -> str:
    actor = brief.actors.get(crt or "")
    return actor.name if actor is not None else ""


def _again(language: Language, faults: Iterable[str]) -> Iterator[Message]:
    taught = teaching(language)
    named = [taught.faults[fault] for fault in dict.fromkeys(faults) if fault in taught.faults]
    if named:
        yield Message("user", taught.again.strip().replace("{faults}", " ".join(named)))
