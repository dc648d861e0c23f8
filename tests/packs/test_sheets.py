"""Stat blocks and spells made ready to play."""

from functools import lru_cache

import pytest

from taleforge.packs.catalogue import Catalogue
from taleforge.packs.sheets import action_of, sheet_of
from taleforge.rules.creature import Resource
from taleforge.rules.effects import Attack
from tests.packs.packing import load


@lru_cache
def catalogue() -> Catalogue:
    return load().catalogue


MONSTERS = sorted(catalogue().monsters)


@pytest.mark.parametrize("monster", MONSTERS)
def test_every_attack_explains_its_bonus(monster: str) -> None:
    """The parts of a printed attack bonus add up to it, for "Why?"."""
    sheet = sheet_of(catalogue().monsters[monster], catalogue().spells)
    attacks = [
        node for action in sheet.actions for node in action.nodes if isinstance(node, Attack) and node.bonus is not None
    ]
    assert attacks
    assert all(sum(value for _, value in attack.parts) == attack.bonus for attack in attacks)


@pytest.mark.parametrize("monster", MONSTERS)
def test_hit_points_are_the_average_of_the_hit_dice(monster: str) -> None:
    """A stat block's hit points are what its dice give on average, as printed (SRD 5.1, "Hit Points" of monsters)."""
    block = catalogue().monsters[monster]
    count, _, rest = block.hit_dice.partition("d")
    sides, sign, bonus = rest.partition("+") if "+" in rest else rest.partition("-")
    extra = int(bonus or 0) * (-1 if sign == "-" else 1)
    assert block.hp == int(count) * (int(sides) + 1) // 2 + extra


def test_a_goblin_is_a_goblin() -> None:
    """The figures of a well-known stat block arrive on its sheet."""
    goblin = sheet_of(catalogue().monsters["goblin"], catalogue().spells)
    assert (goblin.ac, goblin.max_hp, goblin.hit_die, goblin.cr, goblin.size) == (15, 7, "d6", "1/4", "small")
    assert goblin.ref == "monster/goblin"
    assert "nimble_escape" in goblin.features
    bow = goblin.action("shortbow")
    assert bow is not None
    assert (bow.target.range, bow.target.long_range) == (80, 320)


def test_a_caster_has_its_spells_and_slots() -> None:
    """Spells of a stat block become actions, slots resources, and its figures count."""
    acolyte = sheet_of(catalogue().monsters["acolyte"], catalogue().spells)
    assert acolyte.spellcasting is not None
    assert (acolyte.spellcasting.dc, acolyte.spellcasting.attack) == (12, 4)
    assert acolyte.resources == {"slot:1": Resource(3)}
    assert {"bless", "cure_wounds", "sacred_flame"} <= {action.id for action in acolyte.actions}


def test_a_printed_bonus_that_follows_no_formula_stays() -> None:
    """The ghoul's bite is printed lower than its dexterity would have it; the difference shows as printed."""
    bite = sheet_of(catalogue().monsters["ghoul"], catalogue().spells).action("bite")
    assert bite is not None
    assert isinstance(bite.nodes[0], Attack)
    assert bite.nodes[0].bonus == 2
    assert ("printed", -2) in bite.nodes[0].parts


def test_a_spell_is_an_action() -> None:
    """Level, school, lists and what kind of turn it takes are on the action."""
    shield = action_of(catalogue().spells["shield"])
    assert shield.spell is not None
    assert (shield.cost, shield.trigger, shield.spell.level) == ("reaction", "hit_by_attack", 1)
    assert (shield.code, shield.pinned) == ("spell/shield", "spell/shield")


def test_what_is_not_automated_says_so() -> None:
    """A spell that does nothing by itself asks the table."""
    for spell in catalogue().spells.values():
        assert spell.nodes, spell.id
