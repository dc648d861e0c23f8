"""The owner of one table: one task that takes commands in turn, decides, stores, and only then tells.

Order of writes: decide → append events and side work → publish → answer the sender → narrate; the middle of it is the
`press`'s. Between commands it plays whoever has no player. A fault in deciding fails the command, never the table. When
another process has taken the table over, it stops. Does not know who may sit in which seat.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import Context

import structlog

from taleforge.errors import StoreFull, TaleforgeError
from taleforge.live.alarm import Alarm
from taleforge.live.audience import Audience
from taleforge.live.birth import branch_off
from taleforge.live.canvass import Canvass
from taleforge.live.course import Course
from taleforge.live.deciding import MOST_AUTOMATIC, Deciding, brings_a_person, is_planned
from taleforge.live.faults import fault, shown
from taleforge.live.inbox import Inbox, Moved
from taleforge.live.ports import Decision, Services
from taleforge.live.press import Herald, Press
from taleforge.live.stream import reply_frame
from taleforge.live.understanding import Begun, Memory, Understanding, pack_begun, read_begun
from taleforge.messages.codes import Code
from taleforge.messages.commands import (
    NAMELESS,
    Ack,
    Branch,
    Command,
    CommandData,
    Do,
    EngineTimeout,
    Refused,
    Reply,
    command,
)
from taleforge.messages.events import DiceCommitted
from taleforge.table.ports import SideWork

log = structlog.get_logger(__name__)


class Owner:
    """The part of a room that decides; everything that changes the table goes through its inbox.

    Args:
        audience: Whom it tells here.
        fence: That of its claim; None when no other process can be there.
        seed: The seed of the dice in use; None when it is not known here, and new dice have to be committed to.
        services: The outside.
        herald: Tells other processes.
        overtaken: Called, from its own task, when somebody else wrote to the log or owns the table.
        carried: What the owner before was in the middle of understanding, if it could say so.
    """

    def __init__(
        self,
        audience: Audience,
        fence: int | None,
        seed: bytes | None,
        services: Services,
        *,
        herald: Herald,
        overtaken: Callable[[], None],
        carried: bytes = b"",
    ) -> None:
        self.table = audience.table
        self.fence = fence
        self._audience = audience
        self._seed = seed
        self._services = services
        self._overtaken = overtaken
        self._log = log.bind(table=self.table)
        begun = read_begun(carried)
        self._understanding = Understanding(services.interpreter, begun.memories)
        self._deciding = Deciding(services, self._understanding)
        self._canvass = Canvass()
        self._rest = list(begun.rest)
        self._inbox = Inbox()
        self._alarm = Alarm(services.clock)
        self._press = Press(audience, fence, services, herald)
        self._task = asyncio.create_task(self._own(), name=f"owner of {self.table}", context=Context())

    @property
    def idle(self) -> bool:
        """Whether nothing waits."""
        return self._inbox.empty

    async def submit(self, wish: Command) -> Reply:
        """Answer a seat's command; a command that was done before is answered as it was then.

        Raises:
            Moved: the table is not owned here any more.
        """
        carrier = self._services.spans.carrier()
        return await self._inbox.ask(lambda: self._spanned(wish, carrier))

    async def rotate(self) -> None:
        """Reveal the seed of the dice in use and commit to another one, so that what was rolled can be checked.

        Raises:
            Unavailable: the store cannot be written now.
            Moved: the table is not owned here any more.
        """
        await self._inbox.ask(self._rotate)

    async def act(self, data: CommandData) -> None:
        """Decide what the table itself wants; raises Moved."""
        await self._inbox.ask(lambda: self._decide(command(self._services.ids("cmd"), "", data)))

    @property
    def carried(self) -> bytes:
        """What was asked back and not answered, and what a seat said it would do next: for the next owner."""
        memories = {seat: memory for seat, memory in self._understanding.memories.items() if memory != Memory()}
        return pack_begun(Begun(memories, tuple(self._rest))) if memories or self._rest else b""

    def tell_later(self, work: Sequence[SideWork]) -> None:
        """Have stored briefs told that an earlier process did not come to."""
        self._press.tell_later(work)

    @property
    def untold(self) -> int:
        """How much of what happened is not told yet."""
        return self._press.untold

    async def told(self) -> None:
        """Return when everything so far is told."""
        await self._press.told()

    async def close(self, patience: float = 2.0) -> None:
        """Do what was asked, and tell what can be told in `patience` seconds; whoever asks later hears `Moved`."""
        await self._inbox.end()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._inbox.refuse()
        self._alarm.stop()
        await self._press.close(patience)

    async def _own(self) -> None:
        while True:
            if not self._inbox.refusing and self._inbox.empty and (await self._carry_on() or await self._step()):
                await asyncio.sleep(0)  # let the others have the loop, and commands come in between
                continue
            self._alarm.set(self._audience.position.deadlines(), self._time_is_up)
            job = await self._inbox.take()
            if job is None:
                return
            self._deciding.steps_left = MOST_AUTOMATIC
            await job()

    async def _carry_on(self) -> bool:
        """Do what a seat said it would do after its last deed; its reply comes unasked, so a plain yes is not sent."""
        if not self._rest:
            return False
        seat, text = self._rest.pop(0)
        with suppress(Moved):
            reply = await self._serve(command(self._services.ids("cmd"), seat, Do(text)))
            if not isinstance(reply, Ack):
                self._press.push(seat, reply_frame(reply))
        return True

    async def _step(self) -> bool:
        """Let the table do one thing by itself; False when it waits for somebody, or cannot go on."""
        if self._deciding.steps_left == 0:
            return False
        try:
            data = self._audience.position.automatic()
        except Exception as error:  # noqa: BLE001  # a bug stops the table's own moves, never the players'
            self._log.error("automatic.fault", version=self._audience.position.version, **fault(error))
            return False
        if data is None:
            return False
        self._deciding.steps_left -= 1
        try:
            reply = await self._decide(command(self._services.ids("cmd"), "", data))
        except Moved:
            return False
        if isinstance(reply, Refused):
            self._log.error("automatic.refused", version=self._audience.position.version, reason=reply.code)
            self._deciding.steps_left = 0
        elif self._deciding.steps_left == 0:
            self._log.error("automatic.endless", version=self._audience.position.version, steps=MOST_AUTOMATIC)
        return isinstance(reply, Ack)

    async def _spanned(self, wish: Command, carrier: str) -> Reply:
        """Answer a command as a step of whatever trace its sender is in."""
        spans = self._services.spans
        sender = {} if isinstance(wish.d, NAMELESS) else {"seat": wish.seat, "command": shown(wish.id)}
        with spans.under(carrier), spans.span("command", table=self.table, **sender):
            return await self._serve(wish)

    async def _serve(self, wish: Command) -> Reply:
        try:
            meant = await self._meant(wish)
        except TaleforgeError as error:
            return self._not_stored(wish, error)
        except Exception as error:  # noqa: BLE001  # a bug fails the command, never the table
            self._log.error("command.fault", **_named(wish), **fault(error))
            return Refused(wish.id, Code.ENGINE_FAULT)
        if not isinstance(meant, Command):
            return meant
        heard = self._understanding.take_heard(wish.seat)
        reply = await self._decide(meant, self._understanding.take_rest(wish.seat))
        if isinstance(reply, Ack) and heard:
            reply = Ack(reply.re, reply.v, heard)
        if isinstance(reply, Ack) and (settled := self._canvass.heard(meant, self._audience.position)):
            await self._decide(command(self._services.ids("cmd"), "", settled))
        return reply

    async def _meant(self, wish: Command) -> Command | Reply:
        """Return the command a wish comes to, or the answer if it was done before or cannot be understood."""
        done = await self._done(wish.id)
        if done is not None:
            return Ack(wish.id, done)
        with self._services.spans.span("interpret"):
            return self._understanding.of(wish, lambda: self._audience.view(wish.seat))

    async def _done(self, command: str) -> int | None:
        """Return the version after a command that was done before, however long ago."""
        known = self._audience.position.answered(command)
        if known is not None or not self._audience.done.may_hold(command):
            return known
        return await self._services.log.find_command(self.table, command)

    async def _decide(self, wish: Command, rest: str = "") -> Ack | Refused:
        """Have a command decided, and after it the `rest` of the words that it was made of."""
        heard: Reply | None = None
        try:
            decision = await self._decision(wish)
            rest = "" if is_planned(decision) else rest
            if brings_a_person(decision):
                await self._rotate(decision)
            elif decision.events:
                course = Course(self._audience.position)
                rest, heard = self._deciding.go_on(course, decision, wish.seat, rest, self._seed)
                await self._publish(course)
        except Moved:
            raise
        except TaleforgeError as error:
            return self._not_stored(wish, error)
        except Exception as error:  # noqa: BLE001  # a bug fails the command, never the table
            self._log.error("command.fault", **_named(wish), **fault(error))
            return Refused(wish.id, Code.ENGINE_FAULT)
        if rest and isinstance(decision.reply, Ack):
            self._rest.append((wish.seat, rest))
        if heard is not None:
            self._press.push(wish.seat, reply_frame(heard))
        return decision.reply

    async def _decision(self, wish: Command) -> Decision:
        if isinstance(wish.d, Branch):
            return await self._branch(wish, wish.d.at or self._audience.position.version)
        seed = await self._dice()
        return self._deciding.decide(self._audience.position, wish, seed)

    async def _dice(self) -> bytes:
        """Return the seed of the dice in use; new dice first, when their seed is not known here."""
        if self._seed is None:
            await self._rotate()
        assert self._seed is not None
        return self._seed

    async def _rotate(self, first: Decision | None = None) -> None:
        """Store new dice, after what was decided first if anything was, together or not at all (PROTOCOL §9)."""
        course = Course(self._audience.position)
        if first is not None:
            course.take(first)
        seed = self._services.chance(32)
        rotation = course.steps[-1].rotate(self._seed, seed, self._services.now())
        committed = rotation.events[-1].d
        assert isinstance(committed, DiceCommitted)
        await self._services.secrets.put_seed(self.table, committed.commitment, seed)
        course.take(rotation)
        await self._publish(course)
        self._seed = seed

    async def _publish(self, course: Course) -> None:
        """Store what was decided and let everybody hear; do nothing more when somebody else writes to the table."""
        try:
            await self._press.publish(course)
        except Moved:
            self._inbox.refusing = True
            self._overtaken()
            raise

    async def _branch(self, wish: Command, at: int) -> Decision:
        """Make the new table first: what the log then tells of is there."""
        child = self._services.ids("tbl")
        decision = self._audience.position.branch(wish, child, at, self._services.now())
        if decision.events:
            await branch_off(self._services, self.table, at, child)
        return decision

    async def _time_is_up(self, decision: str) -> None:
        """Have a decision settled by its default, when its turn comes."""
        wish = command(self._services.ids("cmd"), "", EngineTimeout(decision))

        async def settle() -> None:
            self._alarm.done(decision)
            with suppress(Moved):
                await self._decide(wish)

        await self._inbox.put(settle)

    def _not_stored(self, wish: Command, error: TaleforgeError) -> Refused:
        self._log.error("command.not_stored", **_named(wish), reason=str(error))
        return Refused(wish.id, Code.STORE_FULL if isinstance(error, StoreFull) else Code.STORE_UNAVAILABLE)


def _named(wish: Command) -> dict[str, str]:
    """Return what may be logged of a command."""
    return {} if isinstance(wish.d, NAMELESS) else {"command": shown(wish.id), "name": wish.name, "seat": wish.seat}
