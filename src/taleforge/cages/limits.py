"""Limits that a child process puts on itself before it reads anything from strangers, and how far it stands back.

Loading an engine may take threads and files, so memory is bounded before it is loaded and all else after: then it can
write no file, start no process or thread; of the environment it inherits no more than where the libraries of a graphics
card are (`environment`), and no open file. Not a sandbox of the system's: what it may read, it can read.
"""

import contextlib
import ctypes
import os
import platform
import signal
import struct
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Final

CPU_SECONDS: Final = 7200
"""For all that one child does; how long one request may take, whoever asks decides."""
FILES: Final = 64
_SESSION: Final = Path("/proc/self/autogroup")
_TRIES, _BREATH = 10, 0.15
"""The kernel takes one such word in a tenth of a second from all who have no rights."""
_SCHED_SETATTR: Final = {"x86_64": 314, "aarch64": 274}
"""The number of that call of Linux, which no library of ours knows."""
_SCHED_ATTR: Final = struct.Struct("=IIQiIQQQ")
_LONGEST_TURN: Final = 100_000_000
"""Nanoseconds; Linux grants no more."""
_GIVE_WAY_EVERY: Final = 0.0005
"""Seconds of work between two moments in which others have the processor."""
_CARDS: Final = ("LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "CUDA_MODULE_LOADING", "NVIDIA_VISIBLE_DEVICES")


def environment(device: str, threads: int) -> dict[str, str]:
    """Return all that a child is told of ours: no secret, and to leave the network alone."""
    told = {
        "HF_HUB_OFFLINE": "1", "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": "1",
        "ORT_DISABLE_TELEMETRY": "1",
    }  # fmt: skip
    cards = {name: os.environ[name] for name in _CARDS if name in os.environ} if device == "cuda" else {}
    return told | cards


def stand_back(niceness: int) -> None:
    """Leave the processors to whoever is in more of a hurry, for ever: this thread, and what it starts from now on.

    Args:
        niceness: How far, as `nice` has it, from 0 to 19; who stands back further does so still.
    """
    if sys.platform != "win32":
        os.nice(max(0, niceness - os.nice(0)))
        if niceness and sys.platform == "linux":
            _take_long_turns()
        if os.getsid(0) == os.getpid():  # as every service of systemd: nobody is in our session whom we did not start
            _let_session_stand_back(niceness)


def _take_long_turns() -> None:
    """Ask for turns that are long and seldom: then whoever wants shorter ones has the processor when it is woken.

    Without it Linux lets the one that runs finish its turn first, which may be noticed milliseconds later, however nice
    it is. A kernel older than 6.12, or one that allows no such word, goes on as before.
    """
    call = _SCHED_SETATTR.get(platform.machine())
    if call is not None:
        attr = _SCHED_ATTR.pack(_SCHED_ATTR.size, os.sched_getscheduler(0), 0, os.nice(0), 0, _LONGEST_TURN, 0, 0)
        ctypes.CDLL(None).syscall(call, 0, attr, 0)


def _let_session_stand_back(niceness: int) -> None:
    """Let our session stand back as well, where Linux shares processors among sessions first: `nice` counts within."""
    with contextlib.suppress(OSError):  # elsewhere there is no such file
        group = _SESSION.read_text("ascii").split()  # "/autogroup-42 nice 0", or nothing: they are not grouped here
        if group and int(group[-1]) < niceness:
            _tell_session(niceness)


def _tell_session(niceness: int) -> None:
    for _ in range(_TRIES):
        try:
            _SESSION.write_text(str(niceness), "ascii")
        except BlockingIOError:  # somebody on this machine has just done the same
            time.sleep(_BREATH)
        else:
            return


@contextlib.contextmanager
def giving_way(niceness: int) -> Generator[None]:
    """Let go of the processor every so often within the block, for a moment; on Linux, and if we stand back at all.

    However nice a process is, and however long its turns, Linux lets it go on for milliseconds now and then where
    somebody was woken who had more than a fair share a moment before. Python runs handlers of signals between two of
    its instructions only, and native work is one; so the handler is a function of the C library. It is called with the
    number of the signal, and sleeps so many microseconds: 14.
    """
    if sys.platform != "linux" or not niceness:
        yield
        return
    library = ctypes.CDLL(None)
    library.signal(signal.SIGALRM, library.usleep)
    signal.setitimer(signal.ITIMER_REAL, _GIVE_WAY_EVERY, _GIVE_WAY_EVERY)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


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
