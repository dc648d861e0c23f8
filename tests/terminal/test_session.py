"""What a typed line does: numbers, the program's words, squares, and everything else in the player's own words."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from taleforge.client.updates import Lost, Other, Replied, Synced, Update
from taleforge.errors import Unavailable
from taleforge.messages.codes import Code
from taleforge.messages.commands import (
    Ack,
    Answer,
    AnswerChoice,
    Ask,
    CommandData,
    Do,
    EndTurn,
    Move,
    Pause,
    Question,
    Refused,
    Reply,
    RollDice,
    Say,
    Undo,
    UseOption,
    XCard,
)
from taleforge.messages.ids import CommandId
from taleforge.messages.views import Area, Cost, Option, SeatView
from taleforge.terminal.session import Session
from taleforge.terminal.words import words
from tests.terminal.fixtures import FakeDoor, attacked, fight, happened, lobby, tavern, told

RE = CommandId("cmd_1")


def session(view: SeatView, *replies: Reply | Exception) -> Session:
    waiting = list(replies)
    return Session(FakeDoor(view, lambda _: (waiting.pop(0) if waiting else Ack(RE, 1), [], None)), words())


async def sent(text: str, view: SeatView | None = None) -> list[CommandData]:
    at = session(view or fight())
    await at.enter(text)
    assert isinstance(at.door, FakeDoor)
    return at.door.sent


async def said(text: str, view: SeatView, *replies: Reply | Exception) -> str:
    return "\n".join(one.text for one in await session(view, *replies).enter(text))


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("4", UseOption("act:dodge")),
        ("C7", Move((2, 6))),
        ("c7", Move((2, 6))),
        ("undo", Undo(1)),
        ("u", Undo(1)),
        ("undo 3", Undo(3)),
        ("x", XCard()),
        ("X-card", XCard()),
        ("pause", Pause()),
        ("end turn", EndTurn()),
        ("say Good evening.", Say("Good evening.")),
        ("roll 2d6+1", RollDice("2d6+1")),
        ("/undo", Undo(1)),
    ],
)
async def test_the_programs_words_are_commands(text: str, command: CommandData) -> None:
    """A number, a square and a handful of words mean the same at every table."""
    assert await sent(text) == [command]


@pytest.mark.parametrize(
    "text",
    [
        "look at the barkeep",
        "undo the knot",
        "quit the tavern",
        "why is the floor wet",
        "roll under the table",
        "map the cellar",
        "pause for breath",
        "ask Oda about x",
        "go",
    ],
)
async def test_everything_else_is_the_players_own_words(text: str) -> None:
    """The program's words must not swallow sentences that begin with them."""
    assert await sent(text) == [Do(text)]


def test_what_became_of_the_rest_of_a_sentence_is_shown() -> None:
    """A refusal or a question that answers no command of ours; what answers one shows where it was sent."""
    at = session(tavern())
    refused = Refused(RE, Code.TURN_NOT_YOURS)

    assert [line.kind for line in at.hear(Replied(refused, unasked=True))] == ["refusal"]
    assert at.hear(Replied(refused)) == []
    assert at.hear(Replied(Ack(RE, 1), unasked=True)) == []


@given(st.text(max_size=300))
def test_no_text_at_all_is_a_failure(text: str) -> None:
    """Whatever is typed or piped in, there is an answer or a command, never an exception."""
    asyncio.run(session(fight()).enter(text))


@pytest.mark.parametrize("text", ["\x00\x01", "a\ufffdb", "\x1b[2J", "x\x7f"])
async def test_what_is_no_text_is_answered_with_one_sentence(text: str) -> None:
    """Binary on input does nothing, and says so."""
    at = session(fight())
    assert [one.text for one in await at.enter(text)] == [words().say("ui/not_text")]
    assert isinstance(at.door, FakeDoor)
    assert at.door.sent == []


async def test_ten_thousand_characters_are_answered_with_one_sentence() -> None:
    """A line that is too long says how long it was and how long it may be."""
    assert await said("a" * 10_000, fight()) == words().say("ui/too_long", size=10_000, limit=2000)


