"""The full-screen client, driven by its keys at the sizes people have."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace
from textual.events import Key
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import OptionList, Static

from taleforge.client.updates import Other, Update
from taleforge.messages.commands import (
    Ack,
    Answer,
    AnswerChoice,
    Ask,
    CommandData,
    Do,
    Move,
    Pause,
    Question,
    Ready,
    Refused,
    Reply,
    Sit,
    Undo,
    UseOption,
    XCard,
)
from taleforge.messages.ids import CommandId
from taleforge.messages.views import SeatView, Target
from taleforge.terminal.app import Tale
from taleforge.terminal.lobby import Lobby, Wishes
from taleforge.terminal.pages import Page, Rolls
from taleforge.terminal.panes import Choices, Company, Map, Prompt
from taleforge.terminal.screens import Table
from taleforge.terminal.story import Story
from taleforge.terminal.title import Title
from taleforge.terminal.words import words
from tests.terminal.fixtures import SECOND, FakeDoor, FakeHouse, attacked, deciding, fight, lobby, tavern, told

OK = Ack(CommandId("cmd_1"), 1)
SIZES = [(80, 24), (120, 40), (40, 12)]
_PATIENCE = 100
Answers = Callable[[CommandData], tuple[Reply, list[Update], SeatView | None]]


def accepts(_: CommandData) -> tuple[Reply, list[Update], SeatView | None]:
    return OK, [], None


def hits(data: CommandData) -> tuple[Reply, list[Update], SeatView | None]:
    heard = [attacked(), told("The blade bites.")] if isinstance(data, UseOption) else []
    return OK, heard, None


class Seen:
    """An app under test, with the door behind it."""

    def __init__(self, app: Tale, door: FakeDoor, pilot: Pilot[str]) -> None:
        self.app = app
        self.door = door
        self.pilot = pilot

    async def begin(self) -> None:
        """Let the first screen come up, however slow the machine, until what it gives the focus to has it."""
        for _ in range(_PATIENCE):
            await self.pilot.pause()
            if not isinstance(self.app.focused, Story | None):  # the story has it while its screen is being made
                return

    async def press(self, *keys: str) -> None:
        """Press keys and let everything settle."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type a line and enter it."""
        self.app.screen.query_one(Prompt).value = text
        await self.press("enter")

    def shown(self) -> str:
        """Everything on the screen, row by row."""
        lines = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in lines)


@asynccontextmanager
async def seen(
    view: SeatView, size: tuple[int, int] = (80, 24), script: Answers = accepts, *, ascii_only: bool = False
) -> AsyncIterator[Seen]:
    door = FakeDoor(view, script)
    wishes = Wishes(resume="last") if view.you else Wishes()
    app = Tale(Lobby(FakeHouse(door), words(), wishes), words(), ascii_only=ascii_only)
    async with app.run_test(size=size) as pilot:
        at = Seen(app, door, pilot)
        await at.begin()
        yield at


@pytest.mark.parametrize("size", SIZES)
async def test_a_new_tale_begins_with_a_character_and_a_companion(size: tuple[int, int]) -> None:
    """Three picks lead from the front door to the table, at every size."""

    def begins(data: CommandData) -> tuple[Reply, list[Update], SeatView | None]:
        return OK, [], tavern() if isinstance(data, Ready) else None

    async with seen(lobby(), size, begins) as at:
        assert isinstance(at.app.screen, Title)
        assert "Go on: The Drowned Lantern" in at.shown()
        await at.press("down", "enter")
        assert "Mira Vell" in at.shown()
        await at.press("enter")
        await at.press("down", "enter")
        assert at.door.sent == [Sit("mira"), Sit("bran", companion=True), Ready()]
        assert isinstance(at.app.screen, Table)


async def test_a_character_that_is_taken_leaves_the_list() -> None:
    """At once, and what was highlighted still is."""
    async with seen(lobby(), (80, 24)) as at:
        await at.press("down", "enter", "down")
        at.door.view = replace(lobby(), pregens={"bran": lobby().pregens["bran"]})
        assert isinstance(at.app.screen, Title)
        at.app.screen._look()
        offers = at.app.screen.query_one("#offers", OptionList)
        assert [option.id for option in offers.options] == ["bran"]
        assert offers.highlighted == 0


async def test_trouble_in_the_lobby_is_a_sentence_on_the_screen() -> None:
    """A refusal leaves the player where they were."""
    async with seen(lobby(), (80, 24), lambda _: (Refused(CommandId("c"), "pregen/taken"), [], None)) as at:
        await at.press("down", "enter")
        await at.press("enter")
        assert "Somebody plays that character already." in at.shown()
        assert isinstance(at.app.screen, Title)


