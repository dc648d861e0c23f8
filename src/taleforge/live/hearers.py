"""Who in this process hears which channel of a bus, and who wants to be told of gaps.

Receives nothing itself.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator

Hear = Callable[[bytes], None]


class Hearers:
    """Hearers of one process, whose faults are nobody else's."""

    def __init__(self) -> None:
        self.heard = 0
        """How many messages came in."""
        self.gaps = 0
        """How often all were told that messages may have been lost."""
        self._by_channel: defaultdict[str, list[Hear]] = defaultdict(list)
        self._told: list[Callable[[], None]] = []

    def __iter__(self) -> Iterator[str]:
        """Go through the channels that are heard."""
        return iter(self._by_channel)

    def __bool__(self) -> bool:
        """Whether anything is heard."""
        return bool(self._by_channel)

    def add(self, channel: str, hear: Hear) -> bool:
        """Add a hearer; whether it is the first of its channel."""
        self._by_channel[channel].append(hear)
        return len(self._by_channel[channel]) == 1

    def remove(self, channel: str, hear: Hear) -> bool:
        """Remove a hearer; whether it was the last of its channel."""
        self._by_channel[channel].remove(hear)
        if self._by_channel[channel]:
            return False
        del self._by_channel[channel]
        return True

    def on_gap(self, told: Callable[[], None]) -> Callable[[], None]:
        """Have it told of gaps, until what is returned is called."""
        self._told.append(told)
        return once(lambda: self._told.remove(told))

    def hear(self, channel: str, data: bytes) -> None:
        """Give a message to whoever hears its channel."""
        self.heard += 1
        for hear in tuple(self._by_channel.get(channel, ())):
            _guarded(lambda hear=hear: hear(data))

    def tell_gap(self) -> None:
        """Tell whoever wants to know that messages may have been lost."""
        self.gaps += 1
        for told in tuple(self._told):
            _guarded(told)


def once(undo: Callable[[], None]) -> Callable[[], None]:
    """Return what undoes something the first time that it is called."""
    left = [undo]
    return lambda: left.pop()() if left else None


def _guarded(call: Callable[[], None]) -> None:
    """Call somebody whose faults are nobody else's."""
    try:
        call()
    except Exception as fault:  # noqa: BLE001  # reported as any fault of a callback
        asyncio.get_running_loop().call_exception_handler({"message": "fault of a hearer", "exception": fault})
