"""Whether files of weights are what they should be, before any engine sees them: whole, and nothing that would run.

Only their frames are read, by seeking: a file that was cut short is told by its own lengths. A pickle runs whatever is
written in it when it is read, so none is ever read, whatever it is called. Loads no weights.
"""

import json
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from taleforge.errors import Misconfigured

_PICKLE: Final = re.compile(rb"\x80[\x02-\x05]")
_ONNX_GRAPH: Final = 7
"""The field of an ONNX model that holds its graph."""
_CT2_VERSIONS: Final = range(4, 7)
"""Versions of CTranslate2's files whose lengths are where this module looks for them."""
_MOST_JSON: Final = 64 * 1024**2


class _Broken(Exception):
    """What is wrong with a file, in words that go after its name."""


def examine_onnx(file: Path) -> None:
    """Raise Misconfigured, naming the file, unless it is a whole model in the format ONNX."""
    _checked(file, _onnx)


def examine_json(file: Path) -> None:
    """Raise Misconfigured, naming the file, unless it is whole JSON."""
    _checked(file, _json)


def examine_ct2(file: Path) -> None:
    """Raise Misconfigured, naming the file, unless it is a whole model of CTranslate2."""
    _checked(file, _ct2)


def examine_arrays(file: Path) -> None:
    """Raise Misconfigured, naming the file, unless it is whole, and holds arrays of numbers alone."""
    _checked(file, _arrays)


def _checked(path: Path, look: Callable[[IO[bytes], int], None]) -> None:
    try:
        with path.open("rb") as file:
            _no_pickle(file)
            look(file, path.stat().st_size)
    except _Broken as error:
        raise Misconfigured(f"{path} {error}.", "Get the file again, in the format that the settings name.") from error
    except (struct.error, EOFError) as error:
        raise Misconfigured(f"{path} was cut short.", "Get the file again.") from error
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}.", "Put it there, readable for us.") from error


def _no_pickle(file: IO[bytes]) -> None:
    if _PICKLE.match(file.read(2)):
        raise _Broken("is a pickle, which runs whatever is written in it")
    file.seek(0)


def _json(file: IO[bytes], size: int) -> None:
    if size > _MOST_JSON:
        raise _Broken("is too large for what it should be")
    try:
        json.loads(file.read())
    except ValueError:
        raise _Broken("is no JSON, or was cut short") from None


def _skip(file: IO[bytes], count: int, size: int) -> None:
    if file.tell() + count > size:
        raise EOFError
    file.seek(count, 1)


def _onnx(file: IO[bytes], size: int) -> None:
    """Walk over the outermost fields of a protocol buffer, among which there must be a graph."""
    found: set[int] = set()
    while file.tell() < size:
        field, wire = divmod(_varint(file), 8)
        found.add(field)
        if not 1 <= field <= 100 or wire not in {0, 2}:
            raise _Broken("is no model in the format ONNX")
        if wire == 0:
            _varint(file)
        else:
            _skip(file, _varint(file), size)
    if _ONNX_GRAPH not in found:
        raise _Broken("is no model in the format ONNX")


def _varint(file: IO[bytes]) -> int:
    value = 0
    for shift in range(0, 64, 7):
        byte = _exactly(file, 1)[0]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
    raise _Broken("is no model in the format ONNX")


def _exactly(file: IO[bytes], count: int) -> bytes:
    read = file.read(count)
    if len(read) < count:
        raise EOFError
    return read


def _ct2(file: IO[bytes], size: int) -> None:
    """Walk over the variables of a model of CTranslate2."""
    (version,) = struct.unpack("<I", _exactly(file, 4))
    if not 1 <= version <= 100:
        raise _Broken("is no model of CTranslate2")
    if version not in _CT2_VERSIONS:
        return
    _string(file, size)
    _skip(file, 4, size)
    for _ in range(struct.unpack("<I", _exactly(file, 4))[0]):
        _string(file, size)
        _skip(file, 4 * _exactly(file, 1)[0] + 1, size)
        _skip(file, struct.unpack("<I", _exactly(file, 4))[0], size)
    for _ in range(struct.unpack("<I", _exactly(file, 4))[0]):
        _string(file, size)
        _string(file, size)


def _string(file: IO[bytes], size: int) -> None:
    _skip(file, struct.unpack("<H", _exactly(file, 2))[0], size)


def _arrays(file: IO[bytes], _: int) -> None:
    """Look at the heads of the arrays in a file of numpy's: numbers, and no objects, which would be pickles."""
    try:
        with zipfile.ZipFile(file) as opened:
            names = opened.namelist()
            if not names or any(not name.endswith(".npy") for name in names):
                raise _Broken("holds something else than arrays")
            for name in names:
                with opened.open(name) as array:
                    head = array.read(128)
                if not head.startswith(b"\x93NUMPY") or b"'descr': '|O'" in head:
                    raise _Broken("holds something else than arrays of numbers")
    except (zipfile.BadZipFile, NotImplementedError):
        raise _Broken("is no file of arrays, or was cut short") from None
