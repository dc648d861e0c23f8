"""The owner's process stands still while another takes its tables: when it wakes it must write nothing of its own."""

import asyncio
import signal
from pathlib import Path
from random import Random

import pytest

from taleforge.messages import commands as cmd
from taleforge.messages.commands import Refused
from taleforge.store import pool
from tests.faults.evening import AWAY, Evening, evening
from tests.faults.house import House
from tests.postgresql import Server as PostgreSQL
from tests.redis import Server as Redis

pytestmark = pytest.mark.services

FREEZES = 6
PATIENCE = 180.0
"""Seconds that all of it may take."""


async def owners(store: str) -> dict[str, tuple[str, int]]:
    """Return the owner of each table, and its fence."""
    connection = await pool.connect(store)
    try:
        found = await connection.fetch("SELECT id, owner, fence FROM tables")
    finally:
        await connection.close()
    return {str(table): (str(owner), int(fence)) for table, owner, fence in found}


@pytest.mark.parametrize("silent", [True, False], ids=["silent", "writing"])
async def test_a_thawed_owner_writes_nothing(
    silent: bool, postgresql: PostgreSQL, redis: Redis, tmp_path: Path
) -> None:
    """Commands wait in it when it wakes; the other, which has taken over, has written nothing yet, or something."""
    store, shared = postgresql.database(), redis.settings()
    settings = f"store.url={store}", f"redis.url={shared.url}", f"redis.prefix={shared.prefix}"
    async with House(tmp_path, *settings) as one, House(tmp_path, *settings) as other:
        await asyncio.gather(one.begin(), other.begin())
        async with asyncio.timeout(PATIENCE), evening([one, other], Random(3), store, tables=2) as played:
            for number in range(FREEZES):
                frozen = one if number % 2 else other
                await freeze(frozen, played, store, silent=silent)
                await played.check()
                await played.fill()
            await asyncio.gather(one.end(), other.end())


async def freeze(frozen: House, played: Evening, store: str, *, silent: bool) -> None:
    """Freeze a server with commands in its sockets until others own all its tables, then wake it."""
    played.gate.set()
    await played.more(20)
    await played.calm()
    here = [player for player in played.players if player.house is frozen]
    there = [player for player in played.players if player.house is not frozen]
    before = await owners(store)
    frozen.send(signal.SIGSTOP)
    asked = [asyncio.create_task(player.send(cmd.Say("Did I sleep?"))) for player in here]
    said = [] if silent else [asyncio.create_task(player.send(cmd.Say("Wake up!"))) for player in there]
    async with asyncio.timeout(60):
        await asyncio.gather(*said)
        while len({owner for owner, _ in (await owners(store)).values()}) > 1:  # noqa: ASYNC110  # asks a server
            await asyncio.sleep(0.1)
    after = await owners(store)
    (owner, _), *_ = after.values()
    assert all(after[table][1] > fence for table, (other, fence) in before.items() if other != owner)
    frozen.send(signal.SIGCONT)
    replies = await asyncio.gather(*asked)
    refused = {reply.code for reply in replies if isinstance(reply, Refused)}
    assert not refused & AWAY, refused  # a scene may be stopped, but nobody is told to come back later
