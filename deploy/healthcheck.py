"""Leave with status 0 when the program of this container is well; the image's HEALTHCHECK and compose files run it.

    healthcheck.py                          the server takes requests
    healthcheck.py http://127.0.0.1:3002/   that answers with 200
    healthcheck.py /tmp/pulse 30            that file was touched within so many seconds

Uses the standard library alone, and few of its modules, because it starts anew every ten seconds. Repairs nothing.
"""

import os
import sys
import time
from http.client import HTTPConnection, HTTPException

PATIENCE = 4.0
"""Seconds; the engine gives five."""


def answers(address: str) -> bool:
    """Whether a web address, written as `http://host:port/path`, answers with 200."""
    place, _, path = address.removeprefix("http://").partition("/")
    connection = HTTPConnection(place, timeout=PATIENCE)
    try:
        connection.request("GET", f"/{path}")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False


def beats(file: str, seconds: float) -> bool:
    """Whether a file was touched within so many seconds."""
    try:
        return time.time() - os.stat(file).st_mtime <= seconds  # noqa: PTH116 - pathlib would double its start
    except OSError:
        return False


def well(arguments: list[str]) -> bool:
    """Whether all is well, by what is asked for."""
    match arguments:
        case []:
            return answers(f"http://127.0.0.1:{os.environ.get('TALEFORGE_SERVE_PORT') or 8000}/ready")
        case [address]:
            return answers(address)
        case [file, seconds]:
            return beats(file, float(seconds))
        case _:
            return False


if __name__ == "__main__":
    sys.exit(0 if well(sys.argv[1:]) else 1)
