"""Evenings told by a model that does its work: to their end, cut off in between, and on a share of tokens."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from taleforge.accounts.spending import TOKENS
from taleforge.bootstrap import House, build
from taleforge.messages import commands as cmd
from taleforge.messages.brief import Prose
from taleforge.messages.commands import Ack
from taleforge.settings import Settings, load
from taleforge.terminal.lobby import Wishes
from tests.narration.model_sayings import honest
from tests.openai_double import Double
from tests.play.evening import Player, evening

MARRICK = Wishes(character="marrick", companion="oswin")
NAILED = ("whether she has work", "hammer and nails", "Nail the cellar", "Shake the boy off")


def settings(folder: Path, url: str, **more: str) -> Settings:
    """Return settings with a model."""
    hurried = {"model.first_seconds": "0.1", "model.between_seconds": "0.1", "model.connect_seconds": "1"}
    given = {
        "data.folder": str(folder),
        "store.fsync": "false",
        "model.url": url,
        "model.key": "sk-0123456789",
        **hurried,
    }
    return load({}, given | {f"model.{name}": value for name, value in more.items()}, None)


async def played(folder: Path, double: Double, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[Prose]]:
    """Play the short evening through the terminal; return how it ended, and what was told."""
    chosen = settings(folder, double.url)
    monkeypatch.setattr("tests.play.evening.settings", lambda _: chosen)
    _, session = await evening(folder, "one", MARRICK, Player(NAILED))
    async with build(chosen) as house:
        prose = await house.services.log.read_prose(session.view.table.id)
    return session.view.table.ending or "", prose


@pytest.mark.slow  # a whole evening, as `tests/play` has it every day with no model
async def test_an_evening_told_by_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To its end, in the model's words, with those of the pack in them."""
    async with Double(honest) as double:
        ending, prose = await played(tmp_path, double, monkeypatch)
    assert ending == "nailed"
    told = Counter(one.narrator for one in prose)
    assert told["model"] >= 4
    assert any("As it happens." in one.text for one in prose if one.narrator == "model")
    assert all("[1]" not in one.text for one in prose)


async def seated(house: House) -> tuple[str, str]:
    """Sit somebody down at a new table; return table and seat."""
    table, seat = await house.open_table("bell_beneath"), house.new_seat()
    async with house.client(table, seat) as client:
        for data in (cmd.Sit("marrick", "Ann"), cmd.Sit("oswin", companion=True), cmd.Ready()):
            assert isinstance(await client.send(data), Ack)
    await (await house.tables.room(table)).told()
    return table, seat


async def test_the_dice_are_there_before_the_first_word_is_asked_for(tmp_path: Path) -> None:
    """A model that has not said anything yet keeps nobody from seeing what was rolled, nor from going on."""
    gate = asyncio.Event()
    async with Double(honest, gate=gate) as double, build(settings(tmp_path, double.url, first_seconds="30")) as house:
        gate.set()
        table, seat = await seated(house)
        gate.clear()
        before = len(double.chats)
        room = await house.tables.room(table)
        stream = room.connect(seat)
        await stream.receive()
        async with house.client(table, seat) as client:
            option = next(o for o in client.view.options if o.id == "do:wick_truth")
            assert isinstance(await client.send(cmd.UseOption(option.id)), Ack)
            await double.until_asked(before + 1)
            assert isinstance(await client.send(cmd.Say("Well?")), Ack)
        names = [frame.d.get("name") for frame in stream._waiting]
        assert "check.made" in names
        assert "prose.delta" not in {frame.t for frame in stream._waiting}
        gate.set()
        await room.told()
        kinds = [frame.t for frame in stream._waiting]
        assert kinds.index("event") < kinds.index("prose.delta") < kinds.index("prose.final")


async def test_what_a_model_was_asked_when_the_process_ended_is_told_afterwards(tmp_path: Path) -> None:
    """The brief is kept with the facts; the next process has it told."""
    gate = asyncio.Event()
    gate.set()
    async with Double(honest, gate=gate) as double:
        chosen = settings(tmp_path, double.url, first_seconds="30")
        async with build(chosen) as house:
            table, seat = await seated(house)
            gate.clear()
            before = len(double.chats)
            async with house.client(table, seat) as client:
                asked = await client.send(cmd.UseOption("do:odda_bell"))
            assert isinstance(asked, Ack)
            await double.until_asked(before + 1)
            await (await house.tables.room(table)).close(patience=0)
            assert await house.services.log.pending_work(table)
        gate.set()
        async with build(chosen) as house:
            await (await house.tables.room(table)).told()
            prose = await house.services.log.read_prose(table)
            assert (prose[-1].v, prose[-1].narrator) == (asked.v, "model")
            assert await house.services.log.pending_work(table) == []


@pytest.mark.slow  # plays at a table on a disk, as two others here
async def test_a_table_has_its_share_of_tokens_and_no_more(tmp_path: Path) -> None:
    """When it is used up the grammar goes on, and the ledger says what was used."""
    async with Double(honest) as double, build(settings(tmp_path, double.url, tokens_per_table="2000")) as house:
        table, seat = await seated(house)
        async with house.client(table, seat) as client:
            for option in ("do:odda_bell", "do:odda_work", "do:wick_truth"):
                await client.send(cmd.UseOption(option))
        await (await house.tables.room(table)).told()
        told = [prose.narrator for prose in await house.services.log.read_prose(table)]
        used = await house.stores.ledger.used(f"table:{table}", TOKENS, 0)
        assert told[-1] == "grammar"
        assert "model" in told
        assert 0 < used <= 2000
        assert house.models is not None
        assert house.models.tally.tellings["grammar", "budget"] >= 1
