"""Leave with status 0 when the server in this container takes requests; the image's HEALTHCHECK runs it.

Uses the standard library alone, and few of its modules, because it starts anew every ten seconds. Repairs nothing.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException

PATIENCE = 4.0
"""Seconds; the engine gives five."""


def ready() -> bool:
    """Whether the server answers its readiness check."""
    port = int(os.environ.get("TALEFORGE_SERVE_PORT") or 8000)
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False


if __name__ == "__main__":
    sys.exit(0 if ready() else 1)
