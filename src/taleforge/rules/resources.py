"""What a creature has left of its limited uses: spell slots, features, ammunition.

Does not spend anything: spending is a `ResourceSpent` fact.
"""

from functools import cache

from taleforge.rules.creature import Action, Creature, Sheet
from taleforge.rules.derived import derived

HIGHEST_SLOT = 9


def left(creature: Creature, key: str) -> int:
    """Return how many uses of a resource are left; `item:<key>` counts what the creature carries."""
    if key.startswith("item:"):
        return creature.items.get(key[5:], 0)
    resource = creature.sheet.resources.get(key)
    return 0 if resource is None else max(0, resource.maximum - creature.spent.get(key, 0))


def slots(creature: Creature, action: Action) -> tuple[int, ...]:
    """Return the slot levels a spell could be cast with now, lowest first; 0 stands for "needs none".

    Cantrips need none, and a spell that names what it spends is paid with that instead (SRD 5.1, "Casting a Spell").
    """
    spell = action.spell
    if spell is None or spell.level == 0 or action.spend:
        return (0,)
    lowest, spent, slots_ = spell.level, creature.spent, _all_slots(creature.sheet)
    return tuple([level for level, key, most in slots_ if level >= lowest and most > spent.get(key, 0)])


@derived
def _all_slots(sheet: Sheet) -> tuple[tuple[int, str, int], ...]:
    """Return each slot level that a sheet has, with its resource and how many there are, the lowest first."""
    keys = ((level, f"slot:{level}") for level in range(1, HIGHEST_SLOT + 1))
    return tuple((level, key, sheet.resources[key].maximum) for level, key in keys if key in sheet.resources)


def lacking(creature: Creature, action: Action) -> str | None:
    """Return the key of the first resource an action needs and the creature lacks, or None."""
    for key, amount in action.spend.items():
        if left(creature, key) < amount:
            return key
    weapon = wielded(action) if creature.character else None
    if weapon is not None and not creature.items.get(weapon, 0):
        return f"item:{weapon}"
    if action.ammunition and not creature.items.get(action.ammunition, 0):
        return f"item:{action.ammunition}"
    return None


def wielded(action: Action) -> str | None:
    """Return the item that an attack is made with, as its pack entry says, or None for natural weapons and spells."""
    return _weapon(action.pinned) if action.pinned else None


@cache
def _weapon(entry: str) -> str | None:
    kind, _, key = entry.partition("/")
    return key if kind == "weapon" else None


def recharging(creature: Creature, action: Action) -> bool:
    """Whether an action was used and has not recharged yet."""
    return action.recharge is not None and creature.spent.get(action.id, 0) > 0
