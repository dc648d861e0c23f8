"""What a run comes to: percentiles, shares, costs and a verdict, as one value that is printed or kept as JSON.

Computes; measures nothing.
"""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final

from msgspec import Struct

from taleforge.ops.load.deeds import LEAST
from taleforge.ops.load.examine import Examined
from taleforge.ops.load.machine import Cost
from taleforge.ops.load.tally import Figures

REPLIES: Final = frozenset({"ack", "ask"})
BUSY: Final = 0.85
"""Share of a processor above which a generator cannot be trusted to be on time."""
LATE: Final = 10.0
"""Milliseconds by which a generator may be late (p99) before it is the one that is measured."""


class Latency(Struct, frozen=True):
    """How long something took, in milliseconds."""

    count: int = 0
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    max: float = 0.0


class Generator(Struct, frozen=True):
    """How the generator itself was doing: the share of a processor that it used, and how late it was."""

    cpu: float
    late: Latency
    load_average: float
    processes: int = 1

    @property
    def overworked(self) -> bool:
        """Whether the figures say more about the generator than about the server."""
        return self.cpu > BUSY or self.late.p99 > LATE


class ServerCost(Struct, frozen=True):
    """What the server used, where it runs on this machine: processors, megabytes, files that a process may open."""

    cpu: float
    memory: float
    files: int
    processes: int

    def each(self, played: float) -> float:
        """Return the milliseconds of a processor that a command took, at so many commands a second."""
        return 1000 * self.cpu / played if played else 0.0


class Report(Struct, frozen=True):
    """A run. Rates are commands a second; seconds and milliseconds as named."""

    server: str
    began: str
    tables: int
    seats: int
    rate: float
    played: float
    """Rate really reached."""
    hold: float
    ramp: float
    """Seconds it took to seat everybody."""
    mix: dict[str, float]
    """Shares of what was played: `attack`, `spell`, `typed`."""
    kinds: dict[str, int]
    ack: Latency
    seen: Latency
    refused: dict[str, int]
    counts: dict[str, int]
    generator: Generator
    cost: ServerCost | None = None
    examined: Examined | None = None

    @property
    def clean(self) -> bool:
        """Whether no stream had anything wrong; False, too, where an answer never came."""
        wrong = self.examined.counts if self.examined is not None else {}
        return not wrong and not self.counts.get("unanswered")

    @property
    def lean(self) -> list[str]:
        """What was played less than it was to be."""
        return [kind for kind, least in LEAST.items() if self.mix.get(kind, 0.0) < least]


def latency(seconds: Sequence[float]) -> Latency:
    """Return the percentiles of some times in seconds: of n values, the k-th is that at rank ⌈k·n/100⌉."""
    if not seconds:
        return Latency()
    ranked = sorted(seconds)

    def at(percent: int) -> float:
        return round(ranked[max(0, ceil(percent * len(ranked) / 100) - 1)] * 1000, 3)

    return Latency(len(ranked), at(50), at(95), at(99), round(ranked[-1] * 1000, 3))


def mix_of(kinds: dict[str, int]) -> dict[str, float]:
    """Return the shares of attacks, spells and typed text among all that was played."""
    played = sum(count for kind, count in kinds.items() if kind != "typed")
    return {kind: round(kinds.get(kind, 0) / played, 3) if played else 0.0 for kind in LEAST}


def cost_between(before: Cost | None, after: Cost | None, seconds: float) -> ServerCost | None:
    """Return what a server used in between, as processors; its memory afterwards."""
    if before is None or after is None or seconds <= 0:
        return None
    used = round((after.cpu - before.cpu) / seconds, 3)
    return ServerCost(used, round(after.memory, 1), after.files, after.processes)


def counts_of(figures: Figures) -> dict[str, int]:
    """Return what was counted, without what was never seen."""
    counts = {**figures.counts, "asked": figures.codes["ask"], "unanswered": figures.codes["unanswered"]}
    return {name: count for name, count in sorted(counts.items()) if count}


def refused_in(figures: Figures) -> dict[str, int]:
    """Return how many commands were refused, by code."""
    codes = ((code, count) for code, count in figures.codes.most_common() if code not in REPLIES)
    return {code: count for code, count in codes if code != "unanswered"}


def text(report: Report) -> Iterator[str]:
    """Yield a report as lines for people."""
    shares = ", ".join(f"{kind} {share:.0%}" for kind, share in report.mix.items())
    yield f"{report.seats} seats at {report.tables} tables, seated in {report.ramp:.0f} s; played {report.hold:.0f} s"
    yield f"  commands      {report.played:.1f}/s of {report.rate:g}/s wanted ({shares})"
    yield f"  to the answer {_shown(report.ack)}"
    yield f"  to everybody  {_shown(report.seen)}"
    for name, found in (("refused", report.refused), ("counted", report.counts)):
        if found:
            yield f"  {name:<13} {', '.join(f'{what} {count}' for what, count in found.items())}"
    generator = report.generator
    busy = f"{generator.cpu:.0%} of a core, {generator.late.p99:.1f} ms late (p99)"
    yield f"  generator     {busy}; load average {generator.load_average:.1f}"
    cost = report.cost
    if cost is not None:
        each = f"{cost.each(report.played):.1f} ms a command"
        yield f"  server        {cost.cpu:.2f} cores, {each}, {cost.memory:.0f} MB in {cost.processes} process(es)"
    yield from _judged(report)


def _judged(report: Report) -> Iterator[str]:
    if report.lean:
        yield f"  Less was played than wanted ({', '.join(report.lean)}): take more tables, or a lower rate."
    if report.generator.cpu > BUSY:
        yield "  The generator was the bottleneck: these figures do not blame the server. Use --processes or less load."
    elif report.generator.overworked:
        yield "  The machine was too busy for the generator to be on time: these figures do not blame the server."
    if report.refused.get("rate/limited"):
        yield "  The server limited its players: set limits.guest=off and limits.general=off there for the test."
    examined = report.examined
    if examined is None:
        yield "  The streams were not compared with the logs."
        return
    compared = f"{examined.heard} frames of {examined.streams} streams with {examined.events} events"
    yield f"  compared      {compared}: {_found(examined)}"
    for finding in examined.findings[:20]:
        yield f"    {finding.kind}: {finding.table} {finding.seat} version {finding.v} {finding.what}".rstrip()


def _found(examined: Examined) -> str:
    if not examined.counts:
        return "nothing lost, doubled, out of order or leaked"
    return ", ".join(f"{kind} {count}" for kind, count in examined.counts.items())


def _shown(found: Latency) -> str:
    return f"p50 {found.p50:.1f}  p95 {found.p95:.1f}  p99 {found.p99:.1f}  max {found.max:.1f} ms  ({found.count})"
