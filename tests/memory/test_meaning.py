"""Recall by meaning: finds what words do not, nothing of anybody else, and goes on by words when something is away."""

import asyncio
from collections.abc import Sequence

import pytest

from taleforge.errors import Unavailable
from taleforge.memory import meaning as module
from taleforge.memory.exact import Exact, packed
from taleforge.memory.fake import FakeEmbedder
from taleforge.memory.inside import InMemory, InsideShelf
from taleforge.memory.meaning import Meaning, Synced, id_of
from taleforge.memory.service import Recollection
from taleforge.memory.values import Entry, Listened, Near, Point
from taleforge.messages import commands as cmd
from taleforge.messages.brief import Prose
from tests.memory.test_recall import Heard
from tests.table.game import GUEST, HOST, Game
from tests.table.player import RandomPlayer, step

TABLE = "tbl_1"
ALIKE = {"tube": "pipe", "flute": "pipe"}


class NothingNew:
    """Ears of a table where nothing happens any more."""

    async def listen(self, table: str, after: int) -> Listened:
        """Hear nothing."""
        return Listened((), (), {}, after)

    async def prose(self, table: str) -> Sequence[Prose]:
        """Be told nothing."""
        return ()


class Index(Exact):
    """An index that a test can take away, or let lie."""

    def __init__(self) -> None:
        super().__init__(InsideShelf())
        self.away = False
        self.lies: list[Near] = []
        self.put_in: list[Point] = []

    async def ids(self, table: str, who: Sequence[str] | None = None) -> set[str]:
        """Return the ids."""
        self._check()
        return await super().ids(table, who)

    async def put(self, table: str, points: Sequence[Point]) -> None:
        """Keep points."""
        self._check()
        self.put_in += points
        await super().put(table, points)

    async def near(self, table: str, who: Sequence[str], vector: bytes, most: int) -> list[Near]:
        """Return what lies near, after what is told instead."""
        self._check()
        return self.lies + await super().near(table, who, vector, most)

    def _check(self) -> None:
        if self.away:
            raise Unavailable("The index is away.", "Wait.")


class Mind:
    """A table's memories with all that finds them, and those that asked for an index to be made."""

    def __init__(self, *entries: Entry) -> None:
        self.memories = InMemory()
        self.index = Index()
        self.embedder = FakeEmbedder(ALIKE)
        self.meaning = Meaning(self.embedder, self.index)
        self.asked: list[str] = []
        self.recollection = Recollection(self.memories, NothingNew(), self.meaning, self._ask)
        self._entries = entries

    async def begin(self) -> "Mind":
        """Keep the memories, and make the index."""
        await self.memories.write(TABLE, 9, self._entries)
        await self.meaning.sync(TABLE, self.memories)
        return self

    async def recall(self, query: str, who: str = "seat_a") -> list[str]:
        """Return the texts that are found."""
        return [one.entry.text for one in await self.recollection.recall(TABLE, query, [who])]

    async def _ask(self, table: str) -> None:
        self.asked.append(table)


def entry(v: int, text: str, who: str = "seat_a") -> Entry:
    return Entry(TABLE, v, "fact", who, "witnessed", 0, text)


MINE = entry(1, "A pipe of brass."), entry(2, "The old bell."), entry(3, "A lamp, and a brass bell.")


async def test_what_is_meant_is_found_without_its_word() -> None:
    """Beside what words find; what is first by both comes first."""
    mind = await Mind(*MINE).begin()
    assert await mind.recall("flute") == ["A pipe of brass."]
    assert (await mind.recall("the old bell"))[0] == "The old bell."
    assert await mind.recall("dragon") == []
    assert mind.recollection.searches == {"both": 3}
    assert mind.asked == []


async def test_no_words_find_the_newest_and_ask_nobody() -> None:
    """As without an embedder."""
    mind = await Mind(*MINE).begin()
    mind.embedder.asked.clear()
    assert await mind.recall("?") == [one.text for one in reversed(MINE)]
    assert mind.embedder.asked == []


