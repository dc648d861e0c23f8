"""Limits that a child process puts on itself before it reads anything from strangers.

Loading an engine may take threads and files, so memory is bounded before it is loaded and all else after: then it can
write no file, start no process or thread; it inherits no environment and no open file (`cell` sees to that). Not a
sandbox of the system's: what it may read, it can read.
"""

import contextlib
import sys
from typing import Final

CPU_SECONDS: Final = 7200
"""For all that one child does; how long one request may take, whoever asks decides."""
FILES: Final = 64


def bound(memory: int) -> None:
    """Use no more than so many MB, for ever; 0: as much as there is."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  # not on Windows

    _limit(resource.RLIMIT_CPU, CPU_SECONDS)
    _limit(resource.RLIMIT_CORE, 0)
    if memory:
        _limit(resource.RLIMIT_AS, memory * 1024**2)


def shut() -> None:
    """Take on the other limits, for ever."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  # not on Windows

    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, FILES)
    _limit(resource.RLIMIT_NPROC, 0)


def _limit(what: int, most: int) -> None:
    import resource  # noqa: PLC0415  # not on Windows

    with contextlib.suppress(ValueError, OSError):  # a stricter limit holds already
        resource.setrlimit(what, (most, most))
