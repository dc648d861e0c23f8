"""Checks, saves and contests: totals that explain themselves, and odds that agree with every possible throw."""

from collections.abc import Iterable
from itertools import product

import pytest
from msgspec.structs import replace

from taleforge.rules.checks import (
    AttackOdds,
    Contestant,
    attack_odds,
    attack_outcome,
    check_odds,
    contest,
    make_check,
    make_save,
    passive,
    roll_d20,
    save_odds,
)
from taleforge.rules.creature import Abilities, ActiveEffect, Creature
from taleforge.rules.dice import ScriptedDice, roll
from taleforge.rules.effects import Modifier
from taleforge.rules.explain import Part, Source
from taleforge.rules.modifiers import Context, collect
from taleforge.rules.values import Condition
from tests.rules.people import someone

BLESS = (Modifier("save", "dice", "1d4"), Modifier("attack", "dice", "1d4"))
BANE = (Modifier("save", "dice", "-1d4"), Modifier("attack", "dice", "-1d4"))
LUCKY = (Modifier("check", "reroll", 1), Modifier("save", "reroll", 1), Modifier("attack", "reroll", 1))
RELIABLE = (Modifier("check", "minimum", 10),)
GUIDED = (Modifier("check", "advantage"), Modifier("save", "advantage"), Modifier("attack", "advantage"))
HINDERED = (Modifier("check", "disadvantage"), Modifier("save", "disadvantage"), Modifier("attack", "disadvantage"))


def adept(*modifiers: Modifier, conditions: tuple[Condition, ...] = ()) -> Creature:
    """Return somebody with Dexterity 14, proficient in Dexterity saves and Stealth, and expert in Arcana."""
    me = someone(
        "me",
        "party",
        (1, 1),
        abilities=Abilities(dex=14, int=12),
        saves={"dex": 4},
        skills={"stealth": 4, "arcana": 5},
    )
    return replace(me, effects=(ActiveEffect("me/x", "x", conditions=conditions, modifiers=modifiers),))


def faces(*shown: int) -> ScriptedDice:
    """Return dice that show these faces."""
    return ScriptedDice(shown)


def test_a_save_explains_die_ability_and_proficiency() -> None:
    """Every summand of a save is there with its source, and they add up."""
    made = make_save(adept(), "dex", 15, faces(11))
    assert made.success
    assert made.why.parts == (
        Part(11, Source("roll/d20")),
        Part(2, Source("ability/dex")),
        Part(2, Source("proficiency")),
    )
    assert made.roll is not None
    assert (made.roll.expr, made.roll.total) == ("1d20+4", 15)


def test_a_skill_adds_what_it_is_worth_to_any_ability() -> None:
    """Stealth with Dexterity, Arcana with expertise, and Arcana tried with Wisdom keeps its training."""
    assert make_check(adept(), "dex", 0, faces(10), skill="stealth").why.value == 14
    expert = make_check(adept(), "int", 0, faces(10), skill="arcana").why
    assert expert.parts[-1] == Part(4, Source("expertise"))
    assert make_check(adept(), "wis", 0, faces(10), skill="arcana").why.value == 14
    assert make_check(adept(), "dex", 0, faces(10), skill="acrobatics").why.value == 12


def test_a_natural_20_is_no_success_of_itself() -> None:
    """SRD 5.1 knows no automatic success for saves and checks, nor a failure on a 1."""
    assert not make_save(adept(), "dex", 25, faces(20)).success
    assert make_save(adept(), "dex", 5, faces(1)).success
    assert not make_check(adept(), "dex", 23, faces(20)).success


def test_bless_adds_its_die_to_the_same_record() -> None:
    """One record holds the d20, the d4 and the fixed part, in the order they were thrown."""
    made = make_save(adept(*BLESS), "dex", 15, faces(8, 3))
    assert made.success
    assert made.roll is not None
    assert (made.roll.expr, made.roll.total, made.roll.faces) == ("1d20+1d4+4", 15, ((20, 8, "kept"), (4, 3, "kept")))
    assert Part(3, Source("effect/x")) in made.why.parts


def test_bane_takes_its_die_off() -> None:
    """A negative die is written and counted as one."""
    made = make_save(adept(*BANE), "dex", 15, faces(11, 2))
    assert not made.success
    assert made.roll is not None
    assert (made.roll.expr, made.roll.total) == ("1d20-1d4+4", 13)


def test_advantage_and_disadvantage_keep_one_of_two_dice() -> None:
    """The higher with advantage, the lower with disadvantage, one die with both."""
    assert make_save(adept(*GUIDED), "dex", 0, faces(5, 17)).why.value == 21
    assert make_save(adept(*HINDERED), "dex", 0, faces(5, 17)).why.value == 9
    both = make_save(adept(*GUIDED, *HINDERED), "dex", 0, faces(5))
    assert both.why.value == 9
    assert [part.rule for part in both.why.parts[-2:]] == ["advantage", "disadvantage"]


