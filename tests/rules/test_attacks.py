"""Attack rolls: what bears on them, what they come to, and the odds beforehand."""

import pytest

from taleforge.rules.aim import Strike, aim, cover_between
from taleforge.rules.attacks import attack_odds, attacks_left
from taleforge.rules.creature import Abilities, Action, ActiveEffect, Creature, Targeting
from taleforge.rules.damage import DamageOdds
from taleforge.rules.dice import ScriptedDice, seeded
from taleforge.rules.effects import Attack, DamageSpec, Modifier
from taleforge.rules.engine import run
from taleforge.rules.facts import AttackResolved, CheckMade, ConditionGained, ConditionLost, DamageTaken, Fact, Moved
from taleforge.rules.reactions import Habits
from taleforge.rules.stage import Stage
from taleforge.rules.steps import Use
from tests.rules.arena import Arena, field
from tests.rules.people import CLUB, SWORD, bow, cleric, fight, fighter, goblin, weapon, wizard

NEVER = Habits(otherwise="never")
OPEN = field()


def struck(stage: Stage, step: Use, *faces: int, terrain: Arena = OPEN) -> tuple[Fact, ...]:
    """Return the facts of one use with these faces."""
    return run(stage, (step,), ScriptedDice(faces), terrain, NEVER).facts


def attack_of(facts: tuple[Fact, ...]) -> AttackResolved:
    """Return the first attack among facts."""
    return next(fact for fact in facts if isinstance(fact, AttackResolved))


def leaning(
    stage: Stage, attacker: str, target: str, action: Action, terrain: Arena = OPEN
) -> tuple[set[str], set[str]]:
    """Return the codes of what gives an attack advantage and disadvantage."""
    node = action.nodes[0]
    assert isinstance(node, Attack)
    strike = Strike(stage.creatures[attacker], stage.creatures[target], action, node)
    found = aim(stage, strike, terrain).collected
    return {s.code for s in found.advantage}, {s.code for s in found.disadvantage}


def under(creature: Creature, *conditions: str, source: str | None = None) -> Creature:
    """Return a creature with an effect that brings conditions."""
    effect = ActiveEffect("e", "e", source, conditions)  # type: ignore[arg-type]
    return Creature(**{**{f: getattr(creature, f) for f in creature.__struct_fields__}, "effects": (effect,)})


def test_a_hit_names_every_part_of_its_total() -> None:
    """A total of 15 against AC 13 is 10 on the die and 5 from the sheet."""
    facts = struck(fight(fighter((2, 1)), goblin((3, 1))), Use("fighter", "sword", ("goblin",)), 10, 4)
    attack = attack_of(facts)
    assert (attack.natural, attack.total, attack.ac, attack.hit, attack.critical) == (10, 15, 13, True, False)
    assert [(p.source.code, p.value) for p in attack.why.parts] == [("roll/d20", 10), ("sheet/attack", 5)]
    assert attack.why.value == sum(part.value for part in attack.why.parts)
    assert isinstance(facts[1], DamageTaken)
    assert (facts[1].amount, facts[1].hp) == (7, 0)


def test_what_a_bonus_is_made_of_comes_from_the_sheet() -> None:
    """Named parts are told; what they do not explain is a part of its own."""
    sword = weapon("sword", "1d8", bonus=6, parts=(("ability/str", 3), ("proficiency", 2)))
    attack = attack_of(
        struck(fight(fighter((2, 1), actions=(sword,)), goblin()), Use("fighter", "sword", ("goblin",)), 1)
    )
    codes = [(p.source.code, p.value) for p in attack.why.parts]
    assert codes[1:] == [("ability/str", 3), ("proficiency", 2), ("sheet/attack", 1)]


def test_a_natural_20_hits_and_doubles_the_dice() -> None:
    """Two dice of damage, the bonus once."""
    tough = goblin(ac=30, max_hp=50)
    facts = struck(fight(fighter((2, 1)), tough), Use("fighter", "sword", ("goblin",)), 20, 8, 8)
    assert attack_of(facts).critical
    assert next(f.amount for f in facts if isinstance(f, DamageTaken)) == 19


def test_a_natural_1_misses_whatever_the_bonus() -> None:
    """Even against AC 2."""
    facts = struck(fight(fighter((2, 1)), goblin(ac=2)), Use("fighter", "sword", ("goblin",)), 1)
    assert not attack_of(facts).hit


