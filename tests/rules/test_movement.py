"""Where a creature can go and what it costs."""

from hypothesis import given
from hypothesis import strategies as st

from taleforge.rules.creature import ActiveEffect, TurnUse
from taleforge.rules.dice import ScriptedDice
from taleforge.rules.engine import run
from taleforge.rules.facts import Moved
from taleforge.rules.movement import (
    UNLIMITED,
    movement_left,
    path_cost,
    path_to,
    path_to_any,
    path_toward,
    reach_of,
    reachable,
)
from taleforge.rules.reactions import Habits
from taleforge.rules.stage import Stage, distance
from taleforge.rules.steps import Use, Walk
from taleforge.rules.values import Cell
from tests.rules.arena import Arena, field
from tests.rules.people import cleric, fight, fighter, goblin, peace

PRONE = ActiveEffect("p", "prone", None, ("prone",))
HELD = ActiveEffect("g", "grappled", "goblin", ("grappled",))


def walked(stage: Stage, crt: str, *path: Cell, terrain: Arena | None = None) -> Cell | None:
    """Return where a walk ends."""
    outcome = run(stage, (Walk(crt, path),), ScriptedDice(()), terrain or field(), Habits(otherwise="never"))
    return outcome.stage.creatures[crt].cell


def test_thirty_feet_are_six_cells_also_diagonally() -> None:
    """Diagonals count five feet."""
    open_ground = field(20, 20)
    reach = reachable(fight(fighter((10, 10))), "fighter", open_ground)
    assert reach[10, 10] == 0
    assert reach[16, 16] == 30
    assert len(reach) == 13 * 13


def test_difficult_ground_costs_double() -> None:
    """A swamp halves the way."""
    reach = reachable(fight(fighter((0, 0))), "fighter", Arena((".~~~~~~~",)))
    assert reach == {(0, 0): 0, (1, 0): 10, (2, 0): 20, (3, 0): 30}


def test_allies_let_through_and_nobody_ends_on_them() -> None:
    """Another's space is difficult ground."""
    corridor = Arena(("........",))
    reach = reachable(fight(fighter((0, 0)), cleric((1, 0)), goblin((5, 0))), "fighter", corridor)
    assert reach == {(0, 0): 0, (2, 0): 15, (3, 0): 20, (4, 0): 25}


def test_enemies_bar_the_way_unless_down_or_much_smaller_or_larger() -> None:
    """A dead goblin is no obstacle at all, a dying enemy only a nuisance."""
    corridor = Arena(("....",))
    assert (2, 0) not in reachable(fight(fighter((0, 0)), goblin((1, 0))), "fighter", corridor)
    assert reachable(fight(fighter((0, 0)), goblin((1, 0), hp=0, life="dying")), "fighter", corridor)[2, 0] == 15
    assert reachable(fight(fighter((0, 0)), goblin((1, 0), hp=0, life="dead")), "fighter", corridor)[1, 0] == 5
    assert reachable(fight(fighter((0, 0)), goblin((1, 0), size="tiny")), "fighter", corridor)[2, 0] == 15


def test_a_swarm_shares_any_space() -> None:
    """It bites whom it crawls over."""
    corridor = Arena(("....",))
    reach = reachable(fight(goblin((0, 0), features=("swarm",)), fighter((1, 0))), "goblin", corridor)
    assert reach == {(0, 0): 0, (1, 0): 10, (2, 0): 15, (3, 0): 20}


def test_a_nimble_halfling_slips_past_larger_creatures() -> None:
    """And still does not end on them."""
    corridor = Arena(("....",))
    halfling = fighter((0, 0), size="small", features=("halfling_nimbleness",))
    assert reachable(fight(halfling, goblin((1, 0), size="medium")), "fighter", corridor)[2, 0] == 15
    assert (2, 0) not in reachable(fight(halfling, goblin((1, 0))), "fighter", corridor)


def test_plans_do_not_give_away_who_hides_but_steps_run_into_them() -> None:
    """The hidden goblin's cell looks free, and the walk stops before it."""
    corridor = Arena(("....",))
    stage = fight(fighter((0, 0)), goblin((2, 0), hidden=True))
    assert (3, 0) in reachable(stage, "fighter", corridor)
    assert walked(stage, "fighter", (1, 0), (2, 0), (3, 0), terrain=corridor) == (1, 0)


def test_crawling_costs_five_feet_more() -> None:
    """Three cells instead of six."""
    reach = reachable(fight(fighter((0, 0), effects=(PRONE,))), "fighter", Arena(("........",)))
    assert max(reach.values()) == 30
    assert (3, 0) in reach
    assert (4, 0) not in reach


def test_standing_up_costs_half_the_speed() -> None:
    """Fifteen of thirty feet."""
    stage = fight(fighter((0, 0), effects=(PRONE,)), goblin((9, 7)))
    outcome = run(stage, (Use("fighter", "stand"),), ScriptedDice(()), field(), Habits())
    assert Moved("fighter", ((0, 0),), 15, "stand") in outcome.facts
    up = outcome.stage
    assert up.creatures["fighter"].effects == ()
    assert movement_left(up, up.creatures["fighter"]) == 15


