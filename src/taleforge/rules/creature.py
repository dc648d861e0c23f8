"""A creature in play: its sheet, which a scene does not change, and what happens to it (hit points, effects, place).

A sheet holds the full definition of everything the creature can do, so that a log can be played on after every edit of
the pack it came from. Does not hold rules: these are in the modules named after them.
"""

from typing import Literal, TypeAlias

from msgspec import Struct, field

from taleforge.rules.effects import EndsOn, Modifier, Node, SaveToEnd
from taleforge.rules.explain import Part
from taleforge.rules.values import ABILITIES, Ability, Cell, Condition, DamageType, Size, modifier

ActionCost = Literal["action", "bonus", "reaction", "free", "none"]


Score: TypeAlias = int
"""An ability score. Named, because inside `Abilities` the word `int` is an ability."""


class Abilities(Struct, frozen=True, gc=False):
    """The six ability scores."""

    str: Score = 10
    dex: Score = 10
    con: Score = 10
    int: Score = 10
    wis: Score = 10
    cha: Score = 10

    def modifier(self, ability: Ability) -> Score:
        """Return the modifier of one ability."""
        return modifier(getattr(self, ability))


class Area(Struct, frozen=True, omit_defaults=True, gc=False):
    """An area of effect in feet (SRD 5.1, "Areas of Effect"); `size` is radius, side or length, `width` a line's."""

    shape: Literal["sphere", "cone", "cube", "line", "cylinder"]
    size: int
    width: int = 5


class Targeting(Struct, frozen=True, omit_defaults=True, gc=False):
    """Whom or what an action may be aimed at. Distances in feet; `range` 0 is the bearer or the area's origin in it."""

    kind: Literal["self", "creature", "area", "cell", "none"] = "creature"
    count: int = 1
    count_scale: int = 0
    """More targets per slot level above the spell's own."""
    repeat: bool = False
    """Whether one creature may be named more than once (Magic Missile's darts)."""
    range: int = 5
    long_range: int | None = None
    area: Area | None = None
    side: Literal["any", "ally", "enemy"] = "any"
    sight: bool = True
    types: tuple[str, ...] = ()
    """Creature types it works on; empty means all."""


class SpellInfo(Struct, frozen=True, omit_defaults=True, gc=False):
    """What makes an action a spell: level 0 is a cantrip; components as letters."""

    level: int
    school: str
    components: str = "VS"
    concentration: bool = False
    ritual: bool = False
    lists: tuple[str, ...] = ()
    """Ids of the classes whose spell list it is on."""


class Action(Struct, frozen=True, omit_defaults=True, weakref=True):
    """Something a creature can do: an attack, a spell, a feature. The nodes say what happens.

    `spend` names resources used up (`{"second_wind": 1}`); a spell of level 1 or more without it spends a slot of the
    chosen level. `trigger` makes it a reaction: `hit_by_attack` (Shield), `leaves_reach` (opportunity attack).
    """

    id: str
    name: str
    code: str
    cost: ActionCost = "action"
    target: Targeting = Targeting()
    nodes: tuple[Node, ...] = ()
    spell: SpellInfo | None = None
    spend: dict[str, int] = {}
    trigger: str | None = None
    recharge: int | None = None
    ammunition: str | None = None
    properties: tuple[str, ...] = ()
    pinned: str | None = None
    """The pack entry it comes from, as `kind/id`, for the rules look-up."""


class Resource(Struct, frozen=True, omit_defaults=True, gc=False):
    """A limited use: how many, and the rest that brings them back (`turn` for monster recharge)."""

    maximum: int
    rest: Literal["short", "long", "turn", "never"] = "long"


class Spellcasting(Struct, frozen=True, omit_defaults=True, gc=False):
    """A caster's ability, save DC and attack bonus."""

    ability: Ability
    dc: int
    attack: int


