"""What one seat must not hear, on a real server: streams are held against the log, and a planted leak is found."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from taleforge.client.network import connect_to
from taleforge.client.server import SeatToken
from taleforge.client.table import TableClient
from taleforge.client.transport import Link
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack
from taleforge.ops.load import frames
from taleforge.ops.load.judge import Finding, judge, read_export
from taleforge.ops.load.stream import Stream
from tests.faults.evening import ids, soon
from tests.faults.house import House

pytestmark = pytest.mark.services


class Overheard:
    """A link that keeps what comes over it, for the judge."""

    def __init__(self, link: Link, stream: Stream) -> None:
        self._link = link
        self._stream = stream
        self.send, self.close = link.send, link.close

    async def receive(self) -> bytes:
        """Return the next frame."""
        data = await self._link.receive()
        self._stream.take(frames.decode(data))
        return data


class Ear:
    """A seat, its client, and all that was heard there.

    Args:
        house: The server.
        seat: The seat.
    """

    def __init__(self, house: House, seat: SeatToken) -> None:
        self.seat = seat.seat
        self.stream = Stream(seat.table, seat.seat)
        self._connect = connect_to(house.address, seat.table)
        self.client = TableClient(self._linked, seat.seat, ids, token=seat.token, pause=soon)

    async def _linked(self) -> Link:
        return Overheard(await self._connect(), self.stream)

    async def ask(self, wish: cmd.CommandData) -> int:
        """Have something done, and return the version it led to."""
        reply = await self.client.send(wish)
        assert isinstance(reply, Ack), reply
        return reply.v


@asynccontextmanager
async def at_a_table(house: House) -> AsyncGenerator[tuple[str, Ear, Ear, Ear]]:
    """Give a table at which a host and a guest play and somebody looks on, all connected."""
    async with AsyncExitStack() as stack:
        host = await house.server.lay("bell_beneath")
        others = [
            await house.server.follow((await house.server.invite(host.table, role)).code, role)
            for role in ("player", "spectator")
        ]
        ann, bob, eve = [Ear(house, seat) for seat in (host, *others)]
        for ear in (ann, bob, eve):
            await stack.enter_async_context(ear.client)
        first, second, *_ = ann.client.view.pregens
        for ear, wish in ((ann, cmd.Sit(first, "Ann")), (bob, cmd.Sit(second, "Bob")), (eve, cmd.Spectate("Eve"))):
            await ear.ask(wish)
        for ear in (ann, bob):
            await ear.ask(cmd.Ready())
        yield host.table, ann, bob, eve


async def found(house: House, table: str, ears: Sequence[Ear]) -> list[Finding]:
    """Return what the judge finds in what was heard, once all have heard what was said last."""
    await ears[0].ask(cmd.Say("That is all."))
    log = read_export(await house.server.export(table))
    async with asyncio.timeout(20):
        while any(ear.stream.last < log.version for ear in ears):  # noqa: ASYNC110  # a server sends it
            await asyncio.sleep(0.01)
    return [finding for ear in ears for finding in judge(ear.stream, log)]


async def secrets(ann: Ear, bob: Ear, eve: Ear) -> dict[str, set[int]]:
    """Whisper and roll in secret; return the versions that each seat must not hear of."""
    aside = await ann.ask(cmd.Whisper(bob.seat, "He lies."))
    roll = await bob.ask(cmd.RollDice("1d20", secret=True))
    reply = await eve.ask(cmd.Whisper(ann.seat, "I saw that."))
    return {ann.seat: set(), bob.seat: {reply}, eve.seat: {aside, roll}}


@pytest.mark.parametrize("leaks", [False, True], ids=["as it is", "with a leak"])
async def test_nobody_hears_what_is_not_theirs(leaks: bool, tmp_path: Path) -> None:
    """A whisper, a secret roll, a whisper of who only watches: each is heard by its audience; else it is found."""
    async with House(tmp_path) as house:
        await house.begin("leak" if leaks else "")
        async with at_a_table(house) as (table, *ears):
            hidden = await secrets(*ears)
            findings = await found(house, table, ears)
        heard = {ear.seat: set(ear.stream.trail) & hidden[ear.seat] for ear in ears}
        leaked = {(finding.seat, finding.v) for finding in findings if finding.kind == "leaked"}
        assert leaked >= {(seat, v) for seat, versions in hidden.items() for v in versions if leaks}
        assert heard == (hidden if leaks else {seat: set() for seat in hidden})
        assert leaks or findings == []
        await house.end()
