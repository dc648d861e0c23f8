"""How creatures look to whoever perceives them: in the list of others, on the map, and in words.

Hangs on nothing of whoever looks, so it is made once for all seats. Does not know who perceives whom.
"""

from msgspec import Struct

from taleforge.messages import views as vw
from taleforge.rules.creature import ActiveEffect, Creature
from taleforge.rules.scores import max_hp
from taleforge.table.around import plan_of
from taleforge.table.evolve import AC_UNKNOWN
from taleforge.table.lexicon import name_entry
from taleforge.table.recall import Recall
from taleforge.table.state import Bounds, State
from taleforge.world.scene import Attitude, Person

MARK = "@"
"""Glyph of the seat's own token; friends and others are drawn by the first letter of their name."""


_NO_EFFECTS: dict[str, vw.EffectInfo] = {}


def effects(clock: int, creature: Creature) -> dict[str, vw.EffectInfo]:
    """Return what is on a creature, with the rounds left at a time of the clock."""
    return {effect.id: _effect(clock, effect) for effect in creature.effects} if creature.effects else _NO_EFFECTS


def _effect(clock: int, effect: ActiveEffect) -> vw.EffectInfo:
    left = None if effect.ends_round is None else max(0, effect.ends_round - clock)
    return vw.EffectInfo(effect.key, effect.conditions, effect.source, left, effect.concentration is not None)


def health(creature: Creature) -> vw.Health:
    """Return how hurt somebody looks: bloodied is half of the hit points or less."""
    if creature.life == "dead":
        return "dead"
    if creature.life != "up":
        return "dying"
    full = max_hp(creature)
    return "unhurt" if creature.hp >= full else "hurt" if creature.hp * 2 > full else "bloodied"


class Figure(Struct, frozen=True, gc=False):
    """How somebody looks to whoever perceives them.

    In the list, on the map (to themselves: `own`), in words, as a target, and in the order of turns.
    """

    other: vw.OtherCreature
    token: vw.Token | None
    own: vw.Token | None
    word: vw.LexiconEntry
    target: vw.Target


def figure(state: State, crt: str, recall: Recall) -> Figure:
    """Return how somebody looks; it hangs on nothing of whoever looks."""
    shown = recall.shown(state)
    known = shown.get(crt)
    if known is None:
        known = shown[crt] = _figure(state, state.stage.creatures[crt], recall)
    return known


def figures(state: State, seen: tuple[str, ...], recall: Recall) -> tuple[Figure, ...]:
    """Return how some creatures look."""
    shown = recall.shown(state)
    known = shown.get(seen)
    if known is None:
        known = shown[seen] = tuple([figure(state, crt, recall) for crt in seen])
    return known


def _figure(state: State, creature: Creature, recall: Recall) -> Figure:
    who = state.story.persons.get(creature.id)
    person = plan_of(state.scene).persons.get(who) if who and state.scene else None
    attitude = state.story.attitudes.get(who) if who else None
    clock = state.stage.clock if creature.effects else 0
    bounds, played = state.bounds.get(creature.id), state.seat_of(creature.id) is not None
    inputs = (creature, state.name_of(creature), person, attitude, bounds, clock, played)
    return recall.mended(("figure", creature.id), _made, *inputs)


def _made(  # noqa: PLR0917 - all that it is made of, and nothing else
    creature: Creature,
    name: str,
    person: Person | None,
    attitude: Attitude | None,
    bounds: Bounds | None,
    clock: int,
    played: bool,  # noqa: FBT001 - an input like the others
) -> Figure:
    return Figure(
        _stranger(creature, name, attitude, bounds, clock),
        _token(creature, name, mine=False),
        _token(creature, name, mine=True) if played else None,
        name_entry(creature.id, name, creature.sheet, person),
        vw.Target(creature.id, "creature", name),
    )


def _stranger(
    creature: Creature, name: str, attitude: Attitude | None, bounds: Bounds | None, clock: int
) -> vw.OtherCreature:
    friend = creature.side == "party"
    known = bounds is not None and bounds != AC_UNKNOWN
    return vw.OtherCreature(
        creature.id, name, creature.side, health(creature), creature.sheet.type, creature.sheet.look,
        creature.sheet.pronouns, attitude,
        creature.hp if friend else None, max_hp(creature) if friend else None, effects(clock, creature),
        creature.sheet.size, bounds.low if bounds and known else None, bounds.high if bounds and known else None,
    )  # fmt: skip


def _token(creature: Creature, name: str, *, mine: bool) -> vw.Token | None:
    if creature.cell is None:
        return None
    glyph = MARK if mine else _initial(name)
    return vw.Token(creature.id, creature.cell, glyph, creature.side, name, creature.sheet.size)


def _initial(name: str) -> str:
    return name.removeprefix("the ").removeprefix("a ").removeprefix("an ")[:1].upper()
