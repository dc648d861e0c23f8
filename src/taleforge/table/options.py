"""What a seat can do now, with the odds it can know: attacks, spells, features, moves, talk, things to try, rests.

Pure in the state, and asked often, so it is worked out once per state and seat. Whether an option may really be used is
judged again when it is used.
"""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from taleforge.messages.views import Cost, DamageOdds, Odds, Option, OptionKind, Target
from taleforge.rules.attacks import attack_odds
from taleforge.rules.checks import check_odds
from taleforge.rules.creature import Action, ActionCost, Creature, DeathSaves, TurnUse
from taleforge.rules.damage import DamageOdds as RuleDamageOdds
from taleforge.rules.damage import damage_odds
from taleforge.rules.derived import derived
from taleforge.rules.effects import Attack, Damage, Heal, Manual, Move, Node, Save
from taleforge.rules.legal import Legal, legal
from taleforge.rules.movement import movement_left, path_to, reachable
from taleforge.rules.stage import Stage, distance
from taleforge.rules.standard import STANDARD, UNARMED
from taleforge.rules.values import FEET_PER_CELL, Cell
from taleforge.table import story
from taleforge.table.around import (
    circumstances,
    explored_by,
    feature_known,
    known_features,
    plan_of,
    possible,
    target_cells,
    zones_here,
)
from taleforge.table.evolve import AC_UNKNOWN
from taleforge.table.ground import terrain_of
from taleforge.table.perception import perceives
from taleforge.table.recall import Recall
from taleforge.table.state import State
from taleforge.world.grid import Grid, approachable
from taleforge.world.requirements import StoryFacts
from taleforge.world.scene import End, Feature, Interaction, Scene, SkillTest, Zone
from taleforge.world.sight import Rows, flat

_ACTION = Cost(action=True)
_REST_SHORT = Option("rest:short", "rest", "option/rest_short")
_REST_LONG = Option("rest:long", "rest", "option/rest_long")
_TURN_END = Option("turn:end", "turn", "option/end_turn")
_TALK = frozenset({"talk", "ask", "persuade", "deceive", "intimidate", "show", "listen"})
_ITEM = frozenset({"give", "pay", "take", "use", "eat", "read"})


def options(state: State, seat: str, recall: Recall | None = None) -> tuple[Option, ...]:
    """Return what a seat can do now, in the order in which a client should offer it."""
    character = state.character(seat)
    if character is None or state.status != "playing" or state.decisions:
        return ()
    recall = recall or Recall()
    if not state.stage.fighting:
        found = _exploring(state, character, recall)
    elif state.stage.active == character.id:
        found = _fighting(state, character, recall)
    else:
        return ()
    return recall.same(("options", character.id), tuple(found))


def _exploring(state: State, character: Creature, recall: Recall) -> Iterator[Option]:
    yield from _interactions(state, character, recall)
    yield from _actions(state, character, recall)
    yield from _drawn_blades(state, character, recall)
    yield from _places(state, character, recall)
    if may_rest(state):
        yield _REST_SHORT
        yield _REST_LONG


def _fighting(state: State, character: Creature, recall: Recall) -> Iterator[Option]:
    yield from _actions(state, character, recall)
    yield from _interactions(state, character, recall)
    yield from _places(state, character, recall)
    yield _TURN_END


def may_rest(state: State) -> bool:
    """Whether the party can rest here and now."""
    scene = state.scene
    danger = any(c.side == "foe" and c.life == "up" for c in state.stage.creatures.values())
    return scene is not None and scene.safe_to_rest and not danger and not state.stage.fighting


def _interactions(state: State, character: Creature, recall: Recall) -> Iterator[Option]:
    now = circumstances(state, character)
    if now is None:
        return
    crt = character.id
    rule = state.house_rules.get("odds", "known")
    chances = recall.of(("chances", crt), _Chances, recall.of(("bare", crt), bare, character), rule)
    fighting = state.stage.fighting
    for interaction in recall.of(("possible", crt), possible, now):
        if fighting and not _possible_in_fight(state, character, interaction):
            continue
        odds = _chance(interaction, now.facts, chances)
        person = state.creature_of(interaction.target)
        acting = fighting and interaction.cost == "action"
        if odds is None and person is None and not acting:
            yield _offers(now.scene)[interaction.id]
            continue
        target = None if person is None else _creature_target(state, person, recall)
        key = ("do", interaction.id, crt if odds else "")
        yield recall.of(key, _interaction, _offers(now.scene)[interaction.id], target, acting, odds)


class _Chances(Struct):
    """What somebody's checks were found to have for chances so far, by interaction and whether anything helps."""

    actor: Creature
    rule: str
    known: dict[tuple[str, bool], Odds] = {}


