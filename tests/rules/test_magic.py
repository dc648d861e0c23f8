"""Spells and effects: slots, saves, healing, concentration, what ends with what."""

import pytest

from taleforge.rules.creature import Abilities, Action, ActiveEffect, Area, Creature, Resource, SpellInfo, Targeting
from taleforge.rules.dice import ScriptedDice
from taleforge.rules.effects import (
    Apply,
    Branch,
    Choice,
    Choose,
    Damage,
    DamageSpec,
    Duration,
    EffectSpec,
    Heal,
    Manual,
    Modifier,
    Move,
    Node,
    Remove,
    RollDice,
    Save,
    Summon,
    TemporaryHitPoints,
)  # fmt: skip
from taleforge.rules.effects import Resource as GiveBack
from taleforge.rules.engine import Outcome, record, resume, run
from taleforge.rules.facts import (
    AttackResolved,
    ConcentrationEnded,
    ConditionGained,
    ConditionLost,
    DamageTaken,
    DiceRolled,
    Fact,
    Healed,
    Moved,
    ResourceSpent,
    RulingNeeded,
    SaveMade,
    SpellCast,
    TemporaryHitPointsGained,
)  # fmt: skip
from taleforge.rules.magic import holds, save_tags
from taleforge.rules.reactions import Habits
from taleforge.rules.stage import Stage
from taleforge.rules.steps import EndTurn, Step, Use
from tests.rules.arena import Arena, field
from tests.rules.people import cleric, fight, fighter, goblin, peace, wizard

NEVER = Habits(otherwise="never")
OPEN = field()


def played(stage: Stage, *steps: Step, dice: tuple[int, ...] = (), terrain: Arena = OPEN) -> Outcome:
    """Run steps with these faces."""
    return run(stage, steps, ScriptedDice(dice), terrain, NEVER)


def of(facts: tuple[Fact, ...], kind: type) -> list[Fact]:
    """Return the facts of one kind."""
    return [fact for fact in facts if isinstance(fact, kind)]


def keys(creature: Creature) -> set[str]:
    """Return what is on a creature."""
    return {effect.key for effect in creature.effects}


def deed(*nodes: Node, **given: object) -> Action:
    """Return an action of these nodes, aimed at creatures within 30 feet."""
    return Action("deed", "Deed", "x/deed", nodes=nodes, **{"target": Targeting(count=5, range=30), **given})  # type: ignore[arg-type]


def did(stage: Stage, *targets: str, dice: tuple[int, ...] = ()) -> Outcome:
    """Let the wizard do its deed."""
    return played(stage, Use("wizard", "deed", targets), dice=dice)


def test_a_spell_spends_its_slot_and_its_casting_time() -> None:
    """Magic Missile from a second-level slot: announced, paid for, four darts."""
    stage = fight(wizard((1, 2)), goblin(max_hp=40))
    outcome = played(stage, Use("wizard", "magic_missile", ("goblin",) * 4, slot=2), dice=(3,))
    assert outcome.facts[:2] == (
        ResourceSpent("wizard", "slot:2"),
        SpellCast("wizard", "magic_missile", "Magic Missile", 1, 2, "action", ("goblin",) * 4),
    )
    assert outcome.stage.creatures["goblin"].hp == 24
    assert outcome.stage.creatures["wizard"].turn.action
    assert outcome.stage.creatures["wizard"].turn.spell


def test_a_spell_with_a_price_of_its_own_needs_no_slot() -> None:
    """Once-a-day magic is paid by its own resource."""
    gift = deed(Heal("1d4"), spend={"gift": 1}, spell=SpellInfo(1, "evocation"))
    outcome = did(fight(wizard(actions=(gift,), resources={"gift": Resource(1)})), "wizard", dice=(1,))
    assert of(outcome.facts, ResourceSpent) == [ResourceSpent("wizard", "gift", 1)]


def test_a_cone_burns_everybody_in_it_with_one_roll_of_damage() -> None:
    """Who saves takes half, rounded down; friend and foe alike."""
    stage = fight(wizard((1, 2)), goblin((3, 2), max_hp=40), fighter((4, 1), max_hp=40), goblin((1, 5), crt="away"))
    outcome = played(stage, Use("wizard", "burning_hands", cell=(2, 2), slot=1), dice=(3, 15, 6, 5, 4))
    saves = of(outcome.facts, SaveMade)
    assert [(s.crt, s.success) for s in saves] == [("goblin", False), ("fighter", True)]  # type: ignore[union-attr]
    hurt = {f.crt: f.amount for f in of(outcome.facts, DamageTaken)}  # type: ignore[union-attr]
    assert hurt == {"goblin": 15, "fighter": 7}
    cast = next(f for f in outcome.facts if isinstance(f, SpellCast))
    assert cast.targets == ("goblin", "fighter")
    assert (3, 2) in cast.cells
    assert (1, 2) not in cast.cells


