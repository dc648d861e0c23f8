"""Applying facts: total, local, and never to an impossible creature."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from taleforge.rules import facts
from taleforge.rules.apply import apply
from taleforge.rules.creature import ActiveEffect, Creature
from taleforge.rules.dice import Roll
from taleforge.rules.effects import Modifier
from taleforge.rules.explain import Explanation
from taleforge.rules.scores import max_hp
from taleforge.rules.stage import Stage
from tests.rules.people import cleric, fighter, goblin, peace

WHY = Explanation(0, "test")
ROLL = Roll("1d20", 10, ((20, 10, "kept"),), 0)


def stage() -> Stage:
    """Return three creatures at peace."""
    return peace(fighter(), cleric(), goblin())


def entry(crt: str, total: int) -> facts.InitiativeEntry:
    """Return a place in the order of turns."""
    return facts.InitiativeEntry(crt, ROLL, total)


def begun(*surprised: str) -> Stage:
    """Return a fight just begun, the goblin first."""
    order = ("goblin", "fighter", "cleric")
    entries = tuple(entry(crt, 20 - 5 * index) for index, crt in enumerate(order))
    return apply(stage(), facts.InitiativeRolled(entries, order, surprised))


def test_a_fight_begins_in_round_one_with_fresh_turns() -> None:
    """Initiative sets the order, its totals, and who is surprised."""
    fight = begun("cleric")
    assert (fight.round, fight.order, fight.initiative["fighter"]) == (1, ("goblin", "fighter", "cleric"), 15)
    assert fight.creatures["cleric"].surprised
    assert not fight.creatures["fighter"].surprised


def test_surprise_ends_with_the_first_turn() -> None:
    """Whoever was surprised is not after its turn."""
    fight = apply(begun("cleric"), facts.TurnStarted("cleric", 1, 0))
    assert fight.creatures["cleric"].surprised
    assert not apply(fight, facts.TurnEnded("cleric")).creatures["cleric"].surprised


def test_a_turn_starts_with_everything_unused() -> None:
    """Action, bonus action, reaction and movement come back at the start of one's own turn only."""
    fight = apply(begun(), facts.TurnStarted("fighter", 1, 0))
    for fact in (
        facts.TurnSpent("fighter", "action", "dash", dash=30),
        facts.Moved("fighter", ((2, 1), (3, 1)), 10),
        facts.ReactionUsed("fighter", "opportunity"),
        facts.SpellCast("fighter", "second_wind", "", cost="bonus"),
    ):
        fight = apply(fight, fact)
    turn = fight.creatures["fighter"].turn
    assert (turn.action, turn.bonus, turn.reaction, turn.moved, turn.dash) == (True, True, True, 10, 30)
    assert fight.creatures["fighter"].cell == (3, 1)
    fight = apply(fight, facts.TurnStarted("goblin", 2, 1))
    assert fight.creatures["fighter"].turn == turn
    fight = apply(fight, facts.TurnStarted("fighter", 2, 1))
    assert fight.creatures["fighter"].turn == type(turn)()
    assert (fight.round, fight.clock, fight.active) == (2, 1, "fighter")


def test_a_bonus_spell_leaves_only_cantrips_and_a_feature_does_not() -> None:
    """Only what the sheet calls a spell counts as one."""
    fight = apply(begun(), facts.SpellCast("cleric", "healing_word", "", level=1, slot=1, cost="bonus"))
    assert fight.creatures["cleric"].turn.bonus_spell
    fight = apply(begun(), facts.SpellCast("cleric", "turn_undead", "", cost="bonus"))
    assert not fight.creatures["cleric"].turn.bonus_spell


def test_attacks_are_remembered_for_the_off_hand() -> None:
    """Attacks of the Attack action are listed, reactions and bonus actions are not; what is still owed is kept."""
    attack = facts.AttackResolved(
        "fighter", "goblin", "sword", ROLL, 10, 15, 13, hit=True, critical=False, why=WHY, attacks_left=(("sword", 1),)
    )
    fight = apply(begun(), attack)
    assert fight.creatures["fighter"].turn.attacks == ("sword",)
    assert fight.creatures["fighter"].turn.attacks_left == (("sword", 1),)
    fight = apply(begun(), replace(attack, cost="reaction"))
    assert fight.creatures["fighter"].turn.attacks == ()
    assert fight.creatures["fighter"].turn.reaction
    assert apply(stage(), attack).creatures["fighter"].turn.attacks == (), "outside fights nothing would ever reset it"


