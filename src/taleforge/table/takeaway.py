"""A log as somebody at a table takes it away: what two others whispered stays between them.

Nothing is decided by a whisper, so the file is checked and played on like the log itself. Everything else of a log is
in it, secret rolls too: without them no die could be derived again.
"""

from typing import Final

from msgspec.structs import replace

from taleforge.messages.events import Event, Whispered

UNSAID: Final = "…"
"""What stands for the words of a whisper."""


def taken_away(event: Event, seat: str) -> Event:
    """Return an event as a seat may take it away."""
    said = event.d
    if not isinstance(said, Whispered) or seat in {said.seat, said.to}:
        return event
    return replace(event, d=replace(said, text=UNSAID))
