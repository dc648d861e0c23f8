"""What an action does, as data: a small closed set of effect nodes, and the modifiers that effects hang on a creature.

Packs write these nodes, `engine` has exactly one resolver for each. Does not contain a scripting language: numbers are
dice expressions or the few named values of `Amount`.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

from taleforge.rules.values import Ability, Condition, DamageType, Skill

EndsOn = Literal["damaged", "attacks", "casts", "attacked", "checks"]
"""What the bearer undergoes or does that ends an effect before its time."""


class Modifier(Struct, frozen=True, omit_defaults=True, gc=False):
    """One change to one kind of number or roll, from one source.

    `path` names what changes: `attack` `save` `check` `initiative` `damage` `ac` `speed` `hp_max`, narrowed by a dot
    (`save.dex`, `check.stealth`, `attack.melee`, `damage.melee`, `resist.fire`), and with the prefix `against.` rolls
    that others make against the bearer (`against.attack`, `against.attack.melee`).
    `op`: `add` an integer, `dice` an expression, `advantage`, `disadvantage`, `set`, `minimum`, `multiply` (percent),
    `fail` (automatic failure), `critical` (hits are critical), `resist`, `immune`, `vulnerable`, `forbid`
    (path `action` `reaction` `move` `speech` `concentration` `harm`), `reroll` (a die of at most `value` is rolled
    again, one die only).
    `value` is a number, a dice expression (`dice`), or a sum of names settled when it counts: `13+dex`, `2+slot`.
    `when` lists predicates that must all hold: `within:5` `beyond:5` (feet between roller and bearer), `source`
    (the other side is the effect's source), `source_visible`, `unseen` (the other side does not see the bearer),
    `sees` (the bearer sees the other side), `mobile` (the bearer can act and its speed is not 0), or a tag of the roll
    or feature of the bearer (`sight` `hearing` `social` `magic` `wearing_armor` `ranged_weapon`); `not:` turns a
    predicate round. `code` says what gives the modifier, for "Why?"; else an effect's key does.
    """

    path: str
    op: Literal["add", "dice", "advantage", "disadvantage", "set", "minimum", "multiply", "fail", "critical",
                "resist", "immune", "vulnerable", "forbid", "reroll"]  # fmt: skip
    value: int | str = 0
    when: tuple[str, ...] = ()
    code: str = ""


class Duration(Struct, frozen=True, omit_defaults=True, gc=False):
    """How long an effect lasts, in rounds of the in-world clock, ending at the start or end of somebody's turn.

    `rounds` None means until removed. `turn` says whose turn ends it and `at` which end of that turn.
    """

    rounds: int | None = None
    turn: Literal["source", "bearer"] = "source"
    at: Literal["start", "end"] = "start"


class SaveToEnd(Struct, frozen=True, omit_defaults=True, gc=False):
    """The bearer repeats this save at the end of each of its turns (or when damaged) to end the effect."""

    ability: Ability
    dc: int | None = None
    when: Literal["turn_end", "turn_start", "damaged"] = "turn_end"


class EffectSpec(Struct, frozen=True, omit_defaults=True, gc=False):
    """A lasting effect as a pack describes it, before it is on anybody.

    `key` is also the stacking key: two effects of one key on one creature do not add up (SRD 5.1, "Combining Magical
    Effects"); the newer replaces the older.
    """

    key: str
    conditions: tuple[Condition, ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    duration: Duration = Duration()
    save: SaveToEnd | None = None
    each_turn_start: "tuple[Node, ...]" = ()
    ends_on: tuple[EndsOn, ...] = ()
    light: int = 0
    """Radius of bright light in feet that the bearer sheds (and dim light as far again)."""


class DamageSpec(Struct, frozen=True, omit_defaults=True, gc=False):
    """Damage as dice of one type. `scale` adds dice per slot level above the spell's own: "1d8".

    `parts` are flat summands on top of the dice as (code, value), for "Why?"; a critical hit does not double them.
    `ability_modifier` adds the bearer's spellcasting modifier in the same way.
    """

    dice: str
    type: DamageType
    scale: str | None = None
    parts: tuple[tuple[str, int], ...] = ()
    ability_modifier: bool = False


class Attack(Struct, frozen=True, omit_defaults=True, tag="attack", tag_field="do", gc=False):
    """An attack roll against each target. `bonus` None means the bearer's spell attack bonus."""

    kind: Literal["melee", "ranged"]
    source: Literal["weapon", "spell", "natural"] = "weapon"
    bonus: int | None = None
    parts: tuple[tuple[str, int], ...] = ()
    """What the bonus is made of, as (code, value), for "Why?"."""
    damage: tuple[DamageSpec, ...] = ()
    crit_from: int = 20
    hit: "tuple[Node, ...]" = ()
    miss: "tuple[Node, ...]" = ()


class Save(Struct, frozen=True, omit_defaults=True, tag="save", tag_field="do", gc=False):
    """A saving throw by each target; `damage` is rolled once for all. `dc` None means the bearer's spell save DC.

    `dc_from` in a definition stands for 8 + proficiency + that ability; a built sheet has the number in `dc`.
    """

    ability: Ability
    dc: int | None = None
    dc_from: Ability | None = None
    damage: tuple[DamageSpec, ...] = ()
    on_success: Literal["half", "none"] = "none"
    fail: "tuple[Node, ...]" = ()
    success: "tuple[Node, ...]" = ()


class Check(Struct, frozen=True, omit_defaults=True, tag="check", tag_field="do", gc=False):
    """An ability check by the bearer against a DC, or against the target's check when `against` names skills."""

    ability: Ability
    skill: Skill | None = None
    dc: int | None = None
    against: tuple[Skill, ...] = ()
    success: "tuple[Node, ...]" = ()
    fail: "tuple[Node, ...]" = ()


class Damage(Struct, frozen=True, omit_defaults=True, tag="damage", tag_field="do", gc=False):
    """Damage to each target without a roll to hit or save (Magic Missile)."""

    damage: tuple[DamageSpec, ...]


class Heal(Struct, frozen=True, omit_defaults=True, tag="heal", tag_field="do", gc=False):
    """Hit points restored to each target; `ability_modifier` adds the bearer's spellcasting modifier.

    With `pool` the total is dealt out among the targets, the worst hurt first; with `up_to_half` nobody is brought
    above half of their hit points (Preserve Life).
    """

    dice: str
    ability_modifier: bool = False
    scale: str | None = None
    pool: bool = False
    up_to_half: bool = False


class TemporaryHitPoints(Struct, frozen=True, omit_defaults=True, tag="temp_hp", tag_field="do", gc=False):
    """Temporary hit points given to each target; they do not add up (SRD 5.1, "Temporary Hit Points")."""

    dice: str
    scale: str | None = None


class Apply(Struct, frozen=True, omit_defaults=True, tag="apply", tag_field="do", gc=False):
    """Put a lasting effect on each target."""

    effect: EffectSpec


class Remove(Struct, frozen=True, omit_defaults=True, tag="remove", tag_field="do", gc=False):
    """End conditions or effects by key on each target."""

    keys: tuple[str, ...]


class Move(Struct, frozen=True, omit_defaults=True, tag="move", tag_field="do", gc=False):
    """Move each target by force, in feet: away from the bearer, toward it, or (teleport) to the chosen cell."""

    kind: Literal["push", "pull", "teleport"]
    feet: int


class Summon(Struct, frozen=True, omit_defaults=True, tag="summon", tag_field="do", gc=False):
    """Bring creatures of a pack id into play beside the bearer, or turn the bearer into one (transform)."""

    creature: str
    count: int = 1
    transform: bool = False


class Branch(Struct, frozen=True, omit_defaults=True, tag="branch", tag_field="do", gc=False):
    """Go one way or the other by what the target is: `type:undead` `hp_at_most:N` `condition:K` `cr_below:N`."""

    when: str
    then: "tuple[Node, ...]" = ()
    otherwise: "tuple[Node, ...]" = ()


class RollDice(Struct, frozen=True, omit_defaults=True, tag="roll", tag_field="do", gc=False):
    """Roll dice for the table to see, under a code; later nodes may branch on nothing but the log shows it."""

    dice: str
    code: str


class Resource(Struct, frozen=True, omit_defaults=True, tag="resource", tag_field="do", gc=False):
    """Give back (negative: spend) uses of a resource of the bearer: `action`, `slot:1`, `channel_divinity`."""

    key: str
    amount: int


class Choice(Struct, frozen=True, omit_defaults=True, gc=False):
    """One way of a `Choose` node."""

    id: str
    code: str
    nodes: "tuple[Node, ...]" = ()


class Choose(Struct, frozen=True, omit_defaults=True, tag="choose", tag_field="do", gc=False):
    """Ask the bearer's player which of several ways to go; the first is the default."""

    code: str
    choices: tuple[Choice, ...]


class Manual(Struct, frozen=True, omit_defaults=True, tag="manual", tag_field="do", gc=False):
    """Not automated: says so honestly and asks the table for a ruling."""

    code: str
    text: str = ""


Node: TypeAlias = (
    Attack | Save | Check | Damage | Heal | TemporaryHitPoints | Apply | Remove | Move | Summon | Branch | RollDice
    | Resource | Choose | Manual
)  # fmt: skip
