"""The name that a person played under, taken out of what happened."""

from msgspec.structs import replace

from taleforge.messages import events as ev
from taleforge.table.names import NOBODY, nameless
from taleforge.table.saved import load_state, save_state
from taleforge.table.state import Seat, State

ANN, BOB = Seat("seat_1", "Ann", "host", "usr_1"), Seat("seat_2", "Ann", "player", "usr_2")


def happened(data: ev.EventData) -> ev.Event:
    return ev.Event(1, ev.EVENT_NAMES[type(data)], 1, "evt_1", "2026-11-20T10:00:00.000Z", 0, ev.By(engine=True), data)


def test_whoever_sat_down_has_no_name_any_more() -> None:
    """Only that person, once; what is no sitting down is nobody's business."""
    sat = happened(ev.SeatTaken("seat_1", "Ann", "host", "fighter", "usr_1"))
    kept = nameless(sat, "usr_1")
    assert kept is not None
    assert kept == replace(sat, d=ev.SeatTaken("seat_1", NOBODY, "host", "fighter", "usr_1"))
    assert nameless(kept, "usr_1") is None
    assert nameless(sat, "usr_2") is None
    assert nameless(happened(ev.Told("Ann comes in.")), "usr_1") is None


def test_a_branch_of_a_branch_begins_without_the_name() -> None:
    """The seats that it was cut with, and those that its parent was cut with."""
    first = State("tbl_1", seats={"seat_1": ANN, "seat_2": BOB})
    opened = ev.TableOpened("lamp", "The Lamp", "en", "spc_1", "cmp_1", state=save_state(first))
    second = replace(first, id="tbl_2", opened=opened)
    kept = nameless(happened(replace(opened, state=save_state(second))), "usr_1")
    assert kept is not None
    assert isinstance(kept.d, ev.TableOpened)
    outer = load_state(kept.d.state or b"")
    inner = load_state(outer.opened.state or b"")
    for state in (outer, inner):
        assert [seat.name for seat in state.seats.values()] == [NOBODY, "Ann"]
    assert nameless(kept, "usr_1") is None
    assert nameless(happened(replace(opened, state=None)), "usr_1") is None
