"""What a character may bring along: scores that were paid for, things that were bought, the level it has earned."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from taleforge.rules.beginnings import LEVELS, arrive, judge, level_of
from taleforge.rules.creature import Abilities
from taleforge.rules.definitions import CharacterChoice, ClassChoice, Earned
from taleforge.world.library import load_content
from tests.rules.lore import CLERIC, FIGHTER, PRICED

PRIEST = replace(CLERIC, abilities=replace(CLERIC.abilities, cha=10))
CHAMPION = replace(FIGHTER, classes=(ClassChoice("fighter", 3, "champion"),))


def codes(choice: CharacterChoice, highest: int = 1, earned: Earned | None = None) -> set[str]:
    """Return the codes of everything against a character, without their area."""
    return {problem.code.removeprefix("character/") for problem in judge(choice, PRICED, highest, earned)}


def test_every_character_of_the_packs_may_come() -> None:
    """Ready-made ones keep to the rules that everybody's own have to keep to."""
    content = load_content()
    given = [choice.abilities for choice in content.choices.values()]
    assert given
    for choice in content.choices.values():
        assert judge(choice, content.definitions, choice.level, given=given) == (), choice.name


@pytest.mark.parametrize(
    ("choice", "wrong"),
    [
        (FIGHTER, set[str]()),
        (PRIEST, set[str]()),
        (CLERIC, {"points"}),
        (replace(FIGHTER, race="giant"), {"unknown"}),
        (replace(FIGHTER, abilities=Abilities(str=16)), {"bought"}),
        (replace(FIGHTER, abilities=Abilities(15, 15, 15, 9, 8, 8)), {"points"}),
        (replace(FIGHTER, equipment={**FIGHTER.equipment, "silver_mace": 1}), {"no_price"}),
        (replace(FIGHTER, coins=20_000), {"purse"}),
        (replace(FIGHTER, coins=-1), {"purse"}),
        (CHAMPION, {"level"}),
        (replace(FIGHTER, classes=(ClassChoice("fighter", rolled=(10,)),)), {"rolled"}),
        (replace(FIGHTER, name="x" * 41), {"text"}),
        (replace(FIGHTER, look="\x00"), {"text"}),
        (replace(FIGHTER, equipment={f"item{n}": 1 for n in range(201)}), {"too_many", "unknown"}),
    ],
)
def test_what_is_wrong_is_named(choice: CharacterChoice, wrong: set[str]) -> None:
    """A new character at a table of first level."""
    assert codes(choice) == wrong


def test_experience_brings_levels() -> None:
    """The published thresholds: 300 for the 2nd, 355,000 for the 20th; with none it is the 1st."""
    assert [level_of(xp) for xp in (0, 299, 300, 899, 900, 355_000, 10**9)] == [1, 1, 2, 2, 3, 20, 20]
    assert len(LEVELS) == 20
    assert codes(CHAMPION, 1, Earned(900, {"longsword": 1})) == set()
    assert codes(CHAMPION, 1, Earned(899, {"longsword": 1})) == {"level"}
    assert codes(CHAMPION, 3) == set()


def test_what_was_earned_takes_the_place_of_what_was_bought() -> None:
    """What is not carried any more is not worn; what no pack knows is carried all the same, and magic may be kept."""
    earned = Earned(10, {"silver_mace": 1, "shield": 1, "marsh_lantern": 2}, coins=99_999)
    assert codes(FIGHTER, 1, earned) == set()
    creature = arrive("crt_1", FIGHTER, PRICED, earned)

    assert creature.items == {"silver_mace": 1, "shield": 1, "marsh_lantern": 2}
    assert creature.coins == 99_999
    assert creature.sheet.ac == 10 + 2 + 2  # no armour, +2 by Dexterity 14, a shield
    assert any(action.id.startswith("silver_mace") for action in creature.sheet.actions)
    assert arrive("crt_1", CLERIC, PRICED).coins == 100 + 1500


def test_no_choice_is_too_strange_to_be_judged() -> None:
    """Whatever is decoded from outside gives a list of problems, never a crash; without problems it can be built."""
    numbers = st.integers(-(2**40), 2**40)
    words = st.sampled_from(
        ("", "fighter", "cleric", "champion", "human", "dwarf", "hill", "style", "mace", "bless", "?")
    )
    plain = st.fixed_dictionaries(
        {"name": words, "race": words},
        optional={
            "classes": st.lists(
                st.fixed_dictionaries({"id": words, "level": numbers, "rolled": st.lists(numbers, max_size=3)}),
                max_size=3,
            ),
            "subrace": words,
            "background": words,
            "abilities": st.dictionaries(st.sampled_from(("str", "dex", "con")), numbers),
            "spells": st.lists(words, max_size=3),
            "cantrips": st.lists(words, max_size=3),
            "picks": st.dictionaries(words, st.lists(words, max_size=2), max_size=2),
            "equipment": st.dictionaries(words, numbers, max_size=3),
            "armor": words,
            "shield": words,
            "coins": numbers,
        },
    )

    @given(plain.map(lambda raw: {"classes": [], **raw}), st.none() | st.builds(Earned, numbers, coins=numbers))
    def judged(raw: dict[str, object], earned: Earned | None) -> None:
        choice = msgspec.convert(raw, CharacterChoice)
        if not judge(choice, PRICED, 20, earned):
            arrive("crt_1", choice, PRICED, earned)

    judged()
