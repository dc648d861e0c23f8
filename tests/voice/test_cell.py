"""Child processes: whatever happens in one, the request fails with a clear word and the next one is answered."""

import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest

from taleforge.errors import Misconfigured, SpeechFailed
from taleforge.voice.cell import Cells
from taleforge.voice.profiles import profile_of
from taleforge.voice.values import Engine, Sound, Speak

PROGRAM = (sys.executable, "-I", str(Path(__file__).with_name("crasher.py")))
ENGINE = Engine("clips")
ESCAPED = Path("/tmp/taleforge-escaped")


@pytest.fixture
async def cells() -> AsyncGenerator[Cells]:
    """Return one child at a time, that has time enough."""
    made = Cells(ENGINE, 1, 30.0, PROGRAM)
    yield made
    await made.close()


async def said(cells: Cells, text: str) -> bytes:
    async with aclosing(cells.ask(Speak(text, profile_of("x"), "wav"))) as answers:
        return b"".join([piece.data async for piece in answers if isinstance(piece, Sound)])


def kept() -> bytes:
    return ESCAPED.read_bytes() if ESCAPED.exists() else b""


@pytest.mark.parametrize("how", ["segfault", "hoard", "write"])
async def test_a_child_that_dies_fails_its_request_alone(cells: Cells, how: str) -> None:
    """A crash in native code, too much memory, a file that is not to be written: the next one is answered."""
    with pytest.raises(SpeechFailed):
        await said(cells, how)
    assert await said(cells, "hello") == b"hello"
    assert not kept()


async def test_a_child_that_died_while_it_was_idle_fails_nobody(cells: Cells) -> None:
    """As one does that the system ends for its memory."""
    pid = int(await said(cells, "pid"))
    os.kill(pid, signal.SIGKILL)
    await cells._idle[0]._process.wait()
    assert int(await said(cells, "pid")) != pid


async def test_a_child_knows_no_secrets(cells: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of our environment reaches it."""
    monkeypatch.setenv("TALEFORGE_SERVE_SECRET", "hush")
    told = await said(cells, "secrets")
    assert b"hush" not in told
    assert b"TALEFORGE" not in told


async def test_a_child_on_a_graphics_card_knows_where_its_libraries_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """An image has them beside those of the system; a child on the processor needs none."""
    monkeypatch.setenv("LD_LIBRARY_PATH", "/of/the/card")
    for device in ("cuda", "cpu"):
        cells = Cells(Engine("clips", device=device), 1, 30.0, PROGRAM)
        assert (b"/of/the/card" in await said(cells, "secrets")) == (device == "cuda")
        await cells.close()


async def test_a_child_stands_back_for_others() -> None:
    """As far as it is told to, from where we are."""
    wanted = min(19, os.nice(0) + 1)
    cells = Cells(Engine("clips", niceness=wanted), 1, 30.0, PROGRAM)
    assert await said(cells, "niceness") == str(wanted).encode()
    await cells.close()


async def test_an_error_comes_back_as_itself(cells: Cells) -> None:
    """What a child refuses is refused here with the same words, and the child goes on."""
    with pytest.raises(Misconfigured, match=r"It is wrong\. Put it right\."):
        await said(cells, "raise")
    assert await said(cells, "hello") == b"hello"


async def test_whoever_leaves_early_leaves_no_rest(cells: Cells) -> None:
    """An answer that nobody reads to its end is not taken for the next one's."""
    async with aclosing(cells.ask(Speak("first", profile_of("x"), "wav"))) as answers:
        await anext(answers)
    assert await said(cells, "second") == b"second"


async def test_a_child_without_end_is_killed() -> None:
    """Whoever asked is told after the patience that was set."""
    with pytest.raises(SpeechFailed, match=r"more than 0\.05 seconds"):
        await said(Cells(ENGINE, 1, 0.05, PROGRAM), "hang")


async def test_a_program_that_is_not_there_is_no_crash() -> None:
    """It is the same failure as any other."""
    with pytest.raises(SpeechFailed):
        await said(Cells(ENGINE, 1, 1.0, ("/nowhere/at/all",)), "hello")
