"""The benchmark table says what was measured, what was wanted, and whether it was met."""

import pytest

from benchmarks import bench_load, evening
from benchmarks.__main__ import merged, report, titled
from benchmarks.measure import Ratio, Time, seconds


def test_a_row_shows_its_time_in_yardsticks_and_its_verdict() -> None:
    """Times can be compared between machines by the yardstick beside them."""
    text = "\n".join(report({"dice": [Time("roll", 2e-6, at_most=1e-6), Time("odds", 3e-3)]}, fixed=1e-3))
    assert "| roll | 2 µs (500,000/s) | 0.002 | ≤ 1 µs | **missed** |" in text
    assert "| odds | 3 ms (333/s) | 3 |  |  |" in text


def test_a_lead_is_shown_as_a_ratio() -> None:
    """A rival is measured in the same run, so the ratio needs no yardstick."""
    text = "\n".join(report({"dice": [Ratio("8d6", 5.4, at_least=5)]}, fixed=1e-3))
    assert "| 8d6 | 5.40 × | | ≥ 5 × | met |" in text


def test_what_was_not_measured_stays_on_the_page() -> None:
    """A module by itself takes the place of its own section; after a whole run the head is new as well."""
    before = "# Results\n\nan old machine\n\n## a\n\n1\n\n## c\n\n3\n"
    after = "# Results\n\nthis machine\n\n## b\n\n2\n\n## c\n\n4\n"
    assert merged(before, after, whole=False) == "# Results\n\nan old machine\n\n## a\n\n1\n\n## b\n\n2\n\n## c\n\n4\n"
    assert merged(before, after, whole=True).startswith("# Results\n\nthis machine\n\n## a")


def test_crowds_of_other_sizes_keep_their_sections(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small crowd does not take the place of a large one."""
    titles: set[str] = set()
    for seats, workers in ("10000", "1"), ("40", "1"), ("20000", "2"):
        monkeypatch.setenv("LOAD_SEATS", seats)
        monkeypatch.setenv("LOAD_WORKERS", workers)
        titles.add(titled("bench_load", bench_load))
    assert titles == {f"bench_load: {size}" for size in ("10000 seats", "40 seats", "20000 seats of 2 processes")}
    assert titled("evening", evening) == "evening"


def test_a_call_is_made_once_more_than_measured_in_batches() -> None:
    """The first batch warms up and is not counted."""
    calls: list[int] = []
    assert seconds(lambda: calls.append(1), repeats=3, batch=5) >= 0
    assert len(calls) == 20
