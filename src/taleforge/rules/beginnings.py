"""What a character may bring to a table, beyond what the rules say a character is: bought scores, money's worth, level.

SRD 5.1 leaves the scores to dice that nobody saw, and has no prices for what was found: points for scores are those of
SRD 5.2 ("Generate Ability Scores", point cost), the purse is ours. Does not judge a choice by itself: `choices` does.
"""

from collections.abc import Collection, Iterator, Mapping

from msgspec.structs import replace

from taleforge.rules.characters import new_character
from taleforge.rules.choices import validate
from taleforge.rules.creature import Abilities, Creature
from taleforge.rules.definitions import CharacterChoice, Definitions, Earned, Problem
from taleforge.rules.values import ABILITIES

POINTS = 27
"""What the six scores may cost together; the standard array costs all of it."""
COSTS = {8: 0, 9: 1, 10: 2, 11: 3, 12: 4, 13: 5, 14: 7, 15: 9}
PURSE = 25_000
"""Copper pieces' worth of things and coins that a character may begin with, for each level; its background's aside."""
LEVELS = (
    0, 300, 900, 2_700, 6_500, 14_000, 23_000, 34_000, 48_000, 64_000, 85_000, 100_000, 120_000, 140_000, 165_000,
    195_000, 225_000, 265_000, 305_000, 355_000,
)  # fmt: skip
"""Experience points of each level, from the first (SRD 5.1, "Beyond 1st Level")."""
LONGEST_NAME, LONGEST_LOOK, LONGEST_PRONOUNS, MOST_THINGS = 40, 400, 20, 200


def level_of(xp: int) -> int:
    """Return the level that so many experience points bring."""
    return sum(xp >= least for least in LEVELS)


def judge(
    choice: CharacterChoice,
    defs: Definitions,
    highest: int,
    earned: Earned | None = None,
    given: Collection[Abilities] = (),
) -> tuple[Problem, ...]:
    """Return everything for which a character may not come to a table where the `highest` level is welcome.

    With what it `earned` in play, it may have the level of its experience, and carries what it carries. Scores that
    are `given`, as those of ready-made characters, need not be paid for.
    """
    whole = outfitted(choice, defs, earned)
    found = [*_size(whole), *validate(whole, defs)]
    scores = () if choice.abilities in given else _scores(choice)
    return tuple(found or (*scores, *_level(choice, highest, earned), *_purse(choice, defs, earned)))


def arrive(crt: str, choice: CharacterChoice, defs: Definitions, earned: Earned | None = None) -> Creature:
    """Return a character without problems as it comes to a table: whole, with what it carries."""
    creature = new_character(crt, outfitted(choice, defs, earned), defs)
    return creature if earned is None else replace(creature, items=dict(earned.items), coins=earned.coins)


def outfitted(choice: CharacterChoice, defs: Definitions, earned: Earned | None) -> CharacterChoice:
    """Return a choice with what was earned in place of what it began with; armour that is gone is worn no more."""
    if earned is None:
        return choice
    items = {key: count for key, count in earned.items.items() if count > 0 and _cost(key, defs) is not None}
    armor, shield = (key if key in items else "" for key in (choice.armor, choice.shield))
    return replace(choice, equipment=items, armor=armor, shield=shield, coins=0)


def _size(choice: CharacterChoice) -> Iterator[Problem]:
    """Texts and lists longer than any table shows."""
    texts = {"name": LONGEST_NAME, "look": LONGEST_LOOK, "pronouns": LONGEST_PRONOUNS}
    for field, most in texts.items():
        text: str = getattr(choice, field)
        if len(text) > most or not all(letter.isprintable() for letter in text):
            yield Problem("character/text", {"field": field, "most": most})
    lists = ("classes", "skills", "cantrips", "spells", "picks", "equipment")
    yield from (
        Problem("character/too_many", {"field": field, "most": MOST_THINGS})
        for field in lists
        if len(getattr(choice, field)) > MOST_THINGS
    )


def _scores(choice: CharacterChoice) -> Iterator[Problem]:
    scores = [getattr(choice.abilities, ability) for ability in ABILITIES]
    outside = next((a for a, score in zip(ABILITIES, scores, strict=True) if score not in COSTS), None)
    if outside is not None:
        yield Problem("character/bought", {"ability": outside, "lowest": min(COSTS), "highest": max(COSTS)})
    elif sum(COSTS[score] for score in scores) > POINTS:
        yield Problem("character/points", {"most": POINTS, "points": sum(COSTS[score] for score in scores)})


def _level(choice: CharacterChoice, highest: int, earned: Earned | None) -> Iterator[Problem]:
    most = max(highest, level_of(earned.xp) if earned else 1)
    if choice.level > most:
        yield Problem("character/level", {"level": choice.level, "highest": most})
    if any(chosen.rolled for chosen in choice.classes):
        yield Problem("character/rolled")


def _purse(choice: CharacterChoice, defs: Definitions, earned: Earned | None) -> Iterator[Problem]:
    """What was earned was found; a new character has bought all that it has."""
    if earned is not None:
        return
    costs = {key: _cost(key, defs) for key in choice.equipment}
    yield from (Problem("character/no_price", {"item": key}) for key, cost in costs.items() if not cost)
    worth = sum(count * (costs[key] or 0) for key, count in choice.equipment.items()) + choice.coins
    if choice.coins < 0 or worth > PURSE * choice.level:
        yield Problem("character/purse", {"most": PURSE * choice.level, "worth": worth})


def _cost(item: str, defs: Definitions) -> int | None:
    """Return what an item costs in copper pieces, 0 where it has no price; None when there is no such item."""
    groups: tuple[Mapping[str, object], ...] = (defs.weapons, defs.armors, defs.gear)
    found = next((group[item] for group in groups if item in group), None)
    return None if found is None else int(getattr(found, "cost", 0))
