"""Several processes that serve on one port: a parent that starts them, and starts again whichever dies.

    SIGTERM, SIGINT   every worker is told to end, and may take its time
    SIGHUP            the workers are replaced: all new ones serve before the old ones are told to end, so that whoever
                      is sent away by an old one comes back to a new one

The parent reads no request and opens no store. A worker is the same command with `--worker FILE`; it ends when its
standard input does, and so when the parent dies.
"""

import asyncio
import os
import signal
import socket
from asyncio.subprocess import Process
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from taleforge.errors import Misconfigured, TaleforgeError, Unavailable
from taleforge.settings import Settings

START: Final = 60.0
"""Seconds in which a new worker has to serve."""
PATIENCE: Final = 30.0
"""Seconds in which a worker that was told to end has to be gone."""
STEADY: Final = 10.0
"""Seconds after which a worker that ends has not ended at once."""
MOST_FALLS: Final = 5
"""Workers that may end at once, one after another, before we give up."""
PAUSE: Final = 0.2
"""Seconds before a worker is started again: at first; twice as long with each that ended at once."""

log = structlog.get_logger(__name__)


class Announced(Struct):
    """What a worker says when it serves: the first line of `taleforge serve --json`."""

    address: str
    token_file: str | None = None


Announce = Callable[[str, Path | None], None]


def run_workers(settings: Settings, command: Sequence[str], announce: Announce, log_fd: int) -> None:
    """Serve by several processes until SIGTERM or SIGINT.

    Args:
        settings: How.
        command: Starts `taleforge` with the same settings; `serve` and what it needs is added.
        announce: Told the server's address, and the file of the local token if there is one, once all serve.
        log_fd: The descriptor that log lines go to, theirs as ours.

    Raises:
        Misconfigured: it cannot be served like this.
        Unavailable: workers end as soon as they start.
    """
    serve = settings.serve
    with _reserved(serve.host, serve.port) as port, TemporaryDirectory(prefix="taleforge-") as folder:
        theirs = os.dup(log_fd)  # for 1 is where a worker says that it serves
        full = [*command, "--set", f"serve.port={port}", "serve", "--json", "--log-fd", str(theirs), "--worker"]
        try:
            asyncio.run(Parent(full, Path(folder), serve.workers, [theirs]).run(announce))
        finally:
            os.close(theirs)


