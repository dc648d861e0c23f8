"""The parent of several workers, with small programs in their place; and the workers' figures as one text."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from taleforge.api import workers
from taleforge.api.crew import Crew
from taleforge.api.measures import CONTENT_TYPE
from taleforge.api.production import refuse
from taleforge.api.workers import Parent
from taleforge.errors import Misconfigured, TaleforgeError, Unavailable
from taleforge.settings import Redis, Serve, Settings, Store

SERVES = """echo "$$" >> "$1.pids"; echo '{"address": "http://here"}'; """
PATIENCE = 20.0


def program(script: str) -> list[str]:
    """Return a command of the shell that is given the worker's file as `$1`."""
    return ["sh", "-c", script, "sh"]


async def announced(parent: Parent, then: Callable[[str], None]) -> None:
    async with asyncio.timeout(PATIENCE):
        await parent.run(lambda address, _: then(address))


def files(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


def end(_: str) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


async def test_all_workers_serve_before_it_is_announced(tmp_path: Path) -> None:
    """And all are told to end when the parent is."""
    heard: list[str] = []

    def say(address: str) -> None:
        heard.append(address)
        assert [(tmp_path / f"{number}.pids").exists() for number in (1, 2)] == [True, True]
        end(address)

    await announced(Parent(program(SERVES + "exec sleep 60"), tmp_path, 2), say)
    assert heard == ["http://here"]
    for number in (1, 2):
        with pytest.raises(ProcessLookupError):
            os.kill(int((tmp_path / f"{number}.pids").read_text()), 0)


async def test_workers_that_end_at_once_again_and_again_are_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some attempts, with their last status; none is left."""
    monkeypatch.setattr(workers, "PAUSE", 0.0)
    with pytest.raises(Unavailable, match="the last one with status 3"):
        await announced(Parent(program(SERVES + "exit 3"), tmp_path, 1), lambda _: None)
    assert len((tmp_path / "1.pids").read_text().splitlines()) == workers.MOST_FALLS


@pytest.mark.parametrize(("status", "kind"), [(78, Misconfigured), (1, Unavailable)])
async def test_a_first_worker_that_cannot_begin_is_not_tried_twice(
    status: int, kind: type[TaleforgeError], tmp_path: Path
) -> None:
    """Wrong settings are not better the second time."""
    with pytest.raises(kind, match="as soon as they start"):
        await announced(Parent(program(f"echo x >> $1.pids; exit {status}"), tmp_path, 2), lambda _: None)
    assert files(tmp_path) == ["1.pids"]


async def test_a_worker_that_cannot_be_replaced_stays(tmp_path: Path) -> None:
    """SIGHUP with settings that are broken meanwhile: who serves goes on."""
    once = '[ -e "$1.pids" ] && { touch "$1.refused"; exit 78; }; '
    parent = Parent(program(once + SERVES + "exec sleep 60"), tmp_path, 1)

    async def look() -> None:
        while not (tmp_path / "1.refused").exists():  # noqa: ASYNC110  # another process makes it
            await asyncio.sleep(0.01)
        os.kill(int((tmp_path / "1.pids").read_text()), 0)
        end("")

    tasks: list[asyncio.Task[None]] = []

    def renew(_: str) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        tasks.append(asyncio.create_task(look()))

    await announced(parent, renew)
    await asyncio.gather(*tasks)


async def test_a_worker_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After it was asked, and given time."""
    monkeypatch.setattr(workers, "PATIENCE", 0.05)
    await announced(Parent(program("trap '' TERM; " + SERVES + "sleep 60 & wait; wait"), tmp_path, 1), end)


async def test_figures_of_all_workers_are_one_text(tmp_path: Path) -> None:
    """Each family once, each sample with the number of its worker; one that is gone is left out."""

    def figures(requests: int) -> Callable[[], bytes]:
        text = f"""# HELP asked_total Requests.
# TYPE asked_total counter
asked_total{{route="/\\"x"}} {requests}.0
# HELP taken Time.
# TYPE taken histogram
taken_bucket{{le="1.0"}} 1.0
taken_bucket{{le="+Inf"}} {requests}.0
taken_count {requests}.0
taken_sum 2.5
"""
        return text.encode

    crew = [Crew(tmp_path / str(number), figures(number)) for number in (1, 2, 3)]
    for each in crew:
        await each.open()
    await crew[2].close()
    text = (await crew[0].figures()).decode()
    assert await crew[1].count() == 2
    assert text.count("# TYPE asked_total counter") == text.count("# TYPE taken histogram") == 1
    assert 'asked_total{route="/\\"x",worker="1"} 1.0' in text
    assert 'asked_total{route="/\\"x",worker="2"} 2.0' in text
    assert 'taken_bucket{le="+Inf",worker="2"} 2.0' in text
    assert 'worker="3"' not in text
    assert "0.0.4" in CONTENT_TYPE
    newer = Crew(tmp_path / "2", figures(7))
    await newer.open()
    assert 'asked_total{route="/\\"x",worker="2"} 7.0' in (await crew[0].figures()).decode()
    for each in (crew[0], crew[1], newer):
        await each.close()


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (Settings(serve=Serve(workers=2), redis=Redis(url="redis://here")), "store.url"),
        (Settings(serve=Serve(workers=2), store=Store(url="postgresql://here/x")), "redis.url"),
    ],
)
def test_several_workers_need_what_they_share(settings: Settings, named: str) -> None:
    """The sentence says which setting is missing, and only that."""
    with pytest.raises(Misconfigured) as refused:
        refuse(settings)
    assert f"set {named}" in str(refused.value)
    assert "(2)" not in str(refused.value)
