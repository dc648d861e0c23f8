"""What is seen of the ground from somewhere: line of sight, the scene's light, carried lights, and darkvision.

Says nothing about creatures being hidden or invisible; that is for the rules.
"""

from sys import intern
from typing import Any

from msgspec import Struct

from taleforge.rules.derived import derived
from taleforge.rules.values import FEET_PER_CELL, Cell
from taleforge.world.grid import Grid
from taleforge.world.sight import Rows

Lights = tuple[tuple[Cell, int], ...]
"""Carried lights: where, and the radius in feet in which they are bright; they are dim as far again."""

UNSEEN = " "
_LETTERS = str.maketrans("0123", UNSEEN + "bdn")
MOST_SEEN = 512
"""Sights that are kept of one grid, and as many arrangements of lights."""


class Seen:
    """Cells seen, as bits by row (bit 0 is column 0): `bright` ones, `dim` ones, and dark ones seen with darkvision."""

    __slots__ = ("_bright", "_dim", "_lit", "_width", "rows")

    def __init__(self, rows: Rows, bright: Rows, dim: Rows, width: int) -> None:
        self.rows = rows
        self._bright = bright
        self._dim = dim
        self._width = width
        self._lit: tuple[str, ...] | None = None

    @property
    def lit(self) -> tuple[str, ...]:
        """One letter per cell: `b` bright, `d` dim, `n` dark but seen with darkvision, a blank where unseen.

        Written when it is first asked for: on the way somewhere, nobody does.
        """
        if self._lit is None:
            rows = zip(self.rows, self._bright, self._dim, strict=True)
            self._lit = tuple([_row(self._width, bright, dim, seen & ~bright & ~dim) for seen, bright, dim in rows])
        return self._lit

    def __contains__(self, cell: Cell) -> bool:
        """Whether a cell is seen."""
        x, y = cell
        return 0 <= y < len(self.rows) and x >= 0 and bool(self.rows[y] >> x & 1)


class _Sights(Struct):
    """What was looked at on one grid: where the scene itself is bright and at least dim, and what was seen."""

    bright: Rows
    dim: Rows
    lit: dict[Lights, tuple[Rows, Rows]]
    seen: dict[tuple[Cell, int, Lights], Seen]


@derived
def _sights(grid: Grid) -> _Sights:
    bright, dim = [0] * grid.height, [0] * grid.height
    for x, y in grid.kinds:
        light = grid.light((x, y))
        bright[y] |= (light == "bright") << x
        dim[y] |= (light != "dark") << x
    return _Sights(tuple(bright), tuple(dim), {}, {})


def visible_rows(grid: Grid, cell: Cell, reach_dark: int = 0, lights: Lights = ()) -> Seen:
    """Return what somebody in a cell sees: what is lit, and what is dark within the reach of their darkvision in feet.

    Darkness blocks sight entirely (SRD 5.1, "Vision and Light").
    """
    seen = _sights(grid).seen
    key = (cell, reach_dark, lights)
    if key not in seen:
        _make_room(seen)
        seen[key] = _look(grid, cell, reach_dark, lights)
    return seen[key]


def _make_room(known: dict[Any, Any]) -> None:
    while len(known) >= MOST_SEEN:
        del known[next(iter(known))]


def _look(grid: Grid, cell: Cell, reach_dark: int, lights: Lights) -> Seen:
    view, (bright, lit) = grid.view(cell), _light(grid, lights)
    near = _square(grid, cell, reach_dark)
    return Seen(
        tuple([inside & (light | felt) for inside, light, felt in zip(view, lit, near, strict=True)]),
        tuple([inside & light for inside, light in zip(view, bright, strict=True)]),
        tuple([inside & light & ~full for inside, light, full in zip(view, lit, bright, strict=True)]),
        grid.width,
    )


def _row(width: int, bright: int, dim: int, dark: int) -> str:
    """Write a row of three sets of cells, which share none: as digits of a number, which are then its letters."""
    if not bright | dim | dark:
        return UNSEEN * width
    number = int(f"{bright:b}")
    if dim:
        number += 2 * int(f"{dim:b}")
    if dark:
        number += 3 * int(f"{dark:b}")
    return intern(f"{number:0{width}}"[::-1].translate(_LETTERS))


def _light(grid: Grid, lights: Lights) -> tuple[Rows, Rows]:
    """Return the cells on which bright light falls, and those on which any light does."""
    sights = _sights(grid)
    if lights not in sights.lit:
        _make_room(sights.lit)
        bright, dim = sights.bright, sights.dim
        for source, radius in lights:
            bright = _joined(bright, _glow(grid, source, radius))
            dim = _joined(dim, _glow(grid, source, 2 * radius))
        sights.lit[lights] = bright, _joined(bright, dim)
    return sights.lit[lights]


def _joined(one: Rows, other: Rows) -> Rows:
    return tuple(a | b for a, b in zip(one, other, strict=True))


def _glow(grid: Grid, source: Cell, radius: int) -> Rows:
    view = grid.view(source)
    return tuple(row & near for row, near in zip(view, _square(grid, source, radius), strict=True))


def _square(grid: Grid, centre: Cell, radius: int) -> Rows:
    """Return the cells within a radius in feet of one, diagonals counting as one step."""
    steps = radius // FEET_PER_CELL
    x, y = centre
    span = (1 << x + steps + 1) - (1 << max(0, x - steps)) & (1 << grid.width) - 1
    return tuple(span if abs(j - y) <= steps else 0 for j in range(grid.height))
