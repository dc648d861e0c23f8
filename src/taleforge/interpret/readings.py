"""What one intent may come to: a deed that can be done, or the reason why not; each with a score from 0 to 1.

Handlers make readings, the verdict chooses among them. Does not choose.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from taleforge.interpret.clauses import Clause
from taleforge.interpret.frames import Intent
from taleforge.interpret.knowledge import Entity, Knowledge
from taleforge.interpret.references import Context
from taleforge.interpret.text import Token
from taleforge.messages.codes import Code
from taleforge.messages.commands import AnswerChoice, CommandData, UseOption
from taleforge.messages.views import Option, Params


class Reading(Struct, frozen=True, gc=False):
    """A deed. `grave` ones cannot be taken back easily and need to be meant beyond doubt."""

    score: float
    command: CommandData
    choice: AnswerChoice | None = None
    mentions: tuple[str, ...] = ()
    grave: bool = False
    frame: str = ""


class Obstacle(Struct, frozen=True, gc=False):
    """Something was understood that cannot be done: why, and what might be done instead."""

    score: float
    code: Code
    params: Params = {}
    instead: tuple[Reading, ...] = ()


Outcome = Reading | Obstacle
Handler = Callable[[Intent, "Moment"], Sequence[Outcome]]


class Moment(Struct, frozen=True, gc=False):
    """What a handler works with: the compiled view, the text, and what was spoken of before."""

    knowledge: Knowledge
    text: str
    recent: tuple[str, ...] = ()

    @property
    def context(self) -> Context:
        """What references need."""
        return Context(self.knowledge, self.recent)

    def base(self, intent: Intent) -> float:
        """Return the score that an intent begins with: less for weak verbs, slips, and verbs in odd places."""
        weights = self.knowledge.limits.weights
        return 1 - self.slips(intent.clause) - weights.not_head * (not intent.head) - weights.weak * intent.weak

    def slips(self, clause: Clause) -> float:
        """Return what a clause's corrected words take off a score."""
        return self.knowledge.limits.weights.typo * min(3, sum(t.slip for t in clause.core))

    def use(
        self, score: float, option: Option, targets: Sequence[str] = (), params: Params | None = None,
        *, grave: bool = False, frame: str = "",
    ) -> Reading:  # fmt: skip
        """Return the reading that uses an option."""
        command = UseOption(option.id, tuple(targets), params or {}, self.text)
        spoken = tuple(dict.fromkeys((*targets, *(t.id for t in option.targets[:1] if not option.pick))))
        return Reading(score, command, self.choice(option, targets, params), spoken, grave, frame)

    def choice(self, option: Option, targets: Sequence[str] = (), chosen: Params | None = None) -> AnswerChoice:
        """Return an option as an answer to choose: in the pack's words, or a code with names and what is chosen."""
        params: Params = {**option.params, **(chosen or {})}
        names = [self.knowledge.entities[t].name for t in targets if t in self.knowledge.entities]
        if names:
            params["target"] = ", ".join(names)
        return AnswerChoice(option.id, option.label, option.code, params, option.id, tuple(targets))


def is_alive(entity: Entity) -> bool:
    """Whether somebody is a creature that is not dead."""
    return entity.me or (entity.creature is not None and entity.creature.health != "dead") or (
        entity.sort == "creature" and entity.creature is None
    )  # fmt: skip


def say_words(tokens: Sequence[Token]) -> str:
    """Return tokens as the player's words for a parameter, spelled as they were typed, not too long."""
    typed = [(token.start, token.text if token.slip else token.norm) for token in tokens]
    return " ".join(text for _, text in dict.fromkeys(typed))[:60]
