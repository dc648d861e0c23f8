"""The menus: numbering, aiming, slots, questions, and the commands they come to."""

import pytest
from msgspec.structs import replace

from taleforge.messages.commands import Answer, AnswerChoice, Do, UseOption
from taleforge.messages.views import Cost, Option, Target
from taleforge.terminal.choices import Chooser
from taleforge.terminal.words import words
from tests.terminal.fixtures import GOBLIN, NAMES, SECOND, deciding, fight, tavern


@pytest.fixture
def chooser() -> Chooser:
    return Chooser(words(), lambda crt: NAMES.get(crt, "someone"))


def texts(chooser: Chooser) -> list[str]:
    return [choice.text for choice in chooser.menu(fight()).choices]


def test_options_are_ordered_by_what_matters_and_numbered_from_one(chooser: Chooser) -> None:
    """Attacks first, ending the turn last, each with its odds."""
    menu = chooser.menu(fight())
    assert texts(chooser) == ["Longsword …", "Burning Hands …", "Magic Missile …", "Dodge", "End your turn"]
    assert menu.choices[0].odds == "45–72 %"
    assert [heading for heading, _ in menu.grouped] == ["attack", "spell", "basic", "turn"]


def test_an_option_without_targets_is_a_command_at_once(chooser: Chooser) -> None:
    """Picking "Dodge" dodges."""
    assert chooser.pick([4], fight()) == UseOption("act:dodge")


def test_an_option_with_several_targets_asks_at_whom(chooser: Chooser) -> None:
    """The second menu lists the targets with the odds of each; its pick makes the command."""
    assert chooser.pick([1], fight()) is None
    menu = chooser.menu(fight())
    assert menu.kind == "targets"
    assert [(choice.text, choice.odds) for choice in menu.choices] == [
        ("the goblin", "72 % · 4–11"),
        ("the second goblin", "45 %"),
    ]
    assert chooser.pick([2], fight()) == UseOption("act:longsword", (SECOND,))
    assert not chooser.busy


def test_several_numbers_are_picked_one_after_another(chooser: Chooser) -> None:
    """“1 2” attacks the second goblin without a question in between."""
    assert chooser.pick([1, 2], fight()) == UseOption("act:longsword", (SECOND,))


def test_a_single_target_is_not_asked_about(chooser: Chooser) -> None:
    """Where there is only one goblin, the option names it and hits it."""
    only = Option("act:bow", "attack", "option/attack", {"name": "Shortbow"}, pick=1, cost=Cost(slots=(0,)),
                  targets=(Target(GOBLIN, "creature", "the goblin"),))  # fmt: skip
    view = replace(fight(), options=(only,))
    assert [choice.text for choice in chooser.menu(view).choices] == ["Shortbow → the goblin"]
    assert chooser.pick([1], view) == UseOption("act:bow", (GOBLIN,))


def test_a_spell_asks_for_its_slot_before_its_square(chooser: Chooser) -> None:
    """With two levels of slots left the level is a choice of its own, and goes along as a parameter."""
    assert chooser.pick([2], fight()) is None
    assert chooser.menu(fight()).kind == "slots"
    assert chooser.pick([2], fight()) is None
    assert chooser.menu(fight()).kind == "targets"
    assert chooser.aim_at("8,5") == UseOption("act:burning_hands", ("8,5",), {"slot": 2})


def test_one_creature_can_be_named_several_times(chooser: Chooser) -> None:
    """Three darts: two for one goblin, one for the other."""
    assert chooser.pick([3, 1, 1, 2], fight()) == UseOption("act:magic_missile", (GOBLIN, GOBLIN, SECOND), {"slot": 1})


def test_fewer_targets_may_be_named(chooser: Chooser) -> None:
    """After the first target there is a line that says "that is all"."""
    chooser.pick([3, 1], fight())
    assert texts(chooser)[-1] == "that is all"
    assert chooser.pick([3], fight()) == UseOption("act:magic_missile", (GOBLIN,), {"slot": 1})


def test_a_decision_comes_before_the_options_and_marks_its_default(chooser: Chooser) -> None:
    """Nothing else can be picked while the table waits for an answer."""
    menu = chooser.menu(deciding())
    assert menu.kind == "decision"
    assert menu.title == "The goblin is about to hit you. React?"
    assert [(choice.text, choice.default) for choice in menu.choices] == [("Shield", False), ("Let it be", True)]
    assert chooser.pick([1], deciding()) == Answer(deciding().decisions[0].id, "react")


def test_a_question_back_is_answered_by_its_id(chooser: Chooser) -> None:
    """An `ask` is answered like a decision, so that the table knows which question was meant."""
    chooser.ask("Whom?", (AnswerChoice("1", "Oda", option="do:cellar"),), "cmd_1")
    assert chooser.pick([1], tavern()) == Answer("cmd_1", "1")


def test_the_choices_of_a_refusal_are_commands_of_their_own(chooser: Chooser) -> None:
    """A refusal is over when it is said; what it offers is done anew."""
    chooser.ask("You cannot.", (AnswerChoice("1", "Ask Oda", option="do:cellar"), AnswerChoice("2", "Wait")))
    assert chooser.pick([1], tavern()) == UseOption("do:cellar")
    chooser.ask("You cannot.", (AnswerChoice("1", "Ask Oda", option="do:cellar"), AnswerChoice("2", "Wait")))
    assert chooser.pick([2], tavern()) == Do("Wait")


def test_going_back_shows_the_whole_list_again(chooser: Chooser) -> None:
    """Whatever was being asked or aimed is forgotten."""
    chooser.pick([1], fight())
    chooser.cancel()
    assert chooser.menu(fight()).kind == "options"


@pytest.mark.parametrize("number", [0, 6, 99])
def test_a_number_that_is_not_there_is_an_index_error(chooser: Chooser, number: int) -> None:
    """And nothing has been picked."""
    with pytest.raises(IndexError):
        chooser.pick([number], fight())
    assert not chooser.busy
