"""What each condition does, as modifiers on both sides: the bearer's rolls, and rolls that others make against it.

Also says which conditions and modifiers are on a creature, and what they forbid it. Does not resolve any roll:
`modifiers.collect` picks out of `in_force` what a roll asks for.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import structs

from taleforge.rules.creature import ActiveEffect, Creature, Sheet
from taleforge.rules.derived import derived
from taleforge.rules.effects import Modifier
from taleforge.rules.explain import Source
from taleforge.rules.facts import ConditionGained, Died, ExhaustionChanged, Fact
from taleforge.rules.values import Condition

Faculty = Literal["action", "reaction", "move", "speech", "concentration", "harm"]
"""What a condition can forbid; `harm` only against the condition's source."""

Burden: TypeAlias = tuple[Modifier, str, str | None]
"""A modifier in force, the code of what gives it, and the creature it comes from."""

MAX_EXHAUSTION = 6

_INCAPACITATED: tuple[Condition, ...] = ("incapacitated",)
IMPLIED: dict[Condition, tuple[Condition, ...]] = {
    "paralyzed": _INCAPACITATED,
    "petrified": _INCAPACITATED,
    "stunned": _INCAPACITATED,
    "unconscious": ("incapacitated", "prone"),
}
"""Conditions that come with a condition (SRD 5.1, appendix "Conditions")."""


def _body_fails() -> tuple[Modifier, ...]:
    """The limp body's part of four conditions: it cannot brace or dodge, and is easy to hit."""
    return (
        Modifier("save.str", "fail"),
        Modifier("save.dex", "fail"),
        Modifier("against.attack", "advantage"),
    )


_STILL = (Modifier("move", "forbid"),)
_MUTE = (Modifier("move", "forbid"), Modifier("speech", "forbid"))
_HELPLESS_NEARBY = (Modifier("against.attack", "critical", when=("within:5",)),)

MODIFIERS: dict[Condition, tuple[Modifier, ...]] = {
    "blinded": (
        Modifier("check", "fail", when=("sight",)),
        Modifier("attack", "disadvantage"),
        Modifier("against.attack", "advantage"),
    ),
    "charmed": (
        Modifier("harm", "forbid", when=("source",)),
        Modifier("against.check", "advantage", when=("source", "social")),
    ),
    "deafened": (Modifier("check", "fail", when=("hearing",)),),
    "exhaustion": (),
    "frightened": (
        Modifier("check", "disadvantage", when=("source_visible",)),
        Modifier("attack", "disadvantage", when=("source_visible",)),
    ),
    "grappled": (Modifier("speed", "set", 0),),
    "incapacitated": (
        Modifier("action", "forbid"),
        Modifier("reaction", "forbid"),
        Modifier("concentration", "forbid"),
    ),
    "invisible": (
        Modifier("attack", "advantage", when=("unseen",)),
        Modifier("against.attack", "disadvantage", when=("unseen",)),
    ),
    "paralyzed": (*_MUTE, *_body_fails(), *_HELPLESS_NEARBY),
    "petrified": (
        *_MUTE,
        *_body_fails(),
        Modifier("resist", "resist"),
        Modifier("resist.poison", "immune"),
        Modifier("condition.poisoned", "immune"),
    ),
    "poisoned": (Modifier("attack", "disadvantage"), Modifier("check", "disadvantage")),
    "prone": (
        Modifier("attack", "disadvantage"),
        Modifier("against.attack", "advantage", when=("within:5",)),
        Modifier("against.attack", "disadvantage", when=("beyond:5",)),
    ),
    "restrained": (
        Modifier("speed", "set", 0),
        Modifier("attack", "disadvantage"),
        Modifier("against.attack", "advantage"),
        Modifier("save.dex", "disadvantage"),
    ),
    "stunned": (*_STILL, *_body_fails()),
    "unconscious": (*_MUTE, *_body_fails(), *_HELPLESS_NEARBY),
}
"""The fifteen conditions (SRD 5.1, appendix "Conditions"). What a condition implies is not repeated here."""

EXHAUSTION: tuple[tuple[Modifier, ...], ...] = (
    (),
    (Modifier("check", "disadvantage"),),
    (Modifier("speed", "multiply", 50),),
    (Modifier("attack", "disadvantage"), Modifier("save", "disadvantage")),
    (Modifier("hp_max", "multiply", 50),),
    (Modifier("speed", "set", 0),),
    (),
)
"""What each level of exhaustion adds to the levels below it; the sixth is death (SRD 5.1, "Exhaustion")."""

_CODES = {condition: f"condition/{condition}" for condition in MODIFIERS}


def conditions(creature: Creature) -> frozenset[Condition]:
    """Return every condition a creature has, implied ones included; at 0 hit points and alive it is unconscious."""
    if not creature.exhaustion and not _afflicted(creature):
        return _NO_CONDITIONS
    found: set[Condition] = {condition for condition, _ in _afflictions(creature)}
    if creature.exhaustion:
        found.add("exhaustion")
    return frozenset(found)


_NO_CONDITIONS: frozenset[Condition] = frozenset()


def _afflicted(creature: Creature) -> bool:
    """Whether a creature has any condition besides exhaustion."""
    if creature.life != "up":
        return True
    for effect in creature.effects:  # noqa: SIM110 - a third of the time: it is asked of every creature all the time
        if effect.conditions:
            return True
    return False


