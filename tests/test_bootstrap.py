"""A house of tables on disk, whole: played, closed, opened again, exported, imported, checked."""

import asyncio
import hashlib
import json
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from taleforge.bootstrap import House, browse, build, check_file, copy_out, recover
from taleforge.errors import BadInput, Conflict, StoreBusy
from taleforge.jobs.runner import LEASE
from taleforge.jobs.values import Job, Wish
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack, Reply
from taleforge.settings import Data, Jobs, Serve, Settings, Store
from taleforge.store.files import read_tale
from taleforge.store.seals import Key
from taleforge.table.verify import verify
from taleforge.world.scene import Content
from tests.client.test_table import settled
from tests.postgresql import Server
from tests.table.game import content
from tests.table.player import RandomPlayer

SMALL = content()
Body = Callable[[House], Awaitable[Any]]


def within(folder: Path, body: Body, packs: Content | None = SMALL, **serve: Any) -> Any:
    """Run in a house in a folder, and return what came of it."""

    async def run() -> Any:
        async with build(Settings(data=Data(folder=folder), serve=Serve(**serve)), content=packs) as house:
            return await body(house)

    return asyncio.run(run())


async def play(house: House, table: str, steps: int = 25, seed: int = 1) -> None:
    """Sit down if nobody sits there, and play a while."""
    seat = await house.host_of(table) or house.new_seat()
    async with house.client(table, seat) as ann:
        if seat not in ann.view.seats:
            assert isinstance(await ann.send(cmd.Sit("fighter", "Ann")), Ack)
            assert isinstance(await ann.send(cmd.Ready()), Ack)
        player = RandomPlayer(seed)
        for _ in range(steps):
            await ann.send(player.choose(ann.view))


async def host(house: House, table: str) -> str:
    """Return the seat of a table's host."""
    seat = await house.host_of(table)
    assert seat is not None
    return seat


async def played(house: House) -> str:
    """Return a table that was played a while."""
    table = await house.open_table("lamp")
    await play(house, table)
    return table


def test_lines_hold_for_what_is_looked_at(tmp_path: Path) -> None:
    """Drawn before play: no description crosses them, on a seat's stream and in its log; drawn anew, all are there."""

    async def body(house: House) -> None:
        table = await house.open_table("lamp")
        async with house.client(table, house.new_seat()) as ann:
            for wish in (cmd.Sit("fighter", "Ann"), cmd.SetSafety(("beam",)), cmd.Ready()):
                assert isinstance(await ann.send(wish), Ack)
            assert ann.view.scene is not None
            assert (ann.view.scene.look, ann.view.journal[0].text) == ("", "…")
            assert isinstance(await ann.send(cmd.SetSafety()), Ack)
            assert ann.view.scene.look == ann.view.journal[0].text == "A low room under a blackened beam."

    within(tmp_path, body)


def test_a_table_is_there_after_closing(tmp_path: Path) -> None:
    """With everything the seat knew, and the player goes on in the same seat."""

    async def first(house: House) -> tuple[str, Any]:
        table = await played(house)
        seat = await host(house, table)
        room = await house.tables.room(table)
        await settled(room)
        return table, room.position.view(seat)

    async def later(house: House) -> Any:
        (row,) = await house.saves()
        async with house.client(row.id, await host(house, row.id), entropy=False) as ann:
            return row.id, ann.view

    table, view = within(tmp_path, first)
    assert within(tmp_path, later) == (table, view)


def test_the_real_adventure_is_played_in_words(tmp_path: Path) -> None:
    """Bundled packs, interpreter and narrator together: somebody sits down, speaks, and is told what happens."""

    async def body(house: House) -> list[str]:
        adventure = next(iter(house.content.adventures))
        table = await house.open_table(adventure)
        async with house.client(table, house.new_seat()) as ann:
            await ann.send(cmd.Sit(next(iter(ann.view.pregens)), "Ann"))
            assert isinstance(await ann.send(cmd.Ready()), Ack)
            reply: Reply = await ann.send(cmd.Do("I walk to the bar"))
            assert isinstance(reply, Ack), reply
            await (await house.tables.room(table)).told()
        return [prose.text for prose in await house._services.log.read_prose(table)]

    told = within(tmp_path, body, packs=None)
    assert "bell" in told[0].lower(), "the scene is told when it opens"
    assert len(told) > 1


