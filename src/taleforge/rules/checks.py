"""Rolling a d20: ability checks, saving throws, contests, and the exact chance of each before it is rolled.

The natural die, the total and the trace are kept apart: rerolls and minimums act on the die, bonuses on the total. A
natural 20 is no automatic success here (SRD 5.1 knows that for attacks and death saves only). Does not change anybody.
"""

from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct, structs

from taleforge.rules.creature import Creature
from taleforge.rules.dice import DiceSource, Roll, ScriptedDice, odds, roll
from taleforge.rules.explain import Explanation, Part, Source
from taleforge.rules.facts import CheckMade, SaveMade
from taleforge.rules.modifiers import ALONE, Collected, Context, collect
from taleforge.rules.scores import check_parts, save_parts
from taleforge.rules.values import Ability

SIDES = 20
PASSIVE_BASE = 10
PASSIVE_LEAN = 5
SOCIAL = frozenset({"deception", "intimidation", "performance", "persuasion"})
"""Skills of a check "to interact socially" (SRD 5.1, "Charmed")."""

_BASES = {1: "2d20kh1", 0: "1d20", -1: "2d20kl1"}
_AGAIN = {1: "(2d20pl1, 1d20)kh1", -1: "(2d20pl1, 1d20)kl1"}
_DIE = Source("roll/d20")


class D20(Struct, frozen=True):
    """A d20 rolled: the die that counted, as it lay; the total; the record of all dice; what the total is made of."""

    natural: int
    total: int
    roll: Roll
    why: Explanation


class AttackOdds(Struct, frozen=True):
    """The chance of an attack to hit at all, and to hit critically (part of the former)."""

    hit: float
    critical: float


def roll_d20(kind: str, flat: tuple[Part, ...], found: Collected, dice: DiceSource) -> D20:
    """Roll a d20 with everything that bears on it (SRD 5.1, "The D20", "Advantage and Disadvantage").

    `flat` are the parts the roll has by itself (ability, proficiency); `found` is what `collect` gave.
    """
    thrown = _throw(found, dice)
    natural = thrown.natural or thrown.total
    parts = [Part(natural, _DIE), *_lifted(natural, found), *flat, *found.flat]
    for expression, source in found.dice:
        extra = roll(expression, dice)
        parts.append(Part(extra.total, source))
        thrown = joined(thrown, extra)
    total = sum(part.value for part in parts)
    fixed = total - thrown.total
    record = Roll(f"{thrown.expr}{fixed:+d}", total, thrown.faces, thrown.nonce) if fixed else thrown
    return D20(natural, total, record, Explanation(total, kind, (*parts, *_leanings(found)), record))


def joined(first: Roll, second: Roll) -> Roll:
    """Return two rolls made one after the other from one source as one record."""
    sign = "" if second.expr.startswith("-") else "+"
    expression = f"{first.expr}{sign}{second.expr}"
    return Roll(expression, first.total + second.total, first.faces + second.faces, first.nonce)


def make_check(
    creature: Creature,
    ability: Ability,
    dc: int,
    dice: DiceSource,
    *,
    skill: str | None = None,
    context: Context = ALONE,
    extra: tuple[Part, ...] = (),
    reason: str = "",
) -> CheckMade:
    """Make an ability check against a DC (SRD 5.1, "Ability Checks"); `extra` are parts only this check has."""
    found, flat = _check(creature, ability, skill, context, extra)
    if found.fail:
        return CheckMade(
            creature.id, ability, dc, success=False, why=_failed("check", found), skill=skill, reason=reason
        )
    made = roll_d20("check", flat, found, dice)
    return CheckMade(creature.id, ability, dc, made.total >= dc, made.why, skill, made.roll, reason)


def make_save(
    creature: Creature,
    ability: Ability,
    dc: int,
    dice: DiceSource,
    *,
    context: Context = ALONE,
    extra: tuple[Part, ...] = (),
    reason: str = "",
) -> SaveMade:
    """Make a saving throw against a DC (SRD 5.1, "Saving Throws"); a limp body fails without a roll."""
    found = collect(creature, f"save.{ability}", context)
    if found.fail:
        return SaveMade(creature.id, ability, dc, success=False, why=_failed("save", found), reason=reason)
    made = roll_d20("save", (*save_parts(creature.sheet, ability), *extra), found, dice)
    return SaveMade(creature.id, ability, dc, made.total >= dc, made.why, made.roll, reason)