async def test_a_square_aims_while_an_area_is_being_aimed() -> None:
    """The same word that walks there otherwise."""
    area = Option("act:fog", "spell", "option/spell", {"name": "Fog"}, pick=1, cost=Cost(slots=(1,)), range=120,
                  area=Area("sphere", 20))  # fmt: skip
    at = session(replace(fight(), options=(area,)))
    await at.enter("1")
    await at.enter("J6")
    assert isinstance(at.door, FakeDoor)
    assert at.door.sent == [UseOption("act:fog", ("9,5",), {"slot": 1})]


async def test_a_refusal_is_a_sentence() -> None:
    """With its parameters filled in."""
    assert await said("4", fight(), Refused(RE, "move/too_far", {"feet": 45, "left": 30})) == (
        "That is 45 ft, and you have 30 ft left."
    )


async def test_a_question_back_becomes_numbered_choices() -> None:
    """The next number answers it, by the question's own id."""
    question = Ask(RE, Question("interpret/which_target"), (AnswerChoice("a", "Oda"), AnswerChoice("b", "Bran")))
    at = session(tavern(), question)
    assert [one.text for one in await at.enter("talk")] == ["Whom or what?"]
    assert [choice.text for choice in at.menu.choices] == ["Oda", "Bran"]
    await at.enter("2")
    assert isinstance(at.door, FakeDoor)
    assert at.door.sent == [Do("talk"), Answer(RE, "b")]


async def test_the_interpreter_may_ask_to_show_something() -> None:
    """“Where am I?” is understood by the interpreter and answered from the view."""
    assert "F3" in await said("where am I?", tavern(), Refused(RE, "interpret/show", {"what": "map"}))


async def test_a_lost_connection_is_a_sentence() -> None:
    """And the session goes on."""
    assert "again" in await said("4", fight(), Unavailable("The table does not answer.", "Try again later."))


async def test_every_roll_can_be_asked_about_by_its_number() -> None:
    """“why” is about the last roll, “why 1” about the first; the parts are named by their sources."""
    at = session(fight())
    at.hear(attacked())
    at.hear(attacked(hit=False))
    lines = [one.text for one in await at.enter("why 1")]
    assert lines[0] == "Why 19? (to hit)"
    assert "  +3  Strength" in lines
    assert [one.text for one in await at.enter("why")] == lines
    assert (await at.enter("why 3"))[0].text.startswith("There is no number 3")


async def test_the_odds_of_an_option_can_be_asked_about() -> None:
    """Per target: the chance to hit, the damage, and whether the figure is exact."""
    text = await said("why option 1", fight())
    assert "the goblin: hits 72 %, 4 to 11 if it does, 7.5 on average, exactly" in text


async def test_the_armour_class_can_be_asked_about() -> None:
    """It is on the sheet, so it can be explained."""
    assert "chain mail" in await said("why ac", fight())


@pytest.mark.parametrize("word", ["look", "map", "where", "party", "order", "sheet", "journal", "log", "options",
                                  "save", "help", "why"])  # fmt: skip
@pytest.mark.parametrize("view", [lobby, tavern, fight])
async def test_every_look_answers_at_any_time(word: str, view: Callable[[], SeatView]) -> None:
    """In the lobby, in peace and in a fight; and none of them bothers the table."""
    at = session(view())
    assert await at.enter(word)
    assert isinstance(at.door, FakeDoor)
    assert at.door.sent == []


async def test_prose_is_kept_in_paragraphs() -> None:
    """Line breaks of the narrator are not ours; paragraphs are."""
    heard = session(fight()).hear(told("The blade\nbites.\n\n\nIt howls."))
    assert [one.text for one in heard] == ["The blade bites.", "It howls."]


def piece(i: int, text: str) -> Other:
    return Other("prose.delta", {"v": 44, "i": i, "text": text})


@pytest.mark.parametrize("news", [happened("table.rewound", {"to": 40}, 45), Synced(fight()), Lost("It is gone.")])
def test_what_was_half_told_goes_when_its_end_may_never_come(news: Update) -> None:
    """Taken back, or cut off: nothing of it stays, and no later piece is shown without those before it."""
    at = session(fight())
    at.hear(piece(0, "The blade "))
    at.hear(piece(1, "bites "))
    assert at.telling.text == "The blade bites "
    at.hear(news)
    assert at.telling.text == ""
    at.hear(piece(3, "again."))
    assert at.telling.text == ""
    at.hear(piece(0, "Rain."))
    assert at.telling.text == "Rain."
