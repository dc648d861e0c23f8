"""Lines of sight on a grid of cells, exact in whole numbers, so that what sees is seen.

Rows of cells are bit sets: bit x of row y is the cell (x, y). Knows nothing of light, doors or creatures.
"""

from typing import TypeAlias

from taleforge.rules.values import Cell

Rows: TypeAlias = tuple[int, ...]

_QUADRANTS = ((1, 0, 0, -1), (1, 0, 0, 1), (0, 1, 1, 0), (0, -1, 1, 0))
"""How column and depth in each quarter of the view become x and y: a·column + b·depth, c·column + d·depth."""

_Slope: TypeAlias = tuple[int, int]
"""Numerator and denominator; the denominator is positive."""


def flat(rows: Rows, width: int) -> int:
    """Return a set of cells as one number: bit (y · width + x) is the cell (x, y). Sets are then compared at once."""
    found = 0
    for row in reversed(rows):
        found = found << width | row
    return found


def field_of_view(opaque: Rows, width: int, origin: Cell) -> Rows:
    """Return the cells in sight of one cell, and the opaque cells that end the view.

    Symmetric shadow casting: a see-through cell is in view exactly when the line between the two centres is within an
    unbroken cone, which holds from either end.
    """
    seen = [0] * len(opaque)
    x, y = origin
    if not (0 <= y < len(opaque) and 0 <= x < width):
        return tuple(seen)
    seen[y] |= 1 << x
    for turn in _QUADRANTS:
        _scan(opaque, width, origin, turn, seen)
    return tuple(seen)


def _scan(opaque: Rows, width: int, origin: Cell, turn: tuple[int, int, int, int], seen: list[int]) -> None:
    ox, oy = origin
    a, b, c, d = turn
    rows: list[tuple[int, _Slope, _Slope]] = [(1, (-1, 1), (1, 1))]
    while rows:
        depth, start, end = rows.pop()
        was_wall: bool | None = None
        first = (2 * depth * start[0] + start[1]) // (2 * start[1])
        last = -((end[1] - 2 * depth * end[0]) // (2 * end[1]))
        inside = False
        for column in range(first, last + 1):
            x, y = ox + a * column + b * depth, oy + c * column + d * depth
            on_map = 0 <= y < len(opaque) and 0 <= x < width
            inside = inside or on_map
            wall = not on_map or bool(opaque[y] >> x & 1)
            centred = column * start[1] >= depth * start[0] and column * end[1] <= depth * end[0]
            if on_map and (wall or centred):
                seen[y] |= 1 << x
            if was_wall and not wall:
                start = (2 * column - 1, 2 * depth)
            if was_wall is False and wall:
                rows.append((depth + 1, start, (2 * column - 1, 2 * depth)))
            was_wall = wall
        if was_wall is False and inside:
            rows.append((depth + 1, start, end))


def crossed(rows: Rows, start: Cell, end: Cell) -> bool:
    """Whether the line between the centres of two cells goes through the inside of a set cell between them."""
    left, right = sorted((start[0], end[0]))
    top, bottom = sorted((start[1], end[1]))
    span = (1 << right + 1) - (1 << left)
    for y in range(top, bottom + 1):
        bits = rows[y] & span
        while bits:
            x = bits.bit_length() - 1
            bits ^= 1 << x
            if (x, y) not in {start, end} and _through(start, end, (x, y)):
                return True
    return False


def _through(start: Cell, end: Cell, cell: Cell) -> bool:
    """Centres lie at odd, corners at even half-cells; the cell is between them already in both directions."""
    ax, ay = 2 * start[0] + 1, 2 * start[1] + 1
    dx, dy = 2 * (end[0] - start[0]), 2 * (end[1] - start[1])
    x, y = 2 * cell[0], 2 * cell[1]
    sides = [dx * (cy - ay) - dy * (cx - ax) for cx in (x, x + 2) for cy in (y, y + 2)]
    return min(sides) < 0 < max(sides)
