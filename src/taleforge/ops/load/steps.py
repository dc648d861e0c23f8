"""A crowd that grows until the server, or the generator, can take no more: one report for each size.

Stays within one process, so that the crowd that is seated already need not be seated again. Judges by `capacity`.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

from msgspec import structs

from taleforge.client.server import Server
from taleforge.ops.capacity import between, judged, sizes
from taleforge.ops.load import report as rep
from taleforge.ops.load.crowd import Crowd
from taleforge.ops.load.examine import examine
from taleforge.ops.load.machine import cost_of, processes_of
from taleforge.ops.load.report import Report
from taleforge.ops.load.run import Plan, check_plan, crowded, grow, made, run

Say = Callable[[Report], None]


def step_up(plan: Plan, first: int, within: float, say: Say) -> list[Report]:
    """Return the reports of all sizes that were tried, up to the plan's tables; its rate is that of each table.

    Args:
        plan: The largest size.
        first: Tables to begin with.
        within: Milliseconds in which the slowest hundredth has to be seen.
        say: Is told of each report when it is there.

    Raises:
        Unavailable, BadInput, Misconfigured: as `load` does.
    """
    check_plan(plan)
    return run(lambda: _steps(plan, first, within, say))


async def _steps(plan: Plan, first: int, within: float, say: Say) -> list[Report]:
    reports: list[Report] = []
    async with crowded(plan) as crowd:
        held = broken = 0
        for tables in sizes(first, plan.tables):
            say(report := await _step(crowd, plan, tables))
            reports.append(report)
            if not judged(report, within).held:
                broken = tables
                break
            held = tables
        for tables in between(held, broken) if held else []:
            say(report := await _step(crowd, plan, tables))
            reports.append(report)
            if not judged(report, within).held:
                break
        if plan.check and reports:
            found = await examine(Server(plan.server, plan.key), [*crowd.spent, *crowd.parties], crowd.tally)
            reports[-1] = structs.replace(reports[-1], examined=found)
    return reports


async def _step(crowd: Crowd, plan: Plan, tables: int) -> Report:
    size = structs.replace(plan, tables=tables, rate=plan.rate * tables)
    began, begun = datetime.now(UTC), monotonic()
    await grow(crowd, tables, plan.ramp)
    ramp = monotonic() - begun
    pids = processes_of(plan.server)
    before = cost_of(pids)
    figures = await crowd.play(size.rate, plan.hold, active=tables)
    cost = rep.cost_between(before, cost_of(pids), figures.played)
    return made(size, began, ramp, figures, cost=cost, found=None)