@pytest.mark.parametrize("size", SIZES)
async def test_the_table_is_readable_at_every_size(size: tuple[int, int]) -> None:
    """Place, story, whose turn it is and where to type are always there."""
    async with seen(fight(), size) as at:
        shown = at.shown()
        assert "The Drowned" in shown
        assert "A low room" in shown
        assert "your turn" in shown
        assert at.app.focused is at.app.screen.query_one(Prompt)
        assert all(len(row) == size[0] for row in shown.split("\n"))


async def test_a_large_screen_shows_everything_at_once() -> None:
    """Odds, bars, order of turns and map beside the story."""
    async with seen(fight()) as at:
        shown = at.shown()
        for part in ("45–72 %", "9/12", "bloodied", "prone", "18 The goblin", "#··········#", "30 ft"):
            assert part in shown


async def test_a_small_screen_has_tabs() -> None:
    """Control-T goes through story, choices, map and party, one at a time."""
    async with seen(fight(), (40, 12)) as at:
        assert "Longsword" not in at.shown()
        await at.press("ctrl+t")
        assert "Longsword" in at.shown()
        assert "A low room" not in at.shown()
        await at.press("ctrl+t")
        assert "@" in at.shown()
        await at.press("ctrl+t")
        assert "9/12" in at.shown()
        await at.press("ctrl+t")
        assert "A low room" in at.shown()


async def test_the_layout_follows_the_window() -> None:
    """From large to small and back: the newest stays in sight, and no word is lost."""
    async with seen(fight()) as at:
        for number in range(30):
            at.door.put(told(f"Paragraph {number}."))
        await at.press()
        await at.pilot.resize_terminal(40, 12)
        await at.press()
        assert "45–72 %" not in at.shown()
        assert "Paragraph 29." in at.shown()
        await at.pilot.resize_terminal(120, 40)
        await at.press()
        assert "45–72 %" in at.shown()
        assert "Paragraph 29." in at.shown()
        at.app.screen.query_one(Story).scroll_home(animate=False)
        await at.press()
        assert "A low room under smoke-black beams; rain on the shutters." in at.shown()


async def test_a_typed_line_is_told_and_tried() -> None:
    """The player's words stand in the story, and go to the table as they are."""
    async with seen(tavern()) as at:
        await at.type("look under the table")
        assert at.door.sent == [Do("look under the table")]
        assert "› look under the table" in at.shown()


async def test_the_history_of_lines_can_be_called_back() -> None:
    """Up and down, as in any shell."""
    async with seen(tavern()) as at:
        await at.type("first")
        await at.type("second")
        await at.press("up", "up")
        assert at.app.screen.query_one(Prompt).value == "first"
        await at.press("down", "down")
        assert at.app.screen.query_one(Prompt).value == ""


async def test_an_option_is_picked_with_the_keyboard_and_aimed() -> None:
    """Escape goes to the list, Enter picks, the targets follow with their odds, the dice stand in the story."""
    async with seen(fight(), script=hits) as at:
        await at.press("escape", "enter")
        assert "Longsword: at whom?" in at.shown()
        await at.press("down", "enter")
        assert at.door.sent == [UseOption("act:longsword", (SECOND,))]
        await at.press()
        assert "against AC 13: hit  [1]" in " ".join(at.shown().split("\n")) or "hit  [1]" in at.shown()
        assert "The blade bites." in at.shown()
        assert at.app.focused is at.app.screen.query_one(Prompt)


async def test_escape_leaves_a_question_before_it_leaves_the_list() -> None:
    """Aiming is given up first."""
    async with seen(fight()) as at:
        await at.press("escape", "enter", "escape")
        assert "You can" in at.shown()
        assert at.door.sent == []


async def test_numbers_typed_in_the_list_go_to_the_line() -> None:
    """So that 12 can be typed as well as 2, wherever the focus is."""
    async with seen(fight()) as at:
        await at.press("escape", "4", "enter")
        assert at.door.sent == [UseOption("act:dodge")]


async def test_a_decision_takes_the_focus_with_its_default_ready() -> None:
    """Enter takes the default; the other answer is one key away."""
    async with seen(deciding()) as at:
        assert "The goblin is about to hit you. React?" in at.shown()
        assert "(default)" in at.shown()
        assert at.app.focused is at.app.screen.query_one(Choices)
        await at.press("up", "enter")
        assert at.door.sent == [Answer(deciding().decisions[0].id, "react")]