def test_a_helpless_body_fails_without_a_roll() -> None:
    """No die is thrown for a save that fails by itself, and the reason is given."""
    made = make_save(adept(conditions=("paralyzed",)), "dex", 1, faces())
    assert not made.success
    assert made.roll is None
    assert made.why.parts == (Part(0, Source("condition/paralyzed"), "automatic_failure"),)


def test_extra_parts_count_and_are_shown() -> None:
    """Cover's bonus to a Dexterity save comes in from outside and is explained like any other part."""
    cover = Part(2, Source("cover/half"))
    made = make_save(adept(), "dex", 15, faces(9), extra=(cover,))
    assert made.success
    assert cover in made.why.parts


def test_luck_rolls_a_one_again_and_keeps_the_new_die() -> None:
    """A straight 1 is thrown once more, whatever comes."""
    made = make_check(adept(*LUCKY), "dex", 0, faces(1, 1))
    assert made.why.parts[0].value == 1
    made = make_check(adept(*LUCKY), "dex", 0, faces(1, 15))
    assert made.why.parts[0].value == 15
    assert make_check(adept(*LUCKY), "dex", 0, faces(2)).why.parts[0].value == 2


@pytest.mark.parametrize(
    ("modifiers", "shown", "natural"),
    [
        (GUIDED, (1, 1, 9), 9),
        (GUIDED, (1, 12, 9), 12),
        (GUIDED, (12, 1, 16), 16),
        (HINDERED, (1, 1, 9), 1),
        (HINDERED, (1, 12, 9), 9),
        (HINDERED, (12, 1, 16), 12),
    ],
)
def test_luck_with_two_dice_rerolls_exactly_one(
    modifiers: tuple[Modifier, ...], shown: tuple[int, ...], natural: int
) -> None:
    """With advantage or disadvantage one die is thrown again, and the two that remain are compared."""
    made = make_check(adept(*LUCKY, *modifiers), "dex", 0, faces(*shown))
    assert made.why.parts[0].value == natural
    assert made.roll is not None
    assert [face for _, face, _ in made.roll.faces] == list(shown)


def test_every_record_can_be_read_and_thrown_again() -> None:
    """Whoever checks a record by its expression and faces comes to the same total."""
    for modifiers, shown in [
        ((*LUCKY, *GUIDED, *BLESS), (1, 7, 15, 2)),
        ((*LUCKY, *HINDERED, *BANE), (7, 1, 15, 2)),
        (LUCKY + BLESS, (1, 15, 2)),
        ((*HINDERED, *BLESS), (7, 1, 2)),
    ]:
        record = make_save(adept(*modifiers), "dex", 10, faces(*shown)).roll
        assert record is not None
        again = roll(record.expr, faces(*shown))
        assert (again.total, again.faces) == (record.total, record.faces)


def test_reliable_talent_lifts_the_die_not_the_total() -> None:
    """A 4 counts as a 10, and the die that lay there is still told."""
    made = make_check(adept(*RELIABLE), "dex", 0, faces(4), skill="stealth")
    assert made.why.value == 14
    assert made.why.parts[:2] == (Part(4, Source("roll/d20")), Part(6, Source("effect/x"), "minimum"))
    assert make_check(adept(*RELIABLE), "dex", 0, faces(13), skill="stealth").why.value == 17


def test_a_contest_is_won_by_the_higher_total_and_a_tie_changes_nothing() -> None:
    """Each side's DC is the other's total (SRD 5.1, "Contests")."""
    mine, theirs = Contestant(adept(), "dex", "acrobatics"), Contestant(adept(), "str", "athletics")
    won = contest(mine, theirs, faces(10, 11))
    assert (won.won, won.mine.dc, won.theirs.dc) == (True, 11, 12)
    assert won.mine.success
    tie = contest(mine, theirs, faces(10, 12))
    assert not tie.won
    assert not tie.mine.success
    assert not tie.theirs.success


def test_passive_scores_lean_by_five_and_forget_dice() -> None:
    """10 and the bonus, 5 up or down for advantage or disadvantage, none for a sense that is lost."""
    assert passive(adept(), "stealth", "dex").value == 14
    assert passive(adept(*GUIDED), "stealth", "dex").value == 19
    assert passive(adept(*HINDERED), "stealth", "dex").value == 9
    assert passive(adept(Modifier("check", "dice", "1d4")), "stealth", "dex").value == 14
    blind = adept(conditions=("blinded",))
    assert passive(blind, "perception", "wis", Context(tags=frozenset({"sight"}))).value == 0


