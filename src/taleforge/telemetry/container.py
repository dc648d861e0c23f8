"""How much memory the container around this process may have, and how much everything in it uses, children too.

Asks Linux' control groups, as a container sees its own. Outside of one, or without a limit, there is nothing to say.
"""

from pathlib import Path
from typing import Final

from msgspec import Struct

GROUPS: Final = Path("/sys/fs/cgroup")
_KINDS: Final = (
    ("memory.current", "memory.max", "inactive_file"),
    ("memory/memory.usage_in_bytes", "memory/memory.limit_in_bytes", "total_inactive_file"),
)
"""What versions 2 and 1 call what is used, what may be, and what of it are files that nobody would miss."""
_BOUNDLESS: Final = 1 << 60
"""Bytes that stand for no limit in version 1."""


class Memory(Struct, frozen=True):
    """Bytes that are used, as they count when something is to be killed for them, and bytes that may be."""

    used: int
    limit: int


def memory(groups: Path = GROUPS) -> Memory | None:
    """Return what the container around this process uses and may; None where nothing bounds it."""
    for used, limit, idle in _KINDS:
        try:
            most = (groups / limit).read_text().strip()
            if most == "max" or int(most) >= _BOUNDLESS:
                return None
            stat = (groups / used).with_name("memory.stat").read_text()
            spare = int(dict(line.split() for line in stat.splitlines())[idle])
            return Memory(max(0, int((groups / used).read_text()) - spare), int(most))
        except (OSError, ValueError, KeyError):  # of another version, or of none
            continue
    return None
