"""One table as this process has it: its audience here, and whichever part it plays, the owner's or a mirror's.

Commands go to the part there is; when the table moves, the part changes and the audience stays, so that no connection
notices. Every change of part begins with a claim in the store, whose fence makes an earlier owner's writing fail. Knows
no rule of the game.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

import structlog

from taleforge.errors import BadInput, TaleforgeError, Unavailable
from taleforge.live import letters
from taleforge.live.attendance import Attendance
from taleforge.live.audience import KEPT_PROSE, Audience
from taleforge.live.courier import Courier
from taleforge.live.done import Done
from taleforge.live.faults import fault
from taleforge.live.inbox import Moved
from taleforge.live.mirror import Mirror, catch_up
from taleforge.live.owner import Owner
from taleforge.live.ports import Claim, Position, Services, Standing
from taleforge.live.relay import Relay
from taleforge.live.stream import Connection
from taleforge.messages.codec import decode_command, encode
from taleforge.messages.codes import Code
from taleforge.messages.commands import SERVICE_PREFIX, Command, Refused, Reply
from taleforge.messages.frames import Frame

T = TypeVar("T")
Part = Owner | Mirror

PATIENCE: Final = 8.0
"""Seconds in which a table that moves has to be found again: a dead owner counts as dead after `TTL`."""
LONG_PATIENCE: Final = 60.0
"""Seconds for what may take long at the owner: telling."""
RETRY: Final = 0.25
"""Seconds between two attempts to find it."""
MOST_TRIES: Final = 40

log = structlog.get_logger(__name__)


class Room:
    """One table, being played here; made by `open_room`.

    Args:
        audience: Whoever hears of it here.
        services: The outside.
        courier: Speaks to other processes.
        leaving: Whether this process is ending, and owns nothing new.
    """

    def __init__(self, audience: Audience, services: Services, courier: Courier, leaving: Callable[[], bool]) -> None:
        self.table = audience.table
        self._audience = audience
        self._services = services
        self._courier = courier
        self._leaving = leaving
        self._part: Part | None = None
        self._relay = Relay(self.table, 0, services)
        self._attendance: Attendance | None = None
        self._turn = asyncio.Lock()
        self._changes: set[asyncio.Task[object]] = set()
        audience.changed = self._attend

    @property
    def position(self) -> Position:
        """Where the table is, as far as it is known here."""
        return self._audience.position

    @property
    def owned(self) -> bool:
        """Whether this process owns the table."""
        return isinstance(self._part, Owner)

    @property
    def untold(self) -> int:
        """How much of what happened is not told yet by the owner here."""
        return self._part.untold if isinstance(self._part, Owner) else 0

    @property
    def idle(self) -> bool:
        """Whether nobody is connected here and nothing waits."""
        return not self._audience.seats and not (isinstance(self._part, Owner) and not self._part.idle)

    def connect(self, seat: str, since: int | None = None) -> Connection:
        """Return a new connection of a seat, which begins after frame `since` or with a snapshot."""
        return self._audience.connect(seat, since)

    def typing(self, seat: str, *, on: bool) -> None:
        """Let the others at the table see that a seat is typing, or has stopped."""
        part = self._attendance if self.owned else self._part
        if isinstance(part, Attendance | Mirror):
            part.typing(seat, on=on)

    def push(self, seat: str, frame: Frame) -> None:
        """Send a seat a frame without a number, wherever it is connected; nobody waits for it, and it may be lost."""
        if isinstance(self._part, Mirror):
            self._part.push(seat, frame)
        else:
            self._audience.push(seat, frame)
            self._relay.pushed(seat, frame)

    async def submit(self, wish: Command) -> Reply:
        """Answer a seat's command; a command that was done before is answered as it was then.

        Raises:
            Unavailable: the room is closing, or whoever owns the table does not answer.
        """
        if wish.name.startswith(SERVICE_PREFIX):
            return Refused(wish.id, Code.COMMAND_SERVICE_ONLY)
        self._acts(wish.seat)
        return await self._asked(lambda part: part.submit(wish))

    async def rotate(self) -> None:
        """Reveal the seed of the dice in use and commit to another one, so that what was rolled can be checked.

        Raises:
            Unavailable: the store cannot be written now, or as `submit`.
        """
        await self._asked(lambda part: part.rotate())

    async def told(self) -> None:
        """Return when everything so far is told; raises as `submit`."""
        await self._asked(lambda part: part.told(), LONG_PATIENCE)

    async def serve(self, asked: letters.Asked) -> bytes:
        """Answer what another process asks of the table.

        Raises:
            Moved: it is not owned here.
        """
        owner = self._part
        if not isinstance(owner, Owner):
            raise Moved
        match asked.what:
            case "submit":
                wish = decode_command(asked.command)
                self._acts(wish.seat)
                with self._services.spans.under(asked.carrier):
                    return encode(await owner.submit(wish))
            case "rotate":
                await owner.rotate()
            case "told":
                await owner.told()
            case _:
                raise BadInput(f"Another process asks for {asked.what!r}.", "Run the same version everywhere.")
        return b""

    async def catch_up(self) -> None:
        """Know here what the table's log has by now; raises what the store raises."""
        if isinstance(self._part, Mirror):
            await self._part.catch_up()

    def hear(self, node: str, seen: letters.Seen) -> None:
        """Note that another process mirrors the table."""
        if self._attendance is not None and self._relay.heard(node, seen, self.position.version):
            self._attendance.look()

    def recount(self) -> None:
        """Note the end of processes that mirrored the table, and of the connections there."""
        if self._attendance is not None and self._relay.forget():
            self._attendance.look()

    @property
    def mirrored(self) -> tuple[str, letters.Seen] | None:
        """The node whose table is mirrored here, and what is known of it; None at the owner."""
        part = self._part
        return (part.owner, part.seen) if isinstance(part, Mirror) and part.owner else None

    def unsettled(self, standing: Standing) -> bool:
        """Whether the store says something of the table that has to be looked into."""
        part = self._part
        if isinstance(part, Mirror):
            return part.stale(standing) or (standing.owner is None and bool(self._audience.seats))
        return part is not None and (_taken(part, standing, self._services.node) or self._wanted_elsewhere)

    async def look(self, standing: Standing) -> None:
        """Look into what the store says; raises what it raises."""
        part = self._part
        if isinstance(part, Mirror):
            await part.look(standing)
            if standing.owner is None and self._audience.seats:
                await self._reconsider(part)
        elif part is not None and _taken(part, standing, self._services.node):
            await self._reconsider(part)
        elif self._wanted_elsewhere:
            await self._hand_over()

    async def begin(self, claim: Claim | None) -> None:
        """Play the part that a claim gives; None where no other process can be."""
        async with self._turn:
            await self._play(claim)

    async def close(self, patience: float = 2.0) -> None:
        """Do what was asked, give the table up, and say goodbye to everybody.

        Where no other process goes on with it, what can be told in `patience` seconds is told first.
        """
        async with self._turn:
            part, self._part = self._part, None
            await self._dismiss()
            if isinstance(part, Owner):
                await part.close(0.0 if self._relay.mirrored else patience)
                self._relay.carry(part.carried)
                with suppress(TaleforgeError):  # then others find out that this process is gone
                    await self._release()
            elif part is not None:
                await part.close()
        self._audience.close("table/closing")

    async def _asked(self, job: Callable[[Part], Awaitable[T]], patience: float = PATIENCE) -> T:
        """Have something done by whoever owns the table, wherever that is."""
        since: float | None = None
        for _ in range(MOST_TRIES):
            part = self._part
            if part is None:
                break
            try:
                return await job(part)
            except Moved:
                now = self._services.clock.passed()
                since = now if since is None else since
                if not await self._reconsider(part):
                    if now - since >= patience or not self._services.bus.up:
                        break
                    await self._services.clock.sleep(RETRY)
        raise Unavailable(f"Table {self.table} cannot be reached now.", "Connect again in a moment.")

    async def _reconsider(self, part: Part) -> bool:
        """Find out whose the table is now, and play the part that follows; whether anything has changed."""
        async with self._turn:
            if self._part is not part:
                return True
            claim = await self._claim()
            if isinstance(part, Mirror) and claim is not None and claim.owner != self._services.node:
                return part.adopt(claim)
            await self._dismiss()
            await (part.close(0.0) if isinstance(part, Owner) else part.close())
            await catch_up(self._audience, self._services, prose=True)
            await self._play(claim, part.carried if isinstance(part, Mirror) else None)
            return True

    async def _claim(self) -> Claim | None:
        if not self._leaving():
            return await claim(self._services, self.table)
        standing = (await self._services.claims.look([self.table])).get(self.table)
        return Claim(standing.owner or "", standing.fence) if standing else Claim("", 0)

    async def _play(self, claim: Claim | None, carried: letters.Carried | None = None) -> None:
        if claim is None or claim.owner == self._services.node:
            last = carried is not None and claim is not None and claim.fence == carried.fence + 1
            self._part = owner = await self._own(claim, carried.data if carried and last else b"")
            self._attendance = Attendance(self._audience, self._relay, self._services, owner.act)
            return
        mirror = Mirror(self._audience, claim, self._services, self._courier, self._freed)
        await mirror.open()
        log.info("table.mirrored", table=self.table, owner=claim.owner, fence=claim.fence)
        self._part = mirror

    async def _own(self, claim: Claim | None, carried: bytes) -> Owner:
        services, fence = self._services, claim.fence if claim else None
        seed = await services.secrets.get_seed(self.table, self.position.commitment)
        work = await services.log.pending_work(self.table)
        self._relay = Relay(self.table, fence or 0, services)
        owner = Owner(
            self._audience, fence, seed, services, herald=self._relay, overtaken=self._overtaken, carried=carried
        )
        owner.tell_later(work)
        self._relay.own(self.position.version)
        log.info("table.owned", table=self.table, version=self.position.version, fence=fence)
        return owner

    def _attend(self) -> None:
        """Whoever came or went, here: the owner has to know."""
        if self._attendance is not None:
            self._attendance.look()
        elif isinstance(self._part, Mirror):
            self._part.say()

    def _acts(self, seat: str) -> None:
        """Whoever asks for something is there, connected or not."""
        if self._attendance is not None:
            self._attendance.acts(seat)

    async def _dismiss(self) -> None:
        attendance, self._attendance = self._attendance, None
        if attendance is not None:
            await attendance.close()

    @property
    def _wanted_elsewhere(self) -> bool:
        """Whether only others are connected to the table that is owned here."""
        return self.owned and self.idle and bool(self._relay.seats)

    async def _hand_over(self) -> None:
        """Let another process own the table, where its seats are."""
        async with self._turn:
            owner = self._part
            if not isinstance(owner, Owner):
                return
            await self._dismiss()
            await owner.close(0.0)
            self._relay.carry(owner.carried)
            await self._play(Claim("", self._relay.fence))
            await self._release()

    async def _release(self) -> None:
        if not self._services.claims.alone:
            await self._services.claims.release(self.table, self._services.node)
            self._relay.released()

    def _overtaken(self) -> None:
        """Somebody else writes to the table: find out whose it is."""
        self._change()

    def _freed(self) -> None:
        """Nobody owns the table: own it here, if anybody here wants it."""
        if self._audience.seats and not self._leaving():
            self._change()

    def _change(self) -> None:
        part = self._part
        if part is not None:
            task: asyncio.Task[object] = asyncio.create_task(self._reconsidered(part))
            self._changes.add(task)
            task.add_done_callback(self._changes.discard)

    async def _reconsidered(self, part: Part) -> None:
        try:
            await self._reconsider(part)
        except TaleforgeError as error:  # the next look, or command, tries again
            log.warning("room.unsettled", table=self.table, reason=str(error))
        except Exception as error:  # noqa: BLE001  # as above
            log.bind(table=self.table).error("room.fault", **fault(error))


def _taken(owner: Owner, standing: Standing, node: str) -> bool:
    """Whether the store says that an owner is none any more."""
    fence = owner.fence
    return fence is not None and (standing.fence > fence or (standing.fence == fence and standing.owner != node))


async def claim(services: Services, table: str) -> Claim | None:
    """Claim a table; None where no other process can be.

    Raises:
        BadInput: there is no such table.
    """
    if services.claims.alone:
        return None
    found = await services.claims.claim(table, services.node)
    if found is None:
        raise _unknown(table)
    return found


async def open_room(services: Services, table: str, courier: Courier, leaving: Callable[[], bool]) -> Room:
    """Return a new room for a table, with what an earlier process left to be told."""
    claimed = await claim(services, table)
    events = await services.log.read(table)
    if not events:
        raise _unknown(table)
    prose = await services.log.read_prose(table)
    audience = Audience(table, services.game.fold(table, events), prose[-KEPT_PROSE:], services, Done(events))
    room = Room(audience, services, courier, leaving)
    await room.begin(claimed)
    return room


def _unknown(table: str) -> BadInput:
    return BadInput(f"There is no table {table}.", "The list of saves shows those there are.")
