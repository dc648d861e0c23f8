"""A backup as one file: a zip of rows, files and, last, a manifest with the SHA-256 of each.

Rows are kept as MessagePack, engine-neutral, in blocks that begin with their length, so that a backup of one engine is
restored into another. Without its manifest, which is written last, a file is no backup: one that was cut short cannot
be taken for one. Does not know where rows and files come from or go to (`backup`, `restore`).
"""

import hashlib
import os
import re
import struct
import time
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final, Literal, Self

import msgspec
from msgspec import Struct

from taleforge.errors import BadInput, Damaged, TooNew
from taleforge.store import schema
from taleforge.store.blobs import PIECE, durably, on_disk
from taleforge.store.rows import Row
from taleforge.store.sides import ALL

FORMAT: Final = 1
SUFFIX: Final = ".backup"
MANIFEST: Final = "manifest.json"
ROWS: Final = "rows/"
FILES: Final = "files/"
KEPT: Final = "kept/"
"""Secrets that a server made for itself."""
_STALE: Final = 86_400
"""Seconds after which nobody is writing a backup any more that was not finished."""
_LENGTH: Final = struct.Struct(">I")
_MOST: Final = 1 << 30
"""Bytes of a block of rows."""
_NAME: Final = re.compile(r"taleforge-[0-9]{8}T[0-9]{6}Z\.backup")
_ADVICE: Final = "Take another backup."
_NO_ZIP: Final = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, RuntimeError, ValueError)
_TYPES: Final = frozenset({str, int, bytes, type(None)})
_rows = msgspec.msgpack.Decoder(list[tuple[Any, ...]])


class Part(Struct, frozen=True):
    """A file within a backup: the SHA-256 of what is in it, in hexadecimal, and its bytes."""

    sha256: str
    size: int


class Manifest(Struct, frozen=True, kw_only=True):
    """What a backup holds.

    `at` is when it was begun, `made_by` the version that made it; `columns` and `rows` (how many) are by table of the
    schema, `states` the SHA-256 of the state that each table's log leads to; `lost` are ids of files that rows name and
    that were not there to be kept (older versions did not look).
    """

    format: int
    schema: int
    made_by: str
    at: str
    engine: Literal["sqlite", "postgresql"]
    columns: dict[str, str]
    rows: dict[str, int]
    states: dict[str, str]
    files: dict[str, Part]
    lost: tuple[str, ...] | None = None

    @property
    def blobs(self) -> list[str]:
        """The ids of the files it holds."""
        return [name.removeprefix(FILES) for name in self.files if name.startswith(FILES)]


class _Versions(Struct):
    format: int
    schema: int


