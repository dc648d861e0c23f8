"""What lies over the table of the full-screen client for a while: pages to read, and the log of the dice.

They get their lines ready made. Nothing here looks at the table.
"""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option as Row

from taleforge.terminal.fit import Sized
from taleforge.terminal.lines import Line
from taleforge.terminal.look import as_text
from taleforge.terminal.plainly import plainly
from taleforge.terminal.words import Span


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
        self.fit(self, event.size.width, event.size.height)

    def key_question_mark(self) -> None:
        """Ask about the highlighted roll, like Enter."""
        self.query_one(OptionList).action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Ask about a roll."""
        self.dismiss(int(event.option_id or 0))
