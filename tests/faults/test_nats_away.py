"""Tables with seats at two servers that hear each other by NATS, while that is killed, frozen and back."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from random import Random

import httpx
import pytest

from taleforge.messages.codes import Code
from tests import nats as nats_server
from tests.conftest import Need
from tests.faults.evening import Evening, evening, until
from tests.faults.house import PATIENCE, House
from tests.nats import Server as Nats
from tests.postgresql import Server as PostgreSQL

pytestmark = pytest.mark.services
TIMES = 2
DEEDS = 40


@pytest.fixture
def nats(need: Need) -> Iterator[Nats]:
    """A NATS server of one test alone."""
    if nats_server.program() is None:
        need(nats_server.PROGRAM, nats_server.HOW)
    with nats_server.running() as started:
        yield started


@asynccontextmanager
async def two_houses(folder: Path, store: str, nats: Nats) -> AsyncGenerator[tuple[House, House]]:
    """Return two servers of one database, which have no Redis."""
    settings = f"store.url={store}", f"nats.url={nats.url}", "nats.timeout=0.2"
    async with House(folder, *settings) as one, House(folder, *settings) as other:
        await asyncio.gather(one.begin(), other.begin())
        yield one, other
        await asyncio.gather(one.end(), other.end())


@contextmanager
def dead(nats: Nats) -> Iterator[None]:
    """Within the block the server is gone."""
    nats.kill()
    try:
        yield
    finally:
        nats.start()


async def without(played: Evening, houses: tuple[House, House]) -> None:
    """Play while nothing is heard: whoever is where a table is owned goes on, and others see it in the log."""
    unheard = played.refused(Code.STORE_UNAVAILABLE)
    await played.go_on_at_tables()
    await until(lambda: played.refused(Code.STORE_UNAVAILABLE) > unheard or played.over)
    await all_say(houses, "degraded", "failed")
    await played.check()
    played.gate.set()


async def all_say(houses: tuple[House, House], status: str, nats: str) -> None:
    """Return when every server says of itself and of NATS that they are so."""
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient(trust_env=False) as http:
        for house in houses:
            said = {}
            while (said.get("status"), said.get("checks", {}).get("nats", {}).get("status")) != (status, nats):
                said = (await http.get(f"{house.address}/health")).json()
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("how", ["dead", "frozen"])
async def test_nothing_is_lost_without_nats(how: str, nats: Nats, postgresql: PostgreSQL, tmp_path: Path) -> None:
    """What was acknowledged is in the log once; all see the same, without NATS and when it is back."""
    random, store = Random(4), postgresql.database()
    async with two_houses(tmp_path, store, nats) as houses, evening(houses, random, store) as played:
        played.gate.set()
        for _ in range(TIMES):
            await played.more(DEEDS)
            with dead(nats) if how == "dead" else nats.frozen():
                await without(played, houses)
            await all_say(houses, "ok", "ok")
            for house in houses:
                await played.go_on_at(house)
            await played.check()
            await played.fill()
            played.gate.set()
        assert played.acknowledged > TIMES * DEEDS
        assert played.refused(Code.STORE_UNAVAILABLE), "somebody's table was owned where they could not be heard"
