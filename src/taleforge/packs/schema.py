"""What data files of a pack may hold: one struct per kind of entry, wide enough for the whole of SRD 5.1.

Says only what entries look like. What characters are made of is in `taleforge.rules.definitions`, effects in
`taleforge.rules.effects`; how stat blocks become sheets is in `sheets`, and whether all fits together in `validation`.
"""

from typing import Literal

from msgspec import Struct, field

from taleforge.rules.creature import Abilities, Action, ActionCost, Resource, Targeting
from taleforge.rules.definitions import CharacterChoice
from taleforge.rules.effects import Modifier, Node
from taleforge.rules.values import Ability, Condition, DamageType, Size


class Strike(Struct, frozen=True, omit_defaults=True):
    """An attack of a stat block in short: what it rolls, how far it goes, what it does beyond damage.

    `damage` holds (dice, type) with every modifier inside, as printed. `bonus` is the printed one; where it differs
    from ability and proficiency, "Why?" shows the rest as printed. Distances in feet.
    """

    id: str
    name: str
    bonus: int
    ability: Ability
    damage: tuple[tuple[str, DamageType], ...] = ()
    kind: Literal["melee", "ranged"] = "melee"
    source: Literal["weapon", "spell", "natural"] = "weapon"
    reach: int = 5
    range: tuple[int, int] | None = None
    hit: tuple[Node, ...] = ()
    properties: tuple[str, ...] = ()


class Casting(Struct, frozen=True, omit_defaults=True):
    """Spells of a stat block: the caster's figures, slots per spell level from the first, and spells by id.

    `daily` are innate spells with uses per day; what is in `spells` needs slots unless it is a cantrip.
    """

    ability: Ability
    dc: int
    attack: int
    slots: tuple[int, ...] = ()
    spells: tuple[str, ...] = ()
    daily: dict[str, int] = {}


class Monster(Struct, frozen=True, omit_defaults=True):
    """A stat block. Speeds and senses in feet; `saves` and `skills` are whole bonuses; `ac_from` names armour."""

    id: str
    name: str
    size: Size
    type: str
    ac: int
    hp: int
    hit_dice: str
    abilities: Abilities
    cr: str
    xp: int
    subtype: str = ""
    alignment: str = ""
    ac_from: str = "natural"
    proficiency: int = 2
    speeds: dict[str, int] = field(default_factory=lambda: {"walk": 30})
    saves: dict[Ability, int] = {}
    skills: dict[str, int] = {}
    senses: dict[str, int] = {}
    resist: tuple[DamageType, ...] = ()
    vulnerable: tuple[DamageType, ...] = ()
    immune: tuple[DamageType, ...] = ()
    condition_immunities: tuple[Condition, ...] = ()
    strikes: tuple[Strike, ...] = ()
    multiattack: tuple[tuple[str, int], ...] = ()
    actions: tuple[Action, ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    resources: dict[str, Resource] = {}
    casting: Casting | None = None
    traits: tuple[str, ...] = ()
    """What a player reads about its peculiarities, in our words."""
    features: tuple[str, ...] = ()
    """Peculiarities that the engine knows by name (`pack_tactics`)."""
    languages: tuple[str, ...] = ()
    look: str = ""


class Spell(Struct, frozen=True, omit_defaults=True):
    """A spell. Level 0 is a cantrip; `lists` are the classes that may learn it; `text` says in our words what it does.

    `cost` is what casting it takes on a turn; `casting_time` says it in words where that is no part of a turn.
    """

    id: str
    name: str
    level: int
    school: str
    lists: tuple[str, ...]
    nodes: tuple[Node, ...]
    target: Targeting = Targeting()
    cost: ActionCost = "action"
    trigger: str | None = None
    components: str = "VS"
    material: str = ""
    concentration: bool = False
    ritual: bool = False
    casting_time: str = ""
    duration: str = "instantaneous"
    properties: tuple[str, ...] = ()
    text: str = ""


class Character(Struct, frozen=True, omit_defaults=True):
    """A character ready to play, as the choices it was made from; `pitch` says in a line why one would want to."""

    id: str
    choice: CharacterChoice
    pitch: str = ""


class Term(Struct, frozen=True, omit_defaults=True):
    """An entry of the glossary (a condition, a rule), in our words."""

    id: str
    name: str
    text: str
    kind: str = "condition"


class Row(Struct, frozen=True):
    """One row of a table: the totals it covers, both included, and what it says."""

    first: int
    last: int
    text: str


class Table(Struct, frozen=True, omit_defaults=True):
    """A table to roll on."""

    id: str
    name: str
    dice: str
    rows: tuple[Row, ...]
