"""The painter without a model, in processes of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator

import pytest
from msgspec.structs import replace

from taleforge.art.files import size_of
from taleforge.art.hands import Hands
from taleforge.art.values import Picture, Wish
from taleforge.errors import PaintingFailed
from tests.conftest import Need

SMALL = Wish("an old dwarf", "ink", 64, 64, seed=7)


@pytest.fixture
async def hands(need: Need) -> AsyncGenerator[Hands]:
    """Two of them, which stand back."""
    need("numpy", "pip install 'taleforge[art]'")
    hands = Hands(7, 60.0, most=2)
    yield hands
    await hands.close()


def children(hands: Hands) -> set[int]:
    """Return who paints."""
    return {hand._child.pid for hand in hands._all if hand._child is not None}


async def at_work(hands: Hands) -> tuple[int, "asyncio.Task[Picture]"]:
    """Return a process, and the picture that it has been asked for; it stands still, so that it is not done yet."""
    await hands.paint(SMALL)
    (child,) = children(hands)
    os.kill(child, signal.SIGSTOP)
    painting = asyncio.create_task(hands.paint(replace(SMALL, seed=8)))
    await asyncio.sleep(0.05)
    return child, painting


async def test_pictures_are_painted_side_by_side_and_no_more_than_that(hands: Hands) -> None:
    """The third waits for one of the two, and whoever wants one alone starts no second process."""
    await hands.paint(SMALL)
    assert len(children(hands)) == 1
    pictures = await asyncio.gather(*[hands.paint(SMALL) for _ in range(3)])
    assert len(children(hands)) == 2
    assert len({picture.data for picture in pictures}) == 1


async def test_a_process_that_dies_fails_one_picture(hands: Hands) -> None:
    """The next is painted by another."""
    child, painting = await at_work(hands)
    os.kill(child, signal.SIGKILL)
    with pytest.raises(PaintingFailed, match="crashed"):
        await painting
    assert size_of((await hands.paint(SMALL)).data) == (64, 64)
    assert children(hands) != {child}


async def test_a_picture_that_nobody_wants_any_more_costs_no_other(hands: Hands) -> None:
    """It is painted to its end, and thrown away; the next is the one that was wished for, by the same process."""
    child, painting = await at_work(hands)
    painting.cancel()
    os.kill(child, signal.SIGCONT)
    with pytest.raises(asyncio.CancelledError):
        await painting
    assert size_of((await hands.paint(SMALL)).data) == (64, 64)
    assert children(hands) == {child}


async def test_a_picture_may_be_unwanted_before_anybody_paints(hands: Hands) -> None:
    """Whoever leaves while the process is being started leaves nothing behind that fails."""
    for ticks in range(1, 12, 3):
        painting = asyncio.create_task(hands.paint(SMALL))
        for _ in range(ticks):
            await asyncio.sleep(0)
        painting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await painting
    assert size_of((await hands.paint(SMALL)).data) == (64, 64)


async def test_small_pictures_are_made_there_too(hands: Hands) -> None:
    """As `small` makes them, and what is no picture is refused."""
    from taleforge.art.small import small  # noqa: PLC0415 - needs numpy

    large = (await hands.paint(Wish("a castle", width=256, height=192))).data
    assert await hands.small(large) == small(large)
    assert size_of(tiny := await hands.small(large)) == (128, 96)
    assert await hands.small(tiny) == tiny
    signed = (await hands.paint(SMALL)).data
    assert await hands.small(signed) == signed
    with pytest.raises(PaintingFailed, match="no PNG"):
        await hands.small(b"GIF89a")
    assert len(children(hands)) == 1


async def test_it_may_be_closed_and_asked_again(hands: Hands) -> None:
    """As every painter."""
    await hands.paint(SMALL)
    before = children(hands)
    await hands.close()
    assert children(hands) == set()
    await hands.paint(SMALL)
    assert children(hands) != before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no niceness")
async def test_it_stands_back_and_ends_with_whoever_asked(hands: Hands) -> None:
    """Nobody is left where the line ends."""
    await hands.paint(SMALL)
    (hand,) = hands._all
    child = hand._child
    assert child is not None
    assert child.stdin is not None
    assert os.getpriority(os.PRIO_PROCESS, child.pid) == max(7, os.nice(0))
    child.stdin.close()
    async with asyncio.timeout(30):
        await child.wait()
