"""A worker, and the process that hears for it, killed while something is written down: it is paid for once."""

import asyncio
import os
import signal
from pathlib import Path

import httpx
import pytest

from taleforge.voice.profiles import profile_of
from taleforge.voice.setup import Config, open_studio
from tests.conftest import Need
from tests.jobs.crew import Crew, crew
from tests.postgresql import Server as PostgreSQL
from tests.redis import Server as Redis

pytestmark = pytest.mark.services
TEXT = "The old bell tolls at night, though nobody has rung it for years. " * 25
PHRASES = "the old bell tolls\nlook around"
"""Without any it would be at it for too long."""


@pytest.fixture
async def recording(need: Need) -> bytes:
    """Return a minute and a half of speech."""
    for part in ("espeakng_loader", "pocketsphinx", "soundfile", "soxr"):
        need(part, "pip install 'taleforge[voice]'")
    speech = open_studio(Config())
    made = b"".join([piece async for piece in speech.speak(TEXT, profile_of("narrator"), "flac")])
    await speech.close()
    return made


async def sent(crewed: Crew, recording: bytes) -> str:
    """Have a recording written down meanwhile, and return its job."""
    async with httpx.AsyncClient(base_url=crewed.house.address, trust_env=False, timeout=60) as http:
        answer = await http.post(
            "/transcribe", files={"file": ("a.flac", recording)}, data={"wait": "false", "phrases": PHRASES}
        )
    assert answer.status_code == 202, answer.text
    return answer.json()["job"]


def children(parent: int) -> set[int]:
    """Return the processes that a process has started."""
    return {
        int(pid) for task in Path(f"/proc/{parent}/task").iterdir() for pid in (task / "children").read_text().split()
    }


def alive() -> set[int]:
    """Return the processes that there are."""
    return {int(found.name) for found in Path("/proc").glob("[0-9]*")}


async def hearing(parent: int) -> int:
    """Return the process that hears for another, as soon as it is at work."""
    async with asyncio.timeout(60):
        while not (found := children(parent)):  # noqa: ASYNC110  # asks the system
            await asyncio.sleep(0.02)
    return found.pop()


async def ended(process: int) -> bool:
    """Whether there is no such process any more."""
    return process not in alive()


async def check(crewed: Crew, job: str) -> int:
    """The job is done and paid once, its words can be read; return how often it was begun."""
    ((state, attempts),) = await crewed.rows("SELECT state, attempts FROM jobs WHERE id = $1", job)
    assert state == "done"
    ((paid, amount),) = await crewed.rows("SELECT state, amount FROM ledger WHERE job = $1", job)
    assert (paid, amount > 60) == ("settled", True)
    heard = (await crewed.ask("GET", f"/api/v1/transcripts/{job}")).json()
    assert heard["seconds"] > 60
    return attempts


async def test_whoever_dies_it_is_written_down(
    postgresql: PostgreSQL, redis: Redis, tmp_path: Path, recording: bytes
) -> None:
    """First what hears is killed, which the worker survives; then the worker itself; each time it is begun again."""
    async with crew(postgresql, redis, tmp_path) as crewed:
        (worker,) = crewed.workers
        await worker.begin()
        job = await sent(crewed, recording)
        await crewed.painting()
        os.kill(await hearing(worker.pid), signal.SIGKILL)
        await crewed.over(1)
        assert await check(crewed, job) == 2

        job = await sent(crewed, recording)
        await crewed.painting()
        child = await hearing(worker.pid)
        await worker.kill()
        await worker.begin()
        await crewed.over(2)
        assert await check(crewed, job) == 2
        await crewed.until(lambda: ended(child))  # with its worker, once it has heard what it was at


async def test_what_is_cancelled_is_not_heard_any_more(
    postgresql: PostgreSQL, redis: Redis, tmp_path: Path, recording: bytes
) -> None:
    """The process that hears it ends, and it costs nothing."""
    async with crew(postgresql, redis, tmp_path) as crewed:
        (worker,) = crewed.workers
        await worker.begin()
        job = await sent(crewed, recording)
        await crewed.painting()
        child = await hearing(worker.pid)
        assert (await crewed.ask("DELETE", f"/api/v1/jobs/{job}")).status_code == 200
        await crewed.over(1)
        assert await crewed.rows("SELECT state FROM jobs") == [("cancelled",)]
        assert await crewed.rows("SELECT state FROM ledger") == [("released",)]
        assert child not in alive()