def test_late_comers_find_their_place() -> None:
    """Somebody joining a fight stands after those with the same initiative or more."""
    late = goblin(crt="late")
    fight = apply(begun(), facts.CombatantJoined(late, entry("late", 15)))
    assert fight.order == ("goblin", "fighter", "late", "cleric")
    fight = apply(fight, facts.CreatureLeft("goblin", "fled"))
    assert fight.order == ("fighter", "late", "cleric")
    assert "goblin" not in fight.creatures


def test_the_order_of_turns_is_put_away() -> None:
    """After a fight nobody is active and everybody may act."""
    fight = apply(apply(begun(), facts.TurnStarted("goblin", 1, 0)), facts.CombatEnded("victory"))
    assert (fight.fighting, fight.order, fight.active, fight.initiative) == (False, (), None, {})


def test_an_effect_replaces_the_one_of_its_key() -> None:
    """Two effects of one key never add up; losing one takes exactly that one."""
    first, second = ActiveEffect("fighter/bless", "bless", source="a"), ActiveEffect("fighter/bless2", "bless")
    changed = apply(apply(stage(), facts.ConditionGained("fighter", first)), facts.ConditionGained("fighter", second))
    assert changed.creatures["fighter"].effects == (second,)
    assert apply(changed, facts.ConditionLost("fighter", "other", "bless")) == changed
    assert apply(changed, facts.ConditionLost("fighter", second.id, "bless")).creatures["fighter"].effects == ()


def test_hiding_is_an_effect_that_hides() -> None:
    """Gaining the effect `hidden` hides, losing it reveals."""
    hidden = apply(stage(), facts.ConditionGained("goblin", ActiveEffect("goblin/hidden", "hidden")))
    assert hidden.creatures["goblin"].hidden
    assert not apply(hidden, facts.ConditionLost("goblin", "goblin/hidden", "hidden")).creatures["goblin"].hidden


def test_hit_points_shrink_with_their_maximum() -> None:
    """When Aid ends, hit points above the maximum go with it."""
    aid = ActiveEffect("fighter/aid", "aid", modifiers=(Modifier("hp_max", "add", 5),))
    helped = apply(stage(), facts.ConditionGained("fighter", aid))
    helped = apply(helped, facts.Healed("fighter", 5, 17, WHY))
    assert helped.creatures["fighter"].hp == 17
    assert apply(helped, facts.ConditionLost("fighter", aid.id, "aid")).creatures["fighter"].hp == 12
    assert apply(stage(), facts.ExhaustionChanged("fighter", 4)).creatures["fighter"].hp == 6


@pytest.mark.parametrize(
    ("key", "amount", "expected"),
    [("slot:1", 1, {"slot:1": 3}), ("slot:1", -1, {"slot:1": 1}), ("slot:1", -5, {}), ("x", 1, {"slot:1": 2, "x": 1})],
)
def test_resources_are_counted_by_what_is_spent(key: str, amount: int, expected: dict[str, int]) -> None:
    """Spending adds up, giving back takes off, and what is whole again is not listed."""
    tired = peace(cleric(spent={"slot:1": 2}))
    assert apply(tired, facts.ResourceSpent("cleric", key, amount)).creatures["cleric"].spent == expected


def test_things_and_actions_can_be_spent_and_given_back() -> None:
    """Arrows leave the quiver to the last, and Action Surge gives the action back."""
    archer = peace(fighter(items={"arrow": 1}))
    assert apply(archer, facts.ResourceSpent("fighter", "item:arrow")).creatures["fighter"].items == {}
    acted = apply(archer, facts.TurnSpent("fighter", "action", "dash"))
    assert not apply(acted, facts.ResourceSpent("fighter", "action", -1)).creatures["fighter"].turn.action


def test_healing_raises_the_dying_and_not_the_dead() -> None:
    """Above 0 hit points one is up with clean death saves; the dead stay dead until revived."""
    fallen = apply(stage(), facts.DamageTaken("fighter", (), 12, 0, 0, WHY))
    assert fallen.creatures["fighter"].life == "dying"
    failed = apply(fallen, facts.DeathSaveMade("fighter", ROLL, 1, 2, "failure"))
    up = apply(failed, facts.Healed("fighter", 4, 4, WHY)).creatures["fighter"]
    assert (up.life, up.hp, up.death.failures) == ("up", 4, 0)
    dead = apply(failed, facts.Died("fighter"))
    assert apply(dead, facts.Healed("fighter", 4, 4, WHY)).creatures["fighter"].hp == 0
    assert apply(dead, facts.Revived("fighter", 1)).creatures["fighter"].life == "up"


