"""Where an effect reaches: the cells of its area that walls leave open, who stands in them, and behind what cover.

Shapes are in `areas`. Does not decide what happens there.
"""

from taleforge.rules.areas import area_cells, in_area
from taleforge.rules.creature import Action, Creature
from taleforge.rules.resolution import Resolution, acting
from taleforge.rules.stage import Stage, Terrain, distance
from taleforge.rules.steps import Resolve
from taleforge.rules.values import FEET_PER_CELL, Cell, Cover


def reached(actor: Creature, action: Action, cell: Cell | None, terrain: Terrain) -> frozenset[Cell]:
    """Return the cells an action's area covers, less those behind total cover from where it starts.

    A sphere, a cylinder and a far cube start at their centre, all else at the actor (SRD 5.1, "Areas of Effect").
    """
    area = action.target.area
    if area is None or actor.cell is None:
        return frozenset()
    cells = area_cells(area, actor.cell, cell if cell is not None else actor.cell)
    start = _origin(actor, action, cell, terrain) or actor.cell
    return frozenset(c for c in cells if terrain.inside(c) and (c == start or terrain.cover(start, c) != "total"))


def _origin(actor: Creature | None, action: Action, cell: Cell | None, terrain: Terrain) -> Cell | None:
    """Return where an effect spreads or strikes from."""
    area = action.target.area
    own = actor.cell if actor is not None else None
    if area is None or cell is None or not terrain.inside(cell):
        return own
    far = area.shape == "cube" and own is not None and distance(own, cell) > FEET_PER_CELL
    return cell if far or area.shape in {"sphere", "cylinder"} else own


def caught(stage: Stage, actor: Creature, action: Action, cells: frozenset[Cell]) -> tuple[str, ...]:
    """Return who is in an area and can be affected, in the stage's order."""
    types = action.target.types
    return tuple(
        c.id
        for c in stage.creatures.values()
        if c.life != "dead" and (not types or c.sheet.type in types) and _wanted(actor, c, action) and in_area(c, cells)
    )


def _wanted(actor: Creature, target: Creature, action: Action) -> bool:
    side = action.target.side
    return side == "any" or (side == "ally") == (actor.side == target.side)


def cover_from(res: Resolution, step: Resolve, target: Creature) -> Cover:
    """Return the cover of a target against where an effect comes from: the area's centre or the actor."""
    actor = res.creature(step.crt)
    start = _origin(actor, acting(actor, step), step.cell, res.terrain)
    if start is None or target.cell is None or start == target.cell:
        return "none"
    return res.terrain.cover(start, target.cell)
