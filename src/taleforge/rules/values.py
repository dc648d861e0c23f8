"""The closed vocabularies of the game (abilities, skills, damage types …) and the arithmetic every sheet uses.

Does not hold any content: creatures, spells and items come from packs.
"""

from typing import Literal, TypeAlias

Ability = Literal["str", "dex", "con", "int", "wis", "cha"]
ABILITIES: tuple[Ability, ...] = ("str", "dex", "con", "int", "wis", "cha")

Skill = Literal[
    "acrobatics", "animal_handling", "arcana", "athletics", "deception", "history", "insight", "intimidation",
    "investigation", "medicine", "nature", "perception", "performance", "persuasion", "religion", "sleight_of_hand",
    "stealth", "survival",
]  # fmt: skip

SKILLS: tuple[Skill, ...] = Skill.__args__  # type: ignore[attr-defined]  # the one list, read from the type

SKILL_ABILITY: dict[str, Ability] = {
    "acrobatics": "dex", "animal_handling": "wis", "arcana": "int", "athletics": "str", "deception": "cha",
    "history": "int", "insight": "wis", "intimidation": "cha", "investigation": "int", "medicine": "wis",
    "nature": "int", "perception": "wis", "performance": "cha", "persuasion": "cha", "religion": "int",
    "sleight_of_hand": "dex", "stealth": "dex", "survival": "wis",
}  # fmt: skip

DamageType = Literal[
    "acid", "bludgeoning", "cold", "fire", "force", "lightning", "necrotic", "piercing", "poison", "psychic",
    "radiant", "slashing", "thunder",
]  # fmt: skip

DAMAGE_TYPES: tuple[DamageType, ...] = DamageType.__args__  # type: ignore[attr-defined]  # the one list, read from the type

Condition = Literal[
    "blinded", "charmed", "deafened", "exhaustion", "frightened", "grappled", "incapacitated", "invisible", "paralyzed",
    "petrified", "poisoned", "prone", "restrained", "stunned", "unconscious",
]  # fmt: skip
CONDITIONS: tuple[Condition, ...] = Condition.__args__  # type: ignore[attr-defined]  # the one list, read from the type

Size = Literal["tiny", "small", "medium", "large", "huge", "gargantuan"]
Light = Literal["bright", "dim", "dark"]
Cover = Literal["none", "half", "three_quarters", "total"]
RestKind = Literal["short", "long"]

Cell: TypeAlias = tuple[int, int]
"""Column and row on the scene's grid, each cell 5 feet square."""

FEET_PER_CELL = 5
ROUND_SECONDS = 6


def modifier(score: int) -> int:
    """Return the modifier of an ability score (SRD 5.1, "Ability Scores and Modifiers")."""
    return (score - 10) // 2


def proficiency_bonus(level: int) -> int:
    """Return the proficiency bonus of a character level from 1 to 20 (SRD 5.1, "Beyond 1st Level")."""
    return 2 + (level - 1) // 4
