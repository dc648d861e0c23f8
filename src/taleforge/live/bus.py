"""The bus of a single process: what is published is heard by whoever subscribed in this process, and never lost.

Several `Tables` that are handed the same one are like processes on one bus. Does not reach another process.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping

Hear = Callable[[bytes], None]


class MemoryBus:
    """Channels in memory; for one event loop."""

    def __init__(self) -> None:
        self._ears: defaultdict[str, list[Hear]] = defaultdict(list)

    @property
    def up(self) -> bool:
        """Whether messages get through: always."""
        return True

    @property
    def latency_ms(self) -> float:
        """How long it takes to reach everybody: no time."""
        return 0.0

    @property
    def counts(self) -> Mapping[str, int]:
        """What is counted: nothing, for nothing leaves the process."""
        return {}

    def publish(self, channel: str, data: bytes) -> None:
        """Give a message to whoever hears a channel, when the event loop comes to it."""
        if channel in self._ears:
            loop = asyncio.get_running_loop()
            for hear in self._ears[channel]:
                loop.call_soon(self._deliver, channel, hear, data)

    async def subscribe(self, channel: str, hear: Hear) -> Callable[[], None]:
        """Have what is published on a channel heard, until what is returned is called."""
        self._ears[channel].append(hear)

        def cancel() -> None:
            if hear in self._ears.get(channel, ()):
                self._ears[channel].remove(hear)
                if not self._ears[channel]:
                    del self._ears[channel]

        return cancel

    def on_gap(self, told: Callable[[], None]) -> Callable[[], None]:  # noqa: ARG002  # there is never one
        """Have it told when messages may have been lost: never."""
        return _nothing

    def _deliver(self, channel: str, hear: Hear, data: bytes) -> None:
        if hear in self._ears.get(channel, ()):  # it may have been cancelled since
            hear(data)


def _nothing() -> None:
    """Cancel what never comes."""
