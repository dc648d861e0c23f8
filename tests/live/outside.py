"""An outside for rooms under test: a store in memory, a clock that is set by hand, words read by rote."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from taleforge.client.table import TableClient
from taleforge.live.bus import MemoryBus
from taleforge.live.ports import Services
from taleforge.live.spans import NoSpans
from taleforge.live.tables import Tables
from taleforge.messages.brief import Brief, Prose
from taleforge.messages.commands import AnswerChoice, Ask, Question, Say, UseOption
from taleforge.messages.ids import CountingIds
from taleforge.messages.intents import Interpretation
from taleforge.messages.views import SeatView
from taleforge.store.memory import MemoryStore
from taleforge.table.ports import NewTable
from taleforge.table.position import Game
from tests.table.game import content

BEGINNING = datetime(2026, 11, 20, 20, tzinfo=UTC)


class HandClock:
    """A clock that stands still until it is set forward."""

    def __init__(self) -> None:
        self._now = BEGINNING
        self._passed = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return the time it shows."""
        return self._now

    def passed(self) -> float:
        """Return by how much it was set forward in all."""
        return self._passed

    def jump(self, seconds: float) -> None:
        """Let it show another time, though none has passed."""
        self._now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        """Return once it was set forward so far."""
        waking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._passed + seconds, waking))
        await waking

    async def forward(self, seconds: float) -> None:
        """Set it forward, and let everything happen that follows from that."""
        self._now += timedelta(seconds=seconds)
        self._passed += seconds
        due = [waking for when, waking in self._sleepers if when <= self._passed and not waking.done()]
        self._sleepers = [one for one in self._sleepers if one[0] > self._passed and not one[1].done()]
        for waking in due:
            waking.set_result(None)
        await quiet()


class RoteInterpreter:
    """Knows a few sentences: `say X`, `use X`, `ask`, `A then B`; everything else is not understood."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Ask | None, tuple[str, ...]]] = []

    def interpret(
        self, text: str, view: SeatView, asked: Ask | None = None, recent: Sequence[str] = ()
    ) -> Interpretation:
        """Return what it was taught."""
        self.heard.append((text, asked, tuple(recent)))
        first, _, rest = text.partition(" then ")
        match first.split(maxsplit=1):
            case ["say", words]:
                return Interpretation(Say(words), rest=rest, mentions=("crt_x",))
            case ["sya", words]:
                heard = AnswerChoice("say", f"say {words}")
                return Interpretation(Say(words), heard=heard, corrected=True)
            case ["offer"]:
                return Interpretation(refusal="interpret/nothing", choices=(AnswerChoice("1", option="do:call"),))
            case ["use", option]:
                return Interpretation(UseOption(option), rest=rest)
            case ["ask"]:
                choices = (AnswerChoice("1", option="do:call"), AnswerChoice("2", option="do:search"))
                return Interpretation(question=Question("interpret/which_action"), choices=choices)
            case ["break"]:
                raise ValueError("secret words of a player")
            case _:
                return Interpretation(refusal="interpret/nothing")


class RoteNarrator:
    """Tells which events a brief is about."""

    async def tell(self, brief: Brief) -> Prose:
        """Return the codes of the beats."""
        return Prose(brief.v, brief.lang, " ".join(beat.code for beat in brief.beats), brief.audience)


def chance() -> Callable[[int], bytes]:
    """Return a source of bytes that is the same in each test."""
    drawn = 0

    def draw(count: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return hashlib.shake_256(f"chance {drawn}".encode()).digest(count)

    return draw


def services(**changes: Any) -> Services:
    """Return an outside, with some parts exchanged; with the log, who owns its tables."""
    ids = CountingIds()
    store = changes.get("log") or MemoryStore()
    usual = Services(
        game=Game(content(), ids), log=store, secrets=store, interpreter=RoteInterpreter(), narrator=RoteNarrator(),
        fallback=RoteNarrator(), clock=HandClock(), ids=ids, chance=chance(), reached=lambda _: None,
        claims=store.claims, bus=MemoryBus(), spans=NoSpans(), node="node_1",
    )  # fmt: skip
    return replace(usual, **changes)


async def new_table(tables: Tables) -> str:
    """Return the id of a new table of the small adventure."""
    return await tables.create(NewTable("lamp", "spc_x", "cmp_x"))


def client(tables: Tables, table: str, seat: str, ids: CountingIds | None = None) -> TableClient:
    """Return a client of a seat in this process."""

    async def connect() -> Any:
        return tables.door(table, seat)

    async def at_once(_attempt: int) -> None:
        await asyncio.sleep(0)

    return TableClient(connect, seat, ids or CountingIds(unix_ms=crc32(seat.encode())), pause=at_once)


async def quiet(turns: int = 50) -> None:
    """Let every task do what it can do without waiting for anything."""
    for _ in range(turns):
        await asyncio.sleep(0)
