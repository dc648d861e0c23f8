"""Making attacks: the roll, reactions to it, hit or miss, damage; multiattack; and the odds of all that beforehand.

What bears on a roll is collected by `aim`. Does not choose targets or judge who may be attacked.
"""

from msgspec import Struct, structs

from taleforge.rules.aim import Strike, aim, attack_context, damage_modifiers, facing
from taleforge.rules.areas import gap
from taleforge.rules.checks import attack_odds as roll_odds
from taleforge.rules.checks import attack_outcome, roll_d20
from taleforge.rules.creature import Action, ActionCost, Creature
from taleforge.rules.damage import Blow, DamageOdds, damage_odds, roll_damage, take
from taleforge.rules.effects import Attack, DamageSpec
from taleforge.rules.explain import Explanation
from taleforge.rules.facts import AttackResolved, DiceRolled
from taleforge.rules.reactions import answers, guard
from taleforge.rules.resolution import Resolution
from taleforge.rules.scores import armor_class, cover_part
from taleforge.rules.stage import Stage, Terrain
from taleforge.rules.standard import find_action
from taleforge.rules.steps import FinishAttack, Resolve, Use

HIT = ("hit_by_attack",)


HIT_IN_MELEE = ("hit_by_attack", "hit_by_melee_attack")
"""The triggers of reactions to being hit (Parry needs a melee attack)."""


class AttackOdds(Struct, frozen=True):
    """Chances from 0 to 1 that an attack hits and that it is critical, and the damage of a plain hit."""

    hit: float
    critical: float
    damage: DamageOdds


def attack(res: Resolution, step: Resolve, node: Attack) -> None:
    """Roll to hit the first target; the other targets follow, each with a roll of its own."""
    attacker = res.creature(step.crt)
    if attacker is None or not step.targets:
        return
    target, action = res.creature(step.targets[0]), find_action(attacker, step.action)
    if len(step.targets) > 1:
        cost = step.cost if target is None else "none"
        res.first(structs.replace(step, nodes=(node,), targets=step.targets[1:], cost=cost))
    if target is not None and target.life != "dead":
        action = action or Action(step.action, step.action, step.action)
        res.first(_roll(res, step, Strike(attacker, target, action, node)))


def _roll(res: Resolution, step: Resolve, strike: Strike) -> FinishAttack:
    taken = aim(res.stage, strike, res.terrain)
    rolled = roll_d20("attack", taken.flat, taken.collected, res.dice)
    return FinishAttack(
        crt=step.crt,
        action=step.action,
        target=strike.target.id,
        node=strike.node,
        roll=rolled.roll,
        natural=rolled.natural,
        why=rolled.why,
        cover=taken.cover,
        close_critical=bool(taken.collected.critical),
        slot=step.slot,
        cost=step.cost,
    )


def finish_attack(res: Resolution, step: FinishAttack) -> None:
    """Compare a roll with the armour class, offering the target its reactions first; then deal with hit or miss."""
    attacker, target = res.creature(step.crt), res.creature(step.target)
    if attacker is None or target is None:
        res.emit(DiceRolled(step.crt, step.roll, "dice/attack"))
        return
    node, action = step.node, find_action(attacker, step.action) or Action(step.action, step.action, step.action)
    strike = Strike(attacker, target, action, node)
    armor = armor_class(target, facing(strike, gap(attacker, target)), cover_part(step.cover))
    hit, critical = attack_outcome(step.natural, step.why.value, armor.value, node.crit_from, step.close_critical)
    if hit and not step.asked and _offer_reactions(res, step, target, armor):
        return
    res.emit(
        AttackResolved(
            attacker=step.crt,
            target=step.target,
            action=step.action,
            roll=step.roll,
            natural=step.natural,
            total=step.why.value,
            ac=armor.value,
            hit=hit,
            critical=critical,
            why=step.why,
            name=action.name,
            cover=step.cover,
            cost=step.cost,
            attacks_left=attacks_left(attacker, step.action, step.cost),
        )
    )
    nodes = node.hit if hit else node.miss
    if nodes:
        res.first(Resolve(attacker.id, step.action, nodes, (target.id,), slot=step.slot, critical=critical))
    if hit and node.damage:
        _deal(res, step, strike, critical=critical)


