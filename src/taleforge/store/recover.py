"""Saves what can be saved of a damaged store: each table's log up to its first damage, into a new folder.

Reads a copy row by row, past pages that cannot be read; the damaged file itself is never written. Does not repair: what
fails its checksum is left out, and the report says what that is.
"""

import shutil
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from taleforge.errors import BadInput, Damaged, TooNew
from taleforge.messages.brief import Prose
from taleforge.messages.events import Event, TableOpened
from taleforge.store import database, rows, schema
from taleforge.store.lock import WriterLock
from taleforge.table.ports import SideWork, TableRow

T = TypeVar("T")

_SMALLEST_ROW = 40
"""Bytes that a row takes at least: more rows than the file has room for need not be looked for."""
_SAVED = ("tables", "events", "work", "prose", "seeds")
"""What belongs to tables: what every schema has, and what is saved of any file; accounts are when they can be read."""
_PAGE = 4096
"""Bytes of a page."""
_FEWEST_PAGES = 256
"""More than the tables of the schema begin on; where a file is shorter, empty pages stand for those that are gone."""
_PAGE_COUNT_AT = 28
"""Where in the first page the number of pages stands (the SQLite file format, section 1.3)."""


class Kept(Struct, frozen=True):
    """What was saved of a table: events 1 to `events`, of `known` that there were as far as can be told."""

    table: str
    title: str
    events: int
    known: int
    prose: int

    @property
    def whole(self) -> bool:
        """Whether nothing is known to be lost."""
        return self.events == self.known


class Report(Struct, frozen=True):
    """What came of a recovery: the new file, its tables, and those of which nothing could be saved."""

    file: str
    tables: tuple[Kept, ...]
    lost: tuple[str, ...] = ()


class _Part(Struct):
    """What can be read of one table."""

    row: TableRow | None = None
    events: dict[int, Event] = {}
    prose: list[Prose] = []
    work: list[SideWork] = []


def recover(folder: Path, into: Path) -> Report:
    """Save what can be read of the store in a data folder into a new store in another folder.

    Raises:
        StoreBusy: somebody is writing there.
        BadInput: there is nothing to recover, or there is a store already in the new folder.
        TooNew: a newer version wrote it.
    """
    file = folder / database.NAME
    if not file.is_file():
        raise BadInput(f"There is no {file}.", "Choose the folder of a damaged store.")
    into.mkdir(parents=True, exist_ok=True)
    if (into / database.NAME).exists():
        raise BadInput(f"There is a store in {into} already.", "Choose an empty folder.")
    lock = WriterLock(folder)
    try:
        with tempfile.TemporaryDirectory(dir=into, prefix=".recover-") as scratch:
            return _recovered(_copied(file, Path(scratch)), into / database.NAME)
    finally:
        lock.release()


def _copied(file: Path, scratch: Path) -> Path:
    for suffix in ("", "-wal"):
        with suppress(FileNotFoundError):
            shutil.copyfile(f"{file}{suffix}", scratch / f"{file.name}{suffix}")
    return scratch / file.name


def _recovered(copy: Path, into: Path) -> Report:
    with closing(_tolerant(copy)) as damaged, closing(database.writing(into, fsync=True)) as new:
        new.execute("BEGIN")
        kept = [_keep(new, table, part) for table, part in sorted(_parts(damaged).items())]
        seeds = _readable(damaged, "seeds", rows.read_seed)
        database.insert(new, "seeds", [row for row, _ in seeds], replacing=True)
        for name in schema.ACCOUNTS:
            _keep_accounts(damaged, new, name)
        new.execute("COMMIT")
    saved = tuple(table for table in kept if table.events)
    return Report(str(into), saved, tuple(table.table for table in kept if not table.events))


def _tolerant(copy: Path) -> sqlite3.Connection:
    """Open a copy whatever its state; where its schema is unreadable, with the oldest one, which lacks accounts."""
    _count_pages(copy)
    connection = _opened(copy)
    if connection is None:
        _behead(copy)
        connection = _opened(copy)
    if connection is None:
        raise Damaged("Nothing of the store can be read.", "Go back to a backup or an export.")
    return connection


def _behead(copy: Path) -> None:
    """Put a head in place that knows the tables of the first schema: in every file they begin on the same pages."""
    fresh = copy.with_name("fresh.db")
    with closing(database.connect(fresh)) as connection:
        for sql in schema.MIGRATIONS[0]:
            connection.execute(sql.format(bytes="BLOB"))
    with copy.open("r+b") as file:
        file.write(fresh.read_bytes()[:_PAGE])
    _count_pages(copy)


