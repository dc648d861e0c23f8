"""Opportunity attacks and Shield, as the rule book tells them."""

from taleforge.rules.creature import Action, Targeting, TurnUse
from taleforge.rules.dice import ScriptedDice
from taleforge.rules.effects import Apply, Duration, EffectSpec, Modifier
from taleforge.rules.engine import Outcome, resume, run
from taleforge.rules.facts import AttackResolved, DamageTaken, Died, Moved, ReactionUsed, ResourceSpent, SpellCast
from taleforge.rules.reactions import Habits
from taleforge.rules.stage import Stage
from taleforge.rules.steps import Step, Use, Walk
from tests.rules.arena import field
from tests.rules.people import SHIELD, SWORD, bow, cleric, fight, fighter, goblin, weapon, wizard

ASK = Habits(otherwise="ask")
ALWAYS = Habits()
NEVER = Habits(otherwise="never")
AWAY = ((2, 1), (3, 1), (4, 1))


def played(stage: Stage, step: Step, *faces: int, habits: Habits = ALWAYS) -> Outcome:
    """Run one step on open ground with these faces."""
    return run(stage, (step,), ScriptedDice(faces), field(), habits)


def names(outcome: Outcome) -> list[str]:
    """Return what kinds of facts came of it."""
    return [type(fact).__name__ for fact in outcome.facts]


def test_a_walker_killed_by_an_opportunity_attack_stops_where_it_fell() -> None:
    """Leaving the fighter's reach costs the goblin its life in the last cell it had reached."""
    stage = fight(goblin((1, 2)), fighter((1, 1)))
    outcome = played(stage, Walk("goblin", ((2, 2), (3, 2), (4, 2))), 15, 8)
    assert names(outcome) == ["Moved", "ReactionUsed", "AttackResolved", "DamageTaken", "Died", "CombatEnded"]
    assert outcome.facts[0] == Moved("goblin", ((2, 2),), 5)
    assert outcome.stage.creatures["goblin"].cell == (2, 2)


def test_a_walker_that_is_missed_goes_on() -> None:
    """A miss interrupts the walk, but does not end it."""
    stage = fight(goblin((1, 2)), fighter((1, 1)))
    outcome = played(stage, Walk("goblin", ((2, 2), (3, 2), (4, 2))), 2)
    assert names(outcome) == ["Moved", "ReactionUsed", "AttackResolved", "Moved"]
    assert outcome.stage.creatures["goblin"].cell == (4, 2)
    assert outcome.stage.creatures["goblin"].turn.moved == 15


def test_one_reaction_a_round() -> None:
    """Who has reacted already lets the next one pass."""
    spent = fighter((1, 1), turn=TurnUse(reaction=True))
    outcome = played(fight(goblin((1, 2)), spent), Walk("goblin", ((2, 2), (3, 2))))
    assert names(outcome) == ["Moved"]


def test_moving_within_reach_provokes_nothing() -> None:
    """Circling around an enemy is safe."""
    outcome = played(fight(goblin((1, 2)), fighter((1, 1))), Walk("goblin", ((2, 1), (2, 0), (1, 0))))
    assert names(outcome) == ["Moved"]


def test_a_long_reach_is_left_later() -> None:
    """A reach of 10 feet is left with the step to 15 feet."""
    pike = fighter((1, 1), actions=(weapon("pike", "1d10+3", reach=10),))
    outcome = played(fight(goblin((1, 2)), pike), Walk("goblin", ((1, 3), (1, 4), (1, 5))), 2)
    assert outcome.facts[0] == Moved("goblin", ((1, 3),), 5)


def test_disengaging_walks_away_freely() -> None:
    """The Disengage action keeps the whole turn's movement from provoking."""
    stage = fight(goblin((1, 2)), fighter((1, 1)))
    first = played(stage, Use("goblin", "disengage"))
    outcome = played(first.stage, Walk("goblin", ((2, 2), (3, 2))))
    assert names(outcome) == ["Moved"]


