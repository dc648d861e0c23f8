"""Files in a folder, named by what is in them (`store.ports.Blobs`): the embedded default.

A file is written beside its place, flushed, and moved there, so that it is whole or not there. What a process that was
killed left behind is swept up a day later. Does not know who may see what.
"""

import asyncio
import errno
import hashlib
import os
import re
import secrets
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final, ParamSpec, TypeVar

from taleforge.errors import BadInput, Damaged, StoreFull, Unavailable
from taleforge.store.ports import Blob

P = ParamSpec("P")
T = TypeVar("T")

PIECE: Final = 1 << 20
"""Bytes that are read at a time."""
KINDS: Final = {
    "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/svg+xml": "svg",
    "audio/wav": "wav", "audio/ogg": "ogg", "audio/flac": "flac", "audio/mpeg": "mp3",
    "application/json": "json", "application/zip": "zip", "text/plain": "txt", "application/octet-stream": "bin",
}  # fmt: skip
"""The suffix of each media type of which files are kept."""
_MIMES: Final = {suffix: mime for mime, suffix in KINDS.items()}
_ID: Final = re.compile(r"([0-9a-f]{64})\.([a-z0-9]{2,4})")
_NEW: Final = ".new-"
_STALE: Final = 86_400
"""Seconds after which nobody is writing a file any more that was not finished."""
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def name_of(digest: str, mime: str) -> str:
    """Return the id of a file with this SHA-256; raises BadInput when files of this kind are not kept."""
    if mime not in KINDS:
        raise BadInput(f"Files of type {mime[:100]} are not kept.", f"Known are {', '.join(KINDS)}.")
    return f"{digest}.{KINDS[mime]}"


def mime_of(blob: str) -> str | None:
    """Return the media type of the file with an id; None when it is no id of a file."""
    match = _ID.fullmatch(blob)
    return _MIMES.get(match[2]) if match else None


def place_of(blob: str) -> str:
    """Return the path of a file below the folder or bucket, in folders that do not become too long."""
    return f"{blob[:2]}/{blob[2:4]}/{blob}"


async def pieces(content: bytes | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Return content piece by piece."""
    if isinstance(content, bytes):
        yield content
    else:
        async for piece in content:
            yield piece


async def checked(blob: str, read: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pass on a whole file; raises Damaged at its end when it is not what its id says."""
    digest = hashlib.sha256()
    async for piece in read:
        digest.update(piece)
        yield piece
    if digest.hexdigest() != blob[:64]:
        raise Damaged(f"The file {blob} is not what was kept.", "Bring it back from a backup, or have it made again.")


async def whole(read: AsyncIterator[bytes] | None) -> bytes | None:
    """Return all that is read."""
    return None if read is None else b"".join([piece async for piece in read])


class FolderBlobs:
    """Files in a folder.

    Args:
        folder: Made when it is first needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, content: bytes | AsyncIterable[bytes], mime: str) -> Blob:
        """Keep a file; see `Blobs.put`."""
        name_of("", mime)
        digest, size = hashlib.sha256(), 0
        new = self._folder / f"{_NEW}{secrets.token_hex(8)}"
        file = await self._do(self._begin, new)
        try:
            async for piece in pieces(content):
                digest.update(piece)
                size += len(piece)
                await self._do(file.write, piece)
            blob = name_of(digest.hexdigest(), mime)
            await self._do(_finish, file, new, self._folder / place_of(blob))
        finally:
            with suppress(OSError):  # a disk that is full says so again when what is left is flushed
                file.close()
            new.unlink(missing_ok=True)
        return Blob(blob, size, mime)

    async def get(self, blob: str) -> bytes | None:
        """Return a whole file; see `Blobs.get`."""
        return await whole(await self.open(blob))

    async def open(self, blob: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes] | None:
        """Return bytes of a file; see `Blobs.open`."""
        if await self.stat(blob) is None:
            return None
        read = self._read(self._folder / place_of(blob), start, stop)
        return checked(blob, read) if start == 0 and stop is None else read

    async def stat(self, blob: str) -> Blob | None:
        """Return what is known of a file."""
        mime = mime_of(blob)
        if mime is None:
            return None
        size = await self._do(_size, self._folder / place_of(blob))
        return None if size is None else Blob(blob, size, mime)

    async def delete(self, blob: str, before: float | None = None) -> bool:
        """Keep a file no longer; see `Blobs.delete`."""
        return mime_of(blob) is not None and await self._do(_remove, self._folder / place_of(blob), before)

    async def list(self) -> AsyncIterator[Blob]:
        """Return every file."""
        found = self._found()
        while batch := await self._do(_some, found):
            for blob in batch:
                yield blob

    def _found(self) -> Iterator[Blob]:
        for file in self._folder.glob("??/??/*"):
            mime, size = mime_of(file.name), _size(file)
            if mime is not None and size is not None:
                yield Blob(file.name, size, mime)

    async def _read(self, path: Path, start: int, stop: int | None) -> AsyncIterator[bytes]:
        file = await self._do(path.open, "rb")
        try:
            await self._do(file.seek, start)
            left = stop - start if stop is not None else None
            while piece := await self._do(file.read, PIECE if left is None else max(0, min(PIECE, left))):
                left = None if left is None else left - len(piece)
                yield piece
        finally:
            file.close()

    def _begin(self, new: Path) -> IO[bytes]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self._folder.glob(f"{_NEW}*"):
            with suppress(FileNotFoundError):
                if left.stat().st_mtime < time.time() - _STALE:
                    left.unlink()
        return os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")

    async def _do(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with on_disk(self._folder):
            return await asyncio.to_thread(call, *args, **kwargs)


@contextmanager
def on_disk(place: Path) -> Generator[None]:
    """Within the block, turn errors of the system about files into ours."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StoreFull(f"There is no room left in {place}.", "Free some space, then try again.") from error
        raise Unavailable(f"{place} cannot be used: {error.strerror}.", "Check the disk and who may use it.") from error


def durably(path: Path, new: Path) -> None:
    """Move a new file, which is flushed, to its place, so that it is still there after a power cut."""
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _finish(file: IO[bytes], new: Path, path: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    durably(path, new)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _remove(path: Path, before: float | None) -> bool:
    try:
        if before is not None and path.stat().st_mtime >= before:
            return False
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def _some(found: Iterator[Any], most: int = 200) -> list[Any]:
    return [blob for blob, _ in zip(found, range(most), strict=False)]
