"""Every bundled adventure can be played to every ending, and nobody can play themselves into a corner."""

from functools import lru_cache
from random import Random

import pytest

from taleforge.world.library import load_content
from taleforge.world.scene import Content
from tests.world.solver import Model, Play, endures, explore, stuck


@lru_cache
def content() -> Content:
    return load_content()


@lru_cache
def model(*, rich: bool = True) -> Model:
    """The story for somebody with tools and a purse, or for somebody with neither."""
    carried = sorted(content().starting_items["tamsin"]) if rich else ()
    return Model(content().adventures["bell_beneath"].scenes[0], rich=rich, items=carried)


@lru_cache
def everything() -> Play:
    return explore(model())


@lru_cache
def penniless() -> Play:
    return explore(model(rich=False))


def test_every_ending_can_be_reached() -> None:
    """No ending is only a promise."""
    assert everything().endings == {ending.id for ending in content().adventures["bell_beneath"].endings}


def test_every_interaction_can_come_out_every_way() -> None:
    """Nothing was written that nobody will ever see."""
    wanted = {f"{interaction.id}/success" for interaction in model().scene.interactions}
    tested = [thing for thing in model().scene.interactions if thing.test and "fighting" not in thing.requires]
    wanted |= {f"{interaction.id}/failure" for interaction in tested}
    assert wanted - everything().outcomes == set()


def test_some_ending_always_remains() -> None:
    """From every state that can come about, whatever the dice say, the players can still bring the story to an end."""
    poor = model(rich=False)
    way_out = poor.mask("at:", "end:", "state:cellar_door=", "flag:at_door", "done:leave", "done:leave_for_good")
    assert [poor.told(state) for state in stuck(poor, way_out, poor.mask("end:"))] == []


@pytest.mark.parametrize("seed", range(40))
def test_a_good_ending_survives_bad_luck(seed: int) -> None:
    """Penniless, with every check failing from now on, a good ending is still within reach wherever one has got to."""
    poor, chance = model(rich=False), Random(seed)
    good = poor.mask(*(f"end:{ending.id}" for ending in content().adventures["bell_beneath"].endings if ending.good))
    state = chance.choice(penniless().states)
    assert endures(poor, state, good, chance), poor.told(state)
