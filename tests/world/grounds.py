"""Grounds to test geometry on: drawn by hand, or at random."""

from hypothesis import strategies as st

from taleforge.rules.values import Cell
from taleforge.world.grid import Grid, grid_from
from taleforge.world.scene import Ground
from taleforge.world.sight import Rows

LEGEND = {
    "#": "wall", ".": "floor", ",": "difficult", "~": "water", "_": "low", "o": "pillar", " ": "void", "s": "stairs",
}  # fmt: skip


def ground(*rows: str, light: str = "bright", lamps: tuple[tuple[int, int, int], ...] = ()) -> Ground:
    """Return a ground drawn with the usual glyphs."""
    return Ground(rows=rows, legend=LEGEND, light=light, lamps=lamps)  # type: ignore[arg-type]  # a literal by name


def grid(*rows: str) -> Grid:
    """Return the grid of a ground drawn with the usual glyphs."""
    return grid_from(ground(*rows))


def see_through(grid: Grid) -> list[Cell]:
    """Return the cells that do not end sight."""
    return [(x, y) for x, y in grid.kinds if not grid.opaque[y] >> x & 1]


def standable(grid: Grid) -> list[Cell]:
    """Return the cells somebody can be in."""
    return [cell for cell in grid.kinds if grid.inside(cell)]


def within(fewer: Rows, more: Rows) -> bool:
    """Whether every cell of one set is in the other."""
    return all(some & ~every == 0 for some, every in zip(fewer, more, strict=True))


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    """Grounds of all kinds, up to nine by nine, with at least one place to stand."""
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    glyphs = st.text(alphabet="......##,~_o s", min_size=width, max_size=width)
    rows = draw(st.lists(glyphs, min_size=height, max_size=height))
    rows[0] = "." + rows[0][1:]
    return grid(*rows)
