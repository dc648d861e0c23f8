"""Damage: packets by type, their order of changes, temporary hit points, dropping, dying, death."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from taleforge.rules.apply import apply
from taleforge.rules.creature import Abilities, ActiveEffect, Creature, DeathSaves, Resource
from taleforge.rules.damage import Blow, Rolled, concentration_dc, damage_odds, roll_damage, scaled, take
from taleforge.rules.dice import ScriptedDice, seeded
from taleforge.rules.effects import DamageSpec, Modifier
from taleforge.rules.explain import Part, Source
from taleforge.rules.facts import ConditionGained, DamageTaken, DeathSaveMade, Died, Fact, ResourceSpent, SaveMade
from taleforge.rules.modifiers import Collected
from taleforge.rules.stage import Stage
from taleforge.rules.values import DAMAGE_TYPES, DamageType
from tests.rules.people import fighter, someone

NO_DICE = ScriptedDice(())


def hurt(target: Creature, *packets: tuple[DamageType, int], blow: Blow | None = None) -> tuple[Fact, ...]:
    """Return what happens when damage reaches somebody."""
    parts = tuple(Part(amount, Source("damage/" + kind)) for kind, amount in packets)
    return take(target, Rolled(packets, parts=parts), NO_DICE, blow or Blow())


def only(facts: tuple[Fact, ...]) -> DamageTaken:
    """Return the one fact of damage."""
    (fact,) = facts
    assert isinstance(fact, DamageTaken)
    return fact


def after(target: Creature, facts: tuple[Fact, ...]) -> Creature:
    """Return somebody after facts."""
    stage = Stage({target.id: target})
    for fact in facts:
        stage = apply(stage, fact)
    return stage.creatures[target.id]


def tough(**sheet: object) -> Creature:
    """Return somebody with a hundred hit points."""
    return someone("me", "foe", (1, 1), max_hp=100, **sheet)


@pytest.mark.parametrize(
    ("sheet", "expected", "change"),
    [
        ({}, 7, None),
        ({"resist": ("fire",)}, 3, "resisted"),
        ({"vulnerable": ("fire",)}, 14, "doubled"),
        ({"resist": ("fire",), "vulnerable": ("fire",)}, 6, "resisted"),
        ({"immune": ("fire",)}, 0, "immune"),
        ({"immune": ("cold",)}, 7, None),
    ],
)
def test_resistance_comes_before_vulnerability(sheet: dict[str, object], expected: int, change: str | None) -> None:
    """7 halves to 3, doubles to 14, and comes to 6 with both (SRD 5.1, "Damage Resistance and Vulnerability")."""
    fact = only(hurt(tough(**sheet), ("fire", 7)))
    assert (fact.amount, fact.hp, fact.packets[0].change) == (expected, 100 - expected, change)
    assert sum(part.value for part in fact.why.parts) == expected


def test_each_type_is_changed_by_itself() -> None:
    """7 fire and 7 cold, both resisted, are 3 and 3."""
    fact = only(hurt(tough(resist=("fire", "cold")), ("fire", 7), ("cold", 7)))
    assert [packet.amount for packet in fact.packets] == [3, 3]


def test_flat_changes_come_first() -> None:
    """The SRD's example: 25 bludgeoning, 5 less by magic, then halved, is 10."""
    aura = ActiveEffect("me/aura", "aura", modifiers=(Modifier("against.damage", "add", -5),))
    guarded = replace(tough(resist=("bludgeoning",)), effects=(aura,))
    assert only(hurt(guarded, ("bludgeoning", 25))).amount == 10
    fact = only(hurt(replace(tough(), effects=(aura,)), ("fire", 3)))
    assert (fact.amount, fact.packets[0].change) == (0, "reduced")
    assert sum(part.value for part in fact.why.parts) == 0


def test_several_resistances_count_once() -> None:
    """A resistance by spell beside one by nature does not quarter."""
    ward = ActiveEffect("me/ward", "ward", modifiers=(Modifier("resist.fire", "resist"),))
    assert only(hurt(replace(tough(resist=("fire",)), effects=(ward,)), ("fire", 20))).amount == 10


