"""What a store has to do is counted, and said when it takes too long or comes and goes."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from taleforge.store import workload
from taleforge.store.sqlite import open_store
from taleforge.store.workload import Workload


def test_what_takes_too_long_is_said_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what it was, and how much waited; what is quick is not."""
    load = Workload()
    with capture_logs() as lines:
        with load.doing("read"):
            assert load.waiting == 1
        monkeypatch.setattr(workload, "SLOW", -1.0)
        with pytest.raises(ValueError, match="x"), load.doing("write"):
            raise ValueError("x")
    assert [(line["event"], line["what"], line["waiting"]) for line in lines] == [("store.slow", "write", 0)]
    assert load.slow.counts == {("write",): 1}


def test_a_database_that_goes_and_comes_is_said_once_each() -> None:
    """However often somebody asked meanwhile."""
    load = Workload()
    with capture_logs() as lines:
        for _ in range(3):
            load.lost("postgresql://db/x")
        for _ in range(3):
            load.back("postgresql://db/x")
    assert [line["event"] for line in lines] == ["store.lost", "store.back"]
    assert load.reconnects == 1


async def test_writes_that_share_a_transaction_are_one_batch(tmp_path: Path) -> None:
    """Everything that was written is in some batch, and nothing waits in the end."""
    store = await open_store(tmp_path, fsync=False)
    await asyncio.gather(*(store.put_seed("tbl_1", f"c{number}", b"x") for number in range(20)))
    assert store.workload.batches.total == 20
    assert 1 <= store.workload.batches.buckets()[-1][1] <= 20
    assert store.workload.waiting == 0
    assert store.connections == {}
    await store.close()
