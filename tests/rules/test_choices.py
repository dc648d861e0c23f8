"""What is wrong with a choice is said, all of it, and nothing is wrong with a right one."""

import pytest
from msgspec.structs import replace

from taleforge.rules.choices import validate
from taleforge.rules.creature import Abilities
from taleforge.rules.definitions import CharacterChoice, ClassChoice
from tests.rules.lore import CLERIC, DEFS, FIGHTER


def codes(choice: CharacterChoice) -> set[str]:
    """Return the codes of all problems, without their area."""
    return {problem.code.removeprefix("character/") for problem in validate(choice, DEFS)}


@pytest.mark.parametrize(
    "choice",
    [
        FIGHTER,
        CLERIC,
        replace(CLERIC, classes=(ClassChoice("cleric", 3, "life"),), spells=("command", "aid")),
        replace(FIGHTER, classes=(ClassChoice("fighter", 3, "champion", rolled=(4, 9)),)),
        replace(FIGHTER, race="elf", picks={"style": ("archery",), "elf_cantrip": ("fire_bolt",)}),
    ],
)
def test_a_right_choice_has_no_problems(choice: CharacterChoice) -> None:
    """Fighters and clerics of levels 1 to 3."""
    assert validate(choice, DEFS) == ()


WRONG = [
    (replace(FIGHTER, race="giant"), {"unknown"}),
    (replace(FIGHTER, equipment={"bazooka": 1}, armor="", shield=""), {"unknown"}),
    (replace(FIGHTER, classes=(ClassChoice("bard"),)), {"unknown"}),
    (replace(FIGHTER, name="  "), {"no_name"}),
    (replace(FIGHTER, classes=()), {"no_class", "not_asked"}),
    (replace(FIGHTER, abilities=Abilities(str=19, dex=2)), {"score"}),
    (replace(FIGHTER, skills=("athletics",)), {"pick"}),
    (replace(FIGHTER, skills=("athletics", "athletics")), {"pick", "skill_twice"}),
    (replace(FIGHTER, skills=("athletics", "arcana")), {"pick_unknown"}),
    (replace(FIGHTER, picks={"human_language": ("elvish",)}), {"pick"}),
    (replace(FIGHTER, picks={**FIGHTER.picks, "style": ("juggling",)}), {"pick_unknown"}),
    (replace(FIGHTER, picks={**FIGHTER.picks, "totem": ("bear",)}), {"not_asked"}),
    (replace(FIGHTER, classes=(ClassChoice("fighter", 9),)), {"class_level", "subclass", "pick"}),
    (replace(FIGHTER, classes=(ClassChoice("fighter", 0),)), {"class_level", "not_asked"}),
    (replace(FIGHTER, classes=(ClassChoice("fighter", 3),)), {"subclass"}),
    (replace(FIGHTER, classes=(ClassChoice("fighter", 1, "champion"),)), {"subclass_early"}),
    (replace(FIGHTER, classes=(ClassChoice("fighter", 2, rolled=(11,)),)), {"hit_dice"}),
    (replace(FIGHTER, classes=(ClassChoice("fighter"), ClassChoice("fighter"))), {"class_twice"}),
    (replace(FIGHTER, armor="shield", shield=""), {"not_armor"}),
    (replace(FIGHTER, shield="leather", equipment={**FIGHTER.equipment, "leather": 1}), {"not_shield"}),
    (replace(FIGHTER, equipment={"shield": 1}), {"not_carried"}),
    (replace(FIGHTER, equipment={**FIGHTER.equipment, "longsword": 0}), {"count"}),
    (replace(FIGHTER, cantrips=("light",)), {"cantrips", "spell_list"}),
    (replace(FIGHTER, spells=("bless",)), {"spells", "spell_list"}),
    (replace(FIGHTER, classes=(ClassChoice("fighter", 21, "champion"),)), {"level", "class_level", "pick"}),
    (replace(FIGHTER, race="elf", picks={"style": ("archery",), "elf_cantrip": ("light",)}), set[str]()),
    (replace(FIGHTER, race="elf", picks={"style": ("archery",), "elf_cantrip": ("guidance",)}), {"pick_unknown"}),
    (replace(CLERIC, cantrips=("light", "guidance", "guidance")), {"cantrips"}),
    (replace(CLERIC, cantrips=("light", "guidance", "resistance", "light")), {"cantrips"}),
    (replace(CLERIC, abilities=Abilities(wis=6), spells=("bane",)), set[str]()),
    (replace(CLERIC, abilities=Abilities(wis=6), spells=("bane", "command")), {"spells"}),
    (replace(CLERIC, subrace=""), {"subrace"}),
    (replace(CLERIC, subrace="river"), {"subrace", "unknown"}),
    (replace(CLERIC, cantrips=("light", "guidance")), {"cantrips"}),
    (replace(CLERIC, cantrips=("light", "guidance", "fire_bolt")), {"spell_list"}),
    (replace(CLERIC, spells=("command", "sleep")), {"spell_list"}),
    (replace(CLERIC, spells=("aid",)), {"spell_level"}),
    (replace(CLERIC, spells=("command", "sanctuary", "bane", "aid", "command")), {"spells", "spell_level"}),
    (replace(CLERIC, skills=("insight", "medicine")), {"skill_twice"}),
]


@pytest.mark.parametrize(("choice", "expected"), WRONG)
def test_every_mistake_is_named(choice: CharacterChoice, expected: set[str]) -> None:
    """One wrong thing at a time, and exactly the problems it makes."""
    assert codes(choice) == expected


def test_domain_spells_do_not_count_against_what_may_be_prepared() -> None:
    """A cleric with Wisdom 16 of first level prepares four, beside bless and cure wounds."""
    full = replace(CLERIC, spells=("command", "sanctuary", "bane", "bless", "cure_wounds"))
    assert validate(full, DEFS) == ()


def test_a_second_class_needs_its_minimums_and_the_firsts() -> None:
    """Strength or Dexterity 13 for a fighter, Wisdom 13 for a cleric, whichever came first."""
    both = replace(
        FIGHTER, classes=(ClassChoice("fighter"), ClassChoice("cleric", 1, "life")),
        cantrips=("light", "guidance", "resistance"),
    )  # fmt: skip
    assert validate(both, DEFS) == ()
    foolish = replace(both, abilities=replace(both.abilities, wis=8))
    assert codes(foolish) == {"multiclass"}
    weak = replace(both, abilities=replace(both.abilities, str=8, dex=8))
    assert codes(weak) == {"multiclass"}


def test_problems_say_what_they_are_about() -> None:
    """A client can tell the player which thing is wrong."""
    (problem,) = validate(replace(FIGHTER, race="giant"), DEFS)
    assert (problem.code, problem.params) == ("character/unknown", {"kind": "race", "id": "giant"})
