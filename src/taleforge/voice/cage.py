"""Limits that a child process puts on itself before it reads anything from strangers.

It can write no file, start no process or thread, and use only so much memory and time; it inherits no environment and
no open file (`cell` sees to that). Not a sandbox of the system's: what it may read, it can read.
"""

import contextlib
import sys
from typing import Final

MEMORY: Final = 2 * 1024**3
"""Bytes of address space: models and libraries are mapped into it."""
CPU_SECONDS: Final = 600
"""For all that one child does."""
FILES: Final = 64


def shut() -> None:
    """Take on the limits, for ever."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  # not on Windows

    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, FILES),
        (resource.RLIMIT_NPROC, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a stricter limit holds already
            resource.setrlimit(what, (most, most))
