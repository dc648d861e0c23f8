"""Everything that is kept, as it is at one moment, written into a backup while others play.

The database first and the files after it: what a row names was there before the row, and files never change. Does not
keep who owns which table, which is about processes that run.
"""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import IO

from msgspec import Struct

from taleforge.errors import BadInput, Misconfigured, TooNew
from taleforge.messages.events import Event
from taleforge.store import rows, schema
from taleforge.store.archive import FILES, FORMAT, KEPT, ROWS, Manifest, Writer
from taleforge.store.faultpoints import reached
from taleforge.store.ports import Blobs
from taleforge.store.sides import ALL, CHECKS, Side, StateHash, files_of, snapshot
from taleforge.store.upgrade import Place, plan


class About(Struct, frozen=True):
    """What a backup says of itself: the version that makes it, when (UTC), and what is `kept` beside the store."""

    made_by: str
    at: str
    kept: Mapping[str, bytes] = {}


async def back_up(  # noqa: PLR0917  # where from, where to, and what to say of it
    source: Place, blobs: Blobs, into: IO[bytes], name: str, about: About, state_hash: StateHash
) -> Manifest:
    """Write a backup; whoever plays goes on.

    Args:
        source: The store.
        blobs: The files.
        into: What is written to.
        name: What that is called.
        about: What is said in the backup.
        state_hash: Folds a log.

    Raises:
        BadInput: there is no store.
        Misconfigured, TooNew: it has another schema.
        Damaged: a row is not what was written.
        StoreFull, Unavailable: the backup cannot be written, or the store not read.
    """
    await _check(source)
    with Writer(into, name) as writer:
        counted, states, named = await _put_rows(writer, source, state_hash)
        reached("backup.rows")
        await _put_files(writer, blobs)
        for kept, content in about.kept.items():
            with writer.part(f"{KEPT}{kept}") as part:
                part.write(content)
        manifest = Manifest(
            format=FORMAT, schema=schema.VERSION, made_by=about.made_by, at=about.at,
            engine="sqlite" if isinstance(source, Path) else "postgresql", columns=dict(ALL), rows=counted,
            states=states, files=writer.parts, lost=_lost(named, writer),
        )  # fmt: skip
        writer.finish(manifest)
    reached("backup.written")
    return manifest


def _lost(named: set[str], writer: Writer) -> tuple[str, ...]:
    """Return those of the files that rows name which are not there: lost, or deleted this moment."""
    return tuple(sorted(named - {part.removeprefix(FILES) for part in writer.parts}))


async def _put_rows(
    writer: Writer, source: Place, state_hash: StateHash
) -> tuple[dict[str, int], dict[str, str], set[str]]:
    """Write every row of one moment; return how many by table of the schema, where each log leads, and files named."""
    counted: dict[str, int] = {}
    states: dict[str, str] = {}
    named: set[str] = set()
    async with snapshot(source) as side:
        for table in ALL:
            counted[table] = 0
            with writer.part(f"{ROWS}{table}") as part:
                async for batch in _rows(side, table, states, state_hash):
                    part.rows(batch)
                    counted[table] += len(batch)
                    named.update(*(files_of(table, row) for row in batch))
    return counted, states, named


async def _check(source: Place) -> None:
    found = await plan(source)
    if found.since == 0:
        raise BadInput(f"There is no store at {found.where}.", "Set data.folder or store.url to one.")
    if found.since > schema.VERSION:
        raise TooNew(f"A newer version of Taleforge made {found.where}.", "Upgrade, then back it up.")
    if found.needed:
        raise Misconfigured(f"{found.where} has schema {found.since}, which is older.", "Run `taleforge migrate`.")


async def _rows(side: Side, table: str, states: dict[str, str], state_hash: StateHash) -> AsyncIterator[list[rows.Row]]:
    """Return the rows of a table of the schema, each checked, and note of each log where it leads."""
    order = " ORDER BY table_id, version" if table == "events" else ""
    fold = Fold(states, state_hash)
    check = CHECKS.get(table)
    async for batch in side.select(f"SELECT {ALL[table]} FROM {table}{order}"):  # noqa: S608
        for row in batch if check else ():
            read = check(row, side.name) if check else None
            if isinstance(read, Event):
                fold.take(str(row[0]), read, side.name)
        yield batch
    fold.close()


class Fold:
    """Notes the state that each log leads to, one log after the other.

    Args:
        states: Where to, by table.
        state_hash: Folds a log.
    """

    def __init__(self, states: dict[str, str], state_hash: StateHash) -> None:
        self._states = states
        self._hash = state_hash
        self._table = ""
        self._log: list[Event] = []

    def take(self, table: str, event: Event, place: str) -> None:
        """Take the next event of a log; raises Damaged where one is missing."""
        if table != self._table:
            self.close()
            self._table = table
        rows.check_gapless(table, [event.v], len(self._log) + 1, None, place)
        self._log.append(event)

    def close(self) -> None:
        """Note where the log leads that was taken last."""
        if self._log:
            self._states[self._table] = self._hash(self._table, self._log)
        self._log = []


async def _put_files(writer: Writer, blobs: Blobs) -> None:
    async for blob in blobs.list():
        content = await blobs.open(blob.id)
        if content is None:
            continue  # it was deleted this moment
        with writer.part(f"{FILES}{blob.id}") as part:
            async for piece in content:
                part.write(piece)
