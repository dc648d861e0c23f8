"""Initiative, the round, what happens at the start and end of turns, and how a fight ends."""

from typing import Any

import pytest

from taleforge.rules.creature import Abilities, Action, ActiveEffect, Creature, Sheet
from taleforge.rules.dice import ScriptedDice
from taleforge.rules.effects import Duration, Manual, SaveToEnd
from taleforge.rules.engine import Outcome, begin_fight, end_fight, run
from taleforge.rules.facts import (
    CombatEnded,
    ConditionLost,
    DeathSaveMade,
    DiceRolled,
    Healed,
    InitiativeRolled,
    ResourceSpent,
    SaveMade,
    TimePassed,
    TurnEnded,
    TurnStarted,
)  # fmt: skip
from taleforge.rules.reactions import Habits
from taleforge.rules.stage import Stage
from taleforge.rules.steps import EndTurn
from taleforge.rules.turns import deadline, join_fight, pass_time, roll_initiative, verdict
from tests.rules.arena import field
from tests.rules.people import cleric, fight, fighter, goblin, peace, someone, wizard

HABITS = Habits(otherwise="never")


def ended(stage: Stage, crt: str, *faces: int) -> Outcome:
    """End a turn with these faces."""
    return run(stage, (EndTurn(crt),), ScriptedDice(faces), field(), HABITS)


def begun(stage: Stage, *faces: int, surprised: tuple[str, ...] = ()) -> Outcome:
    """Begin a fight with these faces."""
    return begin_fight(stage, ScriptedDice(faces), field(), HABITS, surprised)


def test_a_fight_begins_with_initiative_and_the_first_turn() -> None:
    """Highest first; identical goblins share one roll."""
    stage = peace(fighter(), goblin(crt="a"), goblin((5, 5), crt="b"), cleric())
    outcome = begun(stage, 10, 9, 15)
    rolled = outcome.facts[0]
    assert isinstance(rolled, InitiativeRolled)
    assert rolled.order == ("cleric", "a", "b", "fighter")
    assert [entry.total for entry in rolled.entries] == [10, 11, 11, 15]
    assert outcome.facts[1] == TurnStarted("cleric", 1, 0)
    assert (outcome.stage.active, outcome.stage.round) == ("cleric", 1)


def test_ties_go_to_characters_and_then_by_id() -> None:
    """SRD 5.1 knows no Dexterity tie-break."""
    outcome = begun(peace(goblin(crt="a"), fighter(crt="z"), cleric(crt="y")), 8, 10, 10)
    assert outcome.facts[0].order == ("y", "z", "a")  # type: ignore[union-attr]


def test_bystanders_and_those_off_the_map_do_not_fight() -> None:
    """A hidden person without a place waits for its cue."""
    stage = peace(fighter(), goblin(), goblin(None, crt="later"), someone("bard", "neutral", (5, 5)))
    assert set(roll_initiative(stage, ScriptedDice((10, 10))).order) == {"fighter", "goblin"}


def test_a_fight_that_is_on_does_not_begin_again() -> None:
    """Nor does one without anybody to fight."""
    assert begun(fight(fighter(), goblin())).facts == ()
    assert begun(peace(someone("bard", "neutral", (1, 1)))).facts == ()


def test_the_surprised_lose_their_first_turn_and_then_react() -> None:
    """Surprise ends with the turn it costs."""
    outcome = begun(peace(fighter(), goblin()), 5, 18, surprised=("goblin", "nobody"))
    kinds = [type(fact).__name__ for fact in outcome.facts]
    assert kinds == ["InitiativeRolled", "TurnStarted", "TurnEnded", "TurnStarted"]
    assert outcome.stage.active == "fighter"
    assert not outcome.stage.creatures["goblin"].surprised


def test_the_round_and_the_clock_advance_when_the_order_wraps() -> None:
    """Six seconds more after everybody's turn."""
    stage = fight(fighter(), goblin())
    second = ended(stage, "fighter")
    assert second.facts == (TurnEnded("fighter"), TurnStarted("goblin", 1, 0))
    third = ended(second.stage, "goblin")
    assert third.facts == (TurnEnded("goblin"), TurnStarted("fighter", 2, 1))
    assert (third.stage.round, third.stage.clock) == (2, 1)


def test_only_the_turn_that_is_on_can_end() -> None:
    """A late click ends nobody else's turn."""
    assert ended(fight(fighter(), goblin()), "goblin").facts == ()


def test_the_dead_are_passed_over() -> None:
    """They have no turns."""
    stage = fight(fighter(), goblin(hp=0, life="dead"), goblin((6, 6), crt="b"))
    assert ended(stage, "fighter").facts == (TurnEnded("fighter"), TurnStarted("b", 1, 0))


def test_the_dying_make_their_death_save_and_their_turn_is_over() -> None:
    """Nobody has to press a button for it."""
    stage = fight(wizard(), fighter(hp=0, life="dying"), goblin())
    outcome = ended(stage, "wizard", 7)
    save = next(f for f in outcome.facts if isinstance(f, DeathSaveMade))
    assert (save.crt, save.failures, save.outcome) == ("fighter", 1, "failure")
    assert outcome.stage.active == "goblin"


def test_a_natural_20_on_a_death_save_gives_the_turn_back() -> None:
    """Up with one hit point, and able to act at once."""
    outcome = ended(fight(wizard(), fighter(hp=0, life="dying"), goblin()), "wizard", 20)
    assert any(isinstance(f, Healed) for f in outcome.facts)
    assert outcome.stage.active == "fighter"


