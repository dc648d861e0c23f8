"""An adventure told by a model that fails whenever it is asked: it is played to its end, and nobody would know.

Every narration asks it, for between two of them its longest rest goes by; where no time passes it is soon left alone.
"""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import pytest
from structlog.testing import capture_logs

from taleforge.accounts.values import Entry
from taleforge.bootstrap import House, build
from taleforge.client.updates import Other, Told, Update
from taleforge.messages.brief import Prose
from taleforge.messages.codec import encode
from taleforge.models.breaker import FAILURES, LONGEST_REST
from taleforge.models.tally import Figures, Tally
from taleforge.settings import Settings
from taleforge.terminal.cli.local import LocalHouse
from taleforge.terminal.lobby import Lobby
from taleforge.terminal.session import Session
from taleforge.terminal.words import words
from tests.live.outside import HandClock, chance, quiet
from tests.models.test_client import KINDS
from tests.narration.model_sayings import honest
from tests.narration.test_model_evenings import MARRICK, settings
from tests.narration.test_model_secrets import Ids
from tests.openai_double import FAULTS, MIDWAY, Asked, Double, Failing, Fault
from tests.play import evening
from tests.play.evening import Player
from tests.play.golden import PLAN

THOROUGH = (
    "landlady about the tolling", "whether she has work", "landlady about the boy", "landlady about the man",
    "what is in the cellar", "boy about the tolling", "boy about the man", "boy about the landlady", "about his trade",
    "what he makes of the tolling", "candle-seller over", "Look at the brass bell", "Feel inside the brass bell",
    "Search the larder", "Look at the nets", "Look out at the river", "Look into the fire", "Look at the cellar door",
    "Listen at the cellar door", "mug of ale", "Read the kitchen slate", *PLAN,
)  # fmt: skip
"""What somebody does who leaves nothing out."""
AT = FAULTS.index("not_json")
"""The fault that comes first: whatever comes twice in an adventure takes no time, and is one that can come midway."""
EXPECTED: dict[Fault, str] = {**KINDS, "empty": "empty", "length": "ok"}
"""What becomes of a call; an answer without an end is an answer, and who asked for it asks once more."""


class Unhurried(HandClock):
    """A clock by which the longest rest of a model goes by whenever a call is over."""

    def __init__(self) -> None:
        super().__init__()
        self.tally = Tally()

    def passed(self) -> float:
        """Return the seconds that have passed."""
        return LONGEST_REST * sum(figures.outcomes.total() for figures in self.tally.models.values())


class Failures:
    """What a model does that fails in every way in turn, at once or in the middle of what it says."""

    def __init__(self, *, midway: bool) -> None:
        self.seen: list[Fault] = []
        self._midway = midway
        self._turn = cycle(FAULTS[AT:] + FAULTS[:AT])

    def __call__(self, asked: Asked) -> Failing:
        """Fail in the next way."""
        fault = next(self._turn)
        self.seen.append(fault)
        return Failing(fault, said=f"{honest(asked)} " if self._midway and fault in MIDWAY else "")


class Seat:
    """A player who reads everything before they do anything."""

    def __init__(self, house: House, session: Session) -> None:
        self.session = session
        self.heard: list[Update] = []
        self.half_told: list[str] = []
        self._house = house

    async def listen(self) -> None:
        """Hear what there is to be heard."""
        async for update in self.session.updates:
            self.heard.append(update)
            self.session.hear(update)

    async def play(self, player: Player) -> None:
        """Do what a player does, until they do nothing more."""
        player.session = self.session
        await self._read()
        while (text := await player()) is not None:
            await self.session.enter(text)
            await self._read()

    async def _read(self) -> None:
        """Return when the table waits for us, and all that was told was heard here; note what is half told then."""
        view = self.session.view
        room = await self._house.tables.room(view.table.id)
        async with asyncio.timeout(60):
            while room.position.automatic() is not None:
                await quiet()
            await room.told()
            prose = await self._house.services.log.read_prose(view.table.id)
            while self.session.view != room.position.view(view.seat.id) or len(prose) > len(told(self.heard)):
                await quiet()
        self.half_told.append(self.session.telling.text)


def told(heard: list[Update]) -> list[Prose]:
    """Return the prose that was heard."""
    return [update.prose for update in heard if isinstance(update, Told)]


class Played(NamedTuple):
    """An adventure that is over: what happened, what was told, what its player heard and sees, and what it cost."""

    ending: str | None
    log: list[bytes]
    prose: list[Prose]
    heard: list[Update]
    seen: list[str]
    half_told: set[str]
    tally: Tally
    entries: list[Entry]


