"""A table in a process that does not own it: hears what happens from the owner, and asks it for what is wanted here.

What it hears over the bus is applied where it fits; where something is missing the log is read. So it comes to the
same state whatever the bus loses, doubles or turns round. Decides nothing and writes nothing.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextvars import Context

import msgspec
import structlog

from taleforge.errors import TaleforgeError, TooNew
from taleforge.live import letters
from taleforge.live.audience import Audience
from taleforge.live.courier import Courier
from taleforge.live.faults import fault
from taleforge.live.inbox import Moved
from taleforge.live.ports import Claim, Services, Standing
from taleforge.messages.codec import MessageError, decode_event, encode
from taleforge.messages.commands import Ack, Command, Reply
from taleforge.messages.events import Event
from taleforge.messages.frames import Frame

log = structlog.get_logger(__name__)

_reply: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)


class Mirror:
    """The part of a room that follows the owner elsewhere; `open` it before use.

    Args:
        audience: Whom it tells here.
        claim: Whose the table is; an empty owner when nobody knows.
        services: The outside.
        courier: Asks the owner.
        freed: Called when nobody owns the table any more.
    """

    def __init__(
        self, audience: Audience, claim: Claim, services: Services, courier: Courier, freed: Callable[[], None]
    ) -> None:
        self.table = audience.table
        self.owner = claim.owner
        self._fence = claim.fence
        self._told = 0
        self._stood = 0
        """The version that the store had at the last look."""
        self.carried = letters.Carried(-1, b"")
        """What the last owner handed on."""
        self._audience = audience
        self._services = services
        self._courier = courier
        self._freed = freed
        self._log = log.bind(table=self.table)
        self._heard: asyncio.Queue[letters.ToMirrors] = asyncio.Queue()
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._cancel: Callable[[], None] = _nothing
        self._closed = False

    async def open(self) -> None:
        """Hear the owner from now on, and know what happened before."""
        self._cancel = await self._services.bus.subscribe(letters.table_channel(self.table), self._hear)
        await self.catch_up(prose=True)
        self._task = asyncio.create_task(self._follow(), name=f"mirror of {self.table}", context=Context())
        self.say()

    async def close(self) -> None:
        """Hear nothing any more; whoever asks later hears `Moved`."""
        self._closed = True
        self._cancel()
        self._cancel = _nothing
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None  # whose end holds on to us
        while not self._heard.empty():  # nobody waits for what is not read any more
            self._heard.get_nowait()
            self._heard.task_done()

    @property
    def seen(self) -> letters.Seen:
        """What is known here, for the owner to compare."""
        version, seats = self._audience.position.version, tuple(sorted(self._audience.seats))
        return letters.Seen(version, self._fence, self._told, seats, tuple(sorted(self._audience.present)))

    def say(self) -> None:
        """Tell the owner at once that the table is mirrored here, and for whom."""
        if self.owner:
            self._courier.say(self.owner, letters.Here(self._services.node, {self.table: self.seen}))

    def adopt(self, claim: Claim) -> bool:
        """Know from now on whose the table is; whether that is news."""
        if claim.fence < self._fence or (claim.owner, claim.fence) == (self.owner, self._fence):
            return False
        self.owner = claim.owner
        self.say()
        return True

    def stale(self, standing: Standing) -> bool:
        """Whether the store has another owner, or more than is known here; to be asked at each look.

        What it had at the look before counts, as long as the bus carries: what is younger may be on its way, and a
        process that is late would be later for reading it.
        """
        before, self._stood = self._stood, standing.version
        had = min(before, standing.version) if self._services.bus.up else standing.version
        known = self.owner or None, self._fence
        news = (standing.owner, standing.fence) != known or had > self._audience.position.version
        return standing.fence >= self._fence and news

    async def look(self, standing: Standing) -> None:
        """Take over what the store says of the table."""
        self.adopt(Claim(standing.owner or "", standing.fence))
        if standing.version > self._audience.position.version:
            await self.catch_up(prose=not self._services.bus.up)

    def typing(self, seat: str, *, on: bool) -> None:
        """Have the others at the table see that a seat is typing, or has stopped."""
        if self.owner:
            self._courier.say(self.owner, letters.Typed(self.table, seat, on))

    def push(self, seat: str, frame: Frame) -> None:
        """Have a seat sent a frame without a number wherever it is; here alone while nobody owns the table."""
        if self.owner:
            self._courier.say(self.owner, letters.Passed(self.table, seat, frame))
        else:
            self._audience.push(seat, frame)

    async def submit(self, wish: Command) -> Reply:
        """Have a seat's command answered by the owner; what it did is known here before the answer.

        Raises:
            Moved: nobody answers.
            Unavailable: it cannot be done there.
        """
        reply = _reply.decode(await self._ask("submit", encode(wish)))
        if isinstance(reply, Ack):
            await self._reach(reply.v)
        return reply

    async def rotate(self) -> None:
        """Have the owner reveal the dice; raises as `submit`."""
        await self._ask("rotate")

    async def told(self) -> None:
        """Return when the owner has told everything so far; raises as `submit`."""
        await self._ask("told")

    async def catch_up(self, *, prose: bool = False) -> None:
        """Read what the log, and the prose if it is asked for, has more than is known here; raises as they do.

        Once the mirror is closed nobody hears of it: whatever follows the mirror tells what there is to be told.
        """
        async with self._turn:
            await catch_up(self._audience, self._services, prose=prose, over=lambda: self._closed)

    async def _ask(self, what: str, command: bytes = b"") -> bytes:
        if self._closed or not self.owner:
            raise Moved
        return await self._courier.ask(self.owner, self.table, what, command)

    async def _reach(self, version: int) -> None:
        """Return when a version is known here: mostly its events have come before the answer."""
        if self._audience.position.version < version:
            await self._heard.join()
        if self._audience.position.version >= version:
            return
        try:
            await self.catch_up()
        except TaleforgeError as error:  # it was done all the same
            self._log.warning("mirror.behind", reason=str(error))

    def _hear(self, data: bytes) -> None:
        try:
            self._heard.put_nowait(letters.read_to_mirrors(data))
        except msgspec.DecodeError:
            self._log.warning("letter.unreadable")

    async def _follow(self) -> None:
        while True:
            letter = await self._heard.get()
            try:
                await self._take(letter)
            except (TooNew, MessageError) as error:
                self._log.warning("mirror.too_old", reason=str(error))
                self._audience.close("table/closing")  # another process can show it
            except TaleforgeError as error:  # the next look finds what is missing
                self._log.warning("mirror.behind", reason=str(error))
            except Exception as error:  # noqa: BLE001  # a bug in one letter is not one of the next
                self._log.error("mirror.fault", **fault(error))
            finally:
                self._heard.task_done()

    async def _take(self, letter: letters.ToMirrors) -> None:
        match letter:
            case letters.Happened():
                await self._happened(letter.after, letter.events)
            case letters.Told():
                await self._tell(letter)
            case letters.Telling():
                self._audience.telling(letter.delta)
            case letters.Pushed():
                self._audience.push(letter.seat, letter.frame)
            case letters.Typing():
                self._audience.typing(letter.seat, on=letter.on)
            case letters.Owned():
                await self._owned(letter)
            case letters.Carried():
                self.carried = letter
            case letters.Released():
                if letter.fence >= self._fence:
                    self.owner = ""
                    self._freed()

    async def _happened(self, after: int, events: Sequence[bytes]) -> None:
        async with self._turn:
            known = self._audience.position.version
            if after <= known:
                follow(self._audience, [decode_event(data) for data in events[known - after :]])
                return
        await self.catch_up()

    async def _tell(self, letter: letters.Told) -> None:
        if letter.prose.v > self._audience.position.version:
            await self.catch_up()
        if letter.fence < self._fence or (letter.fence, letter.number) == (self._fence, self._told + 1):
            self._audience.tell(letter.prose)
            self._told += letter.fence == self._fence
        else:
            await self._missed(letter.fence, letter.number)

    async def _owned(self, letter: letters.Owned) -> None:
        if letter.fence < self._fence:
            return
        news, self.owner = letter.node != self.owner, letter.node
        if news:
            self.say()
        self._audience.attend(frozenset(letter.present))
        if letter.version > self._audience.position.version:
            await self.catch_up()
        await self._missed(letter.fence, letter.told)

    async def _missed(self, fence: int, number: int) -> None:
        """Read the prose that did not come, if any."""
        if (fence, number) > (self._fence, self._told):
            await self.catch_up(prose=True)
            self._fence, self._told = fence, number


def follow(audience: Audience, events: Sequence[Event]) -> None:
    """Let an audience hear of events, but for those that it knows by now."""
    known = audience.position.version
    news = [event for event in events if event.v > known]
    if news:
        audience.follow(news, audience.steps(news)[1:])


async def catch_up(
    audience: Audience, services: Services, *, prose: bool, over: Callable[[], bool] = lambda: False
) -> None:
    """Let an audience hear of what it missed, from the store; raises what the store raises.

    Args:
        audience: Who missed something.
        services: The store.
        prose: Whether to read what was told, too.
        over: Whether somebody else tells the audience by the time that it is read.
    """
    events = await services.log.read(audience.table, after=audience.position.version)
    told = await services.log.read_prose(audience.table, after=max(0, audience.oldest_prose - 1)) if prose else []
    if not over():
        follow(audience, events)
        audience.tell_all(told)


def _nothing() -> None:
    """Cancel what is not heard."""
