"""Stores what was decided at one table, and only then lets everybody hear: here, in other processes, and as prose.

It writes under the fence of its owner's claim: when the store says that another process has taken the table over,
nothing is stored, nothing is told, and the owner hears of it. Decides nothing.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from taleforge.errors import Conflict
from taleforge.live.audience import Audience
from taleforge.live.course import Course
from taleforge.live.inbox import Moved
from taleforge.live.narration import Teller
from taleforge.live.ports import Services
from taleforge.messages.brief import Prose, ProseDelta
from taleforge.messages.events import Event
from taleforge.messages.frames import Frame
from taleforge.table.ports import SideWork

log = structlog.get_logger(__name__)


class Herald(Protocol):
    """Lets other processes hear what the seats here hear."""

    def happened(self, after: int, events: Sequence[Event]) -> None:
        """Tell of events that follow a version."""
        ...

    def told(self, prose: Prose) -> None:
        """Tell of a finished piece of prose."""
        ...

    def telling(self, delta: ProseDelta) -> None:
        """Tell of a piece of prose while it is being told."""
        ...

    def pushed(self, seat: str, frame: Frame) -> None:
        """Tell of a frame without a number for one seat."""
        ...


class Press:
    """What an owner has printed.

    Args:
        audience: Whom it tells here.
        fence: That of the owner's claim; None when no other process can be there.
        services: The outside.
        herald: Tells other processes.
        overtaken: Called when somebody else wrote to the log or owns the table.
    """

    def __init__(
        self, audience: Audience, fence: int | None, services: Services, herald: Herald, overtaken: Callable[[], None]
    ) -> None:
        self._audience = audience
        self._fence = fence
        self._services = services
        self._herald = herald
        self._overtaken = overtaken
        self._teller = Teller(audience.table, services, self._tell, self._telling)

    async def publish(self, course: Course) -> None:
        """Store what was decided, then let everybody hear of it.

        Raises:
            Moved: the table is not owned here any more.
            TaleforgeError: it cannot be stored now.
        """
        spans, version = self._services.spans, self._audience.position.version
        told, work = self._teller.at_once(course.briefs)
        with spans.span("append"):
            await self._append(version, course, work, told)
        with spans.span("fan_out"):
            self._herald.happened(version, course.events)
            self._audience.follow(course.events, course.steps[1:])
            for prose in told:
                self._tell(prose)
        self._services.reached("events.published")
        self.tell_later(work)

    def push(self, seat: str, frame: Frame) -> None:
        """Send a seat a frame that it does not wait for, wherever it is connected."""
        self._audience.push(seat, frame)
        self._herald.pushed(seat, frame)

    def tell_later(self, work: Sequence[SideWork]) -> None:
        """Have stored briefs told when their turn comes."""
        for item in work:
            self._teller.put(item)

    @property
    def untold(self) -> int:
        """How much of what happened is not told yet."""
        return self._teller.waiting

    async def told(self) -> None:
        """Return when everything so far is told."""
        await self._teller.finish()

    async def close(self, patience: float) -> None:
        """Tell what can be told in so many seconds."""
        await self._teller.close(patience)

    async def _append(self, version: int, course: Course, work: Sequence[SideWork], prose: Sequence[Prose]) -> None:
        store, table, status = self._services.log, self._audience.table, course.steps[-1].status
        try:
            await store.append(table, version, course.events, work, status, prose=prose, fence=self._fence)
        except Conflict as error:
            log.warning("table.overtaken", table=table, reason=str(error))
            self._overtaken()
            raise Moved from error

    def _tell(self, prose: Prose) -> None:
        self._herald.told(prose)
        self._audience.tell(prose)

    def _telling(self, delta: ProseDelta) -> None:
        self._herald.telling(delta)
        self._audience.telling(delta)
