"""Characters from choices: fighter and cleric of levels 1 to 3, numbers checked by hand against the SRD's rules."""

import msgspec
import pytest
from msgspec.structs import replace

from taleforge.rules.characters import build_sheet, new_character
from taleforge.rules.creature import Abilities, Resource, Sheet, Spellcasting
from taleforge.rules.definitions import CastingDef, CharacterChoice, ClassChoice, Definitions, LevelDef
from taleforge.rules.effects import Attack, DamageSpec, Heal, Save
from taleforge.rules.explain import Part, Source
from taleforge.rules.modifiers import Context, collect
from taleforge.rules.scores import armor_class
from tests.rules.lore import CLERIC, DEFS, FIGHTER


def at_level(choice: CharacterChoice, level: int, subclass: str = "") -> CharacterChoice:
    """Return a choice with its one class at another level."""
    (chosen,) = choice.classes
    return replace(choice, classes=(replace(chosen, level=level, subclass=subclass or chosen.subclass),))


def attack_of(sheet: Sheet, action: str) -> Attack:
    """Return the attack an action makes."""
    found = sheet.action(action)
    assert found is not None
    (node,) = found.nodes
    assert isinstance(node, Attack)
    return node


def test_a_human_fighter_of_first_level() -> None:
    """Scores with race, 12 hit points, AC 16 + 2 + 1, trained saves and skills."""
    sheet = build_sheet(FIGHTER, DEFS)
    assert sheet.abilities == Abilities(str=16, dex=14, con=15, int=9, wis=13, cha=11)
    assert (sheet.max_hp, sheet.ac, sheet.proficiency, sheet.level) == (12, 19, 2, 1)
    assert sheet.saves == {"str": 5, "con": 4}
    assert sheet.skills == {"athletics": 5, "perception": 3}
    assert sheet.resources == {"hit_dice": Resource(1), "second_wind": Resource(1, "short")}
    assert (sheet.hit_die, sheet.speeds, sheet.languages) == ("d10", {"walk": 30}, ("common", "elvish"))
    assert sheet.spellcasting is None


def test_armour_class_tells_where_it_comes_from() -> None:
    """Armour, shield, and the fighting style as its own part."""
    why = armor_class(new_character("crt_1", FIGHTER, DEFS))
    assert why.parts == (
        Part(16, Source("armor/chain_mail")),
        Part(2, Source("shield/shield")),
        Part(1, Source("feature/defense")),
    )


def test_features_come_with_the_numbers_of_their_holder() -> None:
    """Second Wind heals 1d10 plus the fighter's level."""
    wind = build_sheet(at_level(FIGHTER, 2), DEFS).action("second_wind")
    assert wind is not None
    assert wind.nodes == (Heal("1d10+2"),)
    assert wind.spend == {"second_wind": 1}


def test_save_dcs_and_tables_of_features_are_settled() -> None:
    """A breath weapon's DC is 8 + proficiency + Constitution, its dice those of the level."""
    dragon = replace(DEFS.races["human"], traits=("breath",))
    defs = replace(DEFS, races={"human": dragon})
    breath = build_sheet(FIGHTER, defs).action("breath")
    assert breath is not None
    assert breath.nodes == (Save("dex", 12, damage=(DamageSpec("2d6", "fire"),)),)


@pytest.mark.parametrize(("level", "hit_points"), [(1, 12), (2, 20), (3, 28)])
def test_a_fighter_grows(level: int, hit_points: int) -> None:
    """12, then 6 + 2 a level."""
    sheet = build_sheet(at_level(FIGHTER, level), DEFS)
    assert (sheet.max_hp, sheet.resources["hit_dice"].maximum) == (hit_points, level)


def test_rolled_hit_dice_count_instead_of_the_average() -> None:
    """Only levels above the first are rolled, and each gives at least 1 hit point."""
    frail = replace(FIGHTER, abilities=replace(FIGHTER.abilities, con=4))
    chosen = (ClassChoice("fighter", 3, rolled=(10, 1)),)
    assert build_sheet(replace(FIGHTER, classes=chosen), DEFS).max_hp == 12 + 12 + 3
    assert build_sheet(replace(frail, classes=chosen), DEFS).max_hp == 7 + 7 + 1