def test_resistances_may_ask_how_the_damage_came() -> None:
    """A creature that resists only weapons without magic takes all from a magic one."""
    gargoyle = tough(modifiers=(Modifier("resist.slashing", "resist", when=("nonmagical",)),))
    assert only(hurt(gargoyle, ("slashing", 9))).amount == 9
    assert only(hurt(gargoyle, ("slashing", 9), blow=Blow(tags=frozenset({"nonmagical"})))).amount == 4


def test_a_ward_against_one_spell_stops_that_spell_alone() -> None:
    """Shield makes immune to Magic Missile's force and to nothing else."""
    shield = ActiveEffect("me/shield", "shield", modifiers=(Modifier("against.damage.magic_missile", "immune"),))
    shielded = replace(tough(), effects=(shield,))
    assert only(hurt(shielded, ("force", 9), blow=Blow(action="magic_missile"))).amount == 0
    assert only(hurt(shielded, ("force", 9), blow=Blow(action="spiritual_weapon"))).amount == 9


def test_temporary_hit_points_go_first() -> None:
    """What they absorb does not touch hit points; the rest does."""
    fact = only(hurt(replace(tough(), temp_hp=5), ("fire", 7)))
    assert (fact.amount, fact.temp_hp, fact.hp) == (7, 0, 98)
    fact = only(hurt(replace(tough(), temp_hp=9), ("fire", 7)))
    assert (fact.temp_hp, fact.hp) == (2, 100)


def test_monsters_die_at_none() -> None:
    """Whoever is no character is dead at 0 hit points."""
    goblin = someone("goblin", "foe", (1, 1), max_hp=7)
    facts = hurt(goblin, ("slashing", 7), blow=Blow(source="hero"))
    assert facts[1:] == (Died("goblin", "hero"),)
    assert after(goblin, facts).life == "dead"


def test_characters_fall_dying_and_prone() -> None:
    """At 0 hit points a character lies unconscious and prone, its death saves fresh."""
    facts = hurt(fighter(), ("slashing", 15))
    fallen = after(fighter(), facts)
    assert (fallen.life, fallen.hp, fallen.death) == ("dying", 0, DeathSaves())
    assert isinstance(facts[1], ConditionGained)
    assert facts[1].effect.key == "prone"


def test_massive_damage_kills_outright() -> None:
    """SRD 5.1's example: 12 maximum, 6 left, 18 damage leaves 12, which is death; 17 would not be."""
    cleric = fighter(max_hp=12, hp=6)
    assert after(cleric, hurt(cleric, ("slashing", 18))).life == "dead"
    assert after(cleric, hurt(cleric, ("slashing", 17))).life == "dying"


def test_a_blow_may_spare() -> None:
    """Knocking out leaves anybody stable and unconscious, a monster too."""
    goblin = someone("goblin", "foe", (1, 1), max_hp=7)
    assert after(goblin, hurt(goblin, ("bludgeoning", 40), blow=Blow(spare=True))).life == "stable"


@pytest.mark.parametrize(("critical", "failures", "outcome"), [(False, 1, "failure"), (True, 2, "two_failures")])
def test_damage_at_none_is_a_failed_death_save(critical: bool, failures: int, outcome: str) -> None:
    """One failure, two from a critical hit, and a stable creature is dying again."""
    for life in ("dying", "stable"):
        fallen = replace(fighter(hp=0), life=life)
        facts = hurt(fallen, ("slashing", 3), blow=Blow(critical=critical))
        assert isinstance(facts[1], DeathSaveMade)
        assert (facts[1].outcome, facts[1].failures) == (outcome, failures)
        down = after(fallen, facts)
        assert (down.life, down.death.failures) == ("dying", failures)


