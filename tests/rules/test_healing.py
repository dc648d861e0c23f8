"""Healing: what is rolled, who gains how much, and what a pool does."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from taleforge.rules.apply import apply
from taleforge.rules.creature import Abilities, Creature, Spellcasting
from taleforge.rules.dice import ScriptedDice
from taleforge.rules.effects import Heal
from taleforge.rules.explain import Part, Source
from taleforge.rules.facts import Healed, TemporaryHitPointsGained
from taleforge.rules.healing import RolledHealing, deal_out, gain_temporary, heal, heal_pool, roll_healing
from taleforge.rules.modifiers import Collected
from taleforge.rules.stage import Stage
from tests.rules.people import fighter, someone

HEALER = someone("healer", "party", None, abilities=Abilities(wis=16), spellcasting=Spellcasting("wis", 13, 5))
CURE = Heal("1d8", ability_modifier=True, scale="1d8")
LIFE = Collected(flat=(Part(4, Source("feature/disciple_of_life")),))


def cured(target: Creature, node: Heal = CURE, *faces: int, levels: int = 0) -> Healed:
    """Return the fact of somebody being healed."""
    (fact,) = heal(target, roll_healing(node, HEALER, ScriptedDice(faces), levels=levels), "healer")
    assert isinstance(fact, Healed)
    return fact


def test_healing_explains_itself() -> None:
    """Dice, spellcasting modifier and features, each a part, adding up to what was gained."""
    rolled = roll_healing(CURE, HEALER, ScriptedDice((5,)), found=LIFE)
    assert rolled.amount == 12
    (fact,) = heal(fighter(hp=0, max_hp=30), rolled)
    assert isinstance(fact, Healed)
    assert sum(part.value for part in fact.why.parts) == fact.amount == 12


def test_higher_slots_heal_more() -> None:
    """One die more for each level above."""
    assert cured(fighter(hp=1, max_hp=30), CURE, 5, 4, 3, levels=2).amount == 15


def test_nobody_is_healed_above_the_maximum() -> None:
    """What is too much is wasted and said so."""
    fact = cured(fighter(hp=10), CURE, 8)
    assert (fact.amount, fact.hp) == (2, 12)
    assert fact.why.parts[-1] == Part(-9, Source("rule/hit_point_maximum"))


def test_healing_in_vain_still_records_its_roll() -> None:
    """The unhurt and the dead gain nothing, and the dice thrown for them are not lost."""
    fact = cured(fighter(), CURE, 8)
    assert (fact.amount, fact.hp) == (0, 12)
    assert fact.roll is not None
    corpse = replace(fighter(hp=0), life="dead")
    fact = cured(corpse, CURE, 8)
    assert apply(Stage({"fighter": corpse}), fact).creatures["fighter"] == corpse


def test_a_pool_goes_to_whoever_has_least_up_to_half() -> None:
    """Preserve Life: 15 points among three, nobody above half; the dead and the half hale get none."""
    hurt = (fighter(crt="a", hp=1, max_hp=20), fighter(crt="b", hp=4, max_hp=20), fighter(crt="c", hp=15, max_hp=20))
    dead = replace(fighter(crt="d", hp=0), life="dead")
    assert deal_out((*hurt, dead), 15, up_to_half=True) == {"a": 9, "b": 6, "c": 0, "d": 0}
    assert deal_out((*hurt, dead), 9, up_to_half=True) == {"a": 6, "b": 3, "c": 0, "d": 0}
    assert deal_out(hurt, 100)["c"] == 5


def test_a_pool_heals_each_by_its_share() -> None:
    """One fact for each target, with what it then has."""
    rolled = RolledHealing(4, roll_healing(Heal("5*1"), HEALER, ScriptedDice(())).roll, ())
    facts = heal_pool((fighter(crt="a", hp=2), fighter(crt="b", hp=2)), rolled, up_to_half=True)
    assert [(fact.crt, fact.amount, fact.hp) for fact in facts if isinstance(fact, Healed)] == [
        ("a", 2, 4),
        ("b", 2, 4),
    ]


def test_temporary_hit_points_do_not_add_up() -> None:
    """The higher number stays."""
    assert gain_temporary(fighter(temp_hp=3), 5) == (TemporaryHitPointsGained("fighter", 5),)
    assert gain_temporary(fighter(temp_hp=8), 5) == (TemporaryHitPointsGained("fighter", 8),)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 30)), max_size=5), st.integers(0, 60), st.booleans())
def test_a_pool_never_gives_more_than_it_has(people: list[tuple[int, int]], points: int, half: bool) -> None:
    """Shares are never negative, add up to no more than the pool, and leave nothing that somebody still needs."""
    targets = tuple(fighter(crt=str(index), hp=min(hp, most), max_hp=most) for index, (hp, most) in enumerate(people))
    shares = deal_out(targets, points, up_to_half=half)
    assert all(share >= 0 for share in shares.values())
    caps = {t.id: t.sheet.max_hp // 2 if half else t.sheet.max_hp for t in targets}
    needed = sum(max(caps[t.id] - t.hp, 0) for t in targets)
    assert sum(shares.values()) == min(points, needed)
