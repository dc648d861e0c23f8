"""The figures of a worker at a port of their own; nothing else is to be had there."""

import asyncio
from pathlib import Path

import httpx
import pytest

from taleforge.api import exporter
from taleforge.api.exporter import offering
from taleforge.api.measures import CONTENT_TYPE, Measures
from taleforge.errors import Misconfigured
from taleforge.telemetry.spans import TimedSpans
from tests.faults.house import free_port
from tests.jobs.crew import Worker
from tests.postgresql import Server as PostgreSQL
from tests.redis import Server as Redis


async def test_prometheus_finds_the_figures_and_nobody_anything_else() -> None:
    """Asked anew each time; whoever asks for something else, or for nothing at all, harms nobody."""
    async with offering("127.0.0.1", 0, Measures(TimedSpans()).text) as port:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            for _ in range(2):
                answer = await http.get("/metrics")
                assert (answer.status_code, answer.headers["content-type"]) == (200, CONTENT_TYPE)
                assert "taleforge_build_info" in answer.text
            for method, path in (("GET", "/"), ("POST", "/metrics"), ("GET", "/metrics/../etc")):
                assert (await http.request(method, path)).status_code == 404
        for rubbish in (b"", b"GET", b"\xff" * 100_000):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(rubbish)
            writer.write_eof()
            assert b"200" not in await reader.read()
            writer.close()


async def test_whoever_says_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while."""
    monkeypatch.setattr(exporter, "PATIENCE", 0.01)
    async with offering("127.0.0.1", 0, lambda: b"") as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""
        writer.close()


async def test_a_port_that_is_taken_is_named() -> None:
    """As the server's own."""
    async with offering("127.0.0.1", 0, lambda: b"") as port:
        with pytest.raises(Misconfigured, match=str(port)):
            await offering("127.0.0.1", port, lambda: b"").__aenter__()


@pytest.mark.services
async def test_a_worker_tells_how_it_is(postgresql: PostgreSQL, redis: Redis, tmp_path: Path) -> None:
    """At the port that is set, on this machine alone; without one it listens nowhere."""
    shared, port = redis.settings(), free_port()
    settings = [f"store.url={postgresql.database()}", f"redis.url={shared.url}", f"redis.prefix={shared.prefix}"]
    async with Worker(tmp_path, [*settings, f"jobs.metrics_port={port}"]) as worker:
        await worker.begin()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            text = (await http.get("/metrics")).text
        assert "taleforge_store_up 1.0" in text
        assert "taleforge_bus_up 1.0" in text
        await worker.end()
