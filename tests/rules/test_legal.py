"""What may be done, with what targets, and why not otherwise."""

import msgspec
import pytest

from taleforge.rules.creature import Action, ActiveEffect, Area, Creature, Resource, SpellInfo, Targeting, TurnUse
from taleforge.rules.dice import ScriptedDice
from taleforge.rules.effects import Manual, Modifier, Move
from taleforge.rules.engine import run
from taleforge.rules.legal import Legal, legal, refusal
from taleforge.rules.reactions import Habits
from taleforge.rules.stage import Stage
from taleforge.rules.steps import EndTurn, StartTurn, Step, Use, Walk
from taleforge.rules.targets import RuleRefusal
from tests.rules.arena import Arena, field
from tests.rules.people import FIRE_BOLT, SWORD, bow, cleric, fight, fighter, goblin, peace, someone, weapon, wizard

OPEN = field()


def found(stage: Stage, crt: str, action: str, cost: str | None = None, terrain: Arena = OPEN) -> Legal:
    """Return one legal entry."""
    ways = [way for way in legal(stage, crt, terrain) if way.action.id == action]
    return next(way for way in ways if cost is None or way.cost == cost)


def why(stage: Stage, step: Step, terrain: Arena = OPEN) -> str | None:
    """Return the code of a refusal, or None."""
    refused = refusal(stage, step, terrain)
    return refused.code if refused is not None else None


def bears(*conditions: str, source: str | None = None) -> tuple[ActiveEffect, ...]:
    """Return an effect that brings conditions."""
    return (ActiveEffect("e", "e", source, conditions),)  # type: ignore[arg-type]


def test_a_fighter_on_its_turn_may_strike_whom_it_reaches() -> None:
    """Enemies and friends beside it alike; the table decides what to offer."""
    stage = fight(fighter((2, 1)), goblin((3, 1)), goblin((9, 1), crt="far"), cleric((2, 2)))
    sword = found(stage, "fighter", "sword")
    assert (sword.targets, sword.cost, sword.refused) == (("goblin", "cleric"), "action", None)


def test_everything_is_refused_when_it_is_not_your_turn() -> None:
    """With one reason."""
    stage = fight(fighter(), goblin())
    assert {way.refused.code for way in legal(stage, "goblin", OPEN) if way.refused} == {"turn/not_yours"}
    assert why(stage, EndTurn("goblin")) == "turn/not_yours"
    assert why(stage, Walk("goblin", ((4, 1),))) == "turn/not_yours"
    assert why(stage, EndTurn("fighter")) is None


def test_the_fallen_and_the_absent_have_no_options() -> None:
    """Nothing to choose from."""
    stage = fight(fighter(hp=0, life="dying"), goblin())
    assert legal(stage, "fighter", OPEN) == ()
    assert legal(stage, "nobody", OPEN) == ()
    assert why(stage, Use("nobody", "sword")) == "actor/unknown"
    assert why(stage, Use("fighter", "sword", ("goblin",))) == "actor/down"


def test_an_absent_creature_is_refused_just_like_an_unseen_one() -> None:
    """Nobody learns from a refusal that somebody is hiding."""
    stage = fight(fighter((2, 1)), goblin((3, 1), hidden=True))
    hidden = refusal(stage, Use("fighter", "sword", ("goblin",)), OPEN)
    absent = refusal(stage, Use("fighter", "sword", ("gnoll",)), OPEN)
    assert hidden == absent == RuleRefusal("target/unseen")


def test_the_invisible_can_be_struck_at_but_not_be_charmed() -> None:
    """Their place is known by the noise they make; a spell needs to see its target."""
    stage = fight(wizard((2, 1), actions=(SWORD, FIRE_BOLT)), goblin((3, 1), effects=bears("invisible")))
    assert why(stage, Use("wizard", "sword", ("goblin",))) is None
    assert why(stage, Use("wizard", "fire_bolt", ("goblin",))) == "target/unseen"


