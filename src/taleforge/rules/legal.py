"""What a creature may do now, at what cost, and why not otherwise.

The gate before the engine, which obeys. What hangs on the creature alone is judged by `readiness`, whom an action may
be aimed at by `targets`. Does not compute odds.
"""

from collections.abc import Sequence

from msgspec import Struct

from taleforge.rules.conditions import forbidden
from taleforge.rules.contests import holder
from taleforge.rules.creature import Action, ActionCost, Creature
from taleforge.rules.movement import movement_left, path_cost
from taleforge.rules.readiness import Ready, helpless, out_of_turn, ready, repertoire, way_of
from taleforge.rules.resources import slots
from taleforge.rules.stage import Stage, Terrain
from taleforge.rules.standard import find_action
from taleforge.rules.steps import EndTurn, Step, Use, Walk
from taleforge.rules.targets import Awareness, RuleRefusal, fitting, target_count, wrong_targets
from taleforge.rules.use import price


class Legal(Struct, frozen=True, gc=False):
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
    known = Awareness(stage, actor, terrain)
    return tuple([_judged(known, own) for own in _ready(stage, actor)])


def usable(known: Awareness, own: Sequence[Ready]) -> tuple[Legal, ...]:
    """Return which of the ways its actor is ready for can be used, given what it knows of the others."""
    judged = [_judged(known, one) for one in own if one.refused is None]
    return tuple([found for found in judged if found.refused is None])


def _ready(stage: Stage, actor: Creature) -> tuple[Ready, ...]:
    return ready(actor, repertoire(actor.sheet), stage.fighting, stage.active == actor.id)


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
    if step.cost not in {None, price(actor, action)} and not _at_cost(actor, action, step.cost):
        return RuleRefusal("action/wrong_cost", {"action": action.id, "cost": step.cost or ""})
    known = Awareness(stage, actor, terrain)
    way = way_of(action, step.cost or action.cost)
    (own,) = ready(actor, (way,), stage.fighting, stage.active == actor.id)
    refused = own.refused or (_no_occasion(known, action) if way.placed else None)
    return refused or _wrong_slot(actor, action, step.slot) or wrong_targets(known, action, step)


def _at_cost(actor: Creature, action: Action, cost: ActionCost | None) -> bool:
    return any(way.cost == cost and way.action == action for way in repertoire(actor.sheet))


def _refuse_walk(stage: Stage, actor: Creature, step: Walk, terrain: Terrain) -> RuleRefusal | None:
    refused = _not_on_turn(stage, actor) or helpless(actor)
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
    return out_of_turn(fighting=stage.fighting, active=stage.active == actor.id)


def _judged(known: Awareness, own: Ready) -> Legal:
    """Return a way to use an action, judged by those around."""
    way, action, levels = own.way, own.way.action, own.slots
    refused = own.refused or (_no_occasion(known, action) if way.placed else None)
    if refused is not None:
        return Legal(action, own.cost, slots=levels, refused=refused)
    if way.aim is None:
        return Legal(action, own.cost, (), levels, target_count(action, levels[0]))
    targets = fitting(known, action, way.aim)
    if not targets:
        return Legal(action, own.cost, slots=levels, refused=_NOBODY)
    return Legal(action, own.cost, targets, levels, target_count(action, levels[0]))


_NOBODY = RuleRefusal("target/none")


def _no_occasion(known: Awareness, action: Action) -> RuleRefusal | None:
    """Judge the standard actions that need an occasion which others give."""
    if action.id != "hide":
        return None if holder(known.stage, known.actor) is not None else RuleRefusal("action/not_grappled")
    if known.actor.hidden:
        return RuleRefusal("hide/hidden_already")
    return None if known.can_hide() else RuleRefusal("hide/clearly_seen")


def _wrong_slot(actor: Creature, action: Action, slot: int) -> RuleRefusal | None:
    levels = slots(actor, action)
    wanted = max(slot, action.spell.level) if action.spell is not None and levels != (0,) else 0
    return None if wanted in levels else RuleRefusal("spell/no_slot", {"level": wanted})
