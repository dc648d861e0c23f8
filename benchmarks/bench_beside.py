"""How soon a table answers while workers paint and listen, beside how soon it does when they have nothing to do.

A house on a PostgreSQL and a Redis of its own, and one `taleforge worker`, which share this machine's cores; the worker
stands back as far as it does by itself (`jobs.niceness`). The two are measured turn about in one run. Measures nothing
where the servers are not installed, and says so.
"""

import asyncio
import io
import math
import sys
import time
import wave
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.measure import Ratio, Row, Time
from benchmarks.servers import servers
from taleforge.art import values as art
from taleforge.art.work import KIND, QUEUE
from taleforge.bootstrap import House, build
from taleforge.client.table import TableClient
from taleforge.jobs.service import Jobs
from taleforge.jobs.values import Job, Wish
from taleforge.messages import commands as cmd
from taleforge.settings import load
from taleforge.voice import work as voice

UNMOVED = 1 / 1.1
"""The p99 may be a tenth higher while workers work."""
TABLES = 16
EVERY = 0.02
"""Seconds between two commands, whichever table they are for."""
ROUNDS, COMMANDS = 10, 150
AHEAD = 4
"""Jobs that are always wanted while workers are to work."""
PATIENCE = 120.0


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Return how soon a table answers, with work going on and without."""
    with servers() as both, TemporaryDirectory() as folder:
        if both is None:
            return []
        database, shared = both[0].database(), both[1].settings()
        given = {
            "store.url": database, "redis.url": shared.url, "redis.prefix": shared.prefix, "data.folder": folder,
            "jobs.here": "0", "log.level": "error",
        }  # fmt: skip
        quiet, busy, each = asyncio.run(_turn_about(given, *((1, 20) if smoke else (ROUNDS, COMMANDS))))
    return [
        Time("p99 of command → ack, workers idle", _p99(quiet)),
        Time("p99 of command → ack while a worker paints and listens", _p99(busy)),
        Ratio("the first beside the second", _p99(quiet) / _p99(busy), UNMOVED),
        Time("the median of command → ack, workers idle", median(quiet)),
        Time("the median while a worker paints and listens", median(busy)),
        Time("a picture of 512×512 or a transcript of two seconds, meanwhile", each),
    ]


def _p99(times: Sequence[float]) -> float:
    return quantiles(times, n=100)[98]


async def _turn_about(given: dict[str, str], rounds: int, commands: int) -> tuple[list[float], list[float], float]:
    """Return the times of commands without work and with it, and how long a job took."""
    quiet: list[float] = []
    busy: list[float] = []
    async with build(load({}, given, None)) as house, _seated(house) as clients, _worker(given):
        work = _Work(house)
        await work.through(2)  # loads what paints and what listens
        await _commanded(clients, commands)
        begun, spent = work.done, 0.0
        for _ in range(rounds):
            quiet += await _commanded(clients, commands)
            started = time.perf_counter()
            async with work.going_on():
                busy += await _commanded(clients, commands)
            spent += time.perf_counter() - started
    return quiet, busy, spent / max(1, work.done - begun)


@asynccontextmanager
async def _seated(house: House) -> AsyncGenerator[list[TableClient]]:
    """Give the clients of people who play, each alone at a table."""
    clients: list[TableClient] = []
    for _ in range(TABLES):
        client = house.client(await house.open_table("bell_beneath"), house.new_seat())
        clients.append(await client.__aenter__())
        for data in (cmd.Sit("marrick", "Ann"), cmd.Ready()):
            assert isinstance(await client.send(data), cmd.Ack)
    yield clients
    for client in clients:
        await client.__aexit__(None, None, None)


async def _commanded(clients: Sequence[TableClient], commands: int) -> list[float]:
    """Send commands at an even pace, however long their answers take; return how long each took."""
    tasks: list[asyncio.Task[float]] = []
    for number in range(commands):
        tasks.append(asyncio.create_task(_timed(clients[number % len(clients)])))
        await asyncio.sleep(EVERY)
    return await asyncio.gather(*tasks)


async def _timed(client: TableClient) -> float:
    begun = time.perf_counter()
    assert isinstance(await client.send(cmd.RollDice("2d6+3")), cmd.Ack)
    return time.perf_counter() - begun


@asynccontextmanager
async def _worker(given: dict[str, str]) -> AsyncGenerator[None]:
    """Let one `taleforge worker` wait for work."""
    words = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "taleforge", *words, "worker", "--json", "--queues", "art,voice",
        cwd=Path(__file__).parents[1], stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert await process.stdout.readline(), "the worker did not begin"
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


class _Work:
    """Jobs for the worker of a house."""

    def __init__(self, house: House) -> None:
        assert house.jobs is not None
        self._jobs: Jobs = house.jobs
        self._numbers = count()
        recording = voice.Recording(_hum(), 2.0)
        self._kinds = (
            (QUEUE, KIND, art.encode(art.Wish("an old lighthouse", "gouache", 512, 512, 1, "scene"))),
            (voice.QUEUE, voice.TRANSCRIBE, msgspec.msgpack.encode(recording)),
        )
        self.done = 0

    async def through(self, jobs: int) -> None:
        """Return when so many more were done."""
        await asyncio.gather(*[self._one() for _ in range(jobs)])

    @asynccontextmanager
    async def going_on(self) -> AsyncGenerator[None]:
        """Within the block there is always something to do; after it nothing is left."""
        over = asyncio.Event()

        async def keep_on() -> None:
            while not over.is_set():
                await self._one()

        going = [asyncio.create_task(keep_on()) for _ in range(AHEAD)]
        yield
        over.set()
        await asyncio.gather(*going)

    async def _one(self) -> None:
        number = next(self._numbers)
        queue, kind, payload = self._kinds[number % len(self._kinds)]
        job = await self._jobs.submit(Wish("spc_1", f"usr_{number % AHEAD}", queue, kind, payload))
        assert isinstance(job, Job), job
        ended = await self._jobs.wait(job.id, job.owner, PATIENCE)
        assert ended is not None
        assert ended.state == "done", ended
        self.done += 1


def _hum() -> bytes:
    """Return two seconds of a voice that says nothing."""
    tone = (int(8_000 * math.sin(at / 16_000 * 2 * math.pi * (120 + at % 4_000 / 40))) for at in range(32_000))
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((1, 2, 16_000, 0, "NONE", ""))
        written.writeframes(b"".join(one.to_bytes(2, "little", signed=True) for one in tone))
    return file.getvalue()
