"""Where a character can go, as an option, and which cells stand for a place it names.

Does not walk: `actions` and `story` do.
"""

from collections.abc import Iterator

from taleforge.messages.views import Option, Target
from taleforge.rules.creature import Creature
from taleforge.rules.derived import derived
from taleforge.rules.movement import movement_left, reach_of
from taleforge.rules.stage import distance
from taleforge.rules.values import FEET_PER_CELL, Cell
from taleforge.table.around import (
    explored_by,
    feature_known,
    known_features,
    plan_of,
    zones_here,
)
from taleforge.table.figures import figure
from taleforge.table.ground import terrain_of
from taleforge.table.perception import perceives, perception_of
from taleforge.table.recall import Recall
from taleforge.table.state import State
from taleforge.world.grid import Grid, approachable
from taleforge.world.scene import Feature, Scene, Zone
from taleforge.world.sight import Rows, flat


def places(state: State, character: Creature, recall: Recall) -> Iterator[Option]:
    """Yield the option to go somewhere, if there is anywhere to go."""
    if state.scene is None or character.cell is None or movement_left(state.stage, character) <= 0:
        return
    targets = tuple(_destinations(state, state.scene, character, recall))
    if targets:
        yield recall.of(("go", character.id), _go, targets)


def _go(targets: tuple[Target, ...]) -> Option:
    return Option("go:", "move", "option/go", targets=targets, pick=1)


def _destinations(state: State, scene: Scene, character: Creature, recall: Recall) -> Iterator[Target]:
    """Name the zones, persons and things a character knows of and can walk to, doors as they are."""
    crt, start = character.id, character.cell
    assert start is not None
    grid = terrain_of(state)
    region = grid.connected(start)
    explored = explored_by(state, crt)
    features = recall.of(("features", crt), known_features, scene, explored, state.story.revealed)
    here = zones_here(state, character)
    yield from recall.of(("zones", crt), _zone_targets, scene, explored, region, here)
    creatures = state.stage.creatures
    for other in perception_of(state).in_sight(crt):
        if _worth_a_walk(grid, start, creatures[other].cell):
            yield figure(state, other, recall).target
    yield from recall.of(("things", crt), _thing_targets, grid, start, features)


def _zone_targets(scene: Scene, explored: Rows, region: int, here: tuple[Zone, ...]) -> tuple[Target, ...]:
    plan = plan_of(scene)
    seen = flat(explored, plan.width) & region
    return tuple(_zone_target(zone) for zone in scene.zones if zone not in here and seen & plan.zone_cells[zone.id])


@derived
def _thing_target(feature: Feature) -> Target:
    return Target(feature.id, "feature", feature.name)


@derived
def _zone_target(zone: Zone) -> Target:
    return Target(zone.id, "zone", zone.name)


def _thing_targets(grid: Grid, start: Cell, features: tuple[Feature, ...]) -> tuple[Target, ...]:
    return tuple(
        _thing_target(feature) for feature in features if feature.cells and _worth_a_walk(grid, start, feature.cells[0])
    )


def _worth_a_walk(grid: Grid, start: Cell, goal: Cell | None) -> bool:
    return goal is not None and distance(start, goal) > FEET_PER_CELL and approachable(grid, start, goal, FEET_PER_CELL)


def destination(state: State, character: Creature, target: str) -> tuple[Cell, ...]:
    """Return the cells that stand for a place, person or thing to walk to; empty for what is not known."""
    scene = state.scene
    if scene is None:
        return ()
    plan = plan_of(scene)
    zone = plan.zones.get(target)
    if zone is not None:
        return tuple(_known_cells(state, character, zone))
    creature = state.stage.creatures.get(target)
    if creature is not None:
        return (creature.cell,) if creature.cell and perceives(state, character.id, target) else ()
    feature = plan.features.get(target)
    return feature.cells if feature is not None and feature_known(state, character, feature) else ()


def _known_cells(state: State, character: Creature, zone: Zone) -> Iterator[Cell]:
    """Yield the cells of a zone that a character has seen and that one can stand on."""
    area = zone.area
    explored = state.story.explored.get(character.id, ())
    terrain = terrain_of(state)
    for y in range(area.top, min(area.bottom + 1, len(explored))):
        for x in range(area.left, area.right + 1):
            if explored[y] >> x & 1 and terrain.inside((x, y)):
                yield x, y


def known_cell(state: State, character: Creature, cell: Cell) -> bool:
    """Whether a character has ever seen a cell that one can stand on."""
    explored = state.story.explored.get(character.id, ())
    column, row = cell
    seen = 0 <= row < len(explored) and column >= 0 and bool(explored[row] >> column & 1)
    return seen and terrain_of(state).inside(cell)


def way_in_fight(state: State, character: Creature, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Return the way to the cell nearest to a place that this turn's movement reaches; empty if that is no nearer."""
    reach = reach_of(state.stage, character.id, terrain_of(state))
    costs = reach.ends
    if not costs:
        return ()
    best = min(costs, key=lambda end: (min(distance(end, cell) for cell in cells), costs[end], end))
    return reach.way(best)
