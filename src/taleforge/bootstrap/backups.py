"""What a backup needs of the settings: the store, the files, and the secret that a server made for itself.

Does not say where a backup lies.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from taleforge import __version__
from taleforge.bootstrap.secrets import SECRET
from taleforge.bootstrap.stores import hash_of_state
from taleforge.errors import Misconfigured
from taleforge.settings import Settings
from taleforge.store import archive, backup, restore
from taleforge.store.archive import KEPT, Manifest
from taleforge.store.blobs import FolderBlobs, on_disk
from taleforge.store.ports import Blobs
from taleforge.store.upgrade import Place, place

FILES: Final = "files"
"""The folder of the data folder in which files are kept."""


def blobs_of(settings: Settings) -> Blobs:
    """Return the files of the settings; raises Misconfigured when they cannot be."""
    chosen = settings.files
    if not chosen.url:
        return FolderBlobs(settings.data.folder / FILES)
    try:
        from taleforge.store.blobs_s3 import Bucket, S3Blobs  # noqa: PLC0415  # of an extra
    except ImportError as error:
        raise Misconfigured(
            f"A bucket needs parts that are not installed ({error.name}).", "pip install 'taleforge[s3]'"
        ) from error
    return S3Blobs(
        Bucket(
            url=chosen.url,
            endpoint=chosen.endpoint,
            region=chosen.region,
            key=chosen.key,
            secret=chosen.secret,
            timeout=chosen.timeout,
        )
    )


async def back_up(settings: Settings, into: IO[bytes], name: str, at: datetime) -> Manifest:
    """Write everything that is kept into a backup; raises as `store.backup.back_up` does."""
    stamp = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    about = backup.About(__version__, stamp, await asyncio.to_thread(_kept, settings))
    return await backup.back_up(_store(settings), blobs_of(settings), into, name, about, hash_of_state)


async def examine_backup(settings: Settings, file: Path, into: str = "") -> Manifest:
    """Check a backup, and that it could be restored; changes nothing. Raises as `store.restore` does."""
    await restore.check_free(_target(settings, into))
    reader = await asyncio.to_thread(archive.Reader, file)
    try:
        await asyncio.to_thread(restore.examine, reader, hash_of_state, __version__)
        return reader.manifest
    finally:
        reader.close()


async def restore_backup(settings: Settings, file: Path, into: str = "") -> Manifest:
    """Bring a backup back into the store of the settings or into another; raises as `store.restore.restore` does."""
    target = _target(settings, into)
    folder = target if isinstance(target, Path) else settings.data.folder
    blobs = blobs_of(settings) if settings.files.url else FolderBlobs(folder / FILES)
    reader = await asyncio.to_thread(archive.Reader, file)
    try:
        manifest = await restore.restore(reader, target, blobs, hash_of_state, __version__)
        await asyncio.to_thread(_bring_back, reader, folder)
    finally:
        reader.close()
    return manifest


def _store(settings: Settings) -> Place:
    return settings.store.url or settings.data.folder


def _target(settings: Settings, into: str) -> Place:
    return place(into, settings.data.folder) if into else _store(settings)


def _kept(settings: Settings) -> dict[str, bytes]:
    file = settings.data.folder / SECRET
    with on_disk(file):
        return {SECRET: file.read_bytes()} if file.is_file() and not settings.serve.secret else {}


def _bring_back(reader: archive.Reader, folder: Path) -> None:
    """Put the server's own secret back, unless there is one already."""
    name, file = f"{KEPT}{SECRET}", folder / SECRET
    if name in reader.manifest.files and not file.exists():
        with archive.new_file(file) as stream:
            stream.write(b"".join(reader.pieces(name)))
