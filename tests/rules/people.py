"""Creatures for tests of the rules: a fighter, a cleric, a wizard, goblins, as small as the rule in question allows."""

from typing import Any

from taleforge.rules.creature import (
    Abilities,
    Action,
    Area,
    Creature,
    Resource,
    Sheet,
    Spellcasting,
    SpellInfo,
    Targeting,
)  # fmt: skip
from taleforge.rules.effects import (
    Apply,
    Attack,
    Damage,
    DamageSpec,
    Duration,
    EffectSpec,
    Heal,
    Modifier,
    Save,
    SaveToEnd,
)  # fmt: skip
from taleforge.rules.stage import Stage
from taleforge.rules.values import Cell

MINUTE = Duration(rounds=10)


def weapon(name: str, dice: str, bonus: int = 5, reach: int = 5, **kwargs: Any) -> Action:
    """Return a melee attack."""
    properties = kwargs.pop("properties", ())
    cost = kwargs.pop("cost", "action")
    node = Attack("melee", bonus=bonus, damage=(DamageSpec(dice, "slashing"),), **kwargs)
    return Action(
        name, name, f"weapon/{name}", cost, Targeting(range=reach, sight=False), (node,), properties=properties
    )


def bow(dice: str = "1d8+3", bonus: int = 5, near: int = 80, far: int = 320) -> Action:
    """Return a ranged attack that uses up arrows."""
    node = Attack("ranged", bonus=bonus, damage=(DamageSpec(dice, "piercing"),))
    target = Targeting(range=near, long_range=far, sight=False)
    return Action("bow", "Bow", "weapon/bow", target=target, nodes=(node,), ammunition="arrow")


SWORD = weapon("sword", "1d8+3")
CLUB = weapon("club", "1d6+1", bonus=3)

FIRE_BOLT = Action(
    "fire_bolt", "Fire Bolt", "spell/fire_bolt", target=Targeting(range=120),
    nodes=(Attack("ranged", source="spell", damage=(DamageSpec("1d10", "fire"),)),), spell=SpellInfo(0, "evocation"),
)  # fmt: skip
MAGIC_MISSILE = Action(
    "magic_missile", "Magic Missile", "spell/magic_missile",
    target=Targeting(range=120, count=3, count_scale=1, repeat=True),
    nodes=(Damage((DamageSpec("1d4+1", "force"),)),), spell=SpellInfo(1, "evocation"),
)  # fmt: skip
SHIELD = Action(
    "shield", "Shield", "spell/shield", "reaction", Targeting("self", range=0), spell=SpellInfo(1, "abjuration"),
    trigger="hit_by_attack",
    nodes=(Apply(EffectSpec(
        "shield", modifiers=(Modifier("ac", "add", 5), Modifier("against.damage.magic_missile", "immune")),
        duration=Duration(rounds=1),
    )),),
)  # fmt: skip
BURNING_HANDS = Action(
    "burning_hands", "Burning Hands", "spell/burning_hands",
    target=Targeting("area", range=0, area=Area("cone", 15)), spell=SpellInfo(1, "evocation"),
    nodes=(Save("dex", damage=(DamageSpec("3d6", "fire", scale="1d6"),), on_success="half"),),
)  # fmt: skip
BLESS = Action(
    "bless", "Bless", "spell/bless", target=Targeting(range=30, count=3, count_scale=1, side="ally"),
    spell=SpellInfo(1, "enchantment", concentration=True),
    nodes=(Apply(EffectSpec(
        "bless", modifiers=(Modifier("attack", "dice", "1d4"), Modifier("save", "dice", "1d4")), duration=MINUTE,
    )),),
)  # fmt: skip
HOLD_PERSON = Action(
    "hold_person", "Hold Person", "spell/hold_person", target=Targeting(range=60, types=("humanoid",)),
    spell=SpellInfo(2, "enchantment", concentration=True),
    nodes=(Save("wis", fail=(Apply(EffectSpec(
        "hold_person", conditions=("paralyzed",), duration=MINUTE, save=SaveToEnd("wis"),
    )),)),),
)  # fmt: skip
HEALING_WORD = Action(
    "healing_word", "Healing Word", "spell/healing_word", "bonus", Targeting(range=60), spell=SpellInfo(1, "evocation"),
    nodes=(Heal("1d4", ability_modifier=True, scale="1d4"),),
)  # fmt: skip
SACRED_FLAME = Action(
    "sacred_flame", "Sacred Flame", "spell/sacred_flame", target=Targeting(range=60), spell=SpellInfo(0, "evocation"),
    nodes=(Save("dex", damage=(DamageSpec("1d8", "radiant"),)),), properties=("ignores_cover",),
)  # fmt: skip

