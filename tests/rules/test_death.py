"""Death saving throws and the way back."""

import pytest
from msgspec.structs import replace

from taleforge.rules.apply import apply
from taleforge.rules.creature import ActiveEffect, Creature, DeathSaves
from taleforge.rules.death import come_round, death_save, hours_until_waking, revive, stabilize
from taleforge.rules.dice import ScriptedDice
from taleforge.rules.effects import Modifier
from taleforge.rules.facts import DeathSaveMade, DiceRolled, Fact, Healed
from taleforge.rules.stage import Stage
from tests.rules.people import fighter


def dying(successes: int = 0, failures: int = 0) -> Creature:
    """Return a fighter at 0 hit points."""
    return replace(fighter(hp=0), life="dying", death=DeathSaves(successes, failures))


def after(creature: Creature, facts: tuple[Fact, ...]) -> Creature:
    """Return somebody after facts."""
    stage = Stage({creature.id: creature})
    for fact in facts:
        stage = apply(stage, fact)
    return stage.creatures[creature.id]


@pytest.mark.parametrize(
    ("before", "face", "outcome", "life", "saves"),
    [
        ((0, 0), 10, "success", "dying", (1, 0)),
        ((0, 0), 9, "failure", "dying", (0, 1)),
        ((0, 0), 1, "two_failures", "dying", (0, 2)),
        ((2, 2), 19, "stable", "stable", (0, 0)),
        ((2, 2), 9, "dead", "dead", (0, 0)),
        ((2, 1), 1, "dead", "dead", (0, 0)),
        ((0, 2), 20, "up", "up", (0, 0)),
    ],
)
def test_a_death_save(before: tuple[int, int], face: int, outcome: str, life: str, saves: tuple[int, int]) -> None:
    """10 saves, 1 fails twice, 20 wakes with 1 hit point, three of a kind decide (SRD 5.1, "Death Saving Throws")."""
    facts = death_save(dying(*before), ScriptedDice((face,)))
    assert isinstance(facts[0], DeathSaveMade)
    assert facts[0].outcome == outcome
    assert all(fact.amount == fact.why.value == 1 for fact in facts if isinstance(fact, Healed))
    saved = after(dying(*before), facts)
    assert (saved.life, saved.hp) == (life, 1 if outcome == "up" else 0)
    assert (saved.death.successes, saved.death.failures) == saves


def test_what_helps_saves_helps_death_saves() -> None:
    """Bless turns a 9 into a success, but not a 19 into a natural 20."""
    blessed = replace(dying(), effects=(ActiveEffect("x", "bless", modifiers=(Modifier("save", "dice", "1d4"),)),))
    (fact,) = death_save(blessed, ScriptedDice((9, 1)))
    assert isinstance(fact, DeathSaveMade)
    assert fact.outcome == "success"
    assert fact.why is not None
    assert fact.why.value == 10
    (fact,) = death_save(blessed, ScriptedDice((19, 1)))
    assert isinstance(fact, DeathSaveMade)
    assert fact.outcome == "success"


def test_a_death_save_is_no_ability_save() -> None:
    """Lying unconscious fails Strength and Dexterity saves, not this one."""
    assert len(death_save(dying(), ScriptedDice((15,)))) == 1


@pytest.mark.parametrize("life", ["up", "stable", "dead"])
def test_only_the_dying_save(life: str) -> None:
    """Nobody else rolls, and nobody else can be made stable."""
    other = replace(fighter(hp=0), life=life)
    assert death_save(other, ScriptedDice(())) == ()
    assert stabilize(other) == ()


def test_stable_then_awake() -> None:
    """A stabilized creature keeps 0 hit points until it comes round with 1 after its hours."""
    stable = after(dying(1, 2), stabilize(dying(1, 2)))
    assert (stable.life, stable.hp, stable.death) == ("stable", 0, DeathSaves())
    hours = hours_until_waking(stable, ScriptedDice((3,)))
    assert isinstance(hours, DiceRolled)
    assert hours.roll.total == 3
    assert (after(stable, come_round(stable)).hp, after(stable, come_round(stable)).life) == (1, "up")
    assert come_round(dying()) == ()


def test_the_dead_come_back_with_at_least_one_hit_point() -> None:
    """Never more than the maximum; the living are not revived."""
    corpse = replace(fighter(hp=0), life="dead")
    assert after(corpse, revive(corpse, 0)).hp == 1
    assert after(corpse, revive(corpse, 99)).hp == 12
    assert revive(fighter(), 5) == ()
