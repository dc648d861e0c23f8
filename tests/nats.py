"""A real nats-server for tests: a new prefix for whoever asks, so that nobody hears anybody else."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from subprocess import Popen

from taleforge.live.nats_address import NatsAddress
from taleforge.settings import Nats as NatsSettings

HOW = "apt-get install nats-server"
PROGRAM = "nats-server"


def program() -> str | None:
    """Return the server's program."""
    return shutil.which(PROGRAM, path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin")))


class Server:
    """A NATS server on a port of its own, which keeps nothing.

    Args:
        folder: For its settings.
        settings: In its own language, beside the address.
    """

    def __init__(self, folder: Path, settings: str = "") -> None:
        self.port = _free_port()
        self._numbers = count()
        self._file = folder / "nats.conf"
        self._file.write_text(f'listen: "127.0.0.1:{self.port}"\n{settings}\n')
        self._process: Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"nats://127.0.0.1:{self.port}"

    def settings(self, timeout: float = 2.0) -> NatsSettings:
        """Return the settings of processes that share what nobody else shares."""
        return NatsSettings(url=self.url, prefix=f"test-{os.getpid()}-{next(self._numbers)}", timeout=timeout)

    def address(self, timeout: float = 2.0) -> NatsAddress:
        """Return the same as an address."""
        return NatsAddress(self.url, self.settings().prefix, timeout)

    def start(self) -> None:
        """Start it; returns when it answers."""
        executable = program()
        assert executable is not None
        self._process = Popen([executable, "-c", str(self._file)], stderr=subprocess.DEVNULL)
        while not self._answers():
            assert self._process.poll() is None

    def kill(self) -> None:
        """End it with SIGKILL, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Within the block the server does nothing, and does not know."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)) as caller:
            return caller.recv(4) == b"INFO"
        return False


@contextmanager
def running(settings: str = "") -> Iterator[Server]:
    """Start a server with a folder of its own, and end it."""
    folder = tempfile.mkdtemp(prefix="taleforge-")
    server = Server(Path(folder), settings)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
