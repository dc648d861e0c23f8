"""Thousands of players at one server: how soon everybody at a table sees what one of them did, and what it costs.

`make load SEATS=400 RATE=80 HOLD=60` seats so many, and has them play at a twentieth of the rate, then twice as fast
and so on up to the rate, or until something gives. What is wanted is 10,000 seats with 500 commands a second. Generator
and server share the machine, so read the figures beside its load average.
"""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.measure import Ratio, Row, Time
from taleforge.ops.capacity import judged
from taleforge.ops.load import report as rep
from taleforge.ops.load.machine import raise_file_limit
from taleforge.ops.load.report import Report
from taleforge.ops.load.run import Plan
from taleforge.ops.load.steps import speed_up

APART = True
"""Minutes, and a machine of its own."""
AT_TABLE = 4
WITHIN = 0.05
"""Seconds until everybody at the table has seen it, for all but one in a hundred."""
MEMORY = 1_500
"""Megabytes, for 10,000 seats."""
SLOWEST = 20
"""Into which part of the rate the first one goes."""
SETTLED = 30.0
"""Seats that are seated in a second, at most."""
LIMITS = ("general", "guest", "generation", "guesses")


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Return what a crowd of the size in the environment found; with `smoke`, nothing."""
    if smoke:
        return []
    seats, rate = int(os.environ.get("LOAD_SEATS", "10000")), float(os.environ.get("LOAD_RATE", "500"))
    hold = float(os.environ.get("LOAD_HOLD", "60"))
    raise_file_limit(2 * seats + 1_000)  # the server inherits it
    with served() as (address, key):
        plan = Plan(address, key, seats // AT_TABLE, AT_TABLE, rate, seats / SETTLED, hold)
        reports = speed_up(
            plan, max(1, round(rate / SLOWEST)), WITHIN * 1000, lambda made: print(*rep.text(made), sep="\n")
        )
    held = [made.rate for made in reports if judged(made, WITHIN * 1000).held]
    best = Ratio(f"{seats} seats: commands/s that are seen in time, of {rate:g}", max(held, default=0.0) / rate, 1.0)
    return [best, *(row for made in reports for row in measured(made))]


def measured(report: Report) -> list[Row]:
    """Return a report as rows."""
    busy = f"{report.seats} seats, {report.rate:g} commands/s (load average {report.generator.load_average:.1f})"
    found = [
        Time(f"{busy}: p99 until everybody sees it", report.seen.p99 / 1000, at_most=WITHIN),
        Time(f"{busy}: p99 until the answer", report.ack.p99 / 1000),
        Ratio(f"{busy}: commands played, of those wanted", report.played / report.rate, at_least=0.95),
    ]
    if report.examined is not None:
        found.append(
            Ratio(f"{busy}: streams are as their logs, from the first step on", float(report.clean), at_least=1.0)
        )
    if report.cost is not None:
        memory = MEMORY * max(report.seats / 10_000, 0.1)
        found += [
            Ratio(f"{busy}: {memory:.0f} MB, beside what the server took", memory / report.cost.memory, at_least=1.0),
            Ratio(f"{busy}: processors that the server used", report.cost.cpu),
            Time(f"{busy}: of a processor for each command", report.cost.each(report.played) / 1000),
        ]
    return [*found, Ratio(f"{busy}: processors that the generator used", report.generator.cpu)]


@contextmanager
def served() -> Generator[tuple[str, str]]:
    """Give the address and the key of a server that limits nobody."""
    limits = [word for rule in LIMITS for word in ("--set", f"limits.{rule}=off")]
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "taleforge", *limits, "--set", "limits.sockets=100000", "serve", "--json",
                   "--port", "0", "--data", folder]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - ours
            assert process.stdout is not None
            address = msgspec.json.decode(process.stdout.readline())["address"]
            try:
                yield address, Path(folder, "local.token").read_text().strip()
            finally:
                process.terminate()
