"""A whole load test: seat a crowd, play, compare what was heard with the logs, report; in one process or several.

Needs the extra `load`. Decides nothing about the server; `capacity` does.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from random import Random
from time import monotonic
from typing import Any, Final, TypeVar, cast

from msgspec import Struct, structs

from taleforge.client.server import Limited, Server
from taleforge.errors import BadInput, Misconfigured, Unavailable
from taleforge.ops.load import report as rep
from taleforge.ops.load.crowd import Crowd
from taleforge.ops.load.examine import NOTHING, Examined, examine
from taleforge.ops.load.machine import Cost, cost_of, load_average, processes_of, raise_file_limit
from taleforge.ops.load.report import Generator, Report
from taleforge.ops.load.tally import Figures

T = TypeVar("T")

SPARE_FILES: Final = 200
MOST_SEATS: Final = 5
"""Characters of the adventure."""
_LIMITS: Final = "limits.general, limits.guest, limits.guesses and limits.generation"


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


class Part(Struct, frozen=True):
    """What one process of a run brings home."""

    figures: Figures
    ramp: float
    before: Cost | None
    after: Cost | None
    examined: Examined | None


def load(plan: Plan) -> Report:
    """Carry out a plan.

    Raises:
        Misconfigured: the extra `load` is not installed, or too few files may be open.
        Unavailable, BadInput: the server cannot be played on; says what its host has to raise.
    """
    check_plan(plan)
    began = datetime.now(UTC)
    if plan.processes == 1:
        parts = [run(lambda: _part(plan))]
    else:
        with ProcessPoolExecutor(plan.processes, get_context("spawn")) as pool:
            parts = list(pool.map(_in_process, shares(plan)))
    return _reported(plan, began, parts)


def shares(plan: Plan) -> list[Plan]:
    """Return the plan of each process."""
    count = plan.processes
    tables = [plan.tables // count + (number < plan.tables % count) for number in range(count)]
    return [
        structs.replace(plan, tables=mine, rate=plan.rate * mine / plan.tables, seed=plan.seed + number, processes=1)
        for number, mine in enumerate(tables)
        if mine
    ]


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run some work on the fastest loop there is, with short turns for threads that speak HTTP beside it."""
    sys.setswitchinterval(0.0005)
    try:
        import uvloop  # noqa: PLC0415 - there is none on Windows
    except ImportError:
        return asyncio.run(work())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work())


@asynccontextmanager
async def crowded(plan: Plan) -> AsyncGenerator[Crowd]:
    """Give a crowd for a plan, with nobody in it yet; everybody hangs up in the end."""
    crowd = Crowd(Server(plan.server, plan.key), plan.seats, Random(plan.seed))  # noqa: S311 - what players do, not dice
    try:
        yield crowd
    finally:
        await crowd.close()


async def grow(crowd: Crowd, tables: int, over: float) -> None:
    """Seat a crowd; raises Unavailable or BadInput with what the host has to raise."""
    try:
        await crowd.grow(tables, over)
    except* Limited as group:
        raise Unavailable(
            "The server limits how often it may be asked.", f"Set {_LIMITS} to off there for the test."
        ) from group
    except* (Unavailable, BadInput) as group:
        raise _first(cast("BaseExceptionGroup[Exception]", group)) from None


def _first(group: BaseExceptionGroup[Exception]) -> Exception:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _in_process(plan: Plan) -> Part:
    return run(lambda: _part(plan))


async def _part(plan: Plan) -> Part:
    async with crowded(plan) as crowd:
        begun = monotonic()
        await grow(crowd, plan.tables, plan.ramp)
        ramp = monotonic() - begun
        pids = processes_of(plan.server)
        before = cost_of(pids)
        figures = await crowd.play(plan.rate, plan.hold)
        after = cost_of(pids)
        found = None
        if plan.check:
            parties = [*crowd.spent, *crowd.parties]
            found = await examine(Server(plan.server, plan.key), parties, crowd.tally)
        return Part(figures, ramp, before, after, found)


def _reported(plan: Plan, began: datetime, parts: list[Part]) -> Report:
    figures = parts[0].figures
    found = parts[0].examined
    for part in parts[1:]:
        figures.add(part.figures)
        found = (found or NOTHING) + part.examined if part.examined is not None else found
    cost = rep.cost_between(parts[0].before, parts[0].after, figures.played)
    return made(plan, began, max(part.ramp for part in parts), figures, cost=cost, found=found)


def made(
    plan: Plan, began: datetime, ramp: float, figures: Figures, *, cost: rep.ServerCost | None, found: Examined | None
) -> Report:
    """Return the report of what was measured."""
    kinds = dict(figures.kinds.most_common())
    answered = sum(figures.codes.values()) - figures.codes["unanswered"]
    generator = Generator(
        round(figures.cpu / figures.played, 3), rep.latency(figures.late), round(load_average(), 2), plan.processes
    )
    return Report(
        plan.server, began.isoformat(timespec="seconds"), plan.tables, plan.tables * plan.seats, plan.rate,
        round(answered / figures.played, 2), plan.hold, round(ramp, 2), rep.mix_of(kinds), kinds,
        rep.latency(figures.ack), rep.latency(figures.seen), rep.refused_in(figures), rep.counts_of(figures), generator,
        cost, found,
    )  # fmt: skip


def check_plan(plan: Plan) -> None:
    """Refuse what cannot be done here; lets this process open as many sockets as it needs.

    Raises:
        Misconfigured, BadInput: it cannot; says why.
    """
    if not 1 <= plan.seats <= MOST_SEATS:
        raise BadInput(f"{plan.seats} seats cannot be played.", f"A table has 1 to {MOST_SEATS}.")
    wanted = plan.tables * plan.seats // plan.processes + SPARE_FILES
    if raise_file_limit(wanted) < wanted:
        raise Misconfigured(
            f"This process may not open {wanted} sockets.", f"Raise its limit (ulimit -n {wanted}), or use --processes."
        )
