"""The record of a roll, and the shortcuts that must not be seen in it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge.rules.dice import (
    DiceError,
    DiceLimitError,
    Roll,
    ScriptedDice,
    double_dice,
    explain,
    odds,
    parse,
    roll,
    seeded,
)
from taleforge.rules.dice.limits import MAX_DEPTH
from taleforge.rules.dice.program import build, walk
from tests.rules.dice.strategies import error_of, expressions

SHORT = st.builds(
    "".join,
    st.lists(
        st.builds(
            "{}{}d{}{}".format,
            st.sampled_from(["+", "-", "+(", "-+("]),
            st.integers(0, 8),
            st.sampled_from([1, 2, 4, 6, 20, 100]),
            st.sampled_from(["", "kh1", "kl1", "kh3", "kl0", "kh9", "kh1[fire]", "pl1", "kh1kl1"]),
        ).map(lambda term: term + (")" if "(" in term else "") + "+2"),
        min_size=1,
        max_size=4,
    ),
)
"""Sums of pools, for which there are shortcuts."""


@given(st.one_of(SHORT, SHORT, expressions()), st.integers(0, 999), st.integers(0, 40))
def test_shortcuts_roll_what_the_walk_rolls(text: str, seed: int, limit: int) -> None:
    """However an expression is rolled: the same total, faces, fates, nonce and errors, and the same words used."""
    outcomes: list[object] = []
    for program in build(parse(text), text), walk(parse(text), text):
        dice = seeded(seed)
        dice.face(7)
        try:
            outcomes.append((program(dice, limit), dice.nonce))
        except DiceError as error:
            outcomes.append((type(error), error.params, dice.nonce))
    assert outcomes[0] == outcomes[1]


@given(expressions(), st.integers(0, 999))
def test_a_record_survives_the_wire(text: str, seed: int) -> None:
    """Decoding what was encoded gives the same record, with faces as small arrays."""
    try:
        record = roll(text, seeded(seed))
    except DiceError:
        return
    assert msgspec.json.decode(msgspec.json.encode(record), type=Roll) == record
    assert record.expr == text


def test_the_record_is_the_protocols() -> None:
    """The fields and their order on the wire are those of PROTOCOL §1."""
    record = roll("2d20kh1+d%", ScriptedDice([4, 17, 3]))
    assert msgspec.json.encode(record) == (
        b'{"expr":"2d20kh1+d%","total":37,"faces":[[20,4,"dropped"],[20,17,"kept"],[10,20,"kept"]],"nonce":0}'
    )
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"expr":"d6","total":1,"faces":[[6,1,"lost"]],"nonce":0}', type=Roll)


def test_rolls_of_one_source_follow_each_other() -> None:
    """Each record begins where the one before it ended."""
    dice = seeded("table")
    first, second = roll("3d6", dice), roll("1d20", dice)
    assert (first.nonce, second.nonce) == (0, 3)


@pytest.mark.parametrize(
    ("text", "faces", "natural", "kept"),
    [
        ("2d20kh1+5", (4, 17), 17, (17,)),
        ("1d20+1d4", (20, 3), 20, (20, 3)),
        ("1d20ro1+2", (1, 9), 9, (9,)),
        ("1d20mi10", (3,), 3, (3,)),
        ("2d20", (3, 4), None, (3, 4)),
        ("1d6", (3,), None, (3,)),
    ],
)
def test_the_natural_die_is_known(
    text: str, faces: tuple[int, ...], natural: int | None, kept: tuple[int, ...]
) -> None:
    """The one d20 that counts is told apart from bonuses and other dice, as it was thrown."""
    record = roll(text, ScriptedDice(faces))
    assert (record.natural, record.kept) == (natural, kept)


def test_a_tree_is_rolled_under_the_text_it_reads_as() -> None:
    """A transformed tree leaves a record that anyone can roll again."""
    record = roll(double_dice(parse("1d8+3 [slashing]")), ScriptedDice([5, 6]))
    assert (record.expr, record.total) == ("2d8 + 3 [slashing]", 14)
    with pytest.raises(DiceLimitError):
        roll(parse("+".join("1" * 1500)), seeded(1))


def test_the_deepest_expression_allowed_can_be_used() -> None:
    """Nothing that walks the deepest tree there is runs out of stack, even below a deep caller."""
    text = "(0<1d1+1*-" * MAX_DEPTH + "1" + ")" * MAX_DEPTH

    def below(frames: int) -> None:
        if frames:
            below(frames - 1)
            return
        record = roll(text, seeded(1))
        assert explain(record).endswith(f"= {record.total}")
        assert odds(text).chance(record.total) == 1
        assert hash(double_dice(parse(text))) != hash(parse(text))

    below(200)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000, "1" * 10_000, "(" * 10_000, "-" * 10_000 + "1", "1+" * 5000 + "1", "[" * 10_000,
        "1d6rr<7", "9999999d9999999", "2**2**2**2", "9" * 16 + "*" + "9" * 16, "\x00" * 100, "d" * 3000, "k" * 3000,
        "(" * 16 + "1000d6" + ")rr1" * 16, "1d6" + "ra>0e>0" * 9, "(1d6,)" * 500, "1//" * 1000 + "1", "9/7" * 900,
        "1" + "/9999999999999989" * 200, "adv" * 900, "1d6[" + "x" * 3000 + "]", "1000d6" + "e>0h1l1<9" * 3,
        "1d1" + "rr1" * 20, "1d6" + "eh999" + "eh998" * 18, "1000d1000000" + "kh999kl999" * 9, "🎲" * 500, "１２d３４",
        "1d6" + "e>0" * 3000,
    ],
)  # fmt: skip
def test_hostile_expressions_meet_one_of_three_errors(text: str) -> None:
    """Whatever is thrown at it, rolling and counting end in a result or in one of the three errors."""
    for use in (lambda: roll(text, seeded(1)), lambda: odds(text)):
        error = error_of(use)
        assert error is None or error.code in {"dice/syntax", "dice/value", "dice/limit"}