async def test_a_decision_does_not_steal_the_enter_of_a_half_typed_line() -> None:
    """Somebody in the middle of a sentence keeps the focus."""
    async with seen(tavern()) as at:
        await at.press("h", "i")
        at.door.put(told("A shadow."), deciding())
        await at.press()
        assert at.app.focused is at.app.screen.query_one(Prompt)


async def test_a_question_back_is_answered_from_the_list() -> None:
    """An `ask` shows its choices, and picking one answers it by its id."""
    choices = (AnswerChoice("a", "Oda"), AnswerChoice("b", "Bran"))
    question = Ask(CommandId("q"), Question("interpret/which_target"), choices)
    async with seen(tavern(), script=lambda data: (question if isinstance(data, Do) else OK, [], None)) as at:
        await at.type("talk")
        assert "Whom or what?" in at.shown()
        await at.press("down", "enter")
        assert at.door.sent[-1] == Answer("q", "b")


async def test_a_refusal_is_a_sentence_in_the_story() -> None:
    """And nothing else changes."""
    async with seen(tavern(), script=lambda _: (Refused(CommandId("c"), "move/unreachable"), [], None)) as at:
        await at.type("T1")
        assert "You cannot get there." in at.shown()


async def test_why_is_asked_about_the_last_roll_and_about_odds() -> None:
    """F2 anywhere for the last roll; a question mark on a choice for its odds."""
    async with seen(fight(), script=hits) as at:
        at.door.put(attacked())
        await at.press()
        await at.press("f2")
        assert isinstance(at.app.screen, Page)
        assert "Why 19? (to hit)" in at.shown()
        assert "+3  Strength" in at.shown()
        await at.press("escape")
        await at.press("escape", "question_mark")
        assert "hits 72 %, 4 to 11 if it does" in at.shown()


async def test_a_roll_in_the_story_can_be_clicked() -> None:
    """A click on its line asks why."""
    async with seen(fight()) as at:
        at.door.put(attacked())
        await at.press()
        story = at.app.screen.query_one(Story)
        row = next(y for y, line in enumerate(at.shown().split("\n")) if "[1]" in line)
        await at.pilot.click(Story, offset=(6, row - story.region.y))
        await at.press()
        assert isinstance(at.app.screen, Page)


async def test_the_dice_log_lists_every_roll_and_explains_the_picked_one() -> None:
    """Newest first; Enter asks why."""
    async with seen(fight()) as at:
        at.door.put(attacked())
        at.door.put(attacked(hit=False))
        await at.press()
        await at.press("f4")
        assert isinstance(at.app.screen, Rolls)
        assert "miss" in str(at.app.screen.query_one(OptionList).get_option_at_index(0).prompt)
        await at.press("enter")
        await at.press()
        assert "Why 19?" in at.shown()


@pytest.mark.parametrize("size", SIZES)
async def test_pages_open_and_close(size: tuple[int, int]) -> None:
    """Help, character and journal lie over the table and are put away with Escape, at every size."""
    async with seen(tavern(), size) as at:
        for key, part in (("f1", "Ctrl-C leaves"), ("f5", "armour class 16"), ("f6", "Noises below")):
            await at.press(key)
            assert isinstance(at.app.screen, Page)
            assert part in " ".join(str(one.render()) for one in at.app.screen.query(Static))
            await at.press("escape")
            assert isinstance(at.app.screen, Table)


async def test_keys_of_the_table_work_while_typing() -> None:
    """Undo, pause and the X-card are never further than one key."""
    async with seen(tavern()) as at:
        await at.press("h", "f8", "f9", "f10", "ctrl+x")
        assert at.door.sent == [Undo(), Pause(), XCard(), XCard()]


@pytest.mark.parametrize("place", [Choices, Map, Prompt])
async def test_letters_are_letters_wherever_they_are_typed(place: type[Widget]) -> None:
    """Nobody takes back a deed by typing “unlock”, nor stops the scene by typing “exit”."""
    async with seen(tavern()) as at:
        for word in ("unlock", "exit", "pick", "move", "search", "jump", "drink", "hide", "look"):
            at.app.screen.query_one(place).focus()
            await at.press(*word)
            assert at.app.screen.query_one(Prompt).value == word
            at.app.screen.query_one(Prompt).value = ""
        assert at.door.sent == []


async def test_the_map_is_walked_with_the_arrow_keys() -> None:
    """The pointer starts at the character; Enter goes there; what lies under it is said."""
    async with seen(tavern()) as at:
        await at.press("f3", "right")
        assert "G3 Bran Ashdown · 5 ft east" in at.shown()
        await at.press("down", "enter")
        assert at.door.sent == [Move((6, 3))]


