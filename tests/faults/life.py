"""A server of many short lives: a process that has imported everything, and becomes `taleforge` anew after each death.

Started as `python -m tests.faults.life ARMED`. Each line of its input (JSON) is a life: the words of its command line,
and the fault point to die at once the file ARMED is there; at `leak` it does not die, but lets every seat hear all.
ARMED.clock says how many seconds its clock is off. It says which process lives and how it ended. Nothing is shared
between two lives but what they import, and the times below, which make takeovers short.
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from traceback import print_exc
from typing import Any

from taleforge.live import ports, system, tables

ports.TTL = 1.5  # pyright: ignore[reportAttributeAccessIssue]  # before anything takes it as a default
tables.BEAT_EVERY = 0.25  # pyright: ignore[reportAttributeAccessIssue]

from taleforge.store import faultpoints, writer  # noqa: E402  # as said
from taleforge.terminal.cli import main, server  # noqa: E402, F401  # `server` imports what a server needs

writer.CHECKPOINT_EVERY = 60


def say(**fields: Any) -> None:
    """Tell the parent, at once."""
    os.write(1, (json.dumps(fields) + "\n").encode())


def arm(strike: str, armed: Path) -> None:
    """Have every module that says where it is strike there, while the file is there."""
    kill = faultpoints.armed(strike)

    def reached(point: str) -> None:
        if armed.exists():
            kill(point)

    nowhere = faultpoints.reached
    for module in list(sys.modules.values()):  # `faultpoints` too, for those that are imported later
        if getattr(module, "reached", None) is nowhere:
            module.__dict__["reached"] = reached


def set_clock(file: Path) -> None:
    """Let the clock of this process be off by what a file says, now and later."""

    class Off(datetime):
        """The time here."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            """Return it."""
            return datetime.now(tz) + timedelta(seconds=float(file.read_text()))

    system.datetime = Off  # pyright: ignore[reportAttributeAccessIssue]  # nobody else there asks for the time


def leak() -> None:
    """Let every seat hear everything from now on, as a bug in one place would."""

    def hears(_event: object, _seat: str) -> bool:
        return True

    sys.modules["taleforge.table.project"].__dict__["hears"] = hears


def prepared(strike: str, armed: Path) -> Callable[[], None]:
    """Return what is done before a life begins."""
    if strike == "leak":
        return leak
    return partial(arm, strike, armed) if strike else (lambda: None)


def live(words: list[str], prepare: Callable[[], None]) -> None:
    """Be `taleforge` with these words; never returns."""
    status = 70
    try:
        prepare()
        sys.argv = ["taleforge", *words]
        main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001  # nothing of the parent's may go on in here
        print_exc()
    finally:
        os._exit(status)


def run(armed: Path) -> None:
    """Live as often as is asked for."""
    clock = armed.with_suffix(".clock")
    if clock.exists():
        set_clock(clock)
    for line in sys.stdin:
        asked = json.loads(line)
        if (pid := os.fork()) == 0:
            live(asked["words"], prepared(asked["strike"], armed))
        say(pid=pid)
        _, status = os.waitpid(pid, 0)
        say(ended=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    run(Path(sys.argv[1]))
