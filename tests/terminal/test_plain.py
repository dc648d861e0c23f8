"""The line-oriented client: what is written for which lines, and that nothing but lines is ever written."""

import asyncio
from collections.abc import Iterable

from taleforge.client.updates import Update
from taleforge.messages.commands import Ack, CommandData, Ready, Reply, Sit, UseOption
from taleforge.messages.ids import CommandId
from taleforge.terminal.lobby import Lobby, Wishes
from taleforge.terminal.plain import Plain, Printer
from taleforge.terminal.session import Session
from taleforge.terminal.words import words
from tests.terminal.fixtures import FakeDoor, FakeHouse, Script, attacked, deciding, fight, lobby, tavern, told

OK = Ack(CommandId("cmd_1"), 1)


def reader(lines: Iterable[str]) -> "Reading":
    return Reading(iter(lines))


class Reading:
    """Lines one by one, then the end."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)

    async def __call__(self) -> str | None:
        """Give the next line after the loop had a chance to run."""
        await asyncio.sleep(0)
        return next(self._lines, None)


async def played(door: FakeDoor, *lines: str, width: int = 0, ascii_only: bool = False) -> list[str]:
    written: list[str] = []
    printer = Printer(written.append, width=width, ascii_only=ascii_only)
    plain = Plain(reader(lines), printer, words(), interactive=False)
    await plain.play(Session(door, words()))
    return [row for text in written for row in text.split("\n")]


def hits(data: CommandData) -> tuple[Reply, list[Update], None]:
    return OK, [told("The blade bites.", v=42), attacked(v=42)] if isinstance(data, UseOption) else [], None


async def test_a_turn_in_a_fight_shows_what_can_be_done_and_what_came_of_it() -> None:
    """The options with their odds, the line that was typed, the dice with their number, then the prose."""
    written = await played(FakeDoor(fight(), hits), "1 1")
    text = "\n".join(written)
    assert "-- Your turn: action · bonus action · reaction · 30 ft --" in text
    assert "  1 Longsword …   45–72 %   action" in text
    after = written[written.index("> 1 1") :]
    assert after[1:3] == [
        "Mira Vell → the goblin, Longsword: d20 14 + 5 = 19 against AC 13: hit   [1]",
        "The blade bites.",
    ]


async def test_facts_come_before_the_prose_that_tells_them() -> None:
    """However early the narrator was: a pipe always reads the same."""
    written = await played(FakeDoor(fight(), hits), "1 1")
    assert written.index("The blade bites.") > next(
        at for at, row in enumerate(written) if "hit" in row and "[1]" in row
    )


async def test_a_decision_is_asked_with_its_default() -> None:
    """The question, its answers by number, and which one is taken if nobody answers."""
    written = await played(FakeDoor(deciding()))
    at = written.index("? The goblin is about to hit you. React?")
    assert written[at + 1 : at + 3] == ["  1 Shield", "  2 Let it be   (default)"]


async def test_the_end_of_the_lines_ends_the_evening() -> None:
    """Nobody needs to type quit into a pipe."""
    assert await asyncio.wait_for(played(FakeDoor(tavern())), 5)


async def test_quit_stops_before_the_lines_end() -> None:
    """What comes after it is not sent."""
    door = FakeDoor(tavern())
    await played(door, "quit", "1")
    assert door.sent == []


async def test_nothing_but_printable_text_is_ever_written() -> None:
    """No cursor movement, no colours, whatever was sent in."""
    rows = await played(FakeDoor(fight(), hits), "map", "party", "\x1b[2J\x00", "1 1", "why", "sheet", "help")
    assert all(row.isprintable() for row in rows)


async def test_ascii_means_ascii() -> None:
    """With --ascii not one byte is above 127."""
    rows = await played(FakeDoor(fight(), hits), "map", "options", "1 1", "why 1", "journal", ascii_only=True)
    assert all(row.isascii() for row in rows)


async def test_prose_is_folded_for_a_terminal_and_left_alone_in_a_pipe() -> None:
    """A width folds prose, never tables or maps."""

    def tells(_: CommandData) -> tuple[Reply, list[Update], None]:
        return OK, [told("word " * 40)], None

    narrow = await played(FakeDoor(tavern(), tells), "wait", width=30)
    assert max(len(row) for row in narrow if row.startswith("word")) <= 30
    wide = await played(FakeDoor(tavern(), tells), "wait")
    assert max(len(row) for row in wide) > 150


async def through_the_lobby(script: Script, *lines: str, wishes: Wishes | None = None) -> tuple[list[str], FakeDoor]:
    door = FakeDoor(lobby(), script)
    house = FakeHouse(door)
    written: list[str] = []
    plain = Plain(reader(lines), Printer(written.append), words(), interactive=False)
    await plain.welcome(Lobby(house, words(), wishes or Wishes()))
    return written, door


async def test_the_lobby_is_a_few_numbered_questions() -> None:
    """A new tale, Mira, with Bran as a companion of the table."""
    written, door = await through_the_lobby(lambda _: (OK, [], None), "2", "1", "2")
    assert door.sent == [Sit("mira"), Sit("bran", companion=True), Ready()]
    assert "? Who do you want to be?" in written


async def test_flags_answer_the_lobby_without_a_question() -> None:
    """A script needs no numbers that could change."""
    wishes = Wishes(character="bran", companion="alone", name="Ana")
    written, door = await through_the_lobby(lambda _: (OK, [], None), wishes=wishes)
    assert door.sent == [Sit("bran", "Ana"), Ready()]
    assert written == []


async def test_a_wrong_number_in_the_lobby_asks_again() -> None:
    """And says how far the list goes."""
    written, door = await through_the_lobby(lambda _: (OK, [], None), "9", "2", "mira", "alone")
    assert "! Pick a number from 1 to 2, or “quit”." in written
    assert door.sent == [Sit("mira"), Ready()]
