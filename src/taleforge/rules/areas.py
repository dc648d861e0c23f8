"""Places on the grid: the space a creature fills, the gap between two creatures, the cells an area of effect covers.

Does not know walls: `magic` asks the terrain which of these cells the effect reaches.
"""

from collections.abc import Iterable
from functools import lru_cache

from taleforge.rules.creature import Area, Creature
from taleforge.rules.values import FEET_PER_CELL, Cell, Size

SPAN: dict[Size, int] = {"tiny": 1, "small": 1, "medium": 1, "large": 2, "huge": 3, "gargantuan": 4}
"""Cells along one side of the space a creature controls (SRD 5.1, "Creature Size")."""

SIZES: tuple[Size, ...] = tuple(SPAN)
"""Sizes from the smallest on."""

BESIDE = FEET_PER_CELL
"""The gap of two creatures without a map: everyone stands within reach."""

AWAY = 1_000_000
"""The gap when one of two has no place on the map: it is not there."""


def footprint(creature: Creature) -> tuple[Cell, ...]:
    """Return the cells a creature fills, its own cell being the upper left one; none when it is on no map."""
    if creature.cell is None:
        return ()
    span = SPAN[creature.sheet.size]
    if span == 1:
        return (creature.cell,)
    x, y = creature.cell
    return tuple((x + dx, y + dy) for dy in range(span) for dx in range(span))


def gap(a: Creature, b: Creature) -> int:
    """Return the distance of two creatures in feet, from edge to edge: 5 for neighbours, 0 in one cell."""
    if a.cell is None or b.cell is None:
        return BESIDE if a.cell is b.cell else AWAY
    return _cells_apart(a.cell, SPAN[a.sheet.size], b.cell, SPAN[b.sheet.size]) * FEET_PER_CELL


def gap_from(creature: Creature, cell: Cell, other: Creature) -> int:
    """Return what `gap` would be if the creature stood in a cell."""
    if other.cell is None:
        return AWAY
    return _cells_apart(cell, SPAN[creature.sheet.size], other.cell, SPAN[other.sheet.size]) * FEET_PER_CELL


def gap_to_cell(creature: Creature, cell: Cell) -> int:
    """Return the distance of a creature to a cell in feet."""
    if creature.cell is None:
        return AWAY
    return _cells_apart(creature.cell, SPAN[creature.sheet.size], cell, 1) * FEET_PER_CELL


def _cells_apart(a: Cell, a_span: int, b: Cell, b_span: int) -> int:
    dx = b[0] - a[0]
    dy = b[1] - a[1]
    across = dx - a_span + 1 if dx >= 0 else -dx - b_span + 1
    down = dy - a_span + 1 if dy >= 0 else -dy - b_span + 1
    return max(across, down, 0)


def area_cells(area: Area, origin: Cell, aim: Cell) -> frozenset[Cell]:
    """Return the cells of an area of effect (SRD 5.1, "Areas of Effect").

    A sphere or cylinder is centred on `aim`. A cone or line starts at `origin`, which it does not include, and points
    at `aim`. A cube is centred on `aim`, or lies before `origin` when it is aimed at a neighbour of it. A cell belongs
    to a round shape when its centre is no more than half a cell outside the circle.
    """
    if area.shape in {"sphere", "cylinder"}:
        return _moved(_disc(area.size // FEET_PER_CELL), aim)
    x, y = aim[0] - origin[0], aim[1] - origin[1]
    if area.shape == "cube":
        near = max(abs(x), abs(y)) == 1
        side = area.size // FEET_PER_CELL
        return _moved(_cube_before(side, x, y), origin) if near else _moved(_cube_around(side), aim)
    return _moved(_ray(area, x, y), origin)


def in_area(creature: Creature, cells: frozenset[Cell]) -> bool:
    """Whether a creature stands with any part of its space in an area."""
    return any(cell in cells for cell in footprint(creature))


def neighbours(cell: Cell) -> tuple[Cell, ...]:
    """Return the eight cells around a cell, straight ones first."""
    x, y = cell
    return (
        (x, y - 1), (x + 1, y), (x, y + 1), (x - 1, y),
        (x + 1, y - 1), (x + 1, y + 1), (x - 1, y + 1), (x - 1, y - 1),
    )  # fmt: skip


def _moved(offsets: Iterable[Cell], by: Cell) -> frozenset[Cell]:
    return frozenset((x + by[0], y + by[1]) for x, y in offsets)


@lru_cache(maxsize=64)
def _disc(radius: int) -> frozenset[Cell]:
    span = range(-radius, radius + 1)
    limit = (2 * radius + 1) ** 2
    return frozenset((x, y) for x in span for y in span if 4 * (x * x + y * y) <= limit)


@lru_cache(maxsize=64)
def _cube_around(side: int) -> frozenset[Cell]:
    span = range(-((side - 1) // 2), side // 2 + 1)
    return frozenset((x, y) for x in span for y in span)


@lru_cache(maxsize=256)
def _cube_before(side: int, x: int, y: int) -> frozenset[Cell]:
    return frozenset((i, j) for i in _edge(side, x) for j in _edge(side, y))


def _edge(side: int, direction: int) -> range:
    if direction > 0:
        return range(1, side + 1)
    if direction < 0:
        return range(-side, 0)
    return range(-((side - 1) // 2), side // 2 + 1)


@lru_cache(maxsize=1024)
def _ray(area: Area, x: int, y: int) -> frozenset[Cell]:
    """Return a cone's or line's cells as offsets: a cone is as wide as it is far away, a line keeps its width."""
    reach = area.size // FEET_PER_CELL
    span = range(-reach, reach + 1)
    length = x * x + y * y
    width = area.width // FEET_PER_CELL
    inside: set[Cell] = set()
    for i in span:
        for j in span:
            along, aside = i * x + j * y, abs(i * y - j * x)
            if along > 0 and (2 * aside <= along if area.shape == "cone" else 4 * aside * aside <= width**2 * length):
                inside.add((i, j))
    return frozenset(inside)
