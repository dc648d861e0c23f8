"""Places where the tests of crash safety kill the process with SIGKILL; everywhere else, nothing.

The tests start a child with `TALE_KILL=name`, `name:3` (the third time) or `name:3:200` (200 microseconds after the
third time, from another thread, so as to strike inside what follows). No setting and no flag reaches this module.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

VARIABLE: Final = "TALE_KILL"

POINTS: Final = (
    "append.asked", "transaction.begun", "transaction.written", "transaction.committed", "events.published",
    "narration.begun", "narration.told", "checkpoint.begun", "checkpoint.done", "export.rotated", "export.written",
)  # fmt: skip
"""Those of play."""
KEEPING: Final = ("backup.rows", "backup.written", "restore.files", "restore.rows", "restore.done")
"""Those of a backup, and of bringing it back."""


WORKING: Final = (
    "job.reserved", "job.kept", "job.begun", "job.worked", "job.stored", "job.paid", "job.delivered",
)  # fmt: skip
"""Those of a job: with whoever asks, and with whoever works."""


def armed(choice: str) -> Callable[[str], None]:
    """Return the hook that a choice such as `transaction.written:3:200` asks for; one that does nothing for ""."""
    if not choice:
        return _nothing
    point, _, rest = choice.partition(":")
    assert point in {*POINTS, *KEEPING, *WORKING}, f"there is no fault point {point}"
    times, _, delay = rest.partition(":")
    return _Killer(point, int(times or 1), int(delay or 0))


def _nothing(_point: str) -> None:
    pass


class _Killer:
    def __init__(self, point: str, times: int, delay_us: int) -> None:
        self._point, self._left, self._delay = point, times, delay_us / 1e6

    def __call__(self, point: str) -> None:
        if point != self._point:
            return
        self._left -= 1
        if self._left == 0:
            self._strike()

    def _strike(self) -> None:
        os.write(sys.stderr.fileno(), f"struck {self._point}\n".encode())
        if self._delay:
            threading.Thread(target=self._later, daemon=True).start()
        else:
            os.kill(os.getpid(), signal.SIGKILL)

    def _later(self) -> None:
        time.sleep(self._delay)
        os.kill(os.getpid(), signal.SIGKILL)


reached: Final = armed(os.environ.get(VARIABLE, ""))
"""Say that a point has been reached."""
