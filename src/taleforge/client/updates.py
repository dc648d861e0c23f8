"""What a client hears, as values to match on.

Does not hold frames: what is here has been checked and folded into the view.
"""

from typing import Any

from msgspec import Struct

from taleforge.messages.brief import Prose
from taleforge.messages.commands import Reply
from taleforge.messages.frames import SeatEvent
from taleforge.messages.views import DecisionView, SeatView


class Synced(Struct, frozen=True):
    """The view begins (again) here; `prose` is what was told lately."""

    view: SeatView
    prose: tuple[Prose, ...] = ()


class Happened(Struct, frozen=True):
    """An event the seat may see, and the view; the view has followed once the last event of its batch is here."""

    event: SeatEvent
    view: SeatView


class Told(Struct, frozen=True):
    """A finished piece of the story."""

    prose: Prose


class Asked(Struct, frozen=True):
    """The table waits for this seat's answer."""

    decision: DecisionView


class Replied(Struct, frozen=True):
    """A command was answered; `unasked` when it was the table's own, made of the rest of what a seat said before."""

    reply: Reply
    unasked: bool = False


class Lost(Struct, frozen=True):
    """The connection is lost; it is being made again, unless the loss is `final`."""

    reason: str
    final: bool = False


class Back(Struct, frozen=True):
    """The connection that was lost is there again; what was missed follows."""


class Other(Struct, frozen=True):
    """A frame this version does not know."""

    kind: str
    data: dict[str, Any]


Update = Synced | Happened | Told | Asked | Replied | Lost | Back | Other
