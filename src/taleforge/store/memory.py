"""The store in memory: for tests, examples and tables that nobody wants to keep. The contract's plainest reading.

Does not outlive its process.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from taleforge.errors import Conflict
from taleforge.messages.brief import Prose
from taleforge.messages.events import Event
from taleforge.store.rows import last_version
from taleforge.table.ports import SideWork, TableRow


class MemoryStore:
    """Every table of one process (`EventLog` and `SecretStore`)."""

    def __init__(self) -> None:
        self._rows: dict[str, TableRow] = {}
        self._events: dict[str, list[Event]] = {}
        self._work: dict[str, tuple[str, SideWork]] = {}
        self._prose: dict[str, dict[tuple[int, str], Prose]] = {}
        self._seeds: dict[tuple[str, str], bytes] = {}

    async def create(self, row: TableRow, events: Sequence[Event] = (), prose: Sequence[Prose] = ()) -> None:
        """Make a table with the first events of its log."""
        if row.id in self._rows:
            raise Conflict(f"There is already a table {row.id}.", "Choose another id.")
        self._rows[row.id] = replace(row, version=last_version(0, events))
        self._events[row.id] = list(events)
        self._prose[row.id] = {_key(told): told for told in prose}

    async def tables(self, space: str | None = None) -> list[TableRow]:
        """Return the tables, the last played first."""
        found = [row for row in self._rows.values() if space in {None, row.space}]
        return sorted(found, key=lambda row: (row.updated_at, row.id), reverse=True)

    async def append(
        self,
        table: str,
        expected: int,
        events: Sequence[Event],
        work: Sequence[SideWork] = (),
        status: str | None = None,
    ) -> None:
        """Store events and their side work, or nothing."""
        row = self._rows.get(table)
        if row is None or row.version != expected:
            raise Conflict(f"Table {table} is not at version {expected}.", "Read, decide and write again.")
        last = last_version(expected, events)
        self._events[table] += events
        self._work |= {item.id: (table, item) for item in work}
        at = events[-1].at if events else row.updated_at
        self._rows[table] = replace(row, version=last, updated_at=at, status=status or row.status)

    async def read(self, table: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """Return the events after a version, in order."""
        end = None if limit is None else after + limit
        return self._events.get(table, [])[after:end]

    async def find_command(self, table: str, cmd: str) -> int | None:
        """Return the version after the last event of a command."""
        return next((event.v for event in reversed(self._events.get(table, [])) if event.cmd == cmd), None)

    async def pending_work(self, table: str) -> list[SideWork]:
        """Return side work that is not done, oldest first."""
        found = [item for where, item in self._work.values() if where == table]
        return sorted(found, key=lambda item: (item.v, item.id))

    async def finish_work(self, work: str, prose: Prose | None = None) -> None:
        """Take side work off the list and store its prose; a second time does nothing."""
        table, _ = self._work.pop(work, (None, None))
        if table is not None and prose is not None:
            self._prose[table][_key(prose)] = prose

    async def read_prose(self, table: str, after: int = 0) -> list[Prose]:
        """Return the prose that tells versions after `after`."""
        told = self._prose.get(table, {})
        return [told[key] for key in sorted(told) if key[0] > after]

    async def put_seed(self, table: str, commitment: str, seed: bytes) -> None:
        """Keep a seed."""
        self._seeds.setdefault((table, commitment), seed)

    async def get_seed(self, table: str, commitment: str) -> bytes | None:
        """Return the seed kept under a commitment."""
        return self._seeds.get((table, commitment))

    async def close(self) -> None:
        """Forget nothing yet: the object is the store."""


def _key(prose: Prose) -> tuple[int, str]:
    return prose.v, " ".join(sorted(prose.audience))