@pytest.mark.parametrize(
    ("actor", "step", "code"),
    [
        (fighter((2, 1), turn=TurnUse(action=True)), Use("fighter", "sword", ("goblin",)), "turn/no_action"),
        (fighter((2, 1)), Use("fighter", "sword", ("far",)), "target/out_of_range"),
        (fighter((2, 1)), Use("fighter", "sword"), "target/needed"),
        (fighter((2, 1)), Use("fighter", "sword", ("goblin", "far")), "target/too_many"),
        (fighter((2, 1)), Use("fighter", "sword", ("fighter",)), "target/yourself"),
        (fighter((2, 1)), Use("fighter", "axe", ("goblin",)), "action/unknown"),
        (fighter((2, 1)), Use("fighter", "hide", cost="bonus"), "action/wrong_cost"),
        (fighter((2, 1), effects=bears("stunned")), Use("fighter", "sword", ("goblin",)), "action/forbidden"),
        (fighter((2, 1), surprised=True), Use("fighter", "sword", ("goblin",)), "turn/surprised"),
        (
            fighter((2, 1), effects=bears("charmed", source="goblin")),
            Use("fighter", "sword", ("goblin",)),
            "target/charmed",
        ),
        (fighter((2, 1), actions=(bow(),)), Use("fighter", "bow", ("goblin",)), "action/no_ammunition"),
        (fighter((2, 1)), Use("fighter", "stand"), "move/not_prone"),
        (fighter((2, 1), effects=bears("prone"), turn=TurnUse(moved=20)), Use("fighter", "stand"), "move/cannot_stand"),
        (fighter((2, 1), effects=bears("prone")), Use("fighter", "drop_prone"), "move/prone_already"),
        (fighter((2, 1)), Use("fighter", "break_free"), "action/not_grappled"),
        (fighter((2, 1)), Use("fighter", "stop_concentrating"), "action/not_concentrating"),
        (fighter((2, 1)), Use("fighter", "hide"), "hide/clearly_seen"),
        (fighter((2, 1)), Use("fighter", "stabilize", ("goblin",)), "target/not_dying"),
        (fighter((2, 1)), Walk("fighter", ((3, 1),)), "move/no_way"),
        (fighter((2, 1)), Walk("fighter", ((2, 2), (2, 3), (2, 4), (2, 5), (2, 6), (2, 7), (3, 7))), "move/too_far"),
        (fighter((2, 1)), Walk("fighter", ()), "move/no_way"),
        (fighter((2, 1), effects=bears("paralyzed")), Walk("fighter", ((2, 2),)), "move/forbidden"),
        (fighter((2, 1)), StartTurn("fighter"), "step/internal"),
    ],
)
def test_what_a_fighter_may_not_do(actor: Creature, step: Step, code: str) -> None:
    """Each refusal names its reason."""
    stage = fight(actor, goblin((3, 1)), goblin((10, 1), crt="far"))
    assert why(stage, step) == code


@pytest.mark.parametrize(
    ("caster", "step", "code"),
    [
        (
            wizard((2, 1), spent={"slot:1": 3, "slot:2": 2}),
            Use("wizard", "magic_missile", ("goblin",), slot=1),
            "spell/no_slot",
        ),
        (wizard((2, 1)), Use("wizard", "magic_missile", ("goblin",) * 4, slot=1), "target/too_many"),
        (wizard((2, 1)), Use("wizard", "magic_missile", ("goblin",) * 4, slot=2), None),
        (wizard((2, 1)), Use("wizard", "magic_missile", ("goblin",), slot=3), "spell/no_slot"),
        (
            wizard((2, 1), turn=TurnUse(bonus_spell=True)),
            Use("wizard", "magic_missile", ("goblin",)),
            "spell/only_cantrips",
        ),
        (wizard((2, 1), turn=TurnUse(bonus_spell=True)), Use("wizard", "fire_bolt", ("goblin",)), None),
        (wizard((2, 1)), Use("wizard", "burning_hands"), "target/cell_needed"),
        (wizard((2, 1)), Use("wizard", "burning_hands", cell=(2, 1)), "target/cell_needed"),
        (wizard((2, 1)), Use("wizard", "shield"), "action/unknown"),
        (wizard((2, 1), effects=bears("petrified")), Use("wizard", "fire_bolt", ("goblin",)), "action/forbidden"),
    ],
)
def test_what_a_wizard_may_not_cast(caster: Creature, step: Use, code: str | None) -> None:
    """Slots, targets, the bonus action rule, places."""
    assert why(fight(caster, goblin((5, 1))), step) == code


def test_a_bonus_action_spell_after_a_levelled_one_is_refused() -> None:
    """The rule binds in both orders."""
    stage = fight(cleric((2, 1), turn=TurnUse(action=True, spell=True)), fighter((2, 2)), goblin())
    assert why(stage, Use("cleric", "healing_word", ("fighter",), slot=1)) == "spell/one_a_turn"


def test_silence_stops_spoken_spells() -> None:
    """Verbal components need a voice."""
    silenced = ActiveEffect("s", "silence", None, (), (Modifier("speech", "forbid"),))
    stage = fight(wizard((2, 1), effects=(silenced,)), goblin((5, 1)))
    assert why(stage, Use("wizard", "fire_bolt", ("goblin",))) == "spell/no_voice"