def test_an_archer_without_a_blade_still_has_its_fists() -> None:
    """Everybody can strike unarmed, so everybody threatens."""
    archer = fighter((1, 1), actions=(bow(),))
    outcome = played(fight(goblin((1, 2)), archer), Walk("goblin", ((2, 2), (3, 2))), 2)
    attack = next(f for f in outcome.facts if isinstance(f, AttackResolved))
    assert (attack.action, attack.cost, attack.total) == ("unarmed_strike", "reaction", 7)


def test_the_unseen_and_the_allied_do_not_provoke() -> None:
    """An opportunity attack needs an enemy that sees the mover."""
    hidden = goblin((1, 2), hidden=True)
    assert names(played(fight(hidden, fighter((1, 1))), Walk("goblin", ((2, 2), (3, 2))))) == ["Moved"]
    friends = fight(cleric((1, 2)), fighter((1, 1)), goblin((9, 6)))
    assert names(played(friends, Walk("cleric", ((2, 2), (3, 2))))) == ["Moved"]


def test_the_surprised_and_the_stunned_do_not_react() -> None:
    """Surprise and incapacity take reactions away."""
    surprised = fighter((1, 1), surprised=True)
    assert names(played(fight(goblin((1, 2)), surprised), Walk("goblin", ((2, 2), (3, 2))))) == ["Moved"]


def test_a_player_is_asked_and_the_path_waits() -> None:
    """With a player to ask, the walk stops before the step that provokes, and holds the rest of the path as data."""
    stage = fight(goblin((1, 2)), fighter((1, 1)))
    waiting = played(stage, Walk("goblin", ((2, 2), (3, 2), (4, 2))), habits=ASK)
    assert names(waiting) == ["Moved"]
    assert waiting.pending is not None
    assert (waiting.pending.crt, waiting.pending.code) == ("fighter", "reaction/opportunity_attack")
    assert [choice.id for choice in waiting.pending.choices] == ["react", "pass"]
    passed = resume(waiting.stage, waiting.pending, "pass", ScriptedDice(()), field(), ASK)
    assert names(passed) == ["Moved"]
    assert passed.stage.creatures["goblin"].cell == (4, 2)


def test_two_threats_are_asked_one_after_the_other() -> None:
    """Each enemy whose reach is left has its own question."""
    stage = fight(goblin((1, 2)), fighter((1, 1)), cleric((0, 2)))
    first = played(stage, Walk("goblin", ((2, 2), (3, 2))), habits=ASK)
    assert first.pending is not None
    second = resume(first.stage, first.pending, "pass", ScriptedDice(()), field(), ASK)
    assert second.pending is not None
    assert {first.pending.crt, second.pending.crt} == {"fighter", "cleric"}
    last = resume(second.stage, second.pending, "pass", ScriptedDice(()), field(), ASK)
    assert last.pending is None
    assert last.stage.creatures["goblin"].cell == (3, 2)


def test_shield_turns_a_hit_into_a_miss_and_costs_a_slot() -> None:
    """A total of 15 hits AC 12, but not 17."""
    stage = fight(goblin((1, 3)), wizard((1, 2)))
    outcome = played(stage, Use("goblin", "blade", ("wizard",)), 11)
    assert names(outcome) == ["ReactionUsed", "ResourceSpent", "SpellCast", "ConditionGained", "AttackResolved"]
    attack = outcome.facts[-1]
    assert isinstance(attack, AttackResolved)
    assert (attack.total, attack.ac, attack.hit) == (15, 17, False)
    assert outcome.stage.creatures["wizard"].spent == {"slot:1": 1}


def test_shield_is_no_use_against_a_total_that_beats_it() -> None:
    """Who reacts always does so only when it helps."""
    outcome = played(fight(goblin((1, 3)), wizard((1, 2))), Use("goblin", "blade", ("wizard",)), 18, 1)
    assert names(outcome) == ["AttackResolved", "DamageTaken"]


