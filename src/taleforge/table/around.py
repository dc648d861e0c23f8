"""What a character knows of the place around it: the features and zones it has come across, and what it can try here.

Works on the scene's plan, which is made once for all tables that play the scene. Decides nothing, and changes nothing.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from taleforge.rules.creature import Creature
from taleforge.rules.derived import derived
from taleforge.rules.stage import distance
from taleforge.rules.values import Cell
from taleforge.table.ground import terrain_of
from taleforge.table.memo import remembered
from taleforge.table.perception import perception_of
from taleforge.table.recall import Recall
from taleforge.table.state import TALK, State
from taleforge.world import scene as sc
from taleforge.world.grid import Grid, can_stand
from taleforge.world.requirements import StoryFacts, holds
from taleforge.world.sight import Rows, flat

Somebody = tuple[str, str, Cell | None, bool]
"""A person of the scene: its id, its id as a creature, the cell it stands in, and whether it is up."""


class Plan(Struct, frozen=True, gc=False):
    """A scene by id and by cell. Sets of cells are flat (`sight.flat`); a zone's are those one can stand on."""

    width: int
    features: dict[str, sc.Feature]
    zones: dict[str, sc.Zone]
    persons: dict[str, sc.Person]
    interactions: dict[str, sc.Interaction]
    final: frozenset[str]
    """Interactions that are over for whoever failed at them."""
    feature_cells: dict[str, int]
    zone_cells: dict[str, int]
    zones_at: dict[Cell, tuple[sc.Zone, ...]]


@derived
def plan_of(scene: sc.Scene) -> Plan:
    """Return the plan of a scene."""
    rows = scene.ground.rows
    width = max(map(len, rows), default=0)
    cells = [(x, y) for y in range(len(rows)) for x in range(width)]
    firm = {cell for cell in cells if can_stand(scene.ground, cell)}
    return Plan(
        width,
        {feature.id: feature for feature in scene.features},
        {zone.id: zone for zone in scene.zones},
        {person.id: person for person in scene.persons},
        {interaction.id: interaction for interaction in scene.interactions},
        frozenset(interaction.id for interaction in scene.interactions if not interaction.retry),
        {feature.id: _set(set(feature.cells) & set(cells), width) for feature in scene.features},
        {zone.id: _set((cell for cell in firm if cell in zone.area), width) for zone in scene.zones},
        {cell: tuple(zone for zone in scene.zones if cell in zone.area) for cell in cells},
    )


def _set(cells: Iterable[Cell], width: int) -> int:
    return sum(1 << y * width + x for x, y in cells)


def explored_by(state: State, crt: str) -> Rows:
    """Return the cells a creature has seen in this scene, as bits by row; nothing where it has seen none."""
    return state.story.explored.get(crt, ())


def known_features(scene: sc.Scene, explored: Rows, revealed: frozenset[str]) -> tuple[sc.Feature, ...]:
    """Return the features somebody knows of: revealed to everybody if hidden, else one of its cells explored."""
    plan = plan_of(scene)
    seen = flat(explored, plan.width)
    return tuple(
        f for f in scene.features if (f.id in revealed if f.hidden else not f.cells or seen & plan.feature_cells[f.id])
    )


def known_zones(scene: sc.Scene, explored: Rows) -> tuple[sc.Zone, ...]:
    """Return the zones of which somebody has seen a cell one can stand on."""
    plan = plan_of(scene)
    seen = flat(explored, plan.width)
    return tuple(zone for zone in scene.zones if seen & plan.zone_cells[zone.id])


def zones_here(state: State, actor: Creature) -> tuple[sc.Zone, ...]:
    """Return the zones an actor stands in; the first is the one that is named."""
    if state.scene is None or actor.cell is None:
        return ()
    return plan_of(state.scene).zones_at.get(actor.cell, ())


def feature_known(state: State, actor: Creature, feature: sc.Feature) -> bool:
    """Whether an actor knows of a feature."""
    scene = state.scene
    return scene is not None and feature in known_features(scene, explored_by(state, actor.id), state.story.revealed)


def target_cells(state: State, actor: Creature, target: str) -> tuple[Cell, ...] | None:
    """Return where a target of the scene is, () for what is everywhere, None for what the actor does not know of."""
    if state.scene is None:
        return None
    features = known_features(state.scene, explored_by(state, actor.id), state.story.revealed)
    seen = perception_of(state).in_sight(actor.id)
    return _places(state.scene, zones_here(state, actor), features, _everybody(state).people, seen).get(target)


class _Everybody(Struct, frozen=True, gc=False):
    """Who is in play, whoever asks: the persons of the scene, and the ids of those that are not dead."""

    people: tuple[Somebody, ...]
    alive: frozenset[str]


