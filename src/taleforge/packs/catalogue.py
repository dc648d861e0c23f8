"""Everything packs hold, by kind and id.

A data file lists entries under the names of these kinds (`monsters`, `spells` …), as many kinds as its author likes.
Does not say how packs are found or checked.
"""

from msgspec import Struct, structs

from taleforge.packs.schema import Character, Monster, Spell, Table, Term
from taleforge.packs.sheets import action_of
from taleforge.rules.definitions import (
    ArmorDef,
    BackgroundDef,
    ClassDef,
    Definitions,
    FeatureDef,
    GearDef,
    RaceDef,
    WeaponDef,
)


class DataFile(Struct, frozen=True, omit_defaults=True):
    """One data file: lists of entries, each with an `id` that is unique in its kind and pack."""

    monsters: tuple[Monster, ...] = ()
    spells: tuple[Spell, ...] = ()
    classes: tuple[ClassDef, ...] = ()
    races: tuple[RaceDef, ...] = ()
    backgrounds: tuple[BackgroundDef, ...] = ()
    features: tuple[FeatureDef, ...] = ()
    weapons: tuple[WeaponDef, ...] = ()
    armors: tuple[ArmorDef, ...] = ()
    gear: tuple[GearDef, ...] = ()
    characters: tuple[Character, ...] = ()
    glossary: tuple[Term, ...] = ()
    tables: tuple[Table, ...] = ()


class Catalogue(Struct, frozen=True, omit_defaults=True):
    """Entries of one pack or of many, by id."""

    monsters: dict[str, Monster] = {}
    spells: dict[str, Spell] = {}
    classes: dict[str, ClassDef] = {}
    races: dict[str, RaceDef] = {}
    backgrounds: dict[str, BackgroundDef] = {}
    features: dict[str, FeatureDef] = {}
    weapons: dict[str, WeaponDef] = {}
    armors: dict[str, ArmorDef] = {}
    gear: dict[str, GearDef] = {}
    characters: dict[str, Character] = {}
    glossary: dict[str, Term] = {}
    tables: dict[str, Table] = {}

    def joined(self, other: "Catalogue") -> "Catalogue":
        """Return both together; of two entries with one id the other's is kept."""
        kinds = [field.name for field in structs.fields(Catalogue)]
        return Catalogue(**{kind: {**getattr(self, kind), **getattr(other, kind)} for kind in kinds})

    def definitions(self) -> Definitions:
        """Return what characters are made of."""
        return Definitions(
            classes=self.classes,
            races=self.races,
            backgrounds=self.backgrounds,
            features=self.features,
            spells={spell.id: action_of(spell) for spell in self.spells.values()},
            weapons=self.weapons,
            armors=self.armors,
            gear=self.gear,
        )

    def item_names(self) -> dict[str, str]:
        """Return the name of everything that can be carried, by id."""
        return {item.id: item.name for kind in (self.weapons, self.armors, self.gear) for item in kind.values()}
