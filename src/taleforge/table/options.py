"""What a seat can do now, with the odds it can know: attacks, spells, features, moves, talk, things to try, rests.

Pure in the state, and asked often, so it is worked out once per state and seat. Whether an option may really be used is
judged again when it is used.
"""

from collections.abc import Iterator

from taleforge.messages.views import Cost, DamageOdds, Odds, Option, OptionKind, Target
from taleforge.rules.attacks import attack_odds
from taleforge.rules.checks import check_odds
from taleforge.rules.creature import Action, Creature
from taleforge.rules.damage import DamageOdds as RuleDamageOdds
from taleforge.rules.damage import damage_odds
from taleforge.rules.effects import Attack, Damage, Heal, Manual, Move, Node, Save
from taleforge.rules.explain import Explanation
from taleforge.rules.legal import Legal, legal
from taleforge.rules.movement import movement_left, path_to, reachable
from taleforge.rules.stage import distance
from taleforge.rules.standard import STANDARD, UNARMED
from taleforge.rules.values import FEET_PER_CELL, Cell
from taleforge.table import story
from taleforge.table.evolve import AC_UNKNOWN
from taleforge.table.ground import terrain_of
from taleforge.table.memo import remembered
from taleforge.table.perception import perceives
from taleforge.table.state import State
from taleforge.world.grid import Grid, approachable
from taleforge.world.scene import End, Interaction, SkillTest, Zone

_TALK = frozenset({"talk", "ask", "persuade", "deceive", "intimidate", "show", "listen"})
_ITEM = frozenset({"give", "pay", "take", "use", "eat", "read"})


def options(state: State, seat: str) -> tuple[Option, ...]:
    """Return what a seat can do now, in the order in which a client should offer it."""
    offered = _offered(state)
    if seat not in offered:
        offered[seat] = tuple(_options(state, seat))
    return offered[seat]


@remembered(most=64)
def _offered(_: State) -> dict[str, tuple[Option, ...]]:
    """Return where the options of a state's seats are put when they have been worked out."""
    return {}


def _options(state: State, seat: str) -> Iterator[Option]:
    character = state.character(seat)
    if character is None or state.status != "playing" or state.decisions:
        return
    if not state.stage.fighting:
        yield from _exploring(state, character)
    elif state.stage.active == character.id:
        yield from _fighting(state, character)


def _exploring(state: State, character: Creature) -> Iterator[Option]:
    yield from _interactions(state, character)
    yield from _actions(state, character)
    yield from _drawn_blades(state, character)
    yield from _places(state, character)
    if may_rest(state):
        yield Option("rest:short", "rest", "option/rest_short")
        yield Option("rest:long", "rest", "option/rest_long")


def _fighting(state: State, character: Creature) -> Iterator[Option]:
    yield from _actions(state, character)
    yield from _interactions(state, character)
    yield from _places(state, character)
    yield Option("turn:end", "turn", "option/end_turn")


def may_rest(state: State) -> bool:
    """Whether the party can rest here and now."""
    scene = state.scene
    danger = any(c.side == "foe" and c.life == "up" for c in state.stage.creatures.values())
    return scene is not None and scene.safe_to_rest and not danger and not state.stage.fighting


def _interactions(state: State, character: Creature) -> Iterator[Option]:
    fighting = state.stage.fighting
    for interaction in story.available(state, character):
        cells = story.target_cells(state, character, interaction.target) or ()
        if fighting and not _in_reach(character, cells, interaction.reach):
            continue
        if fighting and interaction.cost == "action" and character.turn.action:
            continue
        yield _interaction(state, character, interaction)


def _in_reach(character: Creature, cells: tuple[Cell, ...], reach: int) -> bool:
    return not cells or any(character.cell is not None and distance(character.cell, cell) <= reach for cell in cells)


def _interaction(state: State, character: Creature, interaction: Interaction) -> Option:
    verb = interaction.verb
    kind = "talk" if verb in _TALK else "item" if verb in _ITEM else "interaction"
    kind = "exit" if any(isinstance(consequence, End) for consequence in interaction.success) else kind
    test = interaction.test
    params: dict[str, str | int] = {"verb": verb}
    if interaction.topic:
        params["topic"] = interaction.topic
    if test is not None:
        params["skill"] = test.skill or test.ability
    odds, why = _test_odds(state, character, test) if test is not None else (None, None)
    return Option(
        f"do:{interaction.id}", kind, f"option/{verb}", params, interaction.label,
        targets=_scene_target(state, interaction.target),
        cost=Cost(action=state.stage.fighting and interaction.cost == "action"), odds=odds, why=why,
    )  # fmt: skip


def _scene_target(state: State, target: str) -> tuple[Target, ...]:
    creature = state.creature_of(target)
    if creature is not None:
        return (Target(creature.id, "creature", state.name_of(creature)),)
    features = state.scene.features if state.scene else ()
    return tuple(Target(f.id, "feature", f.name) for f in features if f.id == target)


