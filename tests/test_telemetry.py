"""Logging: never on standard output, never a secret, readable by people or by machines."""

import json
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from taleforge.errors import Misconfigured
from taleforge.settings import Log, LogFormat
from taleforge.telemetry import logging_to, redact


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


def test_auto_is_json_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    """A captured stream is no terminal, so its lines are for machines."""
    with logging_to(Log(format="auto")):
        structlog.get_logger().warning("x")
    assert json.loads(capsys.readouterr().err)["event"] == "x"


def fail_with(password: str) -> None:
    raise ValueError(len(password))


@pytest.mark.parametrize("form", ["text", "json"])
def test_tracebacks_keep_local_variables_to_themselves(form: LogFormat, capsys: pytest.CaptureFixture[str]) -> None:
    """A local variable can hold what no key names as secret."""
    with logging_to(Log(format=form)):
        try:
            fail_with("hunter2")
        except ValueError:
            structlog.get_logger().exception("failed")
    shown = capsys.readouterr().err
    assert "ValueError" in shown
    assert "hunter2" not in shown.replace('fail_with("hunter2")', "")


def test_a_log_file_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    """The sentence names the setting to change."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match=r"Set log\.file"), logging_to(Log(file=tmp_path / "file" / "log")):
        pass


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