def test_the_third_failure_by_damage_kills() -> None:
    """Two failures and a blow are death."""
    fallen = replace(fighter(hp=0), life="dying", death=DeathSaves(0, 2))
    for critical in (False, True):
        facts = hurt(fallen, ("slashing", 1), blow=Blow(critical=critical))
        assert facts[1:] == (DeathSaveMade("fighter", None, 0, 3, "dead"), Died("fighter"))


def test_massive_damage_kills_who_lies_dying() -> None:
    """Damage of the whole maximum at 0 hit points is death at once."""
    fallen = replace(fighter(hp=0), life="dying")
    assert after(fallen, hurt(fallen, ("slashing", 12))).life == "dead"


def test_temporary_hit_points_shield_the_dying() -> None:
    """Damage they absorb whole is no failed death save."""
    fallen = replace(fighter(hp=0), life="dying", temp_hp=5)
    assert after(fallen, hurt(fallen, ("slashing", 5))).death.failures == 0


def test_no_damage_is_told_but_does_nothing() -> None:
    """Immune and at 0 hit points: the damage is shown as none and no death save fails."""
    fallen = replace(fighter(hp=0, immune=("fire",)), life="dying")
    assert only(hurt(fallen, ("fire", 30))).amount == 0


def test_the_dead_take_no_damage() -> None:
    """Nothing happens to a corpse, but dice thrown at it are on record."""
    corpse = replace(fighter(hp=0), life="dead")
    rolled = roll_damage((DamageSpec("1d6", "fire"),), ScriptedDice((3,)))
    fact = only(take(corpse, rolled, NO_DICE))
    assert (fact.amount, fact.rolls) == (0, rolled.rolls)
    assert after(corpse, (fact,)) == corpse


ZOMBIE = someone("zombie", "foe", (1, 1), max_hp=22, abilities=Abilities(con=16), features=("undead_fortitude",))


def test_undead_fortitude_stands_at_one() -> None:
    """A zombie's save against 5 + damage leaves it at 1 hit point; it has none against radiant or critical damage."""
    weak = replace(ZOMBIE, hp=3)
    rolled = Rolled((("slashing", 6),))
    stood = take(weak, rolled, ScriptedDice((8,)))
    assert isinstance(stood[1], SaveMade)
    assert (stood[1].dc, stood[1].success) == (11, True)
    assert after(weak, stood).hp == 1
    assert after(weak, take(weak, rolled, ScriptedDice((7,)))).life == "dead"
    assert after(weak, hurt(weak, ("radiant", 6))).life == "dead"
    assert after(weak, hurt(weak, ("slashing", 6), blow=Blow(critical=True))).life == "dead"


def test_relentless_endurance_is_spent_once() -> None:
    """A half-orc drops to 1 instead of 0, once, and not when killed outright."""
    orc = fighter(resources={"relentless_endurance": Resource(1)})
    facts = hurt(orc, ("slashing", 15))
    assert facts[1] == ResourceSpent("fighter", "relentless_endurance")
    assert (after(orc, facts).hp, after(orc, facts).life) == (1, "up")
    again = replace(orc, spent={"relentless_endurance": 1})
    assert after(again, hurt(again, ("slashing", 15))).life == "dying"
    assert after(orc, hurt(orc, ("slashing", 40))).life == "dead"


# Rolling.

SWORD = DamageSpec("1d8", "slashing", parts=(("ability/str", 3), ("feature/dueling", 2)))


def test_a_critical_hit_doubles_the_dice_and_nothing_else() -> None:
    """2d8 and 5 instead of 1d8 and 5; numbers inside an expression are not doubled either."""
    rolled = roll_damage((SWORD,), ScriptedDice((8, 6)), critical=True)
    assert rolled.packets == (("slashing", 19),)
    plain = roll_damage((DamageSpec("2d6+2", "piercing"),), ScriptedDice((1, 2, 3, 4)), critical=True)
    assert plain.packets == (("piercing", 12),)


