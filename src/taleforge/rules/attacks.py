"""Attack rolls: everything that bears on one, from both sides, the roll itself, and hit or miss.

The same `aim` serves the roll and the odds shown before it. Does not choose targets or judge who may be attacked.
"""

from functools import lru_cache

from msgspec import Struct, structs

from taleforge.rules.areas import footprint, gap
from taleforge.rules.checks import attack_odds as roll_odds
from taleforge.rules.checks import attack_outcome, roll_d20
from taleforge.rules.conditions import can_act, has
from taleforge.rules.creature import Action, ActionCost, Creature
from taleforge.rules.damage import Blow, DamageOdds, damage_odds, roll_damage, take
from taleforge.rules.effects import Attack, DamageSpec
from taleforge.rules.explain import Explanation, Part, Source
from taleforge.rules.facts import AttackResolved, DiceRolled
from taleforge.rules.modifiers import Collected, Context, collect
from taleforge.rules.reactions import answers, guard
from taleforge.rules.resolution import Resolution
from taleforge.rules.scores import armor_class, cover_part
from taleforge.rules.stage import Stage, Terrain
from taleforge.rules.standard import find_action
from taleforge.rules.steps import FinishAttack, Resolve, Use
from taleforge.rules.values import Cell, Cover
from taleforge.rules.vision import Sight, hostile, sees

HIT = ("hit_by_attack",)
HIT_IN_MELEE = ("hit_by_attack", "hit_by_melee_attack")
"""The triggers of reactions to being hit (Parry needs a melee attack)."""


class Strike(Struct, frozen=True):
    """One attack to be made: by whom, on whom, with which action, and which of its attack nodes."""

    attacker: Creature
    target: Creature
    action: Action
    node: Attack


class Aim(Struct, frozen=True):
    """What bears on one attack roll before it is rolled: the attack's own bonus, and everything collected."""

    flat: tuple[Part, ...]
    collected: Collected
    context: Context
    cover: Cover


class AttackOdds(Struct, frozen=True):
    """Chances from 0 to 1 that an attack hits and that it is critical, and the damage of a plain hit."""

    hit: float
    critical: float
    damage: DamageOdds


def aim(stage: Stage, strike: Strike, terrain: Terrain) -> Aim:
    """Collect all that bears on an attack roll (SRD 5.1, "Making an Attack").

    Bonuses and dice, conditions on both sides, sight both ways, range, an enemy at the archer's elbow, cover.
    """
    node = strike.node
    context = attack_context(stage, strike, terrain)
    collected = collect(strike.attacker, f"attack.{node.kind}.{node.source}", context)
    good, bad = _circumstances(stage, strike, context)
    if good or bad:
        collected = structs.replace(
            collected,
            advantage=(*collected.advantage, *good),
            disadvantage=(*collected.disadvantage, *bad),
        )
    cover = cover_between(stage, strike.attacker, strike.target, terrain)
    return Aim(_bonus(strike.attacker, node), collected, context, cover)


def attack_context(stage: Stage, strike: Strike, terrain: Terrain) -> Context:
    """Return what predicates on an attack and its damage may ask about."""
    attacker, target, node = strike.attacker, strike.target, strike.node
    return Context(
        other=target,
        distance=gap(attacker, target),
        visible=Sight(stage, attacker, terrain),
        seen=sees(stage, target, attacker, terrain),
        tags=_tags(strike.action.properties, node.kind, node.source, magic=strike.action.spell is not None),
    )


def cover_between(stage: Stage, attacker: Creature, target: Creature, terrain: Terrain) -> Cover:
    """Return the cover a target has: the ground's, or half behind another creature (SRD 5.1, "Cover")."""
    if attacker.cell is None or target.cell is None:
        return "none"
    cover = terrain.cover(attacker.cell, target.cell)
    if cover != "none":
        return cover
    between = cells_between(attacker.cell, target.cell)
    if not between:
        return "none"
    pair = (attacker.id, target.id)
    blocked = any(_fills(c, between) for c in stage.creatures.values() if c.id not in pair)
    return "half" if blocked else "none"


def _fills(body: Creature, cells: frozenset[Cell]) -> bool:
    """Whether somebody on its feet stands in one of some cells."""
    return body.life == "up" and (body.cell in cells or any(cell in cells for cell in footprint(body)[1:]))


@lru_cache(maxsize=16384)
def cells_between(start: Cell, end: Cell) -> frozenset[Cell]:
    """Return the cells on the straight line between two cells, both left out."""
    offsets = _line(end[0] - start[0], end[1] - start[1])
    return frozenset((start[0] + x, start[1] + y) for x, y in offsets)