SLOTS = {"slot:1": Resource(3), "slot:2": Resource(2)}


def someone(crt: str, side: str, cell: Cell | None, *actions: Action, **given: Any) -> Creature:
    """Return a creature with ten in every ability, 10 hit points and AC 12 unless told otherwise."""
    state = {key: given.pop(key) for key in tuple(given) if key in Creature.__struct_fields__}
    sheet = {"abilities": Abilities(), "ac": 12, "max_hp": 10, "name": crt, "actions": actions, **given}
    return Creature(crt, Sheet(**sheet), **{"hp": sheet["max_hp"], "side": side, "cell": cell, **state})


def fighter(cell: Cell | None = (1, 1), *, crt: str = "fighter", **given: Any) -> Creature:
    """Return a fighter of the party: AC 16, 12 hit points, a sword."""
    kit = {"ac": 16, "max_hp": 12, "abilities": Abilities(str=16, con=14), "character": True, **given}
    return someone(crt, "party", cell, *kit.pop("actions", (SWORD,)), **kit)


def wizard(cell: Cell | None = (1, 2), *, crt: str = "wizard", **given: Any) -> Creature:
    """Return a wizard of the party: AC 12, 8 hit points, a few spells, three slots."""
    spells = (FIRE_BOLT, MAGIC_MISSILE, SHIELD, BURNING_HANDS)
    casting = Spellcasting("int", 13, 5)
    kit = {"max_hp": 8, "abilities": Abilities(int=16, con=12), "spellcasting": casting, "resources": SLOTS}
    kit |= {"character": True, "actions": spells, **given}
    return someone(crt, "party", cell, *kit.pop("actions"), **kit)


def cleric(cell: Cell | None = (1, 3), *, crt: str = "cleric", **given: Any) -> Creature:
    """Return a cleric of the party: AC 16, 10 hit points, blessing, healing and holding, five slots."""
    casting = Spellcasting("wis", 13, 5)
    kit = {"ac": 16, "abilities": Abilities(wis=16), "spellcasting": casting, "resources": SLOTS, "character": True}
    kit |= {"actions": (CLUB, BLESS, HOLD_PERSON, HEALING_WORD, SACRED_FLAME), **given}
    return someone(crt, "party", cell, *kit.pop("actions"), **kit)


def goblin(cell: Cell | None = (3, 1), *, crt: str = "goblin", **given: Any) -> Creature:
    """Return a goblin: AC 13, 7 hit points, a blade at +4."""
    kit = {"ac": 13, "max_hp": 7, "size": "small", "abilities": Abilities(dex=14), "ref": "monster/goblin", **given}
    return someone(crt, "foe", cell, *kit.pop("actions", (weapon("blade", "1d6+2", 4),)), **kit)


def fight(*creatures: Creature, active: str | None = None) -> Stage:
    """Return a fight in its first round, turns in the order given."""
    order = tuple(c.id for c in creatures)
    return Stage({c.id: c for c in creatures}, 0, 1, order, active or order[0])


def peace(*creatures: Creature) -> Stage:
    """Return the same without a fight."""
    return Stage({c.id: c for c in creatures})
