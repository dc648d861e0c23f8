"""What is seen of the ground from somewhere: line of sight, the scene's light, carried lights, and darkvision.

Says nothing about creatures being hidden or invisible; that is for the rules.
"""

from functools import lru_cache

from msgspec import Struct

from taleforge.rules.stage import distance
from taleforge.rules.values import Cell, Light
from taleforge.world.grid import Grid, glow
from taleforge.world.sight import Rows

Lights = tuple[tuple[Cell, int], ...]
"""Carried lights: where, and the radius in feet in which they are bright; they are dim as far again."""

_GLYPH: dict[Light, str] = {"bright": "b", "dim": "d", "dark": "n"}
UNSEEN = " "
_BRIGHTEST_FIRST: tuple[Light, ...] = ("bright", "dim", "dark")


class Seen(Struct, frozen=True):
    """Cells seen, as bits by row (bit 0 is column 0), and how each is lit.

    `lit` has one letter per cell: `b` bright, `d` dim, `n` dark but seen with darkvision, a blank where unseen.
    """

    rows: Rows
    lit: tuple[str, ...]

    def __contains__(self, cell: Cell) -> bool:
        """Whether a cell is seen."""
        x, y = cell
        return 0 <= y < len(self.rows) and x >= 0 and bool(self.rows[y] >> x & 1)


@lru_cache(maxsize=512)
def visible_rows(grid: Grid, cell: Cell, reach_dark: int = 0, lights: Lights = ()) -> Seen:
    """Return what somebody in a cell sees: what is lit, and what is dark within the reach of their darkvision in feet.

    Darkness blocks sight entirely (SRD 5.1, "Vision and Light").
    """
    carried = _carried(grid, lights)
    rows: list[int] = []
    lit: list[str] = []
    for y, view in enumerate(grid.view(cell)):
        letters = [
            _letter(grid, cell, (x, y), reach_dark, carried) if view >> x & 1 else UNSEEN for x in range(grid.width)
        ]
        rows.append(sum(1 << x for x, letter in enumerate(letters) if letter != UNSEEN))
        lit.append("".join(letters))
    return Seen(tuple(rows), tuple(lit))


def _letter(grid: Grid, viewer: Cell, cell: Cell, reach_dark: int, carried: dict[Cell, Light]) -> str:
    light = brighter(grid.light(cell), carried.get(cell, "dark"))
    if light == "dark" and cell != viewer and distance(viewer, cell) > reach_dark:
        return UNSEEN
    return _GLYPH[light]


def _carried(grid: Grid, lights: Lights) -> dict[Cell, Light]:
    lit: dict[Cell, Light] = {}
    for source, radius in lights:
        for cell in glow(grid, source, radius, "dim"):
            lit.setdefault(cell, "dim")
        lit.update(dict.fromkeys(glow(grid, source, radius, "bright"), "bright"))
    return lit


def brighter(one: Light, other: Light) -> Light:
    """Return the brighter of two lights."""
    return one if _BRIGHTEST_FIRST.index(one) <= _BRIGHTEST_FIRST.index(other) else other
