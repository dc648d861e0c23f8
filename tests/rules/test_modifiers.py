"""Collecting what bears on a roll: which paths cover which, predicates, numbers by name."""

import pytest
from msgspec.structs import replace

from taleforge.rules.creature import Abilities, ActiveEffect, Creature
from taleforge.rules.effects import Modifier
from taleforge.rules.explain import Part, Source
from taleforge.rules.modifiers import NOTHING, Context, amount, collect, covers
from tests.rules.people import someone

OTHER = someone("other", "foe", (2, 1))


def bearing(*modifiers: Modifier, source: str | None = None, **sheet: object) -> Creature:
    """Return somebody with an effect that carries modifiers."""
    effect = ActiveEffect(id="me/x", key="x", source=source, modifiers=modifiers)
    return replace(someone("me", "party", (1, 1), **sheet), effects=(effect,))


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("save", "save.dex", True),
        ("save.dex", "save.dex", True),
        ("save.dex", "save.con", False),
        ("attack.melee", "attack.weapon.melee", True),
        ("attack", "against.attack.melee", False),
        ("against.attack", "attack.melee", False),
        ("against.attack", "against.attack.melee", True),
        ("initiative", "check.dex.initiative", True),
        ("check.stealth", "check.dex.stealth", True),
    ],
)
def test_a_path_covers_every_roll_that_has_all_its_words(pattern: str, path: str, expected: bool) -> None:
    """Narrower paths cover fewer rolls, and rolls against somebody are apart."""
    assert covers(pattern, path) is expected


def test_nothing_in_force_is_nothing_collected() -> None:
    """A roll without modifiers costs no lists."""
    assert collect(someone("me", "party", None), "attack") is NOTHING


def test_every_modifier_is_kept_with_its_source() -> None:
    """What an effect gives is found under the effect's key, what a trait gives under its own code."""
    me = bearing(Modifier("attack", "add", 2), Modifier("attack", "dice", "1d4"), Modifier("attack", "advantage"))
    me = replace(me, sheet=replace(me.sheet, modifiers=(Modifier("attack", "add", 1, code="feature/x"),)))
    found = collect(me, "attack.melee")
    assert found.flat == (Part(1, Source("feature/x")), Part(2, Source("effect/x")))
    assert found.dice == (("1d4", Source("effect/x")),)
    assert found.advantage == (Source("effect/x"),)
    assert found.total == 3


PREDICATES = [
    ("within:5", Context(distance=5), True),
    ("within:5", Context(distance=10), False),
    ("within:5", Context(distance=0), True),
    ("within:5", Context(), False),
    ("beyond:5", Context(distance=10), True),
    ("beyond:5", Context(distance=5), False),
    ("source", Context(other=OTHER), True),
    ("source", Context(), False),
    ("source_visible", Context(visible=("other",)), True),
    ("source_visible", Context(visible=()), False),
    ("unseen", Context(seen=False), True),
    ("unseen", Context(), False),
    ("sees", Context(other=OTHER, visible=()), False),
    ("sees", Context(other=OTHER), True),
    ("magic", Context(tags=frozenset({"magic"})), True),
    ("magic", Context(), False),
    ("not:magic", Context(), True),
    ("not:magic", Context(tags=frozenset({"magic"})), False),
    ("brave", Context(), True),
    ("mobile", Context(), True),
    ("within:near", Context(distance=5), False),
]


@pytest.mark.parametrize(("predicate", "context", "holds"), PREDICATES)
def test_predicates_hold_as_their_words_say(predicate: str, context: Context, holds: bool) -> None:
    """Each predicate on its own; a word that is no predicate is a tag of the roll or a feature of the bearer."""
    me = bearing(Modifier("attack", "add", 1, when=(predicate,)), source="other", features=("brave",))
    assert (collect(me, "attack", context).total == 1) is holds


def test_all_predicates_of_a_modifier_must_hold() -> None:
    """Two predicates are an and, not an or."""
    me = bearing(Modifier("attack", "add", 1, when=("magic", "within:5")))
    assert collect(me, "attack", Context(distance=5)).total == 0
    assert collect(me, "attack", Context(distance=5, tags=frozenset({"magic"}))).total == 1


def test_seeing_is_asked_from_the_bearers_side() -> None:
    """A dodger's modifier asks whether the dodger sees the attacker, not the other way round."""
    dodger = bearing(Modifier("against.attack", "disadvantage", when=("sees",)))
    assert collect(OTHER, "attack", Context(other=dodger, seen=True)).lean == -1
    assert collect(OTHER, "attack", Context(other=dodger, seen=False)).lean == 0


@pytest.mark.parametrize("stopped", [Modifier("speed", "set", 0), Modifier("action", "forbid")])
def test_who_is_held_or_cannot_act_is_not_mobile(stopped: Modifier) -> None:
    """Dodging ends with a speed of 0 and with incapacity."""
    me = bearing(Modifier("against.attack", "disadvantage", when=("mobile",)), stopped)
    assert collect(OTHER, "attack", Context(other=me)).lean == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3),
        ("13+dex", 15),
        ("2+slot", 5),
        ("level", 4),
        ("cleric", 3),
        ("proficiency", 2),
        ("10-str", 11),
        ("what", 0),
    ],
)
def test_named_numbers_are_settled_from_the_sheet(value: int | str, expected: int) -> None:
    """Sums of numbers and names; a name nobody knows counts nothing."""
    sheet = someone("me", "party", None, abilities=Abilities(dex=14, str=8), level=4, classes={"cleric": 3}).sheet
    assert amount(value, sheet, slot=3) == expected


def test_the_lowest_and_reroll_numbers_are_the_strongest_given() -> None:
    """Of several minimums the highest counts, of several rerolls too."""
    me = bearing(Modifier("check", "minimum", 10), Modifier("check", "minimum", 8), Modifier("check", "reroll", 1),
                 Modifier("check", "reroll", 2))  # fmt: skip
    found = collect(me, "check.dex")
    assert (found.lowest, found.reroll_at) == (10, 2)
    assert (NOTHING.lowest, NOTHING.reroll_at) == (1, 0)


def test_what_comes_from_the_other_side_says_whose_it_is() -> None:
    """Prone on both sides of one attack are two reasons that can be told apart."""
    prone = ActiveEffect("x/prone", "prone", conditions=("prone",))
    both = collect(
        replace(someone("me", "party", None), effects=(prone,)),
        "attack.melee",
        Context(other=replace(OTHER, effects=(prone,)), distance=10),
    )
    assert both.disadvantage == (Source("condition/prone"), Source("condition/prone", {"of": "other"}))
