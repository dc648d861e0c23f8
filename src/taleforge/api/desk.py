"""What every handler shares: the house, its accounts, and the answer to "which seat of this table is yours?".

Deny by default: a route says by `access` (see `guards`) who may use it, and a table that is not the caller's does not
exist for them. Holds no rule of the game.
"""

from collections import OrderedDict
from contextlib import AbstractContextManager
from hashlib import blake2b
from time import perf_counter
from typing import Final, cast

import msgspec
import structlog
from msgspec import Struct

from taleforge.accounts.belongings import Belongings
from taleforge.accounts.moderation import Moderation
from taleforge.accounts.service import Accounts, Issued
from taleforge.accounts.values import Grant, Person, Role
from taleforge.api import gauges, kept
from taleforge.api.callers import Caller, Callers
from taleforge.api.crew import Crew
from taleforge.api.deeds import BY_COMMAND, Deeds
from taleforge.api.limits import Limiter
from taleforge.api.measures import Measures
from taleforge.api.problems import Trouble
from taleforge.api.replays import Replays
from taleforge.api.shared import Shared
from taleforge.api.sockets import Sockets
from taleforge.bootstrap import LOCAL_PERSON, LOCAL_SPACE, House
from taleforge.errors import BadInput, Conflict
from taleforge.live.faults import shown
from taleforge.live.room import Room
from taleforge.live.session import Ask
from taleforge.messages.codes import Code
from taleforge.messages.commands import (
    NAMELESS,
    Ack,
    Answer,
    Away,
    Command,
    HandOver,
    Kick,
    Leave,
    Refused,
    Reply,
    Sit,
    Spectate,
    Whisper,
    XCard,
    command,
)
from taleforge.messages.commands import Ask as AskBack
from taleforge.messages.ids import IdKind
from taleforge.settings import Settings
from taleforge.table.ports import TableRow
from taleforge.table.position import Position
from taleforge.table.state import State
from taleforge.telemetry.context import bound, nobody
from taleforge.telemetry.spans import TimedSpans
from taleforge.voice.aloud import Sentences

MOST_VIEWS: Final = 1_000
"""Encoded views that are kept; a view changes only when its table does."""

log = structlog.get_logger(__name__)


class Place(Struct, frozen=True):
    """A caller at a table: the seat is empty for an administrator who sits nowhere there."""

    table: str
    seat: str
    role: Role
    person: str
    guest: bool = False


