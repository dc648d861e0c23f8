"""What worn and carried things make of a character: armour class, attacks, what can be used up.

Works definitions into the parts of a sheet; `characters` puts the sheet together. Does not say who may carry what.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from taleforge.rules.creature import Abilities, Action, Targeting
from taleforge.rules.definitions import ArmorDef, GearDef, WeaponDef, WeaponRule
from taleforge.rules.effects import Attack, DamageSpec, Modifier
from taleforge.rules.explain import Part, Source
from taleforge.rules.values import Ability

REACH = 5
LONG_REACH = 10
UNARMORED_AC = 10
STRENGTH_PENALTY = -10
"""Feet of speed lost in armour one is too weak for (SRD 5.1, "Armor")."""

_UNUSED_TO_ARMOR = ("check.str", "check.dex", "save.str", "save.dex", "attack.weapon")
CANNOT_CAST = "cannot_cast"
"""Feature of whoever wears armour without proficiency: no spells (SRD 5.1, "Armor")."""


class Worn(Struct, frozen=True):
    """What armour and shield give: the parts of AC, modifiers, names for predicates, feet of speed lost."""

    parts: tuple[Part, ...]
    modifiers: tuple[Modifier, ...] = ()
    features: tuple[str, ...] = ()
    slowed: int = 0


class Formula(Struct, frozen=True):
    """Another way to calculate AC without armour, and whether it allows a shield."""

    parts: tuple[Part, ...]
    shield: bool = True


class Wielder(Struct, frozen=True):
    """Who wields: numbers, proficiencies (`simple`, `martial`, weapon ids), rules of features with their codes."""

    abilities: Abilities
    proficiency: int
    weapons: frozenset[str] = frozenset()
    rules: tuple[tuple[WeaponRule, str], ...] = ()
    shield: bool = False


def wear(
    armor: ArmorDef | None,
    shield: ArmorDef | None,
    abilities: Abilities,
    proficiencies: frozenset[str],
    formulas: tuple[Formula, ...] = (),
) -> Worn:
    """Return what a character's armour and shield make of it (SRD 5.1, "Armor").

    `proficiencies` are of armour categories. Of all ways to calculate AC that apply the best counts.
    """
    held = _bonus_of(shield)
    ways = [(*_base(armor, abilities), *held)]
    if armor is None:
        ways += [(*way.parts, *held) for way in formulas if way.shield or shield is None]
    worn = [piece for piece in (armor, shield) if piece is not None]
    unused = [piece for piece in worn if piece.category not in proficiencies]
    return Worn(
        parts=max(ways, key=_total),
        modifiers=(*_drawbacks(worn), *_unfamiliar(unused)),
        features=(*_names(armor, shield), *((CANNOT_CAST,) if unused else ())),
        slowed=STRENGTH_PENALTY if armor is not None and armor.strength > abilities.str else 0,
    )


def attacks(carried: tuple[tuple[WeaponDef, int], ...], wielder: Wielder) -> tuple[Action, ...]:
    """Return one action for each way to attack with each weapon carried, given with how many of it there are.

    A weapon in two hands and loading ammunition need the hand that holds a shield, and so does an off-hand attack, for
    which two light melee weapons must be there (SRD 5.1, "Two-Weapon Fighting").
    """
    light = sum(count for weapon, count in carried if _pairs(weapon))
    return tuple(
        _action(weapon, way, wielder)
        for weapon, _ in carried
        for way in _ways(weapon, wielder, paired=light > 1 and _pairs(weapon))
    )


def uses(gear: Iterable[GearDef]) -> tuple[Action, ...]:
    """Return what can be done with things that are used up; each use takes the thing itself."""
    return tuple(
        replace(action, spend={**action.spend, f"item:{thing.id}": 1}) for thing in gear for action in thing.actions
    )


# Armour.


def _base(armor: ArmorDef | None, abilities: Abilities) -> tuple[Part, ...]:
    dexterity = abilities.modifier("dex")
    if armor is None:
        return Part(UNARMORED_AC, Source("armor/none")), Part(dexterity, Source("ability/dex"))
    if armor.max_dex is not None:
        dexterity = min(dexterity, armor.max_dex) if armor.max_dex else 0
    base = Part(armor.ac + armor.bonus, Source(f"armor/{armor.id}"))
    return (base, Part(dexterity, Source("ability/dex"))) if armor.max_dex != 0 else (base,)


def _bonus_of(shield: ArmorDef | None) -> tuple[Part, ...]:
    return () if shield is None else (Part(shield.ac + shield.bonus, Source(f"shield/{shield.id}")),)


def _drawbacks(worn: list[ArmorDef]) -> Iterator[Modifier]:
    for piece in worn:
        code = f"armor/{piece.id}"
        yield from (replace(modifier, code=modifier.code or code) for modifier in piece.modifiers)
        if piece.stealth_disadvantage:
            yield Modifier("check.stealth", "disadvantage", code=code)


def _unfamiliar(unused: list[ArmorDef]) -> Iterator[Modifier]:
    """Armour without proficiency (SRD 5.1, "Armor Proficiency")."""
    for piece in unused:
        yield from (Modifier(path, "disadvantage", code=f"armor/{piece.id}") for path in _UNUSED_TO_ARMOR)


def _names(armor: ArmorDef | None, shield: ArmorDef | None) -> Iterator[str]:
    if armor is not None:
        yield from ("wearing_armor", f"wearing_{armor.category}_armor")
    if shield is not None:
        yield "wearing_shield"


# Weapons.


def _pairs(weapon: WeaponDef) -> bool:
    return weapon.kind == "melee" and "light" in weapon.properties


def _ways(weapon: WeaponDef, wielder: Wielder, *, paired: bool) -> Iterator[str]:
    """Name the ways a weapon can be used: `one_handed` `two_handed` `thrown` `shot` `offhand`."""
    properties = weapon.properties
    free_hand = not wielder.shield
    if weapon.kind == "ranged" and "thrown" not in properties:
        if free_hand or "ammunition" not in properties:
            yield "shot"
        return
    if weapon.kind == "melee" and "two_handed" not in properties:
        yield "one_handed"
    if weapon.kind == "melee" and free_hand and ("two_handed" in properties or weapon.versatile):
        yield "two_handed"
    if "thrown" in properties:
        yield "thrown"
    if paired and free_hand and not any(_lone(rule) for rule, _ in wielder.rules):
        yield "offhand"


def _lone(rule: WeaponRule) -> bool:
    """Whether a rule is for whoever keeps the other hand empty; such a character has no off-hand attack."""
    return "alone" in rule.when


def _action(weapon: WeaponDef, way: str, wielder: Wielder) -> Action:
    main = {"one_handed", "shot"} | ({"two_handed"} if not weapon.versatile else set[str]())
    if weapon.kind == "ranged":
        main.add("thrown")
    identity = weapon.id if way in main else f"{weapon.id}_{way}"
    tags = _tags(weapon, way)
    return Action(
        id=identity,
        name=weapon.name,
        code=f"weapon/{identity}",
        cost="bonus" if way == "offhand" else "action",
        target=_aim(weapon, way),
        nodes=(_attack(weapon, way, tags, wielder),),
        ammunition=weapon.id if way == "thrown" else weapon.ammunition or None,
        properties=tags,
        pinned=f"weapon/{weapon.id}",
    )


def _tags(weapon: WeaponDef, way: str) -> tuple[str, ...]:
    """Name everything that holds of an attack: the weapon, its properties, how it is wielded."""
    kept = (name for name in weapon.properties if name not in {"two_handed", "thrown", "versatile"})
    return ("weapon", f"{_kind(weapon, way)}", f"{weapon.kind}_weapon", way, weapon.id, *kept)


def _kind(weapon: WeaponDef, way: str) -> str:
    return "ranged" if way in {"thrown", "shot"} else weapon.kind


def _aim(weapon: WeaponDef, way: str) -> Targeting:
    if way in {"thrown", "shot"}:
        return Targeting(range=weapon.range, long_range=weapon.long_range or None)
    return Targeting(range=LONG_REACH if "reach" in weapon.properties else REACH)


def _attack(weapon: WeaponDef, way: str, tags: tuple[str, ...], wielder: Wielder) -> Attack:
    ability = _ability(weapon, wielder.abilities)
    rules = [(rule, code) for rule, code in wielder.rules if _suits(rule, tags)]
    parts = tuple(_attack_parts(weapon, ability, rules, wielder))
    return Attack(
        kind="ranged" if way in {"thrown", "shot"} else "melee",
        bonus=sum(value for _, value in parts),
        parts=parts,
        damage=_damage(weapon, way, ability, rules, wielder.abilities),
        crit_from=min((rule.crit_from for rule, _ in rules), default=20),
    )


def _ability(weapon: WeaponDef, abilities: Abilities) -> Ability:
    """SRD 5.1, "Attack Rolls": Strength for melee, Dexterity for ranged, the better of both for finesse."""
    if "finesse" in weapon.properties:
        return "dex" if abilities.dex > abilities.str else "str"
    return "dex" if weapon.kind == "ranged" else "str"


def _suits(rule: WeaponRule, tags: tuple[str, ...]) -> bool:
    held = {*tags, "alone"} if "melee_weapon" in tags and "two_handed" not in tags else set(tags)
    return held.issuperset(rule.when)


def _attack_parts(
    weapon: WeaponDef, ability: Ability, rules: list[tuple[WeaponRule, str]], wielder: Wielder
) -> Iterator[tuple[str, int]]:
    yield f"ability/{ability}", wielder.abilities.modifier(ability)
    if weapon.category in wielder.weapons or weapon.id in wielder.weapons:
        yield "proficiency", wielder.proficiency
    if weapon.bonus:
        yield f"weapon/{weapon.id}", weapon.bonus
    yield from ((code, rule.attack) for rule, code in rules if rule.attack)


def _damage(
    weapon: WeaponDef, way: str, ability: Ability, rules: list[tuple[WeaponRule, str]], abilities: Abilities
) -> tuple[DamageSpec, ...]:
    if not weapon.damage:
        return ()
    dice = weapon.versatile if way == "two_handed" and weapon.versatile else weapon.damage
    reroll = max((rule.reroll for rule, _ in rules), default=0)
    added = abilities.modifier(ability)
    if way == "offhand" and not any(rule.ability for rule, _ in rules):
        added = min(added, 0)
    parts = [(f"ability/{ability}", added), (f"weapon/{weapon.id}", weapon.bonus)]
    parts += [(code, rule.damage) for rule, code in rules]
    shown = tuple((code, value) for code, value in parts if value)
    return (DamageSpec(f"{dice}ro<{reroll + 1}" if reroll else dice, weapon.type, parts=shown),)


def _total(parts: tuple[Part, ...]) -> int:
    return sum(part.value for part in parts)