def test_hold_person_works_on_persons_only() -> None:
    """Types and sides of targets are kept."""
    stage = fight(cleric((2, 1)), goblin((5, 1), type="beast"), fighter((2, 2)))
    assert why(stage, Use("cleric", "hold_person", ("goblin",), slot=2)) == "target/wrong_type"
    assert why(stage, Use("cleric", "bless", ("goblin",), slot=1)) == "target/wrong_side"
    assert found(stage, "cleric", "bless").targets == ("cleric", "fighter")
    assert found(stage, "cleric", "bless").count == 3


def test_the_dead_are_no_targets() -> None:
    """Nor is anybody behind total cover."""
    stage = fight(fighter((2, 1)), goblin((3, 1), hp=0, life="dead"), goblin((9, 9), crt="b"))
    assert why(stage, Use("fighter", "sword", ("goblin",))) == "target/dead"


def test_the_unhurt_are_not_listed_for_healing_but_may_be_healed() -> None:
    """A list of sensible targets, not a rule."""
    stage = fight(cleric((2, 1)), fighter((2, 2), hp=4), goblin())
    assert found(stage, "cleric", "healing_word").targets == ("fighter",)
    assert why(stage, Use("cleric", "healing_word", ("cleric",), slot=1)) is None


def test_armour_one_is_not_used_to_stops_spells() -> None:
    """Reactions too: no question about a Shield comes up."""
    stage = fight(wizard((2, 1), features=("cannot_cast",)), goblin((3, 1), max_hp=40))
    assert why(stage, Use("wizard", "fire_bolt", ("goblin",))) == "spell/armor"
    hit = run(stage, (Use("goblin", "blade", ("wizard",)),), ScriptedDice((11, 1)), OPEN, Habits(otherwise="ask"))
    assert hit.pending is None


def test_nobody_helps_or_stabilizes_itself() -> None:
    """Help is for others, and who can act is not dying."""
    stage = fight(fighter((2, 1)), goblin())
    assert why(stage, Use("fighter", "help_ally", ("fighter",))) == "target/yourself"
    assert why(stage, Use("fighter", "stabilize", ("fighter",))) == "target/not_dying"


def test_a_thrown_axe_is_gone() -> None:
    """Characters strike with what they carry; claws need no carrying."""
    axe = Action("axe", "Axe", "x/axe", target=Targeting(sight=False), nodes=SWORD.nodes, pinned="weapon/handaxe")
    unarmed = fighter((2, 1), actions=(axe,))
    assert why(fight(unarmed, goblin((3, 1))), Use("fighter", "axe", ("goblin",))) == "action/no_ammunition"
    armed = fighter((2, 1), actions=(axe,), items={"handaxe": 1})
    assert why(fight(armed, goblin((3, 1))), Use("fighter", "axe", ("goblin",))) is None


def test_two_blows_with_one_knife_are_no_two_weapon_fighting() -> None:
    """The other hand needs a weapon of its own."""
    knife = Action(
        "knife", "Knife", "x/k", target=Targeting(), nodes=SWORD.nodes, properties=("light",), pinned="weapon/knife"
    )
    other = msgspec.structs.replace(knife, id="knife_offhand", cost="bonus", properties=("light", "offhand"))
    for count, code in ((1, "turn/no_light_attack"), (2, None)):
        kit = {"actions": (knife, other), "items": {"knife": count}, "turn": TurnUse(action=True, attacks=("knife",))}
        stage = fight(fighter((2, 1), **kit), goblin((3, 1)))
        assert why(stage, Use("fighter", "knife_offhand", ("goblin",))) == code


def test_an_off_hand_blow_follows_a_light_weapon() -> None:
    """Two-weapon fighting costs the bonus action, once the first light weapon was used."""
    kit = (
        weapon("shortsword", "1d6+3", properties=("light",)),
        weapon("shortsword_offhand", "1d6", cost="bonus", properties=("light", "offhand")),
        SWORD,
    )
    stage = fight(fighter((2, 1), actions=kit), goblin((3, 1), max_hp=90))
    second = Use("fighter", "shortsword_offhand", ("goblin",))
    assert why(stage, second) == "turn/no_light_attack"
    heavy = run(stage, (Use("fighter", "sword", ("goblin",)),), ScriptedDice((2,)), OPEN, Habits()).stage
    assert why(heavy, second) == "turn/no_light_attack"
    light = run(stage, (Use("fighter", "shortsword", ("goblin",)),), ScriptedDice((2,)), OPEN, Habits()).stage
    assert why(light, second) is None
    done = run(light, (second,), ScriptedDice((2,)), OPEN, Habits()).stage
    assert why(done, second) == "turn/no_bonus_action"


