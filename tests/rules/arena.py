"""A ground drawn in text, for tests of the rules: `#` wall, `~` difficult, `n` low wall (half cover), `o` pillar."""

from dataclasses import dataclass

from taleforge.rules.aim import cells_between
from taleforge.rules.areas import neighbours
from taleforge.rules.values import Cell, Cover, Light

COVERS: dict[str, Cover] = {"#": "total", "o": "three_quarters", "n": "half"}
RANKED: tuple[Cover, ...] = ("none", "half", "three_quarters", "total")


@dataclass(frozen=True)
class Arena:
    """Rows of glyphs; everything not drawn is wall. `m` is dim floor and `d` dark floor."""

    rows: tuple[str, ...]
    everywhere: Light = "bright"

    def glyph(self, cell: Cell) -> str:
        """Return what is drawn at a cell; wall outside."""
        x, y = cell
        return self.rows[y][x] if 0 <= y < len(self.rows) and 0 <= x < len(self.rows[y]) else "#"

    def inside(self, cell: Cell) -> bool:
        """Whether a cell is no wall."""
        return self.glyph(cell) != "#"

    def step_cost(self, start: Cell, end: Cell) -> int | None:
        """Return 5 feet, 10 where it is difficult, None into a wall."""
        if not self.inside(end):
            return None
        return 10 if self.glyph(end) in "~n" else 5

    def steps(self, start: Cell) -> dict[Cell, int]:
        """Return the steps from a cell that are not into a wall."""
        return {end: cost for end in neighbours(start) if (cost := self.step_cost(start, end)) is not None}

    def visible(self, start: Cell, end: Cell) -> bool:
        """Whether no wall lies between two cells."""
        return all(self.glyph(cell) != "#" for cell in cells_between(start, end))

    def cover(self, start: Cell, end: Cell) -> Cover:
        """Return the best cover drawn between two cells."""
        found: list[Cover] = [COVERS.get(self.glyph(cell), "none") for cell in cells_between(start, end)]
        return max(found, key=RANKED.index) if found else "none"

    def light(self, cell: Cell) -> Light:
        """Return the light drawn on a cell, else the light everywhere."""
        return {"d": "dark", "m": "dim"}.get(self.glyph(cell), self.everywhere)  # type: ignore[return-value]


def field(width: int = 12, height: int = 8, light: Light = "bright") -> Arena:
    """Return open ground."""
    return Arena(("." * width,) * height, light)
