"""What can be read, what it means, and where reading stops otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge.rules.dice import DiceLimitError, DiceSyntaxError, DiceValueError, parse
from taleforge.rules.dice.ast import BinaryOperator, Chain, Dice, Expr, Group, Number, Operation, Paren, Selector, Sign
from taleforge.rules.dice.limits import MAX_DEPTH, MAX_LENGTH
from tests.rules.dice.strategies import error_of, expressions


@given(expressions())
def test_a_tree_written_down_reads_as_itself(text: str) -> None:
    """Writing a tree as text and reading it again gives the same tree."""
    tree = parse(text)
    assert parse(str(tree)) == tree


@given(st.text(alphabet="0123456789dkhlproamie%()[],.+-*/<>=! \tadvis\n", max_size=40))
def test_any_string_is_a_tree_or_one_of_three_errors(text: str) -> None:
    """Strings made of the language's own characters never fail in another way."""
    error = error_of(lambda: parse(text))
    if error is None:
        assert parse(str(parse(text))) == parse(text)
        return
    assert error.code in {"dice/syntax", "dice/value", "dice/limit"}
    assert str(error).endswith(".")
    if isinstance(error, DiceSyntaxError):
        assert 0 <= error.position <= len(text)
        assert error.params["position"] == error.position
        assert len(error.caret().split("\n")) == 2


@given(st.text(max_size=60))
def test_arbitrary_text_is_no_danger(text: str) -> None:
    """Nor do strings of any characters at all."""
    error = error_of(lambda: parse(text))
    assert error is None or error.code in {"dice/syntax", "dice/value", "dice/limit"}


def test_the_tree_is_what_the_text_says() -> None:
    """One of everything, spelled out."""
    keep = Operation("k", (Selector("h", 1), Selector("l", 2)))
    assert parse("-2d20kh1kl2 [fire] * (1.5, d%)p<3 + (4,) >= (7)") == Chain(
        Chain(
            Chain(
                Sign("-", Dice(2, 20, operations=(keep,), tags=("fire",))),
                (("*", Group((parse("1.5"), Dice(1, 10, percentile=True)), (Operation("p", (Selector("<", 3),)),))),),
            ),
            (("+", Group((Number(4),))),),
        ),
        ((">=", Paren(Number(7))),),
    )


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("D20", "1d20"),
        ("2D6KH1", "2d6kh1"),
        ("adv", "2d20kh1"),
        ("dis", "2d20kl1"),
        ("ADV+5", "2d20kh1 + 5"),
        ("d20 adv", "2d20kh1"),
        ("d20adv", "2d20kh1"),
        ("1d20 dis + 1d4", "2d20kl1 + 1d4"),
        ("1d4 + d20 adv", "1d4 + 2d20kh1"),
        ("d20+5 adv", "2d20kh1 + 5"),
        ("d20+1d4+5 dis", "2d20kl1 + 1d4 + 5"),
        ("-(d20+5) adv", "-(2d20kh1 + 5)"),
        ("(d20, 5) adv", "(2d20kh1, 5)"),
        ("d12 adv", "2d12kh1"),
        ("d20ro1 adv", "2d20kh1ro1"),
        ("d20 adv ro1", "2d20kh1ro1"),
        ("4d6dl1", "4d6pl1"),
        ("4d6dh", "4d6ph1"),
        ("4d6kh", "4d6kh1"),
        ("(1,2)dl1", "(1, 2)pl1"),
        ("6d6!", "6d6e6"),
        ("2d%!", "2d%e90"),
        ("6d6!kh3", "6d6e6kh3"),
        ("6d6!=6", "6d6 != 6"),
        ("4d6 kh3", "4d6kh3"),
        (" 1d6 \n+\t2 ", "1d6 + 2"),
        ("1d6[Feuer ☃] [a]", "1d6 [Feuer ☃] [a]"),
        ("- - +3", "--+3"),
        ("007", "7"),
        ("1.50", "1.5"),
        (".25", "0.25"),
        ("4d6k1k2mi2mi3", "4d6k1k2mi2mi3"),
    ],
)
def test_kinder_forms_mean_what_they_look_like(text: str, meaning: str) -> None:
    """Upper case, advantage, drop, a lone `kh`, `!` and white space are read as people mean them."""
    assert str(parse(text)) == meaning


