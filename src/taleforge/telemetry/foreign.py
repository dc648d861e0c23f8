"""What libraries say by the standard `logging`: their warnings become lines of ours, without what was put into them.

A library's message may quote whatever it was handed, so of each only the pattern is kept, up to the first line's end.
Their lesser lines are not written at any level: one of them logs every frame of a socket.
"""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import structlog

LONGEST: Final = 120
_QUIET: Final = ("opentelemetry",)
"""What we say ourselves (`tracing`)."""


class Foreign(logging.Handler):
    """Turns records into lines."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    @contextmanager
    def listening(self) -> Generator[None]:
        """Within the block, hear everything that libraries say."""
        root = logging.getLogger()
        root.addHandler(self)
        try:
            yield
        finally:
            root.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record as a line."""
        if record.name.startswith(_QUIET):
            return
        said = str(record.msg).strip().partition("\n")[0][:LONGEST]
        line = structlog.get_logger().error if record.levelno >= logging.ERROR else structlog.get_logger().warning
        line("library.said", library=record.name, said=said, exc_info=record.exc_info)
