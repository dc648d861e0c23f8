"""A log as somebody at a table takes it away."""

from msgspec.structs import replace

from taleforge.messages import events as ev
from taleforge.table.takeaway import UNSAID, taken_away


def test_a_whisper_is_whole_for_the_two_of_it_alone() -> None:
    """Whoever said it, and whoever heard it; everything else is everybody's."""
    said = ev.Event(
        1, "whispered", 1, "evt_1", "2026-11-20T10:00:00.000Z", 0, ev.By(seat="seat_1"),
        ev.Whispered("seat_1", "seat_2", "He lies."), ev.Seats(("seat_1", "seat_2")),
    )  # fmt: skip
    unsaid = replace(said, d=ev.Whispered("seat_1", "seat_2", UNSAID))
    assert [taken_away(said, seat) for seat in ("seat_1", "seat_2", "seat_3", "")] == [said, said, unsaid, unsaid]
    told = replace(said, name="told", d=ev.Told("Rain."))
    assert taken_away(told, "seat_3") is told