def test_the_helpless_have_their_turn_and_save_at_its_end() -> None:
    """A held fighter cannot use its turn, but may throw the spell off at its end."""
    held = ActiveEffect("h", "held", "goblin", ("paralyzed",), save=SaveToEnd("wis", 13))
    outcome = ended(fight(wizard(), fighter(effects=(held,)), goblin()), "wizard", 14)
    assert [f.success for f in outcome.facts if isinstance(f, SaveMade)] == [True]
    assert ConditionLost("fighter", "h", "held", "saved") in outcome.facts
    assert outcome.stage.active == "goblin"


def test_a_round_that_nobody_can_use_stops_the_engine() -> None:
    """It does not go round and round."""
    stuck = ActiveEffect("p", "p", None, ("paralyzed",))
    stage = fight(fighter(effects=(stuck,)), goblin(effects=(stuck,)))
    outcome = ended(stage, "fighter")
    assert len([f for f in outcome.facts if isinstance(f, TurnStarted)]) == 3


@pytest.mark.parametrize(
    ("duration", "source", "ends"),
    [
        (Duration(1), "b", (6, "b")),
        (Duration(1), "c", (5, "c")),
        (Duration(1), "a", (6, "a")),
        (Duration(10), "b", (15, "b")),
        (Duration(1, "bearer"), "b", (5, "c")),
        (Duration(0, at="end"), "b", (5, "b")),
        (Duration(1, at="end"), "b", (6, "b")),
        (Duration(), "b", (None, None)),
        (Duration(1), None, (5, "c")),
    ],
)
def test_durations_count_turns_that_are_still_to_come(
    duration: Duration, source: str | None, ends: tuple[int | None, str | None]
) -> None:
    """In round 6 of the clock at b's turn, with the bearer c after it."""
    people = [goblin(crt=crt) for crt in "abc"]
    stage = Stage({c.id: c for c in people}, 5, 6, ("a", "b", "c"), "b")
    assert deadline(stage, duration, source, "c") == ends


@pytest.mark.parametrize(("at", "before"), [("start", "fighter"), ("end", "goblin")])
def test_effects_end_with_the_turn_they_name(at: str, before: str) -> None:
    """At its start or at its end."""
    effect = ActiveEffect("e", "e", "goblin", ends_round=0, ends_turn="goblin", ends_at=at)  # type: ignore[arg-type]
    stage = fight(fighter(effects=(effect,)), goblin())
    outcome = ended(stage, "fighter")
    assert (ConditionLost("fighter", "e", "e") in outcome.facts) is (before == "fighter")
    if before == "goblin":
        assert ConditionLost("fighter", "e", "e") in ended(outcome.stage, "goblin").facts


def test_an_effect_whose_owner_has_left_ends_all_the_same() -> None:
    """When its round has passed."""
    effect = ActiveEffect("e", "e", "gone", ends_round=0, ends_turn="gone")
    stage = fight(fighter(effects=(effect,)), goblin())
    second = ended(stage, "fighter").stage
    assert ConditionLost("fighter", "e", "e") in ended(second, "goblin").facts


@pytest.mark.parametrize(("face", "back"), [(4, False), (5, True)])
def test_a_breath_recharges_on_a_roll(face: int, back: bool) -> None:
    """A die at the start of the turn while it is used up."""
    breath = Action("breath", "Breath", "x/breath", nodes=(Manual("x"),), recharge=5)
    dragon = goblin(actions=(breath,), spent={"breath": 1})
    outcome = ended(fight(fighter(), dragon), "fighter", face)
    assert any(isinstance(f, DiceRolled) for f in outcome.facts)
    assert (ResourceSpent("goblin", "breath", -1) in outcome.facts) is back


def test_a_fight_is_won_or_lost_when_a_side_is_down() -> None:
    """A party all down has lost, whatever became of its foes."""
    down: dict[str, Any] = {"hp": 0, "life": "dying"}
    assert verdict(fight(fighter(), goblin())) is None
    assert verdict(fight(fighter(), goblin(hp=0, life="dead"))) == CombatEnded("victory")
    assert verdict(fight(fighter(**down), goblin())) == CombatEnded("defeat")
    assert verdict(fight(fighter(**down), goblin(hp=0, life="dead"))) == CombatEnded("defeat")
    assert verdict(peace(fighter())) is None


def test_the_turn_ends_with_the_fight() -> None:
    """No turn follows a victory."""
    outcome = ended(fight(fighter(), goblin(hp=0, life="dead")), "fighter")
    assert outcome.facts == (CombatEnded("victory"),)
    assert not outcome.stage.fighting


def test_the_table_may_end_a_fight() -> None:
    """By truce; once."""
    truce = end_fight(fight(fighter(), goblin()), CombatEnded("truce"), ScriptedDice(()), field(), HABITS)
    assert truce.facts == (CombatEnded("truce"),)
    assert end_fight(truce.stage, CombatEnded("truce"), ScriptedDice(()), field(), HABITS).facts == ()


def test_time_that_passes_ends_effects() -> None:
    """Ten minutes later the torch is still burning, the blessing is over."""
    blessed = fighter(effects=(ActiveEffect("b", "bless", ends_round=10), ActiveEffect("t", "torch")))
    assert pass_time(peace(blessed), 100) == (TimePassed(100), ConditionLost("fighter", "b", "bless"))


def test_a_newcomer_rolls_its_own_initiative() -> None:
    """And takes its place in the order."""
    joined = join_fight(goblin(crt="late"), ScriptedDice((12,)))
    assert joined.entry is not None
    assert joined.entry.total == 14


def test_initiative_is_a_dexterity_check() -> None:
    """What hampers checks hampers initiative, too."""
    poisoned = Creature(
        "p", Sheet("p", Abilities(dex=14), 10, 10), 10, "party", effects=(ActiveEffect("x", "x", None, ("poisoned",)),)
    )
    rolled = roll_initiative(peace(poisoned), ScriptedDice((18, 4)))
    assert rolled.entries[0].total == 6
