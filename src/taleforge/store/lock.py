"""One writing process per data folder: a lock that the system lets go of when its holder dies, however it dies.

Readers need no lock. Does not work between machines that share a folder over a network without locks.
"""

import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path

from taleforge.errors import Misconfigured, StoreBusy

NAME = "writer.lock"


class WriterLock:
    """The right to write into a folder, from making it to `release`.

    Args:
        folder: The data folder; made when it is missing.

    Raises:
        StoreBusy: another process has it; says which.
        Misconfigured: the folder cannot be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self._file = _opened(folder)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._file, 200, 0).decode(errors="replace").strip() or "another process"
            os.close(self._file)
            raise StoreBusy(
                f"The data folder {folder} is open for writing by {holder}.",
                "Close that one first, or set data.folder to another folder.",
            ) from error
        self._sign()

    def _sign(self) -> None:
        """Leave word of who holds the lock, for whoever is refused."""
        since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"process {os.getpid()} since {since}\n".encode(), 0)
        except OSError:  # a full disk: the lock holds all the same, only its note is missing
            return

    def release(self) -> None:
        """Let others write."""
        os.close(self._file)


def holder(folder: Path) -> str | None:
    """Return who has a data folder open for writing, or None; changes nothing."""
    try:
        file = os.open(folder / NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # nobody has ever written there, or nobody may look
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(file, 200, 0).decode(errors="replace").strip() or "another process"
    else:
        return None
    finally:
        os.close(file)


def _opened(folder: Path) -> int:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Misconfigured(
            f"The data folder {folder} cannot be written: {error.strerror}.",
            "Set data.folder to a place you may write.",
        ) from error
