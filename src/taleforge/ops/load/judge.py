"""The streams of a table against its log: what was lost, doubled, out of order, or heard by whoever must not.

Reads the export of the table, which names each event's audience, and trusts no server for the comparison. Pure.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from msgspec import DecodeError, Struct, json

from taleforge.errors import Damaged
from taleforge.ops.load.stream import Stream

Kind = Literal["lost", "doubled", "reordered", "leaked", "gap", "leaked_prose", "lost_prose", "unwritten", "rewritten"]
MOST_NAMED: Final = 200
"""Findings that a report names; the rest are only counted."""


class Seats(Struct, frozen=True):
    """Some seats, by id."""

    seats: tuple[str, ...]


class Written(Struct, frozen=True):
    """An event of the log, as far as it concerns who hears of it."""

    v: int
    audience: str | Seats = "all"
    cmd: str | None = None

    def concerns(self, seat: str) -> bool:
        """Whether a seat is to hear of it."""
        return seat in self.audience.seats if isinstance(self.audience, Seats) else self.audience == "all"


class Told(Struct, frozen=True):
    """Prose of the log."""

    v: int
    audience: tuple[str, ...] = ()

    def concerns(self, seat: str) -> bool:
        """Whether a seat is to hear it."""
        return not self.audience or seat in self.audience


class Log(Struct, frozen=True):
    """All that was written of a table."""

    events: tuple[Written, ...]
    prose: tuple[Told, ...] = ()

    @property
    def version(self) -> int:
        """The version it ends with."""
        return len(self.events)


class Finding(Struct, frozen=True, omit_defaults=True):
    """Something that must not be: at version `v` of a table, in the stream of a seat; `what` is a command or number."""

    kind: Kind
    table: str
    seat: str
    v: int
    what: str = ""


_event = json.Decoder(Written)
_prose = json.Decoder(Told)


def read_export(data: bytes) -> Log:
    """Return the log in a `.tale` file; raises Damaged when it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            events = archive.read("log.jsonl").splitlines()
            prose = archive.read("prose.jsonl").splitlines()
        return Log(tuple(map(_event.decode, events)), tuple(map(_prose.decode, prose)))
    except (zipfile.BadZipFile, KeyError, DecodeError) as error:
        raise Damaged(f"The server's export cannot be read: {error}.", "Report this as a fault.") from error


def judge(stream: Stream, log: Log) -> Iterator[Finding]:
    """Yield what is wrong with one socket's stream, in the order of what it heard."""
    for due, came in stream.gaps:
        yield Finding("gap", stream.table, stream.seat, stream.last, f"frame {came} in place of {due}")
    yield from _facts(stream, log)
    yield from _tellings(stream, log)


def _facts(stream: Stream, log: Log) -> Iterator[Finding]:
    def finding(kind: Kind, v: int) -> Finding:
        return Finding(kind, stream.table, stream.seat, v)

    due = {event.v for event in log.events if event.concerns(stream.seat)}
    heard: set[int] = set()
    missing: set[int] = set()
    at = 0
    for entry in stream.trail:
        if entry < 0:  # a snapshot stands for everything up to its version
            at = max(at, -1 - entry)
            continue
        if entry in heard:
            yield finding("doubled", entry)
        elif entry not in due:
            yield finding("leaked", entry)
        elif entry <= at:
            missing.discard(entry)
            yield finding("reordered", entry)
        else:
            missing.update(v for v in range(at + 1, entry) if v in due)
        heard.add(entry)
        at = max(at, entry)
    missing.update(v for v in range(at + 1, log.version + 1) if v in due)
    yield from (finding("lost", v) for v in sorted(missing))


def _tellings(stream: Stream, log: Log) -> Iterator[Finding]:
    """Prose: none that is for others, and all since the socket came, unless a snapshot stood for some of it."""
    due = {told.v for told in log.prose if told.concerns(stream.seat)}
    for v in stream.prose:
        if v not in due:
            yield Finding("leaked_prose", stream.table, stream.seat, v)
    snapshots = [entry for entry in stream.trail if entry < 0]
    if len(snapshots) == 1:
        began = -1 - snapshots[0]
        lost = sorted(v for v in due.difference(stream.prose) if v > began)
        yield from (Finding("lost_prose", stream.table, stream.seat, v) for v in lost)


def judge_commands(table: str, acknowledged: Iterable[tuple[str, str]], log: Log) -> Iterator[Finding]:
    """Yield the acknowledged commands (seat, id) of a table that its log has not, or has at two places."""
    places: dict[str, list[int]] = {}
    for event in log.events:
        if event.cmd is not None:
            places.setdefault(event.cmd, []).append(event.v)
    for seat, command in acknowledged:
        found = places.get(command)
        if not found:
            yield Finding("unwritten", table, seat, 0, command)
        elif found[-1] - found[0] != len(found) - 1:
            yield Finding("rewritten", table, seat, found[-1], command)


def counted(findings: Sequence[Finding]) -> dict[str, int]:
    """Return how many findings there are of each kind."""
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.kind] = counts.get(finding.kind, 0) + 1
    return counts
