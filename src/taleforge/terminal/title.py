"""The front door of the full-screen client: go on with a table, or begin anew and choose who to be.

Shows what the lobby offers and takes what is picked there; what an offer leads to, the lobby knows.
"""

from typing import ClassVar, Final

from rich.text import Text
from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option as Row

from taleforge.errors import TaleforgeError
from taleforge.terminal.fit import Sized
from taleforge.terminal.lobby import Lobby, Offer
from taleforge.terminal.look import style_of
from taleforge.terminal.plainly import plainly
from taleforge.terminal.words import Words

LOOK_EVERY: Final = 0.5
"""Seconds between two looks at which characters are free, while one is chosen."""


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