def _chance(interaction: Interaction, facts: StoryFacts, chances: _Chances) -> Odds | None:
    test = interaction.test
    if test is None or chances.rule == "none":
        return None
    helped = story.helps(test, facts)
    found = chances.known.get((interaction.id, helped))
    if found is None:
        found = chances.known[interaction.id, helped] = _test_odds(chances.actor, test, chances.rule, helped)
    return found


def _possible_in_fight(state: State, character: Creature, interaction: Interaction) -> bool:
    """Whether an interaction is at hand, and nothing that the turn is used up for."""
    if interaction.cost == "action" and character.turn.action:
        return False
    return _in_reach(character, target_cells(state, character, interaction.target) or (), interaction.reach)


def _in_reach(character: Creature, cells: tuple[Cell, ...], reach: int) -> bool:
    return not cells or any(character.cell is not None and distance(character.cell, cell) <= reach for cell in cells)


def bare(character: Creature) -> Creature:
    """Return a character without what no check or number asks about, so that it stays the same over most events."""
    return replace(
        character, cell=None, hp=character.sheet.max_hp, temp_hp=0, spent={}, turn=TurnUse(), death=DeathSaves(),
        coins=0, hidden=False, surprised=False,
    )  # fmt: skip


def _interaction(
    offer: Option,
    person: Target | None,
    acting: bool,  # noqa: FBT001 - an input like the others
    odds: Odds | None,
) -> Option:
    targets = offer.targets if person is None else (person,)
    return replace(offer, targets=targets, cost=_ACTION if acting else offer.cost, odds=odds)


@derived
def _offers(scene: Scene) -> dict[str, Option]:
    """Return what of the options of a scene's interactions is the same for everybody at every table."""
    features = {feature.id: (Target(feature.id, "feature", feature.name),) for feature in scene.features}
    return {i.id: _offer_of(i, features.get(i.target, ())) for i in scene.interactions}


def _offer_of(interaction: Interaction, targets: tuple[Target, ...]) -> Option:
    verb, test = interaction.verb, interaction.test
    kind = "talk" if verb in _TALK else "item" if verb in _ITEM else "interaction"
    kind = "exit" if any(isinstance(consequence, End) for consequence in interaction.success) else kind
    params: dict[str, str | int] = {"verb": verb}
    if interaction.topic:
        params["topic"] = interaction.topic
    if test is not None:
        params["skill"] = test.skill or test.ability
    return Option(f"do:{interaction.id}", kind, f"option/{verb}", params, interaction.label, targets=targets)


def _creature_target(state: State, creature: Creature, recall: Recall) -> Target:
    return recall.of(("creature", creature.id), _named, creature.id, state.name_of(creature))


def _named(crt: str, name: str) -> Target:
    return Target(crt, "creature", name)


def _test_odds(actor: Creature, test: SkillTest, rule: str, helped: bool) -> Odds:  # noqa: FBT001 - an input
    """Return the chance of a check; unless the table plays with open numbers, of a typical one of its difficulty."""
    dc = test.dc if rule == "exact" else typical_dc(test.dc)
    actor = story.helped(actor) if helped else actor
    found = check_odds(actor, test.ability, dc, skill=test.skill, extra=story.tool_parts(actor, test))
    return Odds(success=found, known="exact" if rule == "exact" else "estimate")


