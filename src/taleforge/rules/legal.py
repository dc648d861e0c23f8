"""What a creature may do now, with which targets, and why not otherwise.

The gate before the engine, which obeys. A refusal never tells an absent creature from an unseen one. Does not compute
odds: `attacks.attack_odds` and `checks` do.
"""

from collections.abc import Iterator

from msgspec import Struct

from taleforge.rules.areas import footprint, gap, gap_to_cell
from taleforge.rules.conditions import can_move, can_speak, forbidden, has
from taleforge.rules.contests import holder
from taleforge.rules.creature import Action, ActionCost, Creature
from taleforge.rules.effects import Attack, Branch, Damage, Heal, Node, Remove, Save
from taleforge.rules.equipment import CANNOT_CAST
from taleforge.rules.magic import CONCENTRATION
from taleforge.rules.movement import movement_left, path_cost, stand_cost
from taleforge.rules.resources import lacking, recharging, slots, wielded
from taleforge.rules.scores import max_hp, speed
from taleforge.rules.stage import Stage, Terrain
from taleforge.rules.standard import QUICK, STANDARD, find_action, unarmed_strike
from taleforge.rules.steps import EndTurn, Step, Use, Walk
from taleforge.rules.use import is_attack, price
from taleforge.rules.values import Cell
from taleforge.rules.vision import clearly_seen, hostile, sees


class RuleRefusal(Struct, frozen=True, omit_defaults=True):
    """Why something may not be done: a code with parameters."""

    code: str
    params: dict[str, str | int] = {}


UNSEEN = RuleRefusal("target/unseen")
"""The one answer for who is not there, is hiding, or cannot be seen."""


class Legal(Struct, frozen=True):
    """One way to use one action now. With `refused` set it cannot be used, and why.

    `targets` are the creatures it may be aimed at and does something for; `count` how many of them with the lowest
    slot. `slots` are the slot levels that can pay for it, (0,) when it needs none.
    """

    action: Action
    cost: ActionCost
    targets: tuple[str, ...] = ()
    slots: tuple[int, ...] = (0,)
    count: int = 1
    refused: RuleRefusal | None = None


def legal(stage: Stage, crt: str, terrain: Terrain) -> tuple[Legal, ...]:
    """Return every action a creature has, each with what it may be aimed at or why it cannot be used now.

    Reactions are not among them: the engine offers these. Empty for who is not in play or cannot do anything.
    """
    actor = stage.creatures.get(crt)
    if actor is None or actor.life != "up":
        return ()
    known = _Known(stage, actor, terrain)
    return tuple(_judge(known, action, cost) for action, cost in repertoire(actor))


def repertoire(actor: Creature) -> Iterator[tuple[Action, ActionCost]]:
    """Yield every action of a creature with each cost it can be taken at, sheet first, reactions left out."""
    for action in actor.sheet.actions:
        if action.trigger is None and action.cost != "reaction":
            yield action, action.cost
    yield unarmed_strike(actor), "action"
    for action in STANDARD.values():
        yield action, action.cost
    for feature in actor.sheet.features:
        for key in QUICK.get(feature, ()):
            yield STANDARD[key], "bonus"


def refusal(stage: Stage, step: Step, terrain: Terrain) -> RuleRefusal | None:
    """Return why a step may not be taken by the creature it names, or None when it may."""
    actor = stage.creatures.get(step.crt)
    if actor is None:
        return RuleRefusal("actor/unknown")
    match step:
        case Use():
            return _refuse_use(stage, actor, step, terrain)
        case Walk():
            return _refuse_walk(stage, actor, step, terrain)
        case EndTurn():
            return _not_on_turn(stage, actor)
        case _:
            return RuleRefusal("step/internal")


def _refuse_use(stage: Stage, actor: Creature, step: Use, terrain: Terrain) -> RuleRefusal | None:
    action = find_action(actor, step.action)
    if action is None or action.trigger is not None:
        return RuleRefusal("action/unknown", {"action": step.action})
    cost = price(actor, action, step.cost)
    if step.cost not in {None, price(actor, action)} and (action, step.cost) not in list(repertoire(actor)):
        return RuleRefusal("action/wrong_cost", {"action": action.id, "cost": step.cost or ""})
    known = _Known(stage, actor, terrain)
    refused = _unusable(known, action, step.cost or action.cost, cost)
    return refused or _wrong_slot(actor, action, step.slot) or _wrong_targets(known, action, step)


