"""deploy/pull_models.py has an Ollama fetch what is missing, on a double that speaks Ollama's own API."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.programs import ollama, program

FAULTS = ("status", "error", "broken", "garbage", "stall")


@contextmanager
def serving(folder: Path, *faults: str | None) -> Iterator[Any]:
    double = ollama().Double(("127.0.0.1", 0), folder, list(faults))
    thread = threading.Thread(target=double.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield double
    finally:
        double.ended.set()
        double.shutdown()
        double.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that only rests move on; how long each rest was."""
    found: list[float] = []
    monkeypatch.setattr(program("pull_models").time, "sleep", found.append)
    monkeypatch.setattr(program("pull_models").time, "monotonic", lambda: sum(found))
    return found


def run(double: Any, names: str, monkeypatch: pytest.MonkeyPatch, patience: int = 100) -> int:
    monkeypatch.setenv("OLLAMA_URL", f"http://127.0.0.1:{double.server_port}")
    monkeypatch.setenv("MODELS", names)
    monkeypatch.setenv("MODELS_PATIENCE", str(patience))
    return program("pull_models").main([])


def test_what_is_missing_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name without a tag is the latest; a second run fetches nothing, and one more name fetches that."""
    with serving(tmp_path) as double:
        assert run(double, "tiny:1b, embed", monkeypatch) == 0
        assert double.models == ["tiny:1b", "embed:latest"]
        assert run(double, "tiny:1b embed", monkeypatch) == 0
        assert run(double, "tiny:1b embed other:2b", monkeypatch) == 0
        assert double.pulled == ["tiny:1b", "embed", "other:2b"]


@pytest.mark.parametrize("fault", FAULTS)
def test_what_fails_is_tried_again(
    fault: str, tmp_path: Path, rests: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal, a fault in the middle, a connection that breaks or stalls, a page: at once the others, then again."""
    if fault == "stall":
        monkeypatch.setattr(program("pull_models"), "Ollama", lambda url: OLLAMA(url, stall=0.5))
    with serving(tmp_path, fault) as double:
        assert run(double, "tiny:1b embed:1", monkeypatch) == 0
        assert double.pulled == ["tiny:1b", "embed:1", "tiny:1b"]
    assert rests == [1.0]


OLLAMA = program("pull_models").Ollama


def test_it_gives_up_in_time_and_says_what_is_missing(
    tmp_path: Path, rests: list[float], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With longer and longer rests; what could be fetched is there."""
    with serving(tmp_path, "error", None, *["error"] * 20) as double:
        assert run(double, "wrong:1b right:1b", monkeypatch) == 1
        assert double.models == ["right:1b"]
    assert rests == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]
    assert "wrong:1b is not there. Is its name right" in capsys.readouterr().err


def test_a_server_that_is_not_up_yet_is_waited_for(rests: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens: as long as it may take, and no longer."""
    monkeypatch.setenv("OLLAMA_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("MODELS", "tiny")
    monkeypatch.setenv("MODELS_PATIENCE", "10")
    assert program("pull_models").main([]) == 1
    assert sum(rests) <= 10


def test_it_looks_again_each_day(tmp_path: Path, rests: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody has taken away meanwhile is fetched anew; it ends only when something cannot be had."""
    monkeypatch.setenv("MODELS", "tiny:1b")
    monkeypatch.setenv("MODELS_PATIENCE", "100")
    with serving(tmp_path) as double:
        monkeypatch.setenv("OLLAMA_URL", f"http://127.0.0.1:{double.server_port}")

        def a_day_goes_by(seconds: float) -> None:
            rests.append(seconds)
            next(tmp_path.glob("*.model")).unlink()
            double.faults += ["error"] * (100 if len(double.pulled) == 2 else 0)
            monkeypatch.setattr(program("pull_models").time, "sleep", rests.append if double.faults else a_day_goes_by)

        monkeypatch.setattr(program("pull_models").time, "sleep", a_day_goes_by)
        assert program("pull_models").main(["--stay"]) == 1
        assert double.pulled[:2] == ["tiny:1b", "tiny:1b"]
    assert rests[:2] == [86_400.0, 86_400.0]
