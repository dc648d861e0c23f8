"""The fifteen conditions on both sides: what they do to the bearer and to whoever deals with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from taleforge.rules.apply import apply
from taleforge.rules.conditions import (
    MODIFIERS,
    can_act,
    can_move,
    can_react,
    can_speak,
    conditions,
    exhaust,
    fall_prone,
    fears,
    forbidden,
    gain,
    has,
)
from taleforge.rules.creature import ActiveEffect, Creature
from taleforge.rules.effects import Modifier
from taleforge.rules.facts import ConditionGained, Died, ExhaustionChanged
from taleforge.rules.modifiers import Context, collect
from taleforge.rules.scores import max_hp, speed
from taleforge.rules.stage import Stage
from taleforge.rules.values import CONDITIONS, Condition
from tests.rules.people import someone

OTHER = someone("other", "foe", (9, 9))


def under(*found: Condition, source: str | None = "other", **changes: object) -> Creature:
    """Return somebody under conditions, all from one source."""
    effects = tuple(ActiveEffect(id=f"me/{c}", key=c, source=source, conditions=(c,)) for c in found)
    return replace(someone("me", "party", (1, 1)), effects=effects, **changes)


def lean(roller: Creature, path: str, **context: object) -> int:
    """Return whether a roll has advantage (1), disadvantage (-1) or neither."""
    return collect(roller, path, Context(**{"other": OTHER, **context})).lean  # type: ignore[arg-type]  # test shorthand


def against(bearer: Creature, path: str = "attack.melee", **context: object) -> int:
    """Return how a roll of the other against the bearer leans."""
    return collect(OTHER, path, Context(**{"other": bearer, **context})).lean  # type: ignore[arg-type]  # test shorthand


OWN_ATTACKS = {
    "blinded": -1, "frightened": -1, "invisible": 0, "poisoned": -1, "prone": -1, "restrained": -1, "unconscious": -1,
}  # fmt: skip
"""Own attacks when the bearer is seen; unconscious implies prone. Everything else attacks straight."""


@pytest.mark.parametrize("condition", CONDITIONS)
def test_own_attacks_lean_as_the_condition_says(condition: Condition) -> None:
    """Six conditions hinder the bearer's attacks, the others leave them alone."""
    assert lean(under(condition), "attack.melee") == OWN_ATTACKS.get(condition, 0)


NEAR = {
    "blinded": 1, "paralyzed": 1, "petrified": 1, "prone": 1, "restrained": 1, "stunned": 1, "unconscious": 1,
}  # fmt: skip
FAR = {"blinded": 1, "paralyzed": 1, "petrified": 1, "prone": -1, "restrained": 1, "stunned": 1, "unconscious": 0}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_attacks_against_lean_as_the_condition_and_distance_say(condition: Condition) -> None:
    """Attacks against the bearer from 5 feet and from 30; unconscious implies prone, so from afar it is straight."""
    bearer = under(condition)
    assert against(bearer, distance=5) == NEAR.get(condition, 0)
    assert against(bearer, distance=30) == FAR.get(condition, 0)


def test_who_is_invisible_strikes_with_advantage_only_at_those_who_do_not_see_it() -> None:
    """Invisible counts on both sides as long as the other side does not see the bearer."""
    hidden = under("invisible")
    assert lean(hidden, "attack.melee", seen=False) == 1
    assert lean(hidden, "attack.melee", seen=True) == 0
    assert against(hidden, visible=frozenset[str]()) == -1
    assert against(hidden, visible=frozenset({"me"})) == 0


@pytest.mark.parametrize("condition", CONDITIONS)
def test_hits_within_five_feet_are_critical_on_the_helpless(condition: Condition) -> None:
    """Paralyzed and unconscious make any hit from 5 feet critical; no other condition and no bow shot does."""
    bearer = under(condition)
    near = collect(OTHER, "attack.melee", Context(other=bearer, distance=5))
    far = collect(OTHER, "attack.ranged", Context(other=bearer, distance=10))
    assert bool(near.critical) == (condition in {"paralyzed", "unconscious"})
    assert not far.critical


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("ability", ["str", "dex", "con", "int", "wis", "cha"])
def test_a_limp_body_fails_strength_and_dexterity_saves(condition: Condition, ability: str) -> None:
    """Four conditions fail these two saves; restrained only hinders Dexterity."""
    found = collect(under(condition), f"save.{ability}")
    limp = condition in {"paralyzed", "petrified", "stunned", "unconscious"} and ability in {"str", "dex"}
    assert bool(found.fail) == limp
    assert found.lean == (-1 if condition == "restrained" and ability == "dex" else 0)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_checks_lean_as_the_condition_says(condition: Condition) -> None:
    """Frightened and poisoned hinder every ability check."""
    assert lean(under(condition), "check.int.arcana") == (-1 if condition in {"frightened", "poisoned"} else 0)


