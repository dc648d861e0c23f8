"""A seat's stream: numbers without gaps, exactly what was missed, and a fresh start for whoever is too slow."""

import asyncio

from taleforge.live.stream import KEPT_BYTES, KEPT_FRAMES, MOST_WAITING, Connection, SeatStream, Sent
from taleforge.messages.brief import Prose
from taleforge.messages.views import SeatInfo, SeatView, TableInfo


def view() -> SeatView:
    return SeatView(
        0, TableInfo("tbl_1", "lamp", "The Lamp", "lobby", "srd51", "en"), SeatInfo("seat_1", "Ann", "host")
    )


class Remembered(SeatStream):
    """A stream, with what an audience remembers of what it told."""

    def __init__(self) -> None:
        self.prose: list[Prose] = []
        super().__init__("seat_1", view(), 1000, self)

    def told(self, seat: str) -> list[Prose]:
        """Return all of it."""
        assert seat == "seat_1"
        return self.prose

    def left(self) -> None:
        """Do nothing: nobody else looks."""

    def tell(self, prose: Prose) -> None:
        """Remember it, and send it."""
        self.prose.append(prose)
        super().tell(prose)


def stream() -> SeatStream:
    return Remembered()


def say(to: SeatStream, *versions: int) -> None:
    for version in versions:
        to.tell(Prose(version, "en", f"text {version}"))


def taken(connection: Connection) -> list[Sent]:
    """Return the frames that are there without waiting."""

    async def take() -> list[Sent]:
        frames: list[Sent] = []
        while connection._waiting or connection._behind:
            frame = await connection.receive()
            assert frame is not None
            frames.append(frame)
        return frames

    return asyncio.run(take())


def test_a_new_reader_begins_with_a_snapshot() -> None:
    """It bears the number of the last frame, so that the next one follows without a gap."""
    lines = stream()
    say(lines, 1, 2)
    reader = lines.connect(None)
    say(lines, 3)
    first, second = taken(reader)
    assert (first.t, first.n, first.d["n"]) == ("snapshot", 1002, 1002)
    assert [prose["v"] for prose in first.d["prose"]] == [1, 2]
    assert (second.t, second.n) == ("prose.final", 1003)


def test_a_reader_who_was_away_gets_exactly_what_it_missed() -> None:
    """From the number it has, every frame once; nothing when nothing was missed."""
    lines = stream()
    say(lines, 1, 2, 3, 4)
    assert [frame.n for frame in taken(lines.connect(1002))] == [1003, 1004]
    assert taken(lines.connect(1004)) == []
    assert [frame.n for frame in taken(lines.connect(1000))] == [1001, 1002, 1003, 1004]


def test_a_reader_who_was_away_too_long_gets_a_snapshot() -> None:
    """Also one that claims a number of another process, or one that was never given."""
    lines = stream()
    say(lines, *range(KEPT_FRAMES + 10))
    oldest = 1000 + 10
    assert len(taken(lines.connect(oldest))) == KEPT_FRAMES
    for since in (oldest - 1, 500, 10**9, -5):
        (frame,) = taken(lines.connect(since))
        assert frame.t == "snapshot"


def test_no_more_is_kept_than_a_snapshot_weighs() -> None:
    """Of long frames fewer are kept; whoever missed one of the others gets a snapshot."""
    lines = stream()
    for version in range(10):
        lines.tell(Prose(version, "en", "x" * (KEPT_BYTES // 4)))
    assert [frame.n for frame in taken(lines.connect(1007))] == [1008, 1009, 1010]
    (frame,) = taken(lines.connect(1006))
    assert frame.t == "snapshot"


def test_a_reader_who_is_too_slow_is_told_and_begins_anew() -> None:
    """What waits is bounded; then `resync`, a snapshot as of when it is taken, and the frames after that."""
    lines = stream()
    reader = lines.connect(None)
    say(lines, *range(MOST_WAITING + 100))
    assert len(reader._waiting) == 1

    async def read() -> list[Sent]:
        frames = [await reader.receive(), await reader.receive()]
        say(lines, 7)
        frames.append(await reader.receive())
        return [frame for frame in frames if frame]

    resync, snapshot, after = asyncio.run(read())
    assert (resync.t, resync.d) == ("resync", {"reason": "slow"})
    assert (snapshot.t, snapshot.n) == ("snapshot", 1000 + MOST_WAITING + 100)
    assert after.n == 1001 + MOST_WAITING + 100


def test_one_slow_reader_does_not_slow_the_others() -> None:
    """Each connection of a seat has its own queue."""
    lines = stream()
    lines.connect(None)
    quick = lines.connect(None)
    taken(quick)
    for version in range(MOST_WAITING + 5):
        say(lines, version)
        assert [frame.t for frame in taken(quick)] == ["prose.final"]


def test_a_stream_that_nobody_reads_is_abandoned_when_it_can_only_begin_anew() -> None:
    """Until then whoever comes back gets what was missed; a reader, however slow, keeps it."""
    lines = stream()
    reader = lines.connect(None)
    say(lines, *range(KEPT_FRAMES + 5))
    assert not lines.abandoned
    reader.close()
    say(lines, *range(KEPT_FRAMES))
    assert not lines.abandoned
    say(lines, 1)
    assert lines.abandoned


def test_a_closed_connection_ends_after_what_was_sent() -> None:
    """Frames and goodbye are still read; then there is nothing, and the stream forgets the reader."""
    lines = stream()
    reader = lines.connect(None)
    reader.close("table/closing")
    say(lines, 1)

    async def read() -> list[str | None]:
        return [frame.t if (frame := await reader.receive()) else None for _ in range(3)]

    assert asyncio.run(read()) == ["snapshot", "bye", None]
    assert not lines.connections