def test_damage_of_one_type_is_one_packet() -> None:
    """Dice of one type are added before anything halves them; each source stays a part."""
    extra = Collected(flat=(Part(2, Source("feature/rage")),), dice=(("1d6", Source("feature/sneak_attack")),))
    rolled = roll_damage((SWORD,), ScriptedDice((4, 6)), found=extra)
    assert rolled.packets == (("slashing", 17),)
    assert sum(part.value for part in rolled.parts) == 17
    assert Part(6, Source("feature/sneak_attack")) in rolled.parts


def test_bonus_dice_may_bring_their_own_type() -> None:
    """A die annotated with a damage type is damage of that type."""
    favor = Collected(dice=(("1d4[radiant]", Source("effect/divine_favor")),))
    assert roll_damage((SWORD,), ScriptedDice((4, 3)), found=favor).packets == (("slashing", 9), ("radiant", 3))


def test_higher_slots_add_their_dice() -> None:
    """Three levels above its own add three dice."""
    spec = DamageSpec("3d6", "fire", scale="1d6")
    assert roll_damage((spec,), ScriptedDice((1,) * 6), levels=3).packets == (("fire", 6),)
    assert roll_damage((DamageSpec("1d6", "fire"),), ScriptedDice((2,)), levels=3).packets == (("fire", 2),)
    assert (scaled("1d8", 2), scaled("1d8+1", 2)) == ("2d8", "1d8+1+1d8+1")


def test_half_damage_rounds_down_for_each_type() -> None:
    """A successful save halves 7 and 5 to 3 and 2, and says so."""
    half = Rolled((("fire", 7), ("cold", 5)), parts=(Part(12, Source("damage/fire")),)).halved(Source("rule/save"))
    assert half.packets == (("fire", 3), ("cold", 2))
    assert sum(part.value for part in half.parts) == 5


def test_damage_is_never_less_than_none() -> None:
    """A weak arm makes a 1 nothing, not a cure."""
    weak = DamageSpec("1d4", "bludgeoning", parts=(("ability/str", -3),))
    rolled = roll_damage((weak,), ScriptedDice((1,)))
    assert rolled.packets == (("bludgeoning", 0),)
    assert sum(part.value for part in rolled.parts) == 0


@pytest.mark.parametrize(("amount", "dc"), [(0, 10), (19, 10), (21, 10), (22, 11), (80, 40), (200, 100)])
def test_concentration_has_no_cap(amount: int, dc: int) -> None:
    """Half the damage, at least 10, however much it is."""
    assert concentration_dc(amount) == dc


def test_damage_odds_span_what_can_be_rolled() -> None:
    """Least, mean and greatest; a critical hit widens them by the dice alone."""
    odds = damage_odds((SWORD,))
    assert (odds.min, odds.mean, odds.max) == (6, 9.5, 13)
    odds = damage_odds((SWORD,), critical=True)
    assert (odds.min, odds.mean, odds.max) == (7, 14, 21)
    assert damage_odds(()).max == 0


PACKETS = st.lists(st.tuples(st.sampled_from(DAMAGE_TYPES), st.integers(0, 60)), max_size=4, unique_by=lambda p: p[0])


@given(PACKETS, st.integers(0, 20), st.booleans(), st.sampled_from(["up", "dying", "stable"]), st.booleans())
def test_damage_leaves_a_possible_creature(
    packets: list[tuple[DamageType, int]], temp_hp: int, critical: bool, life: str, character: bool
) -> None:
    """Whatever the damage: hit points stay between 0 and the maximum, parts add up, 0 is dying, stable or dead."""
    target = fighter(hp=12 if life == "up" else 0, resist=("fire",), vulnerable=("cold",), immune=("poison",))
    target = replace(target, life=life, temp_hp=temp_hp, character=character)
    facts = take(target, Rolled(tuple(packets)), seeded(1), Blow(critical=critical))
    hit = after(target, facts)
    assert 0 <= hit.hp <= 12
    assert 0 <= hit.temp_hp <= temp_hp
    assert (hit.life == "up") == (hit.hp > 0)
    assert hit.death.failures < 3 or hit.life == "dead"