def test_a_champion_strikes_critically_from_19() -> None:
    """The critical range is the attack's own."""
    sword = weapon("sword", "1d8+3", crit_from=19)
    facts = struck(
        fight(fighter((2, 1), actions=(sword,)), goblin(max_hp=40)), Use("fighter", "sword", ("goblin",)), 19, 1, 1
    )
    assert attack_of(facts).critical


def test_any_hit_on_the_paralyzed_from_nearby_is_critical() -> None:
    """And the attack has advantage."""
    held = under(goblin((3, 1), max_hp=40), "paralyzed")
    facts = struck(fight(fighter((2, 1)), held), Use("fighter", "sword", ("goblin",)), 9, 12, 2, 2)
    attack = attack_of(facts)
    assert (attack.natural, attack.critical) == (12, True)


def test_advantage_and_disadvantage_cancel_once() -> None:
    """A prone archer shooting a blinded goblin rolls one die."""
    stage = fight(
        under(fighter((1, 1), actions=(bow(),), items={"arrow": 5}), "prone"), under(goblin((6, 1)), "blinded")
    )
    assert len(attack_of(struck(stage, Use("fighter", "bow", ("goblin",)), 2)).roll.faces) == 1


@pytest.mark.parametrize(
    ("far", "good", "bad"),
    [((3, 1), {"condition/prone"}, set()), ((7, 1), set(), {"condition/prone"})],
)
def test_the_prone_are_easy_to_hit_up_close_and_hard_from_afar(
    far: tuple[int, int], good: set[str], bad: set[str]
) -> None:
    """Advantage within 5 feet, disadvantage beyond."""
    shot = weapon("spear", "1d6", reach=40)
    stage = fight(fighter((2, 1), actions=(shot,)), under(goblin(far), "prone"))
    assert leaning(stage, "fighter", "goblin", shot) == (good, bad)


def test_archers_dislike_long_range_and_enemies_at_their_elbow() -> None:
    """Two reasons, both told."""
    short = bow(near=20, far=80)
    stage = fight(fighter((1, 1), actions=(short,)), goblin((2, 1)), goblin((9, 1), crt="far"))
    _, bad = leaning(stage, "fighter", "far", short)
    assert bad == {"attack/long_range", "attack/enemy_adjacent"}


def test_an_enemy_that_cannot_act_does_not_bother_an_archer() -> None:
    """Nor does one that is down."""
    stage = fight(fighter((1, 1), actions=(bow(),)), under(goblin((2, 1)), "stunned"), goblin((9, 1), crt="far"))
    assert leaning(stage, "fighter", "far", bow()) == (set(), set())


def test_attacking_out_of_hiding_has_advantage_and_gives_it_away() -> None:
    """The attacker is unseen until it strikes."""
    sneak = goblin((3, 1), hidden=True, effects=(ActiveEffect("goblin/hidden", "hidden"),))
    facts = struck(fight(sneak, fighter((2, 1))), Use("goblin", "blade", ("fighter",)), 1, 1)
    assert "attack/unseen_attacker" in {p.source.code for p in attack_of(facts).why.parts}
    assert any(isinstance(f, ConditionLost) and f.key == "hidden" for f in facts)


def test_striking_at_what_one_cannot_see_has_disadvantage() -> None:
    """Darkness hides both from each other, and the two reasons cancel out."""
    dark = field(light="dark")
    seer = goblin((3, 1), senses={"darkvision": 60})
    stage = fight(fighter((2, 1)), seer)
    assert leaning(stage, "fighter", "goblin", SWORD, dark) == (set(), {"attack/unseen_target"})
    assert leaning(stage, "goblin", "fighter", SWORD, dark) == ({"attack/unseen_attacker"}, set())


def test_the_dodging_are_hard_to_hit_by_those_they_see() -> None:
    """Dodge gives attackers disadvantage until the dodger's next turn."""
    dodging = run(fight(goblin(), fighter((2, 1))), (Use("goblin", "dodge"),), ScriptedDice(()), OPEN, NEVER).stage
    assert leaning(dodging, "fighter", "goblin", SWORD) == (set(), {"effect/dodge"})


