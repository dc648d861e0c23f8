"""Spaces, gaps and the shapes of areas on the grid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge.rules.areas import AWAY, BESIDE, area_cells, footprint, gap, gap_from, gap_to_cell, in_area, neighbours
from taleforge.rules.creature import Area
from taleforge.rules.stage import distance
from taleforge.rules.values import Cell
from tests.rules.people import fighter, goblin

cells = st.tuples(st.integers(-20, 20), st.integers(-20, 20))
shapes = st.sampled_from(["sphere", "cone", "cube", "line", "cylinder"])
areas = st.builds(Area, shapes, st.sampled_from([5, 10, 15, 20, 30, 60]), st.sampled_from([5, 10]))


def drawn(area: Area, origin: Cell, aim: Cell, width: int = 9) -> list[str]:
    """Draw an area, the origin as `@`."""
    found = area_cells(area, origin, aim)
    rows = range(width)
    return [
        "".join("@" if (x, y) == origin else "x" if (x, y) in found else "." for x in rows).rstrip(".") for y in rows
    ]


def test_a_medium_creature_fills_one_cell_and_an_ogre_four() -> None:
    """Spaces grow with size."""
    assert footprint(goblin((3, 1))) == ((3, 1),)
    assert set(footprint(goblin((3, 1), size="large"))) == {(3, 1), (4, 1), (3, 2), (4, 2)}
    assert footprint(goblin(None)) == ()


def test_gaps_are_from_edge_to_edge() -> None:
    """An ogre's far side counts for nothing."""
    ogre = goblin((3, 1), size="large")
    assert gap(ogre, fighter((5, 1))) == 5
    assert gap(ogre, fighter((2, 1))) == 5
    assert gap(fighter((2, 0)), ogre) == 5
    assert gap(ogre, fighter((4, 2))) == 0
    assert gap_from(ogre, (0, 0), fighter((5, 1))) == 20
    assert gap_to_cell(ogre, (9, 9)) == 35


def test_without_a_map_everyone_is_beside_everyone_and_off_the_map_nobody_is() -> None:
    """Who alone has no place is not there."""
    assert gap(fighter(None), goblin(None)) == BESIDE
    assert gap(fighter((1, 1)), goblin(None)) == AWAY


@given(cells, cells)
def test_the_gap_of_two_small_creatures_is_the_distance_of_their_cells(a: Cell, b: Cell) -> None:
    """And the same both ways."""
    assert gap(fighter(a), goblin(b)) == gap(goblin(b), fighter(a)) == distance(a, b)


def test_a_cone_is_as_wide_as_it_is_long() -> None:
    """Fifteen feet to the east: one cell, three, three."""
    assert drawn(Area("cone", 15), (0, 3), (4, 3), 7) == ["", "", "..xx", "@xxx", "..xx", "", ""]


def test_a_line_keeps_its_width() -> None:
    """Thirty feet long and five wide."""
    assert drawn(Area("line", 30), (0, 1), (1, 1), 8)[:3] == ["", "@xxxxxx", ""]


def test_a_wave_from_the_caster_lies_before_it_and_a_far_cube_around_its_aim() -> None:
    """Fifteen-foot cubes."""
    assert drawn(Area("cube", 15), (0, 1), (1, 1), 5) == [".xxx", "@xxx", ".xxx", "", ""]
    assert drawn(Area("cube", 15), (0, 1), (4, 3), 6) == ["", "@", "...xxx", "...xxx", "...xxx", ""]


def test_a_sphere_is_round() -> None:
    """Ten feet around a cell: twenty-one cells, the corners left out."""
    assert len(area_cells(Area("sphere", 10), (0, 0), (5, 5))) == 21
    assert (3, 3) not in area_cells(Area("sphere", 10), (0, 0), (5, 5))


@given(areas, cells, cells)
def test_an_area_stays_within_its_size(area: Area, origin: Cell, aim: Cell) -> None:
    """No cell is farther from where the area begins than the area is large."""
    centred = area.shape in {"sphere", "cylinder"} or (area.shape == "cube" and distance(origin, aim) > 5)
    start = aim if centred else origin
    assert all(distance(start, cell) <= area.size for cell in area_cells(area, origin, aim))


@given(areas, cells, cells, cells)
def test_an_area_moves_with_its_origin(area: Area, origin: Cell, aim: Cell, by: Cell) -> None:
    """Shapes do not depend on where on the map they are."""
    there = area_cells(area, (origin[0] + by[0], origin[1] + by[1]), (aim[0] + by[0], aim[1] + by[1]))
    assert there == {(x + by[0], y + by[1]) for x, y in area_cells(area, origin, aim)}


@pytest.mark.parametrize("shape", ["cone", "line"])
@given(origin=cells, aim=cells)
def test_a_cone_or_line_never_holds_its_origin(shape: str, origin: Cell, aim: Cell) -> None:
    """The caster does not burn itself."""
    assert origin not in area_cells(Area(shape, 30), origin, aim)  # type: ignore[arg-type]


def test_one_foot_in_the_fire_is_enough() -> None:
    """A large creature is in an area with any part of its space."""
    ogre = goblin((3, 1), size="large")
    assert in_area(ogre, frozenset({(4, 2)}))
    assert not in_area(ogre, frozenset({(5, 3)}))


@given(cells)
def test_a_cell_has_eight_neighbours(cell: Cell) -> None:
    """All five feet away."""
    assert len(set(neighbours(cell))) == 8
    assert all(distance(cell, other) == 5 for other in neighbours(cell))
