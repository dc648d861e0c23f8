"""A whole load test: seat a crowd, play, compare what was heard with the logs, report; in one process or several.

Needs the extra `load`. Decides nothing about the server; `capacity` does.
"""

from datetime import UTC, datetime
from time import monotonic

from msgspec import structs

from taleforge.ops.load import report as rep
from taleforge.ops.load.crowds import Crowds, crowded
from taleforge.ops.load.loop import run
from taleforge.ops.load.machine import cost_of, load_average, processes_of
from taleforge.ops.load.plan import Plan, check_plan
from taleforge.ops.load.report import Generator, Report
from taleforge.ops.load.tally import Figures


def load(plan: Plan) -> Report:
    """Carry out a plan.

    Raises:
        Misconfigured: the extra `load` is not installed, or too few files may be open.
        Unavailable, BadInput: the server cannot be played on; says what its host has to raise.
    """
    check_plan(plan)
    return run(lambda: _loaded(plan))


async def _loaded(plan: Plan) -> Report:
    began = datetime.now(UTC)
    async with crowded(plan) as crowd:
        ramp = await grown(crowd, plan.tables, plan.ramp)
        report = await played(crowd, plan, began, ramp)
        return structs.replace(report, examined=await crowd.examine()) if plan.check else report


async def grown(crowd: Crowds, tables: int, over: float) -> float:
    """Seat a crowd and return the seconds that it took; raises as `load` does."""
    begun = monotonic()
    await crowd.grow(tables, over)
    return monotonic() - begun


async def played(crowd: Crowds, plan: Plan, began: datetime, ramp: float) -> Report:
    """Have a crowd play as planned, and return the report of it, with nothing compared."""
    pids = processes_of(plan.server)
    before = cost_of(pids)
    figures = await crowd.play(plan.rate, plan.hold, plan.tables)
    return _made(plan, began, ramp, figures, rep.cost_between(before, cost_of(pids), figures.played))


def _made(plan: Plan, began: datetime, ramp: float, figures: Figures, cost: rep.ServerCost | None) -> Report:
    kinds = dict(figures.kinds.most_common())
    answered = sum(figures.codes.values()) - figures.codes["unanswered"]
    generator = Generator(
        round(figures.cpu / figures.played, 3), rep.latency(figures.late), round(load_average(), 2), plan.processes
    )
    return Report(
        plan.server, began.isoformat(timespec="seconds"), plan.tables, plan.tables * plan.seats, plan.rate,
        round(answered / figures.played, 2), plan.hold, round(ramp, 2), rep.mix_of(kinds), kinds,
        rep.latency(figures.ack), rep.latency(figures.seen), rep.refused_in(figures), rep.counts_of(figures), generator,
        cost,
    )  # fmt: skip
