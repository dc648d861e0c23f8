"""What a move needs of the settings: both stores, their files, and the secret that a server made for itself.

Does not move anything itself.
"""

import asyncio
from pathlib import Path

from taleforge.bootstrap.backups import FILES
from taleforge.bootstrap.secrets import SECRET
from taleforge.bootstrap.stores import hash_of_state
from taleforge.settings import Settings
from taleforge.store import archive
from taleforge.store.blobs import FolderBlobs, on_disk
from taleforge.store.move import Files, Moved
from taleforge.store.move import move as carry
from taleforge.store.upgrade import Place, place


async def move(settings: Settings, source: str, target: str) -> Moved:
    """Move everything from one store to another, each `sqlite:FOLDER` or a URL; raises as `store.move` does.

    An empty `target` is the one of the settings. A store without a folder of its own has its files in the data folder;
    where they are in a bucket they stay there.
    """
    usual = settings.data.folder
    old, new = place(source, usual), place(target or settings.store.url, usual)
    here, there = (_folder_of(one, usual) for one in (old, new))
    files = None
    if here != there and not settings.files.url:
        files = Files(FolderBlobs(here / FILES), FolderBlobs(there / FILES))
    moved = await carry(old, new, hash_of_state, files)
    await asyncio.to_thread(_take_along, here / SECRET, there / SECRET)
    return moved


def _folder_of(store: Place, usual: Path) -> Path:
    return (store if isinstance(store, Path) else usual).resolve()


def _take_along(old: Path, new: Path) -> None:
    """Copy the secret that a server made for itself, unless there is one already: without it no invite fits."""
    with on_disk(new):
        if old.is_file() and not new.exists():
            with archive.new_file(new) as stream:
                stream.write(old.read_bytes())
