"""Clients that never read, at a real server: their table does not notice, and what waits for them is bounded."""

import json
from pathlib import Path
from random import Random

import psutil
import pytest
from websockets.asyncio.client import ClientConnection, connect

from taleforge.client.updates import Lost
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack
from tests.faults.evening import Player, evening
from tests.faults.house import serving

pytestmark = pytest.mark.services

WORDS = "word " * 180
SAID = 500
SILENT = 40
MOST_GROWN = 96 * 2**20
"""Bytes that the server may have grown by, the table's own log and its kept frames included."""


async def test_who_never_reads_costs_the_others_nothing(tmp_path: Path) -> None:
    """Twenty thousand frames that nobody takes: the others are answered, lose no connection, and see what is so."""
    async with serving(tmp_path) as house, evening([house], Random(10), tables=1) as played:
        one, other = played.players
        heard = [player.client.updates() for player in played.players]
        silent = [await deaf(other) for _ in range(SILENT)]
        before = psutil.Process(house.pid).memory_info().rss
        for _ in range(SAID):
            assert isinstance(await one.send(cmd.Say(WORDS)), Ack)
        assert psutil.Process(house.pid).memory_info().rss - before < MOST_GROWN
        await played.check()
        for player, feed in zip(played.players, heard, strict=True):
            await player.send(cmd.Say("The end."))
            async for update in feed:
                assert not isinstance(update, Lost)
                if "The end." in str(update):
                    break
        for connection in silent:
            connection.transport.abort()


async def deaf(player: Player) -> ClientConnection:
    """Return a connection of a player's seat that says hello and takes nothing."""
    address = f"{player.house.address.replace('http', 'ws')}/api/v1/tables/{player.seat.table}/stream"
    connection = await connect(address, compression=None, max_queue=1, ping_interval=None, proxy=None)
    connection.transport.pause_reading()
    await connection.send(json.dumps({"t": "hello", "token": player.seat.token}))
    return connection
