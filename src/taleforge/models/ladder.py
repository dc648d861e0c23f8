"""A ladder of models: the first that may be asked and answers is the one that did; then nobody.

A model that fails in the middle of its answer has not answered: the next begins anew. Knows nothing of servers.
"""

import asyncio
from collections.abc import Sequence

from taleforge.errors import ModelFailed
from taleforge.models.ports import Read, T
from taleforge.models.rung import Meter, Rung
from taleforge.models.values import Request, Sight, Usage

AT_ONCE = 64
"""Texts of one call for embeddings."""


class Ladder:
    """Models in the order in which they are asked."""

    def __init__(self, rungs: Sequence[Rung]) -> None:
        self._rungs = tuple(rungs)

    async def ask(self, request: Request, read: Read[T]) -> T:
        """Return what `read` made of the first answer there was. Raises ModelFailed with the last reason."""
        failed = ModelFailed("No model is configured.", "Set model.url.", "none")
        for rung in self._rungs:
            try:
                return await rung.ask(request, read)
            except ModelFailed as error:
                failed = error
        raise failed

    async def look(self) -> list[Sight]:
        """Return how each model is, asking all at once."""
        return list(await asyncio.gather(*(seen(rung) for rung in self._rungs)))

    async def close(self) -> None:
        """Let every connection go."""
        for rung in self._rungs:
            await rung.client.close()


class Embedder:
    """One model for embeddings: vectors of two models cannot be compared, so nobody stands in for it."""

    def __init__(self, rung: Rung) -> None:
        self._rung = rung

    @property
    def name(self) -> str:
        """What tells its space from those of other models."""
        return self._rung.client.model.name

    async def embed(self, texts: Sequence[str], table: str = "") -> list[tuple[float, ...]]:
        """Return a vector for each text. Raises ModelFailed."""
        found: list[tuple[float, ...]] = []
        for at in range(0, len(texts), AT_ONCE):
            found += await self._some(texts[at : at + AT_ONCE], table)
        return found

    async def look(self) -> Sight:
        """Return how the model is."""
        return await seen(self._rung)

    async def close(self) -> None:
        """Let its connections go."""
        await self._rung.client.close()

    async def _some(self, texts: Sequence[str], table: str) -> list[tuple[float, ...]]:
        async def work(meter: Meter) -> list[tuple[float, ...]]:
            places, usage = await self._rung.client.embed(texts)
            meter.heard("")
            meter.told = usage
            return places

        return await self._rung.call(table, Usage(sum(map(len, texts)) // 3 + len(texts)), work)


async def seen(rung: Rung) -> Sight:
    """Return how a rung's model is, with the state of its breaker."""
    sight = await rung.client.look()
    return Sight(
        sight.label, sight.reachable, sight.found, sight.latency_ms, sight.model, sight.context, rung.breaker.state,
        sight.problem,
    )  # fmt: skip