def test_the_third_success_makes_stable() -> None:
    """A stable creature has its death saves wiped and still 0 hit points."""
    fallen = apply(stage(), facts.DamageTaken("fighter", (), 12, 0, 0, WHY))
    stable = apply(fallen, facts.DeathSaveMade("fighter", ROLL, 3, 1, "stable")).creatures["fighter"]
    assert (stable.life, stable.death.successes, stable.hp) == ("stable", 0, 0)


def test_rests_and_hours_move_the_clock() -> None:
    """A long rest takes temporary hit points with it; time passes in rounds."""
    outcome = facts.RestOutcome("fighter", 12, {}, 1)
    before = peace(fighter(hp=3, temp_hp=4, spent={"x": 1}))
    after = apply(before, facts.RestTaken("long", (outcome,), 4800))
    rested = after.creatures["fighter"]
    assert (rested.hp, rested.temp_hp, rested.spent, rested.exhaustion, after.clock) == (12, 0, {}, 1, 4800)
    assert apply(after, facts.TimePassed(10)).clock == 4810
    assert apply(before, facts.RestTaken("short", (outcome,), 600)).creatures["fighter"].temp_hp == 4


# Laws.

EFFECT = st.sampled_from([
    ActiveEffect("fighter/bless", "bless", modifiers=(Modifier("attack", "dice", "1d4"),)),
    ActiveEffect("fighter/aid", "aid", modifiers=(Modifier("hp_max", "add", 5),)),
    ActiveEffect("fighter/drain", "drain", modifiers=(Modifier("hp_max", "add", -50),)),
    ActiveEffect("fighter/hidden", "hidden"),
    ActiveEffect("fighter/sleep", "sleep", conditions=("unconscious",)),
])  # fmt: skip
NAMES = st.sampled_from(["fighter", "cleric", "goblin", "nobody"])
SMALL = st.integers(-30, 60)
GIVEN: dict[type, st.SearchStrategy[object]] = {
    str: NAMES, int: SMALL, Creature: st.builds(goblin, crt=NAMES), ActiveEffect: EFFECT, Explanation: st.just(WHY),
    Roll: st.just(ROLL),
}  # fmt: skip
for kind, strategy in GIVEN.items():
    if kind not in {str, int}:
        st.register_type_strategy(kind, strategy)


def any_fact() -> st.SearchStrategy[facts.Fact]:
    """Return facts of every kind, with numbers that make no sense."""
    return st.one_of([st.builds(kind, **_fields(kind)) for kind in get_args(facts.Fact)])


def _fields(kind: type) -> dict[str, st.SearchStrategy[object]]:
    """Return strategies for the fields of a fact, names and numbers small enough to matter."""
    chosen: dict[str, st.SearchStrategy[object]] = {}
    for name, hint in kind.__annotations__.items():
        if hint is int:
            chosen[name] = SMALL
        elif name in {"crt", "attacker", "target"}:
            chosen[name] = NAMES
        elif name == "key":
            chosen[name] = st.sampled_from(["slot:1", "item:arrow", "action", "hidden", "aid"])
        elif name == "effect" and hint is str:
            chosen[name] = st.sampled_from(["fighter/bless", "fighter/aid", "fighter/hidden"])
    return chosen


@given(st.lists(any_fact(), max_size=12))
def test_no_fact_is_refused_and_none_makes_an_impossible_creature(happened: list[facts.Fact]) -> None:
    """Any facts in any order: no error, hit points within bounds, life and death in step, counts above nothing."""
    now = stage()
    for fact in happened:
        now = apply(now, fact)
    for creature in now.creatures.values():
        assert 0 <= creature.hp <= max_hp(creature)
        assert creature.temp_hp >= 0
        assert 0 <= creature.exhaustion <= 6
        assert creature.life == "up" or creature.hp == 0
        assert all(count > 0 for count in creature.items.values())
        assert len({effect.key for effect in creature.effects}) == len(creature.effects)
        assert 0 <= creature.death.failures <= 3
    assert set(now.order) <= {*now.creatures, *now.order}
    assert now.clock >= 0


@given(any_fact())
def test_a_fact_about_nobody_changes_nothing(fact: facts.Fact) -> None:
    """Facts about creatures that are not there leave the creatures alone."""
    empty = Stage()
    after = apply(empty, fact)
    assert set(after.creatures) <= ({fact.creature.id} if isinstance(fact, facts.CombatantJoined) else set())
