"""What is to be loaded, with what, by how many processes; and what cannot be done, said before anybody connects.

Carries nothing out.
"""

from typing import Final

from msgspec import Struct

from taleforge.bootstrap.open_files import raise_file_limit
from taleforge.errors import BadInput, Misconfigured

SPARE_FILES: Final = 200
MOST_SEATS: Final = 5
"""Characters of the adventure."""


class Plan(Struct, frozen=True):
    """What to load, with what: `rate` in commands a second over all tables; seconds to seat everybody and to play."""

    server: str
    key: str
    tables: int = 10
    seats: int = 4
    rate: float = 2.0
    ramp: float = 5.0
    hold: float = 30.0
    seed: int = 0
    check: bool = True
    processes: int = 1


def shares(tables: int, processes: int) -> list[int]:
    """Return how many of some tables each process has; they differ by one at most."""
    return [tables // processes + (number < tables % processes) for number in range(processes)]


def check_plan(plan: Plan) -> None:
    """Refuse what cannot be done here; lets this process, and those it starts, open as many sockets as they need.

    Raises:
        Misconfigured, BadInput: it cannot; says why.
    """
    if not 1 <= plan.seats <= MOST_SEATS:
        raise BadInput(f"{plan.seats} seats cannot be played.", f"A table has 1 to {MOST_SEATS}.")
    wanted = shares(plan.tables, plan.processes)[0] * plan.seats + SPARE_FILES
    if raise_file_limit(wanted) < wanted:
        raise Misconfigured(
            f"This process may not open {wanted} sockets.", f"Raise its limit (ulimit -n {wanted}), or use --processes."
        )
