"""`taleforge say` and `taleforge listen`, as somebody calls them."""

import json
from pathlib import Path

from typer.testing import CliRunner

from taleforge.errors import BadInput
from taleforge.terminal.cli import app
from tests.conftest import Need


def call(*arguments: str) -> tuple[str, BaseException | None]:
    done = CliRunner().invoke(app, [*arguments])
    return done.stdout, done.exception


def test_what_was_said_is_heard(tmp_path: Path, need: Need) -> None:
    """A file is written, and read again."""
    for part in ("espeakng_loader", "pocketsphinx", "soundfile", "soxr"):
        need(part, "pip install 'taleforge[voice]'")
    file = str(tmp_path / "said.flac")
    said, _ = call("say", "open the door", "--voice", "narrator", "--out", file, "--json")
    assert json.loads(said) == {"file": file, "bytes": Path(file).stat().st_size, "voice": "narrator"}
    heard, _ = call("listen", file, "--phrase", "look around", "--phrase", "open the door", "--json")
    assert json.loads(heard)["choices"] == ["open the door", "look around"]


def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    """One that is not there, and one of a kind that nobody writes."""
    missing, unknown = call("listen", "/not/there.wav"), call("say", "Hail", "--out", str(tmp_path / "a.xyz"))
    assert isinstance(missing[1], BadInput)
    assert isinstance(unknown[1], BadInput)
    assert "/not/there.wav" in str(missing[1])
    assert "xyz" in str(unknown[1])
