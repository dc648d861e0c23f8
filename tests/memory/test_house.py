"""Recall in a whole house, with a model server that places texts: by jobs, and never waiting for them."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from taleforge.bootstrap import House, build
from taleforge.bootstrap import memory as module
from taleforge.errors import Misconfigured
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack
from taleforge.settings import Data, Memory, Model, Narrator, Settings
from taleforge.settings import Store as StoreSettings
from taleforge.terminal.cli import app
from tests.openai_double import Double, saying

pytestmark = pytest.mark.slow  # whole houses


def settings(folder: Path, double: Double, **memory: object) -> Settings:
    return Settings(
        data=Data(folder=folder), store=StoreSettings(fsync=False), narrator=Narrator(kind="grammar"),
        model=Model(url=double.url, embedding="nomic"), memory=msgspec.convert({"least": -1.0} | memory, Memory),
    )  # fmt: skip


async def played(house: House) -> tuple[str, str]:
    """Lay a table and say something there; return it, and the seat."""
    table = await house.open_table("bell_beneath")
    seat = house.new_seat()
    async with house.client(table, seat) as client:
        for data in (cmd.Sit(next(iter(client.view.pregens)), "Ann"), cmd.Ready(), cmd.Say("A pipe of brass.")):
            assert isinstance(await client.send(data), Ack)
    return table, seat


async def until_both(house: House, table: str, seat: str) -> None:
    """Search until it goes by meaning and the index is whole."""
    async with asyncio.timeout(20):
        while not (house.jobs and house.jobs.counts.get(("memory", "done"))):
            await house.recollection.recall(table, "brass", [seat])
            await asyncio.sleep(0.02)


async def test_memories_are_placed_by_a_job_and_found_by_meaning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first search finds by words and asks for a job; where the model is gone, words find alone."""
    monkeypatch.setattr(module, "EVERY", 1)
    async with Double(saying("Hm.")) as double, build(settings(tmp_path, double)) as house:
        table, seat = await played(house)
        [first, *_] = await house.recollection.recall(table, "brass", [seat])
        assert first.entry.text == "A pipe of brass."
        await until_both(house, table, seat)
        assert house.meaning is not None
        assert house.meaning.made > 3
        found = await house.recollection.recall(table, "brass pipe", [seat], 99)
        assert len(found) == len({one.entry for one in found}) > 3
    async with build(settings(tmp_path, double, seconds=0.2)) as house:
        [first, *_] = await house.recollection.recall(table, "brass", [seat])
        assert first.entry.text == "A pipe of brass."
        assert house.recollection.searches == {"words": 1}


async def test_the_index_is_made_anew_by_a_command(tmp_path: Path) -> None:
    """For one table or all; of what is not there it says so."""
    async with Double(saying("Hm.")) as double:
        async with build(settings(tmp_path, double)) as house:
            table, _ = await played(house)
        words = [
            *(word for each in (f"data.folder={tmp_path}", f"model.url={double.url}") for word in ("--set", each)),
            "--set", "model.embedding=nomic", "memory", "reindex",
        ]  # fmt: skip
        said = await asyncio.to_thread(CliRunner().invoke, app, [*words, "--json"])
        made = msgspec.json.decode(said.stdout)
        assert made[table] > 3
        again = await asyncio.to_thread(CliRunner().invoke, app, [*words, table])
        assert again.stdout == f"{made[table]} memories of 1 tables can be found by their meaning.\n"
        unknown = await asyncio.to_thread(CliRunner().invoke, app, [*words, "tbl_none"])
        assert "no table tbl_none" in str(unknown.exception)


@pytest.mark.parametrize(
    ("memory", "named"),
    [
        ({"embedder": "server"}, "model.embedding"),
        ({"embedder": "onnx"}, "memory.model"),
        ({"embedder": "onnx", "model": Path("/nowhere")}, "model.onnx"),
        ({"embedder": "server", "qdrant": "localhost:6333"}, "memory.qdrant"),
    ],
)
async def test_what_cannot_be_is_refused_at_the_start(memory: dict[str, object], named: str, tmp_path: Path) -> None:
    """With the setting that is to be corrected."""
    async with Double(saying("Hm.")) as double:
        given = settings(tmp_path, double, **memory)
        if named == "model.embedding":
            given = msgspec.structs.replace(given, model=Model())
        with pytest.raises(Misconfigured, match=named.replace(".", r"\.")):
            async with build(given):
                pass
