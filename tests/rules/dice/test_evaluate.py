"""What each form means, told by scripted faces: total, and the fate of every face."""

import pytest

from taleforge.rules.dice import DiceError, DiceLimitError, DiceValueError, ScriptedDice, roll, seeded


def shown(text: str, *faces: int) -> tuple[int, str]:
    """The total and one letter per face: kept, dropped, rerolled (`again`), exploded, raised, lowered."""
    record = roll(text, ScriptedDice(faces))
    assert len(record.faces) == len(faces)
    return record.total, "".join("a" if fate == "rerolled" else fate[0] for _, _, fate in record.faces)


@pytest.mark.parametrize(
    ("text", "faces", "expected"),
    [
        ("1d20+5", (12,), (17, "k")),
        ("3d6", (1, 2, 3), (6, "kkk")),
        ("d%", (1,), (0, "k")),
        ("2d%", (10, 7), (150, "kk")),
        ("4d6kh3", (4, 1, 6, 1), (11, "kkkd")),
        ("4d6kl1", (4, 1, 6, 1), (1, "dkdd")),
        ("4d6k1", (4, 1, 6, 1), (2, "dkdk")),
        ("4d6k>3", (4, 1, 6, 1), (10, "kdkd")),
        ("4d6k<2", (4, 1, 6, 1), (2, "dkdk")),
        ("4d6ph1pl1", (4, 1, 6, 2), (6, "kddk")),
        ("4d6kh1kl1", (4, 1, 6, 1), (7, "dkkd")),
        ("3d6kh1kl1", (2, 2, 2), (2, "kdd")),
        ("4d6kh3kh1", (4, 1, 6, 2), (12, "kdkk")),
        ("(4d6kh3)kl1", (4, 1, 6, 2), (2, "dddk")),
        ("4d6kh9", (4, 1, 6, 2), (13, "kkkk")),
        ("4d6kh0", (4, 1, 6, 2), (0, "dddd")),
        ("2d6ro<3", (1, 5, 2), (7, "akk")),
        ("2d6ro1ro5", (1, 5, 1, 5), (6, "aakk")),
        ("2d6rr<3", (1, 5, 2, 6), (11, "akak")),
        ("2d6rr1rr2", (1, 2, 2, 4, 6), (10, "aaakk")),
        ("3d6ra6", (6, 6, 2, 6), (20, "ekkk")),
        ("3d6ra1", (6, 6, 2), (14, "kkk")),
        ("2d6e6", (6, 3, 6, 1), (16, "ekek")),
        ("2d6e6kh1", (6, 3, 6, 1), (6, "eddd")),
        ("2d6!", (6, 3, 1), (10, "ekk")),
        ("2d6mi3", (1, 5), (8, "rk")),
        ("2d6ma3", (1, 5), (4, "kl")),
        ("2d6mi2mi4", (1, 5), (9, "rk")),
        ("2d6mi2kh1", (1, 5), (5, "dk")),
        ("2d6mi6e6", (1, 6, 2, 3), (17, "eekk")),
        ("2d6e6mi6", (6, 2, 3), (18, "err")),
        ("(1d4+1, 3, 2d6kl1)kh1", (1, 2, 5), (3, "ddd")),
        ("(1d4, 2d6)kh1", (4, 1, 2), (4, "kdd")),
        ("(3d6)kh1", (4, 1, 6), (6, "ddk")),
        ("((3d6)kh2)kl1", (4, 1, 6), (4, "kdd")),
        ("(1d6+2)k3", (2,), (0, "d")),
        ("(1d6+2)k3", (1,), (3, "k")),
        ("((1d6, 1d8)kh1, 4)kl1", (6, 7), (4, "dd")),
        ("()", (), (0, "")),
        ("(1d6,)", (3,), (3, "k")),
        ("0d6kh1", (), (0, "")),
        ("-7/2", (), (-3, "")),
        ("7/2*2", (), (7, "")),
        ("-7//2", (), (-4, "")),
        ("-7%3", (), (2, "")),
        ("0.29*100", (), (29, "")),
        ("1.5+1.5", (), (3, "")),
        ("-1.5", (), (-1, "")),
        ("2+3*4-1", (), (13, "")),
        ("10-4-3", (), (3, "")),
        ("8/4/2", (), (1, "")),
        ("--2", (), (2, "")),
        ("-+-+-2", (), (-2, "")),
        ("3<5", (), (1, "")),
        ("3<5<1", (), (0, "")),
        ("3>=3", (), (1, "")),
        ("2+2==4", (), (1, "")),
        ("2!=2", (), (0, "")),
        ("1d6>3", (4,), (1, "k")),
        ("3*(1d6>3)", (4,), (3, "k")),
        ("1d8+3 [slashing] + 2d6 [fire]", (8, 1, 2), (14, "kkk")),
    ],
)
def test_each_form_means_what_the_language_says(text: str, faces: tuple[int, ...], expected: tuple[int, str]) -> None:
    """Total and fates follow from the faces."""
    assert shown(text, *faces) == expected


