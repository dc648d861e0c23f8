"""A handful of definitions to make characters of: enough of fighter and cleric for every rule that builds them."""

from msgspec.structs import replace

from taleforge.rules.creature import Abilities, Action, SpellInfo, Targeting
from taleforge.rules.definitions import (
    ArmorDef,
    BackgroundDef,
    CastingDef,
    CharacterChoice,
    ChoiceDef,
    ClassChoice,
    ClassDef,
    Definitions,
    FeatureDef,
    GearDef,
    LevelDef,
    RaceDef,
    ResourceDef,
    SubclassDef,
    SubraceDef,
    WeaponDef,
    WeaponRule,
)
from taleforge.rules.effects import Attack, DamageSpec, Heal, Modifier, Save


def spell(key: str, level: int, *lists: str) -> Action:
    """Return a spell that heals a little, or a cantrip that burns and needs a save."""
    bolt = (Attack("ranged", source="spell", damage=(DamageSpec("1d10", "fire"),)), Save("dex"))
    return Action(key, key, f"spell/{key}", nodes=bolt if level == 0 else (), spell=SpellInfo(level, "x", lists=lists))


SPELLS = (
    spell("light", 0, "cleric", "wizard"), spell("guidance", 0, "cleric"), spell("resistance", 0, "cleric"),
    spell("fire_bolt", 0, "wizard"), spell("bless", 1, "cleric"), spell("cure_wounds", 1, "cleric"),
    spell("command", 1, "cleric"), spell("sanctuary", 1, "cleric"), spell("bane", 1, "cleric"),
    spell("aid", 2, "cleric"), spell("lesser_restoration", 2, "cleric"), spell("sleep", 1, "wizard"),
)  # fmt: skip
SECOND_WIND = Action(
    "second_wind", "Second Wind", "feature/second_wind", "bonus", Targeting("self", range=0), (Heal("1d10+{fighter}"),),
    spend={"second_wind": 1},
)  # fmt: skip
BREATH = Action(
    "breath", "Breath", "feature/breath", nodes=(Save("dex", dc_from="con", damage=(DamageSpec("{breath}", "fire"),)),)
)
FEATURES = (
    FeatureDef("darkvision", "Darkvision", senses={"darkvision": 60}),
    FeatureDef("sturdy", "Sturdy", resist=("poison",), features=("unhindered_by_armor",), hp_per_level=1),
    FeatureDef("elf_cantrip", "Cantrip", spell_ability="int",
               choose=(ChoiceDef("elf_cantrip", "cantrip", lists=("wizard",)),)),
    FeatureDef("breath", "Breath", actions=(BREATH,), numbers={"breath": ((1, "2d6"), (6, "3d6"))}),
    FeatureDef("fighting_style", "Fighting Style",
               choose=(ChoiceDef("style", "feature", 1, ("archery", "defense", "dueling", "great", "two_weapon")),)),
    FeatureDef("archery", "Archery", weapon_rules=(WeaponRule(("ranged_weapon",), attack=2),)),
    FeatureDef("defense", "Defense", modifiers=(Modifier("ac", "add", 1, when=("wearing_armor",)),)),
    FeatureDef("dueling", "Dueling", weapon_rules=(WeaponRule(("alone",), damage=2),)),
    FeatureDef("great", "Great Weapon", weapon_rules=(WeaponRule(("melee", "two_handed"), reroll=2),)),
    FeatureDef("two_weapon", "Two Weapons", weapon_rules=(WeaponRule(("offhand",), ability=True),)),
    FeatureDef("second_wind", "Second Wind", actions=(SECOND_WIND,),
               resources={"second_wind": ResourceDef(1, "short")}),
    FeatureDef("improved_critical", "Improved Critical", weapon_rules=(WeaponRule(crit_from=19),)),
    FeatureDef("superior_critical", "Superior Critical", weapon_rules=(WeaponRule(crit_from=18),),
               replaces=("improved_critical",)),
    FeatureDef("heavy_armor", "Heavy Armor", armor=("heavy",)),
    FeatureDef("disciple_of_life", "Disciple of Life", modifiers=(Modifier("healing.spell", "add", "2+slot"),)),
    FeatureDef("channel_divinity", "Channel Divinity",
               resources={"channel_divinity": ResourceDef(1, "short", steps=((2, 1), (6, 2)))}),
    FeatureDef("unarmored", "Unarmored Defense", ac="10+dex+wis", ac_shield=False),
    FeatureDef("expert", "Expert", choose=(ChoiceDef("expertise", "expertise", pick=1),)),
    FeatureDef("improvement", "Ability Score Improvement", choose=(ChoiceDef("improvement", "ability", pick=2),)),
)  # fmt: skip
FIGHTER_SKILLS = ChoiceDef("fighter_skills", "skill", 2, ("athletics", "perception", "survival", "intimidation"))
CLERIC_SKILLS = ChoiceDef("cleric_skills", "skill", 2, ("history", "insight", "medicine", "religion"))
CLASSES = (
    ClassDef(
        "fighter", "Fighter", 10, ("str", "con"), FIGHTER_SKILLS,
        (LevelDef(1, ("fighting_style", "second_wind")), LevelDef(2), LevelDef(3), LevelDef(4, ("improvement",))),
        armor=("light", "medium", "heavy", "shield"), weapons=("simple", "martial"),
        subclasses=(SubclassDef("champion", "Champion", (LevelDef(3, ("improved_critical",)),
                                                         LevelDef(15, ("superior_critical",)))),),
        multiclass=((("str", 13),), (("dex", 13),)), multiclass_armor=("light", "medium", "shield"),
        multiclass_weapons=("simple", "martial"),
    ),
    ClassDef(
        "cleric", "Cleric", 8, ("wis", "cha"), CLERIC_SKILLS,
        (LevelDef(1, slots=(2,), cantrips=3), LevelDef(2, ("channel_divinity",), (3,), 3), LevelDef(3, (), (4, 2), 3)),
        armor=("light", "medium", "shield"), weapons=("simple",), casting=CastingDef("wis"), subclass_level=1,
        subclasses=(SubclassDef("life", "Life", (
            LevelDef(1, ("heavy_armor", "disciple_of_life"), spells=("bless", "cure_wounds")),
            LevelDef(3, spells=("lesser_restoration",)),
        )),),
        multiclass=((("wis", 13),),),
    ),
)  # fmt: skip
ARMORS = (
    ArmorDef("leather", "Leather", 11),
    ArmorDef("scale_mail", "Scale Mail", 14, "medium", 2, stealth_disadvantage=True),
    ArmorDef("chain_mail", "Chain Mail", 16, "heavy", 0, 13, stealth_disadvantage=True),
    ArmorDef("shield", "Shield", 2, "shield"),
)  # fmt: skip
WEAPONS = (
    WeaponDef("longsword", "Longsword", "1d8", "slashing", "martial", properties=("versatile",), versatile="1d10"),
    WeaponDef("greatsword", "Greatsword", "2d6", "slashing", "martial", properties=("heavy", "two_handed")),
    WeaponDef("glaive", "Glaive", "1d10", "slashing", "martial", properties=("heavy", "reach", "two_handed")),
    WeaponDef("rapier", "Rapier", "1d8", "piercing", "martial", properties=("finesse",)),
    WeaponDef("shortsword", "Shortsword", "1d6", "piercing", "martial", properties=("finesse", "light")),
    WeaponDef("handaxe", "Handaxe", "1d6", "slashing", properties=("light", "thrown"), range=20, long_range=60),
    WeaponDef("dart", "Dart", "1d4", "piercing", "simple", "ranged", ("finesse", "thrown"), range=20, long_range=60),
    WeaponDef("longbow", "Longbow", "1d8", "piercing", "martial", "ranged", ("ammunition", "heavy", "two_handed"),
              range=150, long_range=600, ammunition="arrow"),
    WeaponDef("mace", "Mace", "1d6", "bludgeoning"),
    WeaponDef("net", "Net", "", "bludgeoning", "martial", "ranged", ("thrown", "special"), range=5, long_range=15),
    WeaponDef("silver_mace", "Mace +1", "1d6", "bludgeoning", properties=("magic",), bonus=1),
)  # fmt: skip
POTION = Action("potion", "Potion", "item/potion", target=Targeting(range=5), nodes=(Heal("2d4+2"),))
GEAR = (GearDef("arrow", "Arrow"), GearDef("potion", "Potion of Healing", "potion", (POTION,)))
RACES = (
    RaceDef("human", "Human", abilities=dict.fromkeys(("str", "dex", "con", "int", "wis", "cha"), 1),
            languages=("common",), choose=(ChoiceDef("human_language", "language"),)),
    RaceDef("dwarf", "Dwarf", speed=25, abilities={"con": 2}, traits=("darkvision", "sturdy"),
            subraces=(SubraceDef("hill", "Hill", {"wis": 1}),)),
    RaceDef("elf", "Elf", abilities={"dex": 2, "int": 1}, traits=("darkvision", "elf_cantrip")),
)  # fmt: skip
BACKGROUNDS = (
    BackgroundDef("acolyte", "Acolyte", ("insight", "religion"), ("ink",), coins=1500, languages=("celestial",)),
)

