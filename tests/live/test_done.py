"""Which commands a log may hold."""

from taleforge.live.done import Done
from taleforge.messages.events import By, Event, Told


def _event(v: int, cmd: str | None) -> Event:
    return Event(v, "told", 1, f"evt_{v}", "2026-11-20T10:00:00.000Z", 0, By(engine=True), Told("x"), cmd=cmd)


def test_it_holds_what_was_done_from_the_first_event_on() -> None:
    """And what is added later; a command that did nothing is not looked for."""
    done = Done([_event(1, None), _event(2, "cmd_1"), _event(3, "cmd_1")])
    assert done.may_hold("cmd_1")
    assert not done.may_hold("cmd_2")
    done.add([_event(4, "cmd_2"), _event(5, None)])
    assert done.may_hold("cmd_1")
    assert done.may_hold("cmd_2")