class Parent:
    """Keeps workers going.

    Args:
        command: Starts one, when a file is added by which the others find it.
        folder: Where those files are.
        count: How many.
        handed: Descriptors that each is handed.
    """

    def __init__(self, command: Sequence[str], folder: Path, count: int, handed: Sequence[int] = ()) -> None:
        self._command = command
        self._handed = handed
        self._folder = folder
        self._numbers = range(1, count + 1)
        self._workers: dict[int, Process] = {}
        self._locks = {number: asyncio.Lock() for number in self._numbers}
        self._running: set[Process] = set()
        self._ending = asyncio.Event()
        self._renewing = asyncio.Event()
        self._falls = 0
        self._life = -1

    async def run(self, announce: Announce) -> None:
        """Start all, and keep them going until we are told to end; raises when they cannot be kept."""
        with self._signals(), self._alive():
            work = asyncio.create_task(self._work(announce), name="keeping of workers")
            ending = asyncio.create_task(self._ending.wait(), name="waiting for the end")
            try:
                await asyncio.wait({work, ending}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                failed = work.exception() if work.done() else None
                work.cancel()
                ending.cancel()
                await asyncio.gather(work, ending, return_exceptions=True)
                await asyncio.gather(*(_end(process) for process in self._running))
        if failed is not None:
            raise failed

    @contextmanager
    def _signals(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        told = {signal.SIGTERM: self._ending, signal.SIGINT: self._ending, signal.SIGHUP: self._renewing}
        for number, event in told.items():
            loop.add_signal_handler(number, event.set)
        try:
            yield
        finally:
            for number in told:
                loop.remove_signal_handler(number)

    @contextmanager
    def _alive(self) -> Generator[None]:
        """Give workers an input without anything in it, which ends when this process does."""
        self._life, death = os.pipe()
        try:
            yield
        finally:
            os.close(self._life)
            os.close(death)

    async def _work(self, announce: Announce) -> None:
        first: Announced | None = None
        for number in self._numbers:
            started = await self._start(number)
            first = first or started
        assert first is not None, "there is at least one"
        announce(first.address, Path(first.token_file) if first.token_file else None)
        try:
            async with asyncio.TaskGroup() as tasks:
                for number in self._numbers:
                    tasks.create_task(self._keep(number))
                tasks.create_task(self._renew())
        except* TaleforgeError as errors:
            raise errors.exceptions[0] from None

    async def _start(self, number: int) -> Announced:
        """Start a worker and return what it says when it serves; raises when it ends instead."""
        hear, say = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, str(self._folder / str(number)), stdin=self._life, stdout=say, start_new_session=True,
                pass_fds=self._handed,
            )  # fmt: skip
            self._running.add(process)
        finally:
            os.close(say)
        try:
            announced = msgspec.json.decode(await _first_line(hear), type=Announced)
        except msgspec.DecodeError:
            await self._put_away(process)
            raise _fallen(process) from None
        self._workers[number] = process
        log.info("worker.started", worker=number, pid=process.pid)
        return announced

    async def _keep(self, number: int) -> None:
        """Start a worker again whenever it ends by itself."""
        loop = asyncio.get_running_loop()
        while True:
            process, began = self._workers[number], loop.time()
            await process.wait()
            self._running.discard(process)
            async with self._locks[number]:
                if self._workers[number] is not process:  # it was replaced
                    continue
                log.error("worker.ended", worker=number, pid=process.pid, status=process.returncode)
                self._falls = self._falls + 1 if loop.time() - began < STEADY else 0
                await self._start_again(number, process)

    async def _start_again(self, number: int, last: Process) -> None:
        while True:
            if self._falls >= MOST_FALLS:
                raise _fallen(last)
            await asyncio.sleep(PAUSE * 2**self._falls)
            try:
                await self._start(number)
            except TaleforgeError as error:
                self._falls += 1
                log.error("worker.not_started", worker=number, reason=error.problem)  # noqa: TRY400  # it is said above
            else:
                return

    async def _renew(self) -> None:
        while True:
            await self._renewing.wait()
            self._renewing.clear()
            try:
                await self._replace()
            except TaleforgeError as error:
                log.error("workers.not_renewed", reason=error.problem)  # noqa: TRY400  # it is said above
            else:
                log.info("workers.renewed", count=len(self._numbers))

    async def _replace(self) -> None:
        """Start every worker anew, then end those that were replaced; raises when one cannot be started."""
        replaced: list[Process] = []
        try:
            for number in self._numbers:
                async with self._locks[number]:
                    old = self._workers[number]
                    await self._start(number)
                    replaced.append(old)
        finally:
            await asyncio.gather(*(self._put_away(process) for process in replaced))

    async def _put_away(self, process: Process) -> None:
        await _end(process)
        self._running.discard(process)


def _fallen(process: Process) -> TaleforgeError:
    problem = f"Workers end as soon as they start: the last one with status {process.returncode}."
    remedy = "Correct what it said, then start again."
    return (Misconfigured if process.returncode == Misconfigured.exit_status else Unavailable)(problem, remedy)


async def _first_line(pipe: int) -> bytes:
    """Return the first line that comes out of a pipe, without its end; nothing if there is none in time."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb")
    )
    try:
        async with asyncio.timeout(START):
            return await reader.readline()
    except TimeoutError:
        return b""
    finally:
        transport.close()


async def _end(process: Process) -> None:
    """Tell a worker to end; one that takes too long is killed."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)  # its own `terminate` would take its status from whoever waits for it
    try:
        async with asyncio.timeout(PATIENCE):
            await process.wait()
    except TimeoutError:
        log.error("worker.killed", pid=process.pid)  # noqa: TRY400  # there is nothing else to say
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with whatever it started
        await process.wait()


@contextmanager
def _reserved(host: str, port: int) -> Generator[int]:
    """Hold a port within the block, without listening, for workers that listen together; 0 takes a free one.

    Raises:
        Misconfigured: it cannot be had, or somebody listens there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as alone:  # fails where others listen together already
            alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            alone.bind((host, port))
            port = alone.getsockname()[1]
        with socket.socket(family, socket.SOCK_STREAM) as held:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            held.bind((host, port))
            yield port
    except OSError as error:
        raise Misconfigured(
            f"Port {port} of {host} cannot be served: {error.strerror or error}.", "Set serve.host or serve.port."
        ) from error
