"""The store in memory: for tests, examples and tables that nobody wants to keep. The contract's plainest reading.

Does not outlive its process.
"""

import time
from collections.abc import Callable, Collection, Sequence

from msgspec.structs import replace

from taleforge.errors import Conflict
from taleforge.live.ports import TTL, Claim, Standing
from taleforge.messages.brief import Prose
from taleforge.messages.events import Event
from taleforge.store.rows import last_version
from taleforge.table.ports import Played, SideWork, TableRow, Without


class MemoryStore:
    """Every table of one process (`EventLog` and `SecretStore`).

    Args:
        clock: Seconds that go by, by which processes are alive.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._rows: dict[str, TableRow] = {}
        self.claims = MemoryClaims(self._rows, clock)
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

    async def tables(
        self,
        space: str | None = None,
        *,
        only: Collection[str] | None = None,
        after: Played | None = None,
        limit: int | None = None,
    ) -> list[TableRow]:
        """Return the tables, the last played first."""
        wanted = (row for row in self._rows.values() if space in {None, row.space} and (only is None or row.id in only))
        ranked = sorted(((row.updated_at, row.id) for row in wanted), reverse=True)
        return [self._rows[place[1]] for place in ranked if after is None or place < after][:limit]

    async def table(self, table: str) -> TableRow | None:
        """Return one table."""
        return self._rows.get(table)

    async def append(
        self,
        table: str,
        expected: int,
        events: Sequence[Event],
        work: Sequence[SideWork] = (),
        status: str | None = None,
        *,
        prose: Sequence[Prose] = (),
        fence: int | None = None,
    ) -> None:
        """Store events and their side work, or nothing."""
        row = self._rows.get(table)
        if row is None or row.version != expected:
            raise Conflict(f"Table {table} is not at version {expected}.", "Read, decide and write again.")
        if fence not in {None, self.claims.fence(table)}:
            raise Conflict(f"Another process owns table {table} now.", "Leave it to that one.")
        last = last_version(expected, events)
        self._events[table] += events
        self._work |= {item.id: (table, item) for item in work}
        self._prose[table] |= {_key(told): told for told in prose}
        at = events[-1].at if events else row.updated_at
        self._rows[table] = replace(row, version=last, updated_at=at, status=status or row.status)

    async def read(self, table: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """Return the events after a version, in order."""
        end = None if limit is None else after + limit
        return self._events.get(table, [])[after:end]

    async def find_command(self, table: str, cmd: str) -> int | None:
        """Return the version after the last event of a command."""
        return next((event.v for event in reversed(self._events.get(table, [])) if event.cmd == cmd), None)

    async def forget(self, table: str, without: Without) -> int:
        """Keep the events of a table's log without what is to be forgotten."""
        events = self._events.get(table, [])
        changed = {event.v: kept for event in events if (kept := without(event))}
        self._events[table] = [changed.get(event.v, event) for event in events]
        return len(changed)

    async def pending_work(self, table: str) -> list[SideWork]:
        """Return side work that is not done, oldest first."""
        found = [item for where, item in self._work.values() if where == table]
        return sorted(found, key=lambda item: (item.v, item.id))

    async def finish_work(self, work: str, prose: Prose | None = None) -> bool:
        """Take side work off the list and store its prose; a second time does nothing."""
        table, _ = self._work.pop(work, (None, None))
        if table is not None and prose is not None:
            self._prose[table][_key(prose)] = prose
        return table is not None

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


class MemoryClaims:
    """Who owns which table of a store in memory (`Claims`).

    Args:
        rows: The tables there are.
        clock: Seconds that go by.
        ttl: Seconds after which a node that was not seen is dead.
    """

    def __init__(self, rows: dict[str, TableRow], clock: Callable[[], float], ttl: float = TTL) -> None:
        self._rows = rows
        self._clock = clock
        self._ttl = ttl
        self.alone = False
        self._seen: dict[str, float] = {}
        self._claims: dict[str, Claim] = {}

    def fence(self, table: str) -> int:
        """Return the fence of the last claim on a table, 0 when there was none."""
        return self._claims[table].fence if table in self._claims else 0

    async def beat(self, node: str) -> None:
        """Be seen."""
        self._seen[node] = self._clock()

    async def living(self) -> set[str]:
        """Return the nodes that are alive."""
        return {node for node, seen in self._seen.items() if seen > self._clock() - self._ttl}

    async def leave(self, node: str) -> None:
        """Give up every claim of a node, and be gone."""
        for table in self._claims:
            await self.release(table, node)
        self._seen.pop(node, None)

    async def claim(self, table: str, node: str) -> Claim | None:
        """Own a table, if it may be owned; return whose it is now."""
        if table not in self._rows:
            return None
        owner = self._claims[table].owner if table in self._claims else ""
        if owner == node or owner not in await self.living():
            self._claims[table] = Claim(node, self.fence(table) + 1)
        return self._claims[table]

    async def release(self, table: str, node: str) -> None:
        """Give up a claim."""
        if table in self._claims and self._claims[table].owner == node:
            self._claims[table] = Claim("", self.fence(table))

    async def look(self, tables: Collection[str]) -> dict[str, Standing]:
        """Return how some tables stand."""
        living = await self.living()
        return {table: self._standing(table, living) for table in tables if table in self._rows}

    def _standing(self, table: str, living: set[str]) -> Standing:
        claim = self._claims.get(table, Claim("", 0))
        return Standing(claim.owner if claim.owner in living else None, claim.fence, self._rows[table].version)


def _key(prose: Prose) -> tuple[int, str]:
    return prose.v, " ".join(sorted(prose.audience))
