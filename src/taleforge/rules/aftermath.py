"""What follows by itself from a fact: concentration tested and ended, effects that end with others, hiding given away.

Runs after every step of the engine, over the facts the step made. Does not resolve what anybody does.
"""

from collections.abc import Iterator

from taleforge.rules.areas import gap
from taleforge.rules.checks import make_save
from taleforge.rules.conditions import can_act
from taleforge.rules.creature import ActiveEffect, Creature
from taleforge.rules.damage import concentration_dc
from taleforge.rules.facts import (
    AttackResolved,
    CheckMade,
    ConditionGained,
    ConditionLost,
    CreatureLeft,
    DamageTaken,
    Died,
    Fact,
    Moved,
    SpellCast,
)
from taleforge.rules.lasting import CONCENTRATION, end_concentration, kept_spell, lasts
from taleforge.rules.modifiers import Context
from taleforge.rules.reactions import threatens
from taleforge.rules.resolution import Resolution
from taleforge.rules.standard import find_action
from taleforge.rules.turns import save_to_end


def settle(res: Resolution, since: int) -> None:
    """Let everything follow that the facts from number `since` on cause, and what these cause in turn."""
    while since < len(res.facts):
        _follow(res, res.facts[since])
        since += 1


def _follow(res: Resolution, fact: Fact) -> None:
    match fact:
        case AttackResolved():
            _after_attack(res, fact)
        case DamageTaken():
            _after_damage(res, fact)
        case Moved():
            _after_move(res, fact)
        case ConditionLost():
            _after_loss(res, fact)
        case ConditionGained():
            _after_gain(res, fact)
        case SpellCast():
            _after_cast(res, fact)
        case CheckMade():
            _end_on(res, fact.crt, "checks")
        case Died() | CreatureLeft():
            _after_leaving(res, fact.crt)
        case _:
            pass


def _after_attack(res: Resolution, fact: AttackResolved) -> None:
    _end_on(res, fact.attacker, "attacks")
    _end_on(res, fact.target, "attacked")
    _reveal(res, fact.attacker)


def _after_cast(res: Resolution, fact: SpellCast) -> None:
    _end_on(res, fact.crt, "casts")
    caster = res.creature(fact.crt)
    action = find_action(caster, fact.action) if caster is not None else None
    if action is not None and action.spell is not None and "V" in action.spell.components:
        _reveal(res, fact.crt)


def _after_damage(res: Resolution, fact: DamageTaken) -> None:
    """Damage ends some effects, lets others be thrown off, and tries concentration (SRD 5.1, "Concentration")."""
    if fact.amount <= 0:
        return
    _end_on(res, fact.crt, "damaged")
    for effect in _effects(res, fact.crt):
        if effect.save is not None and effect.save.when == "damaged":
            save_to_end(res, fact.crt, effect)
    _keep_up(res, fact)
    _let_go_if_down(res, fact.crt)


def _after_gain(res: Resolution, fact: ConditionGained) -> None:
    if fact.effect.key == CONCENTRATION:
        _end_idle_concentration(res)
    _let_go_if_down(res, fact.crt)


def _keep_up(res: Resolution, fact: DamageTaken) -> None:
    creature = res.creature(fact.crt)
    if creature is None or not concentrating(creature) or not can_act(creature):
        return
    context = Context(tags=frozenset({"concentration"}))
    dc = concentration_dc(fact.amount)
    made = make_save(creature, "con", dc, res.dice, context=context, reason="spell/concentration")
    res.emit(made)
    if not made.success:
        end_concentration(res, fact.crt, "damage")


def _let_go_if_down(res: Resolution, crt: str) -> None:
    """Who can no longer act lets go: of its concentration, and of whom it holds."""
    creature = res.creature(crt)
    if creature is None or can_act(creature):
        return
    if concentrating(creature):
        end_concentration(res, crt, "incapacitated")
    _let_go(res, crt)


def _after_loss(res: Resolution, fact: ConditionLost) -> None:
    """An effect takes its children with it; a concentration that has nothing left to keep up is over."""
    if fact.key == CONCENTRATION:
        if fact.reason != "concentration":
            end_concentration(res, fact.crt, "voluntary" if fact.reason == "removed" else "over")
        return
    children = [(c.id, e) for c, e in _everywhere(res) if e.parent == fact.effect]
    res.emit(*(ConditionLost(crt, e.id, e.key, "parent") for crt, e in children))
    if fact.reason != "concentration":
        _end_idle_concentration(res)


def _end_idle_concentration(res: Resolution) -> None:
    """End the concentration of a spell whose last effect is gone."""
    for caster, marker in _everywhere(res):
        if marker.key == CONCENTRATION and _idle(res, caster, marker):
            end_concentration(res, caster.id, "over")


def _idle(res: Resolution, caster: Creature, marker: ActiveEffect) -> bool:
    spell = find_action(caster, kept_spell(marker))
    if spell is None or not lasts(spell.nodes):
        return False
    return not any(effect.parent == marker.id for _, effect in _everywhere(res))


def _after_move(res: Resolution, fact: Moved) -> None:
    """A grapple ends when its two are out of each other's reach (SRD 5.1, "Grappled")."""
    for creature, effect in _everywhere(res):
        holder = res.creature(effect.source)
        if "grappled" not in effect.conditions or holder is None or fact.crt not in {creature.id, holder.id}:
            continue
        if gap(holder, creature) > max(action.target.range for action in threatens(holder)):
            res.emit(ConditionLost(creature.id, effect.id, effect.key, "removed"))


def _after_leaving(res: Resolution, crt: str) -> None:
    """With a creature go the effects it kept up and the holds it had."""
    if any(effect.concentration == crt for _, effect in _everywhere(res)):
        end_concentration(res, crt, "incapacitated")
    _let_go(res, crt)


def _let_go(res: Resolution, holder: str) -> None:
    for creature, effect in _everywhere(res):
        if effect.source == holder and "grappled" in effect.conditions:
            res.emit(ConditionLost(creature.id, effect.id, effect.key, "removed"))


def _end_on(res: Resolution, crt: str, event: str) -> None:
    for effect in _effects(res, crt):
        if event in effect.ends_on:
            res.emit(ConditionLost(crt, effect.id, effect.key))


def _reveal(res: Resolution, crt: str) -> None:
    """An attack or a spoken word gives a hidden creature away (SRD 5.1, "Unseen Attackers and Targets")."""
    for effect in _effects(res, crt):
        if effect.key == "hidden":
            res.emit(ConditionLost(crt, effect.id, effect.key))


def concentrating(creature: Creature) -> bool:
    """Whether a creature keeps up a spell."""
    return any(effect.key == CONCENTRATION for effect in creature.effects)


def _effects(res: Resolution, crt: str) -> tuple[ActiveEffect, ...]:
    creature = res.creature(crt)
    return creature.effects if creature is not None else ()


def _everywhere(res: Resolution) -> Iterator[tuple[Creature, ActiveEffect]]:
    return ((creature, effect) for creature in res.stage.creatures.values() for effect in creature.effects)