def test_an_unknown_adventure_is_refused(tmp_path: Path) -> None:
    """The sentence lists those there are."""
    with pytest.raises(BadInput, match="lamp"):
        within(tmp_path, lambda house: house.open_table("nowhere"))


def test_an_export_checks_and_is_imported_elsewhere(tmp_path: Path) -> None:
    """All its dice are revealed and right; in another folder the table goes on, with dice of its own."""
    file = tmp_path / "lamp.tale"

    async def export(house: House) -> str:
        table = await played(house)
        verdict = await house.export(table, file)
        assert verdict.problem is None
        assert verdict.unrevealed == 0
        assert verdict.rolls > 0
        return table

    async def take_in(house: House) -> str:
        came = await house.take_in(file)
        assert came.sealed == "elsewhere"
        table = came.table
        await play(house, table, seed=2)
        verdict = await house.export(table, tmp_path / "again.tale")
        assert verdict.problem is None
        assert verdict.unrevealed == 0
        with pytest.raises(Conflict, match="here already"):
            await house.take_in(file)
        return table

    table = within(tmp_path / "one", export)
    assert check_file(file).problem is None
    assert within(tmp_path / "two", take_in) == table
    before, after = read_tale(file), read_tale(tmp_path / "again.tale")
    assert after.events[: len(before.events)] == before.events
    assert set(before.prose) <= set(after.prose)


def test_a_table_goes_on_after_its_export(tmp_path: Path) -> None:
    """No seed in use is in the file, and the next export holds what came after."""

    async def body(house: House) -> None:
        table = await played(house)
        await house.export(table, tmp_path / "one.tale")
        room = await house.tables.room(table)
        secret = await house._services.secrets.get_seed(table, room.position.commitment)
        with zipfile.ZipFile(tmp_path / "one.tale") as archive:
            everything = b"".join(archive.read(name) for name in archive.namelist())
        assert secret is not None
        assert secret.hex().encode() not in everything
        assert room.position.commitment.encode() in everything
        await play(house, table, seed=3)
        assert (await house.export(table, tmp_path / "two.tale")).problem is None

    within(tmp_path, body)


def test_a_copy_is_another_table(tmp_path: Path) -> None:
    """It stands beside the original, is played on by itself, and its export still checks; so does a copy of it."""
    file = tmp_path / "lamp.tale"

    async def body(house: House) -> None:
        table = await played(house)
        await house.export(table, file)
        for _ in range(2):
            copy = (await house.take_in(file, as_copy=True)).table
            assert copy != table
            await play(house, copy, seed=4)
            verdict = await house.export(copy, file)
            assert verdict.problem is None
            assert verdict.unrevealed == 0
        assert len(await house.saves()) == 3

    within(tmp_path, body)


def test_a_branch_is_exported_and_checked_like_any_table(tmp_path: Path) -> None:
    """Its log begins with the state it was cut from, its dice are its own."""

    async def body(house: House) -> None:
        table = await played(house)
        seat = await host(house, table)
        async with house.client(table, seat) as ann:
            assert isinstance(await ann.send(cmd.Branch()), Ack)
        child = next(row for row in await house.saves() if row.parent == table)
        await play(house, child.id, seed=5)
        verdict = await house.export(child.id, tmp_path / "branch.tale")
        assert verdict.problem is None
        assert verdict.elsewhere == 0

    within(tmp_path, body)


