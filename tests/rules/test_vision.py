"""Light, sight and hiding."""

import pytest

from taleforge.rules.creature import ActiveEffect, Creature
from taleforge.rules.dice import ScriptedDice
from taleforge.rules.engine import run
from taleforge.rules.facts import CheckMade, ConditionLost
from taleforge.rules.reactions import Habits
from taleforge.rules.stage import Stage
from taleforge.rules.steps import Use
from taleforge.rules.values import Cell
from taleforge.rules.vision import Sight, clearly_seen, hostile, light_at, perceived_light, sees
from tests.rules.arena import Arena, field
from tests.rules.people import fight, fighter, goblin, someone, wizard

DARK = field(light="dark")
TORCH = ActiveEffect("t", "torch", light=20)


def seen(observer: Creature, target: Creature, terrain: Arena) -> bool:
    """Whether one sees the other with nobody else around."""
    return sees(fight(observer, target), observer, target, terrain)


@pytest.mark.parametrize(
    ("cell", "light"), [((4, 1), "bright"), ((5, 1), "bright"), ((6, 1), "dim"), ((11, 1), "dark")]
)
def test_a_torch_lights_its_radius_and_dims_as_far_again(cell: Cell, light: str) -> None:
    """Twenty feet bright, twenty more dim."""
    stage = fight(fighter((1, 1), effects=(TORCH,)), goblin())
    assert light_at(stage, cell, DARK) == light


def test_walls_hold_back_light() -> None:
    """Behind a wall it stays dark."""
    terrain = Arena(("......", "..#...", "......"), "dark")
    assert light_at(fight(fighter((1, 1), effects=(TORCH,))), (3, 1), terrain) == "dark"


def test_darkvision_makes_dark_dim_and_dim_bright_as_far_as_it_reaches() -> None:
    """Beyond its range it is no help."""
    elf = fighter((1, 1), senses={"darkvision": 30})
    stage = fight(elf)
    assert perceived_light(stage, elf, (7, 1), DARK) == "dim"
    assert perceived_light(stage, elf, (8, 1), DARK) == "dark"
    assert perceived_light(stage, elf, (7, 1), field(light="dim")) == "bright"


@pytest.mark.parametrize(
    ("observer", "target", "terrain", "answer"),
    [
        (fighter(), goblin(), field(), True),
        (fighter(), goblin(), DARK, False),
        (fighter(senses={"darkvision": 60}), goblin(), DARK, True),
        (fighter(), goblin(effects=(TORCH,)), DARK, True),
        (fighter(), goblin(hidden=True), field(), False),
        (wizard(), fighter(hidden=True), field(), True),
        (fighter(effects=(ActiveEffect("b", "b", None, ("blinded",)),)), goblin(), field(), False),
        (fighter(), goblin(effects=(ActiveEffect("i", "i", None, ("invisible",)),)), field(), False),
        (
            fighter(senses={"truesight": 30}),
            goblin(effects=(ActiveEffect("i", "i", None, ("invisible",)),)),
            DARK,
            True,
        ),
        (fighter(senses={"blindsight": 5}), goblin((3, 1)), DARK, False),
        (fighter(senses={"blindsight": 10}), goblin((3, 1)), DARK, True),
        (fighter(hp=0, life="dying"), goblin(), field(), False),
        (fighter(), goblin((3, 1)), Arena(("....", "..#.", "....")), False),
        (fighter(None), goblin(None), field(), True),
        (fighter(), goblin(None), field(), False),
    ],
)
def test_who_sees_whom(observer: Creature, target: Creature, terrain: Arena, answer: bool) -> None:
    """Light, senses, conditions, walls, hiding, and being there at all."""
    assert seen(observer, target, terrain) is answer


def test_everybody_sees_themselves() -> None:
    """Even in the dark."""
    assert seen(fighter(), fighter(), DARK)


def test_sight_is_a_container_of_ids() -> None:
    """Unknown ids and other things are not in it."""
    stage = fight(fighter(), goblin())
    sight = Sight(stage, stage.creatures["fighter"], field())
    assert "goblin" in sight
    assert "nobody" not in sight
    assert 7 not in sight


def test_neutrals_are_nobodys_enemies() -> None:
    """Sides fight each other, bystanders nobody."""
    bystander = someone("bystander", "neutral", (5, 5))
    assert hostile(fighter(), goblin())
    assert not hostile(fighter(), wizard())
    assert not hostile(fighter(), bystander)


def test_plain_view_is_bright_light_without_much_cover() -> None:
    """Dim light or a pillar is enough to try to hide."""
    stage = fight(fighter((1, 1)), goblin((4, 1)))
    me, it = stage.creatures["fighter"], stage.creatures["goblin"]
    assert clearly_seen(stage, me, it, field())
    assert not clearly_seen(stage, me, it, field(light="dim"))
    assert not clearly_seen(stage, me, it, Arena(("......", "..o...")))


@pytest.mark.parametrize(("face", "hidden"), [(8, False), (9, True)])
def test_hiding_has_to_beat_the_best_passive_perception(face: int, hidden: bool) -> None:
    """Stealth 2 against a passive Perception of 10: a tie is noticed."""
    stage = fight(goblin((4, 1)), fighter((1, 1), senses={"blindsight": 5}))
    outcome = run(stage, (Use("goblin", "hide"),), ScriptedDice((face,)), field(light="dim"), Habits())
    assert outcome.stage.creatures["goblin"].hidden is hidden
    assert next(f for f in outcome.facts if isinstance(f, CheckMade)).dc == 11


def test_dim_light_dulls_passive_perception() -> None:
    """Five less for those who rely on their eyes."""
    stage = fight(goblin((4, 1)), fighter((1, 1)))
    outcome = run(stage, (Use("goblin", "hide"),), ScriptedDice((4,)), field(light="dim"), Habits())
    assert next(f for f in outcome.facts if isinstance(f, CheckMade)).dc == 6
    assert outcome.stage.creatures["goblin"].hidden


def test_a_spoken_spell_gives_the_hidden_away() -> None:
    """Verbal components are heard."""
    sneak = wizard((4, 1), hidden=True, effects=(ActiveEffect("wizard/hidden", "hidden"),))
    stage: Stage = fight(sneak, goblin((4, 2), max_hp=40))
    outcome = run(
        stage, (Use("wizard", "magic_missile", ("goblin",) * 3, slot=1),), ScriptedDice((1,)), field(), Habits()
    )
    assert any(isinstance(f, ConditionLost) and f.key == "hidden" for f in outcome.facts)
    assert not outcome.stage.creatures["wizard"].hidden