def typical_dc(dc: int) -> int:
    """Return the difficulty class of the nearest step of the ladder (SRD 5.1, "Typical Difficulty Classes")."""
    return max(5, min(30, 5 * ((dc + 2) // 5)))


ROUGH = frozenset({"grapple", "shove_prone", "shove_away", "help"})
"""Standard actions that are meant for enemies, though they wound nobody."""
_PEACEFUL = frozenset({"hide", "stabilize", "stand"})
"""Standard actions that make sense when nobody takes turns."""


def _actions(state: State, character: Creature, recall: Recall) -> Iterator[Option]:
    for found in recall.of(("legal", character.id), _usable, state.stage, character.id, terrain_of(state)):
        targets = tuple(_targets(state, character, found, recall))
        if found.action.target.kind == "creature" and not targets:
            continue
        yield _offer(state, character, found, targets, recall)


def _usable(stage: Stage, crt: str, grid: Grid) -> tuple[Legal, ...]:
    """Return what a character can use now; outside a fight, what makes sense when nobody takes turns."""
    wanted = None if stage.fighting else _peaceful
    return tuple(found for found in legal(stage, crt, grid, wanted) if found.refused is None)


def _peaceful(action: Action) -> bool:
    return action.id in _PEACEFUL if action.id in STANDARD else not harms(action) and action.id != UNARMED


def _drawn_blades(state: State, character: Creature, recall: Recall) -> Iterator[Option]:
    """Offer to attack whom one sees, at any distance: it begins a fight, it does not yet strike."""
    others = (c for c in state.stage.creatures.values() if c.side != "party" and c.life == "up")
    targets = tuple(_creature_target(state, c, recall) for c in others if perceives(state, character.id, c.id))
    for action in character.sheet.actions if targets else ():
        if harms(action) and action.trigger is None and action.target.kind == "creature":
            yield _offer(state, character, Legal(action, action.cost), targets, recall)


def _offer(state: State, character: Creature, found: Legal, targets: tuple[Target, ...], recall: Recall) -> Option:
    key = ("act", character.id, found.action.id, found.cost)
    return recall.of(key, _action, found.action, found.cost, found.slots, found.count, targets, state.stage.fighting)


def _action(  # noqa: PLR0917 - all that it is made of, and nothing else
    action: Action,
    price: ActionCost,
    slots: tuple[int, ...],
    count: int,
    targets: tuple[Target, ...],
    fighting: bool,  # noqa: FBT001 - an input like the others
) -> Option:
    cost = Cost(
        action=fighting and price == "action",
        bonus=fighting and price == "bonus",
        slots=tuple(s for s in slots if s),
    )
    pick = count if targets else 0
    quick = "@bonus" if price == "bonus" and action.cost != "bonus" else ""
    params: dict[str, str | int] = {"name": action.name, "code": action.code}
    if action.spell is not None:
        params["level"] = action.spell.level
    if any(isinstance(node, Manual) for node in action.nodes):
        params["manual"] = 1
    return Option(
        f"act:{action.id}{quick}", _kind(action), f"option/{_kind(action)}", params,
        targets=targets, pick=pick if action.target.kind == "creature" else int(_aims_at_cell(action)), cost=cost,
        odds=_own_odds(action), area=action.target.area, range=action.target.range,
    )  # fmt: skip


def _kind(action: Action) -> OptionKind:
    if action.spell is not None:
        return "spell"
    if action.id in STANDARD:
        return "basic"
    if any(isinstance(node, Attack) for node in action.nodes):
        return "attack"
    return "feature"


def _aims_at_cell(action: Action) -> bool:
    return action.target.kind in {"area", "cell"} and action.target.range > 0


def harms(action: Action) -> bool:
    """Whether an action is an attack in the eyes of whoever it is used on."""
    return any(_harmful(node) for node in action.nodes)


def _harmful(node: Node) -> bool:
    return isinstance(node, Attack | Save | Damage) or (isinstance(node, Move) and node.kind == "push")


def _targets(state: State, character: Creature, found: Legal, recall: Recall) -> Iterator[Target]:
    """Name whom an action may be used on: of those it reaches, the ones its user perceives."""
    if found.action.target.kind != "creature":
        return
    harmful = harms(found.action)
    for crt in found.targets:
        other = state.stage.creatures[crt]
        if crt != character.id and not perceives(state, character.id, crt):
            continue
        if (harmful or found.action.id in ROUGH) and other.side == character.side:
            continue
        plain = _creature_target(state, other, recall)
        odds = _odds(state, character, other, found.action) if harmful else None
        yield plain if odds is None else replace(plain, odds=odds)


def _odds(state: State, character: Creature, other: Creature, action: Action) -> Odds | None:
    rule = state.house_rules.get("odds", "known")
    if rule == "none":
        return None
    bounds = state.bounds.get(other.id, AC_UNKNOWN)
    armor = None if rule == "exact" or other.side == "party" else (bounds.low + bounds.high + 1) // 2
    found = attack_odds(state.stage, character, other, action, terrain_of(state), armor=armor)
    if found is None:
        return None
    exact = armor is None or bounds.low == bounds.high
    damage = _damage(found.damage) if found.damage.max else None
    return Odds(hit=found.hit, crit=found.critical, damage=damage, known="exact" if exact else "estimate")


def _damage(odds: RuleDamageOdds) -> DamageOdds:
    return DamageOdds(odds.min, odds.mean, odds.max)


def _own_odds(action: Action) -> Odds | None:
    """Return what an action does whomever it is used on: healing, or the damage of a failed save."""
    for node in action.nodes:
        if isinstance(node, Save | Damage) and node.damage:
            return Odds(damage=_damage(damage_odds(node.damage)))
        if isinstance(node, Heal):
            return None
    return None


def _places(state: State, character: Creature, recall: Recall) -> Iterator[Option]:
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
    for other in state.stage.creatures.values():
        if _worth_a_walk(grid, start, other.cell) and perceives(state, crt, other.id):
            yield _creature_target(state, other, recall)
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
    terrain = terrain_of(state)
    costs = reachable(state.stage, character.id, terrain)
    if not costs or character.cell is None:
        return ()
    best = min(costs, key=lambda end: (min(distance(end, cell) for cell in cells), costs[end], end))
    if best == character.cell:
        return ()
    return path_to(state.stage, character.id, best, terrain) or ()
