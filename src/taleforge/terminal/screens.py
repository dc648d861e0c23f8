"""The screens of the full-screen client: the front door, the table, and the pages that lie over it.

They arrange panes, turn keys into what `Session` does, and show what it says. Nothing here speaks to a table directly.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final, cast

from rich.text import Text
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option as Row

from taleforge.errors import TaleforgeError
from taleforge.messages.commands import CommandData, Pause, Resume, Undo, XCard
from taleforge.terminal import sights
from taleforge.terminal.company import seconds_left, unready
from taleforge.terminal.lines import Line, line
from taleforge.terminal.lobby import Lobby, Offer
from taleforge.terminal.look import app_of, as_text, style_of
from taleforge.terminal.panes import Choices, Company, Map, Prompt, tabs_text
from taleforge.terminal.plainly import plainly
from taleforge.terminal.session import Session, went_back
from taleforge.terminal.story import Story
from taleforge.terminal.words import Span, Words

TABS: Final = ("tale", "do", "map", "party")
SMALL_WIDTH, SMALL_HEIGHT = 72, 18
"""Below either, there is one column and one tab at a time."""
LOOK_EVERY: Final = 0.5
"""Seconds between two looks at which characters are free, while one is chosen."""
WIDE: Final = 104


class Sized:
    """What every screen does when its size changes: it is small, wide, or neither."""

    def fit(self, screen: Screen[None] | ModalScreen[None], width: int, height: int) -> None:
        """Set the classes that the style sheet asks for."""
        screen.set_class(width < SMALL_WIDTH or height < SMALL_HEIGHT, "small")
        screen.set_class(width >= WIDE, "wide")


class Title(Screen[None], Sized):
    """The front door: go on, or begin anew and choose who to be. Dismissed when the lobby is done."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,escape", "app.leave", show=False)]

    def __init__(self, lobby: Lobby, words: Words, *, ascii_only: bool) -> None:
        super().__init__(classes="ascii" if ascii_only else None)
        self._lobby = lobby
        self._words = words
        self._ascii = ascii_only

    def compose(self) -> ComposeResult:
        """The name, what is asked, and the offers."""
        with Vertical(id="front"):
            yield Static(Text("T A L E F O R G E"), id="name")
            yield Static(Text(self._say("ui/motto")), id="motto")
            yield Static("", id="asked")
            yield OptionList(id="offers", markup=False, compact=True)
            yield Static("", id="trouble")

    def _say(self, code: str) -> str:
        return plainly(self._words.say(code), ascii_only=self._ascii)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the terminal; a size may come before there is anything to draw."""
        self.fit(self, event.size.width, event.size.height)
        if self.query("#offers"):
            self._draw()

    @work
    async def on_mount(self) -> None:
        """Go as far as the wishes lead."""
        self.set_interval(LOOK_EVERY, self._look)
        await self._step(None)

    @work(exclusive=True)
    async def _chosen(self, key: str) -> None:
        await self._step(key)

    async def _step(self, key: str | None) -> None:
        try:
            await (self._lobby.begin() if key is None else self._lobby.choose(key))
        except TaleforgeError as error:
            self.query_one("#trouble", Static).update(Text(str(error)))
        if self._lobby.done:
            self.dismiss()
            return
        self._lobby.refresh()
        self._draw()
        self.query_one("#offers", OptionList).highlighted = 0

    def _look(self) -> None:
        """See whether others took a character meanwhile; what the table tells is left for whoever plays."""
        if self._lobby.refresh():
            self._draw()

    def _draw(self) -> None:
        self.query_one("#asked", Static).update(Text(plainly(self._lobby.title, ascii_only=self._ascii)))
        offers = self.query_one("#offers", OptionList)
        at = offers.highlighted_option
        offers.set_options(Row(self._row(offer), id=offer.key) for offer in self._lobby.offers)
        keys = [offer.key for offer in self._lobby.offers]
        offers.highlighted = keys.index(at.id) if at is not None and at.id in keys else 0
        offers.focus()

    def _row(self, offer: Offer) -> Text:
        row = Text(plainly(offer.text, ascii_only=self._ascii))
        row.append(plainly(f"  {offer.note}", ascii_only=self._ascii), style_of("muted"))
        if offer.detail:
            row.append(plainly(f"\n{offer.detail}", ascii_only=self._ascii), style_of("muted"))
        return row

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take an offer."""
        if event.option_id:
            self._chosen(event.option_id)


