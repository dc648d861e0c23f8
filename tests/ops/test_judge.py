"""The judge: a stream that was dropped from, doubled, shuffled or leaked into is caught, and the place is named."""

from typing import Any

import msgspec
import pytest

from taleforge.ops.load import frames
from taleforge.ops.load.judge import Finding, Log, Seats, Told, Written, judge, judge_commands
from taleforge.ops.load.stream import Stream

MINE, OTHER = "seat_a", "seat_b"
LOG = Log(
    tuple(Written(v, Seats((OTHER,)) if v == 6 else "all", f"cmd_{v}") for v in range(1, 11)),
    (Told(4), Told(6, (OTHER,)), Told(9)),
)
SNAPSHOT = 3


def sent(seat: str = MINE) -> list[dict[str, Any]]:
    """What a faithful server sends a seat of the table in `LOG` that came when it was at version 3."""
    facts = [event.v for event in LOG.events if event.v > SNAPSHOT and event.concerns(seat)]
    told = [prose.v for prose in LOG.prose if prose.concerns(seat)]
    bodies = [{"t": "event", "d": {"v": v, "name": "said"}} for v in facts]
    bodies += [{"t": "prose.final", "d": {"v": v, "lang": "en", "text": "So it was."}} for v in told]
    first = {"t": "snapshot", "d": {"view": {"version": SNAPSHOT}, "n": 7}}
    return [{**body, "n": 7 + place} for place, body in enumerate([first, *bodies])]


def heard(said: list[dict[str, Any]], seat: str = MINE) -> Stream:
    stream = Stream("tbl_1", seat)
    for frame in said:
        stream.take(frames.decode(msgspec.json.encode(frame)))
    return stream


def renumbered(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Count anew, as a server that does not know what it does wrong would."""
    return [{**frame, "n": 7 + place} for place, frame in enumerate(said)]


def found(said: list[dict[str, Any]], seat: str = MINE) -> list[tuple[str, int]]:
    return [(finding.kind, finding.v) for finding in judge(heard(said, seat), LOG)]


@pytest.mark.parametrize("seat", [MINE, OTHER])
def test_a_faithful_stream_has_nothing_wrong(seat: str) -> None:
    """Each seat hears what concerns it, and the judge is content."""
    assert found(sent(seat), seat) == []


@pytest.mark.parametrize("place", range(1, 7))
def test_a_dropped_event_is_lost_wherever_it_was(place: int) -> None:
    """Also the last one, after which nothing comes."""
    said = sent()
    dropped = said.pop(place)
    assert found(renumbered(said)) == [("lost", dropped["d"]["v"])]


def test_a_dropped_frame_is_also_a_gap_in_the_numbers() -> None:
    """Which number was due, and which one came, is said."""
    said = sent()
    said.pop(2)
    gap, lost = judge(heard(said), LOG)
    assert (gap.kind, gap.what) == ("gap", "frame 10 in place of 9")
    assert lost == Finding("lost", "tbl_1", MINE, 5)


def test_a_doubled_event_is_named() -> None:
    """Once for each time that it came too often."""
    said = sent()
    assert found(renumbered([*said[:3], said[2], *said[3:]])) == [("doubled", 5)]


def test_events_in_the_wrong_order_are_named_and_not_lost() -> None:
    """What came late is out of order, and nothing else."""
    said = sent()
    said[2], said[3] = said[3], said[2]
    assert found(renumbered(said)) == [("reordered", 5)]


def test_an_event_for_others_is_leaked() -> None:
    """Whoever hears what was whispered to somebody else is named."""
    said = sent()
    assert found(renumbered([*said[:3], {"t": "event", "d": {"v": 6}}, *said[3:]])) == [("leaked", 6)]


def test_prose_for_others_is_leaked_and_missing_prose_lost() -> None:
    """Words are held against the log as facts are."""
    said = sent()
    said[-1] = {"t": "prose.final", "d": {"v": 6}}
    assert found(renumbered(said)) == [("leaked_prose", 6), ("lost_prose", 9)]


def test_a_fresh_snapshot_stands_for_what_came_before_it() -> None:
    """After a resync nothing up to its version is missing, and everything after it is still due."""
    said = sent()
    snapshot = {"t": "snapshot", "d": {"view": {"version": 8}, "n": 20}, "n": 20}
    rest = [{"t": "event", "d": {"v": 10}, "n": 21}]
    assert found([said[0], {"t": "resync", "d": {}}, snapshot, *rest]) == [("lost", 9)]


def test_acknowledged_commands_are_in_the_log_once() -> None:
    """One that is not there is named, and so is one that was done at two places."""
    log = Log((Written(1, cmd="cmd_a"), Written(2, cmd="cmd_b"), Written(3, cmd="cmd_a")))
    kinds = [(f.kind, f.what) for f in judge_commands("tbl_1", [(MINE, c) for c in ("cmd_a", "cmd_b", "cmd_c")], log)]
    assert kinds == [("rewritten", "cmd_a"), ("unwritten", "cmd_c")]