def _refuse_walk(stage: Stage, actor: Creature, step: Walk, terrain: Terrain) -> RuleRefusal | None:
    refused = _not_on_turn(stage, actor) or _helpless(actor)
    if refused is not None:
        return refused
    source = forbidden(actor, "move")
    if source is not None:
        return RuleRefusal("move/forbidden", {"by": source.code})
    feet = path_cost(stage, actor.id, step.path, terrain)
    if feet is None or not step.path:
        return RuleRefusal("move/no_way")
    left_over = movement_left(stage, actor)
    return RuleRefusal("move/too_far", {"feet": feet, "left": left_over}) if feet > left_over else None


def _not_on_turn(stage: Stage, actor: Creature) -> RuleRefusal | None:
    return RuleRefusal("turn/not_yours") if stage.fighting and stage.active != actor.id else None


def _helpless(actor: Creature) -> RuleRefusal | None:
    if actor.life != "up":
        return RuleRefusal("actor/down", {"life": actor.life})
    return RuleRefusal("turn/surprised") if actor.surprised else None


class _Contact(Struct, frozen=True):
    """What a creature knows of another: whether it sees it, whether it knows its place, the feet between, the cover."""

    seen: bool
    known: bool
    feet: int
    covered: bool


class _Known:
    """What one creature knows of the others at one moment, worked out once for all of its actions."""

    __slots__ = ("_contacts", "_hidable", "actor", "inactive", "others", "stage", "terrain", "turn_refusal")

    def __init__(self, stage: Stage, actor: Creature, terrain: Terrain) -> None:
        self.stage = stage
        self.actor = actor
        self.terrain = terrain
        self.turn_refusal = _not_on_turn(stage, actor) or _helpless(actor)
        self.inactive = _inactive(actor)
        self.others = tuple(stage.creatures.values())
        self._contacts: dict[str, _Contact] = {}
        self._hidable: bool | None = None

    def contact(self, target: Creature) -> _Contact:
        """Return what the actor knows of a creature."""
        found = self._contacts.get(target.id)
        if found is None:
            found = self._contacts[target.id] = self._look(target)
        return found

    def _look(self, target: Creature) -> _Contact:
        """A creature that is not seen is still known by its noise in a line that nothing blocks, unless it hides."""
        here, there = self.actor.cell, target.cell
        seen = sees(self.stage, self.actor, target, self.terrain)
        feet = gap(self.actor, target)
        if here is None or there is None:
            return _Contact(seen, seen, feet, covered=False)
        silent = target.hidden and hostile(self.actor, target)
        known = seen or (not silent and self.terrain.visible(here, there))
        return _Contact(seen, known, feet, covered=known and self.terrain.cover(here, there) == "total")

    def can_hide(self) -> bool:
        """Whether no enemy sees the actor clearly."""
        if self._hidable is None:
            self._hidable = not any(
                hostile(c, self.actor) and c.life == "up" and clearly_seen(self.stage, c, self.actor, self.terrain)
                for c in self.others
            )
        return self._hidable


def _inactive(actor: Creature) -> RuleRefusal | None:
    source = forbidden(actor, "action")
    return RuleRefusal("action/forbidden", {"by": source.code}) if source is not None else None


def _judge(known: _Known, action: Action, asked: ActionCost) -> Legal:
    actor = known.actor
    cost = price(actor, action, asked) if known.stage.fighting else asked
    refused = _unusable(known, action, asked, cost)
    levels = slots(actor, action)
    if refused is not None:
        return Legal(action, cost, slots=levels, refused=refused)
    targets = tuple(c.id for c in known.others if _sensible(known, action, c)) if _aimed(action) else ()
    if _aimed(action) and not targets:
        return Legal(action, cost, slots=levels, refused=RuleRefusal("target/none"))
    return Legal(action, cost, targets, levels, _count(action, levels[0]))


def _sensible(known: _Known, action: Action, target: Creature) -> bool:
    """Whether an action may be aimed at a creature and does something for it: the unhurt need no healing."""
    if _refuse_target(known, action, target) is not None:
        return False
    node = _first_deed(action)
    if isinstance(node, Heal):
        return target.hp < max_hp(target)
    return target.life == "dying" if isinstance(node, Remove) and "dying" in node.keys else True


def _first_deed(action: Action) -> Node | None:
    """Return the first thing an action does, through branches that look at the target."""
    nodes = action.nodes
    while nodes and isinstance(nodes[0], Branch):
        nodes = nodes[0].then or nodes[0].otherwise
    return nodes[0] if nodes else None


def _aimed(action: Action) -> bool:
    return action.target.kind == "creature"


def _count(action: Action, slot: int) -> int:
    above = max(0, slot - action.spell.level) if action.spell is not None else 0
    return action.target.count + action.target.count_scale * above


