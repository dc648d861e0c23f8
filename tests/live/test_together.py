"""Deeds that are gathered, at a table that is owned by a process: its clock, its restarts, and words that go on."""

import asyncio
from collections.abc import Awaitable, Callable

from taleforge.live.ports import Services
from taleforge.live.tables import Tables
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack, command
from taleforge.messages.ids import CountingIds
from tests.live.outside import HandClock, new_table, quiet, services
from tests.table.game import GUEST, HOST

ids = CountingIds(start=10**9)


async def ask(tables: Tables, table: str, data: cmd.CommandData, seat: str = HOST) -> None:
    """Have something done that may be done."""
    reply = await (await tables.room(table)).submit(command(ids("cmd"), seat, data))
    assert isinstance(reply, Ack), reply


async def playing(tables: Tables) -> str:
    """Return a table of two who act together."""
    table = await new_table(tables)
    for seat, data in (
        (HOST, cmd.Sit("fighter", "Ann")), (GUEST, cmd.Sit("cleric", "Bob")),
        (HOST, cmd.SetHouseRule("gather_seconds", "60")), (HOST, cmd.Ready()), (GUEST, cmd.Ready()),
    ):  # fmt: skip
        await ask(tables, table, data, seat)
    return table


async def names(outside: Services, table: str) -> list[str]:
    """Return what happened, after the table began to play."""
    found = [event.name for event in await outside.log.read(table)]
    return [
        name
        for name in found[found.index("scene.entered") :]
        if name.partition(".")[0] in {"deed", "gathering", "interaction"}
    ]


def run(body: Callable[[Tables, Services, HandClock], Awaitable[None]]) -> None:
    """Run a test on the tables of a fresh process."""

    async def on_tables() -> None:
        clock = HandClock()
        outside = services(clock=clock)
        tables = Tables(outside)
        await body(tables, outside, clock)
        await tables.close()

    asyncio.run(on_tables())


def test_the_table_acts_when_everybody_has_said_what_they_do() -> None:
    """By itself, and at once."""

    async def body(tables: Tables, outside: Services, _: HandClock) -> None:
        table = await playing(tables)
        await ask(tables, table, cmd.UseOption("do:call"))
        assert await names(outside, table) == ["deed.planned"]
        await ask(tables, table, cmd.EndTurn(), GUEST)
        await quiet()
        done = ["deed.planned", "deed.planned", "gathering.closed", "interaction.tried", "deed.done", "deed.done"]
        assert await names(outside, table) == done

    run(body)


def test_the_table_acts_when_the_time_is_over() -> None:
    """Also where another process goes on with it meanwhile: what was said is in the log, and so is until when."""

    async def body(tables: Tables, outside: Services, clock: HandClock) -> None:
        table = await playing(tables)
        await ask(tables, table, cmd.UseOption("do:call"))
        await clock.forward(40)
        await tables.close()
        after = Tables(outside)
        await after.room(table)
        await clock.forward(19)
        assert await names(outside, table) == ["deed.planned"]
        await clock.forward(2)
        assert await names(outside, table) == ["deed.planned", "gathering.closed", "interaction.tried", "deed.done"]
        await after.close()

    run(body)


def test_words_that_go_on_do_not_take_the_place_of_the_deed_before_them() -> None:
    """One deed is said at a time."""

    async def body(tables: Tables, outside: Services, _: HandClock) -> None:
        table = await playing(tables)
        await ask(tables, table, cmd.Do("use do:call then use do:ask_store"))
        await ask(tables, table, cmd.EndTurn(), GUEST)
        await quiet()
        tried = [event.d for event in await outside.log.read(table) if event.name == "interaction.tried"]
        assert [getattr(data, "interaction", "") for data in tried] == ["call"]

    run(body)