async def test_the_map_is_walked_with_the_mouse() -> None:
    """The first click points, the second goes."""
    async with seen(tavern()) as at:
        for _ in range(2):
            await at.pilot.click(Map, offset=(3, 3))
            await at.press()
        assert len(at.door.sent) == 1
        assert isinstance(at.door.sent[0], Move)


async def test_the_map_keeps_the_character_in_sight_where_it_is_larger_than_the_pane() -> None:
    """Sixty columns do not fit in thirty; the window goes along."""
    ground = tavern().map
    assert ground is not None
    wide = replace(ground, width=60, rows=tuple(row + "." * 40 for row in ground.rows), lit=("b" * 60,) * 8)
    mira = tavern().tokens["crt_" + "a" * 26]
    view = replace(tavern(), map=wide, tokens={mira.crt: replace(mira, cell=(58, 2))})
    async with seen(view) as at:
        assert "@" in at.shown()


async def test_hit_points_that_are_not_known_are_not_drawn() -> None:
    """Foes show how they look, friends a bar."""
    async with seen(fight()) as at:
        text = str(at.app.screen.query_one(Company).render())
        assert "10/10" in text
        assert text.count("/") == 2


async def test_prose_streams_in_and_is_replaced_by_its_final_form() -> None:
    """What a slow narrator has written so far can be read already."""
    async with seen(tavern()) as at:
        at.door.put(Other("prose.delta", {"v": 42, "i": 0, "text": "A door cre"}))
        await at.press()
        assert "A door cre" in at.shown()
        at.door.put(told("A door creaks."))
        await at.press()
        assert at.shown().count("A door cre") == 1
        assert "A door creaks." in at.shown()


async def test_a_long_evening_stays_quick_and_follows_its_end() -> None:
    """A thousand paragraphs; the newest is in sight, and page up goes back."""
    async with seen(tavern()) as at:
        for number in range(1000):
            at.door.put(told(f"Paragraph {number}."))
        while "Paragraph 999." not in at.shown():
            await at.press()
        await at.press("shift+tab")
        story = at.app.screen.query_one(Story)
        story.focus()
        await at.press("pageup", "pageup")
        assert "Paragraph 999." not in at.shown()


async def test_ascii_means_ascii() -> None:
    """With --ascii nothing on any screen is above 127."""
    async with seen(fight(), ascii_only=True, script=hits) as at:
        at.door.put(attacked())
        await at.press()
        assert at.shown().isascii()
        await at.press("f2")
        assert at.shown().isascii()
        await at.press("escape", "f1")
        assert at.shown().isascii()


async def test_text_of_others_cannot_steer_the_terminal() -> None:
    """An escape sequence in prose is shown as what it is."""
    async with seen(tavern()) as at:
        at.door.put(told("Evil \x1b[2J text \u202e turned."))
        await at.press()
        shown = at.shown()
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "Evil �[2J text � turned." in shown


@pytest.mark.parametrize("view", [lobby, fight])
async def test_control_c_leaves_from_everywhere(view: Callable[[], SeatView]) -> None:
    """At once, from every screen."""
    async with seen(view()) as at:
        await at.press("ctrl+c")
        assert at.app.interrupted
        assert not at.app.is_running


async def test_quit_leaves_and_names_the_table() -> None:
    """The result of the app is the table to come back to."""
    async with seen(tavern()) as at:
        await at.type("quit")
        assert at.app.return_value == tavern().table.id


async def test_a_target_list_longer_than_the_screen_scrolls() -> None:
    """Thirty targets in a small window: the last can be reached and picked."""
    many = tuple(Target(f"crt_{number:026}", "creature", f"rat {number}") for number in range(30))
    option = replace(fight().options[0], targets=many)
    async with seen(replace(fight(), options=(option,)), (40, 12)) as at:
        await at.press("escape", "enter", "end", "enter")
        assert at.door.sent == [UseOption("act:longsword", (many[-1].id,))]


async def test_a_sentence_typed_over_a_list_comes_whole() -> None:
    """A letter that was on its way to the list when the line took the focus is neither lost nor taken for a key."""
    async with seen(fight()) as at:
        screen = at.app.screen
        assert isinstance(screen, Table)
        screen.query_one(Choices).focus()
        await at.press("e")
        screen.on_key(Key("u", "u"))
        await at.press("p")
        assert screen.query_one(Prompt).value == "eup"
        assert at.door.sent == []