def _unusable(known: _Known, action: Action, asked: ActionCost, cost: ActionCost) -> RuleRefusal | None:
    """Return why an action cannot be used at all now, whatever it is aimed at."""
    refused = known.turn_refusal or (known.inactive if asked != "none" else None)
    if refused is not None:
        return refused
    return (
        (_no_turn_left(known.actor, action, cost) if known.stage.fighting else None)
        or _unpayable(known.actor, action)
        or _unspeakable(known.actor, action)
        or _out_of_place(known, action)
    )


def _no_turn_left(actor: Creature, action: Action, cost: ActionCost) -> RuleRefusal | None:
    """Judge the economy of the turn (SRD 5.1, "Your Turn", "Bonus Actions", "Casting a Spell")."""
    turn = actor.turn
    if cost == "action" and turn.action:
        return RuleRefusal("turn/no_action")
    if cost == "bonus" and turn.bonus:
        return RuleRefusal("turn/no_bonus_action")
    if "offhand" in action.properties and not _struck_light(actor, wielded(action)):
        return RuleRefusal("turn/no_light_attack")
    if action.spell is None:
        return None
    if cost == "bonus" and turn.spell:
        return RuleRefusal("spell/one_a_turn")
    if turn.bonus_spell and (action.spell.level > 0 or cost != "action"):
        return RuleRefusal("spell/only_cantrips")
    return None


def _struck_light(actor: Creature, other_hand: str | None) -> bool:
    """Whether a light melee weapon, not the one in the other hand, was used to attack.

    SRD 5.1, "Two-Weapon Fighting".
    """
    pair = other_hand is None or actor.items.get(other_hand, 0) > 1
    struck = (actor.sheet.action(key) for key in actor.turn.attacks)
    return any(
        action is not None
        and "light" in action.properties
        and _melee(action)
        and (pair or wielded(action) != other_hand)
        for action in struck
    )


def _melee(action: Action) -> bool:
    return bool(action.nodes) and isinstance(action.nodes[0], Attack) and action.nodes[0].kind == "melee"


def _unpayable(actor: Creature, action: Action) -> RuleRefusal | None:
    missing = lacking(actor, action)
    if missing is not None:
        code = "action/no_ammunition" if missing.startswith("item:") else "action/no_uses"
        return RuleRefusal(code, {"resource": missing})
    if recharging(actor, action):
        return RuleRefusal("action/recharging")
    if not slots(actor, action):
        return RuleRefusal("spell/no_slot", {"level": action.spell.level if action.spell is not None else 0})
    return None


def _unspeakable(actor: Creature, action: Action) -> RuleRefusal | None:
    if action.spell is None:
        return None
    if CANNOT_CAST in actor.sheet.features:
        return RuleRefusal("spell/armor")
    return RuleRefusal("spell/no_voice") if "V" in action.spell.components and not can_speak(actor) else None


def _out_of_place(known: _Known, action: Action) -> RuleRefusal | None:
    """Judge the standard actions that need an occasion."""
    judge = _OCCASIONS.get(action.id) if "standard" in action.properties else None
    code = judge(known) if judge is not None else None
    return RuleRefusal(code) if code is not None else None


def _stand(known: _Known) -> str | None:
    actor = known.actor
    if not has(actor, "prone"):
        return "move/not_prone"
    if not known.stage.fighting:
        return None
    possible = can_move(actor) and speed(actor) > 0 and movement_left(known.stage, actor) >= stand_cost(actor)
    return None if possible else "move/cannot_stand"


def _drop(known: _Known) -> str | None:
    return "move/prone_already" if has(known.actor, "prone") else None


def _hide(known: _Known) -> str | None:
    if known.actor.hidden:
        return "hide/hidden_already"
    return None if known.can_hide() else "hide/clearly_seen"


def _held(known: _Known) -> str | None:
    return None if holder(known.stage, known.actor) is not None else "action/not_grappled"


def _concentrates(known: _Known) -> str | None:
    return None if any(e.key == CONCENTRATION for e in known.actor.effects) else "action/not_concentrating"


def _fights(known: _Known) -> str | None:
    return None if known.stage.fighting else "action/no_fight"


_OCCASIONS = {
    "stand": _stand,
    "drop_prone": _drop,
    "hide": _hide,
    "break_free": _held,
    "slip_free": _held,
    "stop_concentrating": _concentrates,
    "dash": _fights,
    "disengage": _fights,
    "dodge": _fights,
}


