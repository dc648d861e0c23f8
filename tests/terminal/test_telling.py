"""Events as lines: what dice said, what changed, what a seat must not know, and that every event has words."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from taleforge.messages.events import EVENTS
from taleforge.terminal.telling import SILENT, Teller, money
from taleforge.terminal.words import Words, words
from tests.terminal.fixtures import BRAN, GOBLIN, MIRA, attacked, happened

GOLDEN = Path(__file__).parents[1] / "golden" / "protocol" / "events"
NAMES = {MIRA: "Mira Vell", BRAN: "Bran Ashdown", GOBLIN: "the goblin"}


@pytest.fixture
def said() -> Iterator[Words]:
    catalogue = words()
    catalogue.missed.clear()
    yield catalogue
    assert not catalogue.missed


def tell(said: Words, name: str, /, **data: Any) -> str:
    lines = Teller(said, lambda crt: NAMES.get(crt, "someone")).tell(happened(name, data).event)
    return "\n".join(one.text for one in lines)


def test_an_attack_shows_die_modifier_and_what_it_met(said: Words) -> None:
    """The reader can add it up: 14 on the die, 5 more, against 13."""
    lines = Teller(said, lambda crt: NAMES[crt]).tell(attacked().event)
    assert [one.text for one in lines] == ["Mira Vell → the goblin, Longsword: d20 14 + 5 = 19 against AC 13: hit"]
    assert lines[0].why is not None
    assert lines[0].why.value == 19


def test_an_attack_against_an_unknown_armour_class_does_not_invent_one(said: Words) -> None:
    """A seat that may not know the armour class reads nothing about it."""
    event = attacked(hit=False).event
    hidden = {key: value for key, value in event.d.items() if key != "ac"}
    assert tell(said, "attack.resolved", **hidden).endswith("= 19: miss")


@pytest.mark.parametrize(("expr", "total", "shown"), [
    ("1d20+1d4+2", 9, "d20 3 + d4 4 + 2 = 9"), ("1d20-1d4+2", 1, "d20 3 − d4 4 + 2 = 1"),
    ("1d20+1d4", 7, "d20 3 + d4 4 = 7"),
])  # fmt: skip
def test_dice_beside_the_first_can_be_added_up(said: Words, expr: str, total: int, shown: str) -> None:
    """Those of a blessing are added, those of a curse taken off, and neither is counted again as a modifier."""
    roll = {"expr": expr, "total": total, "faces": [[20, 3, "kept"], [4, 4, "kept"]], "nonce": 0}
    why = {"value": total, "kind": "save", "dice": roll}
    line = tell(said, "save.made", crt=MIRA, ability="con", dc=10, success=False, roll=roll, why=why)
    assert line == f"Mira Vell, Constitution save: {shown} against DC 10: failure"


def test_dropped_dice_are_shown_in_brackets(said: Words) -> None:
    """With disadvantage both faces are there, and which one counts can be seen without colour."""
    roll = {"expr": "2d20kl1", "total": 4, "faces": [[20, 17, "dropped"], [20, 4, "kept"]], "nonce": 0}
    why = {"value": 6, "kind": "check", "dice": roll}
    line = tell(said, "check.made", crt=MIRA, ability="dex", skill="stealth", dc=12, success=False, roll=roll, why=why)
    assert line == "Mira Vell, Stealth: d20 (17) 4 + 2 = 6 against DC 12: failure"


def test_damage_names_its_kinds_and_what_became_of_them(said: Words) -> None:
    """Each kind of damage stands by itself, with what halved it."""
    packets = [
        {"type": "slashing", "rolled": 7, "amount": 7},
        {"type": "fire", "rolled": 6, "amount": 3, "change": "resisted"},
    ]
    line = tell(said, "damage.taken", crt=GOBLIN, packets=packets, amount=10)
    assert line == "The goblin takes 7 slashing damage and 3 fire damage (halved)."


def test_hit_points_left_are_told_only_where_they_are_known(said: Words) -> None:
    """A foe's hit points are not in the event, so they are not in the line."""
    packets = [{"type": "cold", "rolled": 2, "amount": 2}]
    assert tell(said, "damage.taken", crt=MIRA, packets=packets, hp=7).endswith(", 7 left.")


@pytest.mark.parametrize("rounds", [1, 10, 99])
def test_little_time_passes_silently(said: Words, rounds: int) -> None:
    """Only minutes that matter are told."""
    assert tell(said, "time.passed", rounds=rounds) == ""


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_has_words_or_is_silent_by_choice(said: Words, name: str) -> None:
    """No event of the registry falls through to "something happened"; the golden ones are told whole."""
    golden = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    text = tell(said, name, **golden["d"])
    assert (text == "") == (name in SILENT)
    assert "Something happened" not in text
    assert not re.search(r"[{}<>]|  |None|True|False|crt_", text)


@pytest.mark.parametrize("name", sorted(set(EVENTS) - SILENT))
def test_an_event_from_which_everything_is_missing_is_still_told(name: str) -> None:
    """A seat that may know nothing about an event reads a poor line, not a failure."""
    assert "{" not in tell(words(), name)


def test_an_event_of_a_later_version_is_shown_as_something_happened() -> None:
    """Clients ignore what they do not know, but do not hide that it was there."""
    catalogue = Words("en", {"ui": {"something_happened": "Something happened."}})
    lines = Teller(catalogue, str).tell(happened("moon.exploded", {}).event)
    assert [one.text for one in lines] == ["Something happened."]
    assert catalogue.missed["event/moon.exploded"] == 1


@pytest.mark.parametrize(("copper", "text"), [(0, "0 cp"), (7, "7 cp"), (1234, "12 gp 3 sp 4 cp"), (-50, "5 sp")])
def test_money_is_counted_in_its_coins(copper: int, text: str) -> None:
    """The protocol's copper pieces become what people carry."""
    assert money(copper, words()) == text


def test_a_spell_for_several_names_them_all_and_says_who_concentrates(said: Words) -> None:
    """Whoever casts it on friends and on themselves is one of them; alone it goes without saying."""
    cast = {"crt": MIRA, "action": "bless", "name": "Bless", "level": 1, "slot": 1}
    assert tell(said, "spell.cast", **cast, targets=[MIRA, BRAN]) == "Mira Vell casts Bless → Mira Vell, Bran Ashdown."
    assert tell(said, "spell.cast", **cast, targets=[MIRA]) == "Mira Vell casts Bless."
    holds = {"crt": MIRA, "name": "Bless", "effect": {"key": "concentration", "conditions": []}}
    assert tell(said, "condition.gained", **holds) == "Mira Vell concentrates on Bless."
