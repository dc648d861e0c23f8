"""A line of the story as every terminal shows it: its kind, its words in pieces, and what stands behind its number.

Plain output joins the pieces, the Textual client colours them. Nothing here knows a width, a colour or the table.
"""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from taleforge.messages.views import Explanation
from taleforge.terminal.words import Span, Spans

LineKind = Literal["scene", "prose", "speech", "own", "dice", "event", "turn", "note", "question", "refusal", "ending"]
"""`own` are the player's words, `note` is the program speaking, `turn` opens somebody's turn."""


class Line(Struct, frozen=True):
    """One line (a paragraph for prose). `why` can be asked about; `v` is the version it tells, 0 when it tells none.

    What `stays` is about the table and not the tale: it is still true when the tale goes back.
    """

    kind: LineKind
    spans: Spans
    why: Explanation | None = None
    v: int = 0
    stays: bool = False

    @property
    def text(self) -> str:
        """The words without their styles."""
        return joined(self.spans)

    def stands(self, to: int) -> bool:
        """Whether it is still to be shown when the tale has gone back to a version."""
        return self.v <= to or self.stays


def line(kind: LineKind, text: str, style: str = "", *, why: Explanation | None = None, v: int = 0) -> Line:
    """Return a line of one piece."""
    return Line(kind, (Span(text, style),), why, v)


def joined(spans: Iterable[Span]) -> str:
    """Return pieces as plain text."""
    return "".join(span.text for span in spans)


def capitalised(spans: Spans) -> Spans:
    """Return pieces whose first letter is in upper case."""
    if not spans:
        return spans
    first = spans[0]
    return (Span(first.text[:1].upper() + first.text[1:], first.style), *spans[1:])
