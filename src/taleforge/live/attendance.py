"""Who is connected, anywhere: everybody at the table is told, and whoever is gone for long is noted as away.

Kept by the owner of a table, which hears of the connections of other processes. Only seats that are taken are told of,
for only those are known to everybody. While nobody else plays, nobody is noted: a table does not play on alone. A new
owner waits for everybody who is not there, for somebody may have gone with the owner before. What an absent player's
character does is that seat's own policy, and no business of this module.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

import structlog

from taleforge.errors import TaleforgeError
from taleforge.live.audience import Audience
from taleforge.live.inbox import Moved
from taleforge.live.ports import Services
from taleforge.live.relay import Relay
from taleforge.messages.commands import EngineAway
from taleforge.messages.views import SeatInfo

AWAY_AFTER: Final = 60.0
"""Seconds without a connection after which a player counts as away."""
GATHERING: Final = 2.0
"""Seconds in which other processes tell a new owner who is connected to them."""
TYPING_EVERY: Final = 1.0
"""Seconds between two times that a seat is said to type, whatever its client sends."""

log = structlog.get_logger(__name__)


class Attendance:
    """The connections of one table, as its owner knows them.

    Args:
        audience: Those here, and who is told.
        relay: Those elsewhere.
        services: The outside.
        act: Has the owner decide something.
    """

    def __init__(
        self, audience: Audience, relay: Relay, services: Services, act: Callable[[EngineAway], Awaitable[None]]
    ) -> None:
        self._audience = audience
        self._relay = relay
        self._services = services
        self._act = act
        self._typed: dict[str, tuple[bool, float]] = {}
        self._acted: dict[str, float] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._gathered_at = services.clock.passed() + (GATHERING if audience.present else 0.0)
        relay.present = tuple(sorted(audience.present))
        self._begin("", self._gather())
        self.look()

    def look(self) -> None:
        """Find out who is connected now, and tell those who do not know."""
        seats = self._audience.position.view("").seats
        before, connected = self._audience.present, self._audience.seats | self._relay.seats
        if self._services.clock.passed() < self._gathered_at:
            connected |= before
        present = connected & seats.keys()
        if present == before:
            return
        self._relay.present = tuple(sorted(present))
        self._relay.own(self._audience.position.version)
        self._audience.attend(present)
        for seat in present - before:
            self._came(seats[seat])
        for seat in before - present:
            self._begin(seat, self._gone(seat))

    def typing(self, seat: str, *, on: bool) -> None:
        """Let the others at the table see that somebody is typing, or has stopped; once a second at most."""
        now = self._services.clock.passed()
        typed, since = self._typed.get(seat, (False, now - TYPING_EVERY))
        if seat not in self._audience.present or on == typed or (on and now - since < TYPING_EVERY):
            return
        self._typed[seat] = on, now
        self._audience.typing(seat, on=on)
        self._relay.typing(seat, on=on)

    def acts(self, seat: str) -> None:
        """Note that a seat asks for something: it is there, though it may have no connection."""
        self._acted[seat] = self._services.clock.passed()
        if seat in self._audience.present:
            return
        known = self._audience.position.view("").seats.get(seat)
        if known is not None and known.away:
            self._begin(seat, self._back(seat))

    async def close(self) -> None:
        """Note nothing any more."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()

    def _came(self, seat: SeatInfo) -> None:
        if (waiting := self._tasks.pop(seat.id, None)) is not None:
            waiting.cancel()
        if seat.away:
            self._begin(seat.id, self._note(EngineAway(seat.id, away=False)))

    async def _back(self, seat: str) -> None:
        """Note that a seat without a connection is back, until it is gone again."""
        await self._note(EngineAway(seat, away=False))
        await self._gone(seat)

    async def _gone(self, seat: str) -> None:
        """Note that a seat is away, once it is so for long enough and others play."""
        while True:
            await self._services.clock.sleep(AWAY_AFTER)
            position = self._audience.position
            seats = position.view("").seats
            known = seats.get(seat)
            if known is None or known.away or known.role not in {"host", "player"}:
                return
            if self._services.clock.passed() - self._acted.get(seat, -AWAY_AFTER) < AWAY_AFTER:
                continue
            others = (seats[other].role for other in self._audience.present if other in seats)
            if position.status == "playing" and any(role != "spectator" for role in others):
                await self._note(EngineAway(seat, away=True))
                return

    async def _gather(self) -> None:
        """Look again when every process had the time to say who is connected to it; wait for whoever is nowhere."""
        await self._services.clock.sleep(GATHERING)
        self.look()
        for seat in self._audience.position.view("").seats.keys() - self._audience.present - self._tasks.keys():
            self._begin(seat, self._gone(seat))

    async def _note(self, what: EngineAway) -> None:
        try:
            await self._act(what)
        except Moved:  # the next owner notes it
            return
        except TaleforgeError as error:
            log.warning("attendance.not_noted", table=self._audience.table, seat=what.seat, reason=str(error))

    def _begin(self, name: str, job: Coroutine[Any, Any, None]) -> None:
        if (earlier := self._tasks.pop(name, None)) is not None:
            earlier.cancel()
        self._tasks[name] = asyncio.create_task(job, name=f"attendance of {self._audience.table}")
