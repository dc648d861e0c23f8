"""An append that somebody asks for, and whether it may be stored as its table stands.

Both databases judge by this. Stores nothing.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from taleforge.errors import Conflict
from taleforge.messages.brief import Prose
from taleforge.messages.events import Event
from taleforge.store import rows
from taleforge.table.ports import SideWork, TableRow


class Wish(Struct, frozen=True, eq=False, gc=False):
    """Events that follow version `expected` of a table, and what they cause; see `EventLog.append`."""

    table: str
    expected: int
    events: Sequence[Event]
    work: Sequence[SideWork] = ()
    status: str | None = None
    fence: int | None = None
    prose: Sequence[Prose] = ()

    def __post_init__(self) -> None:
        """Raise ValueError where a version is left out."""
        rows.last_version(self.expected, self.events)

    @property
    def last(self) -> int:
        """The version of the table when it is stored."""
        return self.expected + len(self.events)

    def refusal(self, row: TableRow | None, fence: int) -> Conflict | None:
        """Return why it cannot be stored where a table stands so, under such a fence."""
        if row is None:
            return Conflict(f"There is no table {self.table}.", "Make it first.")
        if self.fence not in {None, fence}:
            return Conflict(f"Another process owns table {self.table} now.", "Leave it to that one.")
        if row.version != self.expected:
            return Conflict(
                f"Table {self.table} is at version {row.version}, not {self.expected}.", "Read, decide and write again."
            )
        return None

    def after(self, row: TableRow) -> TableRow:
        """Return the row of the table when it is stored."""
        at = self.events[-1].at if self.events else row.updated_at
        return replace(row, version=self.last, updated_at=at, status=self.status or row.status)

    def event_rows(self, space: str) -> list[rows.Row]:
        """Return its events as rows of a space."""
        return [rows.event_row(self.table, space, event) for event in self.events]

    def work_rows(self, space: str) -> list[rows.Row]:
        """Return its side work as rows of a space."""
        return [rows.work_row(self.table, space, item) for item in self.work]

    def prose_rows(self, space: str) -> list[rows.Row]:
        """Return its prose as rows of a space."""
        return [rows.prose_row(self.table, space, told) for told in self.prose]
