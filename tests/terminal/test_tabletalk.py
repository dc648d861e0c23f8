"""What is typed about the table: seats, whispers, safety, the host's rights; and what is left to the tale."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from taleforge.client.updates import Happened
from taleforge.messages.commands import (
    Ack,
    Answer,
    AnswerChoice,
    Away,
    Branch,
    CommandData,
    Do,
    HandOver,
    Hold,
    Kick,
    Leave,
    Ready,
    RollDice,
    SetHouseRule,
    SetPolicy,
    SetSafety,
    Sit,
    Spectate,
    Whisper,
)
from taleforge.messages.ids import CommandId
from taleforge.messages.views import DecisionChoice, DecisionView, GatheringView, SafetyView, SeatInfo, SeatView
from taleforge.terminal.banner import banner
from taleforge.terminal.company import seconds_left
from taleforge.terminal.session import Session
from taleforge.terminal.words import words
from tests.terminal.fixtures import BRAN, FakeDoor, attacked, fight, happened, lobby, tavern, told

ANA, BOB, CY = "seat_" + "0" * 26, "seat_" + "1" * 26, "seat_" + "2" * 26
SEATS = {
    ANA: SeatInfo(ANA, "Ana", "host", ready=True),
    BOB: SeatInfo(BOB, "Bob Stone", "player", BRAN),
    CY: SeatInfo(CY, "Cy", "spectator"),
}
DECISION = "dcs_" + "9" * 26


def shared(view: SeatView) -> SeatView:
    """The same table with a player and a spectator beside Ana."""
    return replace(view, seats=SEATS, safety=SafetyView(("spiders",), ("blood",)), house_rules={"turn_seconds": "0"})


def waiting() -> SeatView:
    """The lobby, in which Bob is not ready."""
    return shared(replace(lobby(), seat=SEATS[ANA]))


def stopped() -> SeatView:
    """Somebody stopped the scene."""
    ways = (DecisionChoice("stay", "rewind/stay"), DecisionChoice("deed", "rewind/deed"))
    asked = DecisionView(DECISION, "safety", "rewind/how_far", ways, "deed")
    view = shared(tavern())
    return replace(view, table=replace(view.table, status="paused", stopped=True), options=(), decisions=(asked,))


def at(view: SeatView) -> tuple[Session, FakeDoor]:
    """Return a session and the door it sends through."""
    door = FakeDoor(view)
    return Session(door, words(), player="Ana"), door


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("whisper bob: he lies", Whisper(BOB, "he lies")),
        ("w Bob Stone he lies", Whisper(BOB, "he lies")),
        ("whisper to bran ashdown, he lies", Whisper(BOB, "he lies")),
        ("secret roll 1d20+2", RollDice("1d20+2", secret=True)),
        ("kick cy", Kick(CY)),
        ("host Bob", HandOver(BOB)),
        ("away", Away()),
        ("here", Away(away=False)),
        ("while away sit out", SetPolicy(absent="sit_out")),
        ("while away: companion", SetPolicy(absent="companion")),
        ("reactions never", SetPolicy({"*": "never"})),
        ("reactions opportunity attack always", SetPolicy({"opportunity_attack": "always"})),
        ("lines fire, deep water", SetSafety(("fire", "deep water"), more=True)),
        ("lines + fire", SetSafety(("fire",), more=True)),
        ("lines - Spiders", SetSafety((), ("blood",))),
        ("veils: loss", SetSafety(veils=("loss",), more=True)),
        ("veils none", SetSafety(("spiders",), ())),
        ("house rule turn_seconds 60", SetHouseRule("turn_seconds", "60")),
        ("branch", Branch(0)),
        ("branch 17", Branch(17)),
        ("hold", Hold()),
        ("leave the table", Leave()),
    ],
)
async def test_words_about_the_table_are_commands(text: str, command: CommandData) -> None:
    """Each line does one thing, whoever is meant by the name of player or character."""
    session, door = at(shared(fight()))
    await session.enter(text)
    assert door.sent == [command]


@pytest.mark.parametrize(
    "text",
    ["kick the goblin", "tell Bran Ashdown to hold the door", "ready my sword", "host a feast", "leave the inn"],
)
async def test_what_is_about_nobody_here_is_left_to_the_tale(text: str) -> None:
    """A goblin can be kicked, and an innkeeper told something."""
    session, door = at(shared(fight()))
    await session.enter(text)
    assert door.sent == [Do(text)]


async def test_who_sits_here_is_told_with_what_they_are() -> None:
    """Player, character, role, whether they are ready, and whom the beginning waits for."""
    session, _ = at(waiting())
    shown = "\n".join(one.text for one in await session.enter("who"))
    assert "Ana (you, host, ready)" in shown
    assert "Bob Stone (player, not ready)" in shown
    assert "Cy (watching)" in shown
    assert "The tale waits for: Bob Stone." in shown


async def test_the_lobby_offers_to_be_ready() -> None:
    """Ana is; she may still ask the others to wait, or bring somebody along."""
    session, door = at(waiting())
    assert [choice.command for choice in session.menu.choices] == [
        Ready(ready=False),
        Sit("mira", companion=True),
        Sit("bran", companion=True),
    ]
    await session.enter("ready")
    assert door.sent == [Ready()]
    assert "everybody here is ready" in session.opening()[0].text


async def test_whoever_has_no_seat_may_take_one() -> None:
    """As one of the characters that nobody plays, or only to watch."""
    session, _ = at(replace(lobby(), table=replace(lobby().table, status="playing"), seats={BOB: SEATS[BOB]}))
    assert [choice.command for choice in session.menu.choices] == [
        Sit("mira", "Ana"),
        Sit("bran", "Ana"),
        Spectate("Ana"),
    ]


async def test_safety_shows_what_is_agreed() -> None:
    """Lines and veils, each with the words that change them."""
    session, _ = at(shared(tavern()))
    lines, veils = await session.enter("safety")
    assert "spiders" in lines.text
    assert "blood" in veils.text


async def test_others_are_invited() -> None:
    """The answer is what they have to type."""
    session, _ = at(shared(tavern()))
    assert "--code PLAYER" in (await session.enter("invite"))[0].text
    assert "--code SPECTATOR" in (await session.enter("invite spectator"))[0].text


async def test_an_answer_that_waits_for_others_is_not_asked_for_again() -> None:
    """It is put away, says so, and can be brought back to ask for more."""
    session, door = at(stopped())
    assert [choice.text for choice in session.menu.choices] == [
        "Go on from here, as it is",
        "Take back the last deed",
    ]
    [noted] = await session.enter("1")
    assert door.sent == [Answer(DECISION, "stay")]
    assert "without your name" in noted.text
    assert session.menu.kind == "options"
    assert not session.menu.choices
    await session.enter("options")
    assert session.menu.kind == "decision"


async def test_what_was_taken_back_is_shown_no_more() -> None:
    """Lines of versions since then leave the story; what was there before stays."""
    session, _ = at(shared(fight()))
    session.hear(told("Before.", 30))
    session.hear(attacked(v=42))
    session.hear(told("The blade bites.", 42))
    session.hear(happened("table.rewound", {"to": 40}, 45))
    shown = [one.text for one in session.story]

    assert shown[0] == "Before."
    assert "The blade bites." not in shown
    assert "Taken back." in shown[-1]
    assert len(session.rolls) == 1


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("seat.left", {"seat": BOB, "kicked": True}, "Bob Stone was sent away"),
        ("seat.left", {"seat": BOB}, "Bob Stone has left"),
        ("seat.away", {"seat": BOB, "away": True}, "Bob Stone is away"),
        ("seat.ready", {"seat": BOB, "ready": False}, "Bob Stone is not ready"),
        ("host.changed", {"seat": BOB}, "Bob Stone is the host now"),
        ("whispered", {"seat": BOB, "to": ANA, "text": "He lies."}, "Bob Stone whispers to Ana"),
        ("deed.planned", {"seat": BOB}, "Bob Stone has said what they do"),
        ("deed.planned", {"seat": ANA, "option": "do:search", "mine": True}, "you may change your mind"),
        ("deed.done", {"seat": ANA, "code": "gathering/fight"}, "It came to nothing: a fight came before it."),
        ("gathering.held", {"seat": BOB}, "Bob Stone asks for a moment"),
        ("gathering.closed", {"late": [BOB]}, "goes on without Bob Stone"),
        ("gathering.closed", {}, "Everybody has said what they do"),
        ("rewind.chosen", {"choice": "stay", "how": "answer"}, "goes on from here"),
        ("rewind.chosen", {"choice": "deed", "how": "default"}, "“resume” goes on"),
    ],
)
def test_what_happens_at_the_table_is_told_by_name(name: str, data: dict[str, object], said: str) -> None:
    """Of a person, not of "somebody"."""
    session, _ = at(shared(fight()))
    event = happened(name, data)
    [told_] = session.hear(Happened(event.event, session.view))
    assert said in told_.text


def test_ones_own_readiness_tells_whom_the_beginning_waits_for() -> None:
    """It is no news itself, and none at all once the tale has begun."""
    readied = {"seat": ANA, "ready": True}
    session, _ = at(waiting())
    assert [one.text for one in session.hear(happened("seat.ready", readied))] == ["The tale waits for: Bob Stone."]
    session, _ = at(shared(fight()))
    assert session.hear(happened("seat.ready", readied)) == []


def test_whoever_comes_is_told_what_is_agreed_on() -> None:
    """Lines and veils that were set before; nothing of them where there are none."""
    session, _ = at(waiting())
    shown = [one.text for one in session.opening()]
    assert shown[1:3] == ["Agreed here, and never told: spiders.", "Agreed here, and out of sight: blood."]
    session, _ = at(replace(waiting(), safety=SafetyView()))
    assert not [one.text for one in session.opening() if "Agreed" in one.text]


@pytest.mark.parametrize("text", ["bring Bran", "bring bran ashdown along", "take Bran with us"])
async def test_a_companion_is_brought_by_name(text: str) -> None:
    """In the lobby, by the host."""
    session, door = at(waiting())
    await session.enter(text)
    assert door.sent == [Sit("bran", companion=True)]


@pytest.mark.parametrize("text", ["bring the lamp along", "take the key"])
async def test_what_nobody_is_called_is_not_brought(text: str) -> None:
    """Things are the tale's."""
    session, door = at(waiting())
    await session.enter(text)
    assert door.sent == [Do(text)]


