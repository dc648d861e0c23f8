"""What a server on this machine costs while it is loaded: the processes behind a port, their processor time and memory.

Reads /proc; where there is none, or the server is elsewhere, nothing is known. Touches no process.
"""

import os
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

_PROC: Final = Path("/proc")
_LISTENING: Final = "0A"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Cost(Struct, frozen=True):
    """What some processes used: seconds of processor time, megabytes, and how many files each may open."""

    cpu: float
    memory: float
    files: int
    processes: int


def processes_of(address: str) -> list[int]:
    """Return the processes that listen at an address of this machine."""
    parts = urlsplit(address)
    if parts.hostname not in _LOOPBACK or not _PROC.is_dir():
        return []
    port = parts.port or (443 if parts.scheme == "https" else 80)
    sockets = {f"socket:[{inode}]" for name in ("tcp", "tcp6") for inode in _listening(name, port)}
    return [pid for pid in _pids() if sockets & _files(pid)] if sockets else []


def cost_of(pids: list[int]) -> Cost | None:
    """Return what processes have used so far; None when there are none, or they have ended."""
    try:
        stats = [(_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split() for pid in pids]
        limits = [_most_files(pid) for pid in pids]
    except OSError:
        return None
    if not stats:
        return None
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    cpu = sum(int(stat[11]) + int(stat[12]) for stat in stats) / ticks
    memory = sum(int(stat[21]) for stat in stats) * page / 1e6
    return Cost(cpu, memory, min(limits), len(stats))


def load_average() -> float:
    """Return how many processes wanted a processor in the last minute."""
    return os.getloadavg()[0]


def _listening(name: str, port: int) -> list[str]:
    try:
        lines = (_PROC / "net" / name).read_text().splitlines()[1:]
    except OSError:
        return []
    rows = [line.split() for line in lines]
    return [row[9] for row in rows if row[3] == _LISTENING and int(row[1].rpartition(":")[2], 16) == port]


def _pids() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]


def _files(pid: int) -> set[str]:
    try:
        return {str(file.readlink()) for file in (_PROC / str(pid) / "fd").iterdir()}
    except OSError:  # another user's, or ended meanwhile
        return set()


def _most_files(pid: int) -> int:
    for line in (_PROC / str(pid) / "limits").read_text().splitlines():
        if line.startswith("Max open files"):
            soft = line.split()[3]
            return int(soft) if soft.isdigit() else 2**31
    return 0
