"""Where a creature can go this turn, what it costs, and the way there.

Does not move anybody: `walking` resolves the steps, and offers the attacks a walk provokes.
"""

from collections.abc import Callable, Iterable, Set
from typing import NamedTuple

from taleforge.rules.areas import SIZES, footprint, gap_from
from taleforge.rules.conditions import can_move, fears, has
from taleforge.rules.creature import Creature
from taleforge.rules.scores import speed
from taleforge.rules.stage import Stage, Terrain, distance
from taleforge.rules.values import FEET_PER_CELL, Cell
from taleforge.rules.vision import hostile

UNLIMITED = 1_000_000
"""Feet that nobody walks: the limit outside fights, where nobody counts."""


def movement_left(stage: Stage, creature: Creature) -> int:
    """Return the feet a creature may still walk this turn (SRD 5.1, "Movement and Position")."""
    if stage.fighting:
        return feet_left(creature)
    return UNLIMITED if can_move(creature) else 0


def feet_left(creature: Creature) -> int:
    """Return the feet a creature may still walk this turn, where turns are taken."""
    most = speed(creature) if can_move(creature) else 0
    return max(0, most + creature.turn.dash - creature.turn.moved) if most else 0


def stand_cost(creature: Creature) -> int:
    """Return the feet that standing up costs: half the speed (SRD 5.1, "Being Prone")."""
    return speed(creature) // 2


def crowd(stage: Stage, mover: Creature, *, hidden: bool = False) -> dict[Cell, bool]:
    """Return the cells other creatures fill, and whether the mover may pass through them.

    SRD 5.1, "Moving Around Other Creatures": an ally lets it pass; an enemy only when down, or two sizes apart. An
    enemy in hiding counts only with `hidden`: plans must not give it away, steps run into it.
    """
    cells: dict[Cell, bool] = {}
    for other in stage.creatures.values():
        if other.life == "dead" or other.id == mover.id or (other.hidden and hostile(mover, other) and not hidden):
            continue
        if other.cell is not None:
            passable = may_pass(mover, other)
            for cell in footprint(other):
                cells[cell] = passable and cells.get(cell, True)
    return cells


def occupied(stage: Stage, mover: Creature, *, hidden: bool = False) -> dict[Cell, bool]:
    """Return the cells the mover cannot end on; a swarm shares any space (SRD 5.1, "Swarm")."""
    return {} if "swarm" in mover.sheet.features else crowd(stage, mover, hidden=hidden)


def may_pass(mover: Creature, other: Creature) -> bool:
    """Whether one creature may move through the space of another."""
    if not hostile(mover, other) or other.life != "up" or "swarm" in mover.sheet.features:
        return True
    larger = SIZES.index(other.sheet.size) - SIZES.index(mover.sheet.size)
    return abs(larger) >= 2 or (larger > 0 and "halfling_nimbleness" in mover.sheet.features)


def step_costs(
    stage: Stage, mover: Creature, terrain: Terrain, others: dict[Cell, bool]
) -> Callable[[Cell, Cell], int | None]:
    """Return a function that gives the feet of one step through a crowd, or None where the creature may not go.

    Difficult ground and another creature's space cost 5 feet more, once; crawling costs 5 feet more besides. A
    frightened creature does not go nearer to what it fears (SRD 5.1, "Difficult Terrain", "Being Prone", "Frightened").
    """
    crawl = FEET_PER_CELL if has(mover, "prone") and stage.fighting else 0
    dreaded = [c for c in (stage.creatures.get(crt) for crt in fears(mover)) if c is not None]

    def cost(start: Cell, end: Cell) -> int | None:
        feet = terrain.step_cost(start, end)
        if feet is None or not others.get(end, True):
            return None
        if dreaded and any(gap_from(mover, end, c) < gap_from(mover, start, c) for c in dreaded):
            return None
        return (max(feet, 2 * FEET_PER_CELL) if end in others else feet) + crawl

    return cost


def reachable(stage: Stage, crt: str, terrain: Terrain) -> dict[Cell, int]:
    """Return every cell a creature can end its walk on with the movement it has left, and the feet to get there.

    Its own cell is among them, at 0. Empty for a creature that is not on the map.
    """
    return reach_of(stage, crt, terrain).ends


class Reach(NamedTuple):
    """Where a creature can end its walk, with the feet to get there, and the cell before each on the cheapest way."""

    start: Cell
    ends: dict[Cell, int]
    came_from: dict[Cell, Cell]

    def way(self, end: Cell) -> tuple[Cell, ...]:
        """Return the cheapest way to one of the ends, that being its last cell."""
        return _trace(self.came_from, self.start, end)


def reach_of(stage: Stage, crt: str, terrain: Terrain) -> Reach:
    """Return where a creature can go with the movement it has left, and how; nowhere when it is not on the map."""
    mover = stage.creatures.get(crt)
    if mover is None or mover.cell is None:
        return Reach((0, 0), {}, {})
    found = _search(stage, mover, terrain, movement_left(stage, mover))
    taken = occupied(stage, mover)
    return Reach(mover.cell, {cell: feet for cell, feet in found.costs.items() if cell not in taken}, found.came_from)


