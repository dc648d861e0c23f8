"""A log file that is begun anew at a size: the old ones are numbered, the oldest goes. Several processes may share it.

Before each line the file's name is looked up: when another process has moved the file on, this one follows. Moving on
happens under a lock beside the file. A line that cannot be written (a full disk) is counted and lost: nothing that is
played waits for the log or fails with it. Does not compress.
"""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

MODE: Final = 0o640
"""Log lines name people's ids: others on the machine need not read them."""


class RotatingFile:
    """Takes whole lines.

    Args:
        file: Where they go; its folder is there.
        most_bytes: Size at which the file is moved on.
        keep: Files in all: the one that is written, and `file.1` (the newest) to `file.<keep - 1>`.

    Raises:
        OSError: the file cannot be opened.
    """

    def __init__(self, file: Path, most_bytes: int, keep: int) -> None:
        self.lost = 0
        """Lines that could not be written."""
        self._file = file
        self._most = most_bytes
        self._keep = keep
        self._descriptor = self._open()
        self._inode = os.fstat(self._descriptor).st_ino

    def write(self, text: str) -> None:
        """Append a line, in one piece also beside other processes."""
        data = text.encode("utf-8", "backslashreplace")
        try:
            self._follow(len(data))
            self.lost += os.write(self._descriptor, data) < len(data)
        except OSError:
            self.lost += 1

    def flush(self) -> None:
        """Do nothing: no line waits here."""

    def isatty(self) -> bool:
        """Whether somebody looks at it: nobody."""
        return False

    def close(self) -> None:
        """Let the file go."""
        os.close(self._descriptor)

    def _open(self) -> int:
        return os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, MODE)

    def _follow(self, more: int) -> None:
        """See to it that the descriptor is that of the name, with room for so many bytes more."""
        try:
            found = self._file.stat()
        except FileNotFoundError:
            self._reopen()
            return
        if found.st_size and found.st_size + more > self._most:
            with self._locked():
                self._move_on(found.st_ino)
        elif found.st_ino != self._inode:
            self._reopen()

    def _move_on(self, full: int) -> None:
        """Number the files up, unless another process was faster."""
        if self._file.exists() and self._file.stat().st_ino == full:
            for number in range(self._keep - 1, 0, -1):
                older = self._numbered(number - 1)
                if older.exists():
                    older.replace(self._numbered(number))
            if self._keep == 1:
                self._file.unlink()
        self._reopen()

    def _numbered(self, number: int) -> Path:
        return self._file.with_name(f"{self._file.name}.{number}") if number else self._file

    def _reopen(self) -> None:
        new = self._open()
        os.close(self._descriptor)
        self._descriptor = new
        self._inode = os.fstat(new).st_ino

    @contextmanager
    def _locked(self) -> Generator[None]:
        lock = os.open(self._file.with_name(f".{self._file.name}.lock"), os.O_WRONLY | os.O_CREAT, MODE)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
