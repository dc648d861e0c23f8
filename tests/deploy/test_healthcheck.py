"""deploy/healthcheck.py says by its exit status whether what runs in a container is well."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A server that answers /ready with a status, and anything else with 404; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/ready" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named so by its base
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def check(repository: Path, *arguments: str, port: int = 1) -> int:
    command = [sys.executable, "-I", repository / "deploy" / "healthcheck.py", *arguments]
    return subprocess.run(command, env={**os.environ, "TALEFORGE_SERVE_PORT": str(port)}, check=False).returncode


@pytest.mark.parametrize(("status", "left"), [(200, 0), (503, 1), (500, 1)])
def test_it_follows_the_readiness_of_the_server(repository: Path, status: int, left: int) -> None:
    """Ready is healthy; closing, or without a store, is not."""
    with answering(status) as port:
        assert check(repository, port=port) == left
        assert check(repository, f"http://127.0.0.1:{port}/ready") == left


def test_nobody_there_is_not_healthy(repository: Path) -> None:
    """A refused connection is an answer, not a traceback."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert check(repository, port=taken.getsockname()[1]) == 1


@pytest.mark.parametrize(("age", "left"), [(0, 0), (40, 1), (None, 1)])
def test_it_follows_the_pulse_of_who_serves_nobody(
    repository: Path, tmp_path: Path, age: float | None, left: int
) -> None:
    """A worker touches a file while it is well; long ago, or never, is not well."""
    pulse = tmp_path / "pulse"
    if age is not None:
        pulse.touch()
        at = time.time() - age
        os.utime(pulse, (at, at))
    assert check(repository, str(pulse), "30") == left
