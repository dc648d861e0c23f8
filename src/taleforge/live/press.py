"""Stores what was decided at one table, and only then lets everybody hear: here, in other processes, and as prose.

It writes under the fence of its owner's claim: when the store says that another process has taken the table over,
nothing is stored and nothing is told. Decides nothing.
"""

from collections.abc import Sequence
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


class _Everybody:
    """Those here and those at other processes, told of one thing after another."""

    def __init__(self, audience: Audience, herald: Herald) -> None:
        self._audience = audience
        self._herald = herald

    def tell(self, prose: Prose) -> None:
        """Tell of a finished piece of prose."""
        self._herald.told(prose)
        self._audience.tell(prose)

    def telling(self, delta: ProseDelta) -> None:
        """Tell of a piece of prose while it is being told."""
        self._herald.telling(delta)
        self._audience.telling(delta)


class Press:
    """What an owner has printed.

    Args:
        audience: Whom it tells here.
        fence: That of the owner's claim; None when no other process can be there.
        services: The outside.
        herald: Tells other processes.
    """

    def __init__(self, audience: Audience, fence: int | None, services: Services, herald: Herald) -> None:
        self._audience = audience
        self._fence = fence
        self._services = services
        self._herald = herald
        self._everybody = _Everybody(audience, herald)
        self._teller = Teller(audience.table, services, self._everybody)

    async def publish(self, course: Course) -> None:
        """Store what was decided, then let everybody hear of it.

        Raises:
            Moved: somebody else wrote to the log, or owns the table.
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
                self._everybody.tell(prose)
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
            raise Moved from error
