"""From the front door to a seat: saves, wishes, refusals."""

from typing import Any

import pytest
from msgspec.structs import replace

from taleforge.errors import BadInput
from taleforge.messages.commands import Ack, AnswerChoice, Ready, Refused, Sit, Spectate
from taleforge.messages.ids import CommandId
from taleforge.terminal.door import Save, Story
from taleforge.terminal.lobby import ALONE, NEW, WATCH, Lobby, Wishes
from taleforge.terminal.words import words
from tests.terminal.fixtures import FakeDoor, FakeHouse, lobby, tavern

FIRST, SECOND = "tbl_7" + "0" * 25, "tbl_8" + "0" * 25


def at(door: FakeDoor, *saves: Save, **wishes: Any) -> tuple[Lobby, FakeHouse]:
    house = FakeHouse(door)
    house.kept = list(saves)
    return Lobby(house, words(), Wishes(**wishes)), house


def save(table: str, status: str = "playing") -> Save:
    return Save(table, "The Drowned Lantern", "2026-11-19T21:12:00.000Z", status, "Mira Vell")


async def test_without_saves_a_new_tale_begins_at_once() -> None:
    """There is nothing to ask where there is one answer."""
    lobby_, house = at(FakeDoor(lobby()))
    await lobby_.begin()
    assert house.asked == ["lay lantern"]
    assert [offer.key for offer in lobby_.offers] == ["mira", "bran"]


async def test_with_several_tales_one_is_chosen_first() -> None:
    """By its title, with what it promises; a flag answers beforehand."""
    lobby_, house = at(FakeDoor(lobby()))
    house.tales = [Story("lantern", "The Drowned Lantern", "Rain."), Story("tower", "The Tower", "Wind.")]
    await lobby_.begin()
    assert [(offer.text, offer.detail) for offer in lobby_.offers] == [
        ("The Drowned Lantern", "Rain."),
        ("The Tower", "Wind."),
    ]
    await lobby_.choose("tower")
    assert house.asked == ["lay tower"]
    flagged, house = at(FakeDoor(lobby()), adventure="tower")
    await flagged.begin()
    assert house.asked == ["lay tower"]


async def test_saves_are_offered_before_a_new_tale() -> None:
    """Going on is the first thing a returning player wants; a tale that was told to its end is not gone on with."""
    lobby_, _ = at(FakeDoor(lobby()), save(FIRST), save(SECOND, "closed"))
    await lobby_.begin()
    assert [offer.key for offer in lobby_.offers] == [FIRST, NEW]
    assert lobby_.offers[0].text == "Go on: The Drowned Lantern, as Mira Vell"
    assert lobby_.offers[0].note == "played 2026-11-19 21:12"


async def test_a_save_that_is_being_played_needs_nothing_more() -> None:
    """Nobody chooses a character twice."""
    lobby_, _ = at(FakeDoor(tavern()), save(FIRST), resume="last")
    await lobby_.begin()
    assert lobby_.done


async def test_a_save_that_never_began_goes_on_in_the_lobby() -> None:
    """Somebody left between choosing a character and beginning: they are made ready, not asked again."""
    door = FakeDoor(replace(tavern(), table=lobby().table))
    lobby_, _ = at(door, save(FIRST, "lobby"), resume="last")
    await lobby_.begin()
    assert door.sent == [Ready()]
    assert lobby_.done


@pytest.mark.parametrize("wished", ["tbl_8", "8", SECOND])
async def test_a_save_may_be_named_by_its_beginning(wished: str) -> None:
    """As long as only one save begins so."""
    lobby_, house = at(FakeDoor(tavern()), save(FIRST), save(SECOND), resume=wished)
    await lobby_.begin()
    assert house.asked == [f"resume {SECOND}"]


@pytest.mark.parametrize("wished", ["tbl_", "tbl_9", "nonsense"])
async def test_a_name_that_fits_no_or_several_saves_is_bad_input(wished: str) -> None:
    """It says which command lists them."""
    lobby_, _ = at(FakeDoor(tavern()), save(FIRST), save(SECOND), resume=wished)
    with pytest.raises(BadInput, match="taleforge saves"):
        await lobby_.begin()


async def test_a_character_nobody_knows_names_those_there_are() -> None:
    """The table's refusal becomes a sentence with the choices in it."""
    refused = Refused(
        CommandId("c"), "pregen/unknown", {}, (AnswerChoice("mira", "Mira"), AnswerChoice("bran", "Bran"))
    )
    door = FakeDoor(lobby(), lambda data: (refused if data == Sit("nobody") else Ack(CommandId("c"), 3), [], None))
    lobby_, _ = at(door, character="nobody", companion=ALONE)
    with pytest.raises(BadInput, match=r"mira, bran"):
        await lobby_.begin()


async def test_where_others_may_come_nobody_is_hurried() -> None:
    """Whoever sits down says in their own time that they are ready; company is chosen at the table."""
    door = FakeDoor(lobby())
    lobby_, house = at(door)
    house.shared = True
    await lobby_.begin()
    await lobby_.choose("mira")
    assert door.sent == [Sit("mira")]
    assert lobby_.done


async def test_a_friend_is_asked_for_a_character_and_nothing_else() -> None:
    """A friend may also only watch."""
    door = FakeDoor(lobby())
    door.role = "player"
    lobby_, house = at(door, save(FIRST, "lobby"), resume="last", name="Bob")
    house.shared = True
    await lobby_.begin()
    assert [offer.key for offer in lobby_.offers] == ["mira", "bran", WATCH]
    await lobby_.choose("bran")
    assert door.sent == [Sit("bran", "Bob")]
    assert lobby_.done


async def test_whoever_others_play_is_offered_no_longer() -> None:
    """Also while one is being chosen; what is not about characters stays as it is."""
    door = FakeDoor(lobby())
    door.role = "player"
    lobby_, house = at(door, save(FIRST, "lobby"), resume="last", name="Bob")
    house.shared = True
    await lobby_.begin()
    assert not lobby_.refresh()
    door.view = replace(door.view, pregens={"bran": door.view.pregens["bran"]})
    assert lobby_.refresh()
    assert [offer.key for offer in lobby_.offers] == ["bran", WATCH]
    before = at(FakeDoor(lobby()), save(FIRST), save(SECOND))[0]
    await before.begin()
    assert not before.refresh()


async def test_a_friend_may_come_late() -> None:
    """The tale is under way: a free character is taken up, and play goes on."""
    door = FakeDoor(replace(lobby(), table=replace(lobby().table, status="playing")))
    door.role = "player"
    lobby_, house = at(door, save(FIRST), resume="last", name="Bob")
    house.shared = True
    await lobby_.begin()
    await lobby_.choose(WATCH)
    assert door.sent == [Spectate("Bob")]
    assert lobby_.done
    assert not lobby_.fresh


async def test_whoever_was_invited_to_watch_watches() -> None:
    """Without being asked for a character they could not play."""
    door = FakeDoor(lobby())
    door.role = "spectator"
    lobby_, house = at(door, save(FIRST, "lobby"), resume="last", name="Cy")
    house.shared = True
    await lobby_.begin()
    assert door.sent == [Spectate("Cy")]
    assert lobby_.done
