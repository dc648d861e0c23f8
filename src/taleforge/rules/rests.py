"""Short and long rests: hit dice spent and regained, resources back, exhaustion slept off.

Whether there is time and quiet for a rest is the table's to say, and effects that run out meanwhile are the engine's.
"""

from collections.abc import Mapping

from msgspec import structs

from taleforge.rules.creature import Creature
from taleforge.rules.dice import DiceSource, Roll, roll
from taleforge.rules.facts import RestOutcome, RestTaken
from taleforge.rules.scores import max_hp
from taleforge.rules.values import RestKind

HIT_DICE = "hit_dice"
SHORT_ROUNDS = 600
"""One hour, the least a short rest takes."""
LONG_ROUNDS = 4800
"""Eight hours."""


def hit_dice_left(creature: Creature) -> int:
    """Return how many hit dice a creature has left to spend."""
    resource = creature.sheet.resources.get(HIT_DICE)
    return max(resource.maximum - creature.spent.get(HIT_DICE, 0), 0) if resource else 0


def short_rest(creatures: tuple[Creature, ...], spend: Mapping[str, int], dice: DiceSource) -> RestTaken:
    """Return a short rest (SRD 5.1, "Short Rest"): each spends as many hit dice as `spend` says by creature id.

    More dice than are left are not spent, nor any by whoever has no hit point. Each die adds the Constitution modifier
    and heals at least 0. The dead do not rest.
    """
    outcomes = tuple(_short(creature, spend.get(creature.id, 0), dice) for creature in creatures if _lives(creature))
    return RestTaken("short", outcomes, SHORT_ROUNDS)


def long_rest(creatures: tuple[Creature, ...]) -> RestTaken:
    """Return a long rest (SRD 5.1, "Long Rest"): all hit points, half of the hit dice, resources, less exhaustion.

    Whoever begins it at 0 hit points gains nothing from it; if stable, they come round with 1 hit point in its course.
    Food and drink are taken for granted.
    """
    return RestTaken("long", tuple(_long(creature) for creature in creatures if _lives(creature)), LONG_ROUNDS)


def restored(creature: Creature, kind: RestKind) -> dict[str, int]:
    """Return what stays spent after a rest: a long rest also brings back whatever a short one does.

    What is spent of nothing the sheet knows (an action waiting to recharge) is back after any rest.
    """
    back = {"short", "turn"} if kind == "short" else {"short", "long", "turn"}
    resources = creature.sheet.resources
    return {
        key: spent
        for key, spent in creature.spent.items()
        if key == HIT_DICE or (key in resources and resources[key].rest not in back)
    }


def _lives(creature: Creature) -> bool:
    return creature.life != "dead"


def _short(creature: Creature, wanted: int, dice: DiceSource) -> RestOutcome:
    spent = restored(creature, "short")
    count = min(wanted, hit_dice_left(creature)) if creature.life == "up" else 0
    rolls = tuple(_hit_die(creature, dice) for _ in range(count))
    if rolls:
        spent[HIT_DICE] = spent.get(HIT_DICE, 0) + len(rolls)
    hp = min(creature.hp + sum(max(thrown.total, 0) for thrown in rolls), max_hp(creature))
    return RestOutcome(creature.id, hp, spent, creature.exhaustion, rolls)


def _hit_die(creature: Creature, dice: DiceSource) -> Roll:
    return roll(f"1{creature.sheet.hit_die}{creature.sheet.abilities.modifier('con'):+d}", dice)


def _long(creature: Creature) -> RestOutcome:
    if creature.life != "up":
        return RestOutcome(creature.id, int(creature.life == "stable"), creature.spent, creature.exhaustion)
    spent = restored(creature, "long")
    resource = creature.sheet.resources.get(HIT_DICE)
    used = spent.pop(HIT_DICE, 0) - max(resource.maximum // 2, 1) if resource else 0
    if used > 0:
        spent[HIT_DICE] = used
    exhaustion = max(creature.exhaustion - 1, 0)
    return RestOutcome(creature.id, _rested_hp(creature, exhaustion), spent, exhaustion)


def _rested_hp(creature: Creature, exhaustion: int) -> int:
    """Return the hit point maximum as it is once exhaustion has gone down."""
    return max_hp(structs.replace(creature, exhaustion=exhaustion))
