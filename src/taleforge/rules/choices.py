"""Whether a player's choice makes a character the rules allow, and if not, everything that is wrong with it.

Returns problems as codes; it never repairs a choice. Does not judge the ability scores' method of rolling or buying.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from taleforge.rules.characters import spell_slots, trained_skills
from taleforge.rules.definitions import CharacterChoice, Definitions, Problem
from taleforge.rules.drafts import Asked, Draft, Taken, draft
from taleforge.rules.values import ABILITIES

MAX_LEVEL = 20
SCORES = range(3, 19)
"""What a score can be before race (SRD 5.1, "Ability Scores and Modifiers": 3d6 at least, four dice at most)."""


def validate(choice: CharacterChoice, defs: Definitions) -> tuple[Problem, ...]:
    """Return everything about a choice that the rules do not allow; nothing when it can be played."""
    unknown = tuple(_unknown(choice, defs))
    if unknown:
        return unknown
    made = draft(choice, defs)
    return tuple(chain(_basics(made), _classes(made), _skills(made), _picks(made), _spells(made), _worn(made)))


def _unknown(choice: CharacterChoice, defs: Definitions) -> Iterator[Problem]:
    """Names that are not defined; nothing else can be judged before they are."""
    named: list[tuple[str, Iterable[str], Iterable[str]]] = [
        ("class", [chosen.id for chosen in choice.classes], defs.classes),
        ("race", [choice.race], defs.races),
        ("background", [choice.background] if choice.background else [], defs.backgrounds),
        ("spell", (*choice.cantrips, *choice.spells), defs.spells),
        ("armor", [key for key in (choice.armor, choice.shield) if key], defs.armors),
        ("item", choice.equipment, {*defs.weapons, *defs.armors, *defs.gear}),
    ]
    for kind, names, known in named:
        yield from (Problem("character/unknown", {"kind": kind, "id": name}) for name in names if name not in known)


def _basics(made: Draft) -> Iterator[Problem]:
    choice = made.choice
    if not choice.name.strip():
        yield Problem("character/no_name")
    if not choice.classes:
        yield Problem("character/no_class")
    if choice.level > MAX_LEVEL:
        yield Problem("character/level", {"level": choice.level, "highest": MAX_LEVEL})
    for ability in ABILITIES:
        score = getattr(choice.abilities, ability)
        if score not in SCORES:
            yield Problem("character/score", {"ability": ability, "score": score})
    if made.race and made.race.subraces and made.subrace is None:
        yield Problem("character/subrace", {"race": made.race.id})
    if made.race and choice.subrace and made.race.subrace(choice.subrace) is None:
        yield Problem("character/unknown", {"kind": "subrace", "id": choice.subrace})


def _classes(made: Draft) -> Iterator[Problem]:
    for taken in made.classes:
        chosen, known = taken.choice, taken.known
        reached = {row.level for row in known.levels}
        if chosen.level < 1 or chosen.level not in reached:
            yield Problem("character/class_level", {"class": known.id, "level": chosen.level})
        if known.subclasses and chosen.level >= known.subclass_level and taken.subclass is None:
            yield Problem("character/subclass", {"class": known.id})
        if chosen.subclass and chosen.level < known.subclass_level:
            yield Problem("character/subclass_early", {"class": known.id, "level": known.subclass_level})
        if any(not 1 <= die <= known.hit_die for die in chosen.rolled) or len(chosen.rolled) > chosen.level:
            yield Problem("character/hit_dice", {"class": known.id})
    if len({taken.known.id for taken in made.classes}) < len(made.choice.classes):
        yield Problem("character/class_twice")
    if len(made.classes) > 1:
        yield from _multiclass(made)


def _multiclass(made: Draft) -> Iterator[Problem]:
    """SRD 5.1, "Multiclassing": the minimums of every class, the old ones and the new."""
    scores = made.abilities()
    for taken in made.classes:
        groups = taken.known.multiclass
        if groups and not any(all(getattr(scores, key) >= least for key, least in group) for group in groups):
            yield Problem("character/multiclass", {"class": taken.known.id})


def _skills(made: Draft) -> Iterator[Problem]:
    if not made.classes:
        return
    offered = made.classes[0].known.skills
    yield from _answer(Asked(offered, f"class/{made.classes[0].known.id}", made.choice.skills))
    given = [*made.choice.skills, *(made.background.skills if made.background else ()), *made.picked("skill")]
    yield from (Problem("character/skill_twice", {"skill": s}) for s in sorted(set(given)) if given.count(s) > 1)


def _picks(made: Draft) -> Iterator[Problem]:
    for asked in made.asked:
        yield from _answer(asked, _allowed(asked, made))
    known = {asked.choice.id for asked in made.asked}
    yield from (Problem("character/not_asked", {"choice": key}) for key in made.choice.picks if key not in known)


def _allowed(asked: Asked, made: Draft) -> tuple[str, ...]:
    """Return what may be picked where the definition lists nothing; empty where anything may."""
    match asked.choice.kind:
        case "expertise":
            return trained_skills(made)
        case "cantrip" | "spell":
            return tuple(
                key
                for key, spell in made.defs.spells.items()
                if spell.spell and set(spell.spell.lists) & set(asked.choice.lists)
            )
        case _:
            return ()


def _answer(asked: Asked, allowed: tuple[str, ...] = ()) -> Iterator[Problem]:
    options = asked.choice.options or allowed
    if len(asked.picked) != asked.choice.pick or len(set(asked.picked)) != len(asked.picked):
        yield Problem("character/pick", {"choice": asked.choice.id, "by": asked.by, "count": asked.choice.pick})
    for key in asked.picked:
        if options and key not in options:
            yield Problem("character/pick_unknown", {"choice": asked.choice.id, "by": asked.by, "pick": key})


def _spells(made: Draft) -> Iterator[Problem]:
    cantrips = sum(taken.table.cantrips for taken, _ in made.casters)
    if len(set(made.choice.cantrips)) != cantrips or len(made.choice.cantrips) != cantrips:
        yield Problem("character/cantrips", {"count": cantrips})
    chosen = [spell for spell in made.choice.spells if spell not in made.always_prepared]
    count = sum(spells_to_choose(taken, made) for taken, _ in made.casters)
    if len(chosen) > count or len(set(chosen)) != len(chosen):
        yield Problem("character/spells", {"count": count})
    yield from _unlisted(made.choice.cantrips, made, levels=range(1))
    yield from _unlisted(chosen, made, levels=range(1, len(spell_slots(made)) + 1))


def spells_to_choose(taken: Taken, made: Draft) -> int:
    """Return how many spells a class may have prepared or know: its ability modifier and level, at least 1.

    SRD 5.1, "Preparing and Casting Spells"; classes that know spells have the number in their table, and half casters
    count half of their level.
    """
    casting = taken.casting
    if casting is None:
        return 0
    if casting.kind == "known":
        return taken.table.spells_known
    level = taken.choice.level // 2 if casting.rate == "half" else taken.choice.level
    return max(made.abilities().modifier(casting.ability) + level, 1)


def _unlisted(spells: Iterable[str], made: Draft, levels: range) -> Iterator[Problem]:
    """Spells on no list of the character's classes, or of a level there are no slots for."""
    lists = {casting.spell_list or taken.known.id for taken, casting in made.casters}
    for key in spells:
        info = made.defs.spells[key].spell
        if info is None or not lists.intersection(info.lists):
            yield Problem("character/spell_list", {"spell": key})
        elif info.level not in levels:
            yield Problem("character/spell_level", {"spell": key, "level": info.level})


def _worn(made: Draft) -> Iterator[Problem]:
    choice, armors = made.choice, made.defs.armors
    if choice.armor and armors[choice.armor].category == "shield":
        yield Problem("character/not_armor", {"item": choice.armor})
    if choice.shield and armors[choice.shield].category != "shield":
        yield Problem("character/not_shield", {"item": choice.shield})
    for key in (choice.armor, choice.shield):
        if key and not choice.equipment.get(key):
            yield Problem("character/not_carried", {"item": key})
    yield from (Problem("character/count", {"item": key}) for key, count in choice.equipment.items() if count < 1)
