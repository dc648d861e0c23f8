"""What packs define for making characters: classes, races, backgrounds, features, weapons, armour, gear.

Shaped to hold all of the SRD; packs decode their data files straight into these. Does not hold any content, and no
rule: `characters` and `equipment` work definitions into a sheet.
"""

from typing import Literal

from msgspec import Struct

from taleforge.rules.creature import Abilities, Action
from taleforge.rules.effects import Modifier
from taleforge.rules.values import Ability, Condition, DamageType, Size, Skill

ChoiceKind = Literal["skill", "expertise", "feature", "language", "tool", "cantrip", "spell", "ability"]


class ChoiceDef(Struct, frozen=True, omit_defaults=True):
    """Something a player picks: `pick` different ones of `options` (empty: anything of its kind).

    Answers lie in `CharacterChoice.picks` under the choice's id. A pick of kind `ability` adds `bonus` to the score.
    """

    id: str
    kind: ChoiceKind
    pick: int = 1
    options: tuple[str, ...] = ()
    bonus: int = 1
    lists: tuple[str, ...] = ()
    """For cantrips and spells without options: the spell lists to pick from."""


class ResourceDef(Struct, frozen=True, omit_defaults=True):
    """A limited use. `maximum` is a number or a sum of names (`cha`, `level`, a class id).

    `steps` are (class level, maximum) pairs that override it from that level on.
    """

    maximum: int | str = 1
    rest: Literal["short", "long", "turn", "never"] = "long"
    steps: tuple[tuple[int, int], ...] = ()


class WeaponRule(Struct, frozen=True, omit_defaults=True):
    """A change to attacks with some weapons, worked into the sheet's actions when it is built (fighting styles).

    `when` lists what must hold of the attack: `weapon` `melee_weapon` `ranged_weapon` `melee` `ranged` `thrown` `light`
    `one_handed` `two_handed` `offhand` `heavy` `finesse` `alone` (a melee weapon in one hand, and no other weapon) or a
    weapon's id. `reroll`: damage dice up to it are rolled again once. `ability`: an off-hand attack adds the ability
    modifier to its damage.
    """

    when: tuple[str, ...] = ()
    attack: int = 0
    damage: int = 0
    reroll: int = 0
    ability: bool = False
    crit_from: int = 20


class FeatureDef(Struct, frozen=True, omit_defaults=True):
    """A feature or trait and all that it gives. Its id is also a name that code may ask a sheet for.

    Dice in its actions may name `{level}` `{proficiency}` `{con}`, a class id (`{fighter}`: levels in it) or one of its
    own `numbers`, tables of (class level, text) steps. `ac` is another way to calculate AC without armour, such as
    `10+dex+con`. `replaces` names features of lower levels that it stands in for.
    """

    id: str
    name: str
    text: str = ""
    modifiers: tuple[Modifier, ...] = ()
    actions: tuple[Action, ...] = ()
    resources: dict[str, ResourceDef] = {}
    numbers: dict[str, tuple[tuple[int, str], ...]] = {}
    features: tuple[str, ...] = ()
    armor: tuple[str, ...] = ()
    weapons: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    saves: tuple[Ability, ...] = ()
    skills: tuple[Skill, ...] = ()
    expertise: tuple[Skill, ...] = ()
    languages: tuple[str, ...] = ()
    abilities: dict[Ability, int] = {}
    senses: dict[str, int] = {}
    speeds: dict[str, int] = {}
    resist: tuple[DamageType, ...] = ()
    immune: tuple[DamageType, ...] = ()
    condition_immunities: tuple[Condition, ...] = ()
    hp_per_level: int = 0
    ac: str = ""
    ac_shield: bool = True
    """Whether `ac` allows a shield (a monk's does not)."""
    weapon_rules: tuple[WeaponRule, ...] = ()
    spells: tuple[str, ...] = ()
    """Spells known or always prepared, beside those chosen."""
    spell_ability: Ability | None = None
    """The ability for the feature's own spells, where it is not the class's (an elf's cantrip)."""
    choose: tuple[ChoiceDef, ...] = ()
    replaces: tuple[str, ...] = ()


