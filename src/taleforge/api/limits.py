"""How often anybody may ask, by the generic cell rate algorithm, and the headers that say so in both dialects.

Each rule counts separately for each address, account, key or guest: in memory, or for several processes together in
Redis. While that is away each process counts for itself, so that a limit holds, if a wider one. Refuses nobody itself.
"""

import math
from contextlib import suppress
from typing import Any, Final, Protocol

from msgspec import Struct
from throttled.asyncio.store import RedisStore, RedisStoreBackend
from throttled.asyncio.throttled import Throttled as SharedThrottled
from throttled.constants import RateLimiterType
from throttled.exceptions import StoreUnavailableError
from throttled.rate_limiter import RateLimitResult
from throttled.store import MemoryStore
from throttled.throttled import Throttled

from taleforge.api.shared import Shared
from taleforge.errors import Unavailable
from taleforge.settings import Limits

MOST_KEYS: Final = 100_000
"""Counters that are kept; the one that was asked for longest ago gives way."""
Header = tuple[bytes, bytes]


class Verdict(Struct, frozen=True):
    """What a rule says of one more request. `after` is in seconds, 0 when the request may be answered."""

    rule: str
    limit: int
    remaining: int
    reset: float
    after: float

    @property
    def headers(self) -> list[Header]:
        """The rule's headers: RateLimit-*, X-RateLimit-*, and Retry-After for a request that came too soon."""
        limit, left = b"%d" % self.limit, b"%d" % self.remaining
        said = [
            (b"ratelimit-limit", limit), (b"ratelimit-remaining", left),
            (b"ratelimit-reset", b"%d" % math.ceil(self.reset)),
            (b"x-ratelimit-limit", limit), (b"x-ratelimit-remaining", left),
        ]  # fmt: skip
        return [*said, (b"retry-after", b"%d" % max(1, math.ceil(self.after)))] if self.after else said


class _State(Protocol):
    """How a counter stands, as throttled-py has it."""

    limit: int
    remaining: int
    reset_after: float
    retry_after: float


class Limiter:
    """Every rule of the settings, with its counters.

    Args:
        limits: The rules.
        shared: Where several processes count together.
    """

    def __init__(self, limits: Limits, shared: Shared | None = None) -> None:
        given = {
            "general": limits.general, "guest": limits.guest, "generation": limits.generation,
            "guesses": limits.guesses,
        }  # fmt: skip
        quotas = {name: _with_burst(quota) for name, quota in given.items() if quota != "off"}
        gcra, own = RateLimiterType.GCRA.value, MemoryStore(options={"MAX_SIZE": MOST_KEYS})
        self._rules = {name: Throttled(using=gcra, quota=quota, store=own) for name, quota in quotas.items()}
        self._shared = shared
        self._together: dict[str, SharedThrottled] = {}
        if shared is not None:
            store, prefix = _store(shared), shared.key("limits")
            self._together = {
                name: SharedThrottled(using=gcra, quota=quota, store=store, key_prefix=prefix)
                for name, quota in quotas.items()
            }

    async def take(self, rule: str, who: str) -> Verdict | None:
        """Count one request of somebody; None when the rule is off. Waits for nothing unless counters are shared."""
        counter = self._rules.get(rule)
        if counter is None:
            return None
        key = f"{rule}:{who}"
        if self._shared is not None:
            with suppress(Unavailable):
                together = self._together[rule]
                shared = await self._shared.ask("limits", lambda: _counted(together, key))
                return _verdict(rule, shared.state, limited=shared.limited)
        result = counter.limit(key)
        return _verdict(rule, result.state, limited=result.limited)


async def _counted(counter: SharedThrottled, key: str) -> RateLimitResult:
    try:
        return await counter.limit(key)
    except StoreUnavailableError as error:  # which hides what the driver said
        raise ConnectionError(str(error.__cause__)) from error


def _verdict(rule: str, state: _State, *, limited: bool) -> Verdict:
    after = state.retry_after if limited else 0.0
    return Verdict(rule, state.limit, state.remaining, state.reset_after, after)


def _store(shared: Shared) -> RedisStore:
    """Return a store of throttled-py that asks by our client, for its own would wait and try again as it likes."""

    class Backend(RedisStoreBackend):
        def get_client(self) -> Any:
            return shared.client

    class Store(RedisStore):
        _BACKEND_CLASS = Backend

    return Store()


def _with_burst(quota: str) -> str:
    """Return a quota with a burst: of one period, when it names none."""
    return quota if "burst" in quota else f"{quota} burst {quota.partition('/')[0]}"
