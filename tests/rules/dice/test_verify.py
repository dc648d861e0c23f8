"""A record is checked against the stream: nothing in it can be forged without being told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from taleforge.rules.dice import DiceError, ProvableDice, Roll, check_roll, roll
from tests.rules.dice.strategies import pools

SEED, SALT = b"seed of the table".ljust(32), b"salt of the seats".ljust(32)


@given(st.lists(pools(), min_size=1, max_size=3), st.integers(0, 100))
def test_true_records_pass_and_follow_each_other(texts: list[str], start: int) -> None:
    """Every roll of a source passes, and the words it used lead exactly to the next roll."""
    dice = ProvableDice(SEED, SALT, start)
    expected = start
    for text in texts:
        try:
            record = roll(text, dice)
        except DiceError:
            continue
        check = check_roll(record, SEED, SALT)
        assert check.mismatch is None
        assert record.nonce == expected
        expected += check.words
    assert dice.nonce == expected


TRUE = roll("2d20kh1+5", ProvableDice(SEED, SALT, 40))


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"total": TRUE.total + 1}, "dice/wrong_total", -1),
        ({"expr": "2d20kh1+6"}, "dice/wrong_total", -1),
        ({"expr": "2d20kl1+5"}, "dice/wrong_fate", 0),
        ({"expr": "2d12kh1+5"}, "dice/wrong_face", 0),
        ({"expr": "3d20kh1+5"}, "dice/wrong_face", 2),
        ({"faces": TRUE.faces[:1]}, "dice/wrong_face", 1),
        ({"faces": (*TRUE.faces, (20, 20, "kept"))}, "dice/wrong_face", 2),
        ({"faces": (TRUE.faces[0], (20, 20, TRUE.faces[1][2]))}, "dice/wrong_face", 1),
        ({"faces": (TRUE.faces[0], (*TRUE.faces[1][:2], "rerolled"))}, "dice/wrong_fate", 1),
        ({"nonce": 41}, "dice/wrong_face", 0),
        ({"expr": "2d20kh1+"}, "dice/unreadable", -1),
        ({"expr": "1d6rr<7"}, "dice/unreadable", -1),
        ({"nonce": -1}, "dice/unreadable", -1),
        ({"nonce": 2**70}, "dice/unreadable", -1),
    ],
)
def test_each_forgery_is_told(change: dict[str, object], code: str, place: int) -> None:
    """Whichever part of a record is changed, the check says which and where."""
    check = check_roll(replace(TRUE, **change), SEED, SALT)
    assert check.mismatch is not None
    assert (check.mismatch.code, check.mismatch.place) == (code, place)


def test_another_seed_or_salt_does_not_pass() -> None:
    """The record of one table is not that of another."""
    record = roll("20d20", ProvableDice(SEED, SALT))
    assert check_roll(record, SEED, SALT).mismatch is None
    for seed, salt in [(b"other".ljust(32), SALT), (SEED, b"other".ljust(32))]:
        assert check_roll(record, seed, salt).mismatch is not None


def test_the_mismatch_shows_both_sides() -> None:
    """It says what the stream has and what the record claims."""
    claimed = Roll("1d20", 20, ((20, 20, "kept"),), 7)
    true = roll("1d20", ProvableDice(SEED, SALT, 7))
    mismatch = check_roll(claimed, SEED, SALT).mismatch
    assert mismatch is not None
    assert (mismatch.expected, mismatch.found) == (f"{true.total} on d20", "20 on d20")