class Contest(Struct, frozen=True):
    """Two checks against each other. `won` says whether the one who began it won; a tie changes nothing."""

    mine: CheckMade
    theirs: CheckMade
    won: bool


class Contestant(Struct, frozen=True):
    """One side of a contest: who, with what ability and skill, in what context."""

    creature: Creature
    ability: Ability
    skill: str | None = None
    context: Context = ALONE


def contest(mine: Contestant, theirs: Contestant, dice: DiceSource, reason: str = "") -> Contest:
    """Hold a contest (SRD 5.1, "Contests"): each side's check has the other's total as its DC."""
    first = _contend(mine, dice, reason)
    second = _contend(theirs, dice, reason)
    goal, other = second.why.value, first.why.value
    won = other > goal
    return Contest(
        structs.replace(first, dc=goal, success=won), structs.replace(second, dc=other, success=goal > other), won
    )


def passive(creature: Creature, skill: str, ability: Ability, context: Context = ALONE) -> Explanation:
    """Return a passive score: 10 and everything but the die, 5 more or less for advantage or disadvantage.

    SRD 5.1, "Passive Checks". Dice bonuses do not count; a check that fails by itself has the score 0.
    """
    found, flat = _check(creature, ability, skill, context, ())
    if found.fail:
        return _failed("passive", found)
    parts = [Part(PASSIVE_BASE, Source("rule/passive")), *flat, *found.flat]
    if found.lean:
        parts.append(Part(PASSIVE_LEAN * found.lean, (found.advantage or found.disadvantage)[0]))
    return Explanation(sum(part.value for part in parts), "passive", tuple(parts))


def check_odds(
    creature: Creature,
    ability: Ability,
    dc: int,
    *,
    skill: str | None = None,
    context: Context = ALONE,
    extra: tuple[Part, ...] = (),
) -> float:
    """Return the exact chance of an ability check to succeed."""
    found, flat = _check(creature, ability, skill, context, extra)
    return chance(_total(flat), found, dc)


def save_odds(
    creature: Creature, ability: Ability, dc: int, *, context: Context = ALONE, extra: tuple[Part, ...] = ()
) -> float:
    """Return the exact chance of a saving throw to succeed."""
    found = collect(creature, f"save.{ability}", context)
    return chance(_total((*save_parts(creature.sheet, ability), *extra)), found, dc)


def chance(flat: int, found: Collected, need: int) -> float:
    """Return the exact chance that a d20 with `flat` and everything in `found` comes to at least `need`."""
    return 0.0 if found.fail else _chance(_shape(found), need - flat - found.total)


_Shape: TypeAlias = tuple[int, int, int, tuple[str, ...]]
"""How a d20 is thrown: its lean, up to which face it is rolled again, the least it counts for, and dice added to it."""


def _shape(found: Collected) -> _Shape:
    return found.lean, found.reroll_at, found.lowest, tuple([expression for expression, _ in found.dice])


@lru_cache(maxsize=4096)
def _chance(shape: _Shape, need: int) -> float:
    lean, reroll_at, lowest, dice = shape
    return sum(
        p * q
        for natural, p in _naturals(lean, reroll_at)
        for bonus, q in _bonuses(dice)
        if max(natural, lowest) + bonus >= need
    )


def attack_odds(flat: int, found: Collected, ac: int, crit_from: int = SIDES) -> AttackOdds:
    """Return the exact chances of an attack roll with `flat` and everything in `found` against an AC."""
    return _attack_odds(_shape(found), ac - flat - found.total, crit_from, bool(found.critical))


@lru_cache(maxsize=4096)
def _attack_odds(
    shape: _Shape,
    need: int,
    crit_from: int,
    always_critical: bool,  # noqa: FBT001 — a cache key
) -> AttackOdds:
    lean, reroll_at, lowest, dice = shape
    hit = critical = 0.0
    for natural, p in _naturals(lean, reroll_at):
        for bonus, q in _bonuses(dice):
            hits, crits = attack_outcome(natural, max(natural, lowest) + bonus, need, crit_from, always_critical)
            hit += p * q * hits
            critical += p * q * crits
    return AttackOdds(hit, critical)


