"""Capacity: from runs of known figures to a number of players, and to what gave way."""

import asyncio
from typing import Any

import pytest

from taleforge.ops.capacity import Limit, between, judged, least_played, sizes, summed_up, text
from taleforge.ops.load.examine import NOTHING
from taleforge.ops.load.report import Generator, Latency, Report, ServerCost
from taleforge.ops.load.steps import climb

CALM = Latency(100, 0.1, 0.5, 1.0, 2.0)


def ran(tables: int, p99: float = 20.0, **more: Any) -> Report:
    """The report of a run that went well, but for what is given."""
    given: dict[str, Any] = {
        "server": "http://x", "began": "2026-11-21T00:00:00+00:00", "tables": tables, "seats": 4 * tables,
        "rate": 0.2 * tables, "played": 0.2 * tables, "hold": 30.0, "ramp": 5.0, "mix": {}, "kinds": {},
        "ack": Latency(100, 1, 2, 3, 4), "seen": Latency(100, 1, 2, p99, p99), "refused": {}, "counts": {},
        "generator": Generator(0.1, CALM, 1.0), "cost": ServerCost(0.3, 100.0 + 0.4 * tables, 20_000, 1),
    }  # fmt: skip
    return Report(**(given | more))


@pytest.mark.parametrize(
    ("report", "limit"),
    [
        (ran(10), "none"),
        (ran(10, 60.0), "latency"),
        (ran(10, played=1.0), "latency"),
        (ran(10, 60.0, cost=ServerCost(0.97, 100.0, 20_000, 1)), "server_cpu"),
        (ran(10, 60.0, cost=ServerCost(0.97, 100.0, 20_000, 2)), "latency"),
        (ran(10, 60.0, generator=Generator(0.95, CALM, 2.0)), "generator"),
        (ran(10, 60.0, generator=Generator(0.1, Latency(9, 1, 5, 40, 50), 9.0)), "machine"),
        (ran(10, counts={"connections_refused": 3}), "sockets"),
        (ran(10, refused={"rate/limited": 30}), "refused"),
        (ran(10, counts={"unanswered": 1}), "wrong"),
        (ran(10, examined=NOTHING), "none"),
    ],
    ids=str,
)
def test_what_gave_way_is_named(report: Report, limit: Limit) -> None:
    """And a server is not blamed for what its generator, or others on the machine, did."""
    assert judged(report, 50.0).limit == limit


def test_steps_double_until_one_breaks_and_then_close_in() -> None:
    """Of 300 commands a second that are held: twice as many each time, and then between the last two."""
    tried: list[int] = []

    async def step(rate: int) -> Report:
        tried.append(rate)
        return ran(10, 20.0 if rate <= 300 else 90.0)

    told: list[Report] = []
    reports = asyncio.run(climb(step, 25, 500, 50.0, told.append))
    assert tried == [25, 50, 100, 200, 400, 250, 300, 350]
    assert reports == told
    assert asyncio.run(climb(step, 400, 500, 50.0, told.append)) == [ran(10, 90.0)]


def test_a_machine_holds_what_it_held_before_it_broke_less_a_margin() -> None:
    """A larger size that went well by luck counts nothing once a smaller one had broken."""
    found = summed_up([ran(40), ran(10), ran(80, 120.0), ran(20), ran(160)], 50.0)
    assert (found.held, found.players, found.limit) == (160, 128, "latency")
    assert [step.players for step in found.steps] == [40, 80, 160, 320, 640]
    assert (found.memory_per_seat, found.by_sockets) == (100.0, 20_000)
    said = "\n".join(text(found))
    assert "holds 128 players at 0.2 actions/s per table with p99 under 50 ms" in said
    assert "100 kB" in said


def test_nothing_is_said_of_a_server_that_was_not_the_bottleneck() -> None:
    """Where the generator gave way at the smallest size already."""
    said = next(text(summed_up([ran(10, 60.0, generator=Generator(0.95, CALM, 2.0))], 50.0)))
    assert said.startswith("Nothing is known of the server")


def test_sizes_double_and_are_then_narrowed_down() -> None:
    """Up to the most that was asked for, and between what held and what did not."""
    assert list(sizes(10, 70)) == [10, 20, 40, 70]
    assert list(sizes(10, 10)) == [10]
    assert between(40, 80) == [50, 60, 70]
    assert between(1, 2) == []


def test_chance_is_not_blamed_on_the_server() -> None:
    """Of twenty commands a second in twenty seconds some fewer may come; of five hundred in a minute hardly fewer."""
    assert least_played(20.0, 20.0) == pytest.approx(16.0)
    assert least_played(500.0, 60.0) == pytest.approx(466.3, abs=0.1)


def test_a_p99_of_few_commands_is_called_by_its_name() -> None:
    """The slowest of eight says little; of a hundred, nothing is said."""
    few = "\n".join(text(summed_up([ran(10), ran(20, seen=Latency(8, 1, 2, 20.0, 20.0))], 50.0)))
    assert "8 commands were timed" in few
    assert "were timed" not in "\n".join(text(summed_up([ran(10), ran(20)], 50.0)))
