"""SQLite's errors in our words: what was wrong, with which file, and what to do.

A mistake of ours in using the library (`ProgrammingError`, `InterfaceError`) is a bug and passes through.
"""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from taleforge.errors import Conflict, Damaged, StoreBusy, StoreFull, TaleforgeError, Unavailable
from taleforge.store.rows import REMEDY

_GROWING = frozenset({sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_TRUNCATE})
"""What SQLite says when a file may not grow for another reason than a full disk: a quota, a limit of the process."""


@contextmanager
def explained(file: Path) -> Generator[None, None, None]:
    """Within the block, turn SQLite's errors into ours; `file` is the database they are about."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError):
        raise
    except sqlite3.Error as error:
        raise explain(error, file) from error


def explain(error: sqlite3.Error, file: Path) -> TaleforgeError:
    """Return what an error of SQLite means for whoever uses the file."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if code == sqlite3.SQLITE_FULL or code in _GROWING:
        return StoreFull(f"There is no room left for {file}; nothing was stored.", "Free some space, then try again.")
    match code & 0xFF:
        case sqlite3.SQLITE_CONSTRAINT:
            return Conflict("Somebody else stored this first.", "Read again, decide again, write again.")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusy(f"Another program is using {file}.", "Close it, then try again.")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return Unavailable(f"{file} cannot be opened for this: {error}.", "Check who may read and write it.")
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_NOMEM | sqlite3.SQLITE_PROTOCOL | sqlite3.SQLITE_NOLFS:
            return Unavailable(f"The system could not read or write {file}: {error}.", "Check the disk, try again.")
        case _:  # CORRUPT, NOTADB, and a schema or text that is no longer ours
            return Damaged(f"The file {file} is damaged: {error}.", REMEDY)
