"""How the first model is, for whoever asks often: it is looked at now and then, and nobody waits for that.

Does not ask the model anything; a failing conversation shows by its breaker.
"""

import asyncio
from collections.abc import Awaitable, Callable

from taleforge.models.values import Sight

LASTS = 15.0
"""Seconds for which a look counts."""


class Vigil:
    """Looks, and remembers.

    Args:
        look: Looks at the models, in the order in which they are asked.
    """

    def __init__(self, look: Callable[[], Awaitable[list[Sight]]]) -> None:
        self._look = look
        self._known: dict[str, tuple[str, float]] = {}
        self._until = 0.0
        self._looking: asyncio.Task[None] | None = None

    def checks(self) -> dict[str, tuple[str, float]]:
        """Return `llm_provider` and `llm_model`, `ok` or `failed`, with milliseconds; nothing before the first look.

        Begins the next look when the last is old.
        """
        now = asyncio.get_running_loop().time()
        if now >= self._until and (self._looking is None or self._looking.done()):
            self._until = now + LASTS
            self._looking = asyncio.create_task(self.renew(), name="look at the models")
        return self._known

    async def renew(self) -> None:
        """Look now."""
        first, *_ = await self._look()
        well = first.found and first.state == "closed"
        self._known = {
            "llm_provider": ("ok" if first.reachable else "failed", first.latency_ms),
            "llm_model": ("ok" if well else "failed", first.latency_ms),
        }

    async def close(self) -> None:
        """Stop looking."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
