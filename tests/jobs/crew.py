"""Real workers on a real database and a real Redis, beside a server that somebody asks for pictures."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

import httpx

from taleforge.store import pool
from tests.faults.house import House
from tests.postgresql import Server as PostgreSQL
from tests.redis import Server as Redis

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds in which anything has to come about."""


class Worker:
    """`taleforge worker`: begun, killed, begun again.

    Args:
        folder: Where it says what went wrong.
        settings: As `--set` takes them.
        at_once: Jobs at a time.
    """

    def __init__(self, folder: Path, settings: list[str], at_once: int = 2) -> None:
        self.errors = folder / f"worker-{id(self)}"
        self._armed = folder / f"armed-worker-{id(self)}"
        given = ["log.format=json", "jobs.niceness=0", *settings]  # no test is to wait for whoever is busy beside it
        self._words = [*(word for each in given for word in ("--set", each)), "worker", "--json", "--concurrency"]
        self._words.append(str(at_once))
        self._process: asyncio.subprocess.Process | None = None
        self.pid = 0

    async def __aenter__(self) -> Self:
        """Import everything; nothing is done yet."""
        with self.errors.open("a") as errors:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.jobs.life", str(self._armed), cwd=ROOT, stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE, stderr=errors, env=os.environ | {"TALEFORGE_LOG_LEVEL": "error"},
                start_new_session=True,
            )  # fmt: skip
        return self

    async def __aexit__(self, *_: object) -> None:
        """End whoever lives."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    async def begin(self, strike: str = "") -> None:
        """Begin a life; with `strike` it ends at that fault point."""
        assert self._process is not None
        assert self._process.stdin is not None
        (self._armed.touch if strike else lambda: self._armed.unlink(missing_ok=True))()
        self._process.stdin.write((json.dumps({"words": self._words, "strike": strike}) + "\n").encode())
        self.pid = (await self._hear("pid"))["pid"]
        await self._hear("queues")

    async def ended(self) -> None:
        """Return when it has been killed."""
        assert (await self._hear("ended"))["ended"] == -signal.SIGKILL, self.errors.read_text()[-3000:]

    async def kill(self) -> None:
        """`kill -9`."""
        os.kill(self.pid, signal.SIGKILL)
        await self.ended()

    async def end(self) -> None:
        """Let it end as it wants to."""
        os.kill(self.pid, signal.SIGTERM)
        assert (await self._hear("ended"))["ended"] == 0, self.errors.read_text()[-3000:]

    async def _hear(self, word: str) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = await self._process.stdout.readline()
        said = json.loads(line or "{}")
        assert word in said, (said, self.errors.read_text()[-3000:])
        return said


class Crew:
    """A server, its workers, and what the database says of their jobs."""

    def __init__(self, house: House, store: str, workers: list[Worker], settings: list[str]) -> None:
        self.house = house
        self.workers = workers
        self.settings = settings
        self._store = store

    @property
    def owner(self) -> str:
        """The token of whoever owns the machine."""
        return (self.house.folder / "local.token").read_text().strip()

    async def ask(self, method: str, path: str, body: Any = None, token: str = "") -> httpx.Response:
        """Send a request, as the owner of the machine or with a key."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        async with httpx.AsyncClient(base_url=self.house.address, trust_env=False, timeout=PATIENCE) as http:
            return await http.request(method, path, json=body, headers=headers)

    async def wish(self, side: int = 512, token: str = "", **more: Any) -> str:
        """Have a picture painted, and return its job."""
        wanted = {"prompt": "an old dwarf", "style": "gouache", "width": side, "height": side, **more}
        answer = await self.ask("POST", "/generate/image", wanted, token)
        assert answer.status_code == 202, answer.text
        return answer.json()["job"]

    async def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what the database says."""
        connection = await pool.connect(self._store)
        try:
            return [tuple(row.values()) for row in await connection.fetch(sql, *values)]
        finally:
            await connection.close()

    async def until(self, holds: Callable[[], Awaitable[Any]]) -> None:
        """Return when something holds."""
        async with asyncio.timeout(PATIENCE):
            while not await holds():  # noqa: ASYNC110  # asks a database
                await asyncio.sleep(0.02)

    async def painting(self, most: int = 1) -> None:
        """Return when so many pictures are being painted, or more."""
        await self.until(lambda: self.some("SELECT count(*) FROM jobs WHERE state = 'running'", most))

    async def over(self, jobs: int) -> None:
        """Return when so many jobs are over, and whoever asked was told, and none is not."""
        sql = "SELECT count(*) FROM jobs HAVING sum(told) = count(*)"
        await self.until(lambda: self.some(sql, jobs))

    async def check(self, jobs: set[str]) -> dict[str, int]:
        """Each job is done, hangs once and was paid for once; return how often each was begun."""
        found = await self.rows("SELECT id, state, attempts FROM jobs")
        assert {id_: state for id_, state, _ in found} == dict.fromkeys(jobs, "done")
        hung = sorted(id_ for (id_,) in await self.rows("SELECT id FROM pictures"))
        assert hung == sorted(f"ast_{id_[4:]}" for id_ in jobs)
        paid = await self.rows("SELECT job, state, amount FROM ledger WHERE state <> 'reserved'")
        assert sorted(paid) == sorted((id_, "settled", 1) for id_ in jobs)
        return {id_: attempts for id_, _, attempts in found}

    async def none(self, sql: str) -> bool:
        """Whether the database has no such row."""
        return not await self.rows(sql)

    async def some(self, sql: str, least: int) -> bool:
        """Whether the database counts so many, or more."""
        return sum(count for (count,) in await self.rows(sql)) >= least


@asynccontextmanager
async def crew(
    postgresql: PostgreSQL, redis: Redis, folder: Path, workers: int = 1, *, beside: bool = False
) -> AsyncGenerator[Crew]:
    """Serve, with so many processes that could work and do not yet; none of them works for the server itself.

    Args:
        postgresql: Where all is kept.
        redis: What wakes workers.
        folder: The server's.
        workers: How many.
        beside: They have the server's folder.
    """
    store, shared = postgresql.database(), redis.settings()
    settings = [f"store.url={store}", f"redis.url={shared.url}", f"redis.prefix={shared.prefix}"]
    where = [f"data.folder={folder}"] if beside else []
    hands = [Worker(folder, [*settings, *where], at_once=1 if workers > 1 else 2) for _ in range(workers)]
    async with House(folder, *settings) as house:
        await house.begin()
        for hand in hands:
            await hand.__aenter__()
        try:
            yield Crew(house, store, hands, settings)
        finally:
            for hand in hands:
                with suppress(ProcessLookupError):
                    await hand.__aexit__()
