"""The numbers of a creature with their parts: speed, hit point maximum, armour class, bonuses."""

import pytest
from msgspec.structs import replace

from taleforge.rules.creature import Abilities, ActiveEffect, Creature
from taleforge.rules.effects import Modifier
from taleforge.rules.explain import Part, Source
from taleforge.rules.modifiers import Context
from taleforge.rules.scores import (
    armor_class,
    check_parts,
    cover_part,
    explain_speed,
    max_hp,
    save_parts,
    speed,
)
from tests.rules.people import someone


def bearing(*modifiers: Modifier, **sheet: object) -> Creature:
    """Return somebody with an effect that carries modifiers."""
    return replace(someone("me", "party", (1, 1), **sheet), effects=(ActiveEffect("me/x", "x", modifiers=modifiers),))


@pytest.mark.parametrize(
    ("modifiers", "expected"),
    [
        ((), 30),
        ((Modifier("speed", "add", 10),), 40),
        ((Modifier("speed", "multiply", 200),), 60),
        ((Modifier("speed", "add", 10), Modifier("speed", "multiply", 50)), 20),
        ((Modifier("speed", "add", 10), Modifier("speed", "set", 0)), 0),
        ((Modifier("speed", "add", -40),), 0),
        ((Modifier("speed.swim", "add", 10),), 30),
    ],
)
def test_speed_adds_then_multiplies_then_is_held(modifiers: tuple[Modifier, ...], expected: int) -> None:
    """Bonuses first, halving and doubling next, and 0 wins over everything."""
    me = bearing(*modifiers)
    why = explain_speed(me)
    assert speed(me) == why.value == expected == sum(part.value for part in why.parts)


def test_a_speed_one_does_not_have_stays_none() -> None:
    """A bonus to speed gives nobody wings."""
    assert speed(bearing(Modifier("speed", "add", 10)), "fly") == 0
    assert speed(bearing(speeds={"walk": 30, "fly": 60}), "fly") == 60


def test_hit_point_maximum_is_at_least_one() -> None:
    """Bonuses add, drains take, and 1 is the least."""
    assert max_hp(bearing(Modifier("hp_max", "add", 5))) == 15
    assert max_hp(bearing(Modifier("hp_max", "add", -50))) == 1


ROBED = {
    "abilities": Abilities(dex=16),
    "ac_parts": (Part(10, Source("armor/none")), Part(3, Source("ability/dex")), Part(2, Source("shield/shield"))),
}


def test_a_spell_of_armour_replaces_what_is_worn_and_keeps_the_shield() -> None:
    """Mage Armor is 13 and Dexterity instead of 10 and Dexterity; a worse way changes nothing."""
    assert armor_class(bearing(**ROBED)).value == 15
    mage = armor_class(bearing(Modifier("ac", "set", "13+dex"), **ROBED))
    assert mage.value == 18
    assert mage.parts == (Part(16, Source("effect/x")), Part(2, Source("shield/shield")))
    assert armor_class(bearing(Modifier("ac", "set", 11), **ROBED)).value == 15


def test_bonuses_and_least_values_of_armour_class() -> None:
    """Shield of Faith adds 2; Barkskin lifts to 16 what is lower, after bonuses and cover."""
    assert armor_class(bearing(Modifier("ac", "add", 2), **ROBED)).value == 17
    bark = Modifier("ac", "minimum", 16)
    lifted = armor_class(bearing(bark, **ROBED))
    assert lifted.parts[-1] == Part(1, Source("effect/x"), "minimum")
    assert armor_class(bearing(bark, **ROBED), extra=cover_part("half")).value == 17
    assert armor_class(bearing(bark, Modifier("ac", "minimum", 14), **ROBED)).value == 16
    assert len(armor_class(bearing(Modifier("ac", "minimum", 15), **ROBED)).parts) == 3, "nothing to lift"
    assert armor_class(bearing(bark, ac=12), extra=cover_part("half")).value == 16


def test_armour_class_may_depend_on_the_attack() -> None:
    """A bonus against ranged attacks counts only for those."""
    me = bearing(Modifier("ac", "add", 2, when=("ranged",)))
    assert armor_class(me).value == 12
    assert armor_class(me, Context(tags=frozenset({"ranged"}))).value == 14


@pytest.mark.parametrize(("cover", "bonus"), [("none", 0), ("half", 2), ("three_quarters", 5)])
def test_cover_is_a_part(cover: str, bonus: int) -> None:
    """2 for half, 5 for three quarters, and no part at all for none."""
    assert sum(part.value for part in cover_part(cover)) == bonus  # type: ignore[arg-type]  # a literal by the table above


def test_bonuses_name_what_they_are_made_of() -> None:
    """Ability alone, with proficiency, with expertise, and what a stat block adds without a reason."""
    sheet = someone(
        "me", "party", None, abilities=Abilities(dex=14, wis=8), saves={"dex": 4, "wis": -1, "con": 3},
        skills={"stealth": 6, "perception": 1}, tools=("thieves_tools",),
    ).sheet  # fmt: skip
    assert save_parts(sheet, "dex") == (Part(2, Source("ability/dex")), Part(2, Source("proficiency")))
    assert save_parts(sheet, "wis") == (Part(-1, Source("ability/wis")),)
    assert save_parts(sheet, "con")[1] == Part(3, Source("sheet/bonus"))
    assert check_parts(sheet, "dex", "stealth")[1] == Part(4, Source("expertise"))
    assert check_parts(sheet, "wis", "stealth") == (Part(-1, Source("ability/wis")), Part(4, Source("expertise")))
    assert check_parts(sheet, "dex", "thieves_tools")[1] == Part(2, Source("proficiency"))
    assert check_parts(sheet, "dex", "disguise_kit") == (Part(2, Source("ability/dex")),)
    assert check_parts(sheet, "wis", "perception")[1] == Part(2, Source("proficiency"))
    assert check_parts(sheet, "dex", "acrobatics") == check_parts(sheet, "dex") == (Part(2, Source("ability/dex")),)