def test_a_higher_slot_burns_hotter() -> None:
    """One more die for each level above the spell's own."""
    outcome = played(
        fight(wizard((1, 2)), goblin((3, 2), max_hp=40)),
        Use("wizard", "burning_hands", cell=(2, 2), slot=2),
        dice=(1, 1, 1, 1, 6),
    )
    assert outcome.stage.creatures["goblin"].hp == 31


def test_walls_stop_an_area() -> None:
    """Behind the wall nobody burns."""
    terrain = Arena(("......", "......", "..#...", "......"))
    stage = fight(wizard((1, 2)), goblin((3, 2)))
    outcome = played(stage, Use("wizard", "burning_hands", cell=(2, 2), slot=1), terrain=terrain)
    assert of(outcome.facts, SaveMade) == []


def test_cover_helps_dexterity_saves_unless_the_spell_ignores_it() -> None:
    """Half cover adds 2 against a cone, nothing against Sacred Flame."""
    terrain = Arena(("......", "......", "..n...", "......"))
    burnt = played(
        fight(wizard((1, 2)), goblin((3, 2))),
        Use("wizard", "burning_hands", cell=(2, 2)),
        dice=(9, 1, 1, 1),
        terrain=terrain,
    )
    assert burnt.facts[2].success  # type: ignore[union-attr]
    flame = played(
        fight(cleric((1, 2)), goblin((3, 2))), Use("cleric", "sacred_flame", ("goblin",)), dice=(9, 1), terrain=terrain
    )
    assert not next(f for f in flame.facts if isinstance(f, SaveMade)).success


def test_healing_lifts_the_dying() -> None:
    """Healing Word: 1d4 and 3 for Wisdom, from afar, as a bonus action."""
    fallen = fighter((6, 6), hp=0, life="dying")
    outcome = played(fight(cleric(), fallen, goblin()), Use("cleric", "healing_word", ("fighter",), slot=1), dice=(2,))
    healed = next(f for f in outcome.facts if isinstance(f, Healed))
    assert (healed.amount, healed.hp) == (5, 5)
    assert outcome.stage.creatures["fighter"].life == "up"
    assert outcome.stage.creatures["cleric"].turn.bonus_spell


def test_bless_adds_a_die_and_ends_with_concentration() -> None:
    """A blow that breaks the cleric's concentration takes the blessing from everybody."""
    stage = fight(cleric((1, 3)), fighter((2, 1)), goblin((2, 3)))
    blessed = played(stage, Use("cleric", "bless", ("cleric", "fighter"), slot=1)).stage
    assert keys(blessed.creatures["fighter"]) == {"bless"}
    assert keys(blessed.creatures["cleric"]) == {"bless", "concentration"}
    swing = played(blessed, Use("fighter", "sword", ("goblin",)), dice=(7, 1, 1))
    attack = next(f for f in swing.facts if isinstance(f, AttackResolved))
    assert (attack.total, attack.hit) == (13, True)
    blow = played(blessed, Use("goblin", "blade", ("cleric",)), dice=(15, 3, 2, 1))
    ended = [f for f in blow.facts if isinstance(f, ConcentrationEnded | ConditionLost)]
    assert ended[0] == ConcentrationEnded("cleric", "damage")
    assert {(f.crt, f.key, f.reason) for f in ended[1:]} == {  # type: ignore[union-attr]
        ("cleric", "concentration", "concentration"),
        ("cleric", "bless", "concentration"),
        ("fighter", "bless", "concentration"),
    }
    assert keys(blow.stage.creatures["fighter"]) == set()


def test_a_held_concentration_is_a_constitution_save_of_at_least_10() -> None:
    """Half the damage when that is more."""
    blessed = played(fight(cleric(), goblin((2, 3))), Use("cleric", "bless", ("cleric",), slot=1)).stage
    blow = played(blessed, Use("goblin", "blade", ("cleric",)), dice=(15, 3, 8, 4))
    save = next(f for f in blow.facts if isinstance(f, SaveMade))
    assert (save.ability, save.dc, save.why.value, save.success) == ("con", 10, 12, True)
    assert "concentration" in keys(blow.stage.creatures["cleric"])


