"""What is seen of the ground."""

from hypothesis import given
from hypothesis import strategies as st

from taleforge.world.fog import visible_rows
from taleforge.world.grid import Grid, grid_from
from tests.world.grounds import grids, ground, standable, within


@given(grids(), st.data())
def test_light_and_darkvision_only_add(bright: Grid, data: st.DataObject) -> None:
    """In the dark one sees oneself; darkvision and carried lights show more, never what is out of sight."""
    dark = grid_from(ground(*bright.ground.rows, light="dark"))
    cell = data.draw(st.sampled_from(standable(dark)))
    bare = visible_rows(dark, cell)
    assert [place for place in dark.kinds if place in bare] == [cell]
    for more in (visible_rows(dark, cell, 30), visible_rows(dark, cell, 0, ((cell, 20),))):
        assert within(bare.rows, more.rows)
        assert within(more.rows, dark.view(cell))


def test_each_cell_tells_its_light() -> None:
    """Bright, dim, dark within darkvision, unseen: letter by letter."""
    lane = grid_from(ground("............", light="dark", lamps=((0, 0, 10),)))
    assert visible_rows(lane, (0, 0), 40).lit == ("bbbddnnnn   ",)
    assert visible_rows(lane, (0, 0)).lit == ("bbbdd       ",)


def test_somebody_elses_light_is_seen_from_afar() -> None:
    """A torch at the end of a dark lane shows what it shines on."""
    lane = grid_from(ground("............", light="dark"))
    assert visible_rows(lane, (0, 0), 0, (((10, 0), 5),)).lit == ("n       dbbb",)