def test_dashing_adds_the_speed_again() -> None:
    """Sixty feet in all, less what was walked."""
    stage = fight(fighter((0, 0), turn=TurnUse(moved=10)), goblin((9, 7)))
    after = run(stage, (Use("fighter", "dash"),), ScriptedDice(()), field(), Habits()).stage
    assert movement_left(after, after.creatures["fighter"]) == 50


def test_the_grappled_do_not_move() -> None:
    """Not even after a Dash."""
    held = fighter((0, 0), effects=(HELD,), turn=TurnUse(dash=30))
    assert reachable(fight(held, goblin((1, 0))), "fighter", field()) == {(0, 0): 0}


def test_a_walker_out_of_movement_stops() -> None:
    """It walks as far as its feet carry it."""
    tired = fighter((0, 0), turn=TurnUse(moved=20))
    assert walked(fight(tired, goblin((9, 7))), "fighter", (1, 0), (2, 0), (3, 0)) == (2, 0)


def test_outside_a_fight_nobody_counts_feet() -> None:
    """A party crosses the whole tavern."""
    stage = peace(fighter((0, 0)))
    assert movement_left(stage, stage.creatures["fighter"]) == UNLIMITED
    assert len(reachable(stage, "fighter", field(30, 2))) == 60


def test_a_path_goes_around_walls() -> None:
    """The cheapest way, or none."""
    terrain = Arena((".#...#.", ".#.##.#", "....#.."))
    stage = fight(fighter((0, 0)))
    path = path_to(stage, "fighter", (2, 0), terrain)
    assert path == ((0, 1), (1, 2), (2, 1), (2, 0))
    assert path_to(stage, "fighter", (4, 0), terrain, limit=20) is None
    assert path_to(stage, "fighter", (4, 0), terrain, limit=25) is not None
    assert path_to(stage, "fighter", (3, 1), terrain, limit=UNLIMITED) is None


def test_a_way_toward_an_enemy_goes_as_far_as_this_turn_carries() -> None:
    """Up to a cell within reach."""
    stage = fight(fighter((0, 0)), goblin((11, 0)))
    path = path_toward(stage, "fighter", "goblin", 5, field())
    assert path is not None
    assert len(path) == 6
    assert path_toward(fight(fighter((0, 0)), goblin((1, 1))), "fighter", "goblin", 5, field()) == ()
    assert path_toward(stage, "fighter", "goblin", 5, Arena(("....#.......",))) is None


def test_the_frightened_do_not_go_nearer_to_what_they_fear() -> None:
    """They may go anywhere else."""
    fear = ActiveEffect("f", "fear", "goblin", ("frightened",))
    reach = reachable(fight(fighter((3, 3), effects=(fear,)), goblin((6, 3))), "fighter", field())
    assert all(distance(cell, (6, 3)) >= 15 for cell in reach)


def test_a_path_with_a_gap_costs_nothing_because_it_is_none() -> None:
    """Steps go to neighbouring cells."""
    stage = fight(fighter((0, 0)), goblin((9, 7)))
    assert path_cost(stage, "fighter", ((2, 0),), field()) is None
    assert path_cost(stage, "fighter", ((1, 0), (2, 1)), field()) == 10
    assert walked(stage, "fighter", (2, 0)) == (0, 0)


@given(st.lists(st.text(".~#", min_size=9, max_size=9), min_size=6, max_size=6), st.integers(0, 30))
def test_every_reachable_cell_has_a_path_of_its_cost(rows: list[str], moved: int) -> None:
    """And walking it ends there, having spent just that."""
    terrain = Arena(("." + rows[0][1:], *rows[1:]))
    stage = fight(fighter((0, 0), turn=TurnUse(moved=moved)), cleric((2, 2)), goblin((4, 4)))
    for cell, feet in reachable(stage, "fighter", terrain).items():
        path = path_to(stage, "fighter", cell, terrain)
        assert reach_of(stage, "fighter", terrain).way(cell) == path
        assert path is not None
        assert path_cost(stage, "fighter", path, terrain) == feet
        ended = run(stage, (Walk("fighter", path),), ScriptedDice(()), terrain, Habits(otherwise="never")).stage
        assert ended.creatures["fighter"].cell == cell
        assert ended.creatures["fighter"].turn.moved == moved + feet


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 4)), min_size=1, max_size=6))
def test_the_nearest_of_some_cells_is_reached_at_the_least_cost(goals: set[Cell]) -> None:
    """Where one of them can be reached at all, the way costs what the cheapest of the ways to each costs."""
    arena = Arena(("..~~....", ".##.~.#.", ".#..#.#.", "...#..#.", ".~~~...."))
    stage = peace(fighter((0, 0)), cleric((1, 3)))
    costs = reachable(stage, "fighter", arena)
    way = path_to_any(stage, "fighter", goals, arena)
    least = min((costs[goal] for goal in goals if goal in costs), default=None)
    if way is None:
        assert least is None
    else:
        assert (path_cost(stage, "fighter", way, arena) if way else 0) == least
