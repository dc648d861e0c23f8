"""A roll told from its record alone: as a line, and as damage by type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from taleforge.rules.dice import DiceError, DiceValueError, Roll, ScriptedDice, explain, packets, roll, seeded
from tests.rules.dice.strategies import expressions


@pytest.mark.parametrize(
    ("text", "faces", "line"),
    [
        ("2d20kh1+5", (17, 4), "2d20kh1 (**17**, ~~4~~) + 5 = 22"),
        ("d20 adv+5", (4, 17), "2d20kh1 (~~4~~, **17**) + 5 = 22"),
        ("8d6", (1, 2, 3, 4, 5, 6, 1, 2), "8d6 (1, 2, 3, 4, 5, 6, 1, 2) = 24"),
        ("2d6ro<3 [fire]", (1, 5, 4), "2d6ro<3 (~~1~~, **4**, **5**) [fire] = 9"),
        ("2d6e6", (6, 2, 3), "2d6e6 (6!, 2, 3) = 11"),
        ("2d6mi2kh1", (1, 1), "2d6mi2kh1 (**1 -> 2**, ~~1 -> 2~~) = 2"),
        ("2d6ma3", (6, 2), "2d6ma3 (6 -> 3, 2) = 5"),
        ("d%", (7,), "1d% (60) = 60"),
        ("(1d4+1, 3, 2d6kl1)kh1", (1, 6, 5), "(~~1d4 (1) + 1~~, ~~3~~, 2d6kl1 (~~6~~, **5**))kh1 = 5"),
        ("(2d6kl1, 9)kh1", (6, 5), "(~~2d6kl1 (6, 5)~~, 9)kh1 = 9"),
        ("(1d6+2)k3 - (4,)", (5,), "(~~1d6 (5) + 2~~)k3 - (4,) = -4"),
        ("(3d6)kh1", (2, 3, 4), "(3d6 (~~2~~, ~~3~~, **4**))kh1 = 4"),
        ("--1.50*2 [x] >= 3", (), "--1.5 * 2 [x] >= 3 = 1"),
        ("()", (), "() = 0"),
    ],
)
def test_a_line_tells_what_happened(text: str, faces: tuple[int, ...], line: str) -> None:
    """Every face is in it, what does not count is struck out, and what was changed says so."""
    assert explain(roll(text, ScriptedDice(faces))) == line


@pytest.mark.parametrize(
    ("text", "faces", "parts"),
    [
        ("1d8+3", (5,), {"": 8}),
        ("1d8 [fire]", (5,), {"fire": 5}),
        ("1d8+3 [slashing]", (5,), {"slashing": 8}),
        ("1d8 [slashing]+3", (5,), {"slashing": 8}),
        ("1d8+3 [slashing] + 2d6 [fire]", (5, 1, 2), {"slashing": 8, "fire": 3}),
        ("1d8 [slashing]+3 + 2d6 [fire]", (5, 1, 2), {"slashing": 8, "fire": 3}),
        ("1d8 [slashing]+2d6 [fire]+3", (5, 1, 2), {"slashing": 8, "fire": 3}),
        ("1d6 [fire] + 1d6 [cold] + 1d6 [fire]", (1, 2, 3), {"fire": 4, "cold": 2}),
        ("(1d6 [fire] + 1d6 [cold])*2", (1, 2), {"fire": 2, "cold": 4}),
        ("2*(1d6 [fire] + 1d6 [cold])", (1, 2), {"fire": 2, "cold": 4}),
        ("(1d8 [fire] + 1d8 [cold])/2", (7, 7), {"fire": 4, "cold": 3}),
        ("(1d8 [fire] + 1d8 [cold])//2", (7, 7), {"fire": 4, "cold": 3}),
        ("(1d8 [fire] + 1d8) [magic] [cold]", (7, 6), {"magic cold": 13}),
        ("(1d8 [fire], 1d8 [cold], 2)kh2", (7, 6), {"fire": 7, "cold": 6}),
        ("(1d8 [fire], 1d8 [cold])kh1", (6, 7), {"cold": 7}),
        ("-(1d8+3) [healing]", (4,), {"healing": -7}),
        ("10 [fire] - 1d4 [cold]", (4,), {"fire": 10, "cold": -4}),
        ("1d8 [fire] % 4", (7,), {"fire": 3}),
        ("5 > 1d4 [fire]", (4,), {"fire": 1}),
        ("(1d6 [fire])k7", (4,), {"fire": 0}),
        ("(1d6 [fire] + 1)k7", (4,), {"": 0}),
        ("2d6kh1 [] + 1", (4, 5), {"": 6}),
    ],
)
def test_damage_is_told_by_type(text: str, faces: tuple[int, ...], parts: dict[str, int]) -> None:
    """What has no annotation goes with its neighbours, and the packets add up to the total."""
    record = roll(text, ScriptedDice(faces))
    assert packets(record) == parts
    assert list(packets(record)) == list(parts)


@given(expressions(), st.integers(0, 999))
def test_every_record_tells_its_story(text: str, seed: int) -> None:
    """Any record can be told: the line ends in the total and the packets add up to it."""
    try:
        record = roll(text, seeded(seed))
    except DiceError:
        return
    assert explain(record).endswith(f" = {record.total}")
    assert sum(packets(record).values()) == record.total


@pytest.mark.parametrize(
    "change",
    [
        {"total": 9},
        {"faces": ((6, 4, "kept"),)},
        {"faces": ((6, 4, "kept"), (6, 3, "kept"), (6, 3, "kept"))},
        {"faces": ((6, 4, "kept"), (6, 3, "dropped"))},
        {"faces": ((6, 0, "kept"), (6, 7, "kept"))},
        {"faces": ((8, 4, "kept"), (8, 3, "kept"))},
    ],
)
def test_a_record_that_contradicts_itself_is_refused(change: dict[str, object]) -> None:
    """Faces, fates and total must fit the expression."""
    record = replace(Roll("2d6", 7, ((6, 4, "kept"), (6, 3, "kept")), 0), **change)
    with pytest.raises(DiceValueError) as caught:
        explain(record)
    assert caught.value.params["reason"] == "record"
