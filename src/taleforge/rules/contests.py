"""Ability checks inside an action: against a number, against another creature, against everyone who might notice.

Checks that the story asks for are made by `checks` alone. Does not decide when a check is called for.
"""

from msgspec import structs

from taleforge.rules.checks import Contestant, contest, make_check, passive
from taleforge.rules.conditions import has
from taleforge.rules.creature import Creature
from taleforge.rules.effects import Check
from taleforge.rules.modifiers import Context
from taleforge.rules.resolution import Resolution
from taleforge.rules.scores import check_parts
from taleforge.rules.stage import Stage, Terrain
from taleforge.rules.standard import find_action
from taleforge.rules.steps import Resolve
from taleforge.rules.values import SKILL_ABILITY, Skill
from taleforge.rules.vision import Sight, hostile, perceived_light

DEFAULT_DC = 10


def check(res: Resolution, step: Resolve, node: Check) -> None:
    """Make an action's ability check against each target, and go on with what follows from it.

    A check `against` skills is a contest with the target, or with whoever holds the actor; without either it has to
    beat the passive scores of everyone hostile (SRD 5.1, "Contests", "Hiding").
    """
    for crt in step.targets:
        actor, target = res.creature(step.crt), res.creature(crt)
        if actor is None or target is None:
            continue
        won = _made(res, step, node, actor, target)
        nodes = node.success if won else node.fail
        if nodes:
            res.first(structs.replace(step, nodes=nodes, targets=(crt,), cost="none"))


def _made(res: Resolution, step: Resolve, node: Check, actor: Creature, target: Creature) -> bool:
    opponent = target if target.id != actor.id else holder(res.stage, actor)
    if node.against and opponent is not None:
        return _contested(res, step, node, actor, opponent)
    dc = node.dc if node.dc is not None else DEFAULT_DC
    if node.against:
        dc = notice_dc(res.stage, actor, node.against[0], res.terrain)
    context, reason = _sighted(res, actor, None), _reason(actor, step)
    made = make_check(actor, node.ability, dc, res.dice, skill=node.skill, context=context, reason=reason)
    res.emit(made)
    return made.success


def _contested(res: Resolution, step: Resolve, node: Check, actor: Creature, opponent: Creature) -> bool:
    skill = best_skill(opponent, node.against)
    mine = Contestant(actor, node.ability, node.skill, _sighted(res, actor, opponent))
    theirs = Contestant(opponent, SKILL_ABILITY[skill], skill, _sighted(res, opponent, actor))
    held = contest(mine, theirs, res.dice, _reason(actor, step))
    res.emit(held.mine, held.theirs)
    return held.won


def holder(stage: Stage, creature: Creature) -> Creature | None:
    """Return who grapples a creature, or None."""
    held_by = next((e.source for e in creature.effects if "grappled" in e.conditions), None)
    return stage.creatures.get(held_by) if held_by is not None else None


def best_skill(creature: Creature, skills: tuple[Skill, ...]) -> Skill:
    """Return the skill of several in which a creature has the highest bonus; the first of equals."""
    return max(skills, key=lambda skill: sum(p.value for p in check_parts(creature.sheet, SKILL_ABILITY[skill], skill)))


def notice_dc(stage: Stage, hider: Creature, skill: Skill, terrain: Terrain) -> int:
    """Return the total that goes unnoticed by every enemy: one more than the highest passive score among them.

    Equal scores change nothing, as in any contest. Dim light gives those who rely on sight disadvantage (SRD 5.1,
    "Hiding", "Vision and Light").
    """
    scores = [
        _passive(stage, enemy, hider, skill, terrain)
        for enemy in stage.creatures.values()
        if hostile(enemy, hider) and enemy.life == "up" and not has(enemy, "unconscious") and enemy.cell is not None
    ]
    return max(scores, default=0) + 1


def _passive(stage: Stage, enemy: Creature, hider: Creature, skill: Skill, terrain: Terrain) -> int:
    score = passive(enemy, skill, SKILL_ABILITY[skill]).value
    dim = hider.cell is not None and perceived_light(stage, enemy, hider.cell, terrain) != "bright"
    return score - 5 if dim and enemy.sheet.senses.get("blindsight", 0) == 0 else score


def _sighted(res: Resolution, roller: Creature, other: Creature | None) -> Context:
    return Context(other=other, visible=Sight(res.stage, roller, res.terrain))


def _reason(actor: Creature, step: Resolve) -> str:
    action = find_action(actor, step.action)
    return action.code if action is not None else step.action
