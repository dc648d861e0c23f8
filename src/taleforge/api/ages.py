"""How long ago the last backup was made, for the alert that it is too long.

Reads what lies in the folder whenever it is asked, and a backup only when there is a newer one. Makes none.
"""

from datetime import UTC, datetime
from math import inf
from pathlib import Path

from taleforge.bootstrap import backups_in, newest_backup
from taleforge.errors import Unavailable


class BackupAge:
    """The age of the newest backup.

    Args:
        folder: Where backups are made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: list[Path] = []
        self._at: datetime | None = None

    def seconds(self, now: datetime | None = None) -> float:
        """Return how old it is; infinite where there is none, or where nobody can tell."""
        try:
            found = backups_in(self._folder)
            if found != self._seen:
                newest = newest_backup(self._folder)
                self._seen, self._at = found, datetime.fromisoformat(newest.at) if newest else None
        except Unavailable:
            return inf
        return ((now or datetime.now(UTC)) - self._at).total_seconds() if self._at else inf
