"""The tables of one process: a room is there while somebody uses it, and afterwards nothing of it is."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from taleforge.live.ports import Services
from taleforge.live.tables import SWEEP_EVERY, Tables
from taleforge.messages import commands as cmd
from taleforge.messages.codec import encode
from taleforge.messages.commands import Ack, command
from taleforge.messages.frames import Hello
from taleforge.messages.ids import CountingIds
from tests.live.cluster import cluster_of
from tests.live.outside import HandClock, client, new_table, quiet, services
from tests.table.game import GUEST, HOST

ids = CountingIds(start=10**8)


@contextmanager
def without_collector() -> Iterator[None]:
    """Leave cycles where they are."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def played(tables: Tables) -> str:
    """Return a table at which something was done and told, asked back and broken, and that everybody has left."""
    table = await new_table(tables)
    doors = [tables.door(table, seat) for seat in (HOST, GUEST)]
    for door in doors:
        await door.send(encode(Hello("")))
    done = [
        (HOST, cmd.Sit("fighter", "Ann")),
        (GUEST, cmd.Sit("cleric", "Bob")),
        (HOST, cmd.Ready()),
        (GUEST, cmd.Ready()),
    ]
    tried = [(HOST, cmd.Do("ask")), (HOST, cmd.Do("break")), (HOST, cmd.UseOption("do:ask_store"))]
    room = await tables.room(table)
    for seat, wish in (*done, *tried):
        await room.submit(command(ids("cmd"), seat, wish))
    await room.told()
    for door in doors:
        await door.close()
    return table


async def sweeps(clock: HandClock, times: int) -> None:
    """Let the process look for rooms that nobody uses."""
    for _ in range(times):
        await clock.forward(SWEEP_EVERY)


async def on_a_clock() -> tuple[Tables, Services, HandClock]:
    """Return the tables of a fresh process, and its clock."""
    clock = HandClock()
    outside = services(clock=clock)
    return Tables(outside), outside, clock


def test_a_table_that_nobody_uses_leaves_the_memory_and_comes_back() -> None:
    """At the second look; one with a connection stays, and what was left goes on where it was."""

    async def body() -> None:
        tables, outside, clock = await on_a_clock()
        table, other = await played(tables), await new_table(tables)
        async with client(tables, other, HOST):
            await sweeps(clock, 1)
            assert len(tables) == 2
            await sweeps(clock, 1)
            assert len(tables) == 1
            before = await outside.log.read(table)
            room = await tables.room(table)
            assert room.position.version == before[-1].v
            assert isinstance(await room.submit(command(ids("cmd"), HOST, cmd.Say("Back again."))), Ack)
        await tables.close()

    asyncio.run(body())


def test_nothing_of_a_table_that_left_the_memory_stays_behind() -> None:
    """No part of a room needs Python's collector, which seldom looks where tables are many."""

    async def body() -> None:
        tables, _, clock = await on_a_clock()
        with without_collector():
            table = await played(tables)
            room = await tables.room(table)
            parts = [weakref.ref(part) for part in (room, room._audience, room._part)]
            del room
            await sweeps(clock, 2)
            assert len(tables) == 0
            assert [part() for part in parts] == [None] * len(parts)
            assert gc.collect() == 0
        await tables.close()

    asyncio.run(body())


async def test_nothing_of_a_table_that_was_mirrored_here_stays_behind() -> None:
    """Nor of one whose owner is another process."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        with without_collector():
            door = b.tables.door(table, GUEST)
            await door.send(encode(Hello("")))
            room = await b.tables.room(table)
            said = room.submit(command(ids("cmd"), GUEST, cmd.Say("Hello.")))
            assert isinstance(await cluster.until(said), Ack)
            parts = [weakref.ref(part) for part in (room, room._audience, room._part)]
            await door.close()
            del room, said, door
            await cluster.until(b.tables.close())
            await quiet()
            assert [part() for part in parts] == [None] * len(parts)
