"""What the processes of a server count and keep together, in a Redis that must not hold anybody up.

When it does not answer in time it is left alone for a moment, and whoever asked goes on with what this process knows.
Holds no counter and no answer itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Final, TypeVar

import structlog

from taleforge.errors import Unavailable
from taleforge.live.redis_address import RedisAddress, failures, unavailable
from taleforge.settings import Redis as RedisSettings
from taleforge.telemetry.counting import Tally

if TYPE_CHECKING:
    from redis.asyncio import Redis

T = TypeVar("T")

LEFT_ALONE: Final = 1.0
"""Seconds between two attempts while it does not answer."""

log = structlog.get_logger(__name__)


class Shared:
    """Questions to a Redis.

    Args:
        address: The Redis.
        clock: Seconds since some moment.
    """

    def __init__(self, address: RedisAddress, clock: Callable[[], float] = monotonic) -> None:
        self.unanswered = Tally()
        """Questions that were not answered, by what they were for."""
        self._address = address
        self._client = address.client()
        self._clock = clock
        self._away = False
        self._not_before = 0.0

    @property
    def client(self) -> "Redis":
        """The client of the Redis, for what is asked within `ask`."""
        return self._client

    @property
    def up(self) -> bool:
        """Whether the last question was answered."""
        return not self._away

    def key(self, *parts: str) -> str:
        """Return a key of ours."""
        return self._address.key(*parts)

    async def ask(self, what: str, question: Callable[[], Awaitable[T]]) -> T:
        """Return what Redis answers.

        Args:
            what: What it is for, as figures show it.
            question: Asks.

        Raises:
            Unavailable: there is no answer in time; or there was none a moment ago, and nobody asked.
        """
        if self._away and not self._may_try():
            self.unanswered.add(what)
            raise unavailable(self._address, TimeoutError("it did not a moment ago"))
        try:
            async with asyncio.timeout(self._address.timeout):
                answer = await question()
        except failures() as error:
            self.unanswered.add(what)
            self._lost(error)
            raise unavailable(self._address, error) from error
        if self._away:
            self._away = False
            log.info("redis.back", redis=self._address.name)
        return answer

    async def latency(self) -> float | None:
        """Return how long a question takes, in seconds; None when there is no answer."""
        begun = perf_counter()
        try:
            await self.ask("health", self._ping)
        except Unavailable:
            return None
        return perf_counter() - begun

    async def _ping(self) -> None:
        await self._client.set(self.key("ping"), b"", px=1000)

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose(close_connection_pool=True)

    def _may_try(self) -> bool:
        """Whether it is time to ask again: for one question, so that the others need not wait for it."""
        now = self._clock()
        if now < self._not_before:
            return False
        self._not_before = now + LEFT_ALONE
        return True

    def _lost(self, error: Exception) -> None:
        if not self._away:
            log.warning("redis.away", redis=self._address.name, reason=str(error) or "it took too long")
        self._away = True
        self._not_before = self._clock() + LEFT_ALONE


def shared_of(redis: RedisSettings) -> Shared | None:
    """Return what the settings choose; None when there is one process, which need not share anything."""
    return Shared(RedisAddress(redis.url, redis.prefix, redis.timeout)) if redis.url else None
