"""The ground as the rules ask for it."""

from hypothesis import given
from hypothesis import strategies as st

from taleforge.rules.stage import Terrain
from taleforge.world.grid import Grid, approachable, grid_from, grid_of, open_field, zone_of
from taleforge.world.scene import Feature, Rect, Scene, Zone
from tests.world.grounds import grid, grids, ground, see_through, standable, within

COVERS = ["none", "half", "three_quarters", "total"]


def test_a_grid_is_terrain() -> None:
    """The rules can ask a grid whatever they ask of the ground."""
    terrain: Terrain = grid("..", "..")
    assert terrain.inside((1, 1))


@given(grids())
def test_what_sees_is_seen(grid: Grid) -> None:
    """Sight goes both ways between cells that do not end it."""
    cells = see_through(grid)
    assert all(grid.visible(a, b) == grid.visible(b, a) for a in cells for b in cells)


@given(grids())
def test_total_cover_means_out_of_sight(grid: Grid) -> None:
    """Cover is total exactly where nothing is seen, and nobody has cover from themselves."""
    cells = see_through(grid)
    for a in cells:
        assert grid.cover(a, a) == "none"
        assert all((grid.cover(a, b) == "total") != grid.visible(a, b) for b in cells)


@given(grids())
def test_one_can_step_back(grid: Grid) -> None:
    """A step that is allowed one way is allowed the other way, and costs 5 or 10 feet for the ground stepped on."""
    for a in standable(grid):
        for b, cost in grid.steps(a).items():
            assert grid.step_cost(b, a) is not None
            assert cost == (10 if grid.kinds[b] in {"difficult", "low", "water"} else 5)


@given(grids(), st.data())
def test_a_region_is_where_one_can_walk(grid: Grid, data: st.DataObject) -> None:
    """A region holds its start and every step from any of its cells, and is the same for all of them."""
    start = data.draw(st.sampled_from(standable(grid)))
    region = grid.region(start)
    cells = [(x, y) for x, y in grid.kinds if region[y] >> x & 1]
    assert start in cells
    for cell in cells:
        assert set(grid.steps(cell)) <= set(cells)
        assert grid.region(cell) == region


@given(grids(), st.data())
def test_a_shut_door_only_takes_away(open_grid: Grid, data: st.DataObject) -> None:
    """Barring a cell shows nothing new and opens no way, and never lessens cover."""
    door = data.draw(st.sampled_from(standable(open_grid)))
    shut = grid_from(open_grid.ground, frozenset({door}))
    for a in see_through(shut):
        for b in see_through(shut):
            assert open_grid.visible(a, b) or not shut.visible(a, b)
            assert COVERS.index(shut.cover(a, b)) >= COVERS.index(open_grid.cover(a, b))
        if shut.inside(a):
            assert within(shut.region(a), open_grid.region(a))


def test_corners_are_not_cut() -> None:
    """No diagonal step past a wall or pillar; past low things it is allowed (SRD 5.1, "Playing on a Grid")."""
    assert grid(".#", "..").step_cost((0, 0), (1, 1)) is None
    assert grid(".o", "..").step_cost((0, 0), (1, 1)) is None
    assert grid("._", "..").step_cost((0, 0), (1, 1)) == 5


def test_what_lies_between_covers() -> None:
    """A table gives half cover, a pillar three quarters, a wall all of it, open floor none."""
    assert grid("...").cover((0, 0), (2, 0)) == "none"
    assert grid("._.").cover((0, 0), (2, 0)) == "half"
    assert grid(".o.").cover((0, 0), (2, 0)) == "three_quarters"
    assert grid(".#.").cover((0, 0), (2, 0)) == "total"


def test_standing_on_the_table_is_no_cover() -> None:
    """What one stands on does not hide one, from either end."""
    assert grid("._").cover((0, 0), (1, 0)) == "none"
    assert grid("_.").cover((0, 0), (1, 0)) == "none"


def test_a_corner_of_wall_covers_in_part() -> None:
    """Somebody behind the corner of a wall has cover but can be seen."""
    around = grid("....", ".#..", "....", "....")
    assert around.cover((0, 0), (2, 1)) == "half"
    assert around.visible((0, 0), (2, 1))


def test_walls_cast_shadow() -> None:
    """A lamp lights what it shines on, bright near and dim as far again, and nothing behind a wall."""
    lit = grid_from(ground("..........#..", light="dark", lamps=((0, 0, 20),)))
    assert [lit.light((x, 0)) for x in (0, 4, 5, 8, 9, 12)] == ["bright", "bright", "dim", "dim", "dark", "dark"]
    nearer = grid_from(ground("..#..", light="dark", lamps=((0, 0, 20),)))
    assert nearer.light((4, 0)) == "dark"


def test_the_edge_of_the_map_is_a_wall() -> None:
    """Cells off the map are neither stood on nor seen, and asking about them harms nothing."""
    small = grid(".")
    assert not small.inside((-1, 0))
    assert small.step_cost((0, 0), (1, 0)) is None
    assert not small.visible((0, 0), (5, 5))
    assert not small.visible((0, 0), (-1, -1))
    assert small.light((9, 9)) == "dark"


DOOR = Feature("door", "door", cells=((1, 0),), state="closed", blocks=True)
SCENE = Scene(
    id="hall", name="Hall", look="", ground=ground("...", "#.#", "..."), features=(DOOR,),
    zones=(Zone("nook", "the nook", Rect(0, 0, 0, 0)), Zone("hall", "the hall", Rect(0, 0, 2, 2))),
)  # fmt: skip


def test_doors_are_as_they_are_now() -> None:
    """A scene's grid follows the states of its doors, starts with the states it was written with, and is kept."""
    assert grid_of(SCENE, {}).step_cost((0, 0), (1, 0)) is None
    assert grid_of(SCENE, {"door": "open"}).step_cost((0, 0), (1, 0)) == 5
    assert grid_of(SCENE, {"door": "broken"}) is grid_of(SCENE, {"door": "open"})
    assert grid_of(SCENE, {"door": "locked"}) is grid_of(SCENE, {})


def test_the_first_zone_names_a_cell() -> None:
    """Of two zones that hold a cell the first gives it its name; no zone, no name."""
    assert [getattr(zone_of(SCENE, cell), "id", None) for cell in ((0, 0), (2, 2), (5, 5))] == ["nook", "hall", None]


def test_within_reach_means_walking_there_and_seeing() -> None:
    """A thing across a wall is not within reach, however near."""
    walled = grid("...", "###", "...")
    assert not approachable(walled, (0, 0), (0, 2), 10)
    assert approachable(walled, (0, 0), (2, 0), 5)


def test_an_open_field_is_open() -> None:
    """Where there is no scene there is room, light and sight."""
    field = open_field()
    assert field.visible((0, 0), (60, 60))
    assert field.light((30, 30)) == "bright"
