"""The SQLite file itself: opened for writing or reading, its schema brought up to date, rows put in.

Does not know what its rows mean (`rows`) or in which thread it is used (`writer`, `sqlite`).
"""

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

from taleforge.errors import Damaged, TooNew
from taleforge.store import rows, schema
from taleforge.store.trouble import explained
from taleforge.store.wal import check_wal

NAME: Final = "taleforge.db"
"""Of the file in the data folder."""
MOST_ROWS: Final = 64
"""Rows that a statement puts in at most."""
_ALL: Final = {**schema.COLUMNS, **schema.ACCOUNTS}
SELECT: Final = {name: f"SELECT {columns} FROM {name}" for name, columns in _ALL.items()}  # noqa: S608
"""How each table is read, column by column as `rows` wants it; a WHERE may follow."""


def writing(file: Path, *, fsync: bool) -> sqlite3.Connection:
    """Open a file for writing, making it and bringing its schema up to date; raises as `explained` does, or TooNew."""
    check_wal(file)
    with explained(file), _closed_on_error(connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if fsync else 'NORMAL'}")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # the writer does it after it has answered
        connection.execute("PRAGMA journal_size_limit = 16777216")
        _migrate(connection, file)
        return connection


def reading(file: Path) -> sqlite3.Connection:
    """Open a file for reading, beside whoever writes; one that is not there yet reads as one without tables."""
    with explained(file):
        if file.exists():
            with _closed_on_error(connect(f"{file.absolute().as_uri()}?mode=ro")) as connection:
                if version(connection, file):
                    return connection
            connection.close()
        empty = connect(":memory:")
        _migrate(empty, file)
        return empty


def connect(target: Path | str) -> sqlite3.Connection:
    """Open a file, or a URI of one, with every check for damage that SQLite has; transactions are begun by hand."""
    uri = isinstance(target, str) and target.startswith("file:")
    connection = sqlite3.connect(target, isolation_level=None, check_same_thread=False, uri=uri, timeout=5)
    with _closed_on_error(connection):
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        return connection


def insert(connection: sqlite3.Connection, into: str, values: Sequence[rows.Row], *, replacing: bool = False) -> None:
    """Put rows into a table; when `replacing`, those take the place of old ones that may, and an old seed stays.

    A statement takes many rows: at each one Python lets other threads run, and this one waits for its turn again.
    """
    ending = _REPLACING[into] if replacing else ""
    for start in range(0, len(values), MOST_ROWS):
        block = values[start : start + MOST_ROWS]
        connection.execute(_insert_sql(into, len(block), ending), tuple(chain.from_iterable(block)))


@contextmanager
def _closed_on_error(connection: sqlite3.Connection) -> Generator[sqlite3.Connection, None, None]:
    try:
        yield connection
    except BaseException:
        connection.close()
        raise


def back_up(connection: sqlite3.Connection, file: Path, since: int) -> Path:
    """Copy a database whole to a file beside it that is named by its schema, and return that file.

    Raises:
        StoreFull: no room for it.
    """
    backup = file.with_name(f"{file.name}.schema-{since}.backup")
    with explained(backup), closing(connect(backup)) as copy:
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    return backup


def _migrate(connection: sqlite3.Connection, file: Path) -> None:
    """Bring the schema up to date, whole or not at all; whatever there was is copied first."""
    if 0 < (since := version(connection, file)) < schema.VERSION:
        back_up(connection, file, since)
    connection.execute("BEGIN IMMEDIATE")
    for sql in schema.statements(version(connection, file), "BLOB"):
        connection.execute(sql)
    connection.execute("COMMIT")


def version(connection: sqlite3.Connection, file: Path) -> int:
    """Return the version of a database's schema, 0 in an empty file.

    Raises:
        TooNew: a newer program made it.
        Damaged: it does not say.
    """
    if not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        return 0
    row = connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
    if row is None or not str(row[0]).isdecimal() or row[0] == "0":
        raise Damaged(f"{file} does not say which version of the schema it has.", rows.REMEDY)
    if int(row[0]) > schema.VERSION:
        raise TooNew(
            f"A newer version of Taleforge made {file} (schema {row[0]}; this one knows {schema.VERSION}).",
            "Upgrade, then open it again.",
        )
    return int(row[0])


@cache
def _insert_sql(name: str, count: int, ending: str) -> str:
    one = f"({', '.join('?' * len(_ALL[name].split(', ')))})"
    return f"INSERT INTO {name} ({_ALL[name]}) VALUES {', '.join([one] * count)}{ending}"  # noqa: S608


_REPLACING: Final = {
    "prose": " ON CONFLICT (table_id, version, audience) DO UPDATE SET body = excluded.body, crc = excluded.crc",
    "seeds": " ON CONFLICT (table_id, commitment) DO NOTHING",
    "tables": " ON CONFLICT (id) DO UPDATE SET version = excluded.version, updated_at = excluded.updated_at,"
    " status = excluded.status, crc = excluded.crc",
}
"""What becomes of rows that are there already."""
