"""Lines and veils, and the X-card: anybody stops the scene for all, and the table chooses how far to go back.

Nothing that is decided here names a seat: not who stopped the scene, nor who asked for what. The furthest that anybody
asks for is done, so nobody, the host included, can hold whoever stopped it in a scene that they want undone.
"""

from collections.abc import Callable
from typing import Any

from taleforge.messages import commands as cmd
from taleforge.messages import events as ev
from taleforge.messages.codes import Code
from taleforge.table.clock import later
from taleforge.table.draft import Draft, No, no
from taleforge.table.state import Checkpoint, Rewind, State

MOST_WORDS = 200
"""Lines, and veils, that a table may have."""
SECONDS_TO_CHOOSE = 120
"""How long the table waits for those who have not said how far to go back."""


def x_card(draft: Draft, _: cmd.XCard) -> No | None:
    """Stop the scene for all, and ask everybody how far to go back."""
    if draft.state.status in {"lobby", "closed"}:
        return no(Code.TABLE_NOT_STARTED)
    if draft.state.safety.stopped:
        return None
    draft.anonymous()
    state = draft.state
    seats = tuple(seat.id for seat in state.seats.values() if seat.role != "companion" and not seat.away)
    draft.add(ev.TablePaused(stopped=True), ev.EVERYBODY)
    until = later(draft.context.now, SECONDS_TO_CHOOSE)
    draft.add(ev.RewindOffered(draft.context.ids("dcs"), ways_back(state), until, seats), ev.EVERYBODY)
    return None


def ways_back(state: State) -> tuple[ev.RewindPoint, ...]:
    """Return how far a table can go back, the nearest first; of those that would come to the same only one."""
    deed = state.past[-1] if state.past else None
    ways: list[tuple[ev.Way, Checkpoint | None]] = [
        ("deed", deed),
        ("turn", state.marks.turn),
        ("scene", state.marks.scene),
    ]
    known: list[object] = [_told(state)]
    offered = [ev.RewindPoint("stay")]
    for name, point in sorted(ways, key=lambda way: -way[1].version if way[1] else 0):
        told = _told(point.state) if point is not None else None
        if point is not None and told not in known:
            known.append(told)
            offered.append(ev.RewindPoint(name, point.version))
    return tuple(offered)


def _told(state: State) -> object:
    """Return what tells whether a state is the same to the players."""
    return state.stage, state.story, state.journal


def default_way(rewind: Rewind) -> str:
    """Return what is done when nobody says anything: the nearest step back, for somebody did stop the scene."""
    return rewind.choices[min(1, len(rewind.choices) - 1)].id


def answer(draft: Draft, rewind: Rewind, choice: str) -> No | None:
    """Ask for a way back; it counts when it is further than what was asked for so far."""
    ways = [way.id for way in rewind.choices]
    if choice not in ways:
        return No(Code.DECISION_CHOICE, {}, tuple(cmd.AnswerChoice(way, code=f"rewind/{way}") for way in ways))
    asker = draft.seat
    draft.anonymous()
    if not rewind.asked or ways.index(choice) > ways.index(rewind.asked):
        draft.add(ev.RewindAsked(rewind.id, choice), ev.ENGINE)
    if rewind.seats == (asker,):
        settle(draft, answered=True)
    return None


def settle(draft: Draft, *, answered: bool) -> None:
    """Go back as far as anybody asked. Play goes on at once when all have answered, else when somebody resumes it."""
    rewind = draft.state.safety.rewind
    if rewind is None:
        return
    choice = rewind.asked or default_way(rewind)
    draft.anonymous()
    draft.add(ev.RewindChosen(rewind.id, choice, "answer" if answered else "default"), ev.EVERYBODY)
    way = next(way for way in rewind.choices if way.id == choice)
    if way.to:
        draft.add(ev.TableRewound(way.to), ev.EVERYBODY)
    draft.add(ev.TableResumed() if answered else ev.TablePaused(), ev.EVERYBODY)


def set_safety(draft: Draft, data: cmd.SetSafety) -> No | None:
    """Set lines and veils, or add some: two who add at the same moment lose neither."""
    agreed = draft.state.safety
    lines, veils = (agreed.lines, agreed.veils) if data.more else ((), ())
    draft.add(ev.SafetyChanged(_tidy((*lines, *data.lines)), _tidy((*veils, *data.veils))), ev.EVERYBODY)
    return None


def _tidy(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip()[:80] for word in words if word.strip()))[:MOST_WORDS]


HANDLERS: dict[type[Any], Callable[[Draft, Any], No | None]] = {cmd.XCard: x_card, cmd.SetSafety: set_safety}
