"""Back everything up once a day, for as long as the container lives: the service `backup` of compose.full.yaml runs it.

The newest file says when the next is due, so that a restart neither repeats a backup nor leaves one out; one that
failed is tried again after a quarter of an hour. While there is one that is new enough, /tmp/pulse is touched for the
health check. Does not know what is in a backup: `taleforge backup` does.

    BACKUP_HOURS    hours from one to the next (24)
"""

import os
import subprocess
import sys
import time
from pathlib import Path

HOUR = 3600.0
AGAIN = 900.0
"""Seconds after which what failed is tried again."""
LATE = 2 * HOUR
"""Seconds that a backup may be late before this container is unwell."""
LOOK = 30.0
"""Seconds between two looks."""
PULSE = Path("/tmp/pulse")  # noqa: S108 - a tmpfs of the container's own


def newest(folder: Path) -> float:
    """Return when the newest backup was made, in seconds since 1970; 0 when there is none."""
    return max((file.stat().st_mtime for file in folder.glob("taleforge-*.backup")), default=0.0)


def is_due(made: float, tried: float, every: float, now: float) -> bool:
    """Whether one is to be made now: the newest is old enough, and the last try was not just now."""
    return now - made >= every and now - tried >= AGAIN


def look(folder: Path, tried: float, every: float, pulse: Path) -> float:
    """Make a backup if one is due, and say whether all is well; return when one was last tried."""
    if is_due(newest(folder), tried, every, time.time()):
        tried = time.time()
        subprocess.run(["taleforge", "backup"], check=False)  # noqa: S607 - it says itself what went wrong
    if time.time() - newest(folder) < every + LATE:
        pulse.touch()
    return tried


def main() -> None:
    """Look again and again."""
    folder = Path(os.environ["TALEFORGE_BACKUP_FOLDER"])
    every = float(os.environ.get("BACKUP_HOURS") or 24) * HOUR
    print(f"A backup into {folder} every {every / HOUR:g} hours.", flush=True)
    tried = 0.0
    while True:
        tried = look(folder, tried, every, PULSE)
        time.sleep(LOOK)


if __name__ == "__main__":
    sys.exit(main())
