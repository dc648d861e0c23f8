"""From what a player chose to a complete sheet, with every number worked out once.

Levels up by building anew from the longer choice. Does not judge: `choices.validate` says what the rules do not allow,
and `build_sheet` takes a choice without problems.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

import msgspec
from msgspec.structs import replace

from taleforge.rules.creature import Abilities, Action, Creature, Resource, Sheet, Spellcasting
from taleforge.rules.definitions import CharacterChoice, Definitions, FeatureDef, ResourceDef
from taleforge.rules.drafts import Draft, Held, draft
from taleforge.rules.effects import Modifier
from taleforge.rules.equipment import Formula, Wielder, Worn, attacks, uses, wear
from taleforge.rules.explain import Part, Source
from taleforge.rules.modifiers import amount, terms
from taleforge.rules.rests import HIT_DICE
from taleforge.rules.scores import armor_class, max_hp
from taleforge.rules.values import ABILITIES, SKILL_ABILITY, SKILLS, Skill, proficiency_bonus

SAVE_DC_BASE = 8
_CASTER_LEVELS = {"full": 1, "half": 2, "third": 3, "pact": 1}
_NAMED = re.compile(r"\{([^}]*)\}")
_T = TypeVar("_T")


def build_sheet(choice: CharacterChoice, defs: Definitions) -> Sheet:
    """Return the complete sheet of a character (SRD 5.1, "Beyond 1st Level", class and race descriptions).

    The choice must be without problems; what it names and `defs` does not have is left out.
    """
    made = draft(choice, defs)
    core = _core(made)
    worn = _worn(made, core)
    features = made.features
    sheet = replace(
        core,
        speeds=_speeds(made, worn),
        saves=_saves(made, core),
        skills=_skills(made, core),
        senses=_most(feature.senses for feature in features),
        resist=_merged(feature.resist for feature in features),
        immune=_merged(feature.immune for feature in features),
        condition_immunities=_merged(feature.condition_immunities for feature in features),
        actions=_actions(made, core),
        modifiers=(*_modifiers(features), *worn.modifiers),
        resources=_resources(made, core),
        ac_parts=worn.parts,
        traits=tuple(feature.name for feature in features),
        features=_merged([*((feature.id, *feature.features) for feature in features), worn.features]),
        languages=_languages(made),
        tools=_tools(made),
    )
    shown = Creature(id="", sheet=sheet, hp=1)
    return replace(sheet, ac=armor_class(shown).value, max_hp=max_hp(shown))


def new_character(crt: str, choice: CharacterChoice, defs: Definitions) -> Creature:
    """Return a character as it enters play: whole, with what it carries; coins in copper pieces."""
    sheet = build_sheet(choice, defs)
    background = defs.backgrounds.get(choice.background)
    return Creature(
        id=crt,
        sheet=sheet,
        hp=sheet.max_hp,
        side="party",
        items=dict(choice.equipment),
        coins=choice.coins + (background.coins if background else 0),
        character=True,
    )


def trained_skills(made: Draft) -> tuple[Skill, ...]:
    """Return the skills a character is proficient in, by class, background, features and picks."""
    background = made.background.skills if made.background else ()
    given = (feature.skills for feature in made.features)
    picked: tuple[Skill, ...] = tuple(skill for skill in SKILLS if skill in made.picked("skill"))
    groups: list[tuple[Skill, ...]] = [made.choice.skills, background, *given, picked]
    return _merged(groups)


def spell_slots(made: Draft) -> tuple[int, ...]:
    """Return spell slots, level 1 first (SRD 5.1, "Spellcasting", "Multiclassing").

    One casting class has its own table; several count together in the table that every full caster shares.
    """
    casters = made.casters
    if len(casters) <= 1:
        return casters[0][0].table.slots if casters else ()
    level = sum(taken.choice.level // _CASTER_LEVELS[casting.rate] for taken, casting in casters)
    full = next((c for c in made.defs.classes.values() if c.casting and c.casting.rate == "full"), None)
    return next((row.slots for row in full.levels if row.level == level), ()) if full else ()


# The numbers everything else is worked out from.


def _core(made: Draft) -> Sheet:
    choice = made.choice
    abilities = made.abilities()
    first = made.classes[0].known if made.classes else None
    return Sheet(
        name=choice.name,
        abilities=abilities,
        ac=10,
        max_hp=_hit_points(made, abilities.modifier("con")),
        ref=f"class/{first.id}" if first else "",
        size=made.race.size if made.race else "medium",
        pronouns=choice.pronouns,
        proficiency=proficiency_bonus(choice.level),
        level=choice.level,
        classes={taken.choice.id: taken.choice.level for taken in made.classes},
        hit_die=f"d{first.hit_die}" if first else "d8",
        spellcasting=_spellcasting(made, abilities),
        look=choice.look,
    )


def _hit_points(made: Draft, constitution: int) -> int:
    """SRD 5.1, "Hit Points" of a class: the whole die at 1st level, then the average or what was rolled."""
    total = sum(feature.hp_per_level for feature in made.features) * made.choice.level
    for index, taken in enumerate(made.classes):
        die, level = taken.known.hit_die, taken.choice.level
        first = (die,) if index == 0 else ()
        dice = (*first, *taken.choice.rolled, *[die // 2 + 1] * level)[:level]
        total += sum(max(points + constitution, 1) for points in dice)
    return max(total, 1)


def _spellcasting(made: Draft, abilities: Abilities) -> Spellcasting | None:
    if not made.casters:
        return None
    ability = made.casters[0][1].ability
    attack = proficiency_bonus(made.choice.level) + abilities.modifier(ability)
    return Spellcasting(ability, SAVE_DC_BASE + attack, attack)


def _saves(made: Draft, core: Sheet) -> dict[str, int]:
    first = made.classes[0].known.saves if made.classes else ()
    trained = _merged([first, *(feature.saves for feature in made.features)])
    return {ability: core.abilities.modifier(ability) + core.proficiency for ability in trained}


def _skills(made: Draft, core: Sheet) -> dict[str, int]:
    expert = {*_merged(feature.expertise for feature in made.features), *made.picked("expertise")}
    return {
        skill: core.abilities.modifier(SKILL_ABILITY[skill]) + core.proficiency * (2 if skill in expert else 1)
        for skill in trained_skills(made)
    }


def _speeds(made: Draft, worn: Worn) -> dict[str, int]:
    walk = made.race.speed if made.race else 30
    speeds = _most([{"walk": walk}, *(feature.speeds for feature in made.features)])
    steady = any("unhindered_by_armor" in (feature.id, *feature.features) for feature in made.features)
    return speeds if steady else {mode: max(feet + worn.slowed, 0) for mode, feet in speeds.items()}


def _languages(made: Draft) -> tuple[str, ...]:
    race = made.race.languages if made.race else ()
    background = made.background.languages if made.background else ()
    given = (feature.languages for feature in made.features)
    return _merged([race, background, *given, made.picked("language")])


def _tools(made: Draft) -> tuple[str, ...]:
    first = made.classes[0].known.tools if made.classes else ()
    background = made.background.tools if made.background else ()
    given = (feature.tools for feature in made.features)
    return _merged([first, background, *given, made.picked("tool")])


# Equipment.


def _worn(made: Draft, core: Sheet) -> Worn:
    choice, armors = made.choice, made.defs.armors
    return wear(
        armors.get(choice.armor),
        armors.get(choice.shield),
        core.abilities,
        frozenset(_proficiencies(made, "armor")),
        tuple(_formula(feature, core) for feature in made.features if feature.ac),
    )


def _formula(feature: FeatureDef, core: Sheet) -> Formula:
    parts = tuple(
        Part(sign * amount(term, core), Source(f"ability/{term}" if term in ABILITIES else f"armor/{feature.id}"))
        for sign, term in terms(feature.ac)
    )
    return Formula(parts, feature.ac_shield)


def _proficiencies(made: Draft, kind: str) -> tuple[str, ...]:
    """Return armour categories or weapons: all of the first class's, what multiclassing gives of the others."""
    own: list[tuple[str, ...]] = []
    for index, taken in enumerate(made.classes):
        own.append(getattr(taken.known, kind if index == 0 else f"multiclass_{kind}"))
    return _merged([*own, *(getattr(feature, kind) for feature in made.features)])


