"""What control groups say of memory, in files as Linux writes them."""

from pathlib import Path

import pytest

from taleforge.telemetry.container import Memory, memory

STAT = "anon 70\nfile 40\n{idle} 30\nactive_file 10\n"
SECOND = {"memory.current": "110\n", "memory.max": "1073741824\n", "memory.stat": STAT.format(idle="inactive_file")}
FIRST = {
    "memory/memory.usage_in_bytes": "110\n", "memory/memory.limit_in_bytes": "1073741824\n",
    "memory/memory.stat": STAT.format(idle="inactive_file 7\ntotal_inactive_file"),
}  # fmt: skip


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("files", [SECOND, FIRST])
def test_what_is_used_is_without_files_that_nobody_would_miss(files: dict[str, str], tmp_path: Path) -> None:
    """By either version of control groups."""
    assert memory(written(tmp_path, files)) == Memory(80, 1 << 30)


@pytest.mark.parametrize(
    "files",
    [
        {},
        SECOND | {"memory.max": "max\n"},
        FIRST | {"memory/memory.limit_in_bytes": "9223372036854771712\n"},
        SECOND | {"memory.stat": "anon 70\n"},
        SECOND | {"memory.current": "?"},
    ],
)
def test_nothing_is_said_where_nothing_is_known(files: dict[str, str], tmp_path: Path) -> None:
    """No container, no limit, or files of a kind that we do not know."""
    assert memory(written(tmp_path, files)) is None
