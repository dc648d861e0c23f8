"""Armour and weapons: every way to calculate AC, every way to wield."""

import pytest
from msgspec.structs import replace

from taleforge.rules.creature import Abilities, Action
from taleforge.rules.definitions import FeatureDef, WeaponRule
from taleforge.rules.effects import Attack, DamageSpec, Modifier
from taleforge.rules.equipment import CANNOT_CAST, Formula, Wielder, attacks, uses, wear
from taleforge.rules.explain import Part, Source
from tests.rules.lore import DEFS

ALL = frozenset({"light", "medium", "heavy", "shield"})
NIMBLE = Abilities(str=12, dex=18, wis=14)
STRONG = Abilities(str=18, dex=12)
TRAINED = Wielder(STRONG, 2, frozenset({"simple", "martial"}))


def wielding(*weapons: str, wielder: Wielder = TRAINED, count: int = 1) -> dict[str, Action]:
    """Return the attacks somebody has with weapons, by action id."""
    carried = tuple((DEFS.weapons[key], count) for key in weapons)
    return {action.id: action for action in attacks(carried, wielder)}


def styled(style: str, **changes: object) -> Wielder:
    """Return somebody with a fighting style."""
    feature: FeatureDef = DEFS.features[style]
    rules = tuple((rule, f"feature/{style}") for rule in feature.weapon_rules)
    return replace(TRAINED, rules=rules, **changes)


def attack_of(action: Action) -> Attack:
    """Return the attack an action makes."""
    (node,) = action.nodes
    assert isinstance(node, Attack)
    return node


@pytest.mark.parametrize(
    ("armor", "shield", "expected"),
    [("", "", 14), ("leather", "", 15), ("scale_mail", "", 16), ("chain_mail", "", 16), ("scale_mail", "shield", 18)],
)
def test_armour_class_by_category(armor: str, shield: str, expected: int) -> None:
    """All of Dexterity in light armour, 2 at most in medium, none in heavy (Dexterity 18)."""
    worn = wear(DEFS.armors.get(armor), DEFS.armors.get(shield), NIMBLE, ALL)
    assert sum(part.value for part in worn.parts) == expected


def test_the_best_way_without_armour_counts() -> None:
    """A formula that allows no shield loses to plain Dexterity and a shield, when that is more."""
    monk = Formula((Part(10, Source("armor/unarmored")), Part(4, Source("ability/dex"))), shield=False)
    barbarian = Formula((*monk.parts, Part(3, Source("ability/con"))))
    shield = DEFS.armors["shield"]
    assert sum(p.value for p in wear(None, shield, Abilities(), ALL, (monk,)).parts) == 12
    assert sum(p.value for p in wear(None, None, Abilities(), ALL, (monk,)).parts) == 14
    assert sum(p.value for p in wear(None, shield, Abilities(), ALL, (barbarian,)).parts) == 19
    assert sum(p.value for p in wear(DEFS.armors["leather"], None, Abilities(), ALL, (barbarian,)).parts) == 11


def test_clumsy_dexterity_does_not_weigh_on_heavy_armour() -> None:
    """A negative modifier counts in light and medium armour, not in heavy."""
    clumsy = Abilities(dex=6)
    assert sum(p.value for p in wear(DEFS.armors["scale_mail"], None, clumsy, ALL).parts) == 12
    assert sum(p.value for p in wear(DEFS.armors["chain_mail"], None, clumsy, ALL).parts) == 16


def test_unfamiliar_armour_hinders_and_stops_spells() -> None:
    """Strength and Dexterity rolls have disadvantage, spells cannot be cast; familiar armour does none of that."""
    worn = wear(DEFS.armors["leather"], None, NIMBLE, frozenset())
    assert {m.path for m in worn.modifiers} == {"check.str", "check.dex", "save.str", "save.dex", "attack.weapon"}
    assert CANNOT_CAST in worn.features
    assert wear(DEFS.armors["leather"], None, NIMBLE, ALL).modifiers == ()


def test_noisy_and_heavy_armour() -> None:
    """Chain mail hinders stealth, and slows whoever is too weak."""
    worn = wear(DEFS.armors["chain_mail"], None, NIMBLE, ALL)
    assert [(m.path, m.op, m.code) for m in worn.modifiers] == [("check.stealth", "disadvantage", "armor/chain_mail")]
    assert worn.slowed == -10
    assert worn.features == ("wearing_armor", "wearing_heavy_armor")
    assert wear(DEFS.armors["chain_mail"], None, STRONG, ALL).slowed == 0


def test_a_versatile_weapon_is_wielded_in_one_hand_or_two() -> None:
    """1d8 or 1d10, and only the one hand with a shield."""
    both = wielding("longsword")
    assert set(both) == {"longsword", "longsword_two_handed"}
    assert attack_of(both["longsword"]).damage == (DamageSpec("1d8", "slashing", parts=(("ability/str", 4),)),)
    assert attack_of(both["longsword_two_handed"]).damage[0].dice == "1d10"
    assert set(wielding("longsword", wielder=replace(TRAINED, shield=True))) == {"longsword"}


def test_an_attack_bonus_is_made_of_its_parts() -> None:
    """Ability, proficiency where trained, and a magic weapon's bonus, which also goes to damage."""
    silver = attack_of(wielding("silver_mace")["silver_mace"])
    assert silver.parts == (("ability/str", 4), ("proficiency", 2), ("weapon/silver_mace", 1))
    assert silver.bonus == 7
    assert sum(value for _, value in silver.damage[0].parts) == 5
    untrained = replace(TRAINED, weapons=frozenset({"simple"}))
    assert attack_of(wielding("longsword", wielder=untrained)["longsword"]).bonus == 4
    named = replace(TRAINED, weapons=frozenset({"longsword"}))
    assert attack_of(wielding("longsword", wielder=named)["longsword"]).bonus == 6