async def adventure(chosen: Settings, clock: HandClock) -> Played:
    """Play an adventure to its end."""
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(build(chosen, clock=clock, ids=Ids(), chance=chance()))
        tally = house.models.tally if house.models is not None else Tally()
        if isinstance(clock, Unhurried):
            clock.tally = tally
        lobby = Lobby(LocalHouse(house, stack), words(), MARRICK)
        await lobby.begin()
        assert lobby.door is not None
        session = Session(lobby.door, words(), fresh=True)
        seat = Seat(house, session)
        stack.callback(asyncio.create_task(seat.listen()).cancel)
        await seat.play(Player(THOROUGH))
        table, log = session.view.table, house.services.log
        story = sorted(session.story, key=lambda line: (line.v, line.kind == "prose"))
        return Played(
            table.ending, [encode(event) for event in await log.read(table.id)], await log.read_prose(table.id),
            seat.heard, [line.text for line in story], set(seat.half_told), tally,
            await house.stores.ledger.entries("server", 0),
        )  # fmt: skip


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The same adventure where there is no model."""
    return asyncio.run(adventure(evening.settings(tmp_path_factory.mktemp("grammar")), HandClock()))


async def failing(folder: Path, failures: Failures, clock: HandClock) -> tuple[Played, Counter[str]]:
    """Play the adventure with a model that fails; return it with how often the log said what, its key never."""
    async with Double(failures) as double:
        chosen = settings(folder, double.url, name="tiny", first_seconds="0.2", between_seconds="0.2")
        with capture_logs() as logs:
            played = await adventure(chosen, clock)
        assert len(double.chats) == len(failures.seen)
    assert "sk-0123456789" not in repr((logs, played))
    return played, Counter(line["event"] for line in logs)


def is_the_same(played: Played, expected: Played) -> None:
    """See that all facts are the same to the last letter, and whoever played it had the grammar's words before them."""
    assert played.ending == expected.ending == "ashes"
    assert played.log == expected.log
    assert played.prose == expected.prose == told(played.heard)
    assert played.seen == expected.seen
    assert played.half_told == {""}


@pytest.mark.slow  # an adventure of thirty narrations, of which some wait for a time-out
@pytest.mark.parametrize("midway", [False, True], ids=["at once", "midway"])
async def test_an_adventure_with_a_fault_at_every_call(tmp_path: Path, expected: Played, *, midway: bool) -> None:
    """Each narration asks the model and is failed, in every way there is; the grammar tells, and nothing is missing."""
    failures = Failures(midway=midway)
    played, logged = await failing(tmp_path, failures, Unhurried())
    is_the_same(played, expected)
    assert logged["narrator.model_silent"] == 1
    assert set(failures.seen) == set(FAULTS)
    figures = played.tally.models["tiny"]
    assert len(failures.seen) == figures.outcomes.total() == len(played.prose) + figures.outcomes["ok"]
    kinds = Counter(EXPECTED[fault] for fault in failures.seen)
    assert (figures.outcomes - kinds).keys() <= {"slow"}  # as any may be on a busy machine
    assert played.tally.tellings.total() == len(played.prose)
    assert played.tally.tellings.keys().isdisjoint({("model", ""), ("grammar", "usual"), ("grammar", "resting")})
    is_paid(played.entries, figures, len(failures.seen))
    pieces = [update.data for update in played.heard if isinstance(update, Other) and update.kind == "prose.delta"]
    assert (len({piece["v"] for piece in pieces}) >= len(MIDWAY)) == midway


def is_paid(entries: list[Entry], figures: Figures, calls: int) -> None:
    """See that nothing is put aside any more, and that whatever was said counts."""
    assert len(entries) == calls
    used = [entry.amount for entry in entries if entry.state == "settled"]
    assert len(used) + sum(entry.state == "released" for entry in entries) == calls
    assert (len(used), sum(used)) == (figures.first_count, figures.read + figures.written)


@pytest.mark.slow  # as the one before
async def test_an_adventure_of_no_time_with_a_model_that_fails(tmp_path: Path, expected: Played) -> None:
    """Before its rest is over nobody asks it again: it fails three times, and costs nobody any more patience."""
    failures = Failures(midway=False)
    played, logged = await failing(tmp_path, failures, HandClock())
    is_the_same(played, expected)
    assert len(failures.seen) == FAILURES
    assert played.tally.models["tiny"].state == "open"
    assert played.tally.tellings["grammar", "resting"] == len(played.prose) - FAILURES
    assert (logged["narrator.model_silent"], logged["model.resting"]) == (1, 1)
