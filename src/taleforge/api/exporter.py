"""The figures of a process that serves no players, at a port of their own: `GET /metrics`, and nothing else.

Closed unless a port is set, and reached from this machine alone unless an address is. Asks nobody who they are, so keep
it where only Prometheus comes.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from taleforge.api.gauges import show_work
from taleforge.api.measures import CONTENT_TYPE, Measures
from taleforge.api.server import listen
from taleforge.bootstrap import Workshop
from taleforge.settings import Jobs
from taleforge.telemetry.spans import TimedSpans

PATIENCE: Final = 5.0
"""Seconds in which somebody has to say what they want, and to take it."""


@asynccontextmanager
async def exporting(settings: Jobs, shop: Workshop) -> AsyncGenerator[None]:
    """Offer the figures of a worker while it works, where the settings want them.

    Raises:
        Misconfigured: the address is not ours, or taken.
    """
    if not settings.metrics_port:
        yield
        return
    measures = Measures(TimedSpans())
    show_work(measures, shop)
    async with offering(settings.metrics_host, settings.metrics_port, measures.text):
        yield


@asynccontextmanager
async def offering(host: str, port: int, text: Callable[[], bytes]) -> AsyncGenerator[int]:
    """Answer `GET /metrics` with a text, which is asked for each time; give the port (0 takes a free one)."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(PATIENCE):
                wanted = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[:2]
                writer.write(_answered(text()) if wanted == [b"GET", b"/metrics"] else _nothing())
                await writer.drain()
        writer.close()

    listening = listen(host, port)
    async with await asyncio.start_server(answer, sock=listening):
        yield listening.getsockname()[1]


def _answered(body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _nothing() -> bytes:
    return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
