"""A character's choice with everything it names looked up once: race, classes, the features they give, what is asked.

Names that are not defined are left out here; `validate` reports them. Works out no number but the ability scores.
"""

from collections.abc import Iterator

from msgspec import Struct

from taleforge.rules.creature import Abilities
from taleforge.rules.definitions import (
    BackgroundDef,
    CastingDef,
    CharacterChoice,
    ChoiceDef,
    ChoiceKind,
    ClassChoice,
    ClassDef,
    Definitions,
    FeatureDef,
    LevelDef,
    RaceDef,
    SubclassDef,
    SubraceDef,
)
from taleforge.rules.values import ABILITIES, Ability

SCORE_LIMIT = 20
"""No character's score goes above this by race or levels (SRD 5.1, "Ability Score Improvement")."""


class Taken(Struct, frozen=True):
    """Levels in a class: what was chosen, the definitions, and every row of its tables that was reached, in order."""

    choice: ClassChoice
    known: ClassDef
    subclass: SubclassDef | None
    rows: tuple[LevelDef, ...]

    @property
    def casting(self) -> CastingDef | None:
        """How the class casts, or else its subclass."""
        return self.known.casting or (self.subclass.casting if self.subclass else None)

    @property
    def table(self) -> LevelDef:
        """The row that says how many slots, cantrips and spells known there are at the level reached."""
        counting = [row for row in self.rows if row.slots or row.cantrips or row.spells_known]
        return counting[-1] if counting else LevelDef(self.choice.level)


class Held(Struct, frozen=True):
    """A feature somebody has, and the level its numbers go by: of its class, or of the character."""

    feature: FeatureDef
    level: int


class Asked(Struct, frozen=True):
    """A choice to be made, with the code of what asks for it and the answer given."""

    choice: ChoiceDef
    by: str
    picked: tuple[str, ...]


class Draft(Struct, frozen=True):
    """Everything a choice names, looked up."""

    choice: CharacterChoice
    defs: Definitions
    race: RaceDef | None
    subrace: SubraceDef | None
    background: BackgroundDef | None
    classes: tuple[Taken, ...]
    held: tuple[Held, ...]
    asked: tuple[Asked, ...]

    @property
    def features(self) -> tuple[FeatureDef, ...]:
        """The features without their levels."""
        return tuple(thing.feature for thing in self.held)

    @property
    def casters(self) -> tuple[tuple[Taken, CastingDef], ...]:
        """The classes that cast, with how."""
        return tuple((taken, taken.casting) for taken in self.classes if taken.casting)

    @property
    def always_prepared(self) -> tuple[str, ...]:
        """The spells nobody has to choose: domain spells and those of features."""
        given = [spell for feature in self.features for spell in feature.spells]
        rows = [spell for taken in self.classes for row in taken.rows for spell in row.spells]
        return tuple(dict.fromkeys((*given, *rows)))

    def picked(self, kind: ChoiceKind) -> tuple[str, ...]:
        """Return everything picked of one kind."""
        return tuple(key for asked in self.asked if asked.choice.kind == kind for key in asked.picked)

    def abilities(self) -> Abilities:
        """Return the ability scores with race, features and picks, none raised above 20."""
        scores = {ability: getattr(self.choice.abilities, ability) for ability in ABILITIES}
        for ability, bonus in self._bonuses():
            scores[ability] = max(scores[ability], min(scores[ability] + bonus, SCORE_LIMIT))
        return Abilities(**scores)

    def _bonuses(self) -> Iterator[tuple[Ability, int]]:
        for owner in (self.race, self.subrace, *self.features):
            if owner is not None:
                for ability in ABILITIES:
                    yield ability, owner.abilities.get(ability, 0)
        for asked in self.asked:
            for ability in ABILITIES:
                if asked.choice.kind == "ability" and ability in asked.picked:
                    yield ability, asked.choice.bonus


def draft(choice: CharacterChoice, defs: Definitions) -> Draft:
    """Look up everything a choice names."""
    race = defs.races.get(choice.race)
    background = defs.backgrounds.get(choice.background)
    subrace = race.subrace(choice.subrace) if race else None
    classes = tuple(_taken(chosen, defs.classes[chosen.id]) for chosen in choice.classes if chosen.id in defs.classes)
    keys = [(key, choice.level) for owner in (race, subrace) for key in (owner.traits if owner else ())]
    keys += [(key, choice.level) for key in (background.features if background else ())]
    keys += [(key, taken.choice.level) for taken in classes for row in taken.rows for key in row.features]
    held = _held(keys, choice, defs)
    askers = [(f"race/{race.id}", race.choose)] if race else []
    askers += [(f"background/{background.id}", background.choose)] if background else []
    askers += [(f"feature/{thing.feature.id}", thing.feature.choose) for thing in held]
    asked = tuple(Asked(one, code, choice.picks.get(one.id, ())) for code, several in askers for one in several)
    return Draft(choice, defs, race, subrace, background, classes, held, asked)


def _taken(chosen: ClassChoice, known: ClassDef) -> Taken:
    subclass = known.subclass(chosen.subclass) if chosen.level >= known.subclass_level else None
    rows = [*known.levels, *(subclass.levels if subclass else ())]
    reached = sorted((row for row in rows if row.level <= chosen.level), key=lambda row: row.level)
    return Taken(chosen, known, subclass, tuple(reached))


def _held(keys: list[tuple[str, int]], choice: CharacterChoice, defs: Definitions) -> tuple[Held, ...]:
    """Return the features of these ids and those picked by way of them, without what higher features replace."""
    found: dict[str, Held] = {}
    while keys:
        key, level = keys.pop(0)
        feature = defs.features.get(key)
        if feature is not None and key not in found:
            found[key] = Held(feature, level)
            asked = (one for one in feature.choose if one.kind == "feature")
            keys += [(picked, level) for one in asked for picked in choice.picks.get(one.id, ())]
    replaced = {key for thing in found.values() for key in thing.feature.replaces}
    return tuple(thing for key, thing in found.items() if key not in replaced)
