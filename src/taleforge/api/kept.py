"""A character as a person keeps it: the choice it was made from, what it earned, and the tables where it sat.

What it earned comes from this server's own tables, or from a file that this server sealed. Does not know HTTP.
"""

from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from taleforge.accounts.belongings import Belongings
from taleforge.accounts.values import Character
from taleforge.messages.commands import Sit
from taleforge.rules.beginnings import LEVELS
from taleforge.rules.creature import Creature
from taleforge.rules.definitions import CharacterChoice, Earned, Problem

MOST_TABLES: Final = 200
"""Tables that are remembered of one character, the latest."""
_FIELDS: Final = {
    "score": "abilities", "bought": "abilities", "points": "abilities", "no_name": "name", "subrace": "subrace",
    "skill_twice": "skills", "pick": "picks", "pick_unknown": "picks", "not_asked": "picks", "cantrips": "cantrips",
    "spells": "spells", "spell_list": "spells", "spell_level": "spells", "not_armor": "armor", "not_shield": "shield",
    "not_carried": "equipment", "count": "equipment", "no_price": "equipment", "purse": "equipment",
}  # fmt: skip
"""The field of a choice that each problem is about; all others are about the classes."""
_KINDS: Final = {"race": "race", "background": "background", "spell": "spells", "armor": "armor", "item": "equipment",
                 "subrace": "subrace"}  # fmt: skip


class Kept(Struct, frozen=True, omit_defaults=True):
    """What is kept. `counted` are the experience points that each creature it was has brought home already."""

    choice: CharacterChoice
    earned: Earned | None = None
    tables: tuple[str, ...] = ()
    counted: dict[str, int] = {}

    @property
    def xp(self) -> int:
        """Experience points: what was earned, or what its level takes."""
        return self.earned.xp if self.earned else LEVELS[min(max(self.choice.level, 1), len(LEVELS)) - 1]


def read(character: Character) -> Kept:
    """Return what is kept of a character."""
    return msgspec.json.decode(character.body, type=Kept)


def written(kept: Kept) -> str:
    """Return a kept character as its body."""
    return msgspec.json.encode(kept).decode()


def sealable(choice: CharacterChoice, earned: Earned | None) -> bytes:
    """Return what a seal is put to: the same bytes for the same character."""
    return msgspec.json.encode((choice, earned), order="deterministic")


def field_of(problem: Problem) -> str:
    """Return the field of a choice that a problem is about."""
    name = problem.code.partition("/")[2]
    if name in {"text", "too_many"}:
        return str(problem.params["field"])
    if name == "unknown":
        return _KINDS.get(str(problem.params["kind"]), "classes")
    return _FIELDS.get(name, "classes")


async def brought(belongings: Belongings, person: str, sit: Sit) -> Sit | None:
    """Return a wish to sit down with what is kept of the character it names; None when the person has none such.

    What a client says was earned is not believed.
    """
    if not sit.own:
        return replace(sit, earned=None)
    character = await belongings.character(sit.own, person)
    if character is None:
        return None
    kept = read(character)
    return replace(sit, pregen="", choice=kept.choice, earned=kept.earned)


async def seated(belongings: Belongings, person: str, own: str, table: str) -> None:
    """Note that a character sat down at a table: from there alone it can be brought home again."""
    character = await belongings.character(own, person)
    if character is None:
        return
    kept = read(character)
    if table not in kept.tables:
        now = replace(kept, tables=(*kept.tables, table)[-MOST_TABLES:])
        await belongings.change(character, character.name, written(now))


def brought_home(kept: Kept, creature: Creature, gained: int) -> Kept:
    """Return a character after play: what it carries, and the experience that was not counted before."""
    counted = kept.counted.get(creature.id, 0)
    xp = kept.xp + max(0, gained - counted)
    earned = Earned(xp, {key: count for key, count in creature.items.items() if count > 0}, creature.coins)
    return replace(kept, earned=earned, counted=kept.counted | {creature.id: max(gained, counted)})
