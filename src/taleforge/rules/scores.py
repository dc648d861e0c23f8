"""The numbers every rule asks a creature for: speed, hit point maximum, armour class, skill and save bonuses.

Each comes with its parts for "Why?". Does not roll.
"""

from taleforge.rules.creature import Creature, Sheet
from taleforge.rules.explain import Explanation, Part, Source
from taleforge.rules.modifiers import ALONE, NOTHING, Collected, Context, collect
from taleforge.rules.values import SKILL_ABILITY, Ability, Cover

COVER_BONUS: dict[Cover, int] = {"none": 0, "half": 2, "three_quarters": 5, "total": 0}
"""Bonus to AC and Dexterity saves; total cover cannot be aimed at (SRD 5.1, "Cover")."""


def speed(creature: Creature, mode: str = "walk") -> int:
    """Return a creature's speed in feet in one mode (walk, fly, swim …) after everything that changes it."""
    if not _changed(creature) or collect(creature, f"speed.{mode}") is NOTHING:
        return creature.sheet.speeds.get(mode, 0)
    return explain_speed(creature, mode).value


def explain_speed(creature: Creature, mode: str = "walk") -> Explanation:
    """Return a speed with its parts: bonuses first, then halving and doubling; anything that sets it to 0 wins."""
    base = creature.sheet.speeds.get(mode, 0)
    found = collect(creature, f"speed.{mode}")
    parts = [Part(base, Source("sheet/speed", {"mode": mode})), *(found.flat if base else ())]
    return _finish("speed", parts, found, floor=0)


def max_hp(creature: Creature) -> int:
    """Return a creature's hit point maximum after everything that changes it; at least 1."""
    found = collect(creature, "hp_max") if _changed(creature) else NOTHING
    if found is NOTHING:
        return creature.sheet.max_hp
    parts = [Part(creature.sheet.max_hp, Source("sheet/hit_points")), *found.flat]
    return _finish("hp_max", parts, found, floor=1).value


def armor_class(creature: Creature, context: Context = ALONE, extra: tuple[Part, ...] = ()) -> Explanation:
    """Return an armour class with its parts; of several ways to calculate it the best counts (SRD 5.1, "Armor Class").

    A `set` modifier replaces armour and Dexterity (shield and bonuses stay), a `minimum` lifts what is lower.
    """
    sheet = creature.sheet
    parts = list(sheet.ac_parts) or [Part(sheet.ac, Source("sheet/armor_class"))]
    found = collect(creature, "ac", context)
    for other in found.sets:
        rest = [part for part in parts if not _is_armor(part)]
        if other.value + _total(rest) > _total(parts):
            parts = [other, *rest]
    parts += [*found.flat, *extra]
    low = max(found.minimums, key=lambda part: part.value, default=None)
    if low is not None and low.value > _total(parts):
        parts.append(Part(low.value - _total(parts), low.source, rule="minimum"))
    return Explanation(_total(parts), "ac", tuple(parts))


def cover_part(cover: Cover) -> tuple[Part, ...]:
    """Return what cover adds to AC or a Dexterity save, as a part to hand on, or nothing."""
    bonus = COVER_BONUS[cover]
    return (Part(bonus, Source("cover/" + cover), rule="cover"),) if bonus else ()


def save_parts(sheet: Sheet, ability: Ability) -> tuple[Part, ...]:
    """Return the parts of a saving throw bonus: ability and proficiency (SRD 5.1, "Saving Throws")."""
    return _bonus_parts(sheet, ability, sheet.saves.get(ability))


def check_parts(sheet: Sheet, ability: Ability, skill: str | None = None) -> tuple[Part, ...]:
    """Return the parts of an ability check: ability and what the skill adds, also with an unusual ability.

    `skill` may also name a tool, which adds proficiency for whoever has it (SRD 5.1, "Tools").
    """
    if skill in sheet.tools:
        return _bonus_parts(sheet, ability, sheet.abilities.modifier(ability) + sheet.proficiency)
    if skill is None or skill not in sheet.skills:
        return _bonus_parts(sheet, ability, None)
    trained = sheet.skills[skill] - sheet.abilities.modifier(SKILL_ABILITY[skill])
    return _bonus_parts(sheet, ability, sheet.abilities.modifier(ability) + trained)


def _bonus_parts(sheet: Sheet, ability: Ability, whole: int | None) -> tuple[Part, ...]:
    base = sheet.abilities.modifier(ability)
    own = Part(base, Source(f"ability/{ability}"))
    if whole is None or whole == base:
        return (own,)
    names = {sheet.proficiency: "proficiency", 2 * sheet.proficiency: "expertise"}
    return own, Part(whole - base, Source(names.get(whole - base, "sheet/bonus")))


def _changed(creature: Creature) -> bool:
    """Whether anything at all could change a number of the sheet."""
    return bool(creature.effects or creature.exhaustion or creature.sheet.modifiers)


def _finish(kind: str, parts: list[Part], found: Collected, floor: int) -> Explanation:
    """Apply percentages, then the lowest value set, each as a part that makes up the difference."""
    for factor in found.multiply:
        changed = _total(parts) * factor.value // 100
        parts.append(Part(changed - _total(parts), factor.source))
    for fixed in found.sets:
        if fixed.value < _total(parts):
            parts.append(Part(fixed.value - _total(parts), fixed.source))
    if _total(parts) < floor:
        parts.append(Part(floor - _total(parts), Source("rule/least")))
    return Explanation(_total(parts), kind, tuple(parts))


def _total(parts: list[Part]) -> int:
    return sum(part.value for part in parts)


def _is_armor(part: Part) -> bool:
    return part.source.code.startswith(("armor/", "ability/", "sheet/armor_class"))