def test_an_export_with_one_changed_face_is_refused(tmp_path: Path) -> None:
    """Though its hashes are forged to fit: the check names event and face, and the import refuses."""
    file = tmp_path / "lamp.tale"
    changed: list[int] = []

    async def export(house: House) -> None:
        table = await house.open_table("lamp")
        await play(house, table, steps=0)  # its dice are not foreseen: more steps might end the tale
        seat = await host(house, table)
        async with house.client(table, seat) as ann:
            reply = await ann.send(cmd.RollDice("2d6"))
            assert isinstance(reply, Ack), reply
            changed.append(reply.v)
        await house.export(table, file)

    within(tmp_path, export)
    forge(file, changed[0])
    problem = check_file(file).problem
    assert problem is not None
    assert (problem.v, problem.code, problem.params["place"]) == (changed[0], "dice/wrong_face", 1)
    with pytest.raises(BadInput, match=f"event {changed[0]} .*wrong_face"):
        within(tmp_path / "other", lambda house: house.take_in(file))


def forge(file: Path, version: int) -> None:
    """Turn the first die of a roll, and make every hash fit."""

    def change(contents: dict[str, bytes], manifest: dict[str, Any]) -> None:
        lines = contents["log.jsonl"].splitlines()
        event = json.loads(lines[version - 1])
        die = event["d"]["roll"]["faces"][0]
        die[1] = die[1] % die[0] + 1
        event["d"]["roll"]["total"] += die[1] - ((die[1] - 2) % die[0] + 1)
        lines[version - 1] = json.dumps(event).encode()
        contents["log.jsonl"] = b"\n".join(lines)
        manifest["files"]["log.jsonl"] = hashlib.sha256(contents["log.jsonl"]).hexdigest()

    repacked(file, change)


def test_a_forged_word_is_refused_where_it_was_sealed_and_noted_elsewhere(tmp_path: Path) -> None:
    """By whoever sealed it, also under its own id; another one notes in the log that nobody there can tell."""
    file = tmp_path / "lamp.tale"
    said: list[int] = []

    async def export(house: House) -> None:
        table = await house.open_table("lamp")
        await play(house, table, steps=0)
        async with house.client(table, await host(house, table)) as ann:
            reply = await ann.send(cmd.Say("I keep my word."))
            assert isinstance(reply, Ack), reply
            said.append(reply.v)
        assert (await house.export(table, file)).sealed == "here"

    async def again(house: House) -> None:
        with pytest.raises(BadInput, match=f"forged: event {said[0]} is not as it was sealed here"):
            await house.take_in(file, as_copy=True)

    async def elsewhere(house: House) -> None:
        came = await house.take_in(file)
        assert (came.sealed, came.unproven) == ("elsewhere", count)
        async with house.client(came.table, await host(house, came.table)) as ann:
            assert isinstance(await ann.send(cmd.Branch(at=4)), Ack)
        for row in await house.saves():
            verdict = await house.export(row.id, tmp_path / f"{row.id}.tale")
            begins = count if row.id == came.table else 2
            assert (verdict.problem, verdict.sealed, verdict.unproven) == (None, "here", begins)
            proved = await house.take_in(tmp_path / f"{row.id}.tale", as_copy=True)
            assert (proved.sealed, proved.unproven) == ("here", begins), "a seal of ours proves no more than we know"

    within(tmp_path / "one", export)
    reworded(file)
    count = len(read_tale(file).events)
    assert check_file(file).problem is None, "no dice prove a word"
    within(tmp_path / "one", again)
    within(tmp_path / "two", elsewhere)


def test_a_host_may_take_in_nothing_but_what_was_sealed_here(tmp_path: Path) -> None:
    """Under the same secret, wherever that is; under another one, or without a seal, it is refused by name."""
    file = tmp_path / "lamp.tale"
    secret: dict[str, Any] = {"secret": "q7Zp2mLx94VbKd1RtWs6Hc3Yf8Jg5NuA"}

    async def export(house: House) -> None:
        await house.export(await played(house), file)

    async def take_in(house: House) -> str:
        return (await house.take_in(file)).sealed

    within(tmp_path / "one", export, **secret)
    assert within(tmp_path / "two", take_in, **secret, imports="ours") == "here"
    assert not list(tmp_path.glob("*/server.secret")), "a setting says it"
    with pytest.raises(BadInput, match=r"lamp\.tale was not sealed by this server"):
        within(tmp_path / "three", take_in, secret="another", imports="ours")
    assert within(tmp_path / "three", take_in, secret="another") == "elsewhere"
    unsealed(file)
    with pytest.raises(BadInput, match=r"lamp\.tale was not sealed by this server"):
        within(tmp_path / "four", take_in, **secret, imports="ours")
    assert within(tmp_path / "four", take_in, **secret) == "nowhere"


