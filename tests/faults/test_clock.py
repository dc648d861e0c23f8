"""A server's clock is set forward and back while people play: nothing is lost, doubled, or out of order."""

from pathlib import Path
from random import Random

import pytest

from tests.faults.evening import Evening, evening
from tests.faults.house import serving

pytestmark = pytest.mark.services

HOUR, DAY = 3600, 86_400
JUMPS = (HOUR, -HOUR, -365 * DAY, 20 * DAY, 0)
"""Seconds from the true time; twenty days are less than a seat's token lasts."""


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


async def in_order(played: Evening) -> None:
    """Check that whatever was made later sorts after what was made before, whatever the clock said."""
    for table in {player.seat.table for player in played.players}:
        made = [event.id for event in await played.read(table)]
        assert made == sorted(set(made))
