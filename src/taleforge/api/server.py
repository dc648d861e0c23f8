"""One process that serves: uvicorn with our socket protocol, a heartbeat for streams, and a graceful end.

On SIGTERM it says so at /ready, sends every stream away to come back in a moment, answers what was asked, and closes
the house. Where other processes go on it stays until those who were sent away are there: meanwhile it refuses streams,
so that a proxy goes on to the next process at once, and is not left to wait for one that is gone. Chooses no setting.
"""

import asyncio
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import structlog
import uvicorn

from taleforge import __version__
from taleforge.api.app import make_app
from taleforge.api.crew import Crew
from taleforge.api.desk import Desk
from taleforge.api.framing import BriefHttp, GentleSocket
from taleforge.api.production import is_local, refuse
from taleforge.api.revocations import Revocations
from taleforge.api.shared import shared_of
from taleforge.api.sockets import SHARES
from taleforge.bootstrap import LOCAL_SPACE, House, accounts_of, build, quotas_of
from taleforge.bootstrap.open_files import raise_file_limit
from taleforge.bootstrap.secrets import LOCAL_TOKEN, kept_secret, secret_of
from taleforge.errors import Misconfigured, SpeechFailed, TaleforgeError
from taleforge.live.session import MOST_BYTES
from taleforge.settings import Settings, changed
from taleforge.telemetry.spans import measuring

BEAT: Final = 20.0
"""Seconds in which every stream is looked at."""
SETTLE: Final = 2.0
"""Seconds before the first comes back: in them whatever else is told to end hears of it, and takes nobody in."""
SPREAD: Final = 2.0
"""Seconds over which clients come back that were sent away; more where there are more than `COMING` in a second."""
MOST_SPREAD: Final = 10.0
COMING: Final = 1000
PATIENCE: Final = 10
"""Seconds that a closing process waits for what was asked of it."""
TURN: Final = 0.001
"""Seconds after which the loop lets another thread run that waits: the store's, which whoever acts waits for."""
COLLECTIONS: Final = (10_000, 10, 1000)
"""New objects until young ones are looked through, and how many such looks until older, and the oldest ones, are."""
DAILY: Final = 24 * 3600.0
LAG_EVERY: Final = 0.5
"""Seconds between two looks at how late the event loop is."""
BACKLOG: Final = 2048
"""Connections that wait to be accepted."""
OPEN_FILES: Final = 100_000
"""Files that we ask to be let open, one for each stream; systems begin at a thousand, whatever they allow."""

log = structlog.get_logger(__name__)


class Server(uvicorn.Server):
    """Uvicorn that tells when it serves, and that ends gracefully.

    Args:
        config: Uvicorn's own settings.
        desk: What is served.
        started: Called when connections are taken.
    """

    def __init__(self, config: uvicorn.Config, desk: Desk, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._desk = desk
        self._started = started

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """End at SIGINT and SIGTERM, as a success; signals belong to the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take connections."""
        await super().startup(sockets)
        serve = self._desk.settings.serve
        log.info("server.started", version=__version__, host=serve.host, port=serve.port, local=self._desk.local,
                 environment=self._desk.settings.env)  # fmt: skip
        self._started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Send everybody away, then end."""
        log.info("server.closing", sockets=len(self._desk.sockets))
        self._desk.closing = True
        if self._desk.crew is not None:  # others listen on the same port, and take in who comes back
            self._stop_listening(sockets or [])
        await self._send_away()
        await super().shutdown(sockets)
        log.info("server.stopped", uptime_s=int(self._desk.measures.uptime))

    def _stop_listening(self, sockets: list[socket.socket]) -> None:
        for listening in (*self.servers, *sockets):
            listening.close()

    async def _send_away(self) -> None:
        """End every stream; where other processes go on, return when all had the time to come back there."""
        streams, alone = self._desk.sockets, self._desk.house.services.claims.alone
        spread = min(MOST_SPREAD, max(SPREAD, len(streams) / COMING)) if len(streams) else 0.0
        first = 0.0 if alone else SETTLE
        streams.drain(first, spread)
        await streams.gone(SPREAD)
        if spread and not alone:
            await asyncio.sleep(first + spread)


def listen(host: str, port: int, *, together: bool = False) -> socket.socket:
    """Return a socket that listens; one that shares its port with others of its kind only from when it is served on.

    Raises:
        Misconfigured: the address is not ours, or taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # head and body are not written together
        if together:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.bind((host, port))
        if not together:
            listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise Misconfigured(
            f"Port {port} of {host} cannot be served: {error.strerror or error}.", "Set serve.host or serve.port."
        ) from error
    return listening


async def serve(settings: Settings, announce: Callable[[str, Path | None], None], worker: Path | None = None) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        settings: How.
        announce: Told the server's address, and the file of the local token if there is one, once it serves.
        worker: The socket by which others find this one of several (`crew`); ends with its standard input then.

    Raises:
        Misconfigured: it would not be safe, or cannot listen.
        StoreBusy: another process has the data folder.
    """
    refuse(settings)
    with (
        listen(settings.serve.host, settings.serve.port, together=worker is not None) as listening,
        measuring(settings.trace, socket.gethostname()) as spans,
    ):
        async with build(settings, spans=spans) as house:
            desk = await desk_of(house, settings)
            spare_collector()
            sys.setswitchinterval(TURN)
            file = settings.data.folder / LOCAL_TOKEN if desk.local else None
            await desk.deeds.note("server.started", LOCAL_SPACE, "", "server", detail=" ".join(changed(settings)))
            server = make_server(desk, lambda: announce(_address(listening), file))
            try:
                if worker is None:
                    await run(server, desk, listening)
                else:
                    await _run_beside_others(server, desk, listening, worker)
            finally:
                await desk.close()


def spare_collector() -> None:
    """Have Python look seldom through all that lives on for cycles, and never through what is there from the start.

    Each such look stops the process, for longer the more tables there are: a second with 2,500 of them. Nothing of ours
    needs it: rooms and streams that are over leave no cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)