def reworded(file: Path) -> None:
    """Change what was said, and make every hash fit."""

    def change(contents: dict[str, bytes], manifest: dict[str, Any]) -> None:
        contents["log.jsonl"] = contents["log.jsonl"].replace(b"I keep my word.", b"I keep your gold")
        manifest["files"]["log.jsonl"] = hashlib.sha256(contents["log.jsonl"]).hexdigest()

    repacked(file, change)


def unsealed(file: Path) -> None:
    """Cut the seal out, as it was before there were any."""
    repacked(file, lambda _, manifest: manifest.__delitem__("seal"))


def repacked(file: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> None:
    with zipfile.ZipFile(file) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(contents["manifest.json"])
    change(contents, manifest)
    contents["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in contents.items():
            archive.writestr(name, data)


def test_saves_are_read_while_somebody_plays(tmp_path: Path) -> None:
    """Another process may list and copy out, but not play; what is not revealed is counted as such."""

    async def body(house: House) -> None:
        table = await played(house)
        with pytest.raises(StoreBusy):
            async with build(Settings(data=Data(folder=tmp_path)), content=content()):
                pass
        async with browse(Settings(data=Data(folder=tmp_path))) as store:
            assert [row.id for row in await store.tables()] == [table]
            verdict = await copy_out(store, table, tmp_path / "as-it-is.tale", Key(b"a secret"))
            assert verdict.problem is None
            assert verdict.unrevealed > 0
            with pytest.raises(BadInput, match="tbl_nowhere"):
                await copy_out(store, "tbl_nowhere", tmp_path / "x.tale", Key(b"a secret"))

    within(tmp_path, body)


def test_a_damaged_folder_is_recovered_into_another_one(tmp_path: Path) -> None:
    """And played on there."""
    table = within(tmp_path / "old", played)
    report = recover(Settings(data=Data(folder=tmp_path / "old")), tmp_path / "new")
    assert [kept.table for kept in report.tables] == [table]
    within(tmp_path / "new", lambda house: play(house, table, seed=Random(6).randrange(99)))


def test_a_house_keeps_its_tables_in_a_database(tmp_path: Path, postgresql: Server) -> None:
    """With `store.url` nothing is kept in the data folder, and who comes again plays on where it ended."""
    settings = Settings(data=Data(folder=tmp_path), store=Store(url=postgresql.database()))

    async def evening() -> None:
        async with build(settings, content=SMALL) as house:
            table = await house.open_table("lamp")
            await play(house, table)
        async with build(settings, content=SMALL) as house:
            (row,) = await house.saves()
            await play(house, table, seed=2)
            assert (await house.tables.room(table)).position.version > row.version > 20
        async with browse(settings) as store:
            assert verify(table, await store.read(table)).problem is None

    asyncio.run(evening())
    assert not list(tmp_path.glob("*.db"))


def test_jobs_of_a_process_that_died_wait_for_no_lease(tmp_path: Path) -> None:
    """Nobody else writes into a folder, so whoever was at work there is dead when the next opens it."""
    settings = Settings(data=Data(folder=tmp_path), jobs=Jobs(here=0))

    async def died() -> None:
        async with build(settings, content=SMALL) as house:
            assert house.jobs is not None
            job = await house.jobs.submit(Wish("spc_1", "ann", "art", "paint", b""))
            assert isinstance(job, Job)
            begun = await house.jobs.store.claim("art", "worker", job.created, job.created + LEASE)
            assert begun is not None

    async def next_life() -> list[Job]:
        async with build(settings, content=SMALL) as house:
            assert house.jobs is not None
            return await house.jobs.store.of("ann")

    asyncio.run(died())
    (left,) = asyncio.run(next_life())
    assert (left.state, left.attempts, left.error) == ("queued", 1, "job/worker_lost")