@lru_cache(maxsize=4096)
def _line(x: int, y: int) -> tuple[Cell, ...]:
    steps = max(abs(x), abs(y))
    return tuple(((2 * x * i + steps) // (2 * steps), (2 * y * i + steps) // (2 * steps)) for i in range(1, steps))


@lru_cache(maxsize=1024)
def _tags(properties: tuple[str, ...], kind: str, source: str, *, magic: bool) -> frozenset[str]:
    return frozenset((*properties, kind, source, f"{kind}_{source}", *(("magic",) if magic else ())))


def _circumstances(stage: Stage, strike: Strike, context: Context) -> tuple[list[Source], list[Source]]:
    """List what gives advantage and disadvantage by place and sight, beyond effects and conditions."""
    attacker, target, action = strike.attacker, strike.target, strike.action
    good: list[Source] = []
    bad: list[Source] = []
    if target.id not in context.visible and not (has(target, "invisible") or has(attacker, "blinded")):
        bad.append(Source("attack/unseen_target"))
    if not context.seen and not (has(attacker, "invisible") or has(target, "blinded")):
        good.append(Source("attack/unseen_attacker"))
    if strike.node.kind == "ranged":
        bad.extend(_ranged_trouble(stage, attacker, action, context))
    if "heavy" in action.properties and attacker.sheet.size in {"tiny", "small"}:
        bad.append(Source("attack/heavy_weapon"))
    if "pack_tactics" in attacker.sheet.features and _flanked(stage, attacker, target):
        good.append(Source("trait/pack_tactics"))
    return good, bad


def _ranged_trouble(stage: Stage, attacker: Creature, action: Action, context: Context) -> list[Source]:
    """List what hampers a ranged attack (SRD 5.1, "Range", "Ranged Attacks in Close Combat")."""
    trouble: list[Source] = []
    if (context.distance or 0) > action.target.range:
        trouble.append(Source("attack/long_range"))
    if any(_crowds(other, attacker) for other in stage.creatures.values()):
        trouble.append(Source("attack/enemy_adjacent"))
    return trouble


def _crowds(other: Creature, archer: Creature) -> bool:
    return (
        other.side != archer.side
        and other.life == "up"
        and other.cell is not None
        and archer.cell is not None
        and gap(other, archer) <= 5
        and hostile(other, archer)
        and not has(other, "blinded")
        and can_act(other)
    )


def _flanked(stage: Stage, attacker: Creature, target: Creature) -> bool:
    """Whether a friend of the attacker that can act is within 5 feet of the target."""
    return any(
        c.side == attacker.side and c.life == "up" and c.id not in {attacker.id, target.id} and gap(c, target) <= 5
        for c in stage.creatures.values()
        if can_act(c)
    )


def _bonus(attacker: Creature, node: Attack) -> tuple[Part, ...]:
    """Return the attack bonus in parts; what a stat block does not explain is one part of its own."""
    casting = attacker.sheet.spellcasting
    bonus = node.bonus if node.bonus is not None else casting.attack if casting is not None else 0
    if node.parts:
        return _parts(node.parts, bonus)
    if node.bonus is None and casting is not None:
        ability, proficiency = attacker.sheet.abilities.modifier(casting.ability), attacker.sheet.proficiency
        return _parts(((f"ability/{casting.ability}", ability), ("proficiency", proficiency)), bonus)
    return _parts((), bonus)


@lru_cache(maxsize=1024)
def _parts(named: tuple[tuple[str, int], ...], bonus: int) -> tuple[Part, ...]:
    parts = tuple(Part(value, Source(code)) for code, value in named)
    rest = bonus - sum(value for _, value in named)
    return (*parts, Part(rest, Source("sheet/attack"))) if rest else parts


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
    armor = armor_class(target, _facing(strike, gap(attacker, target)), cover_part(step.cover))
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


def _facing(strike: Strike, distance: int | None) -> Context:
    """Return what predicates on the armour class of an attack's target may ask about."""
    node, action = strike.node, strike.action
    tags = _tags(action.properties, node.kind, node.source, magic=action.spell is not None)
    return Context(other=strike.attacker, distance=distance, tags=tags)


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
    found = _damage_modifiers(strike, context)
    levels = levels_above(strike.action, step.slot)
    specs = with_ability(step.node.damage, strike.attacker)
    rolled = roll_damage(specs, res.dice, levels=levels, critical=critical, found=found)
    blow = Blow(step.crt, step.action, critical, tags=context.tags)
    res.emit(*take(strike.target, rolled, res.dice, blow))


def _damage_modifiers(strike: Strike, context: Context) -> Collected:
    return collect(strike.attacker, f"damage.{strike.node.kind}.{strike.node.source}", context)


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
        meant = armor_class(target, _facing(strike, taken.context.distance), cover).value
    else:
        meant = armor + sum(part.value for part in cover)
    flat = sum(part.value for part in taken.flat)
    chance = roll_odds(flat, taken.collected, meant, node.crit_from)
    damage = damage_odds(with_ability(node.damage, attacker), found=_damage_modifiers(strike, taken.context))
    return AttackOdds(chance.hit, chance.critical, damage)


def first_attack(action: Action) -> Attack | None:
    """Return the attack an action begins with, or None."""
    node = action.nodes[0] if action.nodes else None
    return node if isinstance(node, Attack) else None
