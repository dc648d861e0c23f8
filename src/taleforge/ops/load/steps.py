"""A crowd that grows, or plays faster, until the server or the generator can take no more: one report for each step.

The crowd that is seated already is not seated again. Judges by `capacity`.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from msgspec import structs

from taleforge.ops.capacity import between, judged, sizes
from taleforge.ops.load.crowds import Crowds, crowded
from taleforge.ops.load.loop import run
from taleforge.ops.load.plan import Plan, check_plan
from taleforge.ops.load.report import Report
from taleforge.ops.load.run import grown, played

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


def speed_up(plan: Plan, first: int, within: float, say: Say) -> list[Report]:
    """Return the reports of all rates that were tried with the plan's whole crowd, up to the plan's rate.

    Args:
        plan: The crowd, and the highest rate.
        first: Commands a second to begin with.
        within: Milliseconds in which the slowest hundredth has to be seen.
        say: Is told of each report when it is there.

    Raises:
        Unavailable, BadInput, Misconfigured: as `load` does.
    """
    check_plan(plan)
    return run(lambda: _rates(plan, first, within, say))


async def _steps(plan: Plan, first: int, within: float, say: Say) -> list[Report]:
    async with crowded(plan) as crowd:

        async def step(tables: int) -> Report:
            began = datetime.now(UTC)
            ramp = await grown(crowd, tables, plan.ramp)
            return await played(crowd, structs.replace(plan, tables=tables, rate=plan.rate * tables), began, ramp)

        reports = await climb(step, first, plan.tables, within, say)
        return await _compared(crowd, plan, reports)


async def _rates(plan: Plan, first: int, within: float, say: Say) -> list[Report]:
    async with crowded(plan) as crowd:
        ramp = await grown(crowd, plan.tables, plan.ramp)

        async def step(rate: int) -> Report:
            return await played(crowd, structs.replace(plan, rate=float(rate)), datetime.now(UTC), ramp)

        reports = await climb(step, first, int(plan.rate), within, say)
        return await _compared(crowd, plan, reports)


async def climb(
    step: Callable[[int], Awaitable[Report]], first: int, most: int, within: float, say: Say
) -> list[Report]:
    """Take steps twice as large each time until one does not hold, then some between it and the last that did."""
    reports: list[Report] = []

    async def held(size: int) -> bool:
        say(report := await step(size))
        reports.append(report)
        return judged(report, within).held

    last = 0
    for size in sizes(first, most):
        if await held(size):
            last = size
            continue
        for less in between(last, size) if last else []:
            if not await held(less):
                break
        break
    return reports


async def _compared(crowd: Crowds, plan: Plan, reports: list[Report]) -> list[Report]:
    """Compare every stream with its log, and note it on the last report."""
    if not plan.check or not reports:
        return reports
    return [*reports[:-1], structs.replace(reports[-1], examined=await crowd.examine())]
