"""The bus that the settings choose: a Redis, or this process alone.

Waits for nobody.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from taleforge.errors import Unavailable
from taleforge.live.bus import MemoryBus
from taleforge.live.ports import Bus
from taleforge.live.redis_address import RedisAddress
from taleforge.live.redis_bus import RedisBus
from taleforge.settings import Redis


@asynccontextmanager
async def bus_of(redis: Redis) -> AsyncGenerator[Bus]:
    """Open the bus that the settings choose; a Redis that does not answer is waited for while we play.

    Raises:
        Misconfigured: the Redis does not let us in.
    """
    if not redis.url:
        yield MemoryBus()
        return
    address = RedisAddress(redis.url, redis.prefix, redis.timeout)
    with suppress(Unavailable):  # the bus says so itself, and connects later
        await address.check()
    bus = RedisBus(address)
    try:
        await bus.open()
        yield bus
    finally:
        await bus.close()