def _attacks(made: Draft, core: Sheet) -> tuple[Action, ...]:
    weapons = made.defs.weapons
    wielder = Wielder(
        abilities=core.abilities,
        proficiency=core.proficiency,
        weapons=frozenset(_proficiencies(made, "weapons")),
        rules=tuple((rule, f"feature/{feature.id}") for feature in made.features for rule in feature.weapon_rules),
        shield=made.choice.shield in made.defs.armors,
    )
    carried = tuple((weapons[key], count) for key, count in made.choice.equipment.items() if key in weapons)
    return attacks(carried, wielder)


# Features, spells, resources.


def _actions(made: Draft, core: Sheet) -> tuple[Action, ...]:
    """Attacks, then features, spells, and what can be done with things to use up, carried already or not."""
    own = (settled(action, thing, core) for thing in made.held for action in thing.feature.actions)
    every = (*_attacks(made, core), *own, *_spells(made, core), *uses(made.defs.gear.values()))
    return tuple({action.id: action for action in every}.values())


def _spells(made: Draft, core: Sheet) -> Iterable[Action]:
    """Yield every spell known or prepared; those that a feature casts by an ability of its own are bound to that."""
    spells = made.defs.spells
    granted = {key: thing for thing in made.held if thing.feature.spell_ability for key in _given(made, thing.feature)}
    picked = (*made.picked("cantrip"), *made.picked("spell"))
    for key in dict.fromkeys((*made.choice.cantrips, *picked, *made.always_prepared, *made.choice.spells)):
        if key in spells:
            yield _bound(spells[key], granted[key], core) if key in granted else spells[key]


