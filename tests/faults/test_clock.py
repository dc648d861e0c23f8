"""A server's clock is set forward and back while people play: nothing is lost, doubled, or out of order."""

from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

import pytest

from taleforge.client.server import Declined
from taleforge.errors import BadInput
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack
from taleforge.messages.events import Said
from tests.faults.evening import Evening, at, evening, reading
from tests.faults.house import serving

pytestmark = pytest.mark.services

HOUR, DAY = 3600, 86_400
JUMPS = (HOUR, -HOUR, -365 * DAY, 20 * DAY, 0)
"""Seconds from the true time; twenty days are less than a seat's token lasts."""
SPOKEN = "How time flies.", "Here I am.", "Young again."


async def test_a_clock_that_jumps_harms_nothing(tmp_path: Path) -> None:
    """Forward an hour, back two, back a year, forward again: ids keep their order, tokens and limits their sense."""
    limits = "limits.general=200/s burst 2000", "limits.guest=2000/s burst 2000"
    async with serving(tmp_path, *limits) as house, evening([house], Random(9), tables=2) as played:
        for jump in JUMPS:
            house.set_clock(jump)
            played.gate.set()
            await played.more(20)
            await played.check()
            assert await house.server.tables(), "whoever has a key or a token may still ask"
            await in_order(played)
            await played.fill()


async def test_after_a_year_a_seat_is_taken_anew(tmp_path: Path) -> None:
    """Tokens have ended, and say so; the table has not: its owner sits down again, and plays on in the same seat."""
    async with serving(tmp_path) as house, AsyncExitStack() as stack:
        seat = await house.server.lay("bell_beneath")
        ann = await stack.enter_async_context(at(house, seat))
        for wish in (cmd.Sit(next(iter(ann.view.pregens)), "Ann"), cmd.Ready()):
            assert isinstance(await ann.send(wish), Ack)
        house.set_clock(366 * DAY)
        assert isinstance(await ann.send(cmd.Say("How time flies.")), Ack)
        with pytest.raises(Declined) as declined:
            await house.server.seat_of(seat.token)
        assert declined.value.reason == "auth/expired"
        with pytest.raises(BadInput, match="auth/expired"):
            await stack.enter_async_context(at(house, seat))
        again = await house.server.sit(seat.table)
        assert (again.seat, again.token != seat.token) == (seat.seat, True)
        old = await stack.enter_async_context(at(house, again))
        assert isinstance(await old.send(cmd.Say("Here I am.")), Ack)
        house.set_clock(0)
        assert isinstance(await old.send(cmd.Say("Young again.")), Ack)
        async with reading("", tmp_path) as log:
            said = [event.d.text for event in await log.read(seat.table) if isinstance(event.d, Said)]
        assert [text for text in said if text in SPOKEN] == list(SPOKEN)


async def in_order(played: Evening) -> None:
    """Check that whatever was made later sorts after what was made before, whatever the clock said."""
    for table in {player.seat.table for player in played.players}:
        made = [event.id for event in await played.read(table)]
        assert made == sorted(set(made))
