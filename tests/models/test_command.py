"""`taleforge models` shows what is configured and how it is, asks it something, and leaves with a useful status."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from taleforge.bootstrap import survey
from taleforge.models.values import Sight, Survey
from taleforge.settings import load
from taleforge.terminal.cli.models import _told
from tests.openai_double import Double, Failing, saying

KEY = "sk-very-secret"


async def called(folder: Path, *arguments: str, url: str) -> tuple[int, str, str]:
    """Call the command line while a double answers; return status, output and errors."""
    environ = {**os.environ, "HOME": str(folder), "TALEFORGE_MODEL_URL": url, "TALEFORGE_MODEL_KEY": KEY}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "taleforge", *arguments, env=environ, cwd=folder, stdout=-1, stderr=-1
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


@pytest.mark.slow  # starts the program four times
async def test_a_host_looks_and_asks(tmp_path: Path) -> None:
    """The list, a trial as it comes, a trial as JSON, a trial that fails; a key is never shown."""
    async with Double(saying("The door creaks.")) as double:
        listed, asked, failed = await asyncio.gather(
            called(tmp_path, "--set", "model.spares=other", "models", url=double.url),
            called(tmp_path, "models", "test", "A door?", "--json", url=double.url),
            called(tmp_path, "models", url="http://127.0.0.1:1/v1"),
        )
        assert listed[0] == 1
        assert "1. tiny at 127.0.0.1" in listed[1]
        assert ": well" in listed[1]
        assert "has no model other" in listed[1]
        assert "3. the built-in narrator" in listed[1]
        assert (asked[0], json.loads(asked[1])["text"]) == (0, "The door creaks.")
        assert double.chats[0].prompt == "A door?"
        assert (failed[0], failed[1].splitlines()[0]) == (
            75, "1. the first model at 127.0.0.1:1: FAILED. The model at 127.0.0.1:1 cannot be reached.",
        )  # fmt: skip
        assert KEY not in repr((listed, asked, failed))
        double.reply = lambda _: Failing("status_500")
        status, out, err = await called(tmp_path, "models", "test", url=double.url)
        assert (status, out) == (75, "")
        assert "answered with status 500" in err


async def test_what_is_configured_is_told(tmp_path: Path) -> None:
    """No model, a model that is not asked, one for embeddings."""
    assert _told(Survey("grammar")) == [
        "No model is configured: the built-in narrator tells. Set model.url to have one."
    ]
    well = Sight("tiny at localhost", True, True, 3.2, "tiny", 8192)
    assert _told(Survey("grammar", (well,), well)) == [
        "1. tiny at localhost: well, 3 ms, context 8192 tokens",
        "2. none of them is asked: narrator.kind is grammar",
        "For embeddings: tiny at localhost: well, 3 ms, context 8192 tokens",
    ]


@pytest.mark.parametrize(("kind", "narrator"), [("auto", "model"), ("model", "model"), ("grammar", "grammar")])
async def test_who_tells_is_a_setting(kind: str, narrator: str) -> None:
    """`auto` takes the model that is named."""
    async with Double(saying("")) as double:
        found = await survey(
            load({}, {"model.url": double.url, "narrator.kind": kind, "model.embedding": "tiny"}, None)
        )
        assert found.narrator == narrator
        assert found.embedding is not None
        assert found.embedding.found