def every_throw(*sides: int) -> Iterable[tuple[int, ...]]:
    """Return every way so many dice can lie."""
    return product(*(range(1, side + 1) for side in sides))


SETTINGS = [
    ((), (20,)),
    (GUIDED, (20, 20)),
    (HINDERED, (20, 20)),
    (BLESS, (20, 4)),
    (BANE, (20, 4)),
    ((*GUIDED, *BLESS), (20, 20, 4)),
    ((*BLESS, *BANE, Modifier("save", "add", 1)), (20, 4, 4)),
    ((*BLESS, Modifier("save", "dice", "1d6")), (20, 4, 6)),
    (LUCKY, (20, 20)),
    ((*LUCKY, *GUIDED), (20, 20, 20)),
    ((*LUCKY, *HINDERED), (20, 20, 20)),
]


@pytest.mark.parametrize(("modifiers", "sides"), SETTINGS)
def test_odds_of_a_save_are_those_of_every_throw_counted(
    modifiers: tuple[Modifier, ...], sides: tuple[int, ...]
) -> None:
    """The chance shown is exactly the share of all throws that succeed; dice nobody needs change nothing."""
    me = adept(*modifiers)
    totals = [make_save(me, "dex", 0, faces(*shown)).why.value for shown in every_throw(*sides)]
    for dc in range(1, 30, 4):
        share = sum(total >= dc for total in totals) / len(totals)
        assert save_odds(me, "dex", dc) == pytest.approx(share, abs=1e-12)


def test_odds_of_a_check_know_minimums_and_extra_parts() -> None:
    """Reliable Talent makes DC 14 certain with +4; a part from outside moves the chance by its value."""
    assert check_odds(adept(*RELIABLE), "dex", 14, skill="stealth") == pytest.approx(1)
    assert check_odds(adept(), "dex", 15, extra=(Part(3, Source("x")),)) == pytest.approx(0.55)
    assert save_odds(adept(conditions=("stunned",)), "dex", 1) == 0


ATTACKS = [((), (20,)), (GUIDED, (20, 20)), (HINDERED, (20, 20)), ((*GUIDED, *BLESS), (20, 20, 4)), (LUCKY, (20, 20))]


@pytest.mark.parametrize(("modifiers", "sides"), ATTACKS)
@pytest.mark.parametrize(("ac", "crit_from"), [(8, 20), (16, 19), (30, 18)])
def test_odds_of_an_attack_are_those_of_every_throw_counted(
    modifiers: tuple[Modifier, ...], sides: tuple[int, ...], ac: int, crit_from: int
) -> None:
    """Counted out: a natural 20 hits any AC, a natural 1 none, and a 19 is critical only if it hits."""
    found = collect(adept(*modifiers), "attack.melee")
    hits = crits = total = 0
    for shown in every_throw(*sides):
        made = roll_d20("attack", (Part(5, Source("x")),), found, faces(*shown))
        hit, critical = attack_outcome(made.natural, made.total, ac, crit_from, always_critical=False)
        hits, crits, total = hits + hit, crits + critical, total + 1
    odds = attack_odds(5, found, ac, crit_from)
    assert odds.hit == pytest.approx(hits / total, abs=1e-12)
    assert odds.critical == pytest.approx(crits / total, abs=1e-12)


def test_hits_on_the_helpless_are_all_critical() -> None:
    """Against somebody paralyzed within 5 feet the chance of a critical hit is the chance of a hit."""
    victim = adept(conditions=("paralyzed",))
    found = collect(someone("other", "foe", (1, 2)), "attack.melee", Context(other=victim, distance=5))
    odds = attack_odds(5, found, 14)
    assert odds == AttackOdds(odds.hit, odds.hit)


@pytest.mark.parametrize(
    ("natural", "total", "crit_from", "always", "expected"),
    [
        (1, 40, 20, False, (False, False)),
        (2, 15, 20, False, (True, False)),
        (2, 14, 20, False, (False, False)),
        (20, 3, 20, False, (True, True)),
        (19, 15, 19, False, (True, True)),
        (19, 14, 19, False, (False, False)),
        (18, 15, 19, False, (True, False)),
        (10, 15, 20, True, (True, True)),
        (10, 14, 20, True, (False, False)),
    ],
)
def test_what_an_attack_roll_comes_to(
    natural: int, total: int, crit_from: int, always: bool, expected: tuple[bool, bool]
) -> None:
    """Against AC 15: 20 always hits and is critical, 1 never hits, and only a hit can be critical."""
    assert attack_outcome(natural, total, 15, crit_from, always) == expected
