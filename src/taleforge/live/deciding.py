"""What a command comes to at one table, with all that follows from it at once: its course.

After a deed comes what the table does by itself, and what else the player had said in the same words. Stores nothing,
and tells nobody.
"""

from typing import Final

from taleforge.live.course import Course
from taleforge.live.ports import Decision, Position, Services
from taleforge.live.understanding import Understanding
from taleforge.messages.commands import Branch, Command, CommandData, Do, Refused, Reply, command
from taleforge.messages.events import DeedPlanned, SeatTaken

MOST_AUTOMATIC: Final = 1_000
"""Things the table does by itself between two commands; more can only be a fault in the rules."""


class Deciding:
    """Decides for one table.

    Args:
        services: The time and ids.
        understanding: What its seats mean.
    """

    def __init__(self, services: Services, understanding: Understanding) -> None:
        self.steps_left = MOST_AUTOMATIC
        """Things the table may still do by itself before the next command."""
        self._services = services
        self._understanding = understanding

    def decide(self, position: Position, wish: Command, seed: bytes) -> Decision:
        """Return what comes of a command."""
        with self._services.spans.span("decide"):
            return position.decide(wish, seed, self._services.now())

    def go_on(
        self, course: Course, decision: Decision, seat: str, text: str, seed: bytes | None
    ) -> tuple[str, Reply | None]:
        """Go on by a decision, by what the table does by itself after it, and by what the seat said it would do next.

        Return the words that are left for later, which want more than to be decided, or break; and what the seat hears
        where they cannot be understood or done. Without a seed nothing follows.
        """
        if seed is None:
            course.take(decision)
            return text, None
        self._take(course, decision, seed)
        while text:
            try:
                meant, next_ = self._said(course.steps[-1], command(self._services.ids("cmd"), seat, Do(text)), seed)
            except Exception:  # noqa: BLE001  # it comes again by itself, and is said then
                return text, None
            if not isinstance(meant, Command):
                return "", meant
            if next_ is None or brings_a_person(next_):
                return text, None
            if isinstance(next_.reply, Refused):
                return "", next_.reply
            self._take(course, next_, seed)
            text = self._understanding.take_rest(seat)
            text = "" if is_planned(next_) else text
        return "", None

    def _take(self, course: Course, decision: Decision, seed: bytes) -> None:
        course.take(decision)
        self.steps_left -= course.go_on(self.steps_left, lambda position, data: self._by_itself(position, data, seed))

    def _said(self, position: Position, wish: Command, seed: bytes) -> tuple[Command | Reply, Decision | None]:
        with self._services.spans.span("interpret"):
            meant = self._understanding.of(wish, lambda: position.view(wish.seat))
        if not isinstance(meant, Command) or isinstance(meant.d, Branch):
            return meant, None
        return meant, self.decide(position, meant, seed)

    def _by_itself(self, position: Position, data: CommandData, seed: bytes) -> Decision:
        return self.decide(position, command(self._services.ids("cmd"), "", data), seed)


def is_planned(decision: Decision) -> bool:
    """Whether a deed was only noted, to be done with those of others: words that go on after it would replace it."""
    return any(isinstance(event.d, DeedPlanned) for event in decision.events)


def brings_a_person(decision: Decision) -> bool:
    """Whether somebody sits down, who is to add to the dice: they are made anew then."""
    return any(isinstance(event.d, SeatTaken) and event.d.role != "companion" for event in decision.events)
