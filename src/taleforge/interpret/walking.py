"""Going somewhere: to somebody, to a thing, to a part of the room, some feet in a direction, away from a danger.

Finds the nearest free cell on the ground as the view shows it. Whether the way is free is the table's to say.
"""

from collections import deque
from collections.abc import Iterator, Sequence

from taleforge.interpret.frames import Intent
from taleforge.interpret.knowledge import Entity, Knowledge, distance
from taleforge.interpret.readings import Moment, Obstacle, Outcome, Reading, say_words
from taleforge.interpret.references import resolve
from taleforge.interpret.text import Token
from taleforge.messages.codes import Code
from taleforge.messages.commands import AnswerChoice, Move
from taleforge.messages.views import MapView
from taleforge.rules.values import FEET_PER_CELL, Cell

BARRED = frozenset({"wall", "pillar", "void", "water", "door", "closed", "locked"})
SLOW = frozenset({"low", "difficult"})
STEPS = tuple((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y)


def move(intent: Intent, moment: Moment) -> list[Outcome]:
    """Return where an intent may lead."""
    knowledge = moment.knowledge
    base = moment.base(intent)
    ways = _Ways(knowledge)
    if not ways.known or not knowledge.my_turn():
        return [Obstacle(base * 0.8, Code.INTERPRET_NOT_NOW, {"what": "move"})] if _names_place(intent, moment) else []
    place = _words(intent, "place", moment)
    away = _words(intent, "away", moment)
    if away and not place:
        return _away(away, moment, ways, base)
    if stepped := _direction(intent, moment, ways, base):
        return stepped
    if not place:
        return []
    found = resolve(place, moment.context, _is_place)
    entities = [knowledge.entities[i] for i in found.ids]
    goals = [(ways.beside(entity), entity) for entity in entities]
    goals = [(cell, entity) for cell, entity in goals if cell is not None]
    if not goals:
        return _lost(intent, moment, place, named=found.named, base=base)
    cell, entity = min(goals, key=lambda goal: ways.feet(goal[0]))
    score = base * (0.55 + 0.4 * found.sure)
    return [_going(score, ways.within_reach(cell), entity, moment)]


def _is_place(entity: Entity) -> bool:
    return not entity.me and (bool(entity.cells) or entity.area is not None)


def _names_place(intent: Intent, moment: Moment) -> bool:
    words = _words(intent, "place", moment)
    return not intent.weak and bool(words) and bool(resolve(words, moment.context, lambda e: not e.me).ids)


def _words(intent: Intent, role: str, moment: Moment) -> list[Token]:
    ignored = {moment.knowledge.language.root(word) for word in intent.frame.ignore}
    return [t for t in intent.roles.get(role, ()) if t.root not in ignored]


def _lost(intent: Intent, moment: Moment, place: Sequence[Token], *, named: bool, base: float) -> list[Outcome]:
    if intent.weak or not intent.head:
        return []
    code = Code.INTERPRET_NOT_NOW if named else Code.INTERPRET_NO_TARGET
    params: dict[str, str | int] = {"what": "move"} if named else {"name": say_words(place)}
    return [Obstacle(base * 0.6, code, params)]


def _going(score: float, cell: Cell, entity: Entity | None, moment: Moment) -> Reading:
    name = entity.name if entity else f"{cell[0]},{cell[1]}"
    choice = AnswerChoice("move", code="option/move", params={"target": name, "column": cell[0], "row": cell[1]})
    mentions = (entity.id,) if entity else ()
    return Reading(score, Move(cell, words=moment.text), choice, mentions, frame="move")


def _direction(intent: Intent, moment: Moment, ways: "_Ways", base: float) -> list[Outcome]:
    """Return a step in a direction ("10 feet east", "two squares south")."""
    language = moment.knowledge.language
    core = intent.clause.core
    step = next((language.directions[t.root] for t in core if t.root in language.directions), None)
    counted = [(i, _number(t, moment)) for i, t in enumerate(core) if _number(t, moment)]
    feet = 0
    for i, number in counted:
        unit = language.units.get(core[i + 1].root, 0) if i + 1 < len(core) else 0
        feet = number * unit
    if step is None or (not feet and any(moment.knowledge.mentions(list(intent.content())))):
        return []
    cell = ways.straight(step, max(1, feet // FEET_PER_CELL))
    return [_going(base * 0.9, cell, None, moment)] if cell else []


def _number(token: Token, moment: Moment) -> int:
    if token.kind == "number":
        return int(token.norm) if len(token.norm) < 4 else 0
    return moment.knowledge.language.numbers.get(token.root, 0)


def _away(words: Sequence[Token], moment: Moment, ways: "_Ways", base: float) -> list[Outcome]:
    found = resolve(words, moment.context, _is_place)
    cells = [cell for i in found.ids for cell in moment.knowledge.entities[i].cells]
    goal = ways.farthest(cells) if cells else None
    return [_going(base * 0.8, goal, None, moment)] if goal else []


class _Ways:
    """The free cells around the speaker's character and how far each is."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._map = knowledge.view.map
        self._taken = {token.cell for crt, token in knowledge.view.tokens.items() if crt != knowledge.me}
        own = knowledge.view.tokens.get(knowledge.me or "")
        self._start = own.cell if own else None
        self.known = self._map is not None and self._start is not None
        you = knowledge.view.you
        self._budget = you.turn.movement if knowledge.view.fight and you and you.turn else None
        self._cost, self._before = self._explore() if self._map and self._start else ({}, {})

    def feet(self, cell: Cell) -> int:
        """Return what it costs to come to a cell."""
        return self._cost[cell]

    def beside(self, entity: Entity) -> Cell | None:
        """Return the best cell to stand at somebody or something, or in a part of the room."""
        if entity.area:
            left, top, right, bottom = entity.area
            inside = [c for c in self._free() if left <= c[0] <= right and top <= c[1] <= bottom]
            return min(inside, key=self._rank, default=None)
        for reach in (FEET_PER_CELL, 2 * FEET_PER_CELL):
            near = [c for c in self._free() if any(distance(c, cell) <= reach for cell in entity.cells)]
            if near:
                return min(near, key=self._rank)
        return None

    def within_reach(self, goal: Cell) -> Cell:
        """Return the goal, or in a fight the last cell on the way to it that the movement left can pay for."""
        cell = goal
        while self._budget is not None and self._cost[cell] > self._budget:
            cell = self._before[cell]
        while cell in self._taken and cell in self._before:
            cell = self._before[cell]
        return cell

    def straight(self, step: Cell, count: int) -> Cell | None:
        """Return the last free cell so many steps in a direction."""
        if self._start is None:
            return None
        cell = last = self._start
        for _ in range(min(count, 60)):
            cell = (cell[0] + step[0], cell[1] + step[1])
            if cell not in self._cost or cell in self._taken:
                break
            last = cell
        return last if last != self._start else None

    def farthest(self, dangers: Sequence[Cell]) -> Cell | None:
        """Return the cell within the movement left (30 feet outside a fight) that is farthest from the dangers."""
        budget = 30 if self._budget is None else self._budget
        cells = [c for c in self._free() if self._cost[c] <= budget and c != self._start]
        return max(cells, key=lambda c: (min(distance(c, d) for d in dangers), -self._cost[c]), default=None)

    def _free(self) -> Iterator[Cell]:
        return (cell for cell in self._cost if cell not in self._taken)

    def _rank(self, cell: Cell) -> tuple[bool, int, Cell]:
        return (self._kind(cell) in SLOW, self._cost[cell], cell)

    def _kind(self, cell: Cell) -> str:
        ground = self._map
        assert ground is not None
        return _glyph_kind(ground, cell)

    def _explore(self) -> tuple[dict[Cell, int], dict[Cell, Cell]]:
        assert self._start is not None
        cost: dict[Cell, int] = {self._start: 0}
        before: dict[Cell, Cell] = {}
        queue = deque([self._start])
        while queue:
            cell = queue.popleft()
            for x, y in STEPS:
                beyond = (cell[0] + x, cell[1] + y)
                kind = self._kind(beyond)
                if beyond in cost or kind in BARRED:
                    continue
                cost[beyond] = cost[cell] + FEET_PER_CELL * (2 if kind in SLOW else 1)
                before[beyond] = cell
                queue.append(beyond)
        return cost, before


def _glyph_kind(ground: MapView, cell: Cell) -> str:
    column, row = cell
    if not (0 <= row < len(ground.rows) and 0 <= column < len(ground.rows[row])):
        return "wall"
    glyph = ground.rows[row][column]
    return "wall" if glyph == " " else ground.legend.get(glyph, "floor")