def test_the_blind_and_the_deaf_fail_only_what_needs_the_sense() -> None:
    """A check that needs sight fails for the blinded, one that needs hearing for the deafened."""
    senses: tuple[tuple[Condition, str], ...] = (("blinded", "sight"), ("deafened", "hearing"))
    for condition, sense in senses:
        for tag in ("sight", "hearing"):
            found = collect(under(condition), "check.wis.perception", Context(tags=frozenset({tag})))
            assert bool(found.fail) == (tag == sense)


def test_fear_hinders_only_while_its_source_is_in_sight() -> None:
    """A frightened creature acts freely when it cannot see what it fears, but still may not go nearer."""
    bearer = under("frightened", source="dragon")
    assert lean(bearer, "attack.melee", visible=frozenset({"dragon"})) == -1
    assert lean(bearer, "attack.melee", visible=frozenset({"other"})) == 0
    assert fears(bearer) == ("dragon",)
    assert fears(under("frightened", source=None)) == fears(under("charmed")) == ()
    assert lean(under("frightened", source=None), "attack.melee", visible=()) == -1, "a fear of nobody is always there"


def test_the_charmed_cannot_harm_their_charmer_and_are_talked_round_easily() -> None:
    """The charmer has advantage on social checks; nobody else has, and anybody else may be harmed."""
    bearer = under("charmed")
    social = frozenset({"social"})
    assert forbidden(bearer, "harm", "other") is not None
    assert forbidden(bearer, "harm", "somebody") is None
    assert against(bearer, "check.cha.persuasion", tags=social) == 1
    assert against(bearer, "check.str.athletics") == 0
    assert against(under("charmed", source="third"), "check.cha.persuasion", tags=social) == 0


FORBIDDEN = {
    "incapacitated": "ar", "paralyzed": "arms", "petrified": "arms", "stunned": "arm", "unconscious": "arms",
}  # fmt: skip


@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_a_condition_forbids(condition: Condition) -> None:
    """Actions, reactions, moving and speaking are taken away by exactly the conditions that say so."""
    bearer = under(condition)
    allowed = {"a": can_act(bearer), "r": can_react(bearer), "m": can_move(bearer), "s": can_speak(bearer)}
    assert {letter for letter, can in allowed.items() if not can} == set(FORBIDDEN.get(condition, ""))
    assert (forbidden(bearer, "concentration") is not None) == ("a" in FORBIDDEN.get(condition, ""))


@pytest.mark.parametrize("condition", CONDITIONS)
def test_speed_is_nothing_when_held(condition: Condition) -> None:
    """Grappled and restrained set the speed to 0, bonuses or not."""
    longstrider = ActiveEffect(id="me/longstrider", key="longstrider", modifiers=(Modifier("speed", "add", 10),))
    bearer = under(condition)
    bearer = replace(bearer, effects=(*bearer.effects, longstrider))
    assert speed(bearer) == (0 if condition in {"grappled", "restrained"} else 40)


@pytest.mark.parametrize("condition", ["paralyzed", "petrified", "stunned", "unconscious"])
def test_worse_conditions_bring_incapacitated(condition: Condition) -> None:
    """Four conditions imply incapacitated, unconscious also prone."""
    assert has(under(condition), "incapacitated")
    assert has(under(condition), "prone") == (condition == "unconscious")


def test_whoever_cannot_be_prone_does_not_lie_down_unconscious() -> None:
    """An implied condition respects immunity."""
    bearer = under("unconscious")
    floating = replace(bearer, sheet=replace(bearer.sheet, condition_immunities=("prone",)))
    assert not has(floating, "prone")
    assert against(floating, distance=30) == 1


