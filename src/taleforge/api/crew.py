"""The workers of one parent, as one of them sees the others: it asks them for their figures, over sockets of their own.

So whichever worker is asked tells of all, each with its number. A worker that does not answer is left out. Starts and
ends nobody.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

PATIENCE: Final = 1.0
"""Seconds in which another worker has to answer."""


class Crew:
    """This worker among the others.

    Args:
        file: Its socket; the name is its number, and beside it are those of the others.
        own: Returns its own figures, as Prometheus reads them.
    """

    def __init__(self, file: Path, own: Callable[[], bytes]) -> None:
        self._file = file
        self._own = own
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Answer the others; takes the place of an earlier worker with the same number."""
        made = self._file.with_suffix(".new")
        made.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._answer, made)
        made.rename(self._file)

    async def close(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def figures(self) -> bytes:
        """Return the figures of all workers that answer, as Prometheus reads them, each with the label `worker`."""
        return _joined(await self._texts())

    async def count(self) -> int:
        """Return how many workers answer."""
        return len(await self._texts())

    async def _texts(self) -> dict[str, str]:
        names = sorted(file.name for file in self._file.parent.iterdir() if file.name.isdigit())
        asked = await asyncio.gather(*(self._text(name) for name in names))
        return {name: text for name, text in zip(names, asked, strict=True) if text}

    async def _text(self, name: str) -> str:
        if name == self._file.name:
            return self._own().decode()
        with suppress(OSError):  # which a time-out is, too
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_unix_connection(self._file.parent / name)
                try:
                    return (await reader.read()).decode()
                finally:
                    writer.close()
        return ""

    async def _answer(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            writer.write(self._own())
            await writer.drain()
        writer.close()


class _Joined:
    """Families of figures, as prometheus-client writes them."""

    def __init__(self) -> None:
        self.families: dict[str, Metric] = {}

    def collect(self) -> Iterator[Metric]:
        """Give each family."""
        yield from self.families.values()


def _joined(texts: dict[str, str]) -> bytes:
    """Return the figures of several workers as one text, each sample with its worker's number."""
    joined = _Joined()
    for worker, text in texts.items():
        for family in text_string_to_metric_families(text):
            whole = joined.families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            whole.samples += [
                sample._replace(labels={**sample.labels, "worker": worker}) for sample in family.samples
            ]  # fmt: skip
    registry = CollectorRegistry(auto_describe=False)
    registry.register(joined)
    return generate_latest(registry)
