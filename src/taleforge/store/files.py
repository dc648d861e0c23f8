"""A table as one file to keep or to hand on: `.tale`, a zip of manifest, log, prose and assets (PROTOCOL §10).

Whatever is read was made by somebody else: names, sizes and hashes are checked before anything is believed. Says
nothing of whether a log could have been played (`table.verify`), and never holds a seed that its log does not reveal.
"""

import errno
import hashlib
import io
import lzma
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from taleforge.errors import BadInput, Damaged, StoreFull, TooNew, Unavailable
from taleforge.messages.brief import Prose
from taleforge.messages.codec import MessageError, decode_event, encode
from taleforge.messages.events import Event, PackPin, Sealed, TableOpened
from taleforge.messages.ids import is_id
from taleforge.store.faultpoints import reached
from taleforge.store.seals import Key, Seal
from taleforge.table.ports import TableRow

T = TypeVar("T")

FORMAT: Final = 1
MOST_BYTES: Final = 256 * 1024 * 1024
"""Size of everything in a file together, unpacked."""
MOST_FILES: Final = 10_000
MANIFEST: Final = "manifest.json"
LOG: Final = "log.jsonl"
PROSE: Final = "prose.jsonl"
ASSETS: Final = "assets/"

_NAME = re.compile(r"manifest\.json|log\.jsonl|prose\.jsonl|assets/[a-z0-9][a-z0-9_.-]{0,99}")
_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_LONGEST = 200
"""Characters of an id, a title, or the name of an adventure."""
_LATEST = 2**53
"""In-world rounds, and so more than any program of a player counts exactly."""
_ADVICE = "Ask whoever made it for another copy."
_NO_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, struct.error, ValueError, RuntimeError)
"""What the standard library raises when a zip was tampered with."""

_prose = msgspec.json.Decoder(Prose)


class Manifest(Struct, frozen=True):
    """What a file holds. `files` are the SHA-256 of each, in hexadecimal; `made_by` the version that wrote it."""

    format: int
    made_by: str
    table: TableRow
    packs: tuple[PackPin, ...]
    files: dict[str, str]
    seal: Seal | None = None


class Tale(Struct, frozen=True):
    """A table with all that belongs to it; assets by file name. `sealed_by` is the id of a key, empty for none."""

    table: TableRow
    events: tuple[Event, ...]
    prose: tuple[Prose, ...] = ()
    assets: dict[str, bytes] = {}
    sealed: Sealed = "nowhere"
    sealed_by: str = ""


class _Format(Struct):
    format: int


def write_tale(file: Path, tale: Tale, made_by: str, key: Key | None = None) -> None:
    """Write a table to a file, sealed by a key if there is one, whole or not at all; a file that is there is replaced.

    Raises:
        StoreFull: no room.
        Unavailable: the file cannot be written there.
    """
    contents = {
        LOG: b"".join(encode(event) + b"\n" for event in tale.events),
        PROSE: b"".join(encode(prose) + b"\n" for prose in tale.prose),
        **{ASSETS + name: data for name, data in tale.assets.items()},
    }
    hashes = {name: _hash(data) for name, data in contents.items()}
    manifest = Manifest(FORMAT, made_by, tale.table, _packs(tale.events), hashes)
    if key is not None:
        manifest = replace(manifest, seal=key.seal(encode(manifest), contents))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {MANIFEST: msgspec.json.format(encode(manifest)), **contents}.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    _replace(file, packed.getvalue())


def read_tale(file: Path, key: Key | None = None) -> Tale:
    """Return the table in a file, its seal judged if it is of this key.

    Raises:
        Damaged: the file is cut short or was altered; says where.
        TooNew: a newer version wrote it.
        BadInput: it is no file of ours, is too large, holds what it must not, or is not as the key sealed it.
        Unavailable: the file cannot be read.
    """
    with _explained(file), zipfile.ZipFile(file) as archive:
        contents = _unpacked(archive, file)
    packed = contents.pop(MANIFEST, b"")
    manifest = _manifest(packed, file)
    _check_hashes(manifest, contents, file)
    events = _lines(contents.get(LOG, b""), decode_event, f"{LOG} of {file}")
    _check_log(manifest.table, events, file)
    prose = _lines(contents.get(PROSE, b""), _prose.decode, f"{PROSE} of {file}")
    if any(not 1 <= one.v <= len(events) for one in prose):
        raise BadInput(f"The {PROSE} of {file} tells of what is not in its log.", _ADVICE)
    assets = {name.removeprefix(ASSETS): data for name, data in contents.items() if name.startswith(ASSETS)}
    seal = manifest.seal
    if seal is None:
        return Tale(manifest.table, events, prose, assets)
    if key is None or key.id != seal.by:
        return Tale(manifest.table, events, prose, assets, "elsewhere", seal.by)
    if not key.fits(seal, packed):
        what = _named(key.changed(seal, contents))
        raise BadInput(f"{file} was forged: {what} is not as it was sealed here.", _ADVICE)
    return Tale(manifest.table, events, prose, assets, "here", seal.by)


def _named(changed: tuple[str, int] | None) -> str:
    """Return what of a tale was changed, in words; where every line is as it was, they were not sealed together."""
    if changed is None:
        return f"its {MANIFEST}"
    name, number = changed
    if name == LOG:
        return f"event {number}"
    return f"line {number} of {name}" if name == PROSE else name