@pytest.mark.parametrize("life", ["dying", "stable"])
def test_at_no_hit_points_one_is_unconscious(life: str) -> None:
    """Nobody has to put an effect on a creature that lies at 0 hit points."""
    bearer = replace(someone("me", "party", None), hp=0, life=life)
    assert conditions(bearer) == {"unconscious", "incapacitated", "prone"}
    assert not can_act(bearer)


def test_the_petrified_resist_all_damage_and_cannot_be_poisoned() -> None:
    """Stone resists everything, and poison does nothing to it."""
    bearer = under("petrified")
    assert collect(bearer, "resist.fire").resist
    assert collect(bearer, "resist.poison").immune
    assert gain(bearer, ActiveEffect(id="x", key="venom", conditions=("poisoned",))) == ()
    assert len(gain(bearer, ActiveEffect(id="x", key="flash", conditions=("blinded",)))) == 1


def test_exhaustion_adds_up_level_by_level() -> None:
    """Each level keeps what the levels below it do (SRD 5.1, "Exhaustion")."""
    for level in range(6):
        bearer = replace(someone("me", "party", None, max_hp=21), exhaustion=level)
        assert lean(bearer, "check.dex") == (-1 if level >= 1 else 0)
        assert speed(bearer) == (30 if level < 2 else 15 if level < 5 else 0)
        assert lean(bearer, "attack.melee") == lean(bearer, "save.wis") == (-1 if level >= 3 else 0)
        assert max_hp(bearer) == (21 if level < 4 else 10)


def test_the_sixth_level_of_exhaustion_kills() -> None:
    """Gaining exhaustion counts up to 6, where it is death; losing stops at 0."""
    weary = replace(someone("me", "party", None), exhaustion=5)
    assert exhaust(weary, 1, "march") == (ExhaustionChanged("me", 6, "march"), Died("me"))
    assert exhaust(someone("me", "party", None), -1) == ()
    effect = ActiveEffect(id="x", key="ray", conditions=("exhaustion",))
    assert gain(someone("me", "party", None), effect) == (ExhaustionChanged("me", 1, "ray"),)


def test_falling_asleep_also_means_falling_prone_for_later() -> None:
    """The prone that comes with falling unconscious is an effect of its own and outlasts waking."""
    sleeper = someone("me", "party", None)
    stage = Stage({"me": sleeper})
    for fact in gain(sleeper, ActiveEffect(id="me/sleep", key="sleep", conditions=("unconscious",))):
        stage = apply(stage, fact)
    assert [effect.key for effect in stage.creatures["me"].effects] == ["sleep", "prone"]


def test_nobody_falls_prone_twice() -> None:
    """Falling prone while prone is nothing."""
    assert fall_prone(under("prone")) == ()


def test_immunity_strips_a_condition_and_keeps_the_rest_of_the_effect() -> None:
    """An effect of which a part does not take still does the other part; one of which nothing takes is nothing."""
    immune = replace(someone("me", "party", None), sheet=replace(OTHER.sheet, condition_immunities=("poisoned",)))
    both = ActiveEffect(id="x", key="spores", conditions=("poisoned", "blinded"))
    (fact,) = gain(immune, both)
    assert isinstance(fact, ConditionGained)
    assert fact.effect.conditions == ("blinded",)
    assert gain(immune, replace(both, conditions=("poisoned",))) == ()


def test_the_dead_have_nothing_forbidden_anew() -> None:
    """The dead can do nothing and gain nothing."""
    corpse = replace(OTHER, life="dead", hp=0)
    assert not can_act(corpse)
    assert gain(corpse, ActiveEffect(id="x", key="bless")) == ()


def test_every_condition_has_its_modifiers() -> None:
    """The table knows exactly the fifteen conditions."""
    assert set(MODIFIERS) == set(CONDITIONS)


@given(st.sets(st.sampled_from(CONDITIONS)), st.sampled_from(["attack.melee", "save.dex", "check.wis"]))
def test_advantage_and_disadvantage_cancel_once(found: set[Condition], path: str) -> None:
    """However many reasons there are on each side, one on each makes the roll straight."""
    collected = collect(under(*sorted(found)), path, Context(other=OTHER, distance=5))
    assert collected.lean == bool(collected.advantage) - bool(collected.disadvantage)
    assert collected.lean in {-1, 0, 1}
