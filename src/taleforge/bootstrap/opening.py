"""From settings to a house: chooses every part.

Whatever it chooses can be handed in instead, so that tests build the same house with other parts. Holds no behaviour.
"""

import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from taleforge.bootstrap.house import House
from taleforge.bootstrap.language import models_of, narrator_of
from taleforge.bootstrap.stores import Store, open_for
from taleforge.errors import Unavailable
from taleforge.interpret import Interpreter
from taleforge.live.bus import MemoryBus
from taleforge.live.ports import Bus, Clock, Services, Spans
from taleforge.live.redis_address import RedisAddress
from taleforge.live.redis_bus import RedisBus
from taleforge.live.spans import NoSpans
from taleforge.live.system import SystemClock, SystemIds
from taleforge.live.tables import Tables
from taleforge.messages.ids import IdSource
from taleforge.narration import GrammarNarrator
from taleforge.settings import Redis, Settings
from taleforge.store.belongings import in_sql
from taleforge.store.faultpoints import reached
from taleforge.table import ports
from taleforge.table.position import Game
from taleforge.world.library import load_content
from taleforge.world.scene import Content


@asynccontextmanager
async def build(  # noqa: PLR0913  # each is a part that tests exchange
    settings: Settings,
    *,
    store: Store | None = None,
    content: Content | None = None,
    interpreter: ports.Interpreter | None = None,
    narrator: ports.Narrator | None = None,
    clock: Clock | None = None,
    ids: IdSource | None = None,
    chance: Callable[[int], bytes] = secrets.token_bytes,
    bus: Bus | None = None,
    spans: Spans | None = None,
) -> AsyncGenerator[House]:
    """Open the data folder for play; what is handed in takes the place of what the settings choose.

    Raises:
        StoreBusy: another process plays there.
        Damaged, TooNew: the store cannot be opened.
        PackBroken: a bundled pack is broken.
        Misconfigured: the folder cannot be written, or a server does not let us in.
    """
    async with AsyncExitStack() as opened:
        content = content or load_content()
        log = store or await open_for(settings)
        opened.push_async_callback(log.close)
        bus = bus or await opened.enter_async_context(_bus_of(settings.redis))
        ids = ids or SystemIds()
        clock = clock or SystemClock()
        stores = in_sql(log)
        models = models_of(settings, stores, ids, clock)
        if models is not None:
            opened.push_async_callback(models.close)
        grammar = GrammarNarrator()
        services = Services(
            game=Game(content, ids), log=log, secrets=log, interpreter=interpreter or Interpreter(),
            narrator=narrator or narrator_of(settings, models) or grammar, fallback=grammar, clock=clock, ids=ids,
            chance=chance, reached=reached, claims=log.claims, bus=bus, spans=spans or NoSpans(),
            node=f"node_{secrets.token_hex(8)}",
        )  # fmt: skip
        tables = Tables(services)
        opened.push_async_callback(tables.close)
        yield House(tables, content, services, stores, models)


@asynccontextmanager
async def _bus_of(redis: Redis) -> AsyncGenerator[Bus]:
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