def path_to(stage: Stage, crt: str, goal: Cell, terrain: Terrain, limit: int | None = None) -> tuple[Cell, ...] | None:
    """Return the cheapest way to a cell, its last cell being the goal; None when it is out of reach.

    Args:
        stage: The creatures in play.
        crt: Who walks.
        goal: Where to.
        terrain: The ground.
        limit: Feet at most; by default the movement the creature has left.
    """
    return path_to_any(stage, crt, {goal}, terrain, limit)


def path_to_any(
    stage: Stage, crt: str, goals: Set[Cell], terrain: Terrain, limit: int | None = None
) -> tuple[Cell, ...] | None:
    """Return the cheapest way to the nearest of some cells, of equals the first in order; otherwise as `path_to`."""
    mover = stage.creatures.get(crt)
    if mover is None or mover.cell is None:
        return None
    free = goals - occupied(stage, mover).keys()
    if not free:
        return None
    found = _search(stage, mover, terrain, movement_left(stage, mover) if limit is None else limit, free)
    return None if found.reached is None else _trace(found.came_from, mover.cell, found.reached)


def path_toward(stage: Stage, crt: str, target: str, within: int, terrain: Terrain) -> tuple[Cell, ...] | None:
    """Return the way to the nearest cell within some feet of a creature, as far as this turn's movement carries.

    Empty when the walker is there already, None when no way leads there at all.
    """
    mover, other = stage.creatures.get(crt), stage.creatures.get(target)
    if mover is None or other is None or mover.cell is None or other.cell is None:
        return None
    if gap_from(mover, mover.cell, other) <= within:
        return ()
    found = _search(stage, mover, terrain, UNLIMITED)
    costs = found.costs
    taken = occupied(stage, mover)
    ends = [cell for cell in costs if cell not in taken and gap_from(mover, cell, other) <= within]
    if not ends:
        return None
    goal = min(ends, key=lambda cell: (costs[cell], distance(cell, other.cell or cell), cell))
    return _affordable(_trace(found.came_from, mover.cell, goal), costs, movement_left(stage, mover), taken)


def path_cost(stage: Stage, crt: str, path: tuple[Cell, ...], terrain: Terrain) -> int | None:
    """Return the feet a path costs, or None when one of its steps cannot be made or it ends on somebody."""
    mover = stage.creatures.get(crt)
    if mover is None or mover.cell is None:
        return None
    cost = step_costs(stage, mover, terrain, crowd(stage, mover))
    total, here = 0, mover.cell
    for cell in path:
        feet = cost(here, cell) if distance(here, cell) == FEET_PER_CELL else None
        if feet is None:
            return None
        total, here = total + feet, cell
    return None if path and here in occupied(stage, mover) else total


def _affordable(path: tuple[Cell, ...], costs: dict[Cell, int], feet: int, taken: dict[Cell, bool]) -> tuple[Cell, ...]:
    """Cut a path to what can be walked now, so that it does not end in somebody's space."""
    end = sum(1 for cell in path if costs[cell] <= feet)
    while end and path[end - 1] in taken:
        end -= 1
    return path[:end]


class _Found(NamedTuple):
    """What a search came upon: feet to each cell, the cell before it, and the goal it ended at."""

    costs: dict[Cell, int]
    came_from: dict[Cell, Cell]
    reached: Cell | None


def _search(stage: Stage, mover: Creature, terrain: Terrain, limit: int, goals: Set[Cell] = frozenset()) -> _Found:
    """Dijkstra from the mover's cell, cells of one cost in their order, to the first goal or as far as the limit."""
    start = mover.cell or (0, 0)
    onward = _onward(stage, mover, terrain)
    costs: dict[Cell, int] = {start: 0}
    came_from: dict[Cell, Cell] = {}
    waiting: dict[int, list[Cell]] = {0: [start]}
    known = costs.get
    while waiting:
        feet = min(waiting)
        for cell in sorted(waiting.pop(feet)):
            if costs[cell] < feet:
                continue
            if cell in goals:
                return _Found(costs, came_from, cell)
            for end, step in onward(cell):
                total = feet + step
                if total < known(end, limit + 1):
                    costs[end] = total
                    came_from[end] = cell
                    if total in waiting:
                        waiting[total].append(end)
                    else:
                        waiting[total] = [end]
    return _Found(costs, came_from, None)


def _onward(stage: Stage, mover: Creature, terrain: Terrain) -> Callable[[Cell], Iterable[tuple[Cell, int]]]:
    """Return a function that gives the steps a creature can take from a cell, with their feet."""
    others = crowd(stage, mover)
    cost = step_costs(stage, mover, terrain, others)
    plain = not (fears(mover) or (has(mover, "prone") and stage.fighting))
    steps_from, apart = terrain.steps, others.keys().isdisjoint

    def onward(cell: Cell) -> Iterable[tuple[Cell, int]]:
        steps = steps_from(cell)
        if plain and apart(steps):
            return steps.items()
        return [(end, feet) for end in steps if (feet := cost(cell, end)) is not None]

    return onward


def _trace(came_from: dict[Cell, Cell], start: Cell, goal: Cell) -> tuple[Cell, ...]:
    path: list[Cell] = []
    while goal != start:
        path.append(goal)
        goal = came_from[goal]
    return tuple(reversed(path))