DEFS = Definitions(
    classes={one.id: one for one in CLASSES},
    races={one.id: one for one in RACES},
    backgrounds={one.id: one for one in BACKGROUNDS},
    features={one.id: one for one in FEATURES},
    spells={one.id: one for one in SPELLS},
    weapons={one.id: one for one in WEAPONS},
    armors={one.id: one for one in ARMORS},
    gear={one.id: one for one in GEAR},
)

FIGHTER = CharacterChoice(
    name="Brannoc", race="human", classes=(ClassChoice("fighter"),),
    abilities=Abilities(str=15, dex=13, con=14, int=8, wis=12, cha=10), skills=("athletics", "perception"),
    picks={"style": ("defense",), "human_language": ("elvish",)},
    equipment={"longsword": 1, "shield": 1, "chain_mail": 1, "handaxe": 2}, armor="chain_mail", shield="shield",
)  # fmt: skip
CLERIC = CharacterChoice(
    name="Ysolde", race="dwarf", subrace="hill", background="acolyte", classes=(ClassChoice("cleric", 1, "life"),),
    abilities=Abilities(str=14, dex=10, con=13, int=10, wis=15, cha=12), skills=("history", "medicine"),
    cantrips=("light", "guidance", "resistance"), spells=("command", "sanctuary", "bane"),
    equipment={"mace": 1, "scale_mail": 1, "shield": 1}, armor="scale_mail", shield="shield", coins=100,
)  # fmt: skip
PRICED = replace(
    DEFS,
    weapons={key: replace(one, cost=0 if one.bonus else 1_500) for key, one in DEFS.weapons.items()},
    armors={key: replace(one, cost=5_000) for key, one in DEFS.armors.items()},
    gear={key: replace(one, cost=5) for key, one in DEFS.gear.items()},
)
"""The same with prices: nobody sells a magic weapon."""
