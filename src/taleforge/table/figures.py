"""How creatures look to whoever perceives them: in the list of others, on the map, and in words.

Hangs on nothing of whoever looks, so it is made once for all seats. Does not know who perceives whom.
"""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from taleforge.messages import views as vw
from taleforge.rules.creature import ActiveEffect, Creature, TurnUse
from taleforge.rules.scores import max_hp
from taleforge.rules.values import Cell
from taleforge.table.evolve import AC_UNKNOWN
from taleforge.table.lexicon import name_entry
from taleforge.table.recall import Recall
from taleforge.table.state import Bounds, State
from taleforge.world.scene import Attitude

Side = Literal["party", "foe", "neutral"]

MARK = "@"
"""Glyph of the seat's own token; friends and others are drawn by the first letter of their name."""


def effects(clock: int, creature: Creature) -> dict[str, vw.EffectInfo]:
    """Return what is on a creature, with the rounds left at a time of the clock."""
    return {effect.id: _effect(clock, effect) for effect in creature.effects}


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
    """How somebody looks to whoever perceives them: in the list, on the map (to themselves: `own`), and in words."""

    other: vw.OtherCreature
    token: vw.Token | None
    own: vw.Token | None
    word: vw.LexiconEntry


def figure(state: State, creature: Creature, recall: Recall) -> Figure:
    """Return how somebody looks; it hangs on nothing of whoever looks."""
    shown = recall.shown(state)
    known = shown.get(creature.id)
    if known is None:
        token, own = (_token(state, creature, recall, mine=mine) for mine in (False, True))
        word = name_entry(state, creature, recall)
        known = shown[creature.id] = Figure(_other(state, creature, recall), token, own, word)
    return known


def _other(state: State, creature: Creature, recall: Recall) -> vw.OtherCreature:
    person = state.person(creature.id)
    attitude = state.story.attitudes.get(person) if person else None
    clock = state.stage.clock if creature.effects else 0
    seen = recall.of(("aspect", creature.id), _aspect, creature)
    bounds = state.bounds.get(creature.id)
    return recall.of(("other", creature.id), _stranger, seen, state.name_of(creature), attitude, bounds, clock)


def _aspect(creature: Creature) -> Creature:
    """Return a creature without what others do not see of it in a list."""
    return replace(creature, cell=None, turn=TurnUse(), items={}, coins=0, spent={})


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


def _token(state: State, creature: Creature, recall: Recall, *, mine: bool) -> vw.Token | None:
    if creature.cell is None or (mine and state.seat_of(creature.id) is None):
        return None
    name = state.name_of(creature)
    inputs = (creature.id, creature.cell, creature.side, name, creature.sheet.size, mine)
    return recall.of(("token", creature.id, mine), _mark, *inputs)


def _mark(crt: str, cell: Cell, side: Side, name: str, size: str, mine: bool) -> vw.Token:  # noqa: FBT001, PLR0917 - inputs
    return vw.Token(crt, cell, MARK if mine else _initial(name), side, name, size)


def _initial(name: str) -> str:
    return name.removeprefix("the ").removeprefix("a ").removeprefix("an ")[:1].upper()
