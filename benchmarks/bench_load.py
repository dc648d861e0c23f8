"""Thousands of players at one server: how soon everybody at a table sees what one of them did, and what it costs.

`make load SEATS=400 RATE=80 HOLD=60` seats so many, and has them play at a twentieth of the rate, then twice as fast
and so on up to the rate, or until something gives: of one process with SQLite. With WORKERS=2 of two that share a
PostgreSQL and a Redis, started for it. Wanted are 10,000 seats with 500 commands a second of the first, and twice as
many seats of the second. Generator and server share the machine, so read the figures beside its load average.
"""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct

from benchmarks.measure import Ratio, Row, Time
from benchmarks.servers import servers
from taleforge.bootstrap.open_files import raise_file_limit
from taleforge.ops.capacity import judged, least_played
from taleforge.ops.load import report as rep
from taleforge.ops.load.plan import SPARE_FILES, Plan
from taleforge.ops.load.report import Report
from taleforge.ops.load.steps import speed_up

APART = True
"""Minutes, and a machine of its own."""
AT_TABLE = 4
WITHIN = 0.05
"""Seconds until everybody at the table has seen it, for all but one in a hundred, where one process serves."""
WITHIN_TOGETHER = 0.1
"""The same where several do."""
MEMORY = 1_500
"""Megabytes, for 10,000 seats of one process."""
SLOWEST = 20
"""Into which part of the rate the first one goes."""
SETTLED = 60.0
"""Seats that are seated in a second, at most."""
LIMITS = ("general", "guest", "generation", "guesses")


class Wish(Struct, frozen=True):
    """What is to be measured; the environment says so."""

    seats: int
    rate: float
    hold: float
    workers: int

    @property
    def within(self) -> float:
        """Seconds in which nearly everything is to be seen."""
        return WITHIN if self.workers == 1 else WITHIN_TOGETHER

    @property
    def name(self) -> str:
        """What stands before each figure."""
        return f"{self.seats} seats" if self.workers == 1 else f"{self.seats} seats of {self.workers} processes"

    def plan(self, address: str, key: str) -> Plan:
        """Return how to play it, by as many processes as can hold that many sockets."""
        files = raise_file_limit(self.seats + SPARE_FILES + AT_TABLE) - SPARE_FILES - AT_TABLE
        processes = ceil(self.seats / files)
        tables, ramp = self.seats // AT_TABLE, self.seats / SETTLED
        return Plan(address, key, tables, AT_TABLE, self.rate, ramp, self.hold, processes=processes)


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Return what a crowd of the size in the environment found; with `smoke`, nothing."""
    if smoke:
        return []
    wish = _wish()
    with shared(wish.workers) as more:
        return [] if more is None else _measured(wish, more)


def title() -> str:
    """Return of how many seats the section tells."""
    return _wish().name


def _wish() -> Wish:
    given = os.environ.get
    return Wish(
        int(given("LOAD_SEATS", "10000")), float(given("LOAD_RATE", "500")), float(given("LOAD_HOLD", "60")),
        int(given("LOAD_WORKERS", "1")),
    )  # fmt: skip


def _measured(wish: Wish, more: list[str]) -> list[Row]:
    with served(*more) as (address, key):
        reports = speed_up(
            wish.plan(address, key), max(1, round(wish.rate / SLOWEST)), wish.within * 1000,
            lambda made: print(*rep.text(made), sep="\n", flush=True),
        )  # fmt: skip
    held = [made.rate for made in reports if judged(made, wish.within * 1000).held]
    best = max(held, default=0.0) / wish.rate
    in_time = Ratio(f"{wish.name}: commands/s that are seen in time, of {wish.rate:g}", best, 1.0)
    return [in_time, *(row for made in reports for row in measured(made, wish))]


def measured(report: Report, wish: Wish) -> list[Row]:
    """Return a report as rows."""
    busy = f"{wish.name}, {report.rate:g} commands/s (load average {report.generator.load_average:.1f})"
    least = round(least_played(report.rate, report.hold) / report.rate, 2)
    found = [
        Time(f"{busy}: p99 until everybody sees it", report.seen.p99 / 1000, at_most=wish.within),
        Time(f"{busy}: p99 until the answer", report.ack.p99 / 1000),
        Ratio(f"{busy}: commands played, of those wanted", report.played / report.rate, least),
    ]
    if report.examined is not None:
        found.append(
            Ratio(f"{busy}: streams are as their logs, from the first step on", float(report.clean), at_least=1.0)
        )
    if report.cost is not None:
        memory = MEMORY * max(report.seats / 10_000, 0.1)
        least = 1.0 if wish.workers == 1 else None
        found += [
            Ratio(f"{busy}: {memory:.0f} MB, beside what the server took", memory / report.cost.memory, least),
            Ratio(f"{busy}: processors that the server used", report.cost.cpu),
            Time(f"{busy}: of a processor for each command", report.cost.each(report.played) / 1000),
        ]
    return [*found, Ratio(f"{busy}: processors that the generator used", report.generator.cpu)]


@contextmanager
def shared(workers: int) -> Generator[list[str] | None]:
    """Give the settings by which so many processes serve together; None where that cannot be had."""
    if workers == 1:
        yield []
        return
    with servers() as found:
        if found is None:
            yield None
            return
        database, messages = found
        yield [f"store.url={database.database()}", f"redis.url={messages.url}", f"serve.workers={workers}"]


@contextmanager
def served(*settings: str) -> Generator[tuple[str, str]]:
    """Give the address and the key of a server that limits nobody."""
    every = [*(f"limits.{rule}=off" for rule in LIMITS), "limits.sockets=100000", *settings]
    chosen = [word for setting in every for word in ("--set", setting)]
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "taleforge", *chosen, "serve", "--json", "--port", "0", "--data", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - ours
            assert process.stdout is not None
            address = msgspec.json.decode(process.stdout.readline())["address"]
            try:
                yield address, Path(folder, "local.token").read_text().strip()
            finally:
                process.terminate()