def _packs(events: Sequence[Event]) -> tuple[PackPin, ...]:
    opened = events[0].d if events else None
    return opened.packs if isinstance(opened, TableOpened) else ()


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _replace(file: Path, data: bytes) -> None:
    """Write beside the file, and let it take the file's place once it is safe on disk."""
    beside = file.with_name(f".{file.name}.part")
    try:
        with beside.open("wb") as new:
            new.write(data)
            new.flush()
            os.fsync(new.fileno())
        reached("export.written")
        beside.replace(file)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise StoreFull(f"There is no room for {file}.", "Free some space, then try again.") from error
        raise Unavailable(f"{file} cannot be written: {error.strerror}.", "Choose another place.") from error
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _explained(file: Path) -> Generator[None, None, None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"{file} cannot be read: {error.strerror}.", "Check the path.") from error
    except _NO_ZIP as error:
        raise Damaged(f"{file} is cut short or was altered: {error}.", _ADVICE) from error


def _unpacked(archive: zipfile.ZipFile, file: Path) -> dict[str, bytes]:
    """Return every file by name; whatever a header says of sizes, no more than allowed is ever unpacked."""
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise BadInput(f"{file} holds {len(entries)} files; {MOST_FILES} are allowed.", _ADVICE)
    contents: dict[str, bytes] = {}
    left = MOST_BYTES
    for entry in entries:
        _check_entry(entry, contents, file)
        with archive.open(entry) as packed:
            data = packed.read(left + 1)
        left -= len(data)
        if left < 0:
            raise BadInput(f"{file} unpacks to more than {MOST_BYTES} bytes (at {entry.filename}).", _ADVICE)
        contents[entry.filename] = data
    return contents


def _check_entry(entry: zipfile.ZipInfo, seen: dict[str, bytes], file: Path) -> None:
    name = entry.filename[:200]
    if not _NAME.fullmatch(name):
        raise BadInput(f"{file} holds {name!r}, which does not belong in a tale.", _ADVICE)
    if name in seen:
        raise BadInput(f"{file} holds {name} twice.", _ADVICE)
    if entry.flag_bits & 1:
        raise BadInput(f"{name} in {file} is encrypted.", "Unpack and pack it without a password.")


def _manifest(data: bytes, file: Path) -> Manifest:
    if not data:
        raise BadInput(f"{file} has no {MANIFEST}.", "Choose a file that was made by an export.")
    try:
        version = msgspec.json.decode(data, type=_Format).format
        if version > FORMAT:
            raise TooNew(f"{file} has format {version}; this version reads {FORMAT}.", "Upgrade, then import it again.")
        return msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Damaged(f"The {MANIFEST} of {file} cannot be read: {error}.", _ADVICE) from error


def _check_hashes(manifest: Manifest, contents: dict[str, bytes], file: Path) -> None:
    for name in sorted(manifest.files.keys() | contents.keys() | {LOG}):
        if name not in contents:
            raise Damaged(f"{name} is missing in {file}.", _ADVICE)
        if name not in manifest.files:
            raise BadInput(f"{name} in {file} is not in its manifest.", _ADVICE)
        if _hash(contents[name]) != manifest.files[name]:
            raise Damaged(f"{name} in {file} was altered: its SHA-256 is not that of the manifest.", _ADVICE)


def _lines(data: bytes, decode: Callable[[bytes], T], place: str) -> tuple[T, ...]:
    """Return what the lines hold; raises Damaged or TooNew, saying which line."""
    found: list[T] = []
    for number, line in enumerate(data.splitlines(), 1):
        try:
            found.append(decode(line))
        except MessageError as error:
            if error.refusal in {"log/newer", "log/unknown_event"}:
                raise TooNew(f"A newer version wrote line {number} of {place}.", "Upgrade, then try again.") from error
            raise Damaged(f"Line {number} of {place} is no event: {error.problem}", _ADVICE) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Damaged(f"Line {number} of {place} cannot be read: {error}.", _ADVICE) from error
    return tuple(found)


def _is_as_we_write(event: Event) -> bool:
    """Whether what lists and cursors are made of is what it should be: its times, its ids and names."""
    opened = (event.d.title, event.d.adventure) if isinstance(event.d, TableOpened) else ()
    short = max(map(len, (event.id, event.cmd or "", *opened))) <= _LONGEST
    return short and _AT.fullmatch(event.at) is not None and 0 <= event.clock < _LATEST


def _check_log(table: TableRow, events: Sequence[Event], file: Path) -> None:
    """The log begins with its opening, counts from 1 without a gap, and belongs to a table with an id."""
    for wanted, event in enumerate(events, 1):
        if event.v != wanted:
            raise BadInput(f"Line {wanted} of {LOG} in {file} says it is event {event.v}.", _ADVICE)
        if not _is_as_we_write(event):
            raise BadInput(f"Line {wanted} of {LOG} in {file} is not as any version writes it.", _ADVICE)
    if not events or not isinstance(events[0].d, TableOpened):
        raise BadInput(f"The {LOG} of {file} does not begin with the opening of a table.", _ADVICE)
    if not is_id(table.id, "tbl"):
        raise BadInput(f"The manifest of {file} names no table.", _ADVICE)
