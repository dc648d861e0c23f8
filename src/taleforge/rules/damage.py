"""Damage from dice to hit points: packets of whole numbers by type, then flat changes, resistance, vulnerability.

Returns facts and changes nothing. Concentration and effects that end on damage are the engine's business afterwards.
"""

import re
from functools import lru_cache
from typing import TypeAlias, cast

from msgspec import Struct, structs

from taleforge.rules.checks import make_save
from taleforge.rules.conditions import fall_prone
from taleforge.rules.creature import Creature
from taleforge.rules.dice import DiceSource, Roll, double_dice, odds, parse, roll
from taleforge.rules.effects import DamageSpec
from taleforge.rules.explain import Explanation, Part, Source
from taleforge.rules.facts import DamagePacket, DamageTaken, DeathSaveMade, Died, Fact, ResourceSpent
from taleforge.rules.modifiers import ALONE, NOTHING, Collected, Context, collect
from taleforge.rules.scores import max_hp
from taleforge.rules.values import DAMAGE_TYPES, DamageType

CONCENTRATION_DC = 10
FORTITUDE_DC = 5
DEATH = 3
_Packets: TypeAlias = tuple[tuple[DamageType, int], ...]
_Throw: TypeAlias = tuple[DamageType, str, Source]


class Rolled(Struct, frozen=True):
    """Damage rolled, before the target's nature changes it. Packets are (type, amount), parts explain their sum."""

    packets: _Packets
    rolls: tuple[Roll, ...] = ()
    parts: tuple[Part, ...] = ()

    def halved(self, source: Source) -> "Rolled":
        """Return half of it, rounded down for each type (a save for half damage)."""
        packets: _Packets = tuple((kind, amount // 2) for kind, amount in self.packets)
        lost = _sum(packets) - _sum(self.packets)
        return Rolled(packets, self.rolls, (*self.parts, Part(lost, source, rule="half")))


class DamageOdds(Struct, frozen=True):
    """The least, mean and greatest damage of a roll."""

    min: int
    mean: float
    max: int


class Blow(Struct, frozen=True):
    """How damage reaches a creature: from whom, by which action, critical or not.

    `spare` leaves a creature that drops to 0 stable instead of dying or dead (SRD 5.1, "Knocking a Creature Out").
    `tags` describe the damage for predicates of resistances (`nonmagical`, `silvered`).
    """

    source: str | None = None
    action: str = ""
    critical: bool = False
    spare: bool = False
    tags: frozenset[str] = frozenset()


UNKNOWN = Blow()


def roll_damage(
    specs: tuple[DamageSpec, ...],
    dice: DiceSource,
    *,
    levels: int = 0,
    critical: bool = False,
    found: Collected = NOTHING,
) -> Rolled:
    """Roll damage once, for all whom it hits (SRD 5.1, "Damage Rolls", "Critical Hits").

    `levels` are slot levels above the spell's own; a critical hit doubles the dice, not what is added to them. `found`
    is what `collect` gave for the path `damage`: its numbers go with the first type, its dice too unless they are
    annotated with a type (`1d4[radiant]`).
    """
    amounts: dict[DamageType, int] = {}
    rolls: list[Roll] = []
    parts: list[Part] = []
    for kind, expression, source in _throws(specs, levels, found, critical=critical):
        thrown = roll(expression, dice)
        rolls.append(thrown)
        parts.append(Part(thrown.total, source))
        amounts[kind] = amounts.get(kind, 0) + thrown.total
    for kind, part in _summands(specs, found):
        parts.append(part)
        amounts[kind] = amounts.get(kind, 0) + part.value
    return Rolled(_settled(amounts, parts), tuple(rolls), tuple(parts))


def damage_odds(
    specs: tuple[DamageSpec, ...], *, levels: int = 0, critical: bool = False, found: Collected = NOTHING
) -> DamageOdds:
    """Return what a damage roll can come to, before resistances."""
    flat = sum(part.value for _, part in _summands(specs, found))
    spans = [_span(expression) for _, expression, _ in _throws(specs, levels, found, critical=critical)]
    low, mean, high = (sum(column) for column in zip(*spans, strict=True)) if spans else (0, 0.0, 0)
    return DamageOdds(max(int(low) + flat, 0), max(mean + flat, 0.0), max(int(high) + flat, 0))


def take(target: Creature, rolled: Rolled, dice: DiceSource, blow: Blow = UNKNOWN) -> tuple[Fact, ...]:
    """Return the facts of a creature taking damage, up to dropping, dying or death (SRD 5.1, "Damage and Healing").

    Temporary hit points go first. The dice are for traits that let a creature stand its ground. The dead take nothing,
    which is a fact too: it holds the rolls.
    """
    if target.life == "dead":
        rolled = Rolled((), rolled.rolls)
    packets, changes = resolve(target, rolled, blow)
    amount = sum(packet.amount for packet in packets)
    absorbed = min(target.temp_hp, amount)
    hurt = amount - absorbed
    taken = DamageTaken(
        crt=target.id,
        packets=packets,
        amount=amount,
        hp=max(target.hp - hurt, 0),
        temp_hp=target.temp_hp - absorbed,
        why=Explanation(amount, "damage", (*rolled.parts, *changes), rolled.rolls[0] if rolled.rolls else None),
        source=blow.source,
        action=blow.action,
        rolls=rolled.rolls,
        critical=blow.critical,
    )
    if hurt == 0 or taken.hp > 0:
        return (taken,)
    return _dropped(target, taken, hurt, dice, blow)


def resolve(
    target: Creature, rolled: Rolled, blow: Blow = UNKNOWN
) -> tuple[tuple[DamagePacket, ...], tuple[Part, ...]]:
    """Return each packet as it counts for a target, and the parts that explain what changed.

    The order is flat changes, resistance (half, rounded down), vulnerability (double); several resistances count once
    (SRD 5.1, "Damage Resistance and Vulnerability").
    """
    packets: list[DamagePacket] = []
    parts: list[Part] = []
    for kind, amount in rolled.packets:
        packet, part = _packet(target, kind, amount, blow)
        packets.append(packet)
        if part is not None:
            parts.append(part)
    return tuple(packets), tuple(parts)


def concentration_dc(amount: int) -> int:
    """Return the DC of the Constitution save to keep concentrating: half the damage, at least 10, without a cap."""
    return max(CONCENTRATION_DC, amount // 2)


def _throws(specs: tuple[DamageSpec, ...], levels: int, found: Collected, *, critical: bool) -> list[_Throw]:
    """List every expression to throw with the type it belongs to and its source."""
    throws: list[_Throw] = []
    for spec in specs:
        throws.append((spec.type, spec.dice, Source("damage/" + spec.type)))
        if spec.scale and levels > 0:
            throws.append((spec.type, scaled(spec.scale, levels), Source("spell/higher_slot", {"levels": levels})))
    for expression, source in found.dice if specs else ():
        throws.append((_typed(expression) or specs[0].type, expression, source))
    return [(kind, _doubled(text), source) for kind, text, source in throws] if critical else throws


def _summands(specs: tuple[DamageSpec, ...], found: Collected) -> list[tuple[DamageType, Part]]:
    """List every flat summand with the type it belongs to."""
    summands: list[tuple[DamageType, Part]] = []
    for spec in specs:
        summands.extend((spec.type, Part(value, Source(code))) for code, value in spec.parts)
    if specs:
        summands.extend((specs[0].type, part) for part in found.flat)
    return summands


def _settled(amounts: dict[DamageType, int], parts: list[Part]) -> _Packets:
    """Lift what came out below 0 to 0: damage can be none, never less (SRD 5.1, "Damage Rolls")."""
    parts.extend(Part(-amount, Source("rule/least")) for amount in amounts.values() if amount < 0)
    return tuple((kind, max(amount, 0)) for kind, amount in amounts.items())


def _packet(target: Creature, kind: DamageType, rolled: int, blow: Blow) -> tuple[DamagePacket, Part | None]:
    found, guard = _defences(target, kind, blow)
    sheet = target.sheet
    immune = _own(kind, sheet.immune, "immunity", (*found.immune, *guard.immune))
    if immune:
        return DamagePacket(kind, rolled, 0, "immune"), Part(-rolled, immune, rule="immune")
    amount = max(rolled + guard.total, 0)
    resist = _own(kind, sheet.resist, "resistance", (*found.resist, *guard.resist))
    weak = _own(kind, sheet.vulnerable, "vulnerability", (*found.vulnerable, *guard.vulnerable))
    amount = amount // 2 if resist else amount
    amount = amount * 2 if weak else amount
    if resist or weak:
        change = "resisted" if resist else "doubled"
        return DamagePacket(kind, rolled, amount, change), Part(
            amount - rolled, cast(Source, resist or weak), rule=change
        )
    if amount != rolled:
        return DamagePacket(kind, rolled, amount, "reduced"), Part(amount - rolled, guard.flat[0].source)
    return DamagePacket(kind, rolled, amount), None


def _defences(target: Creature, kind: DamageType, blow: Blow) -> tuple[Collected, Collected]:
    """Return what a target's own modifiers say of damage of a type, and of damage by this very action."""
    if not target.effects and not target.sheet.modifiers:
        return NOTHING, NOTHING
    context = Context(tags=blow.tags) if blow.tags else ALONE
    words = f"{kind}.{blow.action}" if blow.action else kind
    return collect(target, "resist." + words, context), collect(target, "against.damage." + words, context)


def _own(kind: DamageType, listed: tuple[DamageType, ...], word: str, sources: tuple[Source, ...]) -> Source | None:
    return Source("sheet/" + word, {"type": kind}) if kind in listed else next(iter(sources), None)


def _dropped(target: Creature, taken: DamageTaken, hurt: int, dice: DiceSource, blow: Blow) -> tuple[Fact, ...]:
    """Return what follows when damage leaves nothing: standing it, dying, a failed death save, death."""
    massive = hurt - target.hp >= max_hp(target)
    if target.life != "up":
        return (taken, *_hit_while_down(target, blow, massive=massive))
    stood, told = (False, ()) if massive and target.character else _stands(target, taken, dice, blow)
    if stood:
        return (structs.replace(taken, hp=1), *told)
    return (taken, *told, *_falls(target, blow, massive=massive))


def _falls(target: Creature, blow: Blow, *, massive: bool) -> tuple[Fact, ...]:
    """SRD 5.1, "Dropping to 0 Hit Points": monsters die, characters lie dying unless the damage was massive."""
    if blow.spare:
        return (DeathSaveMade(target.id, None, 0, 0, "stable"), *fall_prone(target))
    if massive or not target.character:
        return (Died(target.id, blow.source),)
    return fall_prone(target)


def _hit_while_down(target: Creature, blow: Blow, *, massive: bool) -> tuple[Fact, ...]:
    """Damage at 0 hit points: a failed death save, two from a critical hit; massive damage kills."""
    failures = target.death.failures + (2 if blow.critical else 1)
    if massive or failures >= DEATH:
        made = DeathSaveMade(target.id, None, target.death.successes, min(failures, DEATH), "dead")
        return made, Died(target.id, blow.source)
    outcome = "two_failures" if blow.critical else "failure"
    return (DeathSaveMade(target.id, None, target.death.successes, failures, outcome),)


def _stands(target: Creature, taken: DamageTaken, dice: DiceSource, blow: Blow) -> tuple[bool, tuple[Fact, ...]]:
    """Return whether a trait lets a creature stand at 1 hit point, and the facts that tell why, after the damage."""
    if _can_spend(target, "relentless_endurance"):
        return True, (ResourceSpent(target.id, "relentless_endurance"),)
    radiant = any(packet.type == "radiant" and packet.amount for packet in taken.packets)
    if "undead_fortitude" not in target.sheet.features or radiant or blow.critical:
        return False, ()
    save = make_save(target, "con", FORTITUDE_DC + taken.amount, dice, reason="undead_fortitude")
    return save.success, (save,)


def _can_spend(target: Creature, key: str) -> bool:
    resource = target.sheet.resources.get(key)
    return resource is not None and target.spent.get(key, 0) < resource.maximum


@lru_cache(maxsize=512)
def _doubled(expression: str) -> str:
    return str(double_dice(parse(expression)))


@lru_cache(maxsize=512)
def scaled(scale: str, levels: int) -> str:
    """Return the dice that `levels` slot levels add: `1d8` and 3 make `3d8`."""
    plain = re.fullmatch(r"(\d+)d(\d+)", scale)
    if plain:
        return f"{int(plain[1]) * levels}d{plain[2]}"
    return "+".join([scale] * levels)


@lru_cache(maxsize=512)
def _typed(expression: str) -> DamageType | None:
    """Return the damage type a dice expression is annotated with."""
    return next((kind for kind in DAMAGE_TYPES if f"[{kind}]" in expression), None)


@lru_cache(maxsize=512)
def _span(expression: str) -> tuple[int, float, int]:
    spread = odds(expression)
    return spread.min, float(spread.mean), spread.max


def _sum(packets: _Packets) -> int:
    return sum(amount for _, amount in packets)
