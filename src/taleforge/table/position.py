"""A table at one version as the value its owner holds: state, packs and ids together, behind the game's few questions.

What `live` asks of a game (`live.ports`), answered with the functions of this package. Stores and sends nothing.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from taleforge.errors import BadInput, Damaged
from taleforge.messages.brief import Brief
from taleforge.messages.codes import Code
from taleforge.messages.commands import Ack, Command, CommandData, Refused
from taleforge.messages.events import (
    EVENT_NAMES,
    EVENT_VERSIONS,
    By,
    DiceCommitted,
    DiceRevealed,
    Event,
    EventData,
    TableBranched,
    TableImported,
)
from taleforge.messages.frames import SeatEvent
from taleforge.messages.ids import CommandId, IdSource
from taleforge.messages.views import SeatView
from taleforge.rules.dice import ProvableDice, commitment, salt_for
from taleforge.table import gathering
from taleforge.table.brief import briefs
from taleforge.table.decide import decide
from taleforge.table.discretion import Tact, Tell, discreet_event, discreet_view
from taleforge.table.draft import Context
from taleforge.table.evolve import evolve
from taleforge.table.fight import deadline, turn_key
from taleforge.table.opening import branch_table, open_table
from taleforge.table.ports import NewTable
from taleforge.table.project import project
from taleforge.table.recall import Recall
from taleforge.table.state import State
from taleforge.table.tactics import automatic
from taleforge.table.view import view
from taleforge.world.scene import Content


class Outcome(Struct, frozen=True):
    """What came of a command: events (none when it was refused), the answer, what is to be told."""

    events: tuple[Event, ...]
    reply: Ack | Refused
    briefs: tuple[Brief, ...] = ()


class Position:
    """A table at one version; nothing here changes it.

    Args:
        state: What the log leads to.
        content: The packs to play from.
        ids: Makes the ids of what is new.
        tact: How words of packs are told within lines and veils; without it as they are written.
        recall: What the views before were made of; handed on to the positions after this one.
    """

    __slots__ = ("_content", "_foreseen", "_ids", "_recall", "_tact", "state")

    def __init__(
        self, state: State, content: Content, ids: IdSource, tact: Tact | None = None, recall: Recall | None = None
    ) -> None:
        self.state = state
        self._content = content
        self._ids = ids
        self._tact = tact
        self._recall = recall or Recall()
        self._foreseen: tuple[tuple[Event, State], ...] = ()

    @property
    def version(self) -> int:
        """Version of the last event."""
        return self.state.version

    @property
    def status(self) -> str:
        """`lobby`, `playing`, `paused` or `closed`."""
        return self.state.status

    @property
    def commitment(self) -> str:
        """The commitment of the dice in use, in hexadecimal."""
        return self.state.dice.commitment

    def after(self, event: Event) -> "Position":
        """Return the position after an event."""
        if not self._foreseen or self._foreseen[0][0] is not event:
            return Position(evolve(self.state, event), self._content, self._ids, self._tact, self._recall)
        next_ = Position(self._foreseen[0][1], self._content, self._ids, self._tact, self._recall)
        next_._foreseen = self._foreseen[1:]
        return next_

    def answered(self, command: str) -> int | None:
        """Return the version after a command that was done lately."""
        return self.state.commands.get(command)

    def decide(self, command: Command, seed: bytes, now: str) -> Outcome:
        """Return what comes of a command, rolled from the seed of the dice in use."""
        dice = self.state.dice
        self._recall.look(self.state)
        source = ProvableDice(seed, bytes.fromhex(dice.salt), dice.nonce)
        decided = decide(self.state, command, Context(source, now, self._ids, self._content))
        self._foreseen = tuple(zip(decided.events, decided.steps, strict=True))
        return Outcome(decided.events, decided.reply, briefs(self.state, decided.events, decided.state))

    def rotate(self, old: bytes | None, new: bytes, now: str) -> Outcome:
        """Reveal the old seed, if there is one, and commit to the new one; its dice begin at nonce 0."""
        dice = self.state.dice
        data: list[tuple[EventData, int]] = [(DiceCommitted(commitment(new).hex(), dice.salt), 0)]
        if old is not None:
            data.insert(0, (DiceRevealed(old.hex()), dice.nonce))
        events = self._engine_events(data, now)
        return Outcome(events, Ack(CommandId(""), events[-1].v))

    def branch(self, command: Command, child: str, at: int, now: str) -> Outcome:
        """Note that a branch of this table, as it was at version `at`, is made; the host may make one."""
        refusal = self._refuse_branch(command, at)
        if refusal is not None:
            return Outcome((), Refused(command.id, refusal))
        events = self._engine_events([(TableBranched(child, at), self.state.dice.nonce)], now, command)
        return Outcome(events, Ack(command.id, events[-1].v))

    def _refuse_branch(self, command: Command, at: int) -> Code | None:
        seat = self.state.seats.get(command.seat)
        if seat is None:
            return Code.SEAT_UNKNOWN
        if seat.role != "host":
            return Code.SEAT_HOST_ONLY
        return None if 2 <= at <= self.state.version else Code.UNDO_TOO_FAR

    def branch_log(self, child: str, seed: bytes, now: str) -> tuple[Event, ...]:
        """Return the events that begin the log of a branch of this position, with dice of its own."""
        context = Context(ProvableDice(seed, b""), now, self._ids, self._content)
        return branch_table(child, self.state, commitment(seed).hex(), salt_for(child, []).hex(), context)

    def imported(self, how: TableImported, now: str) -> tuple[Event, ...]:
        """Return the events that say of all before them that it came in from a file."""
        return self._engine_events([(how, self.state.dice.nonce)], now)

    def view(self, seat: str) -> SeatView:
        """Return all that a seat may know."""
        self._recall.look(self.state)
        seen, tell = view(self.state, seat, self._recall), self._tell()
        return discreet_view(seen, tell) if tell else seen

    def project(self, event: Event, seat: str) -> SeatEvent | None:
        """Return the event that led here as a seat may hear it, or None."""
        heard, tell = project(self.state, event, seat), self._tell()
        return discreet_event(heard, tell) if heard and tell else heard

    def told(self, words: str) -> str:
        """Return words as this table may be told them: the same where nothing in them is lined or veiled."""
        tell = self._tell()
        return tell(words) if tell else words

    def _tell(self) -> Tell | None:
        """Return how this table may be told something; None where it draws no lines and veils."""
        safety = self.state.safety
        if self._tact is None or not (safety.lines or safety.veils):
            return None
        return self._tact(safety.lines, safety.veils, self.state.opened.lang)

    def automatic(self) -> CommandData | None:
        """Return the command by which the table goes on by itself, or None when it waits for somebody."""
        return automatic(self.state)

    def stands(self, v: int) -> bool:
        """Whether a version was not taken back: what was is not told again."""
        return not any(after < v < until for after, until in self.state.gone)

    def canvass(self) -> tuple[str, frozenset[str]] | None:
        """Return the open question to the whole table, if there is one: its id and the seats that are waited for."""
        rewind = self.state.safety.rewind
        return None if rewind is None else (rewind.id, frozenset(rewind.seats))

    def deadlines(self) -> Mapping[str, str]:
        """Return until when (RFC 3339) each decision with a time-out waits, and the turn (`turn:N`) if it has one.

        While the table is paused nothing waits but the question how far to go back.
        """
        if self.state.status != "playing":
            rewind = self.state.safety.rewind
            return {rewind.id: rewind.until} if rewind else {}
        waiting = {key: open_.until for key, open_ in self.state.decisions.items() if open_.until is not None}
        turn = deadline(self.state) if not self.state.decisions else None
        waiting |= gathering.deadlines(self.state) if not self.state.decisions else {}
        return waiting if turn is None else {**waiting, turn_key(self.state): turn}

    def _engine_events(
        self, data: Sequence[tuple[EventData, int]], now: str, command: Command | None = None
    ) -> tuple[Event, ...]:
        """Return events that everybody hears of, each with the nonce after it."""
        by = By(seat=command.seat) if command else By(engine=True)
        cmd = command.id if command else None
        clock = self.state.stage.clock
        return tuple(
            Event(version, name, EVENT_VERSIONS[name], self._ids("evt"), now, clock, by, item, cmd=cmd, nonce=nonce)
            for version, (item, nonce) in enumerate(data, self.version + 1)
            for name in (EVENT_NAMES[type(item)],)
        )


class Game:
    """Makes positions.

    Args:
        content: The packs to play from.
        ids: Makes the ids of what is new.
        tact: How words of packs are told within lines and veils; without it as they are written.
    """

    def __init__(self, content: Content, ids: IdSource, tact: Tact | None = None) -> None:
        self._content = content
        self._ids = ids
        self._tact = tact

    def open(self, table: str, wish: NewTable, seed: bytes, now: str) -> tuple[Event, ...]:
        """Return the events that begin a table's log.

        Raises:
            BadInput: there is no such adventure.
        """
        if wish.adventure not in self._content.adventures:
            known = ", ".join(sorted(self._content.adventures))
            raise BadInput(f"There is no adventure {wish.adventure!r}.", f"Choose one of these: {known}.")
        context = Context(ProvableDice(seed, b""), now, self._ids, self._content)
        return open_table(
            table, wish.adventure, context,
            space=wish.space, campaign=wish.campaign, house_rules=wish.house_rules,
            commitment=commitment(seed).hex(), salt=salt_for(table, []).hex(),
        )  # fmt: skip

    def fold(self, table: str, events: Sequence[Event]) -> Position:
        """Return the position a whole log leads to.

        Raises:
            Damaged: some event cannot follow those before it.
        """
        state = State(id=table)
        for event in events:
            try:
                state = evolve(state, event)
            except Exception as error:
                raise Damaged(
                    f"Event {event.v} ({event.name}) of table {table} cannot follow those before it.",
                    "Keep the file; `taleforge verify` on an export of it says more.",
                ) from error
        return Position(state, self._content, self._ids, self._tact)