def attack_outcome(natural: int, total: int, ac: int, crit_from: int, always_critical: bool) -> tuple[bool, bool]:  # noqa: FBT001 — one of five facts about one attack
    """Return whether an attack hits, and whether critically (SRD 5.1, "Rolling 1 or 20").

    A natural 20 always hits, a natural 1 never. From `crit_from` on a hit is critical.
    """
    hit = natural == SIDES or (natural > 1 and total >= ac)
    return hit, hit and (natural >= crit_from or always_critical)


def _check(
    creature: Creature, ability: Ability, skill: str | None, context: Context, extra: tuple[Part, ...]
) -> tuple[Collected, tuple[Part, ...]]:
    if skill in SOCIAL:
        context = structs.replace(context, tags=context.tags | {"social"})
    path = f"check.{ability}.{skill}" if skill else f"check.{ability}"
    return collect(creature, path, context), (*check_parts(creature.sheet, ability, skill), *extra)


def _contend(side: Contestant, dice: DiceSource, reason: str) -> CheckMade:
    return make_check(side.creature, side.ability, 0, dice, skill=side.skill, context=side.context, reason=reason)


def _failed(kind: str, found: Collected) -> Explanation:
    return Explanation(0, kind, tuple(Part(0, source, rule="automatic_failure") for source in found.fail))


def _lifted(natural: int, found: Collected) -> tuple[Part, ...]:
    """The part by which a minimum of the die (Reliable Talent) lifts it."""
    if natural >= found.lowest:
        return ()
    source = next(part.source for part in found.minimums if part.value == found.lowest)
    return (Part(found.lowest - natural, source, rule="minimum"),)


def _leanings(found: Collected) -> tuple[Part, ...]:
    """The reasons of advantage and disadvantage, as parts worth nothing."""
    return (
        *(Part(0, source, rule="advantage") for source in found.advantage),
        *(Part(0, source, rule="disadvantage") for source in found.disadvantage),
    )


def _throw(found: Collected, dice: DiceSource) -> Roll:
    """Throw the d20 or two d20s; where something lets a low die be rolled again, one of them, the lowest."""
    least = f"mi{found.lowest}" if found.minimums else ""
    thrown = roll(_BASES[found.lean] + least, dice)
    shown = [face for _, face, _ in thrown.faces]
    if not found.rerolls or min(shown) > found.reroll_at:
        return thrown
    again = _AGAIN[found.lean] if found.lean else f"1d20ro<{found.reroll_at + 1}"
    # The record is what an expression makes of these very faces, so that whoever checks it finds them again.
    record = roll(again + least, ScriptedDice([*shown, dice.face(SIDES)]))
    return Roll(record.expr, record.total, record.faces, thrown.nonce)


def _total(parts: tuple[Part, ...]) -> int:
    return sum(part.value for part in parts)


@lru_cache(maxsize=64)
def _naturals(lean: int, reroll_at: int) -> tuple[tuple[int, float], ...]:
    """Return the chance of each natural die; one die up to `reroll_at` is rolled again."""
    chances = dict.fromkeys(range(1, SIDES + 1), 0.0)
    for shown in _throws(lean):
        low = min(shown)
        rest = list(shown)
        rest.remove(low)
        again = range(1, SIDES + 1) if low <= reroll_at else (low,)
        for face in again:
            natural = max(face, *rest) if lean > 0 else min(face, *rest) if rest else face
            chances[natural] += 1 / (SIDES ** len(shown) * len(again))
    return tuple(chances.items())


def _throws(lean: int) -> list[tuple[int, ...]]:
    faces = range(1, SIDES + 1)
    return [(a, b) for a in faces for b in faces] if lean else [(a,) for a in faces]


@lru_cache(maxsize=256)
def _bonuses(expressions: tuple[str, ...]) -> tuple[tuple[int, float], ...]:
    """Return the chance of each total of several dice bonuses together."""
    sums: dict[int, float] = {0: 1.0}
    for expression in expressions:
        wider: dict[int, float] = {}
        for value, p in odds(expression).pmf.items():
            for total, q in sums.items():
                wider[total + value] = wider.get(total + value, 0.0) + float(p) * q
        sums = wider
    return tuple(sums.items())