def test_falling_ends_concentration_without_a_save() -> None:
    """Whoever drops to 0 keeps nothing up."""
    blessed = played(fight(cleric(hp=3), goblin((2, 3))), Use("cleric", "bless", ("cleric",), slot=1)).stage
    blow = played(blessed, Use("goblin", "blade", ("cleric",)), dice=(15, 6))
    assert ConcentrationEnded("cleric", "incapacitated") in blow.facts
    assert not of(blow.facts, SaveMade)


def test_a_new_concentration_ends_the_old_one() -> None:
    """Nobody keeps up two spells."""
    stage = fight(cleric(), fighter((2, 1)), goblin())
    blessed = played(stage, Use("cleric", "bless", ("fighter",), slot=1)).stage
    held = played(blessed, Use("cleric", "hold_person", ("goblin",), slot=2), dice=(2,))
    assert ConcentrationEnded("cleric", "new_spell") in held.facts
    assert keys(held.stage.creatures["fighter"]) == set()
    assert keys(held.stage.creatures["goblin"]) == {"hold_person"}


def test_a_spell_on_nobody_is_kept_up_like_any_other() -> None:
    """Detecting magic ends a blessing, and does not end with it."""
    sense = Action(
        "sense", "Sense", "x/sense", target=Targeting("self"), nodes=(Manual("ruling/sense"),),
        spell=SpellInfo(1, "divination", concentration=True),
    )  # fmt: skip
    caster = cleric(actions=(*cleric().sheet.actions, sense))
    blessed = played(fight(caster, fighter((2, 1)), goblin()), Use("cleric", "bless", ("fighter",), slot=1)).stage
    sensing = played(blessed, Use("cleric", "sense", slot=1))
    assert keys(sensing.stage.creatures["fighter"]) == set()
    assert keys(sensing.stage.creatures["cleric"]) == {"concentration"}
    assert of(sensing.facts, ConcentrationEnded) == [ConcentrationEnded("cleric", "new_spell")]


def test_a_blessing_over_a_blessing_ends_the_older_concentration_once() -> None:
    """The newer effect of a key replaces the older one, which leaves its caster nothing to keep up."""
    stage = fight(cleric(), cleric((1, 4), crt="second"), fighter((2, 1)), goblin())
    first = played(stage, Use("cleric", "bless", ("fighter",), slot=1)).stage
    second = played(first, Use("second", "bless", ("fighter",), slot=1))
    assert of(second.facts, ConcentrationEnded) == [ConcentrationEnded("cleric", "over")]
    assert keys(second.stage.creatures["cleric"]) == set()
    assert keys(second.stage.creatures["second"]) == {"concentration"}


def test_a_recorded_end_of_concentration_takes_its_effects_along() -> None:
    """As when a host rules so."""
    blessed = played(fight(cleric(), goblin()), Use("cleric", "bless", ("cleric",), slot=1)).stage
    ruled = record(blessed, (ConcentrationEnded("cleric", "voluntary"),), ScriptedDice(()), OPEN, NEVER)
    assert keys(ruled.stage.creatures["cleric"]) == set()


def test_a_spell_that_everybody_resisted_needs_no_concentration() -> None:
    """Nothing begins where nothing holds."""
    held = played(fight(cleric(), goblin()), Use("cleric", "hold_person", ("goblin",), slot=2), dice=(19,))
    assert keys(held.stage.creatures["cleric"]) == set()


def test_throwing_off_the_last_effect_ends_the_concentration() -> None:
    """The held goblin saves at the end of its turn, and the cleric is free."""
    held = played(
        fight(goblin(), cleric(), active="cleric"), Use("cleric", "hold_person", ("goblin",), slot=2), dice=(2,)
    )
    turn = played(held.stage, EndTurn("cleric"), dice=(18,))
    assert ConditionLost("goblin", "goblin/hold_person", "hold_person", "saved") in turn.facts
    assert ConcentrationEnded("cleric", "over") in turn.facts
    assert turn.stage.active == "cleric"


def test_concentration_can_be_given_up() -> None:
    """At no cost."""
    blessed = played(fight(cleric(), goblin()), Use("cleric", "bless", ("cleric",), slot=1)).stage
    free = played(blessed, Use("cleric", "stop_concentrating"))
    assert ConcentrationEnded("cleric", "voluntary") in free.facts
    assert keys(free.stage.creatures["cleric"]) == set()