def test_a_champion_is_critical_from_19() -> None:
    """From the third level on, with every weapon."""
    assert attack_of(build_sheet(at_level(FIGHTER, 2), DEFS), "longsword").crit_from == 20
    champion = build_sheet(at_level(FIGHTER, 3, "champion"), DEFS)
    assert attack_of(champion, "longsword").crit_from == 19
    assert attack_of(champion, "handaxe_thrown").crit_from == 19


def test_higher_features_replace_what_they_improve() -> None:
    """A superior critical stands in for the improved one."""
    levels = tuple(replace(row, level=3) for row in DEFS.classes["fighter"].subclasses[0].levels)
    champion = replace(DEFS.classes["fighter"].subclasses[0], levels=levels)
    defs = replace(DEFS, classes={"fighter": replace(DEFS.classes["fighter"], subclasses=(champion,))})
    sheet = build_sheet(at_level(FIGHTER, 3, "champion"), defs)
    assert "improved_critical" not in sheet.features
    assert attack_of(sheet, "longsword").crit_from == 18


def test_a_dwarf_cleric_of_life() -> None:
    """Wisdom casts: DC 8 + 2 + 3; scale mail with Dexterity 10; a hit point more for toughness; domain proficiency."""
    sheet = build_sheet(CLERIC, DEFS)
    assert sheet.spellcasting == Spellcasting("wis", 13, 5)
    assert (sheet.max_hp, sheet.ac, sheet.abilities.con, sheet.abilities.wis) == (8 + 2 + 1, 16, 15, 16)
    assert sheet.saves == {"wis": 5, "cha": 3}
    assert set(sheet.skills) == {"history", "medicine", "insight", "religion"}
    assert (sheet.resist, sheet.senses) == (("poison",), {"darkvision": 60})
    assert (sheet.languages, sheet.tools) == (("celestial",), ("ink",))
    assert build_sheet(replace(CLERIC, armor="chain_mail"), DEFS).features.count("cannot_cast") == 0


@pytest.mark.parametrize(("level", "slots"), [(1, {"slot:1": 2}), (2, {"slot:1": 3}), (3, {"slot:1": 4, "slot:2": 2})])
def test_spell_slots_by_level(level: int, slots: dict[str, int]) -> None:
    """2, 3, then 4 and 2, back after a long rest."""
    resources = build_sheet(at_level(CLERIC, level), DEFS).resources
    assert {key: value.maximum for key, value in resources.items() if key.startswith("slot")} == slots
    assert all(resources[key].rest == "long" for key in slots)
    assert ("channel_divinity" in resources) == (level >= 2)


def test_domain_spells_are_always_prepared() -> None:
    """They come with their level, beside the spells chosen, each once."""
    first = [action.id for action in build_sheet(replace(CLERIC, spells=("bless", "command")), DEFS).actions]
    assert first.count("bless") == 1
    assert {"bless", "cure_wounds", "command", "light"} <= set(first)
    assert "lesser_restoration" not in first
    assert build_sheet(at_level(CLERIC, 3), DEFS).action("lesser_restoration") is not None


def test_disciple_of_life_heals_by_the_slot_used() -> None:
    """A spell of level 1 in a slot of level 2 restores 4 more."""
    healer = new_character("crt_1", CLERIC, DEFS)
    found = collect(healer, "healing.spell", Context(slot=2))
    assert found.flat == (Part(4, Source("feature/disciple_of_life")),)


def test_an_elfs_cantrip_is_cast_with_intelligence() -> None:
    """Its attack bonus and DC are written into it, whatever class the elf has."""
    elf = replace(FIGHTER, race="elf", picks={"style": ("dueling",), "elf_cantrip": ("fire_bolt",)})
    bolt = build_sheet(elf, DEFS).action("fire_bolt")
    assert bolt is not None
    attack, save = bolt.nodes
    assert isinstance(attack, Attack)
    assert isinstance(save, Save)
    assert (attack.bonus, save.dc) == (1, 9)


def test_picked_abilities_rise_to_twenty_and_no_further() -> None:
    """An ability score improvement is one point for each pick."""
    strong = replace(
        at_level(FIGHTER, 4),
        abilities=Abilities(str=19),
        picks={**FIGHTER.picks, "improvement": ("str", "con")},
    )
    assert build_sheet(strong, DEFS).abilities == Abilities(str=20, dex=11, con=12, int=11, wis=11, cha=11)


