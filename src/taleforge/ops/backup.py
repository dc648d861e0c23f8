"""`taleforge backup`: where a backup goes, what it is called, and how many are kept.

Does not know what is in one.
"""

import contextlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from taleforge.bootstrap import Manifest, back_up, backups_in, new_backup
from taleforge.errors import Misconfigured
from taleforge.settings import Settings

STDOUT: Final = "-"


class Made(Struct, frozen=True):
    """A backup: where it is (`-`: standard output), its bytes, what is in it, and what was taken away for it."""

    file: str
    size: int
    manifest: Manifest
    removed: tuple[str, ...] = ()


async def make(settings: Settings, to: str = "", keep: int | None = None, now: datetime | None = None) -> Made:
    """Back up the store of the settings, also while a server plays there.

    Args:
        settings: Say what, and where to when `to` does not.
        to: A folder, in which it is named by its time; a new file that ends in `.backup`; or `-`.
        keep: How many of a folder are kept, the newest; 0: all.
        now: When it is.

    Raises:
        Misconfigured: nothing says where to.
        BadInput, Damaged, StoreFull, Unavailable: as `store.backup.back_up`; then there is no new file.
    """
    at = now or datetime.now(UTC)
    if to == STDOUT:
        return await _told(settings, at)
    file = _file(settings, to, at)
    with new_backup(file) as stream:
        manifest = await back_up(settings, stream, str(file), at)
    most = settings.backup.keep if keep is None else keep
    return Made(str(file), file.stat().st_size, manifest, _prune(file.parent, most))


async def _told(settings: Settings, at: datetime) -> Made:
    stream = sys.stdout.buffer
    manifest = await back_up(settings, stream, "standard output", at)
    stream.flush()
    return Made(STDOUT, 0, manifest)


def _file(settings: Settings, to: str, at: datetime) -> Path:
    path = Path(to).expanduser() if to else settings.backup.folder
    if path is None:
        raise Misconfigured("Nothing says where the backup is to go.", "Add --to FOLDER, or set backup.folder.")
    named = path.suffix == ".backup" and not path.is_dir()
    return path if named else path / f"taleforge-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.backup"


def _prune(folder: Path, keep: int) -> tuple[str, ...]:
    """Take all but the newest away, of those that were named by their time."""
    old = backups_in(folder)[keep:] if keep else []
    for file in old:
        with contextlib.suppress(FileNotFoundError):
            file.unlink()
    return tuple(map(str, old))
