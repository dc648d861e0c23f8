"""Memory by the settings, and what it is made of: a table's log played again, cut to what each seat may see of it.

Seats of people who asked to be forgotten hear nothing any more. Does not search: `memory.service` does.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from taleforge.accounts.ports import PeopleStore
from taleforge.bootstrap.places import LOCAL_SPACE
from taleforge.errors import Misconfigured
from taleforge.jobs.ports import Handler, Task
from taleforge.jobs.service import Jobs
from taleforge.jobs.values import Wish
from taleforge.live.ports import Clock
from taleforge.memory.exact import Exact
from taleforge.memory.meaning import Meaning
from taleforge.memory.ports import Ears, Embedder, Memories, Vectors
from taleforge.memory.service import Wanted
from taleforge.memory.values import Heard, Listened
from taleforge.messages.brief import Prose
from taleforge.messages.events import Event
from taleforge.settings import Memory, Settings
from taleforge.store.transactions import Sql
from taleforge.store.vectors import SqlVectors
from taleforge.table.ports import EventLog
from taleforge.table.position import Game, Position

if TYPE_CHECKING:
    from taleforge.models.setup import Models

QUEUE: Final = "memory"
KIND: Final = "remember"
EVERY: Final = 30_000
"""Milliseconds in which a table's index is brought up to its memories once at most."""
FOREVER: Final = 2**62
"""A version that no table reaches."""


class LogEars(Ears):
    """Hears what the log of a table says.

    Args:
        game: Plays it again.
        log: The logs.
        people: Knows who asked to be forgotten.
    """

    def __init__(self, game: Game, log: EventLog, people: PeopleStore) -> None:
        self._game = game
        self._log = log
        self._people = people

    async def listen(self, table: str, after: int) -> Listened:
        """Return what was heard after a version."""
        events = await self._log.read(table)
        listened, position = await asyncio.to_thread(listen_to, self._game.fold(table, ()), events, after)
        erased = await self._erased(position)
        return _without(listened, erased) if erased else listened

    async def prose(self, table: str) -> Sequence[Prose]:
        """Return what was told."""
        return await self._log.read_prose(table)

    async def _erased(self, position: Position) -> set[str]:
        seats = position.state.seats.values()
        people = {seat.person: await self._people.get(seat.person) for seat in seats if seat.person}
        gone = {person for person, known in people.items() if known is not None and known.erased is not None}
        return {seat.id for seat in seats if seat.person in gone}


def listen_to(position: Position, events: Sequence[Event], after: int) -> tuple[Listened, Position]:
    """Play a log again from an empty position; return what was heard after a version, and where it leads."""
    heard: list[Heard] = []
    present: dict[str, tuple[tuple[int, int], ...]] = {}
    since: dict[str, int] = {}
    for event in events:
        position = position.after(event)
        if event.v > after:
            heard.append(_heard(position, event))
        for seat in position.state.seats.keys() - since.keys():
            since[seat] = event.v
        for seat in since.keys() - position.state.seats.keys():
            present[seat] = (*present.get(seat, ()), (since.pop(seat), event.v))
    present |= {seat: (*present.get(seat, ()), (begin, FOREVER)) for seat, begin in since.items()}
    return Listened(tuple(heard), position.state.gone, present, position.version), position


def _heard(position: Position, event: Event) -> Heard:
    seats = position.state.seats
    seen = {seat: position.project(event, seat) for seat in seats}
    return Heard(
        event, {seat: one for seat, one in seen.items() if one is not None},
        {seat.id: seat.character for seat in seats.values()},
    )  # fmt: skip


def _without(listened: Listened, erased: set[str]) -> Listened:
    heard = tuple(
        replace(one, seen={seat: seen for seat, seen in one.seen.items() if seat not in erased})
        for one in listened.heard
    )
    present = {seat: spans for seat, spans in listened.present.items() if seat not in erased}
    return replace(listened, heard=heard, present=present)


@asynccontextmanager
async def meaning_of(settings: Settings, sql: Sql, models: "Models | None") -> AsyncGenerator[Meaning | None]:
    """Open what finds by meaning, as the settings choose; None where words find alone.

    Raises:
        Misconfigured: what they name is none, or is not installed.
    """
    chosen = settings.memory
    embedder = _embedder(settings, models)
    if embedder is None:
        yield None
        return
    async with AsyncExitStack() as opened:
        yield Meaning(embedder, _vectors(chosen, sql, opened), chosen.least, chosen.seconds)


def _embedder(settings: Settings, models: "Models | None") -> Embedder | None:
    chosen = settings.memory
    if chosen.embedder == "onnx":
        if chosen.model is None:
            raise Misconfigured("memory.embedder is onnx, and no model is named.", "Set memory.model to its folder.")
        from taleforge.models.onnx import OnnxEmbedder  # noqa: PLC0415  # of an extra

        return OnnxEmbedder(chosen.model)
    if chosen.embedder == "server" and (models is None or models.embedder is None):
        raise Misconfigured("memory.embedder is server, and none is named.", "Set model.url and model.embedding.")
    return models.embedder if models is not None and chosen.embedder != "off" else None


def _vectors(chosen: Memory, sql: Sql, opened: AsyncExitStack) -> Vectors:
    if not chosen.qdrant:
        return Exact(SqlVectors(sql))
    try:
        from taleforge.memory.qdrant import connected  # noqa: PLC0415  # of an extra
    except ImportError as error:
        raise Misconfigured(
            f"memory.qdrant is set, and its client is not installed ({error.name}).", "pip install 'taleforge[qdrant]'"
        ) from error
    vectors = connected(chosen.qdrant, chosen.qdrant_key, chosen.prefix)
    opened.push_async_callback(vectors.close)
    return vectors


def remembering(meaning: Meaning | None, memories: Memories) -> dict[str, Handler]:
    """Return who does the jobs of this room: nobody, where words find alone."""
    if meaning is None:
        return {}

    async def handle(task: Task) -> bytes:
        await meaning.sync(task.job.payload.decode(), memories)
        return b""

    return {KIND: handle}


def asking(jobs: Jobs, clock: Clock) -> Wanted:
    """Return what has a table's index brought up to its memories, by whoever does such jobs."""

    async def wanted(table: str) -> None:
        now = int(clock.now().timestamp() * 1000)
        await jobs.submit(Wish(LOCAL_SPACE, table, QUEUE, KIND, table.encode(), key=f"{KIND}:{now // EVERY}"))

    return wanted