def test_expertise_counts_proficiency_twice() -> None:
    """What is picked for expertise is worth 4 instead of 2."""
    human = replace(DEFS.races["human"], traits=("expert",))
    expert = replace(FIGHTER, picks={**FIGHTER.picks, "expertise": ("athletics",)})
    assert build_sheet(expert, replace(DEFS, races={"human": human})).skills == {"athletics": 7, "perception": 3}


def test_armour_too_heavy_slows_all_but_the_steady() -> None:
    """Strength below 13 costs 10 feet in chain mail; a dwarf walks on."""
    weak = replace(FIGHTER, abilities=Abilities(str=10))
    assert build_sheet(weak, DEFS).speeds == {"walk": 20}
    dwarf = replace(weak, race="dwarf", subrace="hill")
    assert build_sheet(dwarf, DEFS).speeds == {"walk": 25}


def test_two_casting_classes_share_the_table() -> None:
    """Cleric 1 with cleric-like priest 2 has the slots of a third-level caster; a fighter beside adds none."""
    priest = replace(DEFS.classes["cleric"], id="priest")
    defs = replace(DEFS, classes={**DEFS.classes, "priest": priest})
    both = replace(CLERIC, classes=(ClassChoice("cleric", 1, "life"), ClassChoice("priest", 2, "life")))
    assert build_sheet(both, defs).resources["slot:2"].maximum == 2
    mixed = replace(CLERIC, classes=(ClassChoice("fighter", 2), ClassChoice("cleric", 1, "life")))
    sheet = build_sheet(mixed, defs)
    assert sheet.resources["slot:1"].maximum == 2
    assert (sheet.classes, sheet.level, sheet.hit_die) == ({"fighter": 2, "cleric": 1}, 3, "d10")


def test_a_new_character_is_whole_and_carries_its_things() -> None:
    """Full hit points, its equipment counted, its own and its background's coins, and it falls dying, not dead."""
    made = new_character("crt_1", CLERIC, DEFS)
    assert (made.hp, made.items, made.coins, made.character) == (11, CLERIC.equipment, 1600, True)
    assert made.spent == {}


def test_a_sheet_survives_the_wire() -> None:
    """A built sheet is complete data: encoded and decoded it is the same."""
    sheet = build_sheet(at_level(CLERIC, 3), DEFS)
    assert msgspec.json.decode(msgspec.json.encode(sheet), type=Sheet) == sheet


def test_what_is_not_defined_is_left_out() -> None:
    """A choice without its pack still makes somebody, with nothing to do."""
    assert build_sheet(FIGHTER, Definitions()).actions == ()


def test_a_half_caster_alone_uses_its_own_table() -> None:
    """What a paladin-like class prints at its level counts, not half a cleric."""
    knight = replace(
        DEFS.classes["cleric"], id="knight", casting=CastingDef("cha", rate="half"), subclasses=(),
        levels=(LevelDef(1), LevelDef(2, slots=(2,)), LevelDef(3, slots=(3,))),
    )  # fmt: skip
    defs = replace(DEFS, classes={**DEFS.classes, "knight": knight})
    alone = replace(CLERIC, classes=(ClassChoice("knight", 3),))
    assert build_sheet(alone, defs).resources["slot:1"].maximum == 3
    beside = replace(CLERIC, classes=(ClassChoice("knight", 3), ClassChoice("cleric", 1, "life")))
    assert build_sheet(beside, defs).resources["slot:1"].maximum == 3, "one level and half of three, rounded down"
    assert "slot:2" not in build_sheet(beside, defs).resources


def test_armour_of_flesh_explains_itself() -> None:
    """Unarmored Defense gives AC by its formula, each ability with its own part."""
    human = replace(DEFS.races["human"], traits=("unarmored",))
    bare = replace(CLERIC, race="human", armor="", shield="")
    sheet = build_sheet(bare, replace(DEFS, races={"human": human}))
    assert sheet.ac == 10 + 0 + 3
    assert [part.source.code for part in sheet.ac_parts] == ["armor/unarmored", "ability/dex", "ability/wis"]
