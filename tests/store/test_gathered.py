"""Calls done together: each gets its own answer, and whoever comes meanwhile is done next."""

import asyncio
from collections.abc import Sequence

import pytest

from taleforge.store.gathered import Gathered


async def test_calls_that_come_meanwhile_are_done_together() -> None:
    """The first alone, the others at once, no more of them than may be."""
    batches: list[list[int]] = []

    async def double(numbers: Sequence[int]) -> Sequence[int]:
        batches.append(list(numbers))
        await asyncio.sleep(0)
        return [2 * number for number in numbers]

    call = Gathered(double, most=3)
    first = asyncio.create_task(call(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = await asyncio.gather(*(call(number) for number in range(2, 7)))

    assert (await first, others) == (2, [4, 6, 8, 10, 12])
    assert batches == [[1], [2, 3, 4], [5, 6]]
    assert await call(9) == 18


async def test_what_fails_fails_for_all_who_were_done_together() -> None:
    """And for nobody after them."""
    failing = [True]

    async def fail_once(numbers: Sequence[int]) -> Sequence[int]:
        if failing.pop() if failing else False:
            raise ConnectionError
        return numbers

    call = Gathered(fail_once)
    results = await asyncio.gather(call(1), call(2), return_exceptions=True)

    assert [type(result) for result in results] == [ConnectionError, ConnectionError]
    assert await call(3) == 3


async def test_who_is_gone_keeps_nobody_waiting() -> None:
    """A caller that was cancelled is passed over."""

    async def same(numbers: Sequence[int]) -> Sequence[int]:
        await asyncio.sleep(0)
        return numbers

    call = Gathered(same)
    gone, stays = asyncio.create_task(call(1)), asyncio.create_task(call(2))
    await asyncio.sleep(0)
    gone.cancel()

    assert await stays == 2
    with pytest.raises(asyncio.CancelledError):
        await gone