@pytest.mark.parametrize(
    ("weapon", "action", "ability"),
    [
        ("rapier", "rapier", "dex"),
        ("longsword", "longsword", "str"),
        ("handaxe", "handaxe_thrown", "str"),
        ("dart", "dart", "dex"),
        ("longbow", "longbow", "dex"),
    ],
)
def test_the_ability_of_an_attack(weapon: str, action: str, ability: str) -> None:
    """Finesse takes the better, thrown weapons what they use in melee, bows Dexterity (Dexterity 18, Strength 12)."""
    nimble = replace(TRAINED, abilities=NIMBLE)
    assert attack_of(wielding(weapon, wielder=nimble)[action]).parts[0][0] == f"ability/{ability}"


def test_finesse_takes_strength_when_that_is_better() -> None:
    """Strength 18 and Dexterity 12."""
    assert attack_of(wielding("rapier")["rapier"]).parts[0] == ("ability/str", 4)


def test_reach_range_and_what_is_used_up() -> None:
    """Reach is 10 feet; thrown weapons use themselves up, bows arrows."""
    glaive = wielding("glaive")["glaive"]
    assert glaive.target.range == 10
    thrown = wielding("handaxe")["handaxe_thrown"]
    assert (thrown.target.range, thrown.target.long_range, thrown.ammunition) == (20, 60, "handaxe")
    bow = wielding("longbow")["longbow"]
    assert (bow.target.range, bow.target.long_range, bow.ammunition) == (150, 600, "arrow")
    assert attack_of(bow).kind == "ranged"
    assert set(wielding("dart")) == {"dart"}


def test_a_shield_leaves_no_hand_for_a_bow_or_a_greatsword() -> None:
    """Neither can be used while a shield is worn."""
    assert wielding("longbow", "greatsword", wielder=replace(TRAINED, shield=True)) == {}


def test_two_light_weapons_give_an_off_hand_attack() -> None:
    """A bonus action without the ability modifier; one weapon alone, a shield, or a heavy one give none."""
    pair = wielding("shortsword", count=2)
    offhand = pair["shortsword_offhand"]
    assert offhand.cost == "bonus"
    assert "offhand" in offhand.properties
    assert attack_of(offhand).damage[0].parts == ()
    assert "light" in pair["shortsword"].properties
    assert set(wielding("shortsword", "handaxe")) >= {"shortsword_offhand", "handaxe_offhand"}
    assert "shortsword_offhand" not in wielding("shortsword")
    assert "shortsword_offhand" not in wielding("shortsword", count=2, wielder=replace(TRAINED, shield=True))
    weak = replace(TRAINED, abilities=Abilities(str=6, dex=6))
    clumsy = wielding("shortsword", count=2, wielder=weak)["shortsword_offhand"]
    assert attack_of(clumsy).damage[0].parts == (("ability/str", -2),)


def test_fighting_styles() -> None:
    """Archery, Dueling, Great Weapon Fighting and Two-Weapon Fighting each change what they name and nothing else."""
    archer = wielding("longbow", "handaxe", "longsword", wielder=styled("archery"))
    assert [attack_of(archer[key]).bonus for key in ("longbow", "handaxe_thrown", "longsword")] == [5, 6, 6]
    duelist = wielding("longsword", "shortsword", wielder=styled("dueling"), count=2)
    assert ("feature/dueling", 2) in attack_of(duelist["longsword"]).damage[0].parts
    assert ("feature/dueling", 2) not in attack_of(duelist["longsword_two_handed"]).damage[0].parts
    assert "shortsword_offhand" not in duelist
    great = wielding("greatsword", "longsword", wielder=styled("great"))
    assert attack_of(great["greatsword"]).damage[0].dice == "2d6ro<3"
    assert attack_of(great["longsword_two_handed"]).damage[0].dice == "1d10ro<3"
    assert attack_of(great["longsword"]).damage[0].dice == "1d8"
    pair = wielding("shortsword", wielder=styled("two_weapon"), count=2)
    assert attack_of(pair["shortsword_offhand"]).damage[0].parts == (("ability/str", 4),)


def test_a_weapon_without_damage_deals_none() -> None:
    """A net only hits."""
    assert attack_of(wielding("net")["net"]).damage == ()


def test_using_a_thing_takes_it() -> None:
    """Drinking a potion spends the potion."""
    (potion,) = uses([DEFS.gear["potion"]])
    assert potion.spend == {"item:potion": 1}


def test_of_several_ranges_of_critical_hits_the_widest_counts() -> None:
    """19 and 18 together are 18, and neither reaches weapons it does not name."""
    rules = ((WeaponRule(crit_from=19), "a"), (WeaponRule(("rapier",), crit_from=18), "b"))
    sharp = wielding("rapier", "mace", wielder=replace(TRAINED, rules=rules))
    assert (attack_of(sharp["rapier"]).crit_from, attack_of(sharp["mace"]).crit_from) == (18, 19)


def test_armour_brings_its_modifiers() -> None:
    """What a definition adds is told under the armour's name, unless it has one of its own."""
    modifiers = (Modifier("resist.fire", "resist"), Modifier("save", "add", 1, code="magic/ward"))
    enchanted = replace(DEFS.armors["leather"], modifiers=modifiers, bonus=1)
    worn = wear(enchanted, None, Abilities(), ALL)
    assert [modifier.code for modifier in worn.modifiers] == ["armor/leather", "magic/ward"]
    assert worn.parts[0].value == 12
