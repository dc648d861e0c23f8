"""A process that does jobs, beside those that serve tables."""

import os
from pathlib import Path

import pytest

from tests.jobs.crew import Worker
from tests.postgresql import Server as PostgreSQL
from tests.redis import Server as Redis

pytestmark = pytest.mark.services


def nicenesses(pid: int) -> set[int]:
    """Return how far each thread of a process stands back."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return {os.getpriority(os.PRIO_PROCESS, int(thread.name)) for thread in threads}


async def test_a_worker_stands_back_for_tables(postgresql: PostgreSQL, redis: Redis, tmp_path: Path) -> None:
    """As far as the setting says, with every thread that it has."""
    shared = redis.settings()
    settings = [f"store.url={postgresql.database()}", f"redis.url={shared.url}", f"redis.prefix={shared.prefix}"]
    async with Worker(tmp_path, [*settings, "jobs.niceness=7"]) as worker:
        await worker.begin()
        assert nicenesses(worker.pid) == {7}
        await worker.end()
