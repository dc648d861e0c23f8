"""Logging: out of the way of answers, never a secret, readable by people or by machines."""

import asyncio
import io
import json
import logging
import re
import sys
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from taleforge.errors import Misconfigured
from taleforge.settings import Log, LogFormat, LogLevel
from taleforge.telemetry import logging_to, redact
from taleforge.telemetry.context import bind, bound, request_id


def test_json_lines_go_to_the_file_and_nothing_to_the_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A log file keeps the terminal clean, and each of its lines stands alone."""
    file = tmp_path / "logs" / "taleforge.log"
    with logging_to(Log(format="json", level="info", file=file)):
        structlog.get_logger().info("table.opened", table="tbl_1")
        structlog.get_logger().debug("unseen")
    (line,) = file.read_text().splitlines()
    assert json.loads(line).items() >= {"event": "table.opened", "level": "info", "table": "tbl_1"}.items()
    assert capsys.readouterr() == ("", "")


def test_without_a_file_the_log_is_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output belongs to the command line's answers."""
    with logging_to(Log(format="text")):
        structlog.get_logger().warning("disk is nearly full", free_mb=3)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "disk is nearly full" in shown.err
    assert "free_mb=3" in shown.err


def test_a_server_may_log_to_stdout_and_does_not_fail_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    """As containers want it; whoever read there may be gone, and the disk behind it full."""
    with logging_to(Log(format="json"), stream=sys.stdout):
        structlog.get_logger().warning("x")
    assert json.loads(capsys.readouterr().out)["event"] == "x"
    with logging_to(Log(format="json"), stream=Gone()):
        structlog.get_logger().warning("x")


def test_auto_is_json_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    """A captured stream is no terminal, so its lines are for machines."""
    with logging_to(Log(format="auto")):
        structlog.get_logger().warning("x")
    assert json.loads(capsys.readouterr().err)["event"] == "x"


def fail_with(password: str) -> None:
    raise ValueError(f"what was said: {password}")


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_exception_is_named_and_not_quoted(form: LogFormat, capsys: pytest.CaptureFixture[str]) -> None:
    """Its kind and its places are said; its message and its variables can hold what no key names as secret."""
    with logging_to(Log(format=form)):
        try:
            fail_with("hunter2")
        except ValueError:
            structlog.get_logger().exception("failed")
    shown = capsys.readouterr().err
    assert "ValueError" in shown
    assert "fail_with" in shown
    assert "hunter2" not in shown


def test_a_log_file_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    """The sentence names the setting to change."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match=r"Set log\.file"), logging_to(Log(file=tmp_path / "file" / "log")):
        pass


@pytest.mark.parametrize(
    ("level", "serving", "written"),
    [("auto", True, 2), ("auto", False, 1), ("error", True, 0), ("debug", False, 3)],
)
def test_a_server_says_more_than_a_game(level: LogLevel, serving: bool, written: int, tmp_path: Path) -> None:
    """Unless somebody chooses, what is usual is written by servers alone."""
    file = tmp_path / "log"
    with logging_to(Log(level=level, file=file), serving=serving):
        logger = structlog.get_logger()
        for say in (logger.debug, logger.info, logger.warning):
            say("x")
    assert len(file.read_text().splitlines()) == written


def test_production_is_for_machines_also_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer at a terminal reads text; whatever gathers the lines of production finds JSON."""
    for production, wanted in ((True, "{"), (False, "2")):
        terminal = Terminal()
        monkeypatch.setattr("sys.stderr", terminal)
        with logging_to(Log(), production=production):
            structlog.get_logger().warning("x")
        assert re.sub(r"\x1b\[\d*m", "", terminal.getvalue())[0] == wanted


class Gone(io.StringIO):
    """A pipe that nobody reads any more."""

    def write(self, _: str) -> int:
        """Fail as it does."""
        raise BrokenPipeError


class Terminal(io.StringIO):
    """Somebody who looks."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_ids_stand_on_every_line_of_their_block(capsys: pytest.CaptureFixture[str]) -> None:
    """Those of the outer block too; a line that names one itself is believed."""
    with logging_to(Log(format="json", level="info")), bound(request="r1"), bound(table="t1", seat="s1"):
        structlog.get_logger().info("x", seat="s2")
    line = json.loads(capsys.readouterr().err)
    assert (line["request"], line["table"], line["seat"]) == ("r1", "t1", "s2")


async def test_ids_follow_into_tasks_and_not_out_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    """What a task binds for itself, its maker does not see."""

    async def inner() -> None:
        bind(table="t1")
        structlog.get_logger().info("inner")

    with logging_to(Log(format="json", level="info")), bound(request="r1"):
        await asyncio.create_task(inner())
        structlog.get_logger().info("outer")
    within, without = map(json.loads, capsys.readouterr().err.splitlines())
    assert (within["request"], within["table"]) == ("r1", "t1")
    assert "table" not in without


@pytest.mark.parametrize(
    ("given", "kept"),
    [(b"abc-DEF_1.2", True), (None, False), (b"short", False), (b"x" * 65, False), (b"a b c d e f g", False),
     (b"abcdefgh\r\nx: y", False), ("ünsäglich".encode(), False)],
)  # fmt: skip
def test_a_proxys_request_id_is_kept_when_it_looks_like_one(given: bytes | None, kept: bool) -> None:
    """Anything else gets a new one: it goes into a header and into every line."""
    found = request_id(given)
    assert (found.encode() == given) is kept
    assert len(found) >= 8


def test_a_library_is_heard_and_not_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    """Its pattern and its name are kept; what was put in, what it raised, and its lesser lines are not."""
    with logging_to(Log(format="json", level="debug")):
        library = logging.getLogger("websockets.server")
        library.setLevel(logging.DEBUG)
        library.debug("< TEXT %r", "hunter2")
        try:
            fail_with("hunter2")
        except ValueError:
            library.exception("cannot read %r\nhunter2", "hunter2")
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert (said["event"], said["library"], said["said"]) == ("library.said", "websockets.server", "cannot read %r")
    assert said["fault"] == "ValueError"
    assert "hunter2" not in line


def test_a_line_that_is_no_text_is_written_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Half a letter, or a value of a type nobody foresaw, costs no line."""
    with logging_to(Log(format="json")):
        structlog.get_logger().warning("x", odd="\ud800", more=object(), mapping={1: 2})
    assert json.loads(capsys.readouterr().err)["event"] in {"x", "'x'"}


SECRET_KEYS = st.sampled_from(
    ["token", "seat_token", "api-key", "Password", "server_seed", "entropy", "secrets", "key"]
)
PLACES = st.recursive(
    SECRET_KEYS.map(lambda key: {key: "hunter2"}),
    lambda inner: st.dictionaries(st.sampled_from(["a", "b"]), inner, min_size=1) | st.lists(inner, min_size=1),
    max_leaves=4,
)


@given(PLACES)
def test_secrets_are_hidden_however_deep(place: object) -> None:
    """No value under a secret's key is left, in dictionaries within lists within dictionaries."""
    assert "hunter2" not in repr(redact(None, "info", {"event": "x", "d": place}))


def test_what_is_no_secret_stays() -> None:
    """Words that merely contain one are left alone."""
    line = {"event": "token.moved", "monkey": 1, "tokens_left": 2, "keyboard": "us"}
    assert redact(None, "info", dict(line)) == line