async def test_what_was_understood_of_a_slip_is_shown() -> None:
    """In brackets, before what comes of it."""
    heard = AnswerChoice("do:pick", "pick the cellar lock")
    session = Session(FakeDoor(fight(), lambda _: (Ack(CommandId("c"), 5, heard), [], None)), words())
    assert [one.text for one in await session.enter("pikc the lokc")] == ["(Pick the cellar lock)"]


async def test_a_question_to_all_goes_before_what_one_was_about_to_do() -> None:
    """What a refusal offered, or a spell that is being aimed, is put aside when the scene is stopped."""
    session, door = at(shared(fight()))
    await session.enter("2")
    assert session.menu.kind == "slots"
    door.view = stopped()
    assert session.menu.kind == "decision"


async def test_who_is_waited_for_is_in_sight_while_deeds_are_gathered() -> None:
    """And so is for how long; whoever needs longer says so."""
    now = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
    asked = replace(shared(tavern()), gathering=GatheringView((BOB,), (ANA,), until="2026-11-20T20:00:45.000Z"))
    assert banner(asked, words(), now, 60).plain.endswith("what do you do? · 45 s")
    said = replace(asked, gathering=GatheringView((ANA,), (BOB,), "do:search", held=True))
    assert banner(said, words(), now, 60).plain.endswith("waiting for Bob Stone")
    session, door = at(asked)
    await session.enter("hold")
    assert door.sent == [Hold()]


def test_how_long_a_clock_still_runs() -> None:
    """That of a question before that of the turn; none where nothing is waited for."""
    now = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
    calm, fighting = shared(tavern()), fight()
    assert fighting.fight is not None
    turn = replace(fighting, fight=replace(fighting.fight, until="2026-11-20T20:00:45.000Z"))
    asked = replace(turn, decisions=(replace(stopped().decisions[0], until="2026-11-20T20:01:30.000Z"),))
    assert [seconds_left(view, now) for view in (calm, turn, asked)] == [None, 45, 90]
