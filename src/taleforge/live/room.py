"""The owner of one table: one task that takes commands in turn, decides, stores, and only then tells.

Order of writes: decide → append events and side work → publish → answer the sender → narrate. Between commands it plays
whoever has no player. A fault in deciding fails the command, never the table. Does not know who may sit in which seat.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from itertools import accumulate
from typing import TypeVar

import structlog

from taleforge.errors import Conflict, StoreFull, TaleforgeError, Unavailable
from taleforge.live.birth import branch_off
from taleforge.live.canvass import Canvass
from taleforge.live.faults import fault
from taleforge.live.narration import Teller, work_for
from taleforge.live.ports import Decision, Position, Services
from taleforge.live.stream import Connection, SeatStream, reply_frame
from taleforge.live.understanding import Understanding
from taleforge.messages.brief import Brief, Prose
from taleforge.messages.codes import Code
from taleforge.messages.commands import (
    NAMELESS,
    SERVICE_PREFIX,
    Ack,
    Branch,
    Command,
    Do,
    EngineTimeout,
    Refused,
    Reply,
    command,
)
from taleforge.messages.events import DiceCommitted, Event, SeatTaken, TableRewound
from taleforge.messages.views import SeatView
from taleforge.table.ports import SideWork

T = TypeVar("T")

MOST_WAITING = 64
"""Commands that wait for the owner before their senders wait to send."""
MOST_AUTOMATIC = 1_000
"""Things the table does by itself between two commands; more can only be a fault in the rules."""
KEPT_PROSE = 200
"""Pieces of prose, of all audiences, that are kept for snapshots."""

log = structlog.get_logger(__name__)


class Room:
    """One table, being played; made by `open_room`. Everything that changes it goes through its inbox.

    Args:
        table: The table's id.
        position: Where its log leads to.
        seed: The seed of the dice in use; None when it is not known here, and new dice have to be committed to.
        prose: What was told lately.
        services: The outside.
    """

    def __init__(
        self, table: str, position: Position, seed: bytes | None, prose: Sequence[Prose], services: Services
    ) -> None:
        self.table = table
        self.lost = False
        """Whether somebody else wrote to the log: what is known here is stale, and the room has to be opened anew."""
        self._position = position
        self._seed = seed
        told = (one for one in prose if position.stands(one.v))
        self._prose = deque(told, maxlen=KEPT_PROSE)
        self._services = services
        self._log = log.bind(table=table)
        self._understanding = Understanding(services.interpreter)
        self._canvass = Canvass()
        self._streams: dict[str, SeatStream] = {}
        self._rest: deque[tuple[str, str]] = deque()
        self._inbox: asyncio.Queue[Callable[[], Awaitable[None]] | None] = asyncio.Queue(MOST_WAITING)
        self._steps_left = MOST_AUTOMATIC
        self._alarm: asyncio.Task[None] | None = None
        self._timed_out: set[str] = set()
        self._closing = False
        self._teller = Teller(table, services, self._tell)
        self._owner = asyncio.create_task(self._own(), name=f"owner of {table}")

    @property
    def position(self) -> Position:
        """Where the table is now."""
        return self._position

    @property
    def idle(self) -> bool:
        """Whether nobody is connected and nothing waits."""
        return self._inbox.empty() and not any(stream.connections for stream in self._streams.values())

    async def submit(self, wish: Command) -> Reply:
        """Answer a seat's command; a command that was done before is answered as it was then.

        Raises:
            Unavailable: the room is closing.
        """
        if wish.name.startswith(SERVICE_PREFIX):
            return Refused(wish.id, Code.COMMAND_SERVICE_ONLY)
        return await self._in_turn(lambda: self._serve(wish))

    async def rotate(self) -> None:
        """Reveal the seed of the dice in use and commit to another one, so that what was rolled can be checked.

        Raises:
            Unavailable: the store cannot be written now, or the room is closing.
        """
        await self._in_turn(self._rotate)

    def connect(self, seat: str, since: int | None = None) -> Connection:
        """Return a new connection of a seat, which begins after frame `since` or with a snapshot."""
        stream = self._streams.get(seat)
        if stream is None:
            told = [prose for prose in self._prose if _is_for(prose, seat)]
            first = int(self._services.clock.now().timestamp() * 1000)  # greater than any number before a restart
            stream = self._streams[seat] = SeatStream(self._position.view(seat), told, first)
        return stream.connect(since)

    def tell_later(self, work: Sequence[SideWork]) -> None:
        """Have stored briefs told that an earlier process did not come to."""
        for item in work:
            self._teller.put(item)

    async def told(self) -> None:
        """Return when everything so far is told."""
        await self._teller.finish()

    async def close(self, patience: float = 2.0) -> None:
        """Do what was asked, tell what can be told in `patience` seconds, say goodbye to everybody."""
        self._closing = True
        await self._inbox.put(None)
        await asyncio.gather(self._owner, return_exceptions=True)
        if self._alarm is not None:
            self._alarm.cancel()
        await self._teller.close(patience)
        for stream in self._streams.values():
            stream.close("table/closing")

    async def _in_turn(self, job: Callable[[], Awaitable[T]]) -> T:
        """Do a job when its turn comes, and return what it returns."""
        if self._closing:
            raise Unavailable(f"Table {self.table} is closing.", "Connect again in a moment.")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def do() -> None:
            try:
                result = await job()
            except Exception as error:  # noqa: BLE001  # whoever asked hears of it; the owner goes on
                if not answer.cancelled():
                    answer.set_exception(error)
            else:
                if not answer.cancelled():
                    answer.set_result(result)

        await self._inbox.put(do)
        return await answer

    async def _own(self) -> None:
        while True:
            if self._inbox.empty() and (await self._carry_on() or await self._step()):
                await asyncio.sleep(0)  # let the others have the loop, and commands come in between
                continue
            self._set_alarm()
            job = await self._inbox.get()
            if job is None:
                return
            self._steps_left = MOST_AUTOMATIC
            await job()

    async def _carry_on(self) -> bool:
        """Do what a seat said it would do after its last deed; its reply comes unasked, so a plain yes is not sent."""
        if not self._rest:
            return False
        seat, text = self._rest.popleft()
        reply = await self._serve(command(self._services.ids("cmd"), seat, Do(text)))
        if not isinstance(reply, Ack) and seat in self._streams:
            self._streams[seat].push(reply_frame(reply))
        return True

    async def _step(self) -> bool:
        """Let the table do one thing by itself; False when it waits for somebody, or cannot go on."""
        if self._steps_left == 0:
            return False
        try:
            data = self._position.automatic()
        except Exception as error:  # noqa: BLE001  # a bug stops the table's own moves, never the players'
            self._log.error("automatic.fault", version=self._position.version, **fault(error))
            return False
        if data is None:
            return False
        reply = await self._decide(command(self._services.ids("cmd"), "", data))
        self._steps_left -= 1
        if isinstance(reply, Refused):
            self._log.error("automatic.refused", version=self._position.version, reason=reply.code)
            self._steps_left = 0
        elif self._steps_left == 0:
            self._log.error("automatic.endless", version=self._position.version, steps=MOST_AUTOMATIC)
        return isinstance(reply, Ack)

    async def _serve(self, wish: Command) -> Reply:
        try:
            done = self._position.answered(wish.id) or await self._services.log.find_command(self.table, wish.id)
            meant = Ack(wish.id, done) if done else self._understanding.of(wish, lambda: self._view(wish.seat))
        except TaleforgeError as error:
            return self._not_stored(wish, error)
        except Exception as error:  # noqa: BLE001  # a bug fails the command, never the table
            self._log.error("command.fault", **_named(wish), **fault(error))
            return Refused(wish.id, Code.ENGINE_FAULT)
        if not isinstance(meant, Command):
            return meant
        reply = await self._decide(meant)
        if isinstance(reply, Ack) and (settled := self._canvass.heard(meant, self._position)):
            await self._decide(command(self._services.ids("cmd"), "", settled))
        if isinstance(reply, Ack) and (rest := self._understanding.take_rest(wish.seat)):
            self._rest.append((wish.seat, rest))
        return reply

    def _view(self, seat: str) -> SeatView:
        """Return what a seat knows: the very view it was sent, if any, for readers keep what they make of a view."""
        stream = self._streams.get(seat)
        return stream.view if stream else self._position.view(seat)

    async def _decide(self, wish: Command) -> Ack | Refused:
        try:
            decision = await self._decision(wish)
            if any(_brings_a_person(event) for event in decision.events):
                await self._rotate(decision)
            elif decision.events:
                await self._commit(decision.events, decision.briefs)
        except TaleforgeError as error:
            return self._not_stored(wish, error)
        except Exception as error:  # noqa: BLE001  # a bug fails the command, never the table
            self._log.error("command.fault", **_named(wish), **fault(error))
            return Refused(wish.id, Code.ENGINE_FAULT)
        return decision.reply

    async def _decision(self, wish: Command) -> Decision:
        if isinstance(wish.d, Branch):
            return await self._branch(wish, wish.d.at or self._position.version)
        seed = await self._dice()
        return self._position.decide(wish, seed, self._services.now())

    async def _dice(self) -> bytes:
        """Return the seed of the dice in use; new dice first, when their seed is not known here."""
        if self._seed is None:
            await self._rotate()
        assert self._seed is not None
        return self._seed

    async def _rotate(self, first: Decision | None = None) -> None:
        """Store new dice, after what was decided first if anything was, together or not at all (PROTOCOL §9)."""
        events = first.events if first else ()
        position = self._steps(events)[-1]
        seed = self._services.chance(32)
        rotation = position.rotate(self._seed, seed, self._services.now()).events
        committed = rotation[-1].d
        assert isinstance(committed, DiceCommitted)
        await self._services.secrets.put_seed(self.table, committed.commitment, seed)
        await self._commit((*events, *rotation), first.briefs if first else ())
        self._seed = seed

    async def _commit(self, events: tuple[Event, ...], briefs: Sequence[Brief]) -> None:
        """Store what was decided, then let everybody hear of it."""
        steps = self._steps(events)
        work = [work_for(brief, self._services.ids) for brief in briefs]
        await self._services.log.append(self.table, self._position.version, events, work, steps[-1].status)
        self._position = steps[-1]
        if any(isinstance(event.d, TableRewound) for event in events):
            self._withdraw()
        self._publish(events, steps[1:])
        self._services.reached("events.published")
        self.tell_later(work)

    def _steps(self, events: Sequence[Event]) -> list[Position]:
        """Return the position now and after each of some events."""
        return list(accumulate(events, lambda position, event: position.after(event), initial=self._position))

    def _publish(self, events: Sequence[Event], steps: Sequence[Position]) -> None:
        for seat, stream in tuple(self._streams.items()):
            try:
                made = (step.project(event, seat) for event, step in zip(events, steps, strict=True))
                heard = [event for event in made if event is not None]
                stream.follow(heard, steps[-1].view(seat), events[-1].at)
            except Exception as error:  # noqa: BLE001  # the facts are stored: this seat alone begins anew
                self._log.error("publish.fault", seat=seat, version=steps[-1].version, **fault(error))
                del self._streams[seat]
                stream.close(Code.ENGINE_FAULT)
            if stream.abandoned:
                self._streams.pop(seat, None)

    def _withdraw(self) -> None:
        """What told versions that were taken back is not told again."""
        stands = self._position.stands
        self._prose = deque((one for one in self._prose if stands(one.v)), maxlen=KEPT_PROSE)
        for stream in self._streams.values():
            stream.withdraw(stands)

    def _tell(self, prose: Prose) -> None:
        if not self._position.stands(prose.v):
            return
        self._prose.append(prose)
        for seat, stream in self._streams.items():
            if _is_for(prose, seat):
                stream.tell(prose)

    async def _branch(self, wish: Command, at: int) -> Decision:
        """Make the new table first: what the log then tells of is there."""
        child = self._services.ids("tbl")
        decision = self._position.branch(wish, child, at, self._services.now())
        if decision.events:
            await branch_off(self._services, self.table, at, child)
        return decision

    def _set_alarm(self) -> None:
        """Wake the owner when the earliest time-out is over."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        waiting = {key: until for key, until in self._position.deadlines().items() if key not in self._timed_out}
        if waiting:
            decision = min(waiting, key=lambda key: waiting[key])
            self._alarm = asyncio.create_task(self._time_out(decision, waiting[decision]))

    async def _time_out(self, decision: str, until: str) -> None:
        left = datetime.fromisoformat(until) - self._services.clock.now()
        await self._services.clock.sleep(max(0.0, left.total_seconds()))
        wish = command(self._services.ids("cmd"), "", EngineTimeout(decision))

        async def settle() -> None:
            self._timed_out.add(decision)  # once: whatever comes of it, it is not tried for ever
            await self._decide(wish)

        await self._inbox.put(settle)

    def _not_stored(self, wish: Command, error: TaleforgeError) -> Refused:
        if isinstance(error, Conflict):
            self.lost = True
        self._log.error("command.not_stored", **_named(wish), reason=str(error))
        return Refused(wish.id, Code.STORE_FULL if isinstance(error, StoreFull) else Code.STORE_UNAVAILABLE)


def _named(wish: Command) -> dict[str, str]:
    """Return what may be logged of a command."""
    return {} if isinstance(wish.d, NAMELESS) else {"command": wish.id, "name": wish.name, "seat": wish.seat}


def _brings_a_person(event: Event) -> bool:
    return isinstance(event.d, SeatTaken) and event.d.role != "companion"


def _is_for(prose: Prose, seat: str) -> bool:
    return not prose.audience or seat in prose.audience