def _given(made: Draft, feature: FeatureDef) -> tuple[str, ...]:
    asked = (one for one in made.asked if one.by == f"feature/{feature.id}" and one.choice.kind in {"cantrip", "spell"})
    return (*feature.spells, *(key for one in asked for key in one.picked))


def _bound(spell: Action, thing: Held, core: Sheet) -> Action:
    """Return a spell with the numbers of a feature's own spellcasting ability written into it."""
    attack = core.proficiency + core.abilities.modifier(thing.feature.spell_ability or "int")
    return _rewritten(spell, lambda node: _with_numbers(node, attack))


def _with_numbers(node: dict[str, Any], attack: int) -> dict[str, Any]:
    if node.get("do") == "attack" and node.get("source") == "spell":
        return {"bonus": attack, **node}
    return {"dc": SAVE_DC_BASE + attack, **node} if node.get("do") == "save" else node


def settled(action: Action, thing: Held, core: Sheet) -> Action:
    """Return a feature's action with the numbers of its holder: `{level}` and the like, and save DCs by ability."""

    def settle(node: dict[str, Any]) -> dict[str, Any]:
        if "dc_from" not in node:
            return node
        ability = node["dc_from"]
        rest = {key: value for key, value in node.items() if key != "dc_from"}
        return {**rest, "dc": SAVE_DC_BASE + core.proficiency + core.abilities.modifier(ability)}

    return _rewritten(action, settle, lambda text: _NAMED.sub(lambda match: _named(match[1], thing, core), text))


def _rewritten(
    action: Action,
    change: Callable[[dict[str, Any]], dict[str, Any]],
    word: Callable[[str], str] = str,
) -> Action:
    """Return an action with every node and every text in it changed."""

    def walk(raw: Any) -> Any:
        if isinstance(raw, str):
            return word(raw)
        if isinstance(raw, list | tuple):
            return [walk(item) for item in cast(list[Any], raw)]
        if isinstance(raw, dict):
            return change({key: walk(value) for key, value in cast(dict[str, Any], raw).items()})
        return raw

    return msgspec.convert(walk(msgspec.to_builtins(action)), Action)


def _named(name: str, thing: Held, core: Sheet) -> str:
    steps = thing.feature.numbers.get(name)
    if steps is None:
        return str(amount(name, core))
    return next((text for level, text in reversed(steps) if level <= thing.level), "0")


def _modifiers(features: Iterable[FeatureDef]) -> Iterable[Modifier]:
    for feature in features:
        for modifier in feature.modifiers:
            yield replace(modifier, code=modifier.code or f"feature/{feature.id}")


def _resources(made: Draft, core: Sheet) -> dict[str, Resource]:
    rest = "short" if any(casting.rate == "pact" for _, casting in made.casters) else "long"
    slots = {f"slot:{level}": Resource(count, rest) for level, count in enumerate(spell_slots(made), 1) if count}
    own = {
        key: Resource(_maximum(limited, thing.level, core), limited.rest)
        for thing in made.held
        for key, limited in thing.feature.resources.items()
    }
    return {HIT_DICE: Resource(made.choice.level), **slots, **own}


def _maximum(limited: ResourceDef, level: int, core: Sheet) -> int:
    steps = [maximum for reached, maximum in limited.steps if reached <= level]
    return steps[-1] if steps else max(amount(limited.maximum, core), 0)


def _most(maps: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Merge counts, the highest winning."""
    best: dict[str, int] = {}
    for one in maps:
        best.update({key: max(value, best.get(key, 0)) for key, value in one.items()})
    return best


def _merged(groups: Iterable[Iterable[_T]]) -> tuple[_T, ...]:
    """Put groups behind one another, each value once."""
    return tuple(dict.fromkeys(value for group in groups for value in group))