async def desk_of(house: House, settings: Settings) -> Desk:
    """Return what serves a house."""
    pepper = secret_of(settings)
    token = kept_secret(settings.data.folder, LOCAL_TOKEN, "local") if is_local(settings) else None
    shared = shared_of(settings.redis)
    accounts = accounts_of(house, pepper.encode(), quotas_of(settings))
    desk = Desk(house, accounts, settings, local_token=token, shared=shared)
    await desk.open()
    return desk


def make_server(desk: Desk, started: Callable[[], None]) -> Server:
    """Return the server of a desk, which calls `started` when it takes connections."""
    config = uvicorn.Config(
        make_app(desk), http=BriefHttp, ws=GentleSocket, ws_max_size=MOST_BYTES, ws_per_message_deflate=False,
        ws_ping_interval=None, lifespan="off", access_log=False, log_config=None, server_header=False,
        proxy_headers=False, timeout_graceful_shutdown=PATIENCE, timeout_keep_alive=30, backlog=BACKLOG,
    )  # fmt: skip
    return Server(config, desk, started)


async def run(server: Server, desk: Desk, listening: socket.socket, beat: float = BEAT) -> None:
    """Serve a desk on a socket until the server is told to end."""
    chores = [
        asyncio.create_task(_beat(desk, beat), name="heartbeat of streams"),
        asyncio.create_task(_look_at_lag(desk), name="look at the lag of the event loop"),
        asyncio.create_task(_clean_up(desk), name="forgetting what is old"),
        asyncio.create_task(Revocations(desk).follow(), name="hearing what was revoked elsewhere"),
        asyncio.create_task(_warm_up(desk), name="making ready what speaks and hears"),
    ]
    try:
        await server.serve([listening])
    finally:
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)


async def _run_beside_others(server: Server, desk: Desk, listening: socket.socket, file: Path) -> None:
    """Serve as one of several workers, until the server is told to end or the parent is gone."""
    loop = asyncio.get_running_loop()
    crew = desk.crew = Crew(file, desk.measures.text)
    await crew.open()
    loop.add_reader(sys.stdin.fileno(), _end_at_eof, server)
    try:
        await run(server, desk, listening)
    finally:
        loop.remove_reader(sys.stdin.fileno())
        await crew.close()


def _end_at_eof(server: Server) -> None:
    if not os.read(sys.stdin.fileno(), 1):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        log.error("worker.orphaned")
        server.handle_exit(signal.SIGTERM, None)


def run_serving(settings: Settings, announce: Callable[[str, Path | None], None], worker: Path | None = None) -> None:
    """Serve, on the fastest loop there is, with as many streams as we may; raises as `serve` does."""
    raise_file_limit(OPEN_FILES)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve(settings, announce, worker))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - there is none on Windows
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _beat(desk: Desk, every: float) -> None:
    while True:
        await asyncio.sleep(every / SHARES)
        desk.sockets.beat(desk.now())


async def _clean_up(desk: Desk) -> None:
    """Forget, once a day, credentials that ended, lines of the audit log whose time is over, and files of nobody."""
    while True:
        try:
            grants = await desk.accounts.clean_up()
            deeds = await desk.deeds.forget(desk.settings.audit.days)
            files = await desk.house.gallery.sweep() if desk.house.gallery is not None else 0
        except TaleforgeError as error:
            log.warning("server.not_cleaned", code=error.code)
        else:
            log.info("server.cleaned", grants=grants, deeds=deeds, files=files)
        await asyncio.sleep(DAILY)


async def _warm_up(desk: Desk) -> None:
    """Make ready what speaks and hears, if that is wanted; what fails now is told to whoever asks it."""
    if desk.settings.voice.warm and desk.house.speech is not None:
        with suppress(SpeechFailed):
            await desk.house.speech.warm()


async def _look_at_lag(desk: Desk) -> None:
    clock = asyncio.get_running_loop().time
    while True:
        wanted = clock() + LAG_EVERY
        await asyncio.sleep(LAG_EVERY)
        desk.measures.lag.observe(max(0.0, clock() - wanted))


def _address(listening: socket.socket) -> str:
    host, port, *_ = listening.getsockname()
    shown: Any = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
