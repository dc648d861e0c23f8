"""`kill -9` of a server while a model tells: whoever comes back is told everything, each part of it once."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from taleforge.client.ids import NewIds
from taleforge.client.server import SeatToken
from taleforge.client.table import TableClient
from taleforge.client.updates import Synced, Told
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack
from taleforge.store.postgresql import open_store as open_postgresql
from taleforge.store.sqlite import open_store
from taleforge.table.ports import EventLog
from tests.faults.house import PATIENCE, House
from tests.narration.model_sayings import honest
from tests.openai_double import Double
from tests.postgresql import Server as PostgreSQL
from tests.redis import Server as Redis


def settings_of(model: Double) -> tuple[str, str]:
    """Return settings by which a model tells that takes its time."""
    return f"model.url={model.url}", "model.first_seconds=60"


async def done(client: TableClient, data: cmd.CommandData) -> int:
    """Do something, and return the version after it."""
    reply = await client.send(data)
    assert isinstance(reply, Ack), reply
    return reply.v


async def told(client: TableClient, v: int) -> None:
    """Return when the prose of a version was heard."""
    async with asyncio.timeout(PATIENCE):
        async for update in client.updates():
            prose = update.prose if isinstance(update, Synced) else (update.prose,) if isinstance(update, Told) else ()
            if v in {one.v for one in prose}:
                return


class Cut(NamedTuple):
    """A table whose server was killed: what was told before, and what a model was to tell."""

    seat: SeatToken
    before: int
    waiting: list[int]


async def cut_off(house: House, model: Double, gate: asyncio.Event) -> Cut:
    """Play at a new table until a model has begun to tell, and kill the server."""
    seat = await house.server.lay("bell_beneath")
    async with house.server.client(seat, NewIds()) as client:
        for data in (cmd.Sit("marrick", "Ann"), cmd.Ready()):
            await done(client, data)
        before = await done(client, cmd.UseOption("do:odda_bell"))
        await told(client, before)
        gate.clear()
        asked = len(model.chats)
        waiting = [await done(client, cmd.UseOption(option)) for option in ("do:odda_work", "do:wick_truth")]
        await model.until_asked(asked + 1)
        await house.kill()
        assert len(model.chats) == asked + 1
    gate.set()
    return Cut(seat, before, waiting)


async def told_at(house: House, cut: Cut) -> None:
    """Return when somebody who comes back was told everything."""
    async with house.server.client(cut.seat, NewIds()) as client:
        await told(client, cut.waiting[-1])
        assert client.view.version >= cut.waiting[-1]


async def check(log: EventLog, cut: Cut) -> None:
    """See that each part was told once, by the model, and that nothing is left to be told."""
    prose = await log.read_prose(cut.seat.table)
    wanted = (cut.before, *cut.waiting)
    assert Counter(one.v for one in prose if one.v in wanted) == dict.fromkeys(wanted, 1)
    assert {one.narrator for one in prose if one.v in wanted} == {"model"}
    assert await log.pending_work(cut.seat.table) == []


@pytest.mark.slow  # starts a server twice
async def test_what_a_model_was_telling_when_its_server_was_killed_is_told_once(tmp_path: Path) -> None:
    """What it had been asked for, and what waited behind that; it is asked again, and the facts are as they were."""
    gate = asyncio.Event()
    gate.set()
    async with Double(honest, gate=gate) as double, House(tmp_path, *settings_of(double)) as house:
        await house.begin()
        cut = await cut_off(house, double, gate)
        await house.begin()
        await told_at(house, cut)
        await house.end()
    store = await open_store(tmp_path)
    await check(store, cut)
    await store.close()


@pytest.mark.services
async def test_the_server_that_takes_a_table_over_tells_the_rest(
    postgresql: PostgreSQL, redis: Redis, tmp_path: Path
) -> None:
    """The dead one had begun; the other tells both, once."""
    shared, url, gate = redis.settings(), postgresql.database(), asyncio.Event()
    gate.set()
    async with Double(honest, gate=gate) as double:
        settings = f"store.url={url}", f"redis.url={shared.url}", f"redis.prefix={shared.prefix}", *settings_of(double)
        async with House(tmp_path, *settings) as one, House(tmp_path, *settings) as other:
            await asyncio.gather(one.begin(), other.begin())
            cut = await cut_off(one, double, gate)
            await told_at(other, cut)
            await other.end()
    store = await open_postgresql(url)
    await check(store, cut)
    await store.close()
