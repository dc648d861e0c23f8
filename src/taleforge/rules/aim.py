"""What bears on one attack, from both sides, before it is rolled: bonus, conditions, sight, range, company, cover.

The same for the roll and for the odds shown before it. Does not roll.
"""

from functools import lru_cache

from msgspec import Struct, structs

from taleforge.rules.areas import footprint, gap
from taleforge.rules.conditions import can_act, has
from taleforge.rules.creature import Action, Creature
from taleforge.rules.effects import Attack
from taleforge.rules.explain import Part, Source
from taleforge.rules.modifiers import Collected, Context, collect
from taleforge.rules.stage import Stage, Terrain
from taleforge.rules.values import Cell, Cover
from taleforge.rules.vision import Sight, hostile, sees


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


def facing(strike: Strike, distance: int | None) -> Context:
    """Return what predicates on the armour class of an attack's target may ask about."""
    node, action = strike.node, strike.action
    tags = _tags(action.properties, node.kind, node.source, magic=action.spell is not None)
    return Context(other=strike.attacker, distance=distance, tags=tags)


def damage_modifiers(strike: Strike, context: Context) -> Collected:
    """Collect all that bears on the damage of an attack."""
    return collect(strike.attacker, f"damage.{strike.node.kind}.{strike.node.source}", context)
