"""Several processes at one set of tables on a real server, by real time: its clock says who is dead."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from taleforge.client.table import TableClient
from taleforge.live.system import SystemClock
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack, command
from taleforge.messages.events import Said
from taleforge.messages.ids import CountingIds
from taleforge.store.postgresql import PostgresStore, open_store
from taleforge.table.position import Game
from tests.live.cluster import Hub, Node, client
from tests.live.outside import new_table
from tests.postgresql import Server
from tests.table.game import GUEST, HOST, content

pytestmark = pytest.mark.services

TTL = 2.5
"""Seconds until a node counts as dead here: two beats and a half."""
PATIENCE = 30.0


@dataclass
class OnServer:
    """What a node is started with: its own connections to the server that all share."""

    store: PostgresStore
    hub: Hub
    clock: Any = field(default_factory=SystemClock)
    changes: dict[str, Any] = field(default_factory=dict[str, Any])


@pytest.fixture
def url(postgresql: Server) -> str:
    """A database of its own."""
    return postgresql.database()


@pytest.fixture
async def nodes(url: str) -> AsyncIterator[list[Node]]:
    """Three processes."""
    hub = Hub()
    stores = [await open_store(url, ttl=TTL) for _ in "abc"]
    nodes: Any = [Node(OnServer(store, hub), name) for store, name in zip(stores, "abc", strict=True)]  # pyright: ignore[reportArgumentType]
    yield nodes
    for node, store in zip(nodes, stores, strict=True):
        if node.bus.up:
            await node.tables.close()
        await store.close()


async def playing(at: Node) -> str:
    """Return a table at which host and guest play."""
    table = await new_table(at.tables)
    room = await at.tables.room(table)
    steps = [(HOST, cmd.Sit("fighter", "Ann")), (GUEST, cmd.Sit("cleric", "Bob")), (HOST, cmd.Ready())]
    for number, (seat, data) in enumerate([*steps, (GUEST, cmd.Ready())]):
        assert isinstance(await room.submit(command(f"cmd_begin_{number}", seat, data)), Ack)
    return table


async def agreed(node: Node, table: str, *clients: TableClient) -> None:
    """Return when every client's state is a fresh snapshot of the log."""
    async with asyncio.timeout(PATIENCE):
        while True:
            truth = Game(content(), CountingIds()).fold(table, await node.services.log.read(table))
            if all(one.view == truth.view(one.seat) for one in clients):
                return
            await asyncio.sleep(0.1)


async def said(node: Node, table: str) -> list[str]:
    """Return the words that were said."""
    return [event.d.text for event in await node.services.log.read(table) if isinstance(event.d, Said)]


async def test_a_dead_owner_is_followed_and_a_frozen_one_stays_silent(nodes: list[Node]) -> None:
    """Every acknowledged command once, every view the log's: after a freeze, after a death, after an orderly end."""
    a, b, c = nodes
    table = await playing(a)
    async with client(a, table, HOST) as ann, client(b, table, GUEST) as bob, client(c, table, HOST) as eve:
        assert isinstance(await ann.send(cmd.Say("1")), Ack)
        a.gate.shut()
        slept = asyncio.create_task(ann.send(cmd.Say("3")))
        assert isinstance(await bob.send(cmd.Say("2")), Ack)
        a.gate.thaw()
        assert isinstance(await slept, Ack)
        await agreed(b, table, ann, bob, eve)
        assert await said(b, table) == ["1", "2", "3"]

        (owner,) = [node for node in nodes if (await node.tables.room(table)).owned]
        owner.kill()
        left = [(node, one) for node, one in zip(nodes, (ann, bob, eve), strict=True) if node is not owner]
        for number, (_, one) in enumerate(left, 4):
            assert isinstance(await one.send(cmd.Say(str(number))), Ack)
        await agreed(left[0][0], table, *(one for _, one in left))
        assert await said(left[0][0], table) == ["1", "2", "3", "4", "5"]

        (going, _), (staying, last) = left
        await going.tables.close()
        going.bus.cut()
        assert isinstance(await last.send(cmd.Say("6")), Ack)
        assert (await staying.tables.room(table)).owned
        await agreed(staying, table, last)


async def test_many_tables_of_the_dead_are_shared_out(nodes: list[Node]) -> None:
    """Each of forty tables has one owner afterwards, and every seat can go on."""
    a, b, c = nodes
    tables = [await playing(a) for _ in range(40)]
    clients = [client(node, table, seat) for table in tables for node, seat in ((b, HOST), (c, GUEST))]
    await asyncio.gather(*(one.__aenter__() for one in clients))
    a.kill()
    replies = await asyncio.gather(*(one.send(cmd.Say("On we go.")) for one in clients))
    assert all(isinstance(reply, Ack) for reply in replies)
    for table, (one, two) in zip(tables, zip(clients[::2], clients[1::2], strict=True), strict=True):
        rooms = [await node.tables.room(table) for node in (b, c)]
        assert sum(room.owned for room in rooms) == 1
        await agreed(b, table, one, two)
        assert await said(b, table) == ["On we go."] * 2
    await asyncio.gather(*(one.__aexit__(None, None, None) for one in clients))
