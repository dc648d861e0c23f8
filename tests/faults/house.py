"""Real servers for tests that kill them: one address, one life after another."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from taleforge.client.server import Server

ROOT = Path(__file__).parents[2]
PATIENCE = 45.0
"""Seconds in which anything has to come about."""
UNLIMITED = [
    *(f"limits.{rule}=off" for rule in ("general", "guest", "generation", "guesses")),
    "limits.sockets=100000",
    "jobs.here=0",
]


class House:
    """`taleforge serve` at one port: begun, killed, begun again.

    Args:
        folder: Its data folder.
        settings: As `--set` takes them.
    """

    def __init__(self, folder: Path, *settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.errors = folder / f"errors-{self.port}"
        self.lives = 0
        self.pid = 0
        self._armed = folder / f"armed-{self.port}"
        self._clock = self._armed.with_suffix(".clock")
        self.set_clock(0)
        given = [*UNLIMITED, f"data.folder={folder}", "log.format=json", *settings]
        self._words = [*(word for each in given for word in ("--set", each)), "serve", "--json", "--port"]
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        """Import everything; nothing is served yet."""
        with self.errors.open("a") as errors:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.faults.life", str(self._armed), cwd=ROOT, stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE, stderr=errors, env=os.environ | {"TALEFORGE_LOG_LEVEL": "error"},
                start_new_session=True,
            )  # fmt: skip
        return self

    async def __aexit__(self, *_: object) -> None:
        """End whoever lives."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    @property
    def server(self) -> Server:
        """It, as whoever has the local token sees it."""
        return Server(self.address, (self.folder / "local.token").read_text().strip())

    async def begin(self, strike: str = "") -> None:
        """Begin a life; with `strike` it ends at a fault point (`store.faultpoints`) once it is armed."""
        self._armed.unlink(missing_ok=True)
        assert self._process is not None
        assert self._process.stdin is not None
        asked = {"words": [*self._words, str(self.port)], "strike": strike}
        self._process.stdin.write((json.dumps(asked) + "\n").encode())
        self.pid = (await self._hear("pid"))["pid"]
        await self._hear("address")
        self.lives += 1

    def arm(self) -> None:
        """Let it die where it was told to."""
        self._armed.touch()

    def set_clock(self, seconds: float) -> None:
        """Let its clock be off by so many seconds, from now on; its stop-watch goes on as ever."""
        self._clock.write_text(str(seconds))

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    async def ended(self, by: int = -signal.SIGKILL) -> None:
        """Return when it has ended, in a way."""
        status = (await self._hear("ended"))["ended"]
        self.pid = 0
        assert status == by, self.errors.read_text()[-5000:]

    async def kill(self) -> None:
        """`kill -9`."""
        self.send(signal.SIGKILL)
        await self.ended()

    async def end(self) -> None:
        """Let it end as it wants to."""
        self.send(signal.SIGTERM)
        await self.ended(0)

    async def _hear(self, word: str) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = await self._process.stdout.readline()
        said = json.loads(line or "{}")
        assert word in said, (said, self.errors.read_text()[-5000:])
        return said


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@asynccontextmanager
async def serving(folder: Path, *settings: str) -> AsyncGenerator[House]:
    """Serve, and end in order."""
    async with House(folder, *settings) as house:
        await house.begin()
        yield house
        await house.end()