def test_the_death_of_a_caster_ends_its_spells() -> None:
    """A monster's spell dies with it."""
    witch = goblin((3, 1), actions=cleric().sheet.actions, spellcasting=cleric().sheet.spellcasting)
    stage = fight(witch, fighter((2, 1)))
    held = played(stage, Use("goblin", "hold_person", ("fighter",), slot=2), dice=(2,)).stage
    outcome = played(
        fight(*held.creatures.values(), cleric((3, 2))), Use("cleric", "club", ("goblin",)), dice=(20, 6, 6)
    )
    assert keys(outcome.stage.creatures["fighter"]) == set()


def test_effects_of_one_key_do_not_add_up() -> None:
    """The newer replaces the older."""
    twice = Apply(EffectSpec("aid", modifiers=(Modifier("ac", "add", 1),)))
    stage = did(fight(wizard(actions=(deed(twice),)), goblin()), "wizard").stage
    again = did(stage, "wizard").stage
    assert len(again.creatures["wizard"].effects) == 1


def test_an_effect_remembers_the_slot_it_was_cast_with() -> None:
    """A value that names the slot is settled when the effect begins."""
    aid = deed(Apply(EffectSpec("aid", modifiers=(Modifier("ac", "add", "1+slot"),))), spell=SpellInfo(1, "abjuration"))
    stage = fight(wizard(actions=(aid,)), goblin())
    outcome = played(stage, Use("wizard", "deed", ("wizard",), slot=2))
    assert outcome.stage.creatures["wizard"].effects[0].modifiers[0].value == "1+2"


def test_the_immune_do_not_get_the_condition() -> None:
    """An effect that is nothing but the condition is not put on them at all."""
    fear = deed(Apply(EffectSpec("fear", conditions=("frightened",))))
    stage = fight(wizard(actions=(fear,)), goblin(condition_immunities=("frightened",)))
    assert of(did(stage, "goblin").facts, ConditionGained) == []


def test_branches_look_at_the_target() -> None:
    """Each target goes its own way."""
    way = Branch("type:undead", then=(Damage((DamageSpec("10", "radiant"),)),), otherwise=(Manual("ruling/living"),))
    stage = fight(wizard(actions=(deed(way),)), goblin(type="undead", max_hp=30), fighter((2, 1)))
    outcome = did(stage, "goblin", "fighter")
    assert outcome.stage.creatures["goblin"].hp == 20
    assert of(outcome.facts, RulingNeeded) == [RulingNeeded("wizard", "deed", "ruling/living")]


@pytest.mark.parametrize(
    ("predicate", "true"),
    [
        ("type:humanoid", True), ("hp_at_most:7", True), ("hp_at_most:6", False), ("condition:prone", False),
        ("cr_below:1/2", True), ("cr_below:1/4", False), ("size_at_most:medium", True), ("moon:full", False),
    ],
)  # fmt: skip
def test_predicates_of_branches(predicate: str, true: bool) -> None:
    """A small humanoid of challenge 1/4 with 7 hit points."""
    assert holds(predicate, goblin(cr="1/4")) is true


def test_a_choice_is_asked_or_taken_from_the_command() -> None:
    """The player chooses beforehand, or is asked, or the first way is taken."""
    ways = Choose("choice/way", (Choice("left", "way/left", (RollDice("1d4", "l"),)), Choice("right", "way/right")))
    stage = fight(wizard(actions=(deed(ways),)), goblin())
    assert of(did(stage, "goblin", dice=(1,)).facts, DiceRolled)
    chosen = played(stage, Use("wizard", "deed", ("goblin",), choices={"choice/way": "right"}))
    assert not of(chosen.facts, DiceRolled)
    ask = Habits(otherwise="ask")
    waiting = run(stage, (Use("wizard", "deed", ("goblin",)),), ScriptedDice(()), OPEN, ask)
    assert waiting.pending is not None
    assert waiting.pending.kind == "choice"
    left = resume(waiting.stage, waiting.pending, "left", ScriptedDice((1,)), OPEN, ask)
    assert of(left.facts, DiceRolled)


def test_what_is_not_automated_says_so() -> None:
    """Manual and summoning nodes ask the table and change nothing."""
    stage = fight(wizard(actions=(deed(Manual("ruling/wish", "All is well."), Summon("wolf")),)), goblin())
    outcome = did(stage, "wizard")
    assert of(outcome.facts, RulingNeeded) == [
        RulingNeeded("wizard", "deed", "ruling/wish", "All is well."),
        RulingNeeded("wizard", "deed", "ruling/summon", "wolf"),
    ]


