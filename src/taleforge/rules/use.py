"""Using an action: what it costs, what is announced, whom it reaches, and then its effect nodes.

Obeys: whether the use is allowed is for `legal` to say beforehand. Only who is down uses nothing.
"""

from msgspec import structs

from taleforge.rules.attacks import attacks_left, owes
from taleforge.rules.creature import Action, ActionCost, Creature
from taleforge.rules.derived import derived
from taleforge.rules.effects import Attack
from taleforge.rules.facts import Moved, ReactionUsed, ResourceSpent, SpellCast, TurnSpent
from taleforge.rules.lasting import CONCENTRATION, begin_concentration, end_concentration, lasts
from taleforge.rules.movement import stand_cost
from taleforge.rules.resolution import Resolution
from taleforge.rules.scores import speed
from taleforge.rules.spread import caught, reached
from taleforge.rules.standard import find_action
from taleforge.rules.steps import Resolve, Use
from taleforge.rules.values import Cell


def use(res: Resolution, step: Use) -> None:
    """Pay for an action, announce it, and put its effects on the agenda."""
    actor = res.creature(step.crt)
    action = find_action(actor, step.action) if actor is not None else None
    if actor is None or action is None or actor.life != "up":
        return
    cost = price(actor, action, step.cost)
    if cost == "reaction":
        if actor.turn.reaction:
            return
        res.emit(ReactionUsed(actor.id, action.id))
    slot = _slot(action, step)
    _pay(res, actor, action, slot)
    cells = reached(actor, action, step.cell, res.terrain)
    targets = _targets(res, actor, action, step, cells)
    _announce(res, actor, action, structs.replace(step, targets=targets, slot=slot, cost=cost), cells)
    rest = "none" if action.spell is not None else cost
    res.first(Resolve(actor.id, action.id, action.nodes, targets, step.cell, slot, rest, choices=step.choices))


def price(actor: Creature, action: Action, asked: ActionCost | None = None) -> ActionCost:
    """Return what an action costs now: an attack still owed by a multiattack costs nothing more."""
    cost = asked or action.cost
    return "none" if cost == "action" and actor.turn.action and is_attack(action) and owes(actor, action.id) else cost


@derived
def is_attack(action: Action) -> bool:
    """Whether an action can be one of the attacks of the Attack action: a weapon, or a grapple or shove."""
    weapon = bool(action.nodes) and isinstance(action.nodes[0], Attack) and action.spell is None
    return weapon or "attack" in action.properties


def _slot(action: Action, step: Use) -> int:
    if action.spell is None or action.spell.level == 0:
        return 0
    return max(step.slot, action.spell.level)


def _pay(res: Resolution, actor: Creature, action: Action, slot: int) -> None:
    """Spend resources, the slot, ammunition, and the readiness of what recharges."""
    for key, amount in action.spend.items():
        res.emit(ResourceSpent(actor.id, key, amount))
    if slot and not action.spend:
        res.emit(ResourceSpent(actor.id, f"slot:{slot}"))
    if action.ammunition:
        res.emit(ResourceSpent(actor.id, f"item:{action.ammunition}"))
    if action.recharge is not None:
        res.emit(ResourceSpent(actor.id, action.id))


def _targets(res: Resolution, actor: Creature, action: Action, step: Use, cells: frozenset[Cell]) -> tuple[str, ...]:
    match action.target.kind:
        case "area":
            return caught(res.stage, actor, action, cells)
        case "creature":
            return step.targets
        case _:
            return (actor.id,)


def _announce(res: Resolution, actor: Creature, action: Action, step: Use, cells: frozenset[Cell]) -> None:
    cost = step.cost or action.cost
    if action.spell is not None or action.target.kind == "area":
        res.emit(_cast(actor, action, step, cells))
        if action.spell is not None and action.spell.concentration:
            _begin_anew(res, actor, action)
    elif "stand" in action.properties:
        res.emit(Moved(actor.id, (actor.cell,) if actor.cell is not None else (), stand_cost(actor), "stand"))
    elif not (action.nodes and isinstance(action.nodes[0], Attack)) and cost != "reaction":
        res.emit(_spent(actor, action, cost))


def _cast(actor: Creature, action: Action, step: Use, cells: frozenset[Cell]) -> SpellCast:
    return SpellCast(
        actor.id,
        action.id,
        action.name,
        action.spell.level if action.spell is not None else 0,
        step.slot,
        step.cost or action.cost,
        step.targets,
        step.cell,
        tuple(sorted(cells)),
    )


def _begin_anew(res: Resolution, actor: Creature, action: Action) -> None:
    """Give up an older concentration; a spell that puts no effect on anybody is kept up from now on."""
    if any(effect.key == CONCENTRATION for effect in actor.effects):
        end_concentration(res, actor.id, "new_spell")
    if not lasts(action.nodes):
        begin_concentration(res, actor.id, action)


def _spent(actor: Creature, action: Action, cost: ActionCost) -> TurnSpent:
    what = "free" if cost == "none" else cost
    dash = speed(actor) if "dash" in action.properties else 0
    left = attacks_left(actor, action.id, cost) if is_attack(action) else None
    return TurnSpent(actor.id, what, action.id, dash, left)