class CastingDef(Struct, frozen=True, omit_defaults=True):
    """How a class casts: `prepared` from its whole list, `known`, or `book` (prepared from a spellbook).

    `rate` says how class levels count for slots: full, half (rounded up alone), third, or pact slots.
    """

    ability: Ability
    kind: Literal["prepared", "known", "book"] = "prepared"
    rate: Literal["full", "half", "third", "pact"] = "full"
    spell_list: str = ""
    """The class whose list it is, when not its own."""
    ritual: bool = False


class LevelDef(Struct, frozen=True, omit_defaults=True):
    """What one level of a class or subclass gives: features by id, and the table's row of slots and spells."""

    level: int
    features: tuple[str, ...] = ()
    slots: tuple[int, ...] = ()
    cantrips: int = 0
    spells_known: int = 0
    spells: tuple[str, ...] = ()
    """Domain spells and the like: always prepared from this level on."""
    ability_improvements: int = 0
    """Ability score improvements this level brings (1 at level 4)."""


class SubclassDef(Struct, frozen=True, omit_defaults=True):
    """A subclass: its features by class level."""

    id: str
    name: str
    levels: tuple[LevelDef, ...] = ()
    casting: CastingDef | None = None


class ClassDef(Struct, frozen=True, omit_defaults=True):
    """A class (SRD 5.1, "Classes"). `levels` lists each of its levels once, in order."""

    id: str
    name: str
    hit_die: int
    saves: tuple[Ability, ...]
    skills: ChoiceDef
    levels: tuple[LevelDef, ...]
    text: str = ""
    armor: tuple[str, ...] = ()
    """`light` `medium` `heavy` `shield`."""
    weapons: tuple[str, ...] = ()
    """`simple` `martial` or ids of weapons."""
    tools: tuple[str, ...] = ()
    primary: tuple[Ability, ...] = ()
    casting: CastingDef | None = None
    subclass_level: int = 3
    subclasses: tuple[SubclassDef, ...] = ()
    multiclass: tuple[tuple[tuple[Ability, int], ...], ...] = ()
    """Ability minimums for multiclassing: any one group must hold whole."""
    multiclass_armor: tuple[str, ...] = ()
    multiclass_weapons: tuple[str, ...] = ()
    equipment: dict[str, int] = {}
    """What somebody who does not want to choose starts with."""

    def subclass(self, subclass: str) -> SubclassDef | None:
        """Return the subclass of an id, or None."""
        return next((s for s in self.subclasses if s.id == subclass), None)


class SubraceDef(Struct, frozen=True, omit_defaults=True):
    """A subrace: ability increases and traits on top of its race's."""

    id: str
    name: str
    abilities: dict[Ability, int] = {}
    traits: tuple[str, ...] = ()
    text: str = ""


class RaceDef(Struct, frozen=True, omit_defaults=True):
    """A race (SRD 5.1, "Races"): traits are features by id; speed in feet."""

    id: str
    name: str
    size: Size = "medium"
    speed: int = 30
    abilities: dict[Ability, int] = {}
    languages: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    choose: tuple[ChoiceDef, ...] = ()
    subraces: tuple[SubraceDef, ...] = ()
    text: str = ""

    def subrace(self, subrace: str) -> SubraceDef | None:
        """Return the subrace of an id, or None."""
        return next((s for s in self.subraces if s.id == subrace), None)


class BackgroundDef(Struct, frozen=True, omit_defaults=True):
    """A background (SRD 5.1, "Backgrounds"); features by id, coins in copper pieces."""

    id: str
    name: str
    skills: tuple[Skill, ...] = ()
    tools: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    choose: tuple[ChoiceDef, ...] = ()
    equipment: dict[str, int] = {}
    coins: int = 0
    text: str = ""


