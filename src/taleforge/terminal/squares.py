"""Squares of the map as people say them, `C7`: columns in letters, rows from 1.

The table counts columns and rows from 0; only the terminal speaks of squares by letter. It does not know what lies on
them.
"""

import re

Cell = tuple[int, int]

_SQUARE = re.compile(r"([A-Z]{1,2})([1-9][0-9]{0,2})", re.IGNORECASE)


def column_letters(column: int) -> str:
    """Return the letters of a column: A to Z, then AA, AB and so on."""
    first, second = divmod(column, 26)
    return (chr(64 + first) if first else "") + chr(65 + second)


def square(cell: Cell) -> str:
    """Return a cell's name."""
    return f"{column_letters(cell[0])}{cell[1] + 1}"


def cell_of(text: str) -> Cell | None:
    """Return the cell a text names as a square, or None when it is no square."""
    found = _SQUARE.fullmatch(text.strip())
    if found is None:
        return None
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    return column - 1, int(found[2]) - 1


def feet_between(a: Cell, b: Cell) -> int:
    """Return the distance of two cells in feet, as the table counts it: diagonals are 5 feet."""
    return 5 * max(abs(a[0] - b[0]), abs(a[1] - b[1]))


def direction(start: Cell, end: Cell) -> str:
    """Return which of the eight winds leads from one cell to another, as `n` or `se`; north is up."""
    right, down = end[0] - start[0], end[1] - start[1]
    if abs(right) > 2 * abs(down):
        return "e" if right > 0 else "w"
    if abs(down) > 2 * abs(right):
        return "s" if down > 0 else "n"
    return ("s" if down > 0 else "n") + ("e" if right > 0 else "w")