class Page(ModalScreen[None], Sized):
    """Something to read over the table; any of the usual keys puts it away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,space,question_mark,f1", "dismiss", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[Line], hint: str, *, ascii_only: bool) -> None:
        super().__init__(classes="ascii" if ascii_only else None)
        self._title = title
        self._lines = lines
        self._hint = hint
        self._ascii = ascii_only

    def compose(self) -> ComposeResult:
        """The lines in a box that scrolls."""
        with VerticalScroll(id="page") as page:
            page.border_title = plainly(self._title, ascii_only=self._ascii)
            page.border_subtitle = plainly(self._hint, ascii_only=self._ascii)
            for one in self._lines:
                yield Static(as_text(one.spans, ascii_only=self._ascii))

    def on_resize(self, event: events.Resize) -> None:
        """Fit the terminal."""
        self.fit(self, event.size.width, event.size.height)


class Rolls(ModalScreen[int], Sized):
    """The dice log: every roll of the evening, newest first; picking one asks "Why?"."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss(0)", show=False)]

    def __init__(self, rolls: Sequence[Line], title: str, hint: str, *, ascii_only: bool) -> None:
        super().__init__(classes="ascii" if ascii_only else None)
        self._rolls = rolls
        self._title = title
        self._hint = hint
        self._ascii = ascii_only

    def compose(self) -> ComposeResult:
        """The rolls with their numbers."""
        with Vertical(id="page") as page:
            page.border_title = plainly(self._title, ascii_only=self._ascii)
            page.border_subtitle = plainly(self._hint, ascii_only=self._ascii)
            rows = list(enumerate(self._rolls, 1))[::-1]
            numbered = ((number, (Span(f"[{number}] ", "faint"), *told.spans)) for number, told in rows)
            yield OptionList(
                *(Row(as_text(spans, ascii_only=self._ascii), id=str(number)) for number, spans in numbered),
                id="rolls", markup=False, compact=True,
            )  # fmt: skip

    def on_resize(self, event: events.Resize) -> None:
        """Fit the terminal."""
        self.fit(cast("ModalScreen[None]", self), event.size.width, event.size.height)

    def key_question_mark(self) -> None:
        """Ask about the highlighted roll, like Enter."""
        self.query_one(OptionList).action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Ask about a roll."""
        self.dismiss(int(event.option_id or 0))


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
        self.renew()
        self._prompt.focus()
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
        view, words = self.session.view, self._words
        place = view.scene.name if view.scene else view.table.title
        left = Text(place, style_of("scene"))
        if view.scene and view.scene.zone:
            left.append(f"  {view.scene.zone}", style_of("muted"))
        left_ = seconds_left(view, datetime.now(UTC))
        clock = "" if left_ is None else words.say("ui/seconds_left", seconds=left_)
        right = Text(self._state() + clock, style_of("strong"))
        room = max(self.size.width - (2 if self.has_class("small") else 4), 10)
        left.truncate(max(room - right.cell_len - 1, 4), overflow="ellipsis")
        left.append(" " * max(room - left.cell_len - right.cell_len, 1))
        self.query_one("#banner", Static).update(self._plain(left.append(right)))
        hints = "ui/hints_small" if self.has_class("small") else "ui/hints"
        self.query_one("#hints", Static).update(self._plain(Text(words.say(hints), no_wrap=True, overflow="ellipsis")))

    def _state(self) -> str:
        view, words = self.session.view, self._words
        if view.table.status == "paused":
            return words.say("ui/choosing" if view.decisions else "ui/stopped" if view.table.stopped else "ui/paused")
        if view.table.status == "lobby":
            return self._waiting()
        if view.table.status == "closed":
            return words.say("ui/over")
        if view.fight is None:
            return ""
        active = next((slot for slot in view.fight.order if slot.active), None)
        yours = active is not None and view.you is not None and active.crt == view.you.id
        turn = words.say("ui/turn_yours") if yours else words.say("ui/turn_of", name=active.name) if active else ""
        return words.say("ui/round_turn", round=view.fight.round, turn=turn)

    def _waiting(self) -> str:
        view, words = self.session.view, self._words
        waited = unready(view)
        if any(seat.id == view.seat.id for seat in waited):
            return words.say("ui/waiting_you")
        return words.say("ui/waiting", names=", ".join(seat.name for seat in waited)) if waited else ""

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
