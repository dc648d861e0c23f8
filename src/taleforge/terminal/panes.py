"""The panes beside the story: choices, party, order of turns, map, and the line that is typed.

Each draws one part of the view and says what was chosen; none of them sends anything.
"""

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option as Row

from taleforge.messages.views import SeatView
from taleforge.terminal import sights
from taleforge.terminal.choices import Choice, Menu
from taleforge.terminal.look import app_of, style_of
from taleforge.terminal.plainly import plainly
from taleforge.terminal.squares import Cell, direction, feet_between, square
from taleforge.terminal.words import Words, capital

NARROW: Final = 44
"""Columns below which a choice shows only its odds, not what it costs."""
ROOMY: Final = 36
"""Columns from which on there is room for a long bar of hit points."""
BAR, SHORT_BAR = 8, 5


class Choices(OptionList):
    """The menu as a list: headings, numbers, words, and at the right what to expect."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "select", show=False)]

    class Picked(Message):
        """A choice was picked, by its number."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, words: Words, *, ascii_only: bool, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, markup=False, compact=True)
        self._words = words
        self._ascii = ascii_only
        self._menu = Menu("options", "", ())
        self._drawn = 0

    def show(self, menu: Menu) -> None:
        """Show a menu, if it is another one than is shown."""
        if menu == self._menu:
            return
        self._menu = menu
        self.border_title = plainly(menu.title, ascii_only=self._ascii)
        self.set_class(menu.kind != "options", "asking")
        self._draw()
        default = next((at for at, one in enumerate(menu.choices, 1) if one.default), 1)
        self.highlighted = self.get_option_index(str(default)) if menu.choices else None

    @property
    def number(self) -> int:
        """The number of the highlighted choice; 0 when there is none."""
        row = self.highlighted_option
        return int(row.id) if row is not None and row.id else 0

    def on_resize(self, event: events.Resize) -> None:
        """Set the right edge anew."""
        if event.size.width != self._drawn:
            at = self.highlighted
            self._draw()
            self.highlighted = at

    def _draw(self) -> None:
        self._drawn = self.size.width
        groups = list(self._menu.grouped)
        shown = len(self._menu.choices)
        headings = 2 * len(groups) <= shown and len(groups) + shown <= self.screen.size.height // 3
        rows: list[Row] = []
        for heading, members in groups:
            if heading and headings:
                rows.append(Row(plainly(self._words.say(f"group/{heading}"), ascii_only=self._ascii), disabled=True))
            rows += [Row(self._row(number, choice), id=str(number)) for number, choice in members]
        self.set_options(rows)

    def _row(self, number: int, choice: Choice) -> Text:
        width = max(self.scrollable_content_region.width, 12)
        column = max((len(one.odds) for one in self._menu.choices), default=0)
        right = f"{choice.odds:>{column}}" if width < NARROW else f"{choice.cost}  {choice.odds:>{column}}".rstrip(" ")
        right = plainly(right if right.strip() else "", ascii_only=self._ascii)
        left = Text.assemble((f"{number:>2} ", style_of("number")))
        left.append(plainly(choice.text, ascii_only=self._ascii), style_of("text"))
        left.truncate(max(width - len(right) - 2 * bool(right), 8), overflow="ellipsis" if not self._ascii else "crop")
        left.append(" " * max(width - left.cell_len - len(right), 1))
        left.append(right, style_of("muted"))
        return left

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Tell the screen which choice was picked."""
        event.stop()
        if event.option_id:
            self.post_message(self.Picked(int(event.option_id)))


class Company(Static):
    """The party and its foes: bars where hit points are known, what ails them, and in a fight the order of turns."""

    def show(self, view: SeatView, words: Words, *, ascii_only: bool) -> None:
        """Draw everybody the view wants an eye kept on."""
        width = max(self.content_region.width, 20)
        rows: list[Text] = []
        for fellow in sights.company(view, words):
            rows += _fellow_rows(fellow, words, width)
        left = sights.turn_text(view, words)
        if left:
            rows.append(Text("\n" + left, style_of("muted")))
        text = Text("\n").join(rows)
        text.plain = plainly(text.plain, ascii_only=ascii_only)
        self.update(text)


def _fellow_rows(fellow: sights.Fellow, words: Words, width: int) -> list[Text]:
    row = Text()
    if fellow.initiative is not None:
        row.append("▸" if fellow.active else " ", style_of("number"))
        row.append(f"{fellow.initiative:>2} ", style_of("faint"))
    indent = row.cell_len
    state = _state(fellow, words, BAR if width >= ROOMY else SHORT_BAR)
    row.append(capital(fellow.name), style_of(_name_style(fellow)))
    row.truncate(max(width - state.cell_len - 1, 6), overflow="ellipsis")
    row.append(" " * max(width - row.cell_len - state.cell_len, 1))
    rows = [row.append(state)]
    if fellow.marks:
        marks = Text(" " * (indent + 1) + ", ".join(fellow.marks), style_of("bad"))
        marks.truncate(width, overflow="ellipsis")
        rows.append(marks)
    return rows


def _name_style(fellow: sights.Fellow) -> str:
    if fellow.health == "dead":
        return "fallen"
    return "name" if fellow.own else fellow.side


def _state(fellow: sights.Fellow, words: Words, cells: int) -> Text:
    if fellow.hp is None or not fellow.max_hp:
        return Text(words.say(f"health/{fellow.health}") if fellow.health else "", style_of("muted"))
    full, empty = sights.bar(fellow.hp, fellow.max_hp, cells)
    tone = "good" if fellow.hp * 2 > fellow.max_hp else "bad"
    temporary = f"+{fellow.temp_hp}" if fellow.temp_hp else ""
    figures = f" {fellow.hp}{temporary}/{fellow.max_hp}"
    return Text.assemble(("█" * full, style_of(tone)), ("░" * empty, style_of("faint")), (f"{figures:>6}", ""))


class Map(Widget, can_focus=True):
    """The ground with fog, light and tokens. Arrow keys move a cursor, Enter or a second click goes there or aims."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(0,-1)", show=False),
        Binding("down", "step(0,1)", show=False),
        Binding("left", "step(-1,0)", show=False),
        Binding("right", "step(1,0)", show=False),
        Binding("enter,space", "go", show=False),
    ]

    class Chosen(Message):
        """A cell was chosen."""

        def __init__(self, cell: Cell) -> None:
            super().__init__()
            self.cell = cell

    def __init__(self, words: Words, *, ascii_only: bool, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, classes=classes)
        self._words = words
        self._ascii = ascii_only
        self._view: SeatView | None = None
        self._spots: list[list[sights.Spot]] = []
        self._cursor: Cell | None = None
        self.area = 0
        """Feet of radius to show around the cursor while something is being aimed."""

    def show(self, view: SeatView) -> None:
        """Draw the view's map; a cursor that was not moved goes with the seat's own character."""
        self._view = view
        self._spots = sights.grid(view)
        self._describe()
        self.refresh()

    @property
    def cursor(self) -> Cell | None:
        """The cell that is pointed at: the one chosen, or where the seat's own character stands."""
        if self._cursor is not None or self._view is None:
            return self._cursor
        return sights.own_cell(self._view)

    def on_blur(self) -> None:
        """Let the cursor go home when the map is left."""
        self._cursor = None
        self._describe()
        self.refresh()

    def action_step(self, right: int, down: int) -> None:
        """Move the cursor."""
        at = self.cursor
        if at is not None:
            self._point((at[0] + right, at[1] + down))

    def action_go(self) -> None:
        """Choose the cell under the cursor."""
        if self._cursor is not None:
            chosen, self._cursor = self._cursor, None
            self.post_message(self.Chosen(chosen))

    def on_click(self, event: events.Click) -> None:
        """Point at a cell, or choose it when it is pointed at already."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        left, top, step = self._frame()
        cell = (left + offset.x // step, top + offset.y)
        if cell == self._cursor:
            self.action_go()
        else:
            self._point(cell)

    def _point(self, cell: Cell) -> None:
        if 0 <= cell[1] < len(self._spots) and 0 <= cell[0] < len(self._spots[0]):
            self._cursor = cell
            self._describe()
            self.refresh()

    def _describe(self) -> None:
        """Say above the map what is under the cursor."""
        if self._view is None or self._cursor is None:
            self.border_title = ""
            return
        here, cell = sights.own_cell(self._view), self._cursor
        names = [token.name for token in self._view.tokens.values() if token.cell == cell]
        features = self._view.scene.features.values() if self._view.scene else ()
        names += [feature.name for feature in features if cell in feature.cells]
        text = square(cell) + "".join(f" {name}" for name in names)
        if here is not None and here != cell:
            text += f" · {feet_between(here, cell)} ft {self._words.say(f'way/{direction(here, cell)}')}"
        self.border_title = plainly(text, ascii_only=self._ascii)

    def _frame(self) -> tuple[int, int, int]:
        """Return which cell is at the top left, and how many columns a cell takes."""
        if not self._spots:
            return 0, 0, 1
        columns, rows = len(self._spots[0]), len(self._spots)
        step = 2 if columns * 2 <= self.size.width else 1
        centre = self.cursor or (columns // 2, rows // 2)
        return (
            _start(centre[0], columns, self.size.width // step),
            _start(centre[1], rows, self.size.height),
            step,
        )

    def render_line(self, y: int) -> Strip:
        """Return one row of the map."""
        left, top, step = self._frame()
        row = top + y
        text = Text()
        if 0 <= row < len(self._spots):
            for column in range(left, min(left + self.size.width // step, len(self._spots[0]))):
                spot = self._spots[row][column]
                glyph = plainly(spot.glyph, ascii_only=self._ascii)
                text.append(glyph, style_of(spot.style) + style_of(self._over((column, row))))
                text.append(_gap(glyph, step), style_of(spot.style if glyph == "#" else ""))
        strip = Strip(list(text.render(app_of(self).console)), text.cell_len)
        return strip.adjust_cell_length(self.size.width).apply_style(self.rich_style)

    def _over(self, cell: Cell) -> str:
        """Return the style that lies over a cell: the cursor, or the area around it."""
        if self._cursor is None:
            return ""
        if cell == self._cursor:
            return "cursor"
        return "area" if self.area and feet_between(cell, self._cursor) <= self.area else ""


def _gap(glyph: str, step: int) -> str:
    """Return what fills a cell's second column: walls are solid, everything else stands apart."""
    return "" if step == 1 else "#" if glyph == "#" else " "


