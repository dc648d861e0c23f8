"""Values to rows and back: every row carries the checksum of its other columns, and a row that fails it is Damaged.

The order of the columns is `schema.COLUMNS`. Does not read or write a database: every SQL store shares this.
"""

from collections.abc import Sequence
from zlib import crc32

import msgspec
from msgspec.structs import astuple

from taleforge.errors import Damaged, TooNew
from taleforge.messages.brief import Prose
from taleforge.messages.codec import MessageError, decode_event, encode
from taleforge.messages.events import Event
from taleforge.table.ports import SideWork, TableRow

Column = str | int | bytes | None
Row = tuple[Column, ...]

REMEDY = "Keep the file as it is and run `taleforge recover` to save what lies before the damage."

_SERVER = "Stop what plays there, and go back to a backup of the database or to an export."

_packed = msgspec.msgpack.Encoder().encode
_prose = msgspec.json.Decoder(Prose)


def remedy(name: str) -> str:
    """Return what to do when what is kept in a file, or at a database's URL, is damaged."""
    return _SERVER if "://" in name else REMEDY


def table_row(row: TableRow) -> Row:
    """Return the columns of a table's row."""
    return _sealed(*astuple(row))


def read_table(row: Row, file: str) -> TableRow:
    """Return the table in a row; raises Damaged."""
    columns = _unsealed(row, f"the row of table {row[0]} in {file}")
    return msgspec.convert(dict(zip(TableRow.__struct_fields__, columns, strict=True)), TableRow)


def event_row(table: str, space: str, event: Event) -> Row:
    """Return the columns of an event."""
    return _sealed(table, event.v, space, event.cmd, encode(event))


def read_event(row: Row, file: str) -> Event:
    """Return the event in a row.

    Raises:
        Damaged: it is not what was written.
        TooNew: a newer version of the program wrote it.
    """
    place = f"event {row[1]} of table {row[0]} in {file}"
    body = _unsealed(row, place)[4]
    assert isinstance(body, bytes)
    try:
        return decode_event(body)
    except MessageError as error:
        if error.refusal in {"log/newer", "log/unknown_event"}:
            raise TooNew(f"A newer version of Taleforge wrote {place}.", "Upgrade, then open it again.") from error
        raise Damaged(f"The file holds {place}, but it cannot be read: {error.problem}", remedy(file)) from error


def work_row(table: str, space: str, work: SideWork) -> Row:
    """Return the columns of some side work."""
    return _sealed(work.id, table, work.v, space, work.kind, work.payload)


def read_work(row: Row, file: str) -> SideWork:
    """Return the side work in a row; raises Damaged."""
    id_, _, version, _, kind, payload = _unsealed(row, f"side work {row[0]} in {file}")
    return msgspec.convert({"id": id_, "v": version, "kind": kind, "payload": payload}, SideWork)


def prose_row(table: str, space: str, prose: Prose) -> Row:
    """Return the columns of some prose; its key is table, version and audience."""
    return _sealed(table, prose.v, " ".join(sorted(prose.audience)), space, encode(prose))


def read_prose(row: Row, file: str) -> Prose:
    """Return the prose in a row; raises Damaged."""
    body = _unsealed(row, f"the prose for version {row[1]} of table {row[0]} in {file}")[4]
    assert isinstance(body, bytes)
    return _prose.decode(body)


def seed_row(table: str, commitment: str, seed: bytes) -> Row:
    """Return the columns of a seed."""
    return _sealed(table, commitment, seed)


def read_seed(row: Row, file: str) -> bytes:
    """Return the seed in a row; raises Damaged."""
    seed = _unsealed(row, f"a dice seed of table {row[0]} in {file}")[2]
    assert isinstance(seed, bytes)
    return seed


def last_version(expected: int, events: Sequence[Event]) -> int:
    """Return the version after some events; that they follow on is the caller's business, and checked."""
    for wanted, event in enumerate(events, expected + 1):
        if event.v != wanted:
            raise ValueError(f"event {event.v} where {wanted} should be")
    return expected + len(events)


def check_gapless(table: str, found: Sequence[Column], first: int, last: int | None, file: str) -> None:
    """Refuse a log that misses a version: `found` must count from `first`, up to `last` when that is known.

    Raises:
        Damaged: says which version is missing.
    """
    for wanted, version in enumerate(found, first):
        if version != wanted:
            raise _missing(table, wanted, file)
    if last is not None and len(found) != last - first + 1:
        raise _missing(table, first + len(found), file)


def _missing(table: str, version: int, file: str) -> Damaged:
    return Damaged(f"Event {version} of table {table} is missing in {file}.", remedy(file))


def _sealed(*columns: Column) -> Row:
    return *columns, crc32(_packed(columns))


def _unsealed(row: Row, place: str) -> Row:
    *columns, crc = row
    if crc32(_packed(columns)) != crc:
        raise Damaged(f"The checksum of {place} is wrong: it was altered after it was written.", remedy(place))
    return tuple(columns)