class Desk:
    """What handlers are given.

    Args:
        house: The tables.
        accounts: The people.
        settings: How to serve.
        local_token: The token of this machine's own user, in local mode.
        shared: What several processes count and keep together.
    """

    def __init__(
        self,
        house: House,
        accounts: Accounts,
        settings: Settings,
        *,
        local_token: str | None = None,
        shared: Shared | None = None,
    ) -> None:
        self.house = house
        self.accounts = accounts
        self.stores = house.stores
        self.settings = settings
        self.local = local_token is not None
        self.closing = False
        self.shared = shared
        self.crew: Crew | None = None
        """The other workers, where there are several."""
        self.limits = Limiter(settings.limits, shared)
        self.patience = 30.0
        """Seconds in which a client has to take what it is sent."""
        self.silence = 90.0
        """Seconds in which a client has to say something, if only that it is there."""
        spans = house.services.spans
        self.spans = spans if isinstance(spans, TimedSpans) else TimedSpans()
        """Times what the doors do; the rooms' own, where they are timed."""
        self.measures = Measures(self.spans)
        gauges.show(self.measures, house, shared, settings.backup.folder)
        self.sockets = Sockets(self.measures)
        self.deeds = Deeds(self.stores.audit, lambda: house.services.ids("evt"), self.now)
        self._log = log.bind()
        ids = house.services.ids
        self.moderation = Moderation(self.stores, lambda kind: ids(cast("IdKind", kind)), clock=self.now)
        self.sentences = Sentences(lambda: house.speech)
        self.belongings = Belongings(self.stores, lambda kind: ids(cast("IdKind", kind)), clock=self.now)
        self.callers = Callers(accounts, self.stores.people.get, local_token, self.now)
        self.replays = Replays(house.services.log, house.services.game)
        self._views: OrderedDict[tuple[str, str], tuple[Position, str, bytes]] = OrderedDict()

    async def open(self) -> None:
        """Know whoever plays on this machine."""
        try:
            await self.stores.people.add(Person(LOCAL_PERSON, LOCAL_SPACE, "", self.now(), admin=True))
        except Conflict:
            return

    async def close(self) -> None:
        """Let go of what was opened for this desk."""
        if self.shared is not None:
            await self.shared.close()

    async def figures(self) -> bytes:
        """Return the figures of this process, or of all workers, as Prometheus reads them."""
        return self.measures.text() if self.crew is None else await self.crew.figures()

    def now(self) -> int:
        """Return the time, in milliseconds since 1970."""
        return int(self.house.services.clock.now().timestamp() * 1000)

    async def place(self, caller: Caller, table: str) -> Place | None:
        """Return where a caller is at a table; None when it is nowhere, or there is no such table."""
        grant = await self._grant(caller, table)
        if grant is None and not (caller.admin and await self._in_space(table, caller.space)):
            return None
        seat = (grant.seat or "") if grant else ""
        role = (grant.role or "spectator") if grant else "admin"
        if caller.admin:
            return Place(table, seat, "admin", caller.person)
        taken = (await self.state(table)).seats.get(seat)
        seated: Role = role if taken is None or taken.role == "companion" else taken.role
        return Place(table, seat, seated, caller.person, caller.guest)

    async def room(self, table: str) -> Room:
        """Return the room of a table that is there; raises Trouble when it is not."""
        try:
            return await self.house.tables.room(table)
        except BadInput:
            raise Trouble("table/unknown") from None

    async def state(self, table: str) -> State:
        """Return how a table stands."""
        return position_of(await self.room(table)).state

    async def row(self, table: str) -> TableRow:
        """Return a table as lists show it."""
        found = await self.house.services.log.table(table)
        if found is None:
            raise Trouble("table/unknown")
        return found

    async def seat(self, person: str, table: str, role: Role, seat: str | None = None) -> Issued:
        """Return a token for a seat of a person, a new seat if none is named."""
        known = await self.stores.people.get(person)
        if known is None:
            raise Trouble("auth/revoked")
        if await self.stores.moderation.banned(person, known.space, table):
            raise Trouble("person/banned")
        return await self.accounts.seat_token(known, table, seat or self.house.new_seat(), role)

    async def person(self, caller: Caller) -> Person:
        """Return the person who asks; raises Trouble when it is there no more."""
        known = await self.stores.people.get(caller.person)
        if known is None:
            raise Trouble("auth/revoked")
        return known

    async def seats_of(self, person: str) -> list[Grant]:
        """Return the seat tokens of a person that hold, the newest first."""
        now = self.now()
        grants = await self.stores.grants.of(person=person)
        return [grant for grant in reversed(grants) if grant.kind == "seat" and grant.holds(now)]

    def revoked(self, grants: set[str]) -> None:
        """Forget credentials that were revoked, and end what was opened with them."""
        self.callers.forget()
        self.sockets.revoke(grants)

    async def view(self, place: Place) -> tuple[str, bytes]:
        """Return the entity tag of what a seat knows, and that as JSON.

        The tag is made of the view and nothing else: no other seat's secrets move it.
        """
        position = position_of(await self.room(place.table))
        key = place.table, place.seat
        kept = self._views.get(key)
        if kept is None or kept[0] is not position:
            data = msgspec.json.encode(position.view(place.seat))
            kept = self._views[key] = position, f'"{blake2b(data, digest_size=12).hexdigest()}"', data
            if len(self._views) > MOST_VIEWS:
                self._views.popitem(last=False)
        return kept[1], kept[2]

    def ask_as(self, place: Place) -> Ask:
        """Return what has the commands of a place answered: within its limits and rights, and counted."""

        async def ask(wish: Command) -> Reply:
            with _named(place, wish), self.spans.span("message"):
                begun = perf_counter()
                whom = await self._concerned(place, wish)
                reply = await self._ask(place, wish)
                if isinstance(reply, Ack) and (did := BY_COMMAND.get(wish.name)):
                    space = (await self.row(place.table)).space
                    await self.deeds.note(did, space, place.person, place.role, whom=whom, table=place.table)
                taken = perf_counter() - begun
                self.measures.command(reply, taken)
                self._log.info(
                    "command.answered", name=wish.name, outcome=type(reply).__name__.lower(),
                    ms=round(taken * 1000, 2), **_outcome(reply),
                )  # fmt: skip
            return reply

        return ask

    async def _concerned(self, place: Place, wish: Command) -> str:
        """Return whom a command is about: the person in the seat, the seat, or nobody."""
        if not isinstance(wish.d, Kick | HandOver):
            return ""
        taken = (await self.state(place.table)).seats.get(wish.d.seat)
        return taken.person if taken is not None and taken.person else wish.d.seat

    async def _ask(self, place: Place, wish: Command) -> Reply:
        after = 0.0 if isinstance(wish.d, XCard) else await self._wait(place)
        if after:
            return Refused(wish.id, Code.RATE_LIMITED, {"after": max(1, round(after))})
        room = await self.room(place.table)
        admitted = _admitted(place, position_of(room).state, wish)
        if isinstance(admitted, Refused) and admitted.code == Code.SEAT_HOST_ONLY:
            await room.catch_up()  # the host may have sat down at another process a moment ago
            admitted = _admitted(place, position_of(room).state, wish)
        if isinstance(admitted, Refused):
            return admitted
        reply = await (self._sit(place, room, admitted) if isinstance(admitted.d, Sit) else room.submit(admitted))
        if isinstance(reply, Ack) and isinstance(admitted.d, Kick):
            await self.shut_out(place.table, admitted.d.seat)
        return reply

    async def _wait(self, place: Place) -> float:
        """Count a command; return the seconds to wait before it, if there were too many."""
        verdict = await self.limits.take("guest" if place.guest else "general", f"play:{place.person}")
        if verdict is None or not verdict.after:
            return 0.0
        self.measures.limited.add(verdict.rule)
        return verdict.after

    async def shut_out(self, table: str, seat: str) -> None:
        """Revoke every token of a seat, and end its streams."""
        grants = {grant.id for grant in await self.stores.grants.of(table=table, seat=seat)}
        await self.accounts.revoke_seat(table, seat)
        self.revoked(grants)

    async def _sit(self, place: Place, room: Room, wish: Command) -> Reply:
        """Have somebody sit down, with a character they keep if they name one."""
        assert isinstance(wish.d, Sit)
        sit = await kept.brought(self.belongings, place.person, wish.d)
        if sit is None:
            return Refused(wish.id, Code.CHARACTER_UNKNOWN)
        reply = await room.submit(command(wish.id, wish.seat, sit, wish.at_turn))
        if sit.own and isinstance(reply, Ack):
            await kept.seated(self.belongings, place.person, sit.own, place.table)
        return reply

    async def _grant(self, caller: Caller, table: str) -> Grant | None:
        if caller.kind == "seat":
            grant = caller.grant
            return grant if grant is not None and grant.table == table else None
        if not caller.person:
            return None
        mine = [grant for grant in await self.seats_of(caller.person) if grant.table == table]
        if len(mine) < 2:
            return next(iter(mine), None)
        seats = (await self.state(table)).seats  # a host may have let an agent of theirs in, too

        def hosts(grant: Grant) -> bool:
            taken = seats.get(grant.seat or "")
            return (taken.role if taken else grant.role) == "host"

        return next(filter(hosts, mine), mine[0])

    async def _in_space(self, table: str, space: str) -> bool:
        row = await self.house.services.log.table(table)
        return row is not None and row.space == space


