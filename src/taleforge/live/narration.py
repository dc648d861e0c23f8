"""Has the story told: takes the briefs that were stored with the facts, one after another, and keeps their prose.

What a narrator can tell at once is stored with the facts instead; facts never wait for another one. What is not told
when the process ends is told when the room opens again. Does not decide what is told, or to whom: the Brief does.
"""

import asyncio
from collections.abc import Sequence
from contextvars import Context
from functools import cache
from typing import Protocol, cast

import msgspec
import structlog

from taleforge.errors import TaleforgeError
from taleforge.live.faults import fault
from taleforge.live.ports import Services
from taleforge.messages.brief import Brief, Prose, ProseDelta
from taleforge.messages.codec import encode
from taleforge.messages.ids import IdSource
from taleforge.table.ports import Narrator, PromptNarrator, SideWork, StreamingNarrator

KIND = "narrate"
PATIENCE = 60.0
"""Seconds a narrator may take before the fallback tells instead."""

_briefs = msgspec.json.Decoder(Brief)
log = structlog.get_logger(__name__)


def work_for(brief: Brief, ids: IdSource) -> SideWork:
    """Return the side work of telling a brief."""
    return SideWork(ids("job"), KIND, brief.v, encode(brief))


class Readers(Protocol):
    """Those at one table."""

    def tell(self, prose: Prose) -> None:
        """Tell of a finished piece of prose."""
        ...

    def telling(self, delta: ProseDelta) -> None:
        """Tell of a piece of prose while it is being told."""
        ...


class Teller:
    """Tells the briefs of one table in their order.

    Args:
        table: The table's id, for the log lines.
        services: The narrator, its fallback and the store.
        readers: Whom it tells.
    """

    def __init__(self, table: str, services: Services, readers: Readers) -> None:
        self._services = services
        self._readers = readers
        self._log = log.bind(table=table)
        self._table = table
        self._waiting: list[tuple[SideWork, str]] = []
        self._task: asyncio.Task[None] | None = None
        """Tells what waits; none when nothing does, as at most tables most of the time."""

    def at_once(self, briefs: Sequence[Brief]) -> tuple[list[Prose], list[SideWork]]:
        """Return what can be told of some briefs without waiting, and the work of telling the rest later."""
        narrator = self._services.narrator
        told: list[Prose] = []
        later: list[SideWork] = []
        for brief in briefs:
            prose = self._promptly(narrator, brief) if _prompt(type(narrator)) else None
            if prose is None:
                later.append(work_for(brief, self._services.ids))
            elif prose.text:
                told.append(prose)
        return told, later

    def _promptly(self, narrator: Narrator, brief: Brief) -> Prose | None:
        self._services.reached("narration.begun")
        try:
            with self._services.spans.span("narrate"):
                prose = cast("PromptNarrator", narrator).tell_at_once(brief)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is tried again when its turn comes
            self._log.warning("narrator.failed", version=brief.v, **fault(error))
            return None
        self._services.reached("narration.told")
        return prose

    @property
    def waiting(self) -> int:
        """How many briefs wait for their turn."""
        return len(self._waiting)

    def put(self, work: SideWork) -> None:
        """Have a stored brief told when its turn comes, as a step of the trace it is put in from."""
        self._waiting.append((work, self._services.spans.carrier()))
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"narration of {self._table}", context=Context())

    async def finish(self) -> None:
        """Return when everything is told."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def close(self, patience: float) -> None:
        """Stop, after at most so many seconds for what is still to be told."""
        try:
            async with asyncio.timeout(patience):
                await self.finish()
        except TimeoutError:
            self._log.info("narration.postponed", left=len(self._waiting))
        finally:
            if self._task is not None:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._next(*self._waiting.pop(0))
        finally:
            self._task = None

    async def _next(self, work: SideWork, carrier: str) -> None:
        try:
            with self._services.spans.under(carrier):
                await self._do(work)
        except Exception as error:  # noqa: BLE001  # whatever it is, the next brief is told
            self._log.error("narration.failed", work=work.id, version=work.v, **fault(error))

    async def _do(self, work: SideWork) -> None:
        brief = _briefs.decode(work.payload)
        self._services.reached("narration.begun")
        prose = await self._tell(brief)
        self._services.reached("narration.told")
        first = True
        try:
            first = await self._services.log.finish_work(work.id, prose if prose.text else None)
        except TaleforgeError as error:  # it is told now, and again when the room opens next
            self._log.warning("narration.not_kept", work=work.id, reason=error.code)
        if prose.text and first:
            self._readers.tell(prose)

    async def _tell(self, brief: Brief) -> Prose:
        try:
            with self._services.spans.span("narrate"):
                return await self._told_by(self._services.narrator, brief)
        except Exception as error:  # noqa: BLE001  # whatever it is, the story goes on
            self._log.warning("narrator.failed", version=brief.v, **fault(error))
            return await self._told_by(self._services.fallback, brief)

    async def _told_by(self, narrator: Narrator, brief: Brief) -> Prose:
        async with asyncio.timeout(PATIENCE):
            if not _streams(type(narrator)):
                return await narrator.tell(brief)
            return await cast("StreamingNarrator", narrator).stream(
                brief, lambda i, text: self._readers.telling(ProseDelta(brief.v, i, text, brief.audience))
            )


@cache
def _prompt(kind: type[Narrator]) -> bool:
    """Whether narrators of a class tell at once."""
    return issubclass(kind, PromptNarrator)


@cache
def _streams(kind: type[Narrator]) -> bool:
    """Whether narrators of a class tell piece by piece; asked once, for looking takes as long as a short telling."""
    return issubclass(kind, StreamingNarrator)
