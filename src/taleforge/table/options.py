"""What a seat can do now, with the odds it can know: attacks, spells, features, moves, talk, things to try, rests.

Pure in the state. Options are parts of a view (`recall`): one whose inputs did not change is the option it was before.
Whether it may really be used is judged again when it is used.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from taleforge.messages.views import Cost, DamageOdds, Odds, Option, OptionKind, Target
from taleforge.rules.attacks import attack_odds
from taleforge.rules.creature import Action, ActionCost, Creature, Sheet
from taleforge.rules.damage import DamageOdds as RuleDamageOdds
from taleforge.rules.damage import damage_odds
from taleforge.rules.derived import derived
from taleforge.rules.effects import Attack, Damage, Heal, Manual, Move, Node, Save
from taleforge.rules.legal import Legal, usable
from taleforge.rules.readiness import Ready, Way, ready, repertoire
from taleforge.rules.stage import Stage
from taleforge.rules.standard import STANDARD, UNARMED
from taleforge.rules.targets import Awareness, Contacts
from taleforge.table.deeds import interactions
from taleforge.table.evolve import AC_UNKNOWN
from taleforge.table.figures import figure
from taleforge.table.gathering import gathers
from taleforge.table.ground import terrain_of
from taleforge.table.perception import perceives, perception_of
from taleforge.table.recall import Recall
from taleforge.table.state import State
from taleforge.table.walks import places
from taleforge.world.grid import Grid

_REST_SHORT = Option("rest:short", "rest", "option/rest_short")
_REST_LONG = Option("rest:long", "rest", "option/rest_long")
_TURN_END = Option("turn:end", "turn", "option/end_turn")
_PASS = Option("turn:end", "turn", "option/pass")

_Price = tuple[ActionCost, tuple[int, ...], bool]
"""What an action takes, the slots it can be cast from, and whether that counts: in a fight."""


def options(state: State, seat: str, recall: Recall | None = None) -> tuple[Option, ...]:
    """Return what a seat can do now, in the order in which a client should offer it."""
    character = state.character(seat)
    if character is None:
        return ()
    recall = recall or Recall()
    fighting = state.stage.fighting
    if state.status != "playing" or state.decisions or (fighting and state.stage.active != character.id):
        recall.withdraw(character.id)
        return ()
    recall.offer(character.id)
    found = _fighting(state, character, recall) if fighting else _exploring(state, character, recall)
    return recall.same(("options", character.id), tuple(found))


def _exploring(state: State, character: Creature, recall: Recall) -> Iterator[Option]:
    yield from interactions(state, character, recall)
    yield from _actions(state, character, recall)
    yield from _drawn_blades(state, character, recall)
    yield from places(state, character, recall)
    if may_rest(state):
        yield _REST_SHORT
        yield _REST_LONG
    if gathers(state):
        yield _PASS


def _fighting(state: State, character: Creature, recall: Recall) -> Iterator[Option]:
    yield from _actions(state, character, recall)
    yield from interactions(state, character, recall)
    yield from places(state, character, recall)
    yield _TURN_END


def may_rest(state: State) -> bool:
    """Whether the party can rest here and now."""
    scene = state.scene
    danger = any(c.side == "foe" and c.life == "up" for c in state.stage.creatures.values())
    return scene is not None and scene.safe_to_rest and not danger and not state.stage.fighting


ROUGH = frozenset({"grapple", "shove_prone", "shove_away", "help"})
"""Standard actions that are meant for enemies, though they wound nobody."""
_PEACEFUL = frozenset({"hide", "stabilize", "stand"})
"""Standard actions that make sense when nobody takes turns."""


def _actions(state: State, character: Creature, recall: Recall) -> Iterator[Option]:
    for found in _usable(state, character, recall):
        targets = tuple(_targets(state, character, found, recall))
        if found.action.target.kind == "creature" and not targets:
            continue
        yield _offer(state, character, found, targets, recall)


def _usable(state: State, character: Creature, recall: Recall) -> tuple[Legal, ...]:
    """Return what a character can use now: what it is ready for, and those around it allow."""
    crt, stage = character.id, state.stage
    own = recall.of(("ready", crt), _ready, replace(character, cell=None), stage.fighting, stage.active == crt)
    contacts = perception_of(state).contacts(crt)
    return recall.of(("legal", crt), _judged, stage.creatures, crt, terrain_of(state), own, contacts)


def _ready(placeless: Creature, fighting: bool, active: bool) -> tuple[Ready, ...]:  # noqa: FBT001 - inputs
    """Return what somebody is ready for, wherever it is; outside a fight, what makes sense when nobody takes turns."""
    ways = repertoire(placeless.sheet) if fighting else _peaceful(placeless.sheet)
    return tuple([own for own in ready(placeless, ways, fighting, active) if own.refused is None])


def _judged(
    creatures: dict[str, Creature], crt: str, grid: Grid, own: tuple[Ready, ...], contacts: Contacts
) -> tuple[Legal, ...]:
    return usable(Awareness(Stage(creatures), creatures[crt], grid, contacts), own)


@derived
def _peaceful(sheet: Sheet) -> tuple[Way, ...]:
    return tuple(way for way in repertoire(sheet) if _is_peaceful(way.action))


def _is_peaceful(action: Action) -> bool:
    return action.id in _PEACEFUL if action.id in STANDARD else not harms(action) and action.id != UNARMED


def _drawn_blades(state: State, character: Creature, recall: Recall) -> tuple[Option, ...]:
    """Offer to attack whom one sees, at any distance: it begins a fight, it does not yet strike."""
    creatures, seen = state.stage.creatures, perception_of(state).in_sight(character.id)
    others = [crt for crt in seen if (other := creatures[crt]).side != "party" and other.life == "up"]
    targets = tuple([figure(state, crt, recall).target for crt in others])
    return recall.of(("blades", character.id), _blades, character.sheet, targets)


def _blades(sheet: Sheet, targets: tuple[Target, ...]) -> tuple[Option, ...]:
    return tuple(
        _aimed(_unaimed(action, (action.cost, (0,), False)), 1, targets)
        for action in (sheet.actions if targets else ())
        if harms(action) and action.trigger is None and action.target.kind == "creature"
    )


def _offer(state: State, character: Creature, found: Legal, targets: tuple[Target, ...], recall: Recall) -> Option:
    offer = _unaimed(found.action, (found.cost, found.slots, state.stage.fighting))
    if not targets:
        return offer
    pick = found.count if found.action.target.kind == "creature" else offer.pick
    return recall.of(("act", character.id, found.action.id, found.cost), _aimed, offer, pick, targets)


def _aimed(offer: Option, pick: int, targets: tuple[Target, ...]) -> Option:
    return replace(offer, targets=targets, pick=pick)


def _unaimed(action: Action, price: _Price) -> Option:
    """Return what an action is as an option, whomever it is used on: the same at every table."""
    known = _unaimed_known(action)
    if price not in known:
        known[price] = _action(action, *price)
    return known[price]


@derived
def _unaimed_known(_: Action) -> dict[_Price, Option]:
    return {}


def _action(
    action: Action,
    price: ActionCost,
    slots: tuple[int, ...],
    fighting: bool,  # noqa: FBT001 - an input like the others
) -> Option:
    cost = Cost(
        action=fighting and price == "action",
        bonus=fighting and price == "bonus",
        slots=tuple(s for s in slots if s),
    )
    quick = "@bonus" if price == "bonus" and action.cost != "bonus" else ""
    params: dict[str, str | int] = {"name": action.name, "code": action.code}
    if action.spell is not None:
        params["level"] = action.spell.level
    if any(isinstance(node, Manual) for node in action.nodes):
        params["manual"] = 1
    return Option(
        f"act:{action.id}{quick}", _kind(action), f"option/{_kind(action)}", params,
        pick=int(_aims_at_cell(action)), cost=cost, odds=_own_odds(action),
        area=action.target.area, range=action.target.range,
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


@derived
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
        plain = figure(state, crt, recall).target
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
