"""`taleforge restore`: a backup from a file or from standard input, brought back or only examined.

Does not decide what a backup is worth.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from taleforge.bootstrap import Manifest, examine_backup, restore_backup
from taleforge.settings import Settings

STDIN: Final = "-"


async def bring_back(settings: Settings, source: str, into: str = "", *, dry_run: bool = False) -> Manifest:
    """Restore a backup into the store of the settings or another; with `dry_run` only say whether it could be.

    Args:
        settings: Name the store, when `into` does not.
        source: A file; or `-`, which is first kept beside the store, since a backup has to be read twice.
        into: `sqlite:FOLDER` or a URL.
        dry_run: Change nothing.

    Raises:
        BadInput, Damaged, TooNew, StoreBusy, StoreFull, Unavailable, Misconfigured: as `store.restore.restore`.
    """
    with _at_hand(source, settings.data.folder) as file:
        return await (examine_backup if dry_run else restore_backup)(settings, file, into)


@contextmanager
def _at_hand(source: str, folder: Path) -> Generator[Path]:
    if source != STDIN:
        yield Path(source).expanduser()
        return
    where = folder if os.access(folder, os.W_OK) else None
    with tempfile.NamedTemporaryFile(dir=where, prefix=".restore-", suffix=".backup") as spool:
        shutil.copyfileobj(sys.stdin.buffer, spool)
        spool.flush()
        yield Path(spool.name)