def test_dice_are_thrown_left_to_right() -> None:
    """The order of faces in the record is the order of the stream, rerolls after the pool they belong to."""
    record = roll("1d4 + (1d6ro1, 1d8) - 1d10", ScriptedDice([2, 1, 5, 7, 9]))
    assert [(sides, face) for sides, face, _ in record.faces] == [(4, 2), (6, 1), (6, 5), (8, 7), (10, 9)]


@pytest.mark.parametrize("text", ["1/0", "1//0", "1%0", "1/(1d1-1)", "5//(2d1-2)", "(1/0, 2)kh1"])
def test_division_by_zero_is_a_value_error(text: str) -> None:
    """Whether a literal or the dice make the zero."""
    with pytest.raises(DiceValueError) as caught:
        roll(text, seeded(1))
    assert caught.value.params["reason"] == "division_by_zero"


@pytest.mark.parametrize(
    "text", ["1001d6", "9999999d9999999", "1d6rr<7", "1d6e>0", "2d6rrh1", "500d6+501d6", "1000d6ra>0", "1d2eh999"]
)
def test_a_roll_has_at_most_a_thousand_dice(text: str) -> None:
    """Pools, sums, rerolls and explosions count together."""
    with pytest.raises(DiceLimitError) as caught:
        roll(text, seeded(1))
    assert caught.value.params == {"reason": "dice", "limit": 1000}


@pytest.mark.parametrize("text", ["1d20", "2d6", "2d6kh1", "1d6+1d6", "1d6rr<7", "d%"])
def test_a_table_may_allow_fewer_dice(text: str) -> None:
    """A lower limit holds on every way to roll, and is met exactly by as many dice."""
    dice = 2 if "2d" in text or "1d6+1d6" in text else 1
    with pytest.raises(DiceLimitError):
        roll(text, seeded(1), limit=dice - 1)
    if "rr" not in text:
        assert len(roll(text, seeded(1), limit=dice).faces) == dice


@pytest.mark.parametrize("text", ["9999999999999999*9999999999999999", "-9999999999999999", "9999999999999999+1d6"])
def test_a_total_stays_exact_for_every_reader(text: str) -> None:
    """A total beyond 2**53 - 1 is refused rather than rounded by some client."""
    with pytest.raises(DiceLimitError) as caught:
        roll(text, seeded(1))
    assert caught.value.params["reason"] == "total"


@pytest.mark.parametrize(
    "text", ["1d6rr<7", "1d6/0", "1d6*9999999999999999", "2d6e>0", "1001d6", "1d6+1d6rr<7", "1d6+9999999999999999"]
)
def test_a_roll_that_fails_takes_no_face(text: str) -> None:
    """The source stands where it stood, so that the rolls of a table have no gaps."""
    dice = seeded(5)
    roll("3d6", dice)
    before = dice.nonce
    with pytest.raises(DiceError):
        roll(text, dice)
    assert dice.nonce == before
    assert dice.faces(8, 6) == seeded(5).faces(11, 6)[3:]
