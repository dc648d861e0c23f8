"""People who play at real servers over the network, and what has to be true of it whatever happened meanwhile."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import groupby
from pathlib import Path
from random import Random
from typing import cast

from taleforge.client.ids import NewIds
from taleforge.client.network import connect_to
from taleforge.client.server import SeatToken
from taleforge.client.table import TableClient
from taleforge.messages import commands as cmd
from taleforge.messages.codes import Code
from taleforge.messages.commands import Ack, Refused, Reply
from taleforge.messages.events import Event
from taleforge.messages.views import SeatView
from taleforge.narration.safety import tactful
from taleforge.store import postgresql, sqlite
from taleforge.table.ports import EventLog
from taleforge.table.position import Game
from taleforge.table.verify import verify
from taleforge.world.library import load_content
from tests.faults.house import PATIENCE, House
from tests.table.player import RandomPlayer

LONG = 400
"""Events after which another table is laid: each check reads whole logs."""
TYPED = 0.2
"""Share of deeds that are typed sentences."""
AWAY = {Code.STORE_UNAVAILABLE, Code.STORE_FULL}
"""What is answered when no owner or no store can be reached, or nothing can be stored."""
SENTENCES = (
    "look around", "I search the room", "I dodge", "what do I know about this place?", "I attack the nearest enemy",
    "go back", "roll 2d6", "say Who goes there?", "end my turn", "I talk to whoever is there",
)  # fmt: skip

ids = NewIds()
GAME = Game(load_content(), ids, tactful)
"""As servers have it: those who play draw lines and veils, too."""


async def until(holds: Callable[[], bool]) -> None:
    """Return when something holds."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110  # other processes make it hold
            await asyncio.sleep(0.005)


async def soon(_attempt: int) -> None:
    """Wait a little before connecting again, however often it failed."""
    await asyncio.sleep(0.05)


def at(house: House, seat: SeatToken) -> TableClient:
    """Return a client of a seat."""
    return TableClient(connect_to(house.address, seat.table), seat.seat, ids, token=seat.token, pause=soon)


class Player:
    """Somebody at a table, who does anything at all, as long as the gate is open."""

    def __init__(self, house: House, seat: SeatToken, client: TableClient, random: Random) -> None:
        self.house = house
        self.seat = seat
        self.client = client
        self.acknowledged: dict[str, int] = {}
        self.answered = 0
        self.refused: Counter[str] = Counter()
        self.typed: set[str] = set()
        self.busy = False
        self._random = random
        self._player = RandomPlayer(random.randrange(10**9))

    @property
    def over(self) -> bool:
        """Whether there is nothing left to play here."""
        return self.client.view.table.status == "closed" or self.client.view.version > LONG

    async def play(self, gate: asyncio.Event) -> None:
        """Play until the table is over."""
        while await gate.wait() and not self.over:
            self.busy = True
            await self.send(self.choose(self.client.view))
            self.busy = False
            await asyncio.sleep(0.001)

    def choose(self, view: SeatView) -> cmd.CommandData:
        """Return something to do: an option, a sentence, or nonsense."""
        if not view.decisions and self._random.random() < TYPED:
            labels = [str(option.params["label"]) for option in view.options if "label" in option.params]
            return cmd.Do(self._random.choice([*SENTENCES, *labels]))
        return self._player.choose(view)

    async def send(self, data: cmd.CommandData) -> Reply:
        """Send a command, and remember what came of it."""
        reply = await self.client.send(data)
        if isinstance(reply, Ack) and not isinstance(data, cmd.NAMELESS):  # whose command is written nowhere
            self.acknowledged[reply.re] = reply.v
            if isinstance(data, cmd.Do):
                self.typed.add(reply.re)
        if isinstance(reply, Refused):
            self.refused[reply.code] += 1
        self.answered += not (isinstance(reply, Refused) and reply.code in AWAY)
        return reply

    async def apart(self, truth: SeatView) -> list[str]:
        """Return where what this client has, or what a newcomer is sent, is not what the log says."""
        async with at(self.house, self.seat) as fresh:
            seen = {"the client": self.client.view, "a newcomer": fresh.view}
            return [
                f"{who} of {self.seat.seat}: {differences(view, truth)}" for who, view in seen.items() if view != truth
            ]


def differences(view: SeatView, truth: SeatView) -> dict[str, str]:
    """Return the parts of a view that are not what they should be, each with what it should be."""
    pairs = {name: (getattr(view, name), getattr(truth, name)) for name in view.__struct_fields__}
    return {name: _apart(one, other) for name, (one, other) in pairs.items() if one != other}


