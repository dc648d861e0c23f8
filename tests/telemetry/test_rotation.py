"""A log file that is begun anew at its size, alone and beside other processes, and a disk that is full."""

import multiprocessing
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge.telemetry.rotation import RotatingFile


def lines(file: Path) -> list[str]:
    """Return the lines of a log file and of its older ones, oldest first."""
    older = sorted(file.parent.glob(f"{file.name}.*"), key=lambda path: -int(path.suffix[1:]))
    return [line for path in [*older, file] for line in path.read_text().splitlines()]


@given(st.lists(st.integers(1, 60), max_size=60), st.integers(1, 4))
def test_what_is_kept_is_the_end_of_what_was_written(sizes: list[int], keep: int) -> None:
    """No line is torn, doubled or left out; no file is larger than allowed, unless by one line; no more are kept."""
    folder = Path(os.environ["HOME"]) / f"logs-{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("log*"):
        old.unlink()
    file = RotatingFile(folder / "log", 100, keep)
    written = [f"{number}".rjust(size, "-") for number, size in enumerate(sizes)]
    for line in written:
        file.write(f"{line}\n")
    file.close()
    kept = lines(folder / "log")
    assert kept == written[len(written) - len(kept) :]
    found = list(folder.glob("log*"))
    assert len(found) <= keep
    assert all(path.stat().st_size <= 100 for path in found)
    if sum(map(len, written)) + len(written) <= 100:
        assert kept == written


def write_many(path: Path, name: str) -> None:
    file = RotatingFile(path, 4_000, 50)
    for number in range(400):
        file.write(f"{name} {number}\n")
    file.close()


def test_several_processes_share_a_file(tmp_path: Path) -> None:
    """Every line of each is there once and whole, however often the file is moved on under the others."""
    path = tmp_path / "log"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=write_many, args=(path, name)) for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    found = [line.split() for line in lines(path)]
    for name in "abc":
        assert sorted(int(number) for who, number in found if who == name) == list(range(400))
    assert (tmp_path / "log.1").exists()


def test_a_file_that_was_moved_away_is_begun_anew(tmp_path: Path) -> None:
    """As other programs that rotate logs do."""
    file = RotatingFile(tmp_path / "log", 1_000, 2)
    file.write("one\n")
    (tmp_path / "log").rename(tmp_path / "elsewhere")
    file.write("two\n")
    file.close()
    assert (tmp_path / "log").read_text() == "two\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_costs_lines_and_nothing_else() -> None:
    """Lost lines are counted; whoever writes them does not notice."""
    file = RotatingFile(Path("/dev/full"), 1_000, 2)
    file.write("one\n")
    file.write("two\n")
    file.close()
    assert file.lost == 2


def test_others_on_the_machine_cannot_read_it(tmp_path: Path) -> None:
    """Its lines name people by their ids."""
    RotatingFile(tmp_path / "log", 1_000, 2).close()
    assert (tmp_path / "log").stat().st_mode & 0o007 == 0
