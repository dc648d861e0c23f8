"""Effects that last: putting them on creatures, keeping them up by concentration, taking them away.

How long they last is counted by `turns`, what ends with what by `aftermath`.
"""

from typing import Literal, TypeAlias

from msgspec import structs

from taleforge.rules.conditions import forbidden, gain
from taleforge.rules.creature import Action, ActiveEffect, Creature
from taleforge.rules.death import stabilize
from taleforge.rules.effects import (
    Apply,
    Branch,
    Choose,
    EffectSpec,
    Modifier,
    Node,
    Remove,
    Save,
)
from taleforge.rules.facts import (
    ConcentrationEnded,
    ConditionLost,
)
from taleforge.rules.resolution import Resolution, acting, casting_dc, targets_of
from taleforge.rules.steps import Resolve
from taleforge.rules.turns import deadline

CONCENTRATION = "concentration"
"""The key of the effect on a caster whose end ends the spell it keeps up (SRD 5.1, "Concentration")."""


EndReason: TypeAlias = Literal["damage", "incapacitated", "new_spell", "voluntary", "over"]


def apply_effect(res: Resolution, step: Resolve, node: Apply) -> None:
    """Put a lasting effect on each target; a concentration spell's first effect begins the concentration."""
    actor = res.creature(step.crt)
    action = acting(actor, step)
    for target in targets_of(res, step):
        effect = _effect(res, step, node.effect, target)
        if actor is not None and action.spell is not None and action.spell.concentration:
            effect = _kept_up(res, effect, actor.id, action)
            if effect is None:
                return
        _replace(res, target.id, effect.key)
        res.emit(*gain(res.stage.creatures[target.id], effect, action.name))


def _effect(res: Resolution, step: Resolve, spec: EffectSpec, target: Creature) -> ActiveEffect:
    ends_round, ends_turn = deadline(res.stage, spec.duration, step.crt, target.id)
    to_end = spec.save
    if to_end is not None and to_end.dc is None:
        to_end = structs.replace(to_end, dc=casting_dc(res.creature(step.crt)))
    return ActiveEffect(
        id=f"{target.id}/{spec.key}",
        key=spec.key,
        source=step.crt,
        conditions=spec.conditions,
        modifiers=tuple(_with_slot(m, step.slot) for m in spec.modifiers),
        ends_round=ends_round,
        ends_turn=ends_turn,
        ends_at=spec.duration.at,
        save=to_end,
        each_turn_start=spec.each_turn_start,
        light=spec.light,
        ends_on=spec.ends_on,
    )


def _with_slot(given: Modifier, slot: int) -> Modifier:
    """Fix the slot a modifier's value speaks of: the effect outlives the casting."""
    if isinstance(given.value, str) and "slot" in given.value:
        return structs.replace(given, value=given.value.replace("slot", str(slot)))
    return given


def _kept_up(res: Resolution, effect: ActiveEffect, caster: str, action: Action) -> ActiveEffect | None:
    """Return an effect as a child of its caster's concentration, which begins with it; None when it cannot."""
    actor = res.stage.creatures[caster]
    marker = next((e for e in actor.effects if e.key == CONCENTRATION), None)
    if marker is None:
        begin_concentration(res, caster, action, effect.ends_round, effect.ends_turn)
        marker = next((e for e in res.stage.creatures[caster].effects if e.key == CONCENTRATION), None)
    if marker is None:
        return None
    return structs.replace(effect, concentration=caster, parent=marker.id)


def begin_concentration(
    res: Resolution, caster: str, action: Action, ends_round: int | None = None, ends_turn: str | None = None
) -> None:
    """Mark a creature as concentrating, unless it cannot."""
    actor = res.creature(caster)
    if actor is None or forbidden(actor, "concentration") is not None:
        return
    marker = ActiveEffect(
        id=f"{caster}/{CONCENTRATION}/{action.id}",
        key=CONCENTRATION,
        source=caster,
        concentration=caster,
        ends_round=ends_round,
        ends_turn=ends_turn,
    )
    res.emit(*gain(actor, marker, action.name))


def end_concentration(res: Resolution, caster: str, reason: EndReason) -> None:
    """End a creature's concentration, and with it every effect it kept up (SRD 5.1, "Concentration")."""
    lost = [
        ConditionLost(creature.id, effect.id, effect.key, "concentration")
        for creature in res.stage.creatures.values()
        for effect in creature.effects
        if effect.concentration == caster
    ]
    res.emit(ConcentrationEnded(caster, reason), *lost)


def kept_spell(marker: ActiveEffect) -> str:
    """Return the id of the action that a concentration keeps up."""
    return marker.id.rpartition("/")[2]


def lasts(nodes: tuple[Node, ...]) -> bool:
    """Whether any node puts a lasting effect on somebody."""
    return any(isinstance(node, Apply) or lasts(_inner(node)) for node in nodes)


def _inner(node: Node) -> tuple[Node, ...]:
    match node:
        case Save():
            return (*node.fail, *node.success)
        case Branch():
            return (*node.then, *node.otherwise)
        case Choose():
            return tuple(inner for choice in node.choices for inner in choice.nodes)
        case _:
            return (*getattr(node, "hit", ()), *getattr(node, "miss", ()))


def _replace(res: Resolution, crt: str, key: str) -> None:
    """End what hangs on an effect that is about to be replaced by a newer one of its key."""
    old = next((e for e in res.stage.creatures[crt].effects if e.key == key), None)
    if old is None or old.concentration is None:
        return
    res.emit(ConditionLost(crt, old.id, key, "removed"))


def remove(res: Resolution, step: Resolve, node: Remove) -> None:
    """End effects by key or condition; `dying` makes a dying creature stable (SRD 5.1, "Stabilizing a Creature")."""
    for target in targets_of(res, step):
        if "dying" in node.keys:
            res.emit(*stabilize(target))
        for effect in target.effects:
            if effect.key in node.keys or any(c in node.keys for c in effect.conditions):
                res.emit(ConditionLost(target.id, effect.id, effect.key, "removed"))
