"""A painter in a child process that is shut in (`easel`, `hand`), seen from outside.

A picture that is not wanted any more ends when the child next looks; a child that does not hear is killed. Holds one
child, which paints one picture at a time and ends with this process. Knows nothing that paints.
"""

import asyncio
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import msgspec

from taleforge.art.files import MIME, cleaned, signed
from taleforge.art.line import SAID, Asked, Failed, Painted, Stop, Went
from taleforge.art.ports import Progress, nobody
from taleforge.art.values import Picture, Wish
from taleforge.cages.line import framed, next_said
from taleforge.errors import BadInput, PaintingFailed

GRACE: Final = 5.0
"""Seconds in which a child hears that a picture is not wanted any more."""


class CagedPainter:
    """Has a child paint (`Painter`).

    Args:
        engine: What paints, as its pictures say it.
        start: Starts a child; raises OSError where there can be none.
        asked: What it is asked for a wish.
        seconds: How long a picture may take, and the child's beginning before the first.
    """

    def __init__(
        self, engine: str, start: Callable[[], Awaitable[Process]], asked: Callable[[Wish], Asked], seconds: float
    ) -> None:
        self._engine = engine
        self._start = start
        self._asked = asked
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._child: Process | None = None

    async def paint(self, wish: Wish, progress: Progress = nobody) -> Picture:
        """Return a picture."""
        made = await self.ask(self._asked(wish), progress)
        return Picture(signed(made, self._engine), MIME, wish.seed, self._engine)

    async def ask(self, question: Asked, progress: Progress = nobody) -> bytes:
        """Return the PNG that a child answers with; raises PaintingFailed."""
        async with self._turn:
            made = await self._answer(question, progress)
        try:
            return await asyncio.to_thread(cleaned, made)
        except BadInput as error:
            raise _crashed() from error

    async def _answer(self, question: Asked, progress: Progress) -> bytes:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._painted(await self._ready(), question, progress)
        except TimeoutError as error:
            await self.close()
            raise PaintingFailed(
                f"A picture took more than {self._seconds:g} seconds.", "Raise art.seconds, or lower art.steps."
            ) from error
        except (asyncio.IncompleteReadError, OSError, ValueError, msgspec.DecodeError) as error:
            await self.close()
            raise _crashed() from error
        except asyncio.CancelledError:
            await asyncio.shield(self._stop())
            raise

    async def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is not None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()

    async def _ready(self) -> Process:
        if self._child is None or self._child.returncode is not None:
            self._child = await self._start()
        return self._child

    @staticmethod
    async def _painted(child: Process, asked: Asked, progress: Progress) -> bytes:
        assert child.stdin is not None and child.stdout is not None, "made with pipes"  # noqa: PT018 - one fact
        child.stdin.write(framed(asked))
        await child.stdin.drain()
        while isinstance(said := await next_said(child.stdout, SAID), Went):
            progress(said.percent)
        if isinstance(said, Failed):
            raise PaintingFailed(said.problem, said.remedy)
        return said.file

    async def _stop(self) -> None:
        """Have the child leave the picture that it is at; kill it where that takes too long."""
        child = self._child
        if child is None:  # it was not there yet, and ends with its line
            return
        assert child.stdin is not None and child.stdout is not None, "made with pipes"  # noqa: PT018 - one fact
        try:
            async with asyncio.timeout(GRACE):
                child.stdin.write(framed(Stop()))
                await child.stdin.drain()
                while not isinstance(await next_said(child.stdout, SAID), Painted | Failed):
                    pass
        except (TimeoutError, asyncio.IncompleteReadError, OSError, ValueError, msgspec.DecodeError):
            await self.close()


def _crashed() -> PaintingFailed:
    return PaintingFailed("What paints crashed.", "See whether it has enough memory: art.memory, for a model.")