def _test_odds(state: State, character: Creature, test: SkillTest) -> tuple[Odds | None, Explanation | None]:
    """Return the chance of a check; unless the table plays with open numbers, of a typical one of its difficulty."""
    rule = state.house_rules.get("odds", "known")
    if rule == "none":
        return None, None
    dc = test.dc if rule == "exact" else typical_dc(test.dc)
    actor = story.helped(state, character, test)
    found = check_odds(actor, test.ability, dc, skill=test.skill, extra=story.tool_parts(actor, test))
    return Odds(success=found, known="exact" if rule == "exact" else "estimate"), None


def typical_dc(dc: int) -> int:
    """Return the difficulty class of the nearest step of the ladder (SRD 5.1, "Typical Difficulty Classes")."""
    return max(5, min(30, 5 * ((dc + 2) // 5)))


ROUGH = frozenset({"grapple", "shove_prone", "shove_away", "help"})
"""Standard actions that are meant for enemies, though they wound nobody."""
_PEACEFUL = frozenset({"hide", "stabilize", "stand"})
"""Standard actions that make sense when nobody takes turns."""


def _actions(state: State, character: Creature) -> Iterator[Option]:
    fighting = state.stage.fighting
    for found in legal(state.stage, character.id, terrain_of(state)):
        if found.refused is not None or (not fighting and not _peaceful(found.action)):
            continue
        targets = tuple(_targets(state, character, found))
        if found.action.target.kind == "creature" and not targets:
            continue
        yield _action(state, found, targets)


def _peaceful(action: Action) -> bool:
    return action.id in _PEACEFUL if action.id in STANDARD else not harms(action) and action.id != UNARMED


def _drawn_blades(state: State, character: Creature) -> Iterator[Option]:
    """Offer to attack whom one sees, at any distance: it begins a fight, it does not yet strike."""
    others = (c for c in state.stage.creatures.values() if c.side != "party" and c.life == "up")
    targets = tuple(Target(c.id, "creature", state.name_of(c)) for c in others if perceives(state, character.id, c.id))
    for action in character.sheet.actions if targets else ():
        if harms(action) and action.trigger is None and action.target.kind == "creature":
            found = Legal(action, action.cost, tuple(t.id for t in targets))
            yield _action(state, found, targets)


def _action(state: State, found: Legal, targets: tuple[Target, ...]) -> Option:
    action = found.action
    fighting = state.stage.fighting
    cost = Cost(
        action=fighting and found.cost == "action",
        bonus=fighting and found.cost == "bonus",
        slots=tuple(s for s in found.slots if s),
    )
    pick = found.count if targets else 0
    quick = "@bonus" if found.cost == "bonus" and action.cost != "bonus" else ""
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


def _targets(state: State, character: Creature, found: Legal) -> Iterator[Target]:
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
        odds = _odds(state, character, other, found.action) if harmful else None
        yield Target(crt, "creature", state.name_of(other), odds)


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


def _places(state: State, character: Creature) -> Iterator[Option]:
    targets = tuple(_destinations(state, character)) if movement_left(state.stage, character) > 0 else ()
    if targets:
        yield Option("go:", "move", "option/go", targets=targets, pick=1)


def _destinations(state: State, character: Creature) -> Iterator[Target]:
    """Name the zones, persons and things a character knows of and can walk to, doors as they are."""
    scene, start = state.scene, character.cell
    if scene is None or start is None:
        return
    grid = terrain_of(state)
    region = grid.region(start)
    for zone in scene.zones:
        if start not in zone.area and any(region[y] >> x & 1 for x, y in known_cells(state, character, zone)):
            yield Target(zone.id, "zone", zone.name)
    for other in state.stage.creatures.values():
        if _worth_a_walk(grid, start, other.cell) and perceives(state, character.id, other.id):
            yield Target(other.id, "creature", state.name_of(other))
    for feature in scene.features:
        known = story.feature_known(state, character, feature)
        if known and feature.cells and _worth_a_walk(grid, start, feature.cells[0]):
            yield Target(feature.id, "feature", feature.name)


def _worth_a_walk(grid: Grid, start: Cell, goal: Cell | None) -> bool:
    return goal is not None and distance(start, goal) > FEET_PER_CELL and approachable(grid, start, goal, FEET_PER_CELL)


def destination(state: State, character: Creature, target: str) -> tuple[Cell, ...]:
    """Return the cells that stand for a place, person or thing to walk to; empty for what is not known."""
    scene = state.scene
    if scene is None:
        return ()
    zone = next((z for z in scene.zones if z.id == target), None)
    if zone is not None:
        return tuple(known_cells(state, character, zone))
    creature = state.stage.creatures.get(target)
    if creature is not None:
        return (creature.cell,) if creature.cell and perceives(state, character.id, target) else ()
    feature = next((f for f in scene.features if f.id == target), None)
    return feature.cells if feature is not None and story.feature_known(state, character, feature) else ()


def known_cells(state: State, character: Creature, zone: Zone) -> Iterator[Cell]:
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