def test_neighbouring_operations_of_a_kind_are_one() -> None:
    """`kh1kl1` is one selection of two ends; bounds stay apart; parentheses keep operations apart."""
    both = Operation("k", (Selector("h", 1), Selector("l", 1)))
    assert parse("4d6kh1kl1") == Dice(4, 6, operations=(both,))
    bounds = (Operation("mi", (Selector("=", 2),)), Operation("mi", (Selector("=", 3),)))
    assert parse("4d6mi2mi3") == Dice(4, 6, operations=bounds)
    assert parse("4d6kh1kl1p2kh1kl1") == Dice(4, 6, operations=(both, Operation("p", (Selector("=", 2),)), both))
    assert parse("(4d6kh2)kl1") == Paren(parse("4d6kh2"), (Operation("k", (Selector("l", 1),)),))


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("", 0, "empty"),
        (" \t", 0, "empty"),
        ("1d20+", 5, "unfinished"),
        ("1d20++", 6, "unfinished"),
        ("2**3", 2, "expected_number"),
        ("1d20 + x", 7, "expected_number"),
        ("(,)", 1, "expected_number"),
        ("1d20 5", 5, "space_in_number"),
        ("1d6d6", 3, "needs_sides"),
        ("1 0d6", 2, "space_in_number"),
        ("1d2 0", 4, "space_in_number"),
        ("1. 5", 3, "expected_operator"),
        ("1.5.2", 3, "expected_operator"),
        ("1d", 1, "needs_sides"),
        ("1d 6", 1, "needs_sides"),
        ("d", 0, "needs_sides"),
        ("4d6k", 4, "needs_selector"),
        ("4d6k<", 5, "needs_selector"),
        ("4d6e", 4, "needs_selector"),
        ("4d6k 3", 4, "needs_selector"),
        ("(1,2)rr1", 5, "dice_only"),
        ("(4d6)e6", 5, "dice_only"),
        ("(4d6) !", 6, "dice_only"),
        ("5k3", 1, "expected_operator"),
        ("(1, 2", 0, "unclosed"),
        ("((1)", 0, "unclosed"),
        ("(1 2)", 3, "space_in_number"),
        ("1)", 1, "expected_operator"),
        ("1d6[fire", 3, "unclosed"),
        ("1d6[fi\nre]", 3, "unclosed"),
        ("[fire]", 0, "unclosed"),
        ("3d6 adv", 4, "advantage"),
        ("5 adv", 2, "advantage"),
        ("d20kl1 adv", 7, "advantage"),
        ("advantage", 0, "expected_number"),
        ("1d20=5", 4, "expected_operator"),
        ("1_000", 1, "expected_operator"),
        ("1e5", 1, "expected_operator"),
        ("0x10", 1, "expected_operator"),
        ("１d6", 0, "expected_number"),
        ("1d٦", 1, "needs_sides"),
        ("1d6\u00a0+1", 3, "expected_operator"),
        ("4d6\u212ah3", 3, "expected_operator"),
        ("1d6\x00", 3, "expected_operator"),
    ],
)
def test_syntax_errors_know_where_and_why(text: str, position: int, reason: str) -> None:
    """Each mistake is found at its place and named."""
    with pytest.raises(DiceSyntaxError) as caught:
        parse(text)
    assert (caught.value.position, caught.value.params["reason"]) == (position, reason)
    assert caught.value.code == "dice/syntax"


@pytest.mark.parametrize(
    ("text", "reason"), [("1d0", "zero_sides"), ("0d0", "zero_sides"), ("4d6mih1", "selector"), ("4d6ma<3", "selector")]
)
def test_what_can_be_read_but_means_nothing(text: str, reason: str) -> None:
    """A die without sides and a bound that is no plain number are value errors."""
    with pytest.raises(DiceValueError) as caught:
        parse(text)
    assert caught.value.params["reason"] == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1+" * 5000, "length"),
        ("x" * 10_000, "length"),
        ("(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1), "depth"),
        ("(" * MAX_LENGTH, "depth"),
        ("9" * 17, "number"),
        ("0." + "0" * 17, "number"),
        ("9" * 17 + "d6", "number"),
        ("1d4294967297", "sides"),
        ("1d6" + "kh1" * 21, "operations"),
    ],
)
def test_what_is_too_much_is_refused(text: str, reason: str) -> None:
    """Length, depth, digits, sides and operations have limits."""
    with pytest.raises(DiceLimitError) as caught:
        parse(text)
    assert caught.value.params["reason"] == reason


def test_what_is_just_not_too_much_is_read() -> None:
    """The deepest, longest and largest expressions allowed can be read, written down and compared."""
    operand: tuple[BinaryOperator, Expr] = ("+", Dice(1, 6))
    sum_of_dice = Chain(Dice(1, 6), (operand,) * (MAX_LENGTH // 4 - 1))
    assert parse("+".join(["1d6"] * (MAX_LENGTH // 4))) == sum_of_dice
    for text in [
        "(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH,
        "(1<1+1*-" * MAX_DEPTH + "1" + ")" * MAX_DEPTH,
        "-" * (MAX_LENGTH - 1) + "1",
        "9" * 16,
        "1d4294967296",
    ]:
        assert parse(str(parse(text))) == parse(text)


def test_a_caret_points_at_the_mistake() -> None:
    """The second line of the drawing has its caret under the character, also in a long line with odd characters."""
    with pytest.raises(DiceSyntaxError) as caught:
        parse("1d20 + \x07x")
    assert caught.value.caret() == "1d20 + \N{REPLACEMENT CHARACTER}x\n       ^"
    with pytest.raises(DiceSyntaxError) as caught:
        parse("1+" * 100 + "?" + "+1" * 100)
    line, caret = caught.value.caret().split("\n")
    assert line[caret.index("^")] == "?"
    assert len(line) <= 80