class WeaponDef(Struct, frozen=True, omit_defaults=True):
    """A weapon (SRD 5.1, "Weapons"). Cost in copper pieces, weight in pounds, ranges in feet.

    `range` and `long_range` are a ranged weapon's, or a thrown one's when thrown. `bonus` is a magic weapon's.
    `properties`: `ammunition` `finesse` `heavy` `light` `loading` `reach` `special` `thrown` `two_handed` `versatile`
    `magic` `silvered`.
    """

    id: str
    name: str
    damage: str
    type: DamageType
    category: Literal["simple", "martial"] = "simple"
    kind: Literal["melee", "ranged"] = "melee"
    properties: tuple[str, ...] = ()
    versatile: str = ""
    range: int = 0
    long_range: int = 0
    ammunition: str = ""
    """Item id of what it shoots."""
    bonus: int = 0
    cost: int = 0
    weight: float = 0
    text: str = ""


class ArmorDef(Struct, frozen=True, omit_defaults=True):
    """Armour or a shield (SRD 5.1, "Armor"). `max_dex` None means all of the Dexterity modifier counts, 0 none."""

    id: str
    name: str
    ac: int
    category: Literal["light", "medium", "heavy", "shield"] = "light"
    max_dex: int | None = None
    strength: int = 0
    stealth_disadvantage: bool = False
    bonus: int = 0
    modifiers: tuple[Modifier, ...] = ()
    cost: int = 0
    weight: float = 0
    text: str = ""


class GearDef(Struct, frozen=True, omit_defaults=True):
    """Anything else that can be carried. `actions` are what its holder can do with it (a potion is drunk)."""

    id: str
    name: str
    kind: str = "gear"
    actions: tuple[Action, ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    cost: int = 0
    weight: float = 0
    text: str = ""


class Definitions(Struct, frozen=True, omit_defaults=True):
    """Everything a character can be made of, each by id."""

    classes: dict[str, ClassDef] = {}
    races: dict[str, RaceDef] = {}
    backgrounds: dict[str, BackgroundDef] = {}
    features: dict[str, FeatureDef] = {}
    spells: dict[str, Action] = {}
    weapons: dict[str, WeaponDef] = {}
    armors: dict[str, ArmorDef] = {}
    gear: dict[str, GearDef] = {}


class ClassChoice(Struct, frozen=True, omit_defaults=True):
    """Levels in one class; hit points from 2nd level on by `rolled` hit dice, or the average where it is empty."""

    id: str
    level: int = 1
    subclass: str = ""
    rolled: tuple[int, ...] = ()


class CharacterChoice(Struct, frozen=True, omit_defaults=True):
    """All that a player decides about a character; the first class is the one taken at 1st level.

    `abilities` are the scores before race. `skills` are the first class's. `spells` are the spells prepared or known.
    `picks` answers every other choice by its id. `equipment` counts items; `armor` and `shield` name what is worn.
    """

    name: str
    race: str
    classes: tuple[ClassChoice, ...]
    background: str = ""
    subrace: str = ""
    abilities: Abilities = Abilities()
    skills: tuple[Skill, ...] = ()
    cantrips: tuple[str, ...] = ()
    spells: tuple[str, ...] = ()
    picks: dict[str, tuple[str, ...]] = {}
    equipment: dict[str, int] = {}
    armor: str = ""
    shield: str = ""
    coins: int = 0
    pronouns: str = "they"
    look: str = ""

    @property
    def level(self) -> int:
        """The character level: the sum of all class levels."""
        return sum(choice.level for choice in self.classes)


class Earned(Struct, frozen=True, omit_defaults=True):
    """What a character has gained in play: experience points, and all it carries now; coins in copper pieces."""

    xp: int = 0
    items: dict[str, int] = {}
    coins: int = 0


class Problem(Struct, frozen=True, omit_defaults=True):
    """Something about a choice that the rules do not allow: a catalogue code with its parameters."""

    code: str
    params: dict[str, str | int] = {}