def test_help_gives_the_next_attack_advantage_and_no_other() -> None:
    """The first attack against the distracted enemy uses it up."""
    stage = fight(cleric((3, 2)), fighter((2, 1)), goblin((3, 1), max_hp=40))
    helped = run(stage, (Use("cleric", "help", ("goblin",)),), ScriptedDice(()), OPEN, NEVER).stage
    assert leaning(helped, "fighter", "goblin", SWORD)[0] == {"effect/distracted"}
    after = run(helped, (Use("fighter", "sword", ("goblin",)),), ScriptedDice((2, 3)), OPEN, NEVER).stage
    assert leaning(after, "fighter", "goblin", SWORD)[0] == set()


def test_pack_tactics_need_a_friend_at_the_target() -> None:
    """A second kobold beside the fighter helps the first."""
    kobold = goblin((3, 1), features=("pack_tactics",))
    assert leaning(fight(kobold, fighter((2, 1)), goblin((2, 2), crt="b")), "goblin", "fighter", CLUB)[0] == {
        "trait/pack_tactics"
    }
    assert leaning(fight(kobold, fighter((2, 1)), goblin((7, 7), crt="b")), "goblin", "fighter", CLUB)[0] == set()


def test_bodies_in_the_line_give_half_cover() -> None:
    """An ally in the way adds 2 to the goblin's armour class."""
    stage = fight(fighter((1, 1), actions=(bow(),), items={"arrow": 1}), cleric((3, 1)), goblin((5, 1)))
    facts = struck(stage, Use("fighter", "bow", ("goblin",)), 9)
    attack = attack_of(facts)
    assert (attack.cover, attack.ac, attack.hit) == ("half", 15, False)


def test_the_ground_gives_cover() -> None:
    """Low walls half, pillars three quarters."""
    terrain = Arena(("......", "...n..", "......", "...o.."))
    stage = fight(fighter((1, 1)), goblin((5, 1)), goblin((5, 3), crt="b"), wizard((1, 3)))
    people = stage.creatures
    assert cover_between(stage, people["fighter"], people["goblin"], terrain) == "half"
    assert cover_between(stage, people["wizard"], people["b"], terrain) == "three_quarters"


def test_arrows_are_used_up() -> None:
    """One for each shot."""
    stage = fight(fighter((1, 1), actions=(bow(),), items={"arrow": 2}), goblin((5, 1)))
    after = run(stage, (Use("fighter", "bow", ("goblin",)),), ScriptedDice((2,)), OPEN, NEVER).stage
    assert after.creatures["fighter"].items == {"arrow": 1}


def test_a_multiattack_is_one_action_and_counts_down() -> None:
    """Two claws and a bite, in any order, the first costs the action."""
    beast = goblin(actions=(weapon("bite", "1d6"), weapon("claw", "1d4")), multiattack=(("bite", 1), ("claw", 2)))
    assert attacks_left(beast, "claw", "action") == (("bite", 1), ("claw", 1))
    stage = fight(beast, fighter((2, 1), max_hp=90))
    first = run(stage, (Use("goblin", "claw", ("fighter",)),), ScriptedDice((2,)), OPEN, NEVER).stage
    assert first.creatures["goblin"].turn.action
    second = run(first, (Use("goblin", "bite", ("fighter",)),), ScriptedDice((2,)), OPEN, NEVER)
    assert attack_of(second.facts).cost == "none"
    assert second.stage.creatures["goblin"].turn.attacks_left == (("claw", 1),)


def test_an_opportunity_attack_leaves_the_multiattack_alone() -> None:
    """A reaction neither begins nor uses up the attacks of a turn."""
    beast = goblin(multiattack=(("blade", 2),))
    assert attacks_left(beast, "blade", "reaction") == ()


def test_grappling_is_a_contest_of_strength() -> None:
    """The winner of the contest holds the loser, whose speed is 0."""
    stage = fight(fighter((2, 1)), goblin())
    outcome = run(stage, (Use("fighter", "grapple", ("goblin",)),), ScriptedDice((15, 10)), OPEN, NEVER)
    checks = [f for f in outcome.facts if isinstance(f, CheckMade)]
    assert [(c.crt, c.skill, c.why.value, c.success) for c in checks] == [
        ("fighter", "athletics", 18, True),
        ("goblin", "acrobatics", 12, False),
    ]
    assert outcome.stage.creatures["goblin"].effects[0].conditions == ("grappled",)
    assert outcome.stage.creatures["fighter"].turn.action


def test_a_tie_in_a_contest_changes_nothing() -> None:
    """Equal totals leave the goblin free."""
    facts = struck(fight(fighter((2, 1)), goblin()), Use("fighter", "grapple", ("goblin",)), 10, 11)
    assert not [f for f in facts if isinstance(f, ConditionGained)]