@remembered(most=64)
def _everybody(state: State) -> _Everybody:
    creatures, story = state.stage.creatures, state.story
    bodies = [(who, body) for who, crt in story.bodies.items() if (body := creatures.get(crt)) is not None]
    alive = [who for crt, who in story.persons.items() if (c := creatures.get(crt)) is not None and c.life != "dead"]
    return _Everybody(tuple([(who, body.id, body.cell, body.life == "up") for who, body in bodies]), frozenset(alive))


def _places(
    scene: sc.Scene,
    here: Iterable[sc.Zone],
    features: Iterable[sc.Feature],
    people: Iterable[Somebody],
    seen: Sequence[str],
) -> dict[str, tuple[Cell, ...] | None]:
    """Return where everything is that an interaction may be about; what is unknown is None or not there."""
    places: dict[str, tuple[Cell, ...] | None] = {"": (), scene.id: ()}
    places |= {zone.id: () for zone in here}
    places |= {feature.id: feature.cells for feature in features}
    return places | {who: (cell,) if cell is not None and crt in seen else None for who, crt, cell, _ in people}


def facts_for(state: State, actor: Creature) -> StoryFacts:
    """Return what requirements are judged by, as it stands for one actor."""
    return _facts(state, actor, _everybody(state).alive)


def _facts(state: State, actor: Creature, alive: frozenset[str]) -> StoryFacts:
    story = state.story
    zone = next(iter(zones_here(state, actor)), None)
    return StoryFacts(
        flags=story.flags,
        items=actor.items,
        coins=actor.coins,
        clues=story.clues.get(actor.id, frozenset()),
        attitudes=story.attitudes,
        features=story.features,
        quests=story.quests,
        alive=alive,
        zone=zone.id if zone else None,
        fighting=state.stage.fighting,
    )


class Circumstances(Struct, frozen=True, gc=False):
    """All that decides what an actor can try: the story as it knows it, who and what it knows of, where it can go.

    `tried` are the interactions that are over for it; `seen` are the creatures it perceives; `region` is the flat set
    of cells it can walk to.
    """

    scene: sc.Scene
    facts: StoryFacts
    tried: frozenset[str]
    zones: tuple[sc.Zone, ...]
    features: tuple[sc.Feature, ...]
    people: tuple[Somebody, ...]
    seen: tuple[str, ...]
    grid: Grid
    region: int


def circumstances(state: State, actor: Creature, recall: Recall | None = None) -> Circumstances | None:
    """Return what decides what an actor can try now; None when it cannot try anything."""
    scene, story = state.scene, state.story
    if scene is None or actor.life != "up":
        return None
    recall = recall or Recall()
    grid, plan = terrain_of(state), plan_of(scene)
    everybody = recall.same("everybody", _everybody(state))
    failed = {key for crt, key in story.failed if crt == actor.id and key in plan.final}
    return Circumstances(
        scene,
        _facts(state, actor, everybody.alive),
        story.done | failed if failed else story.done,
        zones_here(state, actor),
        recall.of(("features", actor.id), known_features, scene, explored_by(state, actor.id), story.revealed),
        everybody.people,
        perception_of(state).in_sight(actor.id),
        grid,
        grid.connected(actor.cell) if actor.cell else 0,
    )


def available(state: State, actor: Creature) -> tuple[sc.Interaction, ...]:
    """Return what an actor can try here now: known to it, its requirements holding, not done, not failed before."""
    found = circumstances(state, actor)
    return () if found is None else possible(found)


class Hands(Struct, frozen=True, gc=False):
    """Where somebody is who has to try things from there, and whether the action that most of them take is spent."""

    cell: Cell | None
    spent: bool


def possible(now: Circumstances, hands: Hands | None = None) -> tuple[sc.Interaction, ...]:
    """Return the interactions that can be tried in some circumstances, in the order of the scene.

    With `hands`, those that are at hand.
    """
    places = _places(now.scene, now.zones, now.features, now.people, now.seen)
    silent = {person for person, _, _, up in now.people if not up}
    near: dict[tuple[str, int], bool] = {}
    found: list[sc.Interaction] = []
    for interaction in now.scene.interactions:
        target = interaction.target
        cells = places.get(target)
        if cells is None or interaction.id in now.tried or (target in silent and interaction.verb in TALK):
            continue
        if hands is not None and not _at_hand(hands, interaction, cells):
            continue
        key = (target, interaction.reach)
        if key not in near:
            near[key] = not cells or any(now.grid.standing(cell, interaction.reach) & now.region for cell in cells)
        if near[key] and holds(interaction.requires, now.facts):
            found.append(interaction)
    return tuple(found)


def _at_hand(hands: Hands, interaction: sc.Interaction, cells: tuple[Cell, ...]) -> bool:
    if hands.spent and interaction.cost == "action":
        return False
    here, reach = hands.cell, interaction.reach
    return not cells or (here is not None and any(distance(here, cell) <= reach for cell in cells))
