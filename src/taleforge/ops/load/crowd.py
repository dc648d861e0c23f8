"""Many parties at once, and commands that come due whether or not the server keeps up (an open loop).

A command that is due while no table waits for a player is late, and its lateness counts. Judges nothing.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from random import Random
from time import process_time
from typing import Final

from taleforge.client.server import Server
from taleforge.errors import TaleforgeError
from taleforge.ops.load.deeds import Mix
from taleforge.ops.load.link import Wire
from taleforge.ops.load.party import Party
from taleforge.ops.load.places import Places
from taleforge.ops.load.tally import Figures, Tally

AT_ONCE: Final = 12
"""Tables that are being laid at the same time."""
PATIENCE: Final = 15.0
"""Seconds in which the server has to answer what came due last."""
LOOK_EVERY: Final = 1.0
"""Seconds between two looks for parties that are over."""


class Crowd:
    """All players of one process.

    Args:
        server: Where they play, with a key that may lay tables.
        seats: Players at each table.
        random: All chance of the crowd.
    """

    def __init__(self, server: Server, seats: int, random: Random) -> None:
        loop = asyncio.get_running_loop()
        self.tally = Tally(loop.time)
        self.wire = Wire(server.address, self.tally)
        self.places = Places(random)
        self.counts: Counter[str] = Counter()
        self._server = server
        self._seats = seats
        self._random = random
        self._mix = Mix(random)
        self._due: deque[float] = deque()
        self._late: list[float] = []
        self._laying = asyncio.Semaphore(AT_ONCE)
        self._renewing: set[asyncio.Task[None]] = set()
        self._loop = loop

    @property
    def parties(self) -> Sequence[Party]:
        """Every party there was."""
        return (*self.places.left, *self.places.parties)

    async def grow(self, tables: int, over: float) -> None:
        """Lay tables until there are so many, spread over some seconds; raises what laying the first raises."""
        missing = tables - len(self.places.parties)
        begun = self._loop.time()

        async def lay(number: int) -> None:
            await asyncio.sleep(begun + over * number / max(1, missing) - self._loop.time())
            self.places.parties.append(await self._laid())

        async with asyncio.TaskGroup() as group:
            for number in range(missing):
                group.create_task(lay(number))

    async def play(self, rate: float, seconds: float, active: int | None = None) -> Figures:
        """Have commands come due so often a second, at random moments, for some seconds; return what was measured.

        With `active`, only that many of the tables play.
        """
        self.places.active = len(self.places.parties) if active is None else active
        self._mix = Mix(self._random)
        begun, cpu, before = self._loop.time(), process_time(), self._totals()
        ticking = asyncio.create_task(self._tick(rate, begun + seconds))
        looking = asyncio.create_task(self._look())
        await asyncio.sleep(seconds)
        cpu = process_time() - cpu
        await ticking
        await self._settle()
        looking.cancel()
        await asyncio.gather(looking, *self._renewing, return_exceptions=True)
        figures = self.tally.take(begun, begun + seconds)
        figures.late, self._late = self._late, []
        figures.kinds = Counter({**self._mix.kinds, "typed": self._mix.typed})
        figures.counts = self._totals() - before
        figures.played, figures.cpu = seconds, cpu
        return figures

    async def close(self) -> None:
        """Let everybody hang up."""
        await self.wire.close_all()

    def _totals(self) -> Counter[str]:
        seats = [seat for party in self.parties for seat in party.seats]
        seen = Counter(resyncs=sum(seat.stream.resyncs for seat in seats), broken=sum(seat.broken for seat in seats))
        return self.counts + self.wire.counts + seen

    async def _laid(self) -> Party:
        party = Party(self.tally, self.wire, self._changed, self._random)
        async with self._laying:
            await party.open(self._server, self._seats)
        return party

    async def _tick(self, rate: float, until: float) -> None:
        """Let commands come due."""
        due = self._loop.time()
        while (due := due + self._random.expovariate(rate)) < until:
            wait = due - self._loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            self._late.append(max(0.0, self._loop.time() - due))
            self._due.append(due)
            self._serve()

    def _serve(self) -> None:
        while self._due:
            party = self.places.waiting(self._mix.patience)
            self._renew_all()
            if party is None:
                self.counts["found_no_table"] += 1
                return
            self._act(party)

    def _act(self, party: Party) -> None:
        seat = party.actor()
        if seat is None:
            return
        if party.dull > self._mix.patience and party.host.undo and party.host.send is not None:
            party.act(party.host, self._mix.back(party.host), self._due.popleft())
        elif (wish := self._mix.next(seat)) is not None:
            party.act(seat, wish, self._due.popleft())

    def _changed(self, party: Party) -> None:
        """Give a party that may wait for a player now what is overdue."""
        if self._due and party.pending is None and party.playing:
            self._act(party)

    async def _look(self) -> None:
        """Lay fresh tables in place of those that are over."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self.places.ended()
            self._renew_all()

    def _renew_all(self) -> None:
        for place in self.places.to_lay():
            task = asyncio.create_task(self._renew(place))
            self._renewing.add(task)
            task.add_done_callback(self._renewing.discard)

    async def _renew(self, place: int) -> None:
        try:
            self.places.lay(place, await self._laid())
            self.counts["fresh_tables"] += 1
        except TaleforgeError:
            self.places.keep(place)
            self.counts["tables_not_laid"] += 1

    async def _settle(self) -> None:
        """Wait until what was due is sent and answered, or will not be."""
        until = self._loop.time() + PATIENCE
        while (self._due or self.tally.pending) and self._loop.time() < until:  # noqa: ASYNC110 - of thousands of seats
            await asyncio.sleep(0.05)
        self.counts["never_sent"] += len(self._due)
        self._due.clear()
        await asyncio.sleep(0.2)  # the last to hear of the last command
