"""What a room needs besides `table.ports`: the game as a value that answers questions, time, chance, other processes.

`live` plays any game that fulfils `Game`; `bootstrap` hands it ours. Of several processes at one store, `Claims` says
which owns a table, and a `Bus` carries what they say to each other. Does not implement anything.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from msgspec import Struct

from taleforge.messages.brief import Brief
from taleforge.messages.commands import Ack, Command, CommandData, Refused
from taleforge.messages.events import Event, TableImported
from taleforge.messages.frames import SeatEvent
from taleforge.messages.ids import IdSource
from taleforge.messages.views import SeatView
from taleforge.table.ports import EventLog, Interpreter, Narrator, NewTable, SecretStore

TTL: Final = 5.0
"""Seconds after which a process that was not seen counts as dead, and others may own its tables."""


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

    def imported(self, how: TableImported, now: str) -> tuple[Event, ...]:
        """Return the events that say of all before them that it came in from a file."""
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

    def stands(self, v: int) -> bool:
        """Whether a version was not taken back: what was is not told again."""
        ...

    def canvass(self) -> tuple[str, frozenset[str]] | None:
        """Return the open question to the whole table, if there is one: its id and the seats that are waited for."""
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
        """Return the time in UTC, which may be set forward and back."""
        ...

    def passed(self) -> float:
        """Return the seconds on a stop-watch that runs whatever the time is set to."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        ...


class Claim(Struct, frozen=True):
    """Who owns a table, and the fence of its claim: whoever writes under an older fence stores nothing."""

    owner: str
    fence: int


class Standing(Struct, frozen=True):
    """How a table stands in the store: its version, and its owner, None when no process that lives owns it."""

    owner: str | None
    fence: int
    version: int


class Claims(Protocol):
    """Who of several processes (nodes) owns which table: kept where the log is, so that one statement checks both.

    A node that did not `beat` for `TTL` seconds, by the store's own clock, is dead. All raise Unavailable.
    """

    @property
    def alone(self) -> bool:
        """Whether no other process can write to this store: then nobody need beat or claim."""
        ...

    async def beat(self, node: str) -> None:
        """Be seen. A node beats before its first claim."""
        ...

    async def living(self) -> set[str]:
        """Return the nodes that are alive."""
        ...

    async def leave(self, node: str) -> None:
        """Give up every claim of a node, and be gone."""
        ...

    async def claim(self, table: str, node: str) -> Claim | None:
        """Own a table under the next fence, if nobody, this node or a dead one owns it; return whose it is now.

        None when there is no such table.
        """
        ...

    async def release(self, table: str, node: str) -> None:
        """Give up a claim; nothing happens when another node owns the table."""
        ...

    async def look(self, tables: Collection[str]) -> dict[str, Standing]:
        """Return how some tables stand; those that do not exist are left out."""
        ...


class Bus(Protocol):
    """Carries messages between processes: each at most once, those of one publisher on a channel in their order.

    Nothing depends on its delivery: whoever finds a gap reads the log.
    """

    @property
    def up(self) -> bool:
        """Whether messages get through now, as far as is known."""
        ...

    @property
    def latency_ms(self) -> float:
        """How long whatever carries the messages took to take the last ones, in milliseconds."""
        ...

    @property
    def counts(self) -> Mapping[str, int]:
        """How many messages went `out`, came `in` and were `dropped`, and how many `gaps` there were, so far."""
        ...

    def publish(self, channel: str, data: bytes) -> None:
        """Give a message to whoever hears a channel, this process too if it does. Never waits, never raises."""
        ...

    async def subscribe(self, channel: str, hear: Callable[[bytes], None]) -> Callable[[], None]:
        """Have what is published from the return on heard, until what is returned is called.

        Without a connection it returns at once: messages come when there is one again, after `on_gap` was told.
        `hear` is called in the event loop, never within `publish`.
        """
        ...

    def on_gap(self, told: Callable[[], None]) -> Callable[[], None]:
        """Have it told each time that messages may have been lost, until what is returned is called."""
        ...


class Spans(Protocol):
    """Measures and traces the steps of a command: `command interpret decide append fan_out narrate`."""

    def span(self, name: str, **ids: str) -> AbstractContextManager[object]:
        """Return the block in which a step is done."""
        ...

    def carrier(self) -> str:
        """Return where in a trace we are, to be sent along to another process; empty when nothing is traced."""
        ...

    def under(self, carrier: str) -> AbstractContextManager[object]:
        """Return a block whose steps belong to the trace of a carrier."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything of the outside that rooms use.

    `narrator` may fail, then `fallback` tells; `chance(n)` gives n unguessable bytes; `reached` is told where in its
    work a room is, for the tests of crash safety; `node` is this process among those at the same store.
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
    claims: Claims
    bus: Bus
    spans: Spans
    node: str

    def now(self) -> str:
        """Return the time as the protocol writes it: RFC 3339 in UTC with milliseconds."""
        return self.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
