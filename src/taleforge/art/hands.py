"""The painter without a model, in processes of its own: what is painted keeps nobody waiting who plays here (`hand`).

What makes small pictures of large ones is there too, for it may be slow with those that were painted elsewhere. One
process for each picture at the same time, as many as this one may use processors; each is started when it is first
needed. Paints nothing itself.
"""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from msgspec.structs import replace

from taleforge.art.caged import CagedPainter
from taleforge.art.files import is_small
from taleforge.art.line import Draw, Hand, Shrink
from taleforge.art.ports import Progress, nobody
from taleforge.art.values import MOST_PROMPT, Picture, Wish
from taleforge.cages.child import PYTHON, start
from taleforge.cages.limits import environment
from taleforge.errors import BadInput, PaintingFailed

ENGINE: Final = "procedural"
CHILD: Final = (*PYTHON, "taleforge.art.hand")
_KEPT: Final = 64 * 1024 * 1024
"""Bytes that the C library keeps rather than give them back to the kernel and ask for them again: that took an eighth
of a picture's time, in which nobody else could have the processor."""
_KEEPING: Final = {
    "MALLOC_MMAP_THRESHOLD_": str(_KEPT), "MALLOC_TRIM_THRESHOLD_": str(_KEPT), "MALLOC_TOP_PAD_": str(_KEPT),
}  # fmt: skip


class Hands:
    """Has pictures painted side by side (`Painter`).

    Args:
        niceness: How far each process stands back for others, as `nice` has it.
        seconds: How long a picture may take.
        most: How many at once; as many as there are processors for us, if that is not said.
    """

    def __init__(self, niceness: int, seconds: float, most: int = 0) -> None:
        self._hand = Hand(niceness)
        self._seconds = seconds
        self._turns = asyncio.Semaphore(most or _processors())
        self._all: list[CagedPainter] = []
        self._idle: list[CagedPainter] = []

    async def paint(self, wish: Wish, progress: Progress = nobody) -> Picture:
        """Return a picture."""
        async with self._one() as hand:
            return await hand.paint(wish, progress)

    async def small(self, file: bytes) -> bytes:
        """Return a PNG in small, or itself where it is small; raises PaintingFailed where it is none."""
        try:
            if is_small(file):
                return file
        except BadInput as error:
            raise PaintingFailed(error.problem, error.remedy) from error
        async with self._one() as hand:
            return await hand.ask(Shrink(file))

    async def close(self) -> None:
        """End the processes."""
        for hand in self._all:
            await hand.close()

    @asynccontextmanager
    async def _one(self) -> AsyncGenerator[CagedPainter]:
        async with self._turns:
            hand = self._idle.pop() if self._idle else self._another()
            try:
                yield hand
            finally:
                self._idle.append(hand)

    def _another(self) -> CagedPainter:
        self._all.append(CagedPainter(ENGINE, self._begin, _asked, self._seconds))
        return self._all[-1]

    async def _begin(self) -> Process:
        return await start(CHILD, self._hand, environment("cpu", 1) | _KEEPING)


def _asked(wish: Wish) -> Draw:
    """Return what is asked; what no wish from outside may hold is left out of it."""
    return Draw(replace(wish, prompt=wish.prompt.replace("\0", "")[:MOST_PROMPT]))


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
