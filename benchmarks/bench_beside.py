"""How soon a table answers while workers paint and listen, beside how soon it does when they have nothing to do.

A house on a PostgreSQL and a Redis of its own, and one `taleforge worker`, which share this machine's cores; the worker
stands back as far as it does by itself (`jobs.niceness`). What any program would do to a table that shares a core with
it is shown beside: an endless loop that has nothing to do with ours, as nice as can be. The three are measured turn
about in one run, in an order that changes. Measures nothing where the servers are not installed, and says so.
"""

import asyncio
import io
import math
import signal
import sys
import time
import wave
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from itertools import chain, count
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
ALONE, ANY, WORK = (
    "nothing beside it",
    "an endless loop at nice 19 beside it",
    "a worker that paints and listens beside it",
)
ROUNDS, COMMANDS = 15, 200
"""Three thousand commands under each circumstance."""
PARTS = 3
AHEAD = 4
"""Jobs that are always wanted while workers are to work."""
PATIENCE = 120.0


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Return how soon a table answers: with nothing else going on, beside any program, and beside work of ours."""
    with servers() as both, TemporaryDirectory() as folder:
        if both is None:
            return []
        database, shared = both[0].database(), both[1].settings()
        given = {
            "store.url": database, "redis.url": shared.url, "redis.prefix": shared.prefix, "data.folder": folder,
            "jobs.here": "0", "log.level": "error",
        }  # fmt: skip
        times, each = asyncio.run(_turn_about(given, *((3, 20) if smoke else (ROUNDS, COMMANDS))))
    slow = {name: _p99(taken) for name, taken in times.items()}
    usual = {name: median(chain.from_iterable(taken)) for name, taken in times.items()}
    return [
        *(Time(f"p99 of command → ack, {name}", taken) for name, taken in slow.items()),
        Ratio("alone, beside a worker that paints and listens", slow[ALONE] / slow[WORK], UNMOVED),
        Ratio("alone, beside any program", slow[ALONE] / slow[ANY]),
        Ratio("beside any program, beside a worker", slow[ANY] / slow[WORK]),
        *(Time(f"the median, {name}", taken) for name, taken in usual.items()),
        Time("a picture of 512×512 or a transcript of two seconds, meanwhile", each),
    ]


def _p99(rounds: Sequence[list[float]]) -> float:
    """Return the median of the 99th percentiles of some parts of a run, so that one bad moment does not decide."""
    parts = [list(chain.from_iterable(rounds[part::PARTS])) for part in range(PARTS)]
    return median(quantiles(part, n=100)[98] for part in parts)


async def _turn_about(given: dict[str, str], rounds: int, commands: int) -> tuple[dict[str, list[list[float]]], float]:
    """Return the times of commands, round by round, under each circumstance, and how long a job took."""
    times: dict[str, list[list[float]]] = {ALONE: [], ANY: [], WORK: []}
    async with build(load({}, given, None)) as house, _seated(house) as clients, _worker(given), _loop() as loop:
        work = _Work(house)
        await work.through(2)  # loads what paints and what listens
        await _commanded(clients, commands)
        begun, spent = work.done, 0.0
        beside = {ALONE: nullcontext, ANY: loop, WORK: work.going_on}
        for number in range(rounds):
            for name in (*times, *times)[number % 3 :][:3]:
                started = time.perf_counter()
                async with beside[name]():
                    times[name].append(await _commanded(clients, commands))
                spent += time.perf_counter() - started if name == WORK else 0.0
    return times, spent / max(1, work.done - begun)


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
        cwd=Path(__file__).parents[1], stdout=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert await process.stdout.readline(), "the worker did not begin"
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def _loop() -> AsyncGenerator[Callable[[], AbstractAsyncContextManager[None]]]:
    """Give what lets a program of nobody's run: it wants a whole core, and stands back as far as `nice` goes."""
    endless = "from taleforge.cages.limits import stand_back; stand_back(19)\nwhile True: pass"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", endless, start_new_session=True)
    await asyncio.sleep(1.0)  # until it has begun
    process.send_signal(signal.SIGSTOP)

    @asynccontextmanager
    async def on() -> AsyncGenerator[None]:
        process.send_signal(signal.SIGCONT)
        yield
        process.send_signal(signal.SIGSTOP)

    try:
        yield on
    finally:
        process.kill()
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
