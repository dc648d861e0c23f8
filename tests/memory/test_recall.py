"""Nobody recalls what they did not witness and were not told, whatever is played."""

from collections.abc import Sequence

import pytest

from taleforge.accounts.memory import in_memory
from taleforge.accounts.values import Person
from taleforge.bootstrap.memory import LogEars, listen_to
from taleforge.memory.inside import InMemory
from taleforge.memory.lexical import search, words_of
from taleforge.memory.scribe import of_prose
from taleforge.memory.service import Recollection
from taleforge.memory.values import Entry, Listened
from taleforge.messages import commands as cmd
from taleforge.messages.brief import Prose
from taleforge.messages.codec import encode
from taleforge.messages.events import Said
from taleforge.store.memory import MemoryStore
from taleforge.table import hears
from taleforge.table.ports import TableRow
from taleforge.table.position import Game as ShippedGame
from taleforge.table.position import Position
from taleforge.table.state import State
from tests.table.game import GUEST, HOST, Game
from tests.table.player import RandomPlayer, step

SEATS = (HOST, GUEST)


class Heard:
    """The log of a game that is played, as ears."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.told: list[Prose] = []

    async def listen(self, table: str, after: int) -> Listened:
        """Play the log again."""
        empty = Position(State(id=table), self.game.content, self.game.ids)
        return listen_to(empty, self.game.log, after)[0]

    async def prose(self, table: str) -> Sequence[Prose]:
        """Return what the test says was told."""
        return tuple(self.told)


async def all_of(memories: InMemory, game: Game) -> list[Entry]:
    everybody = [*SEATS, *game.state.stage.creatures]
    return await memories.of(game.state.id, everybody)


@pytest.mark.parametrize("seed", range(3))
async def test_nobody_recalls_what_they_did_not_witness_and_were_not_told(seed: int) -> None:
    """After random play each memory of a seat is in what that seat could see, a creature's in what it witnessed.

    Made in steps or at once, they are the same.
    """
    game = Game().begin(guest=True)
    ears, memories = Heard(game), InMemory()
    player = RandomPlayer(seed)
    for turn in range(30):
        step(game, player, SEATS)
        if turn % 7 == 0:
            game.send(cmd.Whisper(GUEST, f"a secret of {turn}"), HOST)
            game.send(cmd.Say(f"spoken in turn {turn}"), GUEST)
            await Recollection(memories, ears).follow(game.state.id)
    await Recollection(memories, ears).follow(game.state.id)
    entries = await all_of(memories, game)
    assert entries
    position = Position(State(id=game.state.id), game.content, game.ids)
    by_version: dict[int, Position] = {}
    for event in game.log:
        position = by_version[event.v] = position.after(event)
    for entry in entries:
        event = game.log[entry.v - 1]
        if entry.who in SEATS:
            assert hears(event, entry.who)
            seen = by_version[entry.v].project(event, entry.who)
            assert seen is not None
            assert all(piece in encode(seen).decode() for piece in entry.text.replace('"', '\\"').split(": "))
        else:
            assert isinstance(event.d, Said)
            assert entry.who in (*event.witnesses, event.d.crt)
    anew = InMemory()
    await Recollection(anew, ears).follow(game.state.id)
    assert await all_of(anew, game) == entries


async def test_a_whisper_is_recalled_by_its_two_alone() -> None:
    """Also by a search for its very words."""
    game = Game().begin(guest=True)
    game.ok(cmd.Spectate("Wim"), "seat_watching")
    game.ok(cmd.Whisper(GUEST, "The key is under the mat."), HOST)
    recollection = Recollection(InMemory(), Heard(game))
    found = {
        seat: [one.entry.text for one in await recollection.recall(game.state.id, "key mat", [seat])]
        for seat in (*SEATS, "seat_watching")
    }
    assert found[HOST] == found[GUEST] == ["The key is under the mat."]
    assert found["seat_watching"] == []


async def test_what_was_taken_back_is_not_remembered() -> None:
    """Neither what happened nor how it was told."""
    game = Game().begin()
    ears = Heard(game)
    done = game.ok(cmd.UseOption("do:persuade_key"))
    ears.told.append(Prose(done[-1].v, "en", "You will never forget this key."))
    recollection = Recollection(InMemory(), ears)
    before = await recollection.recall(game.state.id, "key", [HOST], 99)
    assert "You will never forget this key." in [one.entry.text for one in before]
    taken_back = {event.v for event in done}
    assert taken_back & {one.entry.v for one in before}
    game.ok(cmd.Undo())
    after = await recollection.recall(game.state.id, "", [HOST], 99)
    assert not taken_back & {one.entry.v for one in after}


async def test_the_seat_of_an_erased_person_remembers_nothing() -> None:
    """Not what it remembered before, nor when memories are made anew; the other one of its whisper still does."""
    game = Game().begin()
    game.ok(cmd.Spectate("Wim", "usr_wim"), "seat_wim")
    game.ok(cmd.Whisper("seat_wim", "Watch the lamp."), HOST)
    people = in_memory().people
    await people.add(Person("usr_wim", "spc_x", "Wim", 0))
    log = MemoryStore()
    await log.create(TableRow(game.state.id, "spc_x", "", "lamp", "", ""), game.log)
    memories = InMemory()
    recollection = Recollection(memories, LogEars(ShippedGame(game.content, game.ids), log, people))
    assert await recollection.recall(game.state.id, "watch", ["seat_wim"])
    await people.replace(Person("usr_wim", "spc_x", "", 0, erased=1))
    await recollection.forget(game.state.id, ["seat_wim"])
    assert await recollection.recall(game.state.id, "", ["seat_wim"]) == []
    await memories.forget(game.state.id)
    assert await recollection.recall(game.state.id, "", ["seat_wim"]) == []
    assert await recollection.recall(game.state.id, "watch", [HOST])


def test_prose_is_remembered_by_those_it_was_told_to_who_were_there() -> None:
    """Not by who came later or had gone, and what was for one alone by that one."""
    listened = Listened((), (), {"a": ((1, 9),), "b": ((5, 99),)}, 9)
    told = [Prose(3, "en", "early"), Prose(6, "en", "both"), Prose(7, "en", "mine", ("b",)), Prose(10, "en", "late")]
    assert [(entry.who, entry.text) for entry in of_prose("tbl_1", told, listened)] == [
        ("a", "early"), ("a", "both"), ("b", "both"), ("b", "mine"), ("b", "late"),
    ]  # fmt: skip


def test_a_search_finds_rare_words_first_and_no_words_find_the_newest() -> None:
    """Case and endings do not matter."""
    texts = ("The landlady wipes the bar.", "The landlady hums.", "The bell TOLLED under the bar.")
    entries = [Entry("tbl_1", v, "fact", "a", "told", 0, text) for v, text in enumerate(texts, 1)]
    assert [one.entry.v for one in search("tolling landlady", entries, 9)] == [3, 2, 1]
    assert [one.entry.v for one in search("?", entries, 2)] == [3, 2]
    assert search("dragon", entries, 9) == []
    assert words_of("Tolling, tolled!") == ["toll", "toll"]
