"""How many players a machine holds: a crowd that grows step by step until something gives, and what gave.

A step holds when nearly everything due was played, the slowest hundredth was seen in time, and the server has processor
to spare. A figure that the generator spoiled is not blamed on the server. Also reads the report of a run that was made
before.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from msgspec import Struct

from taleforge.ops.load.report import BUSY, Report

Limit = Literal["none", "latency", "server_cpu", "generator", "machine", "sockets", "refused", "wrong"]
MARGIN: Final = 0.8
"""What a machine is said to hold, of what it held: evenings are not as even as tests."""
FULL: Final = 0.9
"""Share of its processors at which a server has none to spare."""
PLAYED: Final = 0.95
"""Share of the wanted rate that has to be reached, chance apart."""
CHANCE: Final = 3.0
"""Standard deviations by which fewer commands than on average may come due in a run: they come at random."""
ENOUGH: Final = 100
"""Commands without which a p99 is but the slowest of them."""
REFUSED: Final = 0.05
"""Share of refusals that players cause among themselves."""

_WORDS: Final[dict[Limit, str]] = {
    "none": "nothing gave way: take more tables to find out",
    "latency": "time: the slowest hundredth took longer than allowed",
    "server_cpu": "processors: the server had none to spare",
    "generator": "the generator, not the server: use --processes, or another machine, and try again",
    "machine": "the machine: others kept server and generator from its processors; try again when it is quiet",
    "sockets": "sockets: raise the limit of open files (ulimit -n) of the server",
    "refused": "refusals: the server's own limits (limits.…), or a fault",
    "wrong": "correctness: something was lost, doubled, leaked or never answered",
}


class Step(Struct, frozen=True):
    """One size that was tried, and what gave at it."""

    players: int
    tables: int
    rate: float
    """Commands a second at each table."""
    p99: float
    """Milliseconds until everybody at the table saw it."""
    limit: Limit
    server_cpu: float | None = None
    generator_cpu: float = 0.0
    memory: float | None = None
    """Megabytes of the server."""
    timed: int | None = None
    """Commands of which the time is known until everybody saw them."""

    @property
    def held(self) -> bool:
        """Whether it was fine."""
        return self.limit == "none"


class Capacity(Struct, frozen=True):
    """What a machine holds. `players` has the margin in it already; `memory_per_seat` is in kilobytes."""

    players: int
    held: int
    rate: float
    within: float
    limit: Limit
    steps: tuple[Step, ...]
    memory_per_seat: float | None = None
    by_sockets: int | None = None
    """How many players the server's limit of open files leaves room for."""


def judged(report: Report, within: float) -> Step:
    """Return how a run went, where p99 may be so many milliseconds."""
    cost = report.cost
    return Step(
        report.seats, report.tables, round(report.rate / max(1, report.tables), 3), report.seen.p99,
        _limit(report, within), cost.cpu if cost else None, report.generator.cpu, cost.memory if cost else None,
        report.seen.count,
    )  # fmt: skip


def _limit(report: Report, within: float) -> Limit:
    if not report.clean:
        return "wrong"
    cost = report.cost
    full = cost is not None and cost.cpu > FULL * cost.processes
    slow = report.seen.p99 > within or report.played < least_played(report.rate, report.hold)
    if report.counts.get("connections_refused") or report.counts.get("tables_not_laid"):
        return "sockets"
    if sum(report.refused.values()) > REFUSED * max(1, report.ack.count):
        return "refused"
    if slow and report.generator.overworked and not full:
        return "generator" if report.generator.cpu > BUSY else "machine"
    if full:
        return "server_cpu"
    return "latency" if slow else "none"


def least_played(rate: float, hold: float) -> float:
    """Return how many commands a second have to be played, of so many wanted, in a run of so many seconds."""
    return max(0.0, PLAYED * rate - CHANCE * (rate / hold) ** 0.5)


def summed_up(reports: Sequence[Report], within: float) -> Capacity:
    """Return what some runs, of one server, come to."""
    ranked = sorted(reports, key=lambda report: report.seats)
    steps = tuple(judged(report, within) for report in ranked)
    good = [step for step in steps if step.held]
    broken = next((step for step in steps if not step.held), None)
    held = max((step.players for step in good if broken is None or step.players < broken.players), default=0)
    last = max((step for step in steps), key=lambda step: step.players, default=None)
    files = next((report.cost.files for report in ranked if report.cost), None)
    return Capacity(
        int(held * MARGIN), held, last.rate if last else 0.0, within, broken.limit if broken else "none", steps,
        _memory_per_seat(steps), files,
    )  # fmt: skip


def _memory_per_seat(steps: Sequence[Step]) -> float | None:
    """Return the kilobytes that a seat adds, from the smallest and the largest size."""
    known = [(step.players, step.memory) for step in steps if step.memory is not None]
    if len(known) < 2 or known[-1][0] == known[0][0]:
        return None
    (few, little), (many, much) = known[0], known[-1]
    return round((much - little) * 1000 / (many - few), 1)


def sizes(first: int, most: int) -> Iterator[int]:
    """Yield the numbers of tables to try: twice as many each time, and the most at last."""
    tables = first
    while tables < most:
        yield tables
        tables *= 2
    yield most


def between(held: int, broken: int) -> list[int]:
    """Return the numbers of tables to try between one that held and twice as many that did not."""
    step = (broken - held) // 4
    return [held + step * number for number in (1, 2, 3)] if step > 0 else []


def text(capacity: Capacity) -> Iterator[str]:
    """Yield it as lines for people."""
    rate = f"{capacity.rate:g} actions/s per table with p99 under {capacity.within:g} ms"
    if capacity.held:
        yield f"This machine holds {capacity.players} players at {rate}."
        yield f"  {capacity.held} were fine; the rest is margin ({1 - MARGIN:.0%})."
    elif capacity.limit in {"generator", "machine"}:
        yield "Nothing is known of the server: it was not the bottleneck."
    else:
        smallest = min((step.players for step in capacity.steps), default=0)
        yield f"This machine does not hold {smallest} players at {rate}."
    yield f"  What gave way: {_WORDS[capacity.limit]}."
    fewest = min((step.timed for step in capacity.steps if step.timed is not None), default=ENOUGH)
    if fewest < ENOUGH:
        yield f"  At one size {fewest} commands were timed: their p99 is the slowest of them. Give a longer --hold."
    if capacity.memory_per_seat is not None:
        yield f"  Each seat took {capacity.memory_per_seat:g} kB of the server's memory."
    if capacity.by_sockets is not None:
        yield f"  The server may open {capacity.by_sockets} files, one for each player."
    yield "  players   p99 ms   server cores   generator   what gave"
    for step in capacity.steps:
        cores = f"{step.server_cpu:.2f}" if step.server_cpu is not None else "?"
        gave = "" if step.held else step.limit
        yield f"  {step.players:>7}  {step.p99:>7.1f}  {cores:>13}  {step.generator_cpu:>9.0%}   {gave}".rstrip()
