"""What is said to the table and not in the story: end of turn, rest, undo, dice, help, the lobby, the X-card.

Never asks for anything in the fiction.
"""

from collections.abc import Sequence

from msgspec import Struct

from taleforge.interpret.frames import Intent
from taleforge.interpret.readings import Handler, Moment, Obstacle, Outcome, Reading, say_words
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
from taleforge.messages.views import PregenInfo


def end_turn(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return the end of the turn, when there is one to end."""
    score = _plainness(intent, moment)
    option = next((k.option for k in moment.knowledge.options if k.option.kind == "turn"), None)
    if not score:
        return []
    if option is None:
        plain = 0.8 if intent.verb in intent.frame.loose else 0.6
        return [Obstacle(score * plain, Code.INTERPRET_NOT_NOW, {"what": "end_turn"})]
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
    """Return one step back. A single word for it has to be all that is said."""
    if len(intent.used) == 1 and not (intent.head and len(intent.clause.core) <= _SHORT):
        return []
    if not moment.knowledge.view.table.undo:
        return [Obstacle(0.8, Code.UNDO_NOTHING)]
    return [Reading(moment.base(intent), Undo(), frame="undo")]


def roll(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return a throw of dice, when an expression is named."""
    expressions = [token.norm for token in intent.clause.tokens if token.kind == "dice"]
    return [Reading(moment.base(intent), RollDice(expressions[0]), frame="roll")] if expressions else []


def bare_dice(tokens: Sequence[Token]) -> Reading | None:
    """Return a throw when the text is nothing but dice."""
    said = [token for token in tokens if not token.filler and token.kind != "stop"]
    return Reading(1.0, RollDice(said[0].norm), frame="roll") if len(said) == 1 and said[0].kind == "dice" else None


def show(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return the wish to see a part of the view again: scene, sheet, map, journal."""
    score = _plainness(intent, moment)
    return [Obstacle(score, Code.INTERPRET_SHOW, {"what": intent.frame.does})] if score else []


def help_me(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return the wish to know what can be done."""
    if not _plainness(intent, moment):
        return []
    best = tuple(moment.use(0.5, known.option) for known in moment.knowledge.options if not known.option.pick)
    return [Obstacle(0.99, Code.INTERPRET_HELP, instead=best)]


def _simple(command: CommandData) -> Handler:
    """Return a handler for a wish that is one command and nothing else."""

    def handler(intent: Intent, moment: Moment) -> list[Outcome]:
        return [Reading(0.98, command)] if _is_whole(intent, moment) else []

    return handler


pause, resume, xcard = _simple(Pause()), _simple(Resume()), _simple(XCard())


def ready(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return that a seat is ready, or not ready."""
    return [Reading(0.9 * moment.base(intent), Ready(not intent.clause.denied))]


def sit(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return taking a ready-made character."""
    return pregen(intent.content(), moment)


class _Seatable(Struct, frozen=True):
    """A ready-made character and how much of the words names it."""

    pregen: PregenInfo
    score: int

    def reading(self, score: float) -> Reading:
        choice = AnswerChoice(self.pregen.id, self.pregen.name, "option/sit", {"name": self.pregen.name})
        return Reading(score, Sit(self.pregen.id), choice)


def pregen(words: Sequence[Token], moment: Moment) -> list[Outcome]:
    """Return the ready-made character that words name by name, class or look."""
    roots = {token.root for token in words if token.kind == "word"} - moment.knowledge.language.leads
    found = [_Seatable(p, _named(p, roots, moment)) for p in moment.knowledge.view.pregens.values()]
    most = max((seatable.score for seatable in found), default=0)
    if most:
        return [seatable.reading(0.9) for seatable in found if seatable.score == most]
    instead = tuple(seatable.reading(0.5) for seatable in found)
    return [Obstacle(0.7, Code.INTERPRET_NO_TARGET, {"name": say_words(words)}, instead)] if roots else []


def _named(pregen_: PregenInfo, roots: set[str], moment: Moment) -> int:
    """Return how well words name a character: name and class count double."""
    name = moment.knowledge.roots(" ".join((pregen_.name, *pregen_.classes)))
    look = moment.knowledge.roots(pregen_.look)
    return 2 * len(roots & set(name)) + len(roots & set(look))


def claim(intent: Intent, moment: Moment) -> list[Outcome]:
    """Refuse what only the table can make true: gold found, fights won, powers had."""
    if not intent.head:
        return []
    mild = intent.verb in intent.frame.mild
    return [Obstacle(0.66 if mild else 0.9, Code.INTERPRET_CLAIM, {"words": moment.text[:_LONGEST_QUOTE]})]


def _plainness(intent: Intent, moment: Moment) -> float:
    """Return how plainly a phrase is meant: it is all that is said, or says enough by itself; else 0."""
    if _is_whole(intent, moment):
        return 0.98
    return 0.93 if intent.verb in intent.frame.loose else 0.0


def _is_whole(intent: Intent, moment: Moment) -> bool:
    """Whether the verb phrase is all that a clause says, courtesies apart."""
    courtesies = moment.knowledge.language.source.courtesies
    return all(token.kind == "comma" or token.norm in courtesies for token in intent.content())


_SHORT = 3
_LONGEST_QUOTE = 80