def position_of(room: Room) -> Position:
    """Return a room's position as our own game has it."""
    return cast("Position", room.position)


def _named(place: Place, wish: Command) -> AbstractContextManager[object]:
    """Return the block in which a command is answered: its log lines say whose it is, unless nobody is to know."""
    if isinstance(wish.d, NAMELESS):
        return nobody(table=place.table)
    return bound(table=place.table, seat=place.seat, command=shown(wish.id))


def _outcome(reply: Reply) -> dict[str, str | int]:
    if isinstance(reply, Refused):
        return {"code": reply.code}
    return {"code": reply.question.code} if isinstance(reply, AskBack) else {"version": reply.v}


_WATCHING: Final = (Spectate, Leave, Away, Whisper, XCard, Answer)
"""What somebody may ask who only watches."""


def _admitted(place: Place, state: State, wish: Command) -> Command | Refused:
    """Return what a seat may ask of its table.

    Spectators watch, and may stop the scene like everybody; nobody sits down in another person's name, and the host
    sits down first, for the first to sit is the table's host.
    """
    if not place.seat or (place.role == "spectator" and not isinstance(wish.d, _WATCHING)):
        return Refused(wish.id, Code.SEAT_UNKNOWN)
    if not isinstance(wish.d, Sit | Spectate):
        return wish
    if isinstance(wish.d, Sit) and place.role == "player" and all(seat.role != "host" for seat in state.seats.values()):
        return Refused(wish.id, Code.SEAT_HOST_ONLY)
    return command(wish.id, wish.seat, msgspec.structs.replace(wish.d, person=place.person), wish.at_turn)