def _start(centre: int, length: int, room: int) -> int:
    """Return where a window of `room` begins in `length`, so that `centre` is inside, as near its middle as can be."""
    if length <= room:
        return 0
    return min(max(centre - room // 2, 0), length - room)


class Prompt(Input):
    """The line that is typed, with its history."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "earlier", show=False),
        Binding("down", "later", show=False),
    ]

    class Left(Message):
        """Down was pressed where the history ends: the player wants the list."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, compact=True, select_on_focus=False)
        self._history: list[str] = []
        self._at = 0

    def remember(self, text: str) -> None:
        """Keep a line that was entered."""
        if text and (not self._history or self._history[-1] != text):
            self._history.append(text)
        self._at = len(self._history)

    def action_earlier(self) -> None:
        """Show the line entered before."""
        if self._at:
            self._at -= 1
            self._recall()

    def action_later(self) -> None:
        """Show the line entered after, or leave for the list when there is none."""
        if self._at >= len(self._history):
            self.post_message(self.Left())
            return
        self._at += 1
        self._recall()

    def _recall(self) -> None:
        self.value = self._history[self._at] if self._at < len(self._history) else ""
        self.cursor_position = len(self.value)


def tabs_text(names: Sequence[str], active: int) -> Text:
    """Return the names of the tabs in one line, the open one marked."""
    text = Text()
    for at, name in enumerate(names):
        text.append(f" {name} ", style_of("you") if at == active else style_of("muted"))
    return text
