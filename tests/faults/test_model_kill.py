"""`kill -9` of a server while a model tells: whoever comes back is told everything, each part of it once."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from taleforge.client.ids import NewIds
from taleforge.client.table import TableClient
from taleforge.client.updates import Synced, Told
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack
from taleforge.store.sqlite import open_store
from tests.faults.house import PATIENCE, House
from tests.narration.model_sayings import honest
from tests.openai_double import Double

pytestmark = pytest.mark.slow


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


async def test_what_a_model_was_telling_when_its_server_was_killed_is_told_once(tmp_path: Path) -> None:
    """What it had been asked for, and what waited behind that; it is asked again, and the facts are as they were."""
    gate = asyncio.Event()
    gate.set()
    async with Double(honest, gate=gate) as double, House(tmp_path, *settings_of(double)) as house:
        await house.begin()
        seat = await house.server.lay("bell_beneath")
        async with house.server.client(seat, NewIds()) as client:
            for data in (cmd.Sit("marrick", "Ann"), cmd.Ready()):
                await done(client, data)
            before = await done(client, cmd.UseOption("do:odda_bell"))
            await told(client, before)
            gate.clear()
            asked = len(double.chats)
            waiting = [await done(client, cmd.UseOption(option)) for option in ("do:odda_work", "do:wick_truth")]
            await double.until_asked(asked + 1)
            await house.kill()
            assert len(double.chats) == asked + 1
        gate.set()
        await house.begin()
        async with house.server.client(seat, NewIds()) as client:
            await told(client, waiting[-1])
            assert client.view.version >= waiting[-1]
        await house.end()
    store = await open_store(tmp_path)
    prose = await store.read_prose(seat.table)
    assert Counter(one.v for one in prose if one.v in {before, *waiting}) == dict.fromkeys((before, *waiting), 1)
    assert {one.narrator for one in prose if one.v in waiting} == {"model"}
    assert await store.pending_work(seat.table) == []
    await store.close()
