"""Light and sight: how bright a cell is, who sees whom, and from whom one can hide.

Does not decide who notices what in the story; a hidden creature is hidden from everyone hostile to it at once.
"""

from typing import TypeAlias

from taleforge.rules.areas import gap, gap_to_cell
from taleforge.rules.conditions import conditions
from taleforge.rules.creature import Creature
from taleforge.rules.stage import Stage, Terrain, distance
from taleforge.rules.values import Cell, Light

Lamps: TypeAlias = tuple[tuple[Cell, int], ...]
"""Where light is carried, and the radius in feet in which it is bright; it is dim as far again."""


def hostile(a: Creature, b: Creature) -> bool:
    """Whether two creatures are on sides that fight each other; neutral ones fight nobody."""
    return a.side != b.side and "neutral" not in {a.side, b.side}


def lamps(stage: Stage) -> Lamps:
    """Return the cells of creatures that shed light, with the radius of bright light in feet."""
    return tuple(
        [
            (creature.cell, effect.light)
            for creature in stage.creatures.values()
            if creature.effects and creature.cell is not None
            for effect in creature.effects
            if effect.light
        ]
    )


def light_at(stage: Stage, cell: Cell, terrain: Terrain) -> Light:
    """Return the light on a cell, from the scene and from what creatures carry (SRD 5.1, "Vision and Light")."""
    return light_from(lamps(stage), cell, terrain) if terrain.light(cell) != "bright" else "bright"


def light_from(carried: Lamps, cell: Cell, terrain: Terrain) -> Light:
    """Return the light on a cell, from the scene and from carried lights (SRD 5.1, "Vision and Light")."""
    light = terrain.light(cell)
    if light == "bright":
        return light
    for source, radius in carried:
        far = distance(source, cell)
        if far <= 2 * radius and terrain.visible(source, cell):
            if far <= radius:
                return "bright"
            light = "dim"
    return light


def perceived_light(stage: Stage, observer: Creature, cell: Cell, terrain: Terrain) -> Light:
    """Return how bright a cell is to a creature: darkvision makes dark dim and dim bright (SRD 5.1, "Darkvision")."""
    light = light_at(stage, cell, terrain)
    if light == "bright" or observer.sheet.senses.get("darkvision", 0) < gap_to_cell(observer, cell):
        return light
    return "dim" if light == "dark" else "bright"


def sees(stage: Stage, observer: Creature, target: Creature, terrain: Terrain) -> bool:
    """Whether a creature sees another: line of sight, light, its senses, invisibility and hiding all considered."""
    if observer.id == target.id:
        return True
    here, there = observer.cell, target.cell
    if here is not None and there is not None and not terrain.visible(here, there):
        return False
    eyes = conditions(observer)
    if "unconscious" in eyes or (target.hidden and hostile(observer, target)):
        return False
    veiled = "blinded" in eyes or "invisible" in conditions(target)
    if here is None or there is None:
        return here is there and not veiled
    senses = observer.sheet.senses
    if senses and max(senses.get("blindsight", 0), senses.get("truesight", 0)) >= gap(observer, target):
        return True
    return not veiled and perceived_light(stage, observer, there, terrain) != "dark"


class Sight:
    """Whom one creature sees, asked lazily and remembered: a container of creature ids for one moment of the stage."""

    __slots__ = ("_known", "_observer", "_stage", "_terrain")

    def __init__(self, stage: Stage, observer: Creature, terrain: Terrain) -> None:
        self._stage = stage
        self._observer = observer
        self._terrain = terrain
        self._known: dict[object, bool] = {}

    def __contains__(self, crt: object) -> bool:
        known = self._known.get(crt)
        if known is None:
            target = self._stage.creatures.get(crt) if isinstance(crt, str) else None
            known = target is not None and sees(self._stage, self._observer, target, self._terrain)
            self._known[crt] = known
        return known


def clearly_seen(stage: Stage, observer: Creature, target: Creature, terrain: Terrain) -> bool:
    """Whether a creature is in plain view of another, so that it cannot hide from it.

    SRD 5.1, "Hiding", leaves "clearly" to the table: here dim light as the observer perceives it, or three-quarters
    cover, is enough to try.
    """
    if not sees(stage, observer, target, terrain):
        return False
    if observer.cell is None or target.cell is None:
        return True
    if terrain.cover(observer.cell, target.cell) in {"three_quarters", "total"}:
        return False
    return perceived_light(stage, observer, target.cell, terrain) == "bright"