def _wrong_slot(actor: Creature, action: Action, slot: int) -> RuleRefusal | None:
    levels = slots(actor, action)
    wanted = max(slot, action.spell.level) if action.spell is not None and levels != (0,) else 0
    return None if wanted in levels else RuleRefusal("spell/no_slot", {"level": wanted})


def _wrong_targets(known: _Known, action: Action, step: Use) -> RuleRefusal | None:
    match action.target.kind:
        case "creature":
            return _wrong_creatures(known, action, step)
        case "area" | "cell":
            return _wrong_cell(known, action, step)
        case _:
            return None


def _wrong_creatures(known: _Known, action: Action, step: Use) -> RuleRefusal | None:
    most = _count(action, step.slot)
    if not step.targets:
        return RuleRefusal("target/needed", {"count": most})
    if len(step.targets) > most or (len(set(step.targets)) < len(step.targets) and not action.target.repeat):
        return RuleRefusal("target/too_many", {"count": most})
    for crt in step.targets:
        target = known.stage.creatures.get(crt)
        refused = UNSEEN if target is None else _refuse_target(known, action, target)
        if refused is not None:
            return refused
    return None


def _refuse_target(known: _Known, action: Action, target: Creature) -> RuleRefusal | None:
    """Return why an action may not be aimed at a creature; first of all that the actor does not know it is there."""
    actor, aimed = known.actor, action.target
    if target.id == actor.id:
        return RuleRefusal("target/yourself") if _harmful(action) or aimed.side == "enemy" else None
    contact = known.contact(target)
    if not contact.known or (aimed.sight and not contact.seen and not is_attack(action)):
        return UNSEEN
    if contact.feet > max(aimed.range, aimed.long_range or 0):
        return RuleRefusal("target/out_of_range", {"feet": contact.feet, "range": aimed.long_range or aimed.range})
    return RuleRefusal("target/total_cover") if contact.covered else _unfit(actor, action, target)


def _unfit(actor: Creature, action: Action, target: Creature) -> RuleRefusal | None:
    aimed = action.target
    if target.life == "dead":
        return RuleRefusal("target/dead")
    if aimed.types and target.sheet.type not in aimed.types:
        return RuleRefusal("target/wrong_type")
    if aimed.side != "any" and (aimed.side == "ally") != (not hostile(actor, target)):
        return RuleRefusal("target/wrong_side")
    if action.id == "stabilize" and target.life != "dying":
        return RuleRefusal("target/not_dying")
    return _held_back(actor, target) if actor.effects and _harmful(action) else None


def _held_back(actor: Creature, target: Creature) -> RuleRefusal | None:
    """Return what keeps a creature from harming another (SRD 5.1, "Charmed")."""
    source = forbidden(actor, "harm", target.id)
    if source is None:
        return None
    charmed = source.code == "condition/charmed"
    return RuleRefusal("target/charmed") if charmed else RuleRefusal("action/forbidden", {"by": source.code})


def _harmful(action: Action) -> bool:
    """Whether an action does harm, as its first effect tells: it attacks, or is aimed at enemies."""
    if action.target.side == "enemy" or is_attack(action):
        return True
    return bool(action.nodes) and isinstance(action.nodes[0], Save | Damage)


def _wrong_cell(known: _Known, action: Action, step: Use) -> RuleRefusal | None:
    actor, aimed = known.actor, action.target
    if aimed.kind == "area" and aimed.area is None:
        return None
    if step.cell is None:
        ring = aimed.range == 0 and aimed.area is not None and aimed.area.shape in {"sphere", "cylinder"}
        return None if ring else RuleRefusal("target/cell_needed")
    if aimed.range and gap_to_cell(actor, step.cell) > aimed.range:
        return RuleRefusal("target/out_of_range", {"feet": gap_to_cell(actor, step.cell), "range": aimed.range})
    return _unreached(known, action, step.cell)


def _unreached(known: _Known, action: Action, cell: Cell) -> RuleRefusal | None:
    """Judge the place an effect is to appear at: seen, in a clear line, and free when somebody is to stand on it."""
    actor, terrain = known.actor, known.terrain
    if not action.target.range:
        return RuleRefusal("target/cell_needed") if cell == actor.cell else None
    if not terrain.inside(cell) or actor.cell is None or not terrain.visible(actor.cell, cell):
        return RuleRefusal("target/unseen")
    if terrain.cover(actor.cell, cell) == "total":
        return RuleRefusal("target/total_cover")
    if action.target.kind == "cell" and any(cell in footprint(c) for c in known.others if known.contact(c).known):
        return RuleRefusal("target/occupied")
    return None
