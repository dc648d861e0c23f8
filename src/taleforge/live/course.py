"""What a decision leads to: its own events, and those of what the table does by itself at once after it.

All of that is stored together and shown together, for nobody can come in between: a foe that walks up, strikes and ends
its turn costs one view of each seat, not three. Stores and shows nothing itself.
"""

from collections.abc import Callable
from typing import Final

from taleforge.live.ports import Decision, Position
from taleforge.messages.brief import Brief
from taleforge.messages.commands import CommandData
from taleforge.messages.events import Event

MOST_TOGETHER: Final = 8
"""Things the table does by itself that are stored together with what they follow: other tables wait meanwhile."""

Decide = Callable[[Position, CommandData], Decision]
"""Decides what a table at a position itself wants."""


class Course:
    """Some events, what is to be told of them, and the table before them and after each.

    Args:
        position: Where the table is.
    """

    def __init__(self, position: Position) -> None:
        self.steps = [position]
        self.events: tuple[Event, ...] = ()
        self.briefs: tuple[Brief, ...] = ()

    def take(self, decision: Decision) -> None:
        """Go on by what was decided at its end."""
        for event in decision.events:
            self.steps.append(self.steps[-1].after(event))
        self.events += decision.events
        self.briefs += decision.briefs

    def go_on(self, most: int, decide: Decide) -> int:
        """Take so many things that the table does by itself, at most; return how many there were."""
        for done in range(min(most, MOST_TOGETHER)):
            decision = _next(self.steps[-1], decide)
            if decision is None or not decision.events:
                return done
            self.take(decision)
        return min(most, MOST_TOGETHER)


def _next(position: Position, decide: Decide) -> Decision | None:
    """Return what the table decides next; None, too, where it fails: whoever tries again says so."""
    try:
        data = position.automatic()
        return None if data is None else decide(position, data)
    except Exception:  # noqa: BLE001  # a bug in it is no reason not to store what came before
        return None