@pytest.mark.parametrize("broken", ["embedder", "index", "late"])
async def test_words_find_alone_while_something_is_away(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it; somebody is asked to make up for it; when it is back it is used again."""
    mind = await Mind(*MINE).begin()

    async def sleep(_: Sequence[str], __: str = "") -> list[tuple[float, ...]]:
        await asyncio.Event().wait()
        return []

    mind.embedder.fails, mind.index.away = broken == "embedder", broken == "index"
    with monkeypatch.context() as late:
        if broken == "late":
            late.setattr(mind.embedder, "embed", sleep)
            late.setattr(mind.meaning, "_patience", 0.001)
        assert await mind.recall("flute") == []
        assert await mind.recall("pipe") == ["A pipe of brass."]
    assert mind.asked == [TABLE, TABLE]
    mind.embedder.fails = mind.index.away = False
    assert await mind.recall("flute") == ["A pipe of brass."]
    assert mind.recollection.searches == {"words": 2, "both": 1}


async def test_what_an_index_lacks_is_made_up_for() -> None:
    """However it came about: the next search asks for it, and finds by words meanwhile."""
    mind = await Mind(*MINE).begin()
    await mind.memories.write(TABLE, 10, [entry(10, "A tube of glass.")])
    assert await mind.recall("glass flute") == ["A tube of glass.", "A pipe of brass."]
    assert mind.asked == [TABLE]
    assert await mind.meaning.sync(TABLE, mind.memories) == Synced(1, 0)
    assert sorted(await mind.recall("flute")) == ["A pipe of brass.", "A tube of glass."]
    assert mind.asked == [TABLE]
    assert await mind.meaning.sync(TABLE, mind.memories) == Synced(0, 0)


async def test_an_embedder_that_fails_halfway_is_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was placed before is not placed again."""
    monkeypatch.setattr(module, "AT_ONCE", 1)
    mind = Mind(*MINE)
    await mind.memories.write(TABLE, 9, MINE)
    embed, calls = mind.embedder.embed, 0

    async def twice(texts: Sequence[str], table: str = "") -> list[tuple[float, ...]]:
        nonlocal calls
        calls += 1
        mind.embedder.fails = calls > 2
        return await embed(texts, table)

    monkeypatch.setattr(mind.embedder, "embed", twice)
    with pytest.raises(Unavailable):
        await mind.meaning.sync(TABLE, mind.memories)
    calls = -9
    assert await mind.meaning.sync(TABLE, mind.memories) == Synced(1, 0)
    assert len(await mind.index.ids(TABLE)) == 3


async def test_words_told_to_many_are_placed_once() -> None:
    """Each has a point of its own all the same."""
    mind = await Mind(*(entry(1, "Everybody hears it.", who) for who in ("seat_a", "seat_b", "crt_c"))).begin()
    assert mind.embedder.asked == ["Everybody hears it."]
    assert {point.who for point in mind.index.put_in} == {"seat_a", "seat_b", "crt_c"}


async def test_an_index_that_lies_tells_nobody_anything() -> None:
    """Whatever it says was found, only memories of whoever asks are; others, and those that are no more, are not."""
    theirs = entry(4, "A secret pipe.", "seat_b")
    mind = await Mind(*MINE, theirs).begin()
    gone = entry(5, "It was taken back.")
    mind.index.lies = [Near(id_of(one, "fake"), 1.0) for one in (theirs, gone)]
    assert await mind.recall("flute") == ["A pipe of brass."]
    assert await mind.recall("flute", "seat_b") == ["A secret pipe."]


async def test_an_index_forgets_whom_it_is_to_forget() -> None:
    """At once; where it is away nothing is found any more, and it forgets when it is back."""
    mind = await Mind(*MINE, entry(4, "A pipe.", "seat_b")).begin()
    await mind.recollection.forget(TABLE, ["seat_a"])
    assert len(await mind.index.ids(TABLE)) == 1
    mind.index.away = True
    await mind.recollection.forget(TABLE, ["seat_b"])
    assert mind.asked == [TABLE]
    mind.index.away = False
    assert await mind.recall("flute", "seat_b") == []
    assert await mind.meaning.sync(TABLE, mind.memories) == Synced(0, 1)
    assert await mind.index.ids(TABLE) == set()


async def test_another_embedder_means_another_index() -> None:
    """Points of the one before are dropped when the new ones are there; `reindex` makes all of them anew."""
    mind = await Mind(*MINE).begin()
    before = await mind.index.ids(TABLE)
    other = Meaning(FakeEmbedder(ALIKE, "other"), mind.index)
    recollection = Recollection(mind.memories, NothingNew(), other)
    assert await recollection.recall(TABLE, "flute", ["seat_a"]) == []
    assert await other.sync(TABLE, mind.memories) == Synced(3, 3)
    assert not before & await mind.index.ids(TABLE)
    assert len(await recollection.recall(TABLE, "flute", ["seat_a"])) == 1
    assert await recollection.reindex(TABLE) == Synced(3, 0)


@pytest.mark.parametrize("seed", range(2))
async def test_nobody_finds_by_meaning_what_they_did_not_witness(seed: int) -> None:
    """After random play with secrets and an undo, whoever asks for anything that was said finds memories of their own.

    The index has exactly what everybody remembers, made in steps or at once.
    """
    game = Game().begin(guest=True)
    memories, embedder, index = InMemory(), FakeEmbedder(), Index()
    meaning = Meaning(embedder, index, least=-1.0)
    recollection = Recollection(memories, Heard(game), meaning)
    player = RandomPlayer(seed)
    for turn in range(24):
        step(game, player, (HOST, GUEST))
        if turn % 6 == 0:
            game.send(cmd.Whisper(GUEST, f"a secret of {turn}"), HOST)
            game.send(cmd.Say(f"spoken in turn {turn}"), GUEST)
            await recollection.follow(game.state.id)
            await meaning.sync(game.state.id, memories)
    game.send(cmd.Undo(), HOST)
    await recollection.follow(game.state.id)
    await meaning.sync(game.state.id, memories)
    everything = await memories.of(game.state.id, None)
    assert await index.ids(game.state.id) == {id_of(one, "fake") for one in everything}
    for who in {one.who for one in everything} | {"seat_watching"}:
        mine = set(await memories.of(game.state.id, [who]))
        for query in {one.text for one in everything}:
            found = await recollection.recall(game.state.id, query, [who], 99)
            assert {one.entry for one in found} <= mine
    assert recollection.searches["words"] == 0


def test_the_id_of_a_point_tells_everything_apart() -> None:
    """Another text, owner, table or embedder is another point."""
    one = entry(1, "A pipe.")
    others = [entry(2, "A pipe."), entry(1, "A tube."), entry(1, "A pipe.", "seat_b")]
    assert len({id_of(each, "fake") for each in (one, *others)} | {id_of(one, "other")}) == 5
    assert len(packed([1.0])) == 4