def _count_pages(copy: Path) -> None:
    """Write into a file's head how long it is: SQLite reads nothing of a file that is shorter than it says."""
    pages = max(-(-copy.stat().st_size // _PAGE), _FEWEST_PAGES)
    with copy.open("r+b") as file:
        file.truncate(pages * _PAGE)
        file.seek(_PAGE_COUNT_AT)
        file.write(pages.to_bytes(4, "big"))


def _opened(copy: Path) -> sqlite3.Connection | None:
    connection = database.connect(copy)
    try:
        connection.execute("PRAGMA cell_size_check = OFF")
        for name in _SAVED:
            connection.execute(f"EXPLAIN {database.SELECT[name]}").fetchall()  # needs the schema and nothing else
    except sqlite3.Error:
        connection.close()
        return None
    return connection


def _parts(damaged: sqlite3.Connection) -> dict[str, _Part]:
    """Return what can be read of each table that anything can be read of."""
    parts: defaultdict[str, _Part] = defaultdict(_Part)
    for row, table in _readable(damaged, "tables", rows.read_table):
        parts[str(row[0])].row = table
    for row, event in _readable(damaged, "events", rows.read_event):
        parts[str(row[0])].events[event.v] = event
    for row, prose in _readable(damaged, "prose", rows.read_prose):
        parts[str(row[0])].prose.append(prose)
    for row, work in _readable(damaged, "work", rows.read_work):
        parts[str(row[1])].work.append(work)
    return parts


def _keep(new: sqlite3.Connection, table: str, part: _Part) -> Kept:
    """Write what stands before the first damage of a table, and say how much that is."""
    log: list[Event] = []
    while (event := part.events.get(len(log) + 1)) is not None:
        log.append(event)
    last = len(log)
    known = max([part.row.version if part.row else 0, *part.events])
    if not log:
        return Kept(table, part.row.title if part.row else "", 0, known, 0)
    row = replace(part.row or _row_of(table, log), version=last, updated_at=log[-1].at)
    prose = [prose for prose in part.prose if prose.v <= last]
    database.insert(new, "tables", [rows.table_row(row)])
    database.insert(new, "events", [rows.event_row(table, row.space, event) for event in log])
    database.insert(new, "prose", [rows.prose_row(table, row.space, told) for told in prose])
    database.insert(new, "work", [rows.work_row(table, row.space, item) for item in part.work if item.v <= last])
    return Kept(table, row.title, last, known, len(prose))


def _keep_accounts(damaged: sqlite3.Connection, new: sqlite3.Connection, name: str) -> None:
    """Write what can be read of a table of accounts; its rows have no checksums, and those that cannot be are left."""
    if damaged.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone():
        for row in _rows(damaged, name):
            with suppress(sqlite3.Error):
                database.insert(new, name, [row])


def _row_of(table: str, log: Sequence[Event]) -> TableRow:
    """Return the row of a table whose own cannot be read; its status comes right with the next command."""
    opened = log[0].d
    assert isinstance(opened, TableOpened), "the first event of every log"
    return TableRow(
        table, opened.space, opened.title, opened.adventure, log[0].at, log[-1].at, status="playing",
        parent=opened.parent, parent_version=opened.parent_version,
    )  # fmt: skip


def _readable(
    damaged: sqlite3.Connection, name: str, read: Callable[[rows.Row, str], T]
) -> Iterator[tuple[rows.Row, T]]:
    """Return the rows of a table that pass their checksums, with what they hold."""
    for row in _rows(damaged, name):
        try:
            yield row, read(row, "the damaged file")
        except TooNew:
            raise
        except Damaged:
            continue


def _rows(damaged: sqlite3.Connection, name: str) -> Iterator[rows.Row]:
    """Return whatever SQLite still finds of a table, each row once: in one go, else row by row past bad pages."""
    select = f"{database.SELECT[name]} NOT INDEXED"
    try:
        yield from damaged.execute(select).fetchall()
    except sqlite3.Error:
        for rowid in range(1, _most_rows(damaged) + 1):
            with suppress(sqlite3.Error):
                yield from damaged.execute(f"{select} WHERE rowid = ?", (rowid,)).fetchall()


def _most_rows(damaged: sqlite3.Connection) -> int:
    file = damaged.execute("PRAGMA database_list").fetchone()[2]
    return Path(file).stat().st_size // _SMALLEST_ROW
