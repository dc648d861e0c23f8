"""An evening of four players at a table, by seeded chance, through the doors of a house, to measure the server on.

The players know no more than the frames they are sent: each merges its patches into its own view, as a client does, and
chooses among what that view offers. Measures nothing itself.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import msgspec
from msgspec import json

from taleforge.errors import Unavailable
from taleforge.live.session import Session
from taleforge.live.tables import Tables
from taleforge.messages import commands as cmd
from taleforge.messages.codec import encode
from taleforge.messages.commands import CommandData
from taleforge.messages.frames import Hello
from taleforge.messages.ids import IdSource
from taleforge.messages.patch import merge
from taleforge.messages.views import DecisionView, Option, SeatView
from taleforge.table.ports import NewTable

ADVENTURE = "bell_beneath"
PREGENS = ("marrick", "tamsin", "oswin", "ilva")
_LIKELY = {"attack": 12, "spell": 5, "talk": 5, "interaction": 4, "move": 4, "item": 2, "feature": 2, "turn": 1}
"""How often each kind of option is taken beside the others; what is not named here is rare."""
_RARE = 0.3
_WORDS = 0.2
"""How often a player types what the option says, and does not choose it."""
_TALK = 0.08
"""How often a player only says something."""


class _Choice(msgspec.Struct):
    """Of a view, what a player chooses from."""

    options: tuple[Option, ...] = ()
    decisions: tuple[DecisionView, ...] = ()


class Seat:
    """One player: a connection, the frames that came by it, and the view they add up to."""

    def __init__(self, session: Session, seat: str, ids: IdSource) -> None:
        self.id = seat
        self.session = session
        self.frames: list[bytes] = []
        self.view: dict[str, Any] = {}
        self._ids = ids
        self._reader: asyncio.Task[None] | None = None

    async def join(self) -> None:
        """Say hello, and begin to read."""
        await self.session.send(encode(Hello("")))
        self._reader = asyncio.create_task(self._read())

    def command(self, data: CommandData) -> bytes:
        """Return the frame that asks for something."""
        made = cmd.command(self._ids("cmd"), self.id, data)
        return b'{"t":"cmd","d":' + encode(made) + b"}"

    def catch_up(self) -> list[dict[str, Any]]:
        """Merge what came into the view, and return it."""
        frames: list[dict[str, Any]] = [json.decode(frame) for frame in self.frames]
        self.frames.clear()
        for frame in frames:
            if frame["t"] == "snapshot":
                self.view = frame["d"]["view"]
            elif "patch" in frame["d"]:
                self.view = merge(self.view, frame["d"]["patch"])
        return frames

    async def leave(self) -> None:
        """Hang up."""
        await self.session.close()
        if self._reader is not None:
            await self._reader

    async def _read(self) -> None:
        while True:
            try:
                self.frames.append(await self.session.receive())
            except Unavailable:
                return


class Evening:
    """One table with its four players.

    Args:
        tables: The house.
        ids: Of seats and commands.
        seed: Of what the players do.
    """

    def __init__(self, tables: Tables, ids: IdSource, seed: int) -> None:
        self.table = ""
        self.seats: list[Seat] = []
        self._tables = tables
        self._ids = ids
        self._random = Random(seed)

    async def sit_down(self, adventure: str = ADVENTURE, pregens: Sequence[str] = PREGENS) -> None:
        """Open the table and begin to play."""
        self.table = await self._tables.create(NewTable(adventure, "spc_bench", "cmp_bench"))
        for pregen in pregens:
            name = self._ids("seat")
            seat = Seat(self._tables.door(self.table, name), name, self._ids)
            self.seats.append(seat)
            await seat.join()
            await seat.session.send(seat.command(cmd.Sit(pregen, pregen)))
        for seat in self.seats:
            await seat.session.send(seat.command(cmd.Ready()))
        await self.settle()
        self.catch_up()

    @property
    def over(self) -> bool:
        """Whether the tale has ended."""
        return self.seats[0].view["table"]["status"] == "closed"

    def next(self) -> tuple[Seat, bytes]:
        """Return who does something next, and the frame that asks for it."""
        seat = self._whose()
        return seat, seat.command(self._wish(seat))

    async def settle(self) -> None:
        """Return when the table waits for a player, everything is told and everything was read."""
        room = await self._tables.room(self.table)
        while room.position.automatic() is not None:  # noqa: ASYNC110 - a table has no event for that
            await asyncio.sleep(0)
        await room.told()
        for _ in range(3):
            await asyncio.sleep(0)

    def catch_up(self) -> list[dict[str, Any]]:
        """Let every player take in what came, and return all of it."""
        return [frame for seat in self.seats for frame in seat.catch_up()]

    async def leave(self) -> None:
        """Let everybody hang up."""
        for seat in self.seats:
            await seat.leave()

    def _whose(self) -> Seat:
        asked = [seat for seat in self.seats if seat.view.get("decisions")]
        able = asked or [seat for seat in self.seats if seat.view.get("options")]
        return self._random.choice(able or self.seats)

    def _wish(self, seat: Seat) -> CommandData:
        choice = msgspec.convert(seat.view, _Choice)
        if choice.decisions:
            decision = choice.decisions[0]
            return cmd.Answer(decision.id, self._random.choice(decision.choices).id)
        if not choice.options or self._random.random() < _TALK:
            return cmd.Say("Keep close, and keep your lamp low.")
        option = self._random.choices(choice.options, [_LIKELY.get(o.kind, _RARE) for o in choice.options])[0]
        if option.label and self._random.random() < _WORDS:
            return cmd.Do(option.label)
        return self._use(option)

    def _use(self, option: Option) -> CommandData:
        targets = [target.id for target in option.targets]
        chosen = tuple(self._random.sample(targets, min(option.pick, len(targets)))) if option.pick else ()
        if option.kind == "turn":
            return cmd.EndTurn()
        params: Mapping[str, str | int] = {"slot": self._random.choice(option.cost.slots)} if option.cost.slots else {}
        return cmd.UseOption(option.id, chosen, dict(params))


def unlike(evening: Evening, view: Callable[[str], SeatView]) -> list[str]:
    """Return the seats whose own view is not the one that the table would give them now; there should be none."""
    return [s.id for s in evening.seats if s.view != json.decode(json.encode(view(s.id)))]
