"""Looks over a write-ahead log that a crash left behind, before SQLite does.

SQLite reads it up to the first frame whose checksum is wrong and takes that for the end, as it is after a crash. Where
whole transactions follow, it was no crash but damage, and acknowledged writes would vanish without a word. Does not
change anything. (The SQLite file format, section 4.)
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from taleforge.errors import Damaged
from taleforge.store.rows import REMEDY

_HEADER = 32
_FRAME_HEADER = 24
_MAGIC = {0x377F0682: "<", 0x377F0683: ">"}
_MASK = 0xFFFF_FFFF


def check_wal(file: Path) -> None:
    """Refuse to open a database whose write-ahead log is damaged before its end.

    The last transaction may be torn: nobody was told that it is stored.

    Raises:
        Damaged: transactions that were acknowledged cannot be read.
    """
    wal = file.with_name(f"{file.name}-wal")
    data = wal.read_bytes() if wal.exists() else b""
    if len(data) <= _HEADER:
        return
    magic, _, size, _, *salts, _, _ = struct.unpack(">8I", data[:_HEADER])
    order = _MAGIC.get(magic)
    if order is None or _checksum(data[:24], (0, 0), order) != struct.unpack(">2I", data[24:_HEADER]):
        raise Damaged(f"The head of {wal} was altered: what was written last cannot be read.", REMEDY)
    frames = list(_frames(data, size, tuple(salts)))
    intact = _intact(data, size, order, frames)
    lost = sum(commit for _, commit in frames[intact:])
    if lost > 1:
        raise Damaged(f"{wal} was altered at frame {intact + 1}: {lost - 1} or more transactions are lost.", REMEDY)


def _frames(data: bytes, size: int, salts: tuple[int, ...]) -> Iterator[tuple[int, bool]]:
    """Return where each frame begins, up to the last of this log, and whether it ends a transaction."""
    found: list[tuple[int, bool]] = []
    last = 0
    for at in range(_HEADER, len(data) - _FRAME_HEADER - size + 1, _FRAME_HEADER + size):
        _, pages, *own, _, _ = struct.unpack(">6I", data[at : at + _FRAME_HEADER])
        ours = tuple(own) == salts  # else left over from an earlier log, or damaged
        found.append((at, ours and pages > 0))
        last = len(found) if ours else last
    yield from found[:last]


def _intact(data: bytes, size: int, order: str, frames: list[tuple[int, bool]]) -> int:
    """Return how many frames, from the first, bear the right checksum."""
    running = struct.unpack(">2I", data[24:_HEADER])
    for number, (at, _) in enumerate(frames):
        end = at + _FRAME_HEADER
        running = _checksum(data[at : at + 8] + data[end : end + size], running, order)
        if running != struct.unpack(">2I", data[at + 16 : end]) or data[at + 8 : at + 16] != data[16:24]:
            return number
    return len(frames)


def _checksum(data: bytes, start: tuple[int, ...], order: str) -> tuple[int, int]:
    one, two = start
    for left, right in struct.iter_unpack(f"{order}2I", data):
        one = (one + left + two) & _MASK
        two = (two + right + one) & _MASK
    return one, two
