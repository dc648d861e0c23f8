"""Between 0 hit points and death: death saving throws, being made stable, coming round, coming back.

Damage at 0 hit points is in `damage`. Returns facts and changes nothing.
"""

from msgspec import structs

from taleforge.rules.checks import roll_d20
from taleforge.rules.creature import Creature
from taleforge.rules.dice import DiceSource, roll
from taleforge.rules.explain import Explanation, Part, Source
from taleforge.rules.facts import DeathSaveMade, DiceRolled, Died, Fact, Healed, Revived
from taleforge.rules.modifiers import ALONE, Context, collect
from taleforge.rules.scores import max_hp

DEATH_SAVE_DC = 10
NEEDED = 3


def death_save(creature: Creature, dice: DiceSource, context: Context = ALONE) -> tuple[Fact, ...]:
    """Make a death saving throw (SRD 5.1, "Death Saving Throws").

    10 or more is a success; a natural 1 counts as two failures, a natural 20 brings back 1 hit point. The third success
    makes stable, the third failure dead.
    """
    if creature.life != "dying":
        return ()
    made = roll_d20("death_save", (), collect(creature, "save.death", context), dice)
    successes, failures = creature.death.successes, creature.death.failures
    saved = DeathSaveMade(creature.id, made.roll, successes, failures, "success", made.why)
    if made.natural == 20:
        return structs.replace(saved, outcome="up"), _one_hit_point(creature)
    if made.natural == 1:
        return _failed(saved, 2)
    if made.total < DEATH_SAVE_DC:
        return _failed(saved, 1)
    outcome = "stable" if successes + 1 >= NEEDED else "success"
    return (structs.replace(saved, successes=successes + 1, outcome=outcome),)


def stabilize(creature: Creature) -> tuple[Fact, ...]:
    """Return the fact of a dying creature being made stable (SRD 5.1, "Stabilizing a Creature")."""
    if creature.life != "dying":
        return ()
    return (DeathSaveMade(creature.id, None, creature.death.successes, creature.death.failures, "stable"),)


def come_round(creature: Creature) -> tuple[Fact, ...]:
    """Return the fact of a stable creature regaining 1 hit point, once its hours have passed."""
    return (_one_hit_point(creature),) if creature.life == "stable" else ()


def hours_until_waking(creature: Creature, dice: DiceSource) -> DiceRolled:
    """Return the roll of how many hours a stable creature lies unconscious (SRD 5.1, "Stabilizing a Creature")."""
    return DiceRolled(creature.id, roll("1d4", dice), "death/hours_until_waking")


def revive(creature: Creature, hp: int) -> tuple[Fact, ...]:
    """Return the fact of the dead coming back to life with so many hit points, at least 1."""
    if creature.life != "dead":
        return ()
    return (Revived(creature.id, min(max(hp, 1), max_hp(creature))),)


def _failed(saved: DeathSaveMade, count: int) -> tuple[Fact, ...]:
    failures = min(saved.failures + count, NEEDED)
    if failures == NEEDED:
        return structs.replace(saved, failures=failures, outcome="dead"), Died(saved.crt)
    return (structs.replace(saved, failures=failures, outcome="two_failures" if count > 1 else "failure"),)


def _one_hit_point(creature: Creature) -> Healed:
    return Healed(creature.id, 1, 1, Explanation(1, "healing", (Part(1, Source("rule/death_save")),)))
