"""`taleforge restore`: a backup from a file or from standard input, brought back or only examined.

Does not decide what a backup is worth.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from taleforge.bootstrap import Manifest, examine_backup, restore_backup
from taleforge.errors import StoreFull
from taleforge.settings import Settings

STDIN: Final = "-"


async def bring_back(settings: Settings, source: str, into: str = "", *, dry_run: bool = False) -> Manifest:
    """Restore a backup into the store of the settings or another; with `dry_run` only say whether it could be.

    Args:
        settings: Name the store, when `into` does not.
        source: A file; or `-`, which is first kept beside the store, or where backups are, since it is read twice.
        into: `sqlite:FOLDER` or a URL.
        dry_run: Change nothing.

    Raises:
        BadInput, Damaged, TooNew, StoreBusy, StoreFull, Unavailable, Misconfigured: as `store.restore.restore`.
    """
    with _at_hand(source, settings) as file:
        return await (examine_backup if dry_run else restore_backup)(settings, file, into)


@contextmanager
def _at_hand(source: str, settings: Settings) -> Generator[Path]:
    if source != STDIN:
        yield Path(source).expanduser()
        return
    where = _roomy(settings)
    with tempfile.NamedTemporaryFile(dir=where, prefix=".restore-", suffix=".backup") as spool:
        try:
            shutil.copyfileobj(sys.stdin.buffer, spool)
            spool.flush()
        except OSError as error:
            with suppress(OSError):  # it says so again when what is left is flushed
                spool.close()
            raise StoreFull(
                f"The backup cannot be kept in {where}: {error.strerror}.", "Name a file, or a backup.folder with room."
            ) from error
        yield Path(spool.name)


def _roomy(settings: Settings) -> Path:
    """Return where a backup from standard input may be kept; in a container the last has little room."""
    for folder in (settings.data.folder, settings.backup.folder):
        if folder is not None and os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.gettempdir())
