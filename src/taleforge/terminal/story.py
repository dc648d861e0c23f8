"""The pane the tale is told in: thousands of lines, folded anew whenever the width changes, drawn only where seen.

It shows lines in the order in which they came and follows the newest unless the reader has scrolled back.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from rich.console import Console
from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from taleforge.terminal.lines import Line
from taleforge.terminal.look import as_text, style_of
from taleforge.terminal.words import Span

WIDEST: Final = 78
"""Columns of a line of prose that are still easy to read."""
_AIRY: Final = frozenset({"prose", "scene", "own", "turn", "ending", "speech", "question"})
"""Kinds with an empty line before them; the others keep together."""
_MARKS: Final = {"own": "› ", "dice": "  ", "event": "  ", "note": "  ", "refusal": "  ", "question": "  "}
_CONSOLE: Final = Console(width=WIDEST, color_system=None)


class Story(ScrollView, can_focus=True):
    """The tale so far. `numbers` gives the number of a line's roll, shown faintly behind it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", show=False),
        Binding("down", "scroll_down", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("home", "scroll_home", show=False),
        Binding("end", "scroll_end", show=False),
    ]

    class Asked(Message):
        """Somebody clicked on a line with a number behind it."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, numbers: Callable[[Line], int], *, ascii_only: bool, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._numbers = numbers
        self._ascii = ascii_only
        self._lines: list[Line] = []
        self._rows: list[tuple[Strip, int]] = []
        self._width = 0
        self._live: Line | None = None
        self._following = True
        self._live_rows = 0

    def tell(self, lines: Sequence[Line]) -> None:
        """Add lines at the end."""
        if not lines:
            return
        self.live(None)
        for one in lines:
            before = self._lines[-1] if self._lines else None
            self._lines.append(one)
            self._rows += self._folded(one, before)
        self._resized()

    def forget(self, to: int) -> None:
        """Take away what was told since a version that the table went back to."""
        self._lines = [one for one in self._lines if one.stands(to)]
        self._fold()
        self._resized()

    def live(self, one: Line | None) -> None:
        """Show prose that is still being written, or take it away again."""
        one = one if one is not None and one.text else None
        if one is None and self._live is None:
            return
        if self._live_rows:
            del self._rows[-self._live_rows :]
        self._live = one
        rows = self._folded(one, self._lines[-1] if self._lines else None) if one is not None else []
        self._live_rows = len(rows)
        self._rows += rows
        self._resized()

    def _resized(self) -> None:
        following = self._following
        self.virtual_size = Size(self._width, len(self._rows))
        self.refresh()
        if following:
            self.scroll_end(animate=False)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Notice whether the reader is at the end, which a change of the window's size must not change."""
        super().watch_scroll_y(old_value, new_value)
        self._following = self.is_vertical_scroll_end

    def on_resize(self, event: events.Resize) -> None:
        """Fold everything anew when there is another width."""
        del event  # its size counts the padding too
        width = self.scrollable_content_region.width
        if width < 2:
            return
        if width == self._width:
            self._resized()
            return
        self._width = width
        self._fold()
        self._resized()

    def _fold(self) -> None:
        """Make the rows of every line anew."""
        self._rows, self._live_rows = [], 0
        before: Line | None = None
        for one in self._lines:
            self._rows += self._folded(one, before)
            before = one

    def _folded(self, one: Line, before: Line | None) -> list[tuple[Strip, int]]:
        """Return the rows of a line at the present width, each with the number of its roll."""
        if self._width < 2:
            return []
        number = self._numbers(one)
        spans = (*one.spans, Span(f"  [{number}]", "faint")) if number else one.spans
        text = as_text(spans, one.kind if one.kind not in {"prose", "speech"} else "", ascii_only=self._ascii)
        mark = Text(as_text((Span(_MARKS.get(one.kind, "")),), ascii_only=self._ascii).plain, style=style_of("number"))
        room = max(min(self._width, WIDEST) - mark.cell_len, 1)
        rows: list[tuple[Strip, int]] = []
        if before is not None and (one.kind in _AIRY or before.kind in _AIRY):
            rows.append((Strip.blank(0), 0))
        indent = Text(" " * mark.cell_len)
        for at, piece in enumerate(text.wrap(_CONSOLE, room)):
            piece.rstrip()
            rows.append((_strip(Text.assemble(mark if at == 0 else indent, piece)), number))
        return rows

    def render_line(self, y: int) -> Strip:
        """Return what is drawn in a row of the pane."""
        at = y + int(self.scroll_offset.y)
        strip = self._rows[at][0] if 0 <= at < len(self._rows) else Strip.blank(0)
        return strip.adjust_cell_length(self.size.width).apply_style(self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """Ask about the number behind a line."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        at = offset.y + int(self.scroll_offset.y)
        if 0 <= at < len(self._rows) and self._rows[at][1]:
            self.post_message(self.Asked(self._rows[at][1]))


def _strip(text: Text) -> Strip:
    return Strip([segment for segment in text.render(_CONSOLE) if segment.text] or [Segment("")])