def _apart(one: object, other: object) -> str:
    """Return two values, of lists no more than what only one of them has."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        here, there = cast("tuple[object, ...]", one), cast("tuple[object, ...]", other)
        return f"{[x for x in here if x not in there]!r:.900} is {[x for x in there if x not in here]!r:.900}"
    return f"{one!r:.300} is {other!r:.300}"


class Evening:
    """Some tables with a host and a guest each, maybe at different servers.

    Args:
        houses: Where hosts and guests are, in turn.
        random: Decides what they do.
        store: The URL of the database; empty: the first server's data folder.
        tables: How many are played at a time.
    """

    def __init__(self, houses: Sequence[House], random: Random, store: str = "", tables: int = 4) -> None:
        self.players: list[Player] = []
        self.finished: list[Player] = []
        self.gate = asyncio.Event()
        self._houses = houses
        self._random = random
        self._store = store
        self._wanted = tables
        self._stack = AsyncExitStack()
        self._tasks: dict[Player, asyncio.Task[None]] = {}

    @property
    def acknowledged(self) -> int:
        """How many commands were acknowledged so far."""
        return sum(len(player.acknowledged) for player in (*self.players, *self.finished))

    @property
    def typed(self) -> int:
        """How many sentences were acknowledged so far."""
        return sum(len(player.typed) for player in (*self.players, *self.finished))

    def refused(self, code: str) -> int:
        """Return how often those who play were refused so."""
        return sum(player.refused[code] for player in self.players)

    @property
    def over(self) -> bool:
        """Whether nobody has anything left to play."""
        return all(task.done() for task in self._tasks.values())

    async def fill(self) -> None:
        """Lay new tables for those that are over."""
        self.failures()
        for player in [player for player in self.players if player.over]:
            self.players.remove(player)
            self.finished.append(player)
            self._tasks.pop(player).cancel()
        open_tables = {player.seat.table for player in self.players}
        for number in range(len(open_tables), self._wanted):
            await self._lay(number)

    async def _lay(self, number: int) -> None:
        one, other = (self._houses[(number + n) % len(self._houses)] for n in (0, 1))
        host = await one.server.lay("bell_beneath")
        guest = await other.server.follow((await one.server.invite(host.table)).code, "Bob")
        pair = [await self._seated(house, seat) for house, seat in ((one, host), (other, guest))]
        for player, pregen in zip(pair, pair[0].client.view.pregens, strict=False):
            await player.send(cmd.Sit(pregen, player.seat.role))
        for player in pair:
            await player.send(cmd.Ready())
            self._tasks[player] = asyncio.create_task(player.play(self.gate))
        self.players += pair

    async def _seated(self, house: House, seat: SeatToken) -> Player:
        client = await self._stack.enter_async_context(at(house, seat))
        return Player(house, seat, client, self._random)

    async def more(self, deeds: int) -> None:
        """Return when so many more commands were acknowledged."""
        wanted = self.acknowledged + deeds
        await until(lambda: self.acknowledged >= wanted or self.over)
        self.failures()

    async def go_on_at(self, house: House) -> None:
        """Return when everybody who is at a server was answered by an owner twice more, or is done playing."""
        wanted = {player: player.answered + 2 for player in self.players if player.house is house}
        await until(lambda: all(p.answered >= least or p.over for p, least in wanted.items()))

    async def go_on_at_tables(self) -> None:
        """Return when somebody at each table was answered by its owner five times more, or it is over."""
        wanted = {table: sum(player.answered for player in group) + 5 for table, group in self._groups().items()}
        await until(
            lambda: all(
                sum(player.answered for player in group) >= wanted[table] or any(player.over for player in group)
                for table, group in self._groups().items()
            )
        )

    def failures(self) -> None:
        """Raise what went wrong in anybody's play."""
        for task in self._tasks.values():
            if task.done():
                task.result()

    async def calm(self) -> None:
        """Return when nobody waits for an answer any more, and nobody sends anything."""
        self.gate.clear()
        await until(lambda: not any(player.busy for player in self.players) or self.failures() is not None)

    async def check(self) -> None:
        """Each acknowledged command is in its log once, where it was said to be, and every client sees what is so."""
        await self.calm()
        for table, pair in self._groups().items():
            await self._agreed(table, pair)

    def _groups(self) -> dict[str, list[Player]]:
        """Return who plays at each table."""
        groups: dict[str, list[Player]] = {}
        for player in self.players:
            groups.setdefault(player.seat.table, []).append(player)
        return groups

    async def _agreed(self, table: str, pair: Sequence[Player]) -> None:
        """Check a table, as soon as it has done what it does by itself."""
        apart = ["nothing was looked at"]
        try:
            async with asyncio.timeout(PATIENCE):
                while apart:
                    log = await self.read(table)
                    check_log(table, log, pair)
                    truth = GAME.fold(table, log)
                    apart = [part for player in pair for part in await player.apart(truth.view(player.seat.seat))]
        except TimeoutError:
            raise AssertionError(f"{table} is not seen by everybody as it is: {apart}") from None

    async def read(self, table: str) -> list[Event]:
        """Return what is stored of a table, past the servers."""
        async with reading(self._store, self._houses[0].folder) as log:
            return await log.read(table)

    async def leave(self) -> None:
        """End every connection."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._stack.aclose()


@asynccontextmanager
async def reading(url: str, folder: Path) -> AsyncGenerator[EventLog]:
    """Open what the servers write to, for reading beside them."""
    store = await (postgresql.open_store(url) if url else sqlite.open_store(folder, writing=False))
    try:
        yield store
    finally:
        await store.close()


def check_log(table: str, log: Sequence[Event], players: Sequence[Player]) -> None:
    """Raise unless a log has no gap, each command once, and every acknowledged one at the version it was told."""
    assert [event.v for event in log] == list(range(1, len(log) + 1))
    blocks = Counter(command for command, _ in groupby(event.cmd for event in log) if command)
    assert set(blocks.values()) <= {1}, "each command's events stand together, once"
    last = {event.cmd: event.v for event in log}
    told = {command: version for player in players for command, version in player.acknowledged.items()}
    nameless = {event.v for event in log if event.cmd is None}
    typed = {command for player in players for command in player.typed if told[command] in nameless}  # an answer
    assert {command: last.get(command, command in typed and told[command]) for command in told} == told
    assert verify(table, list(log)).problem is None


@asynccontextmanager
async def evening(houses: Sequence[House], random: Random, store: str = "", tables: int = 4) -> AsyncGenerator[Evening]:
    """Return an evening whose tables are laid; it begins when its gate is opened."""
    held = Evening(houses, random, store, tables)
    try:
        await held.fill()
        yield held
    finally:
        await held.leave()
