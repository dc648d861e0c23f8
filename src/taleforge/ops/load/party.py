"""One table of a crowd: four seats made through the public API, sat down, their entropy given, ready, and played.

A party at which there is nobody left to strike takes its deeds back and plays on from where they began; when its tale
is over, another table is laid.
"""

import asyncio
import secrets
from collections.abc import Callable
from random import Random
from typing import Any, Final

from msgspec import json

from taleforge.client.ids import NewIds
from taleforge.client.server import SeatToken, Server
from taleforge.errors import BadInput, Unavailable
from taleforge.ops.load.deeds import Wish
from taleforge.ops.load.frames import Heard
from taleforge.ops.load.link import Wire
from taleforge.ops.load.seat import Seat
from taleforge.ops.load.tally import Sent, Tally

ADVENTURE: Final = "bell_beneath"
PATIENCE: Final = 60.0
"""Seconds in which a table has to answer what sets it up."""
STUCK: Final = 20.0
"""Seconds without anything to do after which a party is over."""

_ids = NewIds()


class Party:
    """A table and its players; made by `Party.open`.

    Args:
        tally: Knows what was sent.
        wire: Opens streams.
        changed: Is told of every frame that this party hears.
        random: Chooses who acts.
    """

    def __init__(self, tally: Tally, wire: Wire, changed: Callable[["Party"], None], random: Random) -> None:
        self.table = ""
        self.seats: list[Seat] = []
        self.pending: Sent | None = None
        self.playing = False
        self.dull = 0
        """Deeds since there was last somebody to strike."""
        self._tally = tally
        self._wire = wire
        self._changed = changed
        self._random = random
        self._news = asyncio.Event()
        self._able_at = tally.now()
        """When somebody was last seen who could act."""

    async def open(self, server: Server, seats: int) -> None:
        """Lay a table, invite and seat everybody, and begin.

        Raises:
            Unavailable: the server, or the table, does not answer.
            BadInput: it refuses what play begins with.
        """
        tokens = await invited(server, seats)
        self.table = tokens[0].table
        self.seats = [Seat(token.table, token.seat, token.token, self._hear) for token in tokens]
        await asyncio.gather(*(self._wire.connect(seat) for seat in self.seats))
        await self._until(lambda: all(seat.pregens for seat in self.seats))
        names = self.seats[0].pregens
        if len(names) < seats:
            raise BadInput(f"{ADVENTURE} has {len(names)} characters.", "Ask for no more seats than that.")
        for number, seat in enumerate(self.seats):  # the host first, for only then may others sit
            await self._ask(seat, "sit", {"pregen": names[number], "name": f"Player {number + 1}"})
        for seat in self.seats:
            await self._ask(seat, "entropy", {"bytes": secrets.token_hex(32)})
        for seat in self.seats:
            await self._ask(seat, "ready", {})
        await self._until(lambda: all(seat.status == "playing" for seat in self.seats))
        self.playing = True

    def over(self) -> bool:
        """Look whether nothing more will come of this table; to be asked every now and then."""
        now = self._tally.now()
        if any(seat.able for seat in self.seats):
            self._able_at = now
        ended = any(seat.status == "closed" for seat in self.seats)
        return ended or now - self._able_at > STUCK

    def actor(self) -> Seat | None:
        """Return who acts next; None while the table waits for no player."""
        if not self.playing or self.pending is not None:
            return None
        able = [seat for seat in self.seats if seat.able]
        if not able:
            return None
        return next((seat for seat in able if seat.asked), None) or self._random.choice(able)

    @property
    def host(self) -> Seat:
        """Who may take back what was done."""
        return self.seats[0]

    def act(self, seat: Seat, wish: Wish, due: float) -> None:
        """Have a seat send a command that was due at a moment."""
        self.pending = sent = Sent(_ids("cmd"), seat, wish.kind, due, self._settled)
        self.dull = self.dull + 1 if not seat.fighting and wish.kind not in {"attack", "spell", "undo"} else 0
        self._send(sent, wish.name, wish.d)

    def leave(self) -> None:
        """Let everybody hang up."""
        self.playing = False
        for seat in self.seats:
            self._wire.close(seat)

    def _settled(self, sent: Sent) -> None:
        if self.pending is sent:
            self.pending = None

    def _hear(self, seat: Seat, frame: Heard) -> None:
        self._tally.hear(seat, frame)
        self._news.set()
        self._changed(self)

    def _send(self, sent: Sent, name: str, data: dict[str, Any]) -> None:
        plain = {"id": sent.id, "name": name, "seat": sent.seat.seat, "d": data}
        sent.data = json.encode({"t": "cmd", "d": plain})
        self._tally.begin(sent)
        if sent.seat.send is not None:  # else the next connection begins with it
            sent.seat.send(sent.data)

    async def _ask(self, seat: Seat, name: str, data: dict[str, Any]) -> None:
        answered = asyncio.Event()
        sent = Sent(_ids("cmd"), seat, "", self._tally.now(), lambda _: answered.set())
        self._send(sent, name, data)
        try:
            async with asyncio.timeout(PATIENCE):
                await answered.wait()
        except TimeoutError as error:
            raise _silent(self.table) from error
        if sent.code != "ack":
            raise BadInput(f"The table refuses {name} ({sent.code}).", _ADVICE.get(sent.code, "See the server's log."))

    async def _until(self, fulfilled: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not fulfilled():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError as error:
            raise _silent(self.table) from error


_ADVICE: Final = {"rate/limited": "Set limits.guest=off on the server for the test."}


def _silent(table: str) -> Unavailable:
    return Unavailable(f"Table {table} does not answer.", "Try a lower rate, or a longer ramp.")


async def invited(server: Server, seats: int) -> list[SeatToken]:
    """Lay a table and return the tokens of its seats, the host's first.

    Raises:
        Limited: the server counts requests, and there were too many.
        Unavailable, BadInput: as `Server` does.
    """
    host = await server.lay(ADVENTURE)
    if seats == 1:
        return [host]
    # The host's own token asks: a key would have the server look through every seat of its owner each time.
    invite = await Server(server.address, host.token).invite(host.table)
    stranger = Server(server.address)
    others = await asyncio.gather(*(stranger.follow(invite.link, f"Guest {n}") for n in range(1, seats)))
    return [host, *others]
