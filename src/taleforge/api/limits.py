"""How often anybody may ask, by the generic cell rate algorithm, and the headers that say so in both dialects.

Each rule counts separately for each address, account, key or guest. Counts in memory: several processes count apart.
"""

import math
from typing import Final

from msgspec import Struct
from throttled.constants import RateLimiterType
from throttled.store import MemoryStore
from throttled.throttled import Throttled

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


class Limiter:
    """Every rule of the settings, with its counters."""

    def __init__(self, limits: Limits) -> None:
        store = MemoryStore(options={"MAX_SIZE": MOST_KEYS})
        given = {
            "general": limits.general, "guest": limits.guest, "generation": limits.generation,
            "guesses": limits.guesses,
        }  # fmt: skip
        self._rules = {
            name: Throttled(using=RateLimiterType.GCRA.value, quota=_with_burst(quota), store=store)
            for name, quota in given.items()
            if quota != "off"
        }

    def take(self, rule: str, who: str) -> Verdict | None:
        """Count one request of somebody; None when the rule is off."""
        counter = self._rules.get(rule)
        if counter is None:
            return None
        result = counter.limit(f"{rule}:{who}")
        state = result.state
        after = state.retry_after if result.limited else 0.0
        return Verdict(rule, state.limit, state.remaining, state.reset_after, after)


def _with_burst(quota: str) -> str:
    """Return a quota with a burst: of one period, when it names none."""
    return quota if "burst" in quota else f"{quota} burst {quota.partition('/')[0]}"
