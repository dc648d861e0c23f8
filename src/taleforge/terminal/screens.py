"""The table in the full-screen client: story, choices, party, map, and the line to type.

It arranges panes, turns keys into what `Session` does, and shows what it says. Nothing here speaks to a table directly.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final

from rich.text import Text
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from taleforge.messages.commands import CommandData, Pause, Resume, Undo, XCard
from taleforge.terminal import sights
from taleforge.terminal.banner import banner
from taleforge.terminal.company import seconds_left
from taleforge.terminal.fit import Sized
from taleforge.terminal.lines import Line, line
from taleforge.terminal.look import app_of
from taleforge.terminal.pages import Page, Rolls
from taleforge.terminal.panes import Choices, Company, Map, Prompt, tabs_text
from taleforge.terminal.plainly import plainly
from taleforge.terminal.session import Session, went_back
from taleforge.terminal.story import Story
from taleforge.terminal.words import Words

TABS: Final = ("tale", "do", "map", "party")


class Table(Screen[None], Sized):
    """The table: story, choices, party, order, map, and the line to type."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", priority=True),
        Binding("f2", "why", priority=True),
        Binding("f3", "map", priority=True),
        Binding("f4", "rolls", priority=True),
        Binding("f5", "look('sheet')", priority=True),
        Binding("f6", "look('journal')", priority=True),
        Binding("f8", "undo", priority=True),
        Binding("f9", "pause", priority=True),
        Binding("f10,ctrl+x", "x_card", priority=True),
        Binding("ctrl+t", "tab", priority=True),
        Binding("escape", "back", priority=True),
        Binding("question_mark", "why"),
    ]

    def __init__(self, session: Session, words: Words, *, ascii_only: bool) -> None:
        super().__init__(classes="ascii tab-tale" if ascii_only else "tab-tale")
        self.session = session
        self._words = words
        self._ascii = ascii_only
        self._tab = 0

    def compose(self) -> ComposeResult:
        """Everything at once; the style sheet hides what a small screen has no room for."""
        yield Static("", id="banner")
        yield Static("", id="tabs")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield Story(self.session.number_of, ascii_only=self._ascii, id="story")
                yield Choices(self._words, ascii_only=self._ascii, id="choices")
            with Vertical(id="side"):
                yield Company(id="company", classes="pane")
                yield Map(self._words, ascii_only=self._ascii, id="map", classes="pane")
        with Horizontal(id="entry"):
            yield Static(Text("> " if self._ascii else "› "), id="mark")
            yield Prompt(id="prompt")
        yield Static("", id="hints")

    def on_mount(self) -> None:
        """Tell where the party is, and listen."""
        if not self.query(Choices):  # it was left before it was there
            return
        self._choices.add_class("pane")
        self._story.tell(self.session.opening())
        self._prompt.focus()
        self.renew()  # a question that waits takes the focus from the line
        self.run_worker(self._listen(), name="listen")
        self.set_interval(1, self._tick)

    @property
    def _story(self) -> Story:
        return self.query_one(Story)

    @property
    def _choices(self) -> Choices:
        return self.query_one(Choices)

    @property
    def _prompt(self) -> Prompt:
        return self.query_one(Prompt)

    def _tick(self) -> None:
        """Let a clock that runs be seen running."""
        if seconds_left(self.session.view, datetime.now(UTC)) is not None and self.query("#banner"):
            self._write_banner()

    async def _listen(self) -> None:
        async for update in self.session.updates:
            lines = self.session.hear(update)
            if (to := went_back(update)) is not None:
                self._story.forget(to)
            self._story.live(self.session.telling)
            self._story.tell(lines)
            self.renew()

    # ------------------------------------------------------------ drawing

    def renew(self) -> None:
        """Draw the view as it is now, if there is anything to draw it on: news may come while the screen goes."""
        if not self.query("#hints"):
            return
        view, words = self.session.view, self._words
        menu = self.session.menu
        self._choices.show(menu)
        self.query_one(Company).show(view, words, ascii_only=self._ascii)
        ground = self.query_one(Map)
        area = menu.aim.option.area if menu.aim else None
        ground.area = area.size if area is not None and area.shape in {"sphere", "cylinder", "cube"} else 0
        ground.show(view)
        self._write_banner()
        self._write_tabs()
        if menu.kind != "options" and not self._prompt.value:
            self._attend()

    def _attend(self) -> None:
        """Bring a question before the player, unless they are in the middle of a sentence."""
        if self.has_class("small"):
            self._open_tab(TABS.index("do"))
        if self.focused is not self.query_one(Map):
            self._choices.focus()

    def _write_banner(self) -> None:
        room = self.size.width - (2 if self.has_class("small") else 4)
        top = banner(self.session.view, self._words, datetime.now(UTC), room)
        self.query_one("#banner", Static).update(self._plain(top))
        hints = "ui/hints_small" if self.has_class("small") else "ui/hints"
        said = Text(self._words.say(hints), no_wrap=True, overflow="ellipsis")
        self.query_one("#hints", Static).update(self._plain(said))

    def _write_tabs(self) -> None:
        names = [self._words.say(f"tab/{name}") for name in TABS]
        self.query_one("#tabs", Static).update(self._plain(tabs_text(names, self._tab)))

    def _plain(self, text: Text) -> Text:
        text.plain = plainly(text.plain, ascii_only=self._ascii)
        return text

    def on_resize(self, event: events.Resize) -> None:
        """Fit the terminal."""
        self.fit(self, event.size.width, event.size.height)
        self.call_after_refresh(self.renew)

    def _open_tab(self, at: int) -> None:
        self.remove_class(f"tab-{TABS[self._tab]}")
        self._tab = at
        self.add_class(f"tab-{TABS[at]}")
        self._write_tabs()

    # ------------------------------------------------------------ doing

    @work
    async def _enter(self, text: str) -> None:
        if self.has_class("small"):
            self._open_tab(0)
        self._say([line("own", text)])
        self._say(await self.session.enter(text))
        self._after()

    @work
    async def _send(self, data: CommandData) -> None:
        self._say(await self.session.send(data))
        self._after()

    @work
    async def _pick(self, number: int) -> None:
        menu = self.session.menu
        chosen = menu.choices[number - 1]
        self._say([line("own", chosen.text)] if menu.kind == "options" else [])
        self._say(await self.session.enter(str(number)))
        self._after()

    @work
    async def _go(self, cell: tuple[int, int]) -> None:
        self._say(await self.session.go(cell))
        self._after()

    def _say(self, lines: Sequence[Line]) -> None:
        self._story.tell(lines)

    def _after(self) -> None:
        if self.session.ended:
            self.dismiss()
            return
        self.renew()
        if not self.session.chooser.busy and not self.session.view.decisions:
            if self.has_class("small") and self._tab == TABS.index("do"):
                self._open_tab(0)
            self._prompt.focus()

    @on(Prompt.Submitted)
    def entered(self, event: Prompt.Submitted) -> None:
        """Do what was typed."""
        text = event.value.strip()
        self._prompt.value = ""
        if text:
            self._prompt.remember(text)
            self._enter(text)

    @on(Prompt.Left)
    def to_choices(self) -> None:
        """Go from the line to the list."""
        self.action_choices()

    @on(Choices.Picked)
    def picked(self, event: Choices.Picked) -> None:
        """Do what was picked."""
        self._pick(event.number)

    @on(Map.Chosen)
    def pointed(self, event: Map.Chosen) -> None:
        """Go or aim where the map was pointed at."""
        self._go(event.cell)

    @on(Story.Asked)
    def asked(self, event: Story.Asked) -> None:
        """Answer "Why?" about a line that was clicked."""
        self._show("ui/page_why", self.session.why(str(event.number)))

    def on_key(self, event: events.Key) -> None:
        """Let typing begin anywhere: no letter is a key, so that no sentence loses its first one, or undoes a deed."""
        if not event.is_printable or event.character is None:
            return
        if self.focused is not self._prompt and event.character in "? ":
            return  # with the line in focus, what comes here was typed before it had it
        event.stop()
        self.set_focus(self._prompt)  # at once: the next letter may be here already
        self._prompt.insert_text_at_cursor(event.character)

    def action_choices(self) -> None:
        """Go to the list of choices."""
        if self.has_class("small"):
            self._open_tab(TABS.index("do"))
        self._choices.focus()

    def action_back(self) -> None:
        """Leave what is being asked or aimed; else go to and fro between the line and the list."""
        if self.session.chooser.busy:
            self.session.chooser.cancel()
            self.renew()
            self._prompt.focus()
        elif self.focused is self._prompt:
            self.action_choices()
        else:
            if self.has_class("small"):
                self._open_tab(0)
            self._prompt.focus()

    def action_tab(self) -> None:
        """Open the next tab of a small screen."""
        self._open_tab((self._tab + 1) % len(TABS))
        {"do": self._choices.focus, "map": self.query_one(Map).focus}.get(TABS[self._tab], self._prompt.focus)()

    def action_map(self) -> None:
        """Go to the map."""
        if self.has_class("small"):
            self._open_tab(TABS.index("map"))
        self.query_one(Map).focus()

    def action_why(self) -> None:
        """Answer "Why?" about the highlighted choice, or else the last roll."""
        if self.focused is self._choices and self._choices.number:
            self._show("ui/page_why", self.session.why(f"option {self._choices.number}"))
        else:
            self._show("ui/page_why", self.session.why(""))

    @work
    async def action_rolls(self) -> None:
        """Show the dice log; picking a roll asks about it."""
        rolls = [told for told, _ in self.session.rolls]
        if not rolls:
            self._show("ui/page_rolls", self.session.log())
            return
        title, hint = self._words.say("ui/page_rolls"), self._words.say("ui/rolls_hint")
        number = await app_of(self).push_screen_wait(Rolls(rolls, title, hint, ascii_only=self._ascii))
        if number:
            self._show("ui/page_why", self.session.why(str(number)))

    def action_help(self) -> None:
        """Show what keys and words there are."""
        keys = [line("note", self._words.say(f"keys/{name}")) for name in self._words.entries("keys")]
        self._show("ui/page_help", [*keys, line("note", ""), *self.session.help()])

    def action_look(self, what: str) -> None:
        """Show the sheet or the journal."""
        look = {"sheet": sights.sheet_lines, "journal": sights.journal_lines}[what]
        self._show(f"ui/page_{what}", look(self.session.view, self._words))

    def action_undo(self) -> None:
        """Take back the last command."""
        self._send(Undo())

    def action_x_card(self) -> None:
        """Stop the scene for all."""
        self._send(XCard())

    def action_pause(self) -> None:
        """Pause, or go on."""
        self._send(Resume() if self.session.view.table.status == "paused" else Pause())

    def _show(self, title: str, lines: Sequence[Line]) -> None:
        hint = self._words.say("ui/page_hint")
        app_of(self).push_screen(Page(self._words.say(title), lines, hint, ascii_only=self._ascii))