def test_who_is_held_breaks_free_by_winning_against_the_holder() -> None:
    """The contest is against the grappler, not against the surroundings."""
    held = goblin(effects=(ActiveEffect("goblin/grappled", "grappled", "fighter", ("grappled",)),))
    outcome = run(fight(held, fighter((2, 1))), (Use("goblin", "slip_free"),), ScriptedDice((18, 3)), OPEN, NEVER)
    assert outcome.stage.creatures["goblin"].effects == ()


def test_a_shove_pushes_out_of_a_grapple() -> None:
    """Pushed 5 feet away, the goblin is out of the holder's reach."""
    held = goblin((3, 1), effects=(ActiveEffect("goblin/grappled", "grappled", "fighter", ("grappled",)),))
    stage = fight(fighter((2, 1)), held)
    facts = struck(stage, Use("fighter", "shove_away", ("goblin",)), 18, 2)
    assert Moved("goblin", ((4, 1),), 0, "forced") in facts
    assert any(isinstance(f, ConditionLost) and f.key == "grappled" for f in facts)


def test_odds_are_exact() -> None:
    """+5 against AC 13 hits on 8 and more: 13 faces in 20, one of them critical; 1d8+3 is 4 to 11."""
    stage = fight(fighter((2, 1)), goblin())
    odds = attack_odds(stage, stage.creatures["fighter"], stage.creatures["goblin"], SWORD, OPEN)
    assert odds is not None
    assert odds.hit == pytest.approx(13 / 20)
    assert odds.critical == pytest.approx(1 / 20)
    assert odds.damage == DamageOdds(4, 7.5, 11)
    assert (
        attack_odds(stage, stage.creatures["fighter"], stage.creatures["goblin"], Action("x", "x", "x"), OPEN) is None
    )


def test_odds_agree_with_the_dice() -> None:
    """2,000 blessed attacks with disadvantage hit about as often as foretold."""
    blessed = fighter((2, 1), modifiers=(Modifier("attack", "dice", "1d4"), Modifier("attack", "disadvantage")))
    stage = fight(blessed, goblin(max_hp=400))
    odds = attack_odds(stage, stage.creatures["fighter"], stage.creatures["goblin"], SWORD, OPEN)
    dice = seeded("odds agree")
    hits = sum(
        attack_of(run(stage, (Use("fighter", "sword", ("goblin",)),), dice, OPEN, NEVER).facts).hit for _ in range(2000)
    )
    assert odds is not None
    assert hits / 2000 == pytest.approx(odds.hit, abs=0.04)


def test_spell_attacks_use_the_casters_bonus() -> None:
    """Fire Bolt adds 3 for Intelligence and 2 for proficiency."""
    facts = struck(fight(wizard((1, 2)), goblin((6, 2))), Use("wizard", "fire_bolt", ("goblin",)), 10, 5)
    attack = attack_of(facts)
    assert attack.total == 15
    assert {p.source.code for p in attack.why.parts} == {"roll/d20", "ability/int", "proficiency"}
    assert attack.cost == "none"


def test_several_rays_are_several_attacks() -> None:
    """Each ray has its own roll, at targets named more than once."""
    ray = Attack("ranged", source="spell", damage=(DamageSpec("2d6", "fire"),))
    rays = Action("rays", "Rays", "x/rays", target=Targeting(count=3, repeat=True, range=120), nodes=(ray,))
    stage = fight(wizard((1, 2), actions=(rays,)), goblin((6, 2)), goblin((6, 4), crt="b"))
    facts = struck(stage, Use("wizard", "rays", ("goblin", "b", "b")), 2, 3, 4)
    attacks = [f for f in facts if isinstance(f, AttackResolved)]
    assert [(a.target, a.natural, a.cost) for a in attacks] == [
        ("goblin", 2, "action"),
        ("b", 3, "none"),
        ("b", 4, "none"),
    ]


def test_small_creatures_struggle_with_heavy_weapons() -> None:
    """Disadvantage for the small."""
    axe = weapon("greataxe", "1d12", properties=("heavy",))
    stage = fight(goblin(actions=(axe,)), fighter((2, 1), abilities=Abilities(str=16)))
    assert leaning(stage, "goblin", "fighter", axe)[1] == {"attack/heavy_weapon"}
