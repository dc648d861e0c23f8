"""What is said to the table and not in the story: end of turn, rest, undo, dice, help, the lobby, the X-card.

Never asks for anything in the fiction.
"""

from collections.abc import Sequence

from msgspec import Struct

from taleforge.interpret.frames import Intent
from taleforge.interpret.readings import Moment, Obstacle, Outcome, Reading, say_words
from taleforge.interpret.text import Token
from taleforge.messages.codes import Code
from taleforge.messages.commands import (
    AnswerChoice,
    CommandData,
    EndTurn,
    Pause,
    Ready,
    Rest,
    Resume,
    RollDice,
    Sit,
    Undo,
    XCard,
)


def end_turn(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return the end of the turn, when there is one to end."""
    score = 0.97 if _whole(intent) else 0.9 * _loosely(intent, moment)
    if not score:
        return []
    option = next((k.option for k in moment.knowledge.options if k.option.kind == "turn"), None)
    if option is None:
        return [Obstacle(score * 0.8, Code.INTERPRET_NOT_NOW, {"what": "end_turn"})]
    return [Reading(score, EndTurn(), moment.choice(option), grave=True, frame="end_turn")]


def rest_short(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return a short rest."""
    return _rest(intent, moment, Rest("short"))


def rest_long(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return a long rest."""
    return _rest(intent, moment, Rest("long"))


def _rest(intent: Intent, moment: Moment, rest: Rest) -> list[Outcome]:
    option = next((k.option for k in moment.knowledge.options if k.tail == rest.kind), None)
    score = moment.base(intent) * (0.97 if len(intent.used) > 1 else 0.93)
    if option is None:
        return [Obstacle(score * 0.8, Code.INTERPRET_NOT_NOW, {"what": "rest"})]
    return [Reading(score, rest, moment.choice(option), frame="rest")]


def undo(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return one step back."""
    if len(intent.used) == 1 and not (intent.head and len(intent.clause.core) <= 3):
        return []
    if not moment.knowledge.view.table.undo:
        return [Obstacle(0.8, Code.UNDO_NOTHING)]
    return [Reading(moment.base(intent), Undo(), frame="undo")]


def roll(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return a throw of dice, when an expression is named."""
    del moment
    expressions = [t.norm for t in intent.clause.tokens if t.kind == "dice"]
    return [Reading(0.99, RollDice(expressions[0]), frame="roll")] if expressions else []


def bare_dice(tokens: Sequence[Token]) -> Reading | None:
    """Return a throw when the text is nothing but dice."""
    said = [t for t in tokens if not t.filler and t.kind != "stop"]
    return Reading(0.99, RollDice(said[0].norm), frame="roll") if len(said) == 1 and said[0].kind == "dice" else None


def show(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return the wish to see a part of the view again: scene, sheet, map, journal."""
    score = 0.98 if _whole(intent) else 0.93 * _loosely(intent, moment)
    return [Obstacle(score, Code.INTERPRET_SHOW, {"what": intent.frame.does})] if score else []


def help_me(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return the wish to know what can be done."""
    if not _whole(intent):
        return []
    best = tuple(moment.use(0.5, known.option) for known in moment.knowledge.options if not known.option.pick)
    return [Obstacle(0.99, Code.INTERPRET_HELP, instead=best)]


def simple(command: CommandData) -> "_Simple":
    """Return a handler for a wish that is one command and nothing else."""
    return _Simple(command)


class _Simple(Struct, frozen=True):
    command: CommandData

    def __call__(self, intent: Intent, moment: Moment) -> list[Outcome]:
        del moment
        return [Reading(0.98, self.command)] if _whole(intent) else []


pause, resume, xcard = simple(Pause()), simple(Resume()), simple(XCard())


def ready(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return that a seat is ready, or not ready."""
    if moment.knowledge.view.table.status != "lobby":
        return []
    return [Reading(0.9 * moment.base(intent), Ready(not intent.clause.denied))]


def sit(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return taking a ready-made character."""
    return pregen(intent.content(), moment) if moment.knowledge.view.table.status == "lobby" else []


def pregen(words: Sequence[Token], moment: Moment) -> list[Outcome]:
    """Return the ready-made character that words name by name, class or look."""
    view = moment.knowledge.view
    roots = {t.root for t in words if t.kind == "word"} - moment.knowledge.language.leads
    scored: list[tuple[int, str]] = []
    for pregen_ in view.pregens.values():
        named = {*moment.knowledge.roots(f"{pregen_.name} {' '.join(pregen_.classes)}")}
        looks = {*moment.knowledge.roots(pregen_.look)} if pregen_.look else set[str]()
        scored.append((2 * len(roots & named) + len(roots & looks), pregen_.id))
    most = max((score for score, _ in scored), default=0)
    best = [id_ for score, id_ in scored if score == most]
    choices = tuple(
        Reading(0.5, Sit(p.id), AnswerChoice(p.id, p.name, "option/sit", {"name": p.name}))
        for p in view.pregens.values()
    )
    if not most:
        return [Obstacle(0.7, Code.INTERPRET_NO_TARGET, {"name": say_words(words)}, choices)] if roots else []
    return [Reading(0.9, Sit(id_), next(c.choice for c in choices if c.command == Sit(id_))) for id_ in best]


def claim(intent: Intent, moment: Moment) -> list[Outcome]:
    """Refuse what only the table can make true: gold found, fights won, powers had."""
    if not intent.head:
        return []
    mild = intent.verb in intent.frame.mild
    return [Obstacle(0.66 if mild else 0.9, Code.INTERPRET_CLAIM, {"words": moment.text[:80]})]


def _whole(intent: Intent) -> bool:
    """Whether the verb phrase is all that a clause says."""
    left = [t for i, t in enumerate(intent.clause.core) if i not in intent.used]
    return all(t.kind == "comma" or t.filler or t.norm in _COURTESY for t in left) or not left


def _loosely(intent: Intent, moment: Moment) -> float:
    """Return whether the phrase is so plain that other words beside it do not matter."""
    del moment
    return 1.0 if intent.verb in intent.frame.loose else 0.0


_COURTESY = frozenset({"i", "we", "you", "me", "us", "to", "am", "is", "are", "be", "want", "will", "would", "like"})
