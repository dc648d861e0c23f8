"""From settings to a house: chooses every part.

Whatever it chooses can be handed in instead, so that tests build the same house with other parts. Holds no behaviour.
"""

import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from taleforge.art.gallery import Gallery
from taleforge.art.work import KIND as PAINT
from taleforge.bootstrap.backups import blobs_of
from taleforge.bootstrap.buses import bus_of
from taleforge.bootstrap.house import House
from taleforge.bootstrap.language import models_of, narrator_of
from taleforge.bootstrap.memory import meaning_of, remembering
from taleforge.bootstrap.pictures import hanging
from taleforge.bootstrap.secrets import key_of
from taleforge.bootstrap.speech import speech_of
from taleforge.bootstrap.stores import Store, open_for
from taleforge.bootstrap.work import QUEUES, Parts, working
from taleforge.interpret import Interpreter
from taleforge.live.ports import Bus, Clock, Services, Spans
from taleforge.live.spans import NoSpans
from taleforge.live.system import SystemClock, SystemIds
from taleforge.live.tables import Tables
from taleforge.messages.ids import IdSource
from taleforge.narration import GrammarNarrator
from taleforge.narration.safety import tactful
from taleforge.settings import Settings
from taleforge.store.belongings import in_sql
from taleforge.store.faultpoints import reached
from taleforge.store.memories import SqlMemories
from taleforge.store.pictures import SqlPictures
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
        bus = bus or await opened.enter_async_context(bus_of(settings.nats, settings.redis))
        ids = ids or SystemIds()
        clock = clock or SystemClock()
        stores = in_sql(log)
        models = models_of(settings, stores, ids, clock, log)
        if models is not None:
            opened.push_async_callback(models.close)
        grammar = GrammarNarrator()
        services = Services(
            game=Game(content, ids, tactful), log=log, secrets=log, interpreter=interpreter or Interpreter(),
            narrator=narrator or narrator_of(settings, models) or grammar, fallback=grammar, clock=clock, ids=ids,
            chance=chance, reached=reached, claims=log.claims, bus=bus, spans=spans or NoSpans(),
            node=f"node_{secrets.token_hex(8)}",
        )  # fmt: skip
        speech = speech_of(settings)
        opened.push_async_callback(speech.close)
        memories = SqlMemories(log)
        meaning = await opened.enter_async_context(meaning_of(settings, log, models))
        parts = Parts(log, stores, bus, clock, ids, services.node, speech, remembering(meaning, memories))
        gallery = Gallery(SqlPictures(log), blobs_of(settings), lambda: clock.now().timestamp())
        receivers = {PAINT: hanging(gallery, log.jobs)}
        jobs = await opened.enter_async_context(working(settings, parts, QUEUES, settings.jobs.here, receivers))
        tables = Tables(services)
        opened.push_async_callback(tables.close)
        yield House(
            tables, content, services, stores, models=models, jobs=jobs, gallery=gallery, speech=speech,
            memories=memories, meaning=meaning,
            key=lambda: key_of(settings), only_ours=settings.serve.imports == "ours",
        )  # fmt: skip