def test_the_shields_bearer_is_asked_with_the_roll_on_the_table() -> None:
    """The question carries the roll it is about, and the answer finishes that very attack."""
    stage = fight(goblin((1, 3)), wizard((1, 2)))
    waiting = played(stage, Use("goblin", "blade", ("wizard",)), 11, habits=ASK)
    assert waiting.pending is not None
    assert waiting.pending.roll is not None
    assert waiting.pending.params["total"] == 15
    hit = resume(waiting.stage, waiting.pending, "pass", ScriptedDice((4,)), field(), ASK)
    assert names(hit) == ["AttackResolved", "DamageTaken"]
    assert hit.facts[1].amount == 6  # type: ignore[union-attr]


def test_shield_lasts_until_the_wizards_next_turn() -> None:
    """It ends at the start of the wizard's next turn, in this same round when that is still to come."""
    stage = fight(goblin((1, 3)), wizard((1, 2)))
    outcome = played(stage, Use("goblin", "blade", ("wizard",)), 11)
    (shield,) = outcome.stage.creatures["wizard"].effects
    assert (shield.ends_round, shield.ends_turn, shield.ends_at) == (0, "wizard", "start")


def test_without_slots_there_is_no_shield() -> None:
    """Spent slots take the question away."""
    empty = wizard((1, 2), spent={"slot:1": 3, "slot:2": 2})
    outcome = played(fight(goblin((1, 3)), empty), Use("goblin", "blade", ("wizard",)), 11, 3, habits=ASK)
    assert outcome.pending is None


def test_shield_wards_off_magic_missile() -> None:
    """Three darts at somebody who shields do nothing; the dart at another still strikes."""
    caster = wizard((5, 5), crt="rival")
    stage = fight(caster, wizard((1, 2)), fighter((1, 1)))
    step = Use("rival", "magic_missile", ("wizard", "wizard", "fighter"), slot=1)
    outcome = played(stage, step, 3)
    hurt = {fact.crt: fact.amount for fact in outcome.facts if isinstance(fact, DamageTaken)}
    assert hurt == {"wizard": 0, "fighter": 4}
    assert [f.action for f in outcome.facts if isinstance(f, SpellCast)] == ["magic_missile", "shield"]


def test_habits_name_creatures_and_single_reactions() -> None:
    """The narrower key wins."""
    habits = Habits({"wizard": "never", f"wizard/{SHIELD.id}": "ask"})
    assert habits("wizard", "shield") == "ask"
    assert habits("wizard", "opportunity_attack") == "never"
    assert habits("goblin", "opportunity_attack") == "always"


def test_a_parry_meets_blades_but_not_arrows() -> None:
    """And counts against the one attack only."""
    ward = EffectSpec(
        "parry", modifiers=(Modifier("ac", "add", 2),), duration=Duration(rounds=1), ends_on=("attacked",)
    )
    parry = Action(
        "parry", "Parry", "action/parry", "reaction", Targeting("self"), (Apply(ward),), trigger="hit_by_melee_attack"
    )
    captain = goblin((3, 1), actions=(parry,))
    archer = fighter((2, 1), actions=(SWORD, bow()), items={"arrow": 5})
    parried = played(fight(archer, captain), Use("fighter", "sword", ("goblin",)), 9)
    assert names(parried) == ["ReactionUsed", "ConditionGained", "AttackResolved", "ConditionLost"]
    shot = played(
        fight(fighter((1, 1), actions=(bow(),), items={"arrow": 5}), captain), Use("fighter", "bow", ("goblin",)), 9, 1
    )
    assert names(shot)[:3] == ["ResourceSpent", "AttackResolved", "DamageTaken"]


def test_never_means_never() -> None:
    """A creature that never reacts is passed by."""
    outcome = played(fight(goblin((1, 2)), fighter((1, 1))), Walk("goblin", AWAY), habits=NEVER)
    assert not [f for f in outcome.facts if isinstance(f, ReactionUsed | Died | ResourceSpent)]