class Sheet(Struct, frozen=True, omit_defaults=True, weakref=True):
    """A stat block or character sheet, complete: nothing has to be looked up in a pack to play it.

    `saves` and `skills` hold the whole bonus where it differs from the bare ability modifier. Speeds, senses in feet.
    """

    name: str
    abilities: Abilities
    ac: int
    max_hp: int
    ref: str = ""
    """Pack entry, as `monster/goblin` or `class/fighter`."""
    size: Size = "medium"
    type: str = "humanoid"
    pronouns: str = "they"
    proficiency: int = 2
    level: int = 0
    classes: dict[str, int] = {}
    cr: str = ""
    xp: int = 0
    speeds: dict[str, int] = field(default_factory=lambda: {"walk": 30})
    saves: dict[str, int] = {}
    skills: dict[str, int] = {}
    senses: dict[str, int] = {}
    resist: tuple[DamageType, ...] = ()
    vulnerable: tuple[DamageType, ...] = ()
    immune: tuple[DamageType, ...] = ()
    condition_immunities: tuple[Condition, ...] = ()
    hit_die: str = "d8"
    actions: tuple[Action, ...] = ()
    multiattack: tuple[tuple[str, int], ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    resources: dict[str, Resource] = {}
    spellcasting: Spellcasting | None = None
    ac_parts: tuple[Part, ...] = ()
    traits: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    """Names of traits and features that code asks for by name (`pack_tactics`, `nimble_escape`, `undead_fortitude`)."""
    languages: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    """Tools it is proficient with, by item id; a check may name one instead of a skill."""
    look: str = ""

    def action(self, action: str) -> Action | None:
        """Return the action of an id, or None."""
        return next((a for a in self.actions if a.id == action), None)


class ActiveEffect(Struct, frozen=True, omit_defaults=True, gc=False):
    """A lasting effect on its bearer.

    It ends when the clock has reached `ends_round` and the turn of `ends_turn` starts or ends (`ends_at`), when the
    concentration of `concentration` (a creature id) ends, or when its parent effect ends.
    """

    id: str
    key: str
    source: str | None = None
    conditions: tuple[Condition, ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    ends_round: int | None = None
    ends_turn: str | None = None
    ends_at: Literal["start", "end"] = "start"
    concentration: str | None = None
    save: SaveToEnd | None = None
    each_turn_start: tuple[Node, ...] = ()
    ends_on: tuple[EndsOn, ...] = ()
    parent: str | None = None
    light: int = 0


class TurnUse(Struct, frozen=True, omit_defaults=True, gc=False):
    """What of this turn (and reaction of this round) is used up. `moved` in feet; `dash` adds feet of speed."""

    action: bool = False
    bonus: bool = False
    reaction: bool = False
    moved: int = 0
    dash: int = 0
    attacks_left: tuple[tuple[str, int], ...] = ()
    """Attacks still owed by a multiattack begun this turn."""
    attacks: tuple[str, ...] = ()
    """Actions attacked with this turn by taking the Attack action (SRD 5.1, "Two-Weapon Fighting")."""
    spell: bool = False
    """A spell of level 1 or more was cast this turn, so no bonus action spell may follow."""
    bonus_spell: bool = False
    """A spell was cast with a bonus action, so only cantrips may follow (SRD 5.1, "Casting a Spell")."""


class DeathSaves(Struct, frozen=True, omit_defaults=True, gc=False):
    """Death saving throws so far (SRD 5.1, "Dropping to 0 Hit Points")."""

    successes: int = 0
    failures: int = 0


class Creature(Struct, frozen=True, omit_defaults=True, gc=False):
    """A creature in play. `life` is `up`, `dying`, `stable` or `dead`; monsters die at 0, characters fall dying."""

    id: str
    sheet: Sheet
    hp: int
    side: Literal["party", "foe", "neutral"] = "neutral"
    temp_hp: int = 0
    cell: Cell | None = None
    effects: tuple[ActiveEffect, ...] = ()
    spent: dict[str, int] = {}
    """Uses spent by resource key; spell slots are `slot:1`, hit dice `hit_dice`."""
    exhaustion: int = 0
    life: Literal["up", "dying", "stable", "dead"] = "up"
    death: DeathSaves = DeathSaves()
    turn: TurnUse = TurnUse()
    items: dict[str, int] = {}
    coins: int = 0
    """Copper pieces."""
    hidden: bool = False
    surprised: bool = False
    character: bool = False
    """Falls dying instead of dying at 0 hit points."""


__all__ = ["ABILITIES", "Abilities", "Action", "ActiveEffect", "Area", "Creature", "DeathSaves", "Resource", "Sheet",
           "SpellInfo", "Spellcasting", "Targeting", "TurnUse"]  # fmt: skip