def has(creature: Creature, condition: Condition) -> bool:
    """Whether a creature has a condition, by an effect, by implication, or by lying at 0 hit points."""
    return condition in conditions(creature)


@derived
def _traits(sheet: Sheet) -> tuple[Burden, ...]:
    return tuple((m, m.code or "sheet/trait", None) for m in sheet.modifiers)


def in_force(creature: Creature) -> Sequence[Burden]:
    """Return every modifier on a creature with what gives it: its own traits, effects, conditions, exhaustion."""
    traits = _traits(creature.sheet) if creature.sheet.modifiers else ()
    if not creature.effects and creature.life == "up" and not creature.exhaustion:
        return traits
    found = [*traits]
    for effect in creature.effects:
        if effect.modifiers:
            found += [(m, m.code or f"effect/{effect.key}", effect.source) for m in effect.modifiers]
    if _afflicted(creature):
        for condition, source in _afflictions(creature):
            found += [(m, _CODES[condition], source) for m in MODIFIERS[condition]]
    if creature.exhaustion:
        for level in EXHAUSTION[: creature.exhaustion + 1]:
            found.extend((m, _CODES["exhaustion"], None) for m in level)
    return found


def forbidden(creature: Creature, faculty: Faculty, other: str | None = None) -> Source | None:
    """Return why a creature may not act, react, move, speak, concentrate or harm `other`; None when it may."""
    if creature.life == "dead":
        return Source("life/dead")
    for modifier, code, source in in_force(creature):
        if modifier.op == "forbid" and modifier.path == faculty and (not modifier.when or source == other):
            return Source(code)
    return None


def can_act(creature: Creature) -> bool:
    """Whether a creature can take actions (SRD 5.1, "Incapacitated")."""
    return forbidden(creature, "action") is None


def can_react(creature: Creature) -> bool:
    """Whether a creature can take reactions, apart from having one left."""
    return forbidden(creature, "reaction") is None


def can_move(creature: Creature) -> bool:
    """Whether a creature can move at all, apart from its speed being 0."""
    return forbidden(creature, "move") is None


def can_speak(creature: Creature) -> bool:
    """Whether a creature can speak, and so use verbal components."""
    return forbidden(creature, "speech") is None


def fears(creature: Creature) -> tuple[str, ...]:
    """Return the ids of creatures that a frightened creature cannot willingly approach (SRD 5.1, "Frightened")."""
    return tuple(source for condition, source in _afflictions(creature) if condition == "frightened" and source)


def immune(creature: Creature, condition: Condition) -> Source | None:
    """Return what makes a creature immune to a condition, or None."""
    if condition in creature.sheet.condition_immunities:
        return Source("sheet/condition_immunity", {"condition": condition})
    path = f"condition.{condition}"
    return next((Source(code) for m, code, _ in in_force(creature) if m.op == "immune" and m.path == path), None)


def gain(creature: Creature, effect: ActiveEffect, name: str = "") -> tuple[Fact, ...]:
    """Return the facts of an effect coming on a creature: less what it is immune to, more what follows.

    A level of exhaustion is counted instead of kept as an effect; whoever falls unconscious also falls prone, and stays
    prone on waking.
    """
    if creature.life == "dead":
        return ()
    kept = tuple(c for c in effect.conditions if immune(creature, c) is None)
    facts: list[Fact] = []
    if "exhaustion" in kept:
        facts.extend(exhaust(creature, 1, effect.key))
        kept = tuple(c for c in kept if c != "exhaustion")
    if kept or not effect.conditions or effect.modifiers:
        facts.append(ConditionGained(creature.id, structs.replace(effect, conditions=kept), name))
    if "unconscious" in kept:
        facts.extend(fall_prone(creature, effect.source))
    return tuple(facts)


def fall_prone(creature: Creature, source: str | None = None) -> tuple[Fact, ...]:
    """Return the fact that a creature falls prone; nothing when it is prone already or cannot be."""
    if immune(creature, "prone") or any(effect.key == "prone" for effect in creature.effects):
        return ()
    effect = ActiveEffect(id=f"{creature.id}/prone", key="prone", source=source, conditions=("prone",))
    return (ConditionGained(creature.id, effect),)


def exhaust(creature: Creature, levels: int, reason: str = "") -> tuple[Fact, ...]:
    """Return the facts of gaining (negative: losing) levels of exhaustion; the sixth kills (SRD 5.1, "Exhaustion")."""
    level = min(max(creature.exhaustion + levels, 0), MAX_EXHAUSTION)
    if level == creature.exhaustion:
        return ()
    changed = ExhaustionChanged(creature.id, level, reason)
    return (changed, Died(creature.id)) if level == MAX_EXHAUSTION else (changed,)


def _afflictions(creature: Creature) -> list[tuple[Condition, str | None]]:
    """List each condition once per source, with the conditions it implies."""
    found: dict[tuple[Condition, str | None], None] = {}
    if creature.life in {"dying", "stable"}:
        _afflict(creature, "unconscious", None, found)
    for effect in creature.effects:
        for condition in effect.conditions:
            _afflict(creature, condition, effect.source, found)
    return list(found)


def _afflict(
    creature: Creature, condition: Condition, source: str | None, found: dict[tuple[Condition, str | None], None]
) -> None:
    found[condition, source] = None
    for implied in IMPLIED.get(condition, ()):
        if implied not in creature.sheet.condition_immunities:
            found[implied, source] = None
