"""The program in a real terminal: what reaches the screen, a window that shrinks, and Ctrl-C at any moment."""

import fcntl
import json
import os
import pty
import random
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE = 40.0
"""Seconds to wait for something to appear; a busy machine is slow, not wrong."""
_STEERING = re.compile(rb"\x1b\[[0-9;?<>=]*\$?[a-zA-Z]|\x1b[()][A-Z0-9]|\x1b[=>]|\x1b\][^\x07]*\x07")


class Terminal:
    """A child with a terminal of its own. `raw` is everything it wrote."""

    def __init__(self, folder: Path, arguments: tuple[str, ...], columns: int, lines: int) -> None:
        self.raw = b""
        environ = {**os.environ, "HOME": str(folder), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for fixed in ("COLUMNS", "LINES"):  # a test runner sets them; a window's size would then never change
            environ.pop(fixed, None)
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:  # the child: becomes the program
            os.chdir(folder)
            os.execve(sys.executable, [sys.executable, "-m", "taleforge", *arguments], environ)
        self.resize(columns, lines)

    def resize(self, columns: int, lines: int) -> None:
        """Change the size of the window, as a person does by its edge."""
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)

    def send(self, text: str) -> None:
        """Type."""
        os.write(self.descriptor, text.encode())

    def listen(self, seconds: float) -> bool:
        """Take what the program writes for so long; whether it still runs."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([self.descriptor], [], [], left)[0]:
                try:
                    chunk = os.read(self.descriptor, 65_536)
                except OSError:
                    return False
                if not chunk:
                    return False
                self.raw += chunk
        return True

    def wait_for(self, text: str, since: int = 0) -> int:
        """Wait until a text has been written after a place in `raw`; returns the place behind it."""
        until = time.monotonic() + PATIENCE
        while text not in self.text(since):
            alive = self.listen(0.1)
            assert alive or text in self.text(since), f"It ended without {text!r}:\n{self.text(since)[-3000:]}"
            assert time.monotonic() < until, f"No {text!r} in:\n{self.text(since)[-3000:]}"
        return len(self.raw)

    def text(self, since: int = 0) -> str:
        """What was written after a place, without what only steers the terminal."""
        return re.sub(" +", " ", _STEERING.sub(b"", self.raw[since:]).decode(errors="replace"))

    def leave(self) -> int:
        """Wait for the end and return the exit status."""
        until = time.monotonic() + PATIENCE
        while self.listen(0.1):
            assert time.monotonic() < until, "It does not end."
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@contextmanager
def terminal(folder: Path, *arguments: str, columns: int = 80, lines: int = 24) -> Iterator[Terminal]:
    at = Terminal(folder, arguments, columns, lines)
    try:
        yield at
    finally:
        os.close(at.descriptor)


def called(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "taleforge", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


NEW = ("play", "--seed", "one", "--character", "marrick", "--companion", "alone", "--data", "d")


def test_the_full_screen_in_a_window_that_shrinks(tmp_path: Path) -> None:
    """Played at 80×24, gone on with at 40×12, left by Ctrl-C: the terminal is given back and the way back is named."""
    with terminal(tmp_path, *NEW) as at:
        at.wait_for("You can")
        at.send("ask the landlady about the boy\r")
        place = at.wait_for("dredger")
        at.resize(40, 12)
        at.wait_for("^T tabs", place)
        at.send("ask the landlady about the tolling\r")
        at.wait_for("pipes", place)
        at.send("\x03")
        assert at.leave() == 130
    assert "\x1b[?1049l" in at.raw.decode(errors="replace")
    assert "Come back with: taleforge play --resume tbl_" in at.text().split("tabs")[-1]
    assert "Traceback" not in at.text()
    replayed = called(tmp_path, "replay", "last", "--data", "d").stdout
    assert "dredger" in replayed
    assert "pipes" in replayed


def test_lines_in_a_terminal_have_a_prompt_and_end_with_control_d(tmp_path: Path) -> None:
    """The line-oriented client for a person at a keyboard; the end of input is a clean way to leave."""
    with terminal(tmp_path, *NEW, "--plain") as at:
        place = at.wait_for("> ")
        at.send("look\n")
        at.wait_for("The landlady:", place)
        at.send("\x04")
        assert at.leave() == 0
    assert "Come back with" in at.text()
    assert "\x1b" not in at.raw.decode(errors="replace")


@pytest.mark.slow  # starts the program fourteen times
@pytest.mark.parametrize("plain", [(), ("--plain",)], ids=["screen", "lines"])
def test_control_c_at_any_moment_loses_nothing(tmp_path: Path, plain: tuple[str, ...]) -> None:
    """Interrupted while starting, typing, waiting for dice: each time the save opens again and its log is sound."""
    chance = random.Random(20261120)
    typed = "roll 1d20" + ("\n" if plain else "\r")
    for sitting in range(3):
        arguments = NEW if sitting == 0 else ("play", "--resume", "last", "--data", "d")
        with terminal(tmp_path, *arguments, *plain) as at:
            if sitting < 2:
                at.wait_for("> " if plain else "You can")
            for _ in range(chance.randrange(4)):
                at.send(typed)
                at.listen(chance.random() * 0.3)
            at.listen(chance.random() * (0.2 if sitting < 2 else 2.5))
            at.send("\x03")
            assert at.leave() in {0, 130, -signal.SIGINT}
        assert "Traceback" not in at.text(), at.text()[-3000:]
        (save,) = json.loads(called(tmp_path, "saves", "--data", "d", "--json").stdout)["saves"]
        assert save["status"] == "playing"
    exported = json.loads(called(tmp_path, "export", "last", "e.tale", "--data", "d", "--json").stdout)
    assert exported["ok"]
    assert exported["rolls"] >= 1