def _offer_reactions(res: Resolution, step: FinishAttack, target: Creature, armor: Explanation) -> bool:
    """Offer the first reaction to being hit; True when the attack is finished later, as a step of its own."""
    found = next(answers(target, HIT_IN_MELEE if step.node.kind == "melee" else HIT), None)
    if found is None:
        return False
    reaction, slot = found
    res.first(structs.replace(step, asked=True))
    useful = step.natural != 20 and step.why.value < armor.value + guard(reaction)
    params: dict[str, str | int] = {
        "attacker": step.crt,
        "action": reaction.id,
        "total": step.why.value,
        "natural": step.natural,
        "slot": slot,
        "helps": int(useful),
    }
    use = Use(target.id, reaction.id, (target.id,), slot=slot, cost="reaction")
    res.offer(use, reaction.id, "reaction/hit_by_attack", params, useful=useful, roll=step.roll)
    return True


def _deal(res: Resolution, step: FinishAttack, strike: Strike, *, critical: bool) -> None:
    context = attack_context(res.stage, strike, res.terrain)
    found = damage_modifiers(strike, context)
    levels = levels_above(strike.action, step.slot)
    specs = with_ability(step.node.damage, strike.attacker)
    rolled = roll_damage(specs, res.dice, levels=levels, critical=critical, found=found)
    blow = Blow(step.crt, step.action, critical, tags=context.tags)
    res.emit(*take(strike.target, rolled, res.dice, blow))


def with_ability(specs: tuple[DamageSpec, ...], actor: Creature) -> tuple[DamageSpec, ...]:
    """Return damage with the spellcasting modifier worked in where it belongs (Spiritual Weapon)."""
    casting = actor.sheet.spellcasting
    if casting is None or not any(spec.ability_modifier for spec in specs):
        return specs
    own = (f"ability/{casting.ability}", actor.sheet.abilities.modifier(casting.ability))
    return tuple(structs.replace(spec, parts=(*spec.parts, own)) if spec.ability_modifier else spec for spec in specs)


def levels_above(action: Action, slot: int) -> int:
    """Return how many levels a slot is above a spell's own (SRD 5.1, "Casting a Spell at a Higher Level")."""
    return max(0, slot - action.spell.level) if action.spell is not None else 0


def attacks_left(attacker: Creature, action: str, cost: ActionCost) -> tuple[tuple[str, int], ...]:
    """Return the attacks of a multiattack that remain after one with this action (SRD 5.1, "Multiattack")."""
    if cost == "action":
        return _less_one(attacker.sheet.multiattack, action) if _owed(attacker.sheet.multiattack, action) else ()
    return _less_one(attacker.turn.attacks_left, action) if cost == "none" else attacker.turn.attacks_left


def owes(attacker: Creature, action: str) -> bool:
    """Whether a multiattack begun this turn still allows this attack."""
    return _owed(attacker.turn.attacks_left, action)


def _owed(left: tuple[tuple[str, int], ...], action: str) -> bool:
    return any(key in {action, "*"} for key, _ in left)


def _less_one(left: tuple[tuple[str, int], ...], action: str) -> tuple[tuple[str, int], ...]:
    key = action if any(k == action for k, _ in left) else "*"
    return tuple((k, n - (k == key)) for k, n in left if n - (k == key) > 0)


def attack_odds(
    stage: Stage, attacker: Creature, target: Creature, action: Action, terrain: Terrain, *, armor: int | None = None
) -> AttackOdds | None:
    """Return the chances of an attack as things stand, or None for an action without an attack roll.

    Exact, unless `armor` gives the armour class that is supposed instead of the target's own (cover comes on top).
    """
    node = first_attack(action)
    if node is None:
        return None
    strike = Strike(attacker, target, action, node)
    taken = aim(stage, strike, terrain)
    cover = cover_part(taken.cover)
    if armor is None:
        meant = armor_class(target, facing(strike, taken.context.distance), cover).value
    else:
        meant = armor + sum(part.value for part in cover)
    flat = sum(part.value for part in taken.flat)
    chance = roll_odds(flat, taken.collected, meant, node.crit_from)
    damage = damage_odds(with_ability(node.damage, attacker), found=damage_modifiers(strike, taken.context))
    return AttackOdds(chance.hit, chance.critical, damage)


def first_attack(action: Action) -> Attack | None:
    """Return the attack an action begins with, or None."""
    node = action.nodes[0] if action.nodes else None
    return node if isinstance(node, Attack) else None
