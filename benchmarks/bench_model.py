"""What our pipeline adds before the first words: a narrator with its model, beside a bare call to the same server."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import httpx

from benchmarks.measure import Row, Time
from taleforge.bootstrap import build
from taleforge.messages.brief import Brief
from taleforge.narration.language import load as language
from taleforge.narration.model import ModelNarrator, is_for_a_model
from taleforge.narration.model_task import task_of
from taleforge.settings import load
from tests.narration.model_sayings import honest
from tests.narration.play import recorded
from tests.openai_double import Double

AT_MOST = 0.020


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Return what the pipeline adds."""
    return asyncio.run(_rows(10 if smoke else 200))


async def _rows(repeats: int) -> list[Row]:
    briefs = [brief for brief in recorded("together") if is_for_a_model(brief, language("en"))]
    async with Double(honest) as double:
        bare, ours = await _measured(double, briefs, repeats)
    return [
        Time("first token of a bare call", bare),
        Time("first sentence heard through the pipeline", ours),
        Time("what the pipeline adds", max(0.0, ours - bare), at_most=AT_MOST),
    ]


async def _measured(double: Double, briefs: list[Brief], repeats: int) -> tuple[float, float]:
    """Return the medians of both, taken turn about, with the ledger on a disk."""
    with TemporaryDirectory() as folder:
        settings = load({}, {"data.folder": str(Path(folder)), "model.url": double.url, "model.name": "tiny"}, None)
        async with build(settings) as house, httpx.AsyncClient(base_url=double.url) as http:
            assert house.models is not None
            narrator = ModelNarrator(house.models.ladder)
            times = [
                (
                    await _first(lambda told, b=b: _bare(http, b, told)),
                    await _first(lambda told, b=b: _ours(narrator, b, told)),
                )
                for b in (briefs[at % len(briefs)] for at in range(repeats + 5))
            ]
    return median(bare for bare, _ in times[5:]), median(ours for _, ours in times[5:])


async def _first(call: Callable[[Callable[[], None]], Awaitable[None]]) -> float:
    """Return the seconds until a call says that it heard something, the first time."""
    heard: list[float] = []
    begun = perf_counter()
    await call(lambda: heard.append(perf_counter()))
    return heard[0] - begun


async def _bare(http: httpx.AsyncClient, brief: Brief, told: Callable[[], None]) -> None:
    messages = [{"role": one.role, "content": one.content} for one in task_of(brief, language("en")).messages]
    async with http.stream(
        "POST", "chat/completions", json={"model": "tiny", "messages": messages, "stream": True}
    ) as answer:
        async for line in answer.aiter_lines():
            if "content" in line:
                told()


async def _ours(narrator: ModelNarrator, brief: Brief, told: Callable[[], None]) -> None:
    prose = await narrator.stream(brief, lambda _number, _text: told())
    assert prose.narrator == "model"
