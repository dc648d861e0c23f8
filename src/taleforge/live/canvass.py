"""Who has answered the open question to the whole table: known here while it is open, and written nowhere.

What was asked for is stored without a name, so a process that ends forgets only whom it need not wait for.
"""

from taleforge.live.ports import Position
from taleforge.messages.commands import Answer, Command, EngineTimeout


class Canvass:
    """Counts the answers of one table."""

    def __init__(self) -> None:
        self._question = ""
        self._answered: set[str] = set()

    def heard(self, wish: Command, position: Position) -> EngineTimeout | None:
        """Count an answer; return what settles the question when nobody else is waited for."""
        asked = position.canvass()
        if asked is None or not isinstance(wish.d, Answer) or wish.d.decision != asked[0]:
            return None
        question, seats = asked
        if question != self._question:
            self._question, self._answered = question, set()
        self._answered.add(wish.seat)
        return EngineTimeout(question, answered=True) if seats <= self._answered else None
