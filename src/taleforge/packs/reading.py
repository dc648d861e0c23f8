"""Reads pack folders from disk: manifest, data files, and the pin that names exactly this content.

The only module of `packs` and `world` that touches files. Does not look into data files beyond their syntax.
"""

import tomllib
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from taleforge.packs.faults import Fault
from taleforge.packs.locate import line_at
from taleforge.packs.strict import Document, decode

MANIFEST = "pack.toml"
LARGEST_FILE = 8 * 1024 * 1024
"""Bytes. A data file beyond this is a mistake or an attack."""


class Manifest(Struct, frozen=True, omit_defaults=True):
    """What `pack.toml` says: who the pack is, under which terms, in which language, and which packs it builds on."""

    id: str
    version: str
    title: str
    licence: str
    language: str = "en"
    needs: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    attribution: str = ""


class RawPack(Struct, frozen=True):
    """A pack as it lies on disk; `faults` tells what could not be read."""

    folder: str
    manifest: Manifest
    documents: tuple[Document, ...]
    pin: str
    faults: tuple[Fault, ...] = ()


def read_packs(folder: Path) -> list[RawPack]:
    """Return the packs in a folder, by folder name: the folder itself when it has a manifest, else each one inside."""
    if (folder / MANIFEST).is_file():
        return [read_pack(folder)]
    if not folder.is_dir():
        return []
    return [read_pack(inside) for inside in sorted(folder.iterdir()) if (inside / MANIFEST).is_file()]


def read_pack(folder: Path) -> RawPack:
    """Return one pack: its manifest and every .toml and .json file below it, hidden ones aside."""
    documents: list[Document] = []
    faults: list[Fault] = []
    for path in _data_files(folder):
        document, fault = _read_document(path, path.relative_to(folder).as_posix())
        documents.extend([document] if document else [])
        faults.extend([fault] if fault else [])
    manifest = _manifest(folder, documents, faults)
    rest = tuple(document for document in documents if document.file != MANIFEST)
    pin = f"{manifest.id}@{manifest.version}#{content_hash(documents)}"
    return RawPack(str(folder), manifest, rest, pin, tuple(faults))


def content_hash(documents: Sequence[Document]) -> str:
    """Return 16 hex digits of SHA-256 over names and texts; neither file order nor line endings change it."""
    digest = sha256()
    for document in sorted(documents, key=lambda document: document.file):
        for part in (document.file.encode(), document.text.encode()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:16]


def _data_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.suffix in {".toml", ".json"} and path.is_file() and not any(part[0] == "." for part in inside.parts):
            yield path


def _read_document(path: Path, name: str) -> tuple[Document | None, Fault | None]:
    try:
        text = _text(path)
        return Document(name, text, _parse(text, toml=path.suffix == ".toml")), None
    except _Unreadable as error:
        return None, Fault(name, error.line, "", error.problem, error.remedy)


class _Unreadable(Exception):
    def __init__(self, line: int, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.line, self.problem, self.remedy = line, problem, remedy


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise _Unreadable(0, "The file is too large.", "Split it; a data file has at most 8 MiB.")
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise _Unreadable(0, f"Byte {error.start} is not UTF-8.", "Save the file as UTF-8.") from error
    except OSError as error:
        raise _Unreadable(0, f"The file cannot be read: {error.strerror}.", "Check that it may be read.") from error


def _parse(text: str, *, toml: bool) -> dict[str, Any]:
    data: Any = _parse_toml(text) if toml else _parse_json(text)
    if not isinstance(data, dict):
        raise _Unreadable(1, "The file holds no table.", 'Begin it with "{" and the name of what it lists.')
    return data  # pyright: ignore[reportUnknownVariableType]  # both formats have only string keys


def _parse_toml(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem, _, place = str(error).partition(" (at ")
        words = place.split()
        line = int(words[1].rstrip(",")) if words[:1] == ["line"] else text.count("\n") + 1
        raise _Unreadable(line, f"This is no TOML: {problem}.", "Correct the syntax.") from error
    except RecursionError as error:
        raise _Unreadable(0, "The file is nested too deeply.", "Write it flatter.") from error


def _parse_json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        problem, _, place = str(error).partition(" (byte ")
        before = text.encode()[: int(place.rstrip(")"))] if place else text.encode()
        line = line_at(before.decode(errors="ignore"), len(before))
        raise _Unreadable(line, f"{problem}.", "Correct the syntax.") from error
    except RecursionError as error:
        raise _Unreadable(0, "The file is nested too deeply.", "Write it flatter.") from error


def _manifest(folder: Path, documents: list[Document], faults: list[Fault]) -> Manifest:
    document = next((document for document in documents if document.file == MANIFEST), None)
    found, wrong = decode(document, Manifest) if document else (None, [])
    faults.extend(wrong)
    return found or Manifest(folder.name, "0", folder.name, "unknown")
