"""An evening told again: what a seat heard, as the moments of a story.

It needs only the updates; where they come from, a log or a file, is not its business. It cannot be asked "Why?".
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from taleforge.client.updates import Happened, Told, Update
from taleforge.terminal.lines import Line
from taleforge.terminal.session import Names, paragraphs
from taleforge.terminal.telling import Teller
from taleforge.terminal.words import Words


class Moment(Struct, frozen=True):
    """What was heard at one version: the event's name (empty for prose) and its lines."""

    v: int
    event: str
    lines: tuple[Line, ...]


def moments(updates: Iterable[Update], words: Words, to: int | None = None) -> Iterator[Moment]:
    """Yield the moments of an evening up to a version; those without a line too, so that none seems lost."""
    names = Names(words)
    teller = Teller(words, names.name)
    for update in updates:
        match update:
            case Happened(event=event, view=view) if _within(event.v, to):
                names.learn(view)
                own = event.name == "seat.ready" and event.d.get("seat") == view.seat.id
                yield Moment(event.v, event.name, () if own else tuple(teller.tell(event)))
            case Told(prose=prose) if _within(prose.v, to):
                yield Moment(prose.v, "", tuple(paragraphs(prose)))
            case _:
                continue


def _within(v: int, to: int | None) -> bool:
    return to is None or v <= to