def test_a_multiattack_allows_what_it_still_owes() -> None:
    """Bite once, claw twice, and nothing else."""
    beast = fighter(
        (2, 1), actions=(weapon("bite", "1"), weapon("claw", "1"), SWORD), multiattack=(("bite", 1), ("claw", 2))
    )
    stage = fight(beast, goblin((3, 1), max_hp=90))
    after = run(stage, (Use("fighter", "bite", ("goblin",)),), ScriptedDice((2,)), OPEN, Habits()).stage
    assert found(after, "fighter", "claw").cost == "none"
    assert why(after, Use("fighter", "claw", ("goblin",))) is None
    assert why(after, Use("fighter", "claw", ("goblin",), cost="none")) is None
    assert why(after, Use("fighter", "bite", ("goblin",))) == "turn/no_action"
    assert why(after, Use("fighter", "sword", ("goblin",))) == "turn/no_action"


def test_nimble_creatures_hide_and_slip_away_as_a_bonus() -> None:
    """A feature adds ways, it does not take the action away."""
    sneak = goblin((3, 1), features=("nimble_escape",))
    stage = fight(sneak, fighter((2, 1)))
    assert found(stage, "goblin", "disengage", "bonus").refused is None
    assert found(stage, "goblin", "disengage", "action").refused is None
    assert why(stage, Use("goblin", "disengage", cost="bonus")) is None


def test_uses_run_out_and_recharge() -> None:
    """A feature without uses, a breath that has to gather."""
    surge = Action("surge", "Surge", "x/surge", "free", Targeting("self"), (Manual("x"),), spend={"surge": 1})
    breath = Action("breath", "Breath", "x/breath", target=Targeting("self"), nodes=(Manual("x"),), recharge=5)
    tired = fighter((2, 1), actions=(surge, breath), resources={"surge": Resource(1)}, spent={"surge": 1, "breath": 1})
    stage = fight(tired, goblin())
    assert why(stage, Use("fighter", "surge")) == "action/no_uses"
    assert why(stage, Use("fighter", "breath")) == "action/recharging"


def test_places_have_to_be_seen_free_and_near() -> None:
    """Teleporting and far areas."""
    hop = Action("hop", "Hop", "x/hop", target=Targeting("cell", range=30), nodes=(Move("teleport", 30),))
    ball = Action(
        "ball", "Ball", "x/ball", target=Targeting("area", range=150, area=Area("sphere", 20)), nodes=(Manual("x"),),
        spell=SpellInfo(0, "x"),
    )  # fmt: skip
    stage = fight(wizard((1, 2), actions=(hop, ball)), goblin((4, 2)), goblin((5, 5), crt="b", hidden=True))
    terrain = Arena(("............",) * 4 + ("#####.......",) + ("............",) * 3)
    assert why(stage, Use("wizard", "hop", cell=(3, 3)), terrain) is None
    assert why(stage, Use("wizard", "hop", cell=(4, 2)), terrain) == "target/occupied"
    assert why(stage, Use("wizard", "hop", cell=(11, 2)), terrain) == "target/out_of_range"
    assert why(stage, Use("wizard", "hop", cell=(1, 6)), terrain) == "target/unseen"
    assert why(stage, Use("wizard", "hop", cell=(5, 5)), OPEN) is None
    assert why(stage, Use("wizard", "ball", cell=(9, 2)), terrain) is None
    assert why(stage, Use("wizard", "ball", cell=(99, 2)), terrain) == "target/out_of_range"


def test_in_peace_there_are_no_turns_to_use_up() -> None:
    """Actions cost nothing, and what only makes sense in a fight is not offered."""
    stage = peace(
        cleric(turn=TurnUse(action=True, bonus=True)), fighter(hp=3), someone("bard", "neutral", (2, 2), hp=1)
    )
    assert why(stage, Use("cleric", "healing_word", ("fighter",), slot=1)) is None
    assert why(stage, Use("cleric", "dodge")) == "action/no_fight"
    assert why(stage, Walk("cleric", tuple((1, y) for y in range(4, 8)))) is None
    assert "bard" in found(stage, "cleric", "healing_word").targets


def test_the_answer_agrees_with_the_list() -> None:
    """Whatever `legal` offers, `refusal` allows, and what it withholds is refused (or does nothing for the unhurt)."""
    stage = fight(
        cleric((2, 1), hp=9, features=("cunning_action",)),
        fighter((2, 2), hp=4),
        goblin((3, 1), hp=1),
        goblin((3, 2), hp=2, crt="b"),
    )
    for way in legal(stage, "cleric", OPEN):
        slot = way.slots[0] if way.slots else 0
        for target in stage.creatures:
            step = Use("cleric", way.action.id, (target,), slot=slot, cost=way.cost)
            allowed = refusal(stage, step, OPEN) is None
            aimed = way.action.target.kind == "creature"
            assert allowed is (way.refused is None and (not aimed or target in way.targets)), step
