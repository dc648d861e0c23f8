"""A process that does jobs and plays no table, by the settings: what `taleforge worker` opens.

Does not say when it ends: `ops.worker` does.
"""

import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from taleforge.bootstrap.buses import bus_of
from taleforge.bootstrap.language import models_of
from taleforge.bootstrap.memory import QUEUE as MEMORY
from taleforge.bootstrap.memory import meaning_of, remembering
from taleforge.bootstrap.speech import speech_of
from taleforge.bootstrap.stores import Store, open_for
from taleforge.bootstrap.work import QUEUES, Parts, working
from taleforge.errors import BadInput, Misconfigured
from taleforge.jobs.ports import Handler
from taleforge.jobs.service import Jobs
from taleforge.live.ports import Bus
from taleforge.live.system import SystemClock, SystemIds
from taleforge.memory.meaning import Meaning
from taleforge.settings import Settings
from taleforge.store.belongings import in_sql
from taleforge.store.memories import SqlMemories
from taleforge.voice.ports import Speech

if TYPE_CHECKING:
    from taleforge.models.setup import Models


class Workshop(NamedTuple):
    """What a process has that does jobs and plays no table."""

    jobs: Jobs
    store: Store
    bus: Bus
    speech: Speech
    models: "Models | None"
    meaning: Meaning | None


@asynccontextmanager
async def workshop(settings: Settings, queues: Sequence[str], at_once: int) -> AsyncGenerator[Workshop]:
    """Open what a process needs that does jobs and plays no table.

    Raises:
        BadInput: there is no such queue.
        Misconfigured: other processes cannot give it jobs, or a server does not let us in.
        Damaged, TooNew, Unavailable: the store cannot be opened.
    """
    unknown = [queue for queue in queues if queue not in QUEUES]
    if unknown:
        raise BadInput(f"There is no queue {unknown[0]}.", f"The queues are {', '.join(QUEUES)}.")
    if not (settings.store.url and settings.redis.url):
        raise Misconfigured(
            "A worker of its own needs a database and a Redis that it shares with the server.",
            "Set store.url and redis.url; without them `taleforge serve` does the jobs itself.",
        )
    async with AsyncExitStack() as opened:
        store = await open_for(settings)
        opened.push_async_callback(store.close)
        bus = await opened.enter_async_context(bus_of(settings.nats, settings.redis))
        speech = speech_of(settings)
        opened.push_async_callback(speech.close)
        clock, ids, stores = SystemClock(), SystemIds(), in_sql(store)
        models = models_of(settings, stores, ids, clock) if MEMORY in queues and settings.model.embedding else None
        if models is not None:
            opened.push_async_callback(models.close)
        meaning: Meaning | None = None
        handlers: dict[str, Handler] = {}
        if MEMORY in queues:
            meaning = await opened.enter_async_context(meaning_of(settings, store, models))
            handlers = remembering(meaning, SqlMemories(store))
        parts = Parts(store, stores, bus, clock, ids, f"worker_{secrets.token_hex(8)}", speech, handlers)
        elsewhere = replace(settings, jobs=replace(settings.jobs, here=0))
        jobs = await opened.enter_async_context(working(elsewhere, parts, queues, at_once, None))
        yield Workshop(jobs, store, bus, speech, models, meaning)
