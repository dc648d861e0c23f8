"""`taleforge serve --workers N` as a host runs it: real processes on one port; some are killed."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from taleforge.client.server import Server
from tests.deploy.evening import Talker, heard_of, sitting
from tests.postgresql import Server as PostgreSQL
from tests.redis import Server as Redis

pytestmark = pytest.mark.services
ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


class Cluster:
    """A parent and its workers."""

    def __init__(self, process: "subprocess.Popen[str]", errors: Path) -> None:
        self.process = process
        self.errors = errors
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, errors.read_text()
        said = json.loads(line)
        self.address: str = said["address"]
        self.token = Path(said["token_file"]).read_text()

    @property
    def workers(self) -> set[int]:
        """The processes of all workers."""
        return {child.pid for child in psutil.Process(self.process.pid).children()}

    def ask(self, path: str, method: str = "GET", **options: Any) -> httpx.Response:
        """Send a request on a connection of its own, so that any worker may have it."""
        headers = {"authorization": f"Bearer {self.token}"}
        return httpx.request(method, self.address + path, headers=headers, trust_env=False, **options)

    def health(self) -> int:
        """Return how many workers answer."""
        return self.ask("/health").json()["workers"]

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        """End the parent, and return its status."""
        self.process.send_signal(by)
        return self.process.wait(PATIENCE)


def until(holds: Callable[[], bool]) -> None:
    """Return when something holds."""
    last = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < last
        time.sleep(0.02)


def settings_of(postgresql: PostgreSQL, redis: Redis, folder: Path) -> list[str]:
    chosen = redis.settings()
    given = {
        "store.url": postgresql.database(), "redis.url": chosen.url, "redis.prefix": chosen.prefix,
        "data.folder": str(folder), "log.format": "json", "serve.port": "0", "limits.general": "off",
        "limits.guest": "off",
    }  # fmt: skip
    return [word for name, value in given.items() for word in ("--set", f"{name}={value}")]


@contextmanager
def running(postgresql: PostgreSQL, redis: Redis, folder: Path, workers: int = 3) -> Iterator[Cluster]:
    """Serve by several processes."""
    errors = folder / "errors"
    with errors.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "taleforge", *settings_of(postgresql, redis, folder), "serve", "--json",
             "--workers", str(workers)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=stream, text=True,
        )  # fmt: skip
        try:
            yield Cluster(process, errors)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(PATIENCE)
            assert process.stdout is not None
            process.stdout.close()


def test_a_killed_worker_comes_back_while_others_serve(postgresql: PostgreSQL, redis: Redis, tmp_path: Path) -> None:
    """All serve the same tables; kill -9 of one is no end of the others; figures tell of each by its number."""
    with running(postgresql, redis, tmp_path) as cluster:
        made = cluster.ask("/api/v1/tables", "POST", json={"adventure": "bell_beneath"})
        assert made.status_code == 201, made.text
        before = cluster.workers
        assert (len(before), cluster.health()) == (3, 3)
        os.kill(min(before), signal.SIGKILL)
        for _ in range(20):
            listed = cluster.ask("/api/v1/tables")
            assert [item["id"] for item in listed.json()["items"]] == [made.json()["table"]]
        until(lambda: len(cluster.workers) == 3 and cluster.health() == 3)
        assert len(cluster.workers & before) == 2
        text = cluster.ask("/metrics").text
        assert set(re.findall(r'taleforge_tables{[^}]*worker="(\d)"', text)) == {"1", "2", "3"}
        assert text.count("# TYPE taleforge_tables gauge") == 1
        assert cluster.end() == 0


def test_workers_are_replaced_by_others(postgresql: PostgreSQL, redis: Redis, tmp_path: Path) -> None:
    """SIGHUP: every worker is another process afterwards, and somebody always answered."""
    with running(postgresql, redis, tmp_path, 2) as cluster:
        before = cluster.workers
        cluster.process.send_signal(signal.SIGHUP)
        failed = 0
        while before & cluster.workers or len(cluster.workers) != 2:
            try:
                assert cluster.ask("/live").status_code == 200
            except httpx.TransportError:  # it was in the queue of one that ended
                failed += 1
        assert failed <= 2
        assert cluster.health() == 2
        assert cluster.end(signal.SIGINT) == 0
        assert not [line for line in cluster.errors.read_text().splitlines() if '"level": "error"' in line]


async def test_people_are_sent_away_once_when_workers_are_replaced(
    postgresql: PostgreSQL, redis: Redis, tmp_path: Path
) -> None:
    """SIGHUP while eight tables talk: everybody comes back to a new worker at once, and no answer is lost."""
    with running(postgresql, redis, tmp_path, 2) as cluster:
        server, before = Server(cluster.address, cluster.token.strip()), cluster.workers
        async with AsyncExitStack() as stack:
            seats = [await server.lay("bell_beneath") for _ in range(8)]
            people = [Talker(*(await stack.enter_async_context(sitting(server, seat)))) for seat in seats]
            talking = [asyncio.create_task(person.talk()) for person in people]
            cluster.process.send_signal(signal.SIGHUP)
            await asyncio.to_thread(until, lambda: len(cluster.workers) == 2 and not before & cluster.workers)
            for person in people:
                person.enough = True
            await asyncio.gather(*talking)
            lost = [(await heard_of(person.feed))[1] for person in people]
        assert lost == [1] * len(people)


def test_workers_end_with_their_parent(postgresql: PostgreSQL, redis: Redis, tmp_path: Path) -> None:
    """Also when it is killed: nobody is left on the port."""
    with running(postgresql, redis, tmp_path, 2) as cluster:
        workers = [psutil.Process(pid) for pid in cluster.workers]
        cluster.process.kill()
        cluster.process.wait()
        _, alive = psutil.wait_procs(workers, timeout=PATIENCE)
        assert not alive


def test_workers_that_cannot_begin_are_given_up(postgresql: PostgreSQL, redis: Redis, tmp_path: Path) -> None:
    """The parent says so, with the status of wrong settings, and the worker has said why."""
    words = settings_of(postgresql, redis, tmp_path)
    url = words[1].partition("=")[2]
    words[1] = f"store.url={url.replace('/test_', '/nowhere_', 1)}"
    ended = subprocess.run(
        [sys.executable, "-m", "taleforge", *words, "serve", "--workers", "2"],
        cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert ended.returncode == 78
    assert "does not let us in" in ended.stderr
    assert "Workers end as soon as they start" in ended.stderr


def test_the_lines_of_all_go_to_the_stdout_of_the_parent(postgresql: PostgreSQL, redis: Redis, tmp_path: Path) -> None:
    """Where a container's are looked for; each says which process wrote it."""
    lines, errors = tmp_path / "lines", tmp_path / "errors"
    with lines.open("w") as out, errors.open("w") as err:
        words = [*settings_of(postgresql, redis, tmp_path), "serve", "--workers", "2"]
        process = subprocess.Popen([sys.executable, "-m", "taleforge", *words], cwd=ROOT, stdout=out, stderr=err)
    try:
        until(lambda: "Taleforge serves at" in lines.read_text())
    finally:
        process.terminate()
        process.wait(PATIENCE)
    said = [json.loads(line) for line in lines.read_text().splitlines() if line.startswith("{")]
    assert len({line["pid"] for line in said if line["event"] == "server.started"}) == 2
    assert len({line["pid"] for line in said if line["event"] == "server.stopped"}) == 2
    assert not errors.read_text()


def test_a_port_that_is_taken_is_refused(postgresql: PostgreSQL, redis: Redis, tmp_path: Path) -> None:
    """By anybody, workers of another parent too, which could listen beside ours."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "-m", "taleforge", *settings_of(postgresql, redis, tmp_path), "serve", "--workers", "2",
             "--port", str(port)],
            cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
    assert ended.returncode == 78
    assert f"Port {port} of 127.0.0.1 cannot be served" in ended.stderr
