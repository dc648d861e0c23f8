"""Going somewhere: to somebody, to a thing, to a part of the room, some feet in a direction, away from a danger.

Places are targets of the option to go; steps in a direction are cells that the view shows as ground. Whether the way is
free is the table's to say.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from taleforge.interpret.frames import Intent
from taleforge.interpret.knowledge import Entity, Known, distance
from taleforge.interpret.readings import Moment, Obstacle, Outcome, Reading, say_words
from taleforge.interpret.references import resolve
from taleforge.interpret.text import Token
from taleforge.messages.codes import Code
from taleforge.messages.commands import AnswerChoice, Move
from taleforge.messages.views import MapView, SeatView
from taleforge.rules.values import FEET_PER_CELL, Cell

BARRED = frozenset({"wall", "pillar", "void"})
FARTHEST = 60


def move(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return where an intent may lead."""
    base = moment.base(intent)
    place, away = _words(intent, "place", moment), _words(intent, "away", moment)
    go = next((k for k in moment.knowledge.options if k.option.kind == "move"), None)
    if go is None:
        return _stuck(intent, [*place, *away], moment, base)
    if away and not place:
        return _away(away, moment, base)
    if steps := _steps(intent, moment, base):
        return steps
    return _to(go, place, intent, moment, base) if place else []


def _words(intent: Intent, role: str, moment: Moment) -> list[Token]:
    ignored = {moment.knowledge.language.root(word) for word in intent.frame.ignore}
    return [t for t in intent.role(role) if t.root not in ignored]


def _stuck(intent: Intent, words: list[Token], moment: Moment, base: float) -> list[Outcome]:
    """Refuse a walk that is not possible now, when the words clearly mean one."""
    meant = bool(words) and not intent.weak and bool(resolve(words, moment.context, lambda e: not e.me).ids)
    return [Obstacle(base * 0.8, Code.INTERPRET_NOT_NOW, {"what": "move"})] if meant else []


def _to(go: Known, place: list[Token], intent: Intent, moment: Moment, base: float) -> list[Outcome]:
    found = resolve(place, moment.context, lambda e: e.id in go.targets, [p for p in intent.other if p[0]])
    if found.ids:
        nearest = min(found.ids, key=lambda i: moment.knowledge.entities[i].feet)
        strange = len([t for t in place if moment.knowledge.tells(t.root) and not _says(t, nearest, moment)])
        score = base * (0.55 + 0.4 * found.sure) - 0.1 * min(strange, 3)
        return [moment.use(score, go.option, (nearest,), frame="move")]
    if intent.weak or not intent.head:
        return []
    known = resolve(place, moment.context, _is_place)
    if known.ids or known.named:
        return [Obstacle(base * 0.6, Code.INTERPRET_NOT_NOW, {"what": "move"})]
    return [Obstacle(base * 0.6, Code.INTERPRET_NO_TARGET, {"name": say_words(place)})]


def _says(token: Token, place: str, moment: Moment) -> bool:
    """Whether a word helps to say which place is meant."""
    knowledge = moment.knowledge
    return token.root in knowledge.names_of(place) | knowledge.entities[place].look | knowledge.language.general


def _is_place(entity: Entity) -> bool:
    return not entity.me and entity.sort in {"creature", "feature", "zone"}


def _steps(intent: Intent, moment: Moment, base: float) -> list[Outcome]:
    """Return a walk in a direction ("10 feet east", "two squares south")."""
    language = moment.knowledge.language
    core = intent.clause.core
    step = next((language.directions[t.root] for t in core if t.root in language.directions), None)
    if step is None:
        return []
    feet = _feet(core, moment)
    if not feet and any(moment.knowledge.mentions(list(intent.content()))):
        return []
    cell = _straight(moment.knowledge.view, moment.knowledge.me, step, max(1, feet // FEET_PER_CELL))
    return [_walk(base * 0.9, cell, moment)] if cell else []


def _feet(core: Sequence[Token], moment: Moment) -> int:
    """Return the distance that the words give, in feet; 0 for none."""
    language = moment.knowledge.language
    for token, unit in pairwise(core):
        number = (
            int(token.norm) if token.norm.isdecimal() and len(token.norm) < 4 else language.numbers.get(token.root, 0)
        )
        if number and unit.root in language.units:
            return number * language.units[unit.root]
    return 0


def _away(words: Sequence[Token], moment: Moment, base: float) -> list[Outcome]:
    """Return a walk to the farthest cell in a straight line from a danger."""
    knowledge = moment.knowledge
    found = resolve(words, moment.context, lambda e: not e.me and bool(e.cells))
    dangers = [cell for i in found.ids for cell in knowledge.entities[i].cells]
    view, you = knowledge.view, knowledge.view.you
    paces = (you.turn.movement if you and you.turn else you.speed if you else 0) // FEET_PER_CELL
    ends = [cell for step in _STEPS if (cell := _straight(view, knowledge.me, step, paces))]
    if not dangers or not ends:
        return []
    return [_walk(base * 0.8, max(ends, key=_distance_to(dangers)), moment)]


def _distance_to(dangers: Sequence[Cell]) -> Callable[[Cell], int]:
    return lambda cell: min(distance(cell, danger) for danger in dangers)


def _walk(score: float, cell: Cell, moment: Moment) -> Reading:
    choice = AnswerChoice("move", code="option/move", params={"column": cell[0], "row": cell[1]})
    return Reading(score, Move(cell, words=moment.text), choice, frame="move")


def _straight(view: SeatView, me: str | None, step: Cell, count: int) -> Cell | None:
    """Return the last free cell so many steps in a direction, None when the first is barred."""
    own = view.tokens.get(me or "")
    if own is None or view.map is None:
        return None
    taken = {token.cell for token in view.tokens.values()}
    last = None
    for cell in _line(own.cell, step, min(count, FARTHEST)):
        if cell in taken or not _is_ground(view.map, cell):
            break
        last = cell
    return last


def _line(start: Cell, step: Cell, count: int) -> Iterator[Cell]:
    return ((start[0] + step[0] * i, start[1] + step[1] * i) for i in range(1, count + 1))


def _is_ground(ground: MapView, cell: Cell) -> bool:
    column, row = cell
    if not (0 <= row < len(ground.rows) and 0 <= column < len(ground.rows[row])):
        return False
    glyph = ground.rows[row][column]
    return glyph != " " and ground.legend.get(glyph, "floor") not in BARRED


_STEPS = tuple((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y)
