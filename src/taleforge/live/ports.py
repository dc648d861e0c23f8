"""What a room needs besides `table.ports`: the game as a value that answers questions, a clock, and fresh chance.

`live` plays any game that fulfils `Game`; `bootstrap` hands it ours. Does not implement anything.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from taleforge.messages.brief import Brief
from taleforge.messages.commands import Ack, Command, CommandData, Refused
from taleforge.messages.events import Event
from taleforge.messages.frames import SeatEvent
from taleforge.messages.ids import IdSource
from taleforge.messages.views import SeatView
from taleforge.table.ports import EventLog, Interpreter, Narrator, NewTable, SecretStore


class Position(Protocol):
    """A table at one version. A value: nothing here changes it, `decide` and `after` return another one."""

    @property
    def version(self) -> int:
        """Version of the last event."""
        ...

    @property
    def status(self) -> str:
        """`lobby`, `playing`, `paused` or `closed`."""
        ...

    @property
    def commitment(self) -> str:
        """The commitment of the dice in use, in hexadecimal."""
        ...

    def after(self, event: Event) -> "Position":
        """Return the position after an event."""
        ...

    def answered(self, command: str) -> int | None:
        """Return the version after a command that was done lately."""
        ...

    def decide(self, command: Command, seed: bytes, now: str) -> "Decision":
        """Return what comes of a command, rolled from the seed of the dice in use."""
        ...

    def rotate(self, old: bytes | None, new: bytes, now: str) -> "Decision":
        """Reveal the old seed, if there is one, and commit to the new one."""
        ...

    def branch(self, command: Command, child: str, at: int, now: str) -> "Decision":
        """Note that a branch of this table at a version is made, if the sender may make one."""
        ...

    def branch_log(self, child: str, seed: bytes, now: str) -> tuple[Event, ...]:
        """Return the events that begin the log of a branch of this position, with dice of its own."""
        ...

    def view(self, seat: str) -> SeatView:
        """Return all that a seat may know."""
        ...

    def project(self, event: Event, seat: str) -> SeatEvent | None:
        """Return the event that led here as a seat may hear it, or None."""
        ...

    def automatic(self) -> CommandData | None:
        """Return the command by which the table goes on by itself, or None when it waits for somebody."""
        ...

    def deadlines(self) -> Mapping[str, str]:
        """Return until when (RFC 3339) each decision with a time-out waits."""
        ...


class Decision(Protocol):
    """What came of a command."""

    @property
    def events(self) -> tuple[Event, ...]:
        """What happened; nothing when the command was refused."""
        ...

    @property
    def reply(self) -> Ack | Refused:
        """The answer to the sender."""
        ...

    @property
    def briefs(self) -> tuple[Brief, ...]:
        """What is to be told of it."""
        ...


class Game(Protocol):
    """Makes positions."""

    def open(self, table: str, wish: NewTable, seed: bytes, now: str) -> tuple[Event, ...]:
        """Return the events that begin a table's log. Raises BadInput when there is no such adventure."""
        ...

    def fold(self, table: str, events: Sequence[Event]) -> Position:
        """Return the position a whole log leads to. Raises Damaged when it leads nowhere."""
        ...


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything of the outside that rooms use.

    `narrator` may fail, then `fallback` tells; `chance(n)` gives n unguessable bytes; `reached` is told where in its
    work a room is, for the tests of crash safety.
    """

    game: Game
    log: EventLog
    secrets: SecretStore
    interpreter: Interpreter
    narrator: Narrator
    fallback: Narrator
    clock: Clock
    ids: IdSource
    chance: Callable[[int], bytes]
    reached: Callable[[str], None]

    def now(self) -> str:
        """Return the time as the protocol writes it: RFC 3339 in UTC with milliseconds."""
        return self.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
