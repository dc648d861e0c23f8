"""The server: what a view and health cost beside a bare handler on the same server, and what starting and idling take.

Cost is the processor time of the serving process for each answer, so that neither the client nor whoever else uses the
machine counts. `python -m benchmarks.bench_api` is that process.
"""

import asyncio
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from urllib.error import URLError
from urllib.request import urlopen

import msgspec
import uvicorn
from litestar import Litestar, get

from benchmarks.measure import Ratio, Row, Time
from tests.api.serving import serving

ROUNDS = 5
CONNECTIONS = 4
AT_REST = 0.02
"""Seconds after which a server that has answered waits again."""
IDLE_AT_MOST = 120
"""Megabytes."""


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Return what the server's everyday answers cost, and what it takes to be there."""
    view, health = ratios(10 if smoke else 150)
    ready, idle = started()
    return [
        Ratio("an authenticated view, beside a bare handler", view, at_least=0.4),
        Ratio("health, beside a bare handler", health, at_least=0.8),
        Time("from the command to /ready", ready, at_most=1.5),
        Ratio(f"{IDLE_AT_MOST} MB, beside an idle server", IDLE_AT_MOST / idle, at_least=1.0),
    ]


def ratios(requests: int) -> tuple[float, float]:
    """Return how many views and health checks cost as much as one bare answer."""
    command = [sys.executable, "-m", "benchmarks.bench_api"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as process:  # noqa: S603 - ours
        assert process.stdout is not None
        said = msgspec.json.decode(process.stdout.readline())
        token = f"authorization: Bearer {said['token']}\r\n"
        found: list[tuple[float, float]] = []
        for _ in range(ROUNDS):
            bare = cost(process.pid, said["bare"], "/bare", "", requests)
            view = cost(process.pid, said["ours"], f"/api/v1/tables/{said['table']}/view", token, requests)
            health = cost(process.pid, said["ours"], "/health", "", requests)
            found.append((bare / view, bare / health))
        process.communicate()  # its input ends, and with it the process
    return median(view for view, _ in found), median(health for _, health in found)


def cost(pid: int, port: int, path: str, header: str, requests: int) -> float:
    """Return the processor time that a process uses for some answers."""
    request = f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n{header}\r\n".encode()
    asyncio.run(ask(port, request, 10))
    before = processor_time(pid)
    asyncio.run(ask(port, request, requests))
    return processor_time(pid) - before


def processor_time(pid: int) -> float:
    """Return the seconds that the main thread of a server has used, but for what it is at."""
    sleep(AT_REST)
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


async def ask(port: int, request: bytes, requests: int) -> None:
    """Send a request so often over each of a few connections."""
    await asyncio.gather(*(_ask(port, request, requests) for _ in range(CONNECTIONS)))


async def _ask(port: int, request: bytes, requests: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(requests):
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert head.startswith(b"http/1.1 200"), head
        await reader.readexactly(int(head.partition(b"content-length: ")[2].split(b"\r\n")[0]))
    writer.close()
    await writer.wait_closed()


def started() -> tuple[float, float]:
    """Return the seconds from the command to /ready, and the megabytes of the process a moment later."""
    with TemporaryDirectory() as folder:
        begun = perf_counter()
        command = [sys.executable, "-m", "taleforge", "serve", "--json", "--port", "0", "--data", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - ours
            assert process.stdout is not None
            address = msgspec.json.decode(process.stdout.readline())["address"]
            while not _is_ready(address):
                sleep(0.005)
            ready = perf_counter() - begun
            sleep(0.5)
            status = Path(f"/proc/{process.pid}/status").read_text()
            process.terminate()
    return ready, int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _is_ready(address: str) -> bool:
    try:
        with urlopen(f"{address}/ready", timeout=5) as answer:  # noqa: S310 - our own server
            return answer.status == 200
    except URLError:
        return False


@get("/bare", sync_to_thread=False)
def bare() -> dict[str, str]:
    """Return as little as JSON can be."""
    return {"status": "ok"}


async def serve() -> None:
    """Serve a table and, on another port of this process, a bare handler, until the input ends."""
    config = uvicorn.Config(
        Litestar([bare], logging_config=None), log_config=None, access_log=False, lifespan="off", port=0
    )
    other = uvicorn.Server(config)
    task = asyncio.create_task(other._serve())  # noqa: SLF001 - without its signal handlers
    while not other.started:  # noqa: ASYNC110 - it has no event for that
        await asyncio.sleep(0.01)
    async with serving() as served:
        host = await served.playing()
        ports = {"bare": other.servers[0].sockets[0].getsockname()[1], "ours": int(served.address.rpartition(":")[2])}
        print(msgspec.json.encode({**ports, "table": host.table, "token": host.token}).decode(), flush=True)
        await asyncio.to_thread(sys.stdin.read)
    other.should_exit = True
    await task


if __name__ == "__main__":
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))
    asyncio.run(serve())
