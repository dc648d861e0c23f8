"""Squares by letter and number, distances and directions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge.terminal.squares import cell_of, direction, feet_between, square

CELLS = st.tuples(st.integers(0, 700), st.integers(0, 998))


@given(CELLS)
def test_every_cell_can_be_named_and_found_again(cell: tuple[int, int]) -> None:
    """The name of a cell is that of no other."""
    assert cell_of(square(cell)) == cell


@pytest.mark.parametrize("text", ["", "7", "C", "C0", "look", "ABC1", "C-1", "C7 C8", "go C7"])
def test_other_words_are_no_squares(text: str) -> None:
    """Only a letter or two and a number are."""
    assert cell_of(text) is None


@pytest.mark.parametrize(
    ("end", "way"), [((9, 5), "e"), ((5, 0), "n"), ((9, 1), "ne"), ((0, 6), "w"), ((3, 7), "sw"), ((6, 9), "s")]
)
def test_directions_are_the_eight_winds(end: tuple[int, int], way: str) -> None:
    """North is up."""
    assert direction((5, 5), end) == way


def test_diagonals_count_five_feet() -> None:
    """As the table counts them."""
    assert feet_between((0, 0), (3, 2)) == 15
