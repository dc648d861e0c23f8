"""The full-screen client: one app that leads from the front door to the table.

It owns the terminal while it runs and gives it back whatever happens. It knows nothing of how a house is built.
"""

from typing import ClassVar

from textual import work
from textual.app import App
from textual.binding import Binding, BindingType

from taleforge.terminal.lobby import Lobby
from taleforge.terminal.look import THEME
from taleforge.terminal.screens import Table
from taleforge.terminal.session import Session
from taleforge.terminal.title import Title
from taleforge.terminal.words import Words


class Tale(App[str]):
    """One evening. The result is the id of the table that was left, empty when none was reached."""

    CSS_PATH = "tale.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q", "leave", priority=True, show=False),
    ]

    def __init__(self, lobby: Lobby, words: Words, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._lobby = lobby
        self._words = words
        self._ascii = ascii_only
        self.session: Session | None = None
        self.interrupted = False

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Name our own variables, so that the style sheet can be read before the theme is set."""
        return dict(THEME.variables)

    def on_mount(self) -> None:
        """Begin at the front door."""
        self.register_theme(THEME)
        self.theme = THEME.name
        self._evening()

    @work
    async def _evening(self) -> None:
        await self.push_screen_wait(Title(self._lobby, self._words, ascii_only=self._ascii))
        door = self._lobby.door
        assert door is not None
        self.session = Session(door, self._words, fresh=self._lobby.fresh, player=self._lobby.player)
        await self.push_screen_wait(Table(self.session, self._words, ascii_only=self._ascii))
        self.exit(door.view.table.id)

    def action_leave(self) -> None:
        """Leave at once; what was acknowledged is kept."""
        self.interrupted = True
        door = self._lobby.door
        self.exit(door.view.table.id if door is not None else "")
