"""The bus that the settings choose: a NATS, a Redis, or this process alone.

Waits for nobody.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from taleforge.errors import Unavailable
from taleforge.live.bus import MemoryBus
from taleforge.live.nats_address import NatsAddress
from taleforge.live.nats_bus import NatsBus
from taleforge.live.ports import Bus
from taleforge.live.redis_address import RedisAddress
from taleforge.live.redis_bus import RedisBus
from taleforge.settings import Nats, Redis


@asynccontextmanager
async def bus_of(nats: Nats, redis: Redis) -> AsyncGenerator[Bus]:
    """Open the bus that the settings choose; a server that does not answer is waited for while we play.

    Raises:
        Misconfigured: the server does not let us in.
    """
    address = _address(nats, redis)
    if address is None:
        yield MemoryBus()
        return
    with suppress(Unavailable):  # the bus says so itself, and connects later
        await address.check()
    bus = NatsBus(address) if isinstance(address, NatsAddress) else RedisBus(address)
    try:
        await bus.open()
        yield bus
    finally:
        await bus.close()


def _address(nats: Nats, redis: Redis) -> NatsAddress | RedisAddress | None:
    if nats.url:
        return NatsAddress(nats.url, nats.prefix, nats.timeout)
    return RedisAddress(redis.url, redis.prefix, redis.timeout) if redis.url else None