class Writer:
    """A backup that is being written.

    Args:
        into: Where to; it need not be able to seek.
        name: What to call it when there is no room for it.
    """

    def __init__(self, into: IO[bytes], name: str) -> None:
        self.parts: dict[str, Part] = {}
        self._name = name
        self._zip = zipfile.ZipFile(into, "w", allowZip64=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.fp = None  # what was not finished gets no directory, so that nobody takes it for whole

    @contextmanager
    def part(self, name: str) -> Generator["PartWriter"]:
        """Write one file."""
        kind = zipfile.ZIP_STORED if name.startswith(FILES) else zipfile.ZIP_DEFLATED
        info = zipfile.ZipInfo(name)
        info.compress_type = kind
        with on_disk(Path(self._name)):
            stream = self._zip.open(info, "w", force_zip64=True)
        writer = PartWriter(stream, self._name)
        try:
            yield writer
        finally:
            with on_disk(Path(self._name)):
                stream.close()
        self.parts[name] = writer.part

    def finish(self, manifest: Manifest) -> None:
        """Write what makes it a backup."""
        with on_disk(Path(self._name)):
            self._zip.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
            self._zip.close()


class PartWriter:
    """One file of a backup that is being written."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream = stream
        self._name = name
        self._digest = hashlib.sha256()
        self._size = 0

    @property
    def part(self) -> Part:
        """What was written."""
        return Part(self._digest.hexdigest(), self._size)

    def write(self, data: bytes) -> None:
        """Write some bytes; raises StoreFull or Unavailable."""
        self._digest.update(data)
        self._size += len(data)
        with on_disk(Path(self._name)):
            self._stream.write(data)

    def rows(self, batch: list[Row]) -> None:
        """Write a block of rows."""
        data = msgspec.msgpack.encode(batch)
        self.write(_LENGTH.pack(len(data)) + data)


class Reader:
    """A backup, of which nothing is believed that was not checked.

    Args:
        file: Which.

    Raises:
        BadInput: it is not there, or no backup.
        TooNew: a newer version made it.
        Damaged: it was cut short or altered.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            self._zip = zipfile.ZipFile(file)
        except FileNotFoundError as error:
            raise BadInput(f"There is no {file}.", "Name a file that `taleforge backup` made.") from error
        except (*_NO_ZIP, OSError) as error:
            raise Damaged(f"{file} is no backup, or only the beginning of one: {error}.", _ADVICE) from error
        try:
            self.manifest = _manifest(self._zip, file)
            self._check_names()
        except BaseException:
            self._zip.close()
            raise

    def close(self) -> None:
        """Let it go."""
        self._zip.close()

    def rows(self, table: str) -> Iterator[list[Row]]:
        """Return the rows of a table of the schema, some at a time; raises Damaged."""
        name = f"{ROWS}{table}"
        if name not in self.manifest.files:
            return
        width = ALL[table].count(",") + 1
        with self._reading(name) as stream:
            while head := stream.read(_LENGTH.size):
                (length,) = _LENGTH.unpack(head)
                data = stream.read(length) if length < _MOST else b""
                batch: list[Row] = list(_rows.decode(data))
                if len(data) != length or not all(_fits(row, width) for row in batch):
                    raise Damaged(f"The rows of {table} in {self.file} cannot be read.", _ADVICE)
                yield batch

    def pieces(self, name: str) -> Iterator[bytes]:
        """Return the bytes of a file of the manifest; raises Damaged, at the end, when it was altered."""
        digest = hashlib.sha256()
        with self._reading(name) as stream:
            while piece := stream.read(PIECE):
                digest.update(piece)
                yield piece
        if digest.hexdigest() != self.manifest.files[name].sha256:
            raise Damaged(f"{name} in {self.file} was altered: its SHA-256 is not that of the manifest.", _ADVICE)

    def check(self) -> None:
        """Read every file; raises Damaged when one was altered."""
        for name in self.manifest.files:
            for _ in self.pieces(name):
                pass

    @contextmanager
    def _reading(self, name: str) -> Generator[IO[bytes]]:
        try:
            with self._zip.open(name) as stream:
                yield stream
        except (*_NO_ZIP, OSError, msgspec.DecodeError) as error:
            raise Damaged(f"{name} in {self.file} cannot be read: {error}.", _ADVICE) from error

    def _check_names(self) -> None:
        """What is there is what the manifest names, each once."""
        found = [name for name in self._zip.namelist() if name != MANIFEST]
        for name in sorted({*found} ^ self.manifest.files.keys()):
            what = "is not in its manifest" if name in found else "is missing"
            raise Damaged(f"{name} {what} in {self.file}.", _ADVICE)
        if len(found) != len(self.manifest.files):
            raise Damaged(f"{self.file} holds a file twice.", _ADVICE)


def _fits(row: Row, width: int) -> bool:
    return len(row) == width and all(type(column) in _TYPES for column in row)


def _manifest(zipped: zipfile.ZipFile, file: Path) -> Manifest:
    try:
        data = zipped.read(MANIFEST)
        versions = msgspec.json.decode(data, type=_Versions)
        if versions.format > FORMAT or versions.schema > schema.VERSION:
            raise TooNew(
                f"A newer version of Taleforge made {file} (format {versions.format}, schema {versions.schema}).",
                "Upgrade, then restore it.",
            )
        found = msgspec.json.decode(data, type=Manifest)
    except KeyError as error:
        raise BadInput(f"{file} is a zip, but no backup: it has no manifest.", _ADVICE) from error
    except (*_NO_ZIP, OSError, msgspec.DecodeError) as error:
        raise Damaged(f"The manifest of {file} cannot be read: {error}.", _ADVICE) from error
    for table, columns in found.columns.items():
        if ALL.get(table) != columns:
            raise BadInput(
                f"{file} is of an older schema ({found.schema}), in which {table} was different.",
                f"Restore it with Taleforge {found.made_by}, then upgrade and run `taleforge migrate`.",
            )
    return found


@contextmanager
def new_file(path: Path) -> Generator[IO[bytes]]:
    """Make a file, readable by its owner alone, that is there when the block ends well, and else not.

    Raises:
        BadInput: it is there already.
        StoreFull, Unavailable: it cannot be written.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    with on_disk(path.parent):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(path.parent)
        if path.exists():
            raise BadInput(f"{path} is there already.", "Name another file, or a folder.")
        stream = os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb")
    try:
        yield stream
        with on_disk(path):
            stream.flush()
            os.fsync(stream.fileno())
            stream.close()
            durably(path, new)
    finally:
        with suppress(OSError):  # a full disk says so again when what is left is flushed
            stream.close()
        new.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Take away what a backup left behind that was killed."""
    for left in folder.glob(f".*{SUFFIX}.*.new"):
        with suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - _STALE:
                left.unlink()


def backups(folder: Path) -> list[Path]:
    """Return the backups of a folder that were named by their time, the newest first."""
    with on_disk(folder):
        found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)] if folder.is_dir() else []
    return sorted(found, key=lambda path: path.name, reverse=True)


def newest(folder: Path) -> Manifest | None:
    """Return the manifest of the newest backup of a folder that has one."""
    for file in backups(folder):
        with suppress(BadInput, Damaged):
            reader = Reader(file)
            reader.close()
            return reader.manifest
    return None
