"""The narrator that asks a language model, and has the grammar tell whenever none tells the truth in time.

What it says reaches its hearers sentence by sentence, each judged before anybody hears it. Nothing that a model says
changes anything but the telling. Does not talk to servers itself.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import structlog
from msgspec import Struct

from taleforge.errors import ModelFailed, TaleforgeError
from taleforge.messages.brief import Beat, Brief, Prose
from taleforge.models.ports import Chat
from taleforge.narration.grammar import GrammarNarrator
from taleforge.narration.language import Language, load
from taleforge.narration.model_check import Judge
from taleforge.narration.model_draft import Draft
from taleforge.narration.model_task import Task, task_of
from taleforge.narration.safety import guard_of
from taleforge.narration.truth import Violation

TRIES = 2
PATIENCE = 45.0
"""Seconds in which a model has told, or the grammar does."""
SMALL = frozenset({"said", "told", "table.rewound", "time.passed", "party.placed", "turn.spent", "quest.advanced"})
"""What gives a model nothing to tell, when nothing else happened."""
NAME = re.compile(r"[^\W\d_][^\W\d_'’\- ]{0,30}(?:['’\- ]+[^\W\d_]{1,20}){0,4}(?: \d{1,2})?")
"""What somebody can be called: a few words, no sentence."""
log = structlog.get_logger(__name__)


class Counts(Protocol):
    """Who counts tellings: by whom (`model` or `grammar`), and why not by the model."""

    def told(self, by: str, why: str) -> None:
        """Count one."""
        ...


class Uncounted:
    """Counts nothing."""

    def told(self, by: str, why: str) -> None:
        """Note nothing."""


class Telling(Struct, frozen=True):
    """What came of one try."""

    text: str
    faults: tuple[Violation, ...] = ()


class ModelNarrator:
    """Tells with a model's words.

    Args:
        chat: The models that are asked.
        counts: Who counts tellings.
        patience: Seconds for all tries together.
    """

    def __init__(self, chat: Chat, counts: Counts | None = None, patience: float = PATIENCE) -> None:
        self._chat = chat
        self._counts = counts or Uncounted()
        self._patience = patience
        self._spare = GrammarNarrator()
        self._silent = ""

    async def tell(self, brief: Brief) -> Prose:
        """Return prose for a Brief; never fails."""
        return await self.stream(brief, lambda _begun, _text: None)

    async def stream(self, brief: Brief, heard: Callable[[int, str], None]) -> Prose:
        """Return prose for a Brief, and tell `heard` each sentence with its number; 0 begins anew. Never fails."""
        spare = await self._spare.tell(brief)
        language = load(brief.lang)
        if not spare.text or not is_for_a_model(brief, language):
            self._counts.told("grammar", "usual")
            return spare
        try:
            async with asyncio.timeout(self._patience):
                telling = await self._tried(task_of(brief, language), language, heard)
        except TaleforgeError as error:
            return self._instead(spare, error.kind if isinstance(error, ModelFailed) else error.code)
        except TimeoutError:
            return self._instead(spare, "slow")
        if telling.faults:
            return self._instead(spare, telling.faults[0].code)
        self._counts.told("model", "")
        self._note("")
        return Prose(brief.v, language.name, telling.text, brief.audience, spare.speaker, "model")

    async def _tried(self, task: Task, language: Language, heard: Callable[[int, str], None]) -> Telling:
        """Return the first telling without a fault, or the last."""
        telling = Telling("")
        for _ in range(TRIES):
            request = task.request(language, (fault.code for fault in telling.faults))
            telling = await self._chat.ask(request, lambda pieces: _read(pieces, task, language, heard))
            if not telling.faults:
                break
        return telling

    def _instead(self, spare: Prose, why: str) -> Prose:
        self._counts.told("grammar", why)
        self._note(why)
        return spare

    def _note(self, why: str) -> None:
        """Log when the grammar begins to tell instead, and when the model tells again: not each time."""
        if bool(why) != bool(self._silent):
            if why:
                log.warning("narrator.model_silent", reason=why)
            else:
                log.info("narrator.model_tells")
        self._silent = why


def is_for_a_model(brief: Brief, language: Language) -> bool:
    """Whether there is something to tell beyond what was said, nothing that this table would not have told, and no name
    that is a sentence.
    """
    guard = guard_of(brief, language)
    names = [actor.name for actor in brief.actors.values()]
    safe = all(map(NAME.fullmatch, names)) and guard.allows(
        " ".join((*names, *(beat.text or "" for beat in brief.beats)))
    )
    untold = any(guard.drops(beat.code) or guard.hides(beat.code) for beat in brief.beats)
    return safe and not untold and any(_is_more_than_words(beat) for beat in brief.beats)


def _is_more_than_words(beat: Beat) -> bool:
    return beat.code not in SMALL


async def _read(
    pieces: AsyncIterator[str], task: Task, language: Language, heard: Callable[[int, str], None]
) -> Telling:
    draft = Draft(task, language, Judge(task.brief, language))
    count = 0
    async for piece in pieces:
        for sentence in draft.add(piece):
            heard(count, sentence)
            count += 1
        if draft.faults:
            return Telling("", draft.faults)
    for sentence in draft.end():
        heard(count, sentence)
    return Telling(draft.text, draft.faults)
