"""Lines from a pipe, whatever is in them."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from taleforge.terminal.stdin import LONGEST, Lines


async def lines_of(data: bytes) -> AsyncIterator[str]:
    reading, writing = os.pipe()

    async def write() -> None:
        await asyncio.to_thread(os.write, writing, data)
        os.close(writing)

    lines = Lines(reading)
    writer = asyncio.create_task(write())
    while (line := await lines.read()) is not None:
        yield line
    await writer
    os.close(reading)


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"look\nquit\n", ["look", "quit"]),
        (b"look\r\nquit", ["look", "quit"]),
        (b"\n\nlook\n", ["", "", "look"]),
        ("größer\n".encode(), ["größer"]),
    ],
)
async def test_lines_end_where_they_should(data: bytes, lines: list[str]) -> None:
    """With or without a last line end, from Windows or not."""
    assert [line async for line in lines_of(data)] == lines


async def test_bytes_that_are_no_text_are_marked_and_read_on() -> None:
    """Binary does not stop the reading."""
    assert [line async for line in lines_of(b"\xff\xfe\x00\nlook\n")] == ["\ufffd\ufffd\x00", "look"]


async def test_an_endless_line_is_cut() -> None:
    """No line takes more memory than its limit, and the next one is whole."""
    found = [line async for line in lines_of(b"a" * (LONGEST + 5000) + b"\nlook\n")]
    assert [len(found[0]), found[1]] == [LONGEST, "look"]