def test_pushes_stop_at_walls_and_bodies_and_pulls_at_the_puller() -> None:
    """A forced move goes as far as there is room."""
    stage = fight(wizard((1, 2), actions=(deed(Move("push", 30)),)), goblin((2, 2)), goblin((5, 2), crt="b"))
    assert Moved("goblin", ((3, 2), (4, 2)), 0, "forced") in did(stage, "goblin").facts
    stage = fight(wizard((1, 2), actions=(deed(Move("pull", 30)),)), goblin((4, 2)))
    assert did(stage, "goblin").stage.creatures["goblin"].cell == (2, 2)


def test_a_teleport_reaches_a_free_cell_within_its_range() -> None:
    """And nothing else."""
    step = deed(Move("teleport", 30), target=Targeting("cell", range=30))
    stage = fight(wizard((1, 2), actions=(step,)), goblin((4, 2)))
    there = played(stage, Use("wizard", "deed", cell=(5, 5)))
    assert there.stage.creatures["wizard"].cell == (5, 5)
    for blocked in ((4, 2), (11, 2), (50, 50)):
        assert played(stage, Use("wizard", "deed", cell=blocked)).stage.creatures["wizard"].cell == (1, 2)


def test_temporary_hit_points_and_resources_and_removal() -> None:
    """The small nodes: give temporary hit points, give a slot back, end a condition."""
    nodes = (TemporaryHitPoints("1d4+4"), GiveBack("slot:1", 1), Remove(("poisoned",)))
    ill = wizard(
        actions=(deed(*nodes),), spent={"slot:1": 2}, effects=(ActiveEffect("x", "venom", None, ("poisoned",)),)
    )
    outcome = did(fight(ill, goblin()), "wizard", dice=(2,))
    after = outcome.stage.creatures["wizard"]
    assert of(outcome.facts, TemporaryHitPointsGained)
    assert (after.temp_hp, after.spent, after.effects) == (6, {"slot:1": 1}, ())


def test_stabilizing_takes_a_medicine_check() -> None:
    """DC 10; the dying creature is stable afterwards."""
    stage = fight(cleric((1, 3)), fighter((1, 2), hp=0, life="dying"), goblin())
    outcome = played(stage, Use("cleric", "stabilize", ("fighter",)), dice=(7,))
    assert outcome.stage.creatures["fighter"].life == "stable"


def test_what_burns_burns_at_the_start_of_each_turn() -> None:
    """An effect with nodes for each turn deals its damage on behalf of who caused it."""
    fire = EffectSpec("fire", each_turn_start=(Damage((DamageSpec("1d4", "fire"),)),), duration=Duration(rounds=2))
    stage = did(fight(wizard(actions=(deed(Apply(fire)),)), goblin(max_hp=40)), "goblin").stage
    turn = played(stage, EndTurn("wizard"), dice=(3,))
    hurt = next(f for f in turn.facts if isinstance(f, DamageTaken))
    assert (hurt.crt, hurt.amount, hurt.source, hurt.action) == ("goblin", 3, "wizard", "fire")


def test_a_sphere_is_centred_where_it_is_aimed() -> None:
    """Who stands beside the blast is spared."""
    blast = deed(
        Save("dex", damage=(DamageSpec("4", "fire"),)), target=Targeting("area", range=100, area=Area("sphere", 10))
    )
    stage = fight(wizard((1, 2), actions=(blast,)), goblin((6, 2), max_hp=9), goblin((9, 2), crt="b", max_hp=9))
    outcome = played(stage, Use("wizard", "deed", cell=(6, 3)), dice=(1,))
    assert {f.crt for f in of(outcome.facts, DamageTaken)} == {"goblin"}  # type: ignore[union-attr]


def test_saves_know_what_they_are_against() -> None:
    """Dwarves and halflings ask for it."""
    node = Save("con", damage=(DamageSpec("1d6", "poison"),), fail=(Apply(EffectSpec("f", ("frightened", "charmed"))),))
    assert save_tags(node) == {"poison", "fear", "charm"}


def test_spells_work_without_a_fight_and_without_a_map() -> None:
    """A party resting in a tavern heals itself."""
    hurt = fighter(None, hp=3)
    outcome = played(peace(cleric(None), hurt), Use("cleric", "healing_word", ("fighter",), slot=1), dice=(4,))
    assert outcome.stage.creatures["fighter"].hp == 10


def test_an_ability_modifier_in_damage_is_the_casters() -> None:
    """A spectral mace adds the caster's Wisdom."""
    mace = deed(Damage((DamageSpec("1d8", "force", ability_modifier=True),)))
    caster = wizard(actions=(mace,), abilities=Abilities(int=18))
    assert did(fight(caster, goblin(max_hp=20)), "goblin", dice=(5,)).stage.creatures["goblin"].hp == 11
