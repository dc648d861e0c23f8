"""A painter whose model runs on this machine, in a child process that is shut in (`easel`).

A picture that is not wanted any more ends after the step at which it is; a child that does not hear is killed. Holds
one child, which paints one picture at a time and ends with this process. Knows no model.
"""

import asyncio
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import msgspec

from taleforge.art.files import MIME, cleaned, signed
from taleforge.art.line import SAID, Failed, Model, Order, Paint, Painted, Stop, Went
from taleforge.art.ports import Progress, nobody
from taleforge.art.reading import data
from taleforge.art.remote import even, words
from taleforge.art.values import Picture, Wish
from taleforge.cages.child import PYTHON, start
from taleforge.cages.limits import environment
from taleforge.cages.line import framed, next_said
from taleforge.errors import BadInput, PaintingFailed

ENGINE: Final = "diffusion"
CHILD: Final = (*PYTHON, "taleforge.art.easel")
GRACE: Final = 5.0
"""Seconds in which a child hears that a picture is not wanted any more."""


class LocalPainter:
    """Has a model paint (`Painter`).

    Args:
        model: Which, and how much of this machine it may use.
        seconds: How long a picture may take, and the model to be loaded before the first.
        program: What the child runs.
    """

    def __init__(self, model: Model, seconds: float, program: Sequence[str] = CHILD) -> None:
        self._program = tuple(program)
        self._model = model
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._child: Process | None = None

    async def paint(self, wish: Wish, progress: Progress = nobody) -> Picture:
        """Return a picture."""
        order = Order(words(wish), data("prompts")["never"]["text"], even(wish.width), even(wish.height), wish.seed)
        async with self._turn:
            try:
                async with asyncio.timeout(self._seconds):
                    made = await self._painted(await self._ready(), order, progress)
                    return Picture(signed(cleaned(made), ENGINE), MIME, wish.seed, ENGINE)
            except TimeoutError as error:
                await self.close()
                raise PaintingFailed(
                    f"A picture took more than {self._seconds:g} seconds.", "Raise art.seconds, or lower art.steps."
                ) from error
            except (asyncio.IncompleteReadError, OSError, ValueError, msgspec.DecodeError, BadInput) as error:
                await self.close()
                raise PaintingFailed(
                    "What paints crashed.", "See whether art.memory is enough for the model."
                ) from error
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
            model = self._model
            self._child = await start(self._program, model, environment(model.device, model.threads))
        return self._child

    @staticmethod
    async def _painted(child: Process, order: Order, progress: Progress) -> bytes:
        assert child.stdin is not None and child.stdout is not None, "made with pipes"  # noqa: PT018 - one fact
        child.stdin.write(framed(Paint(order)))
        await child.stdin.drain()
        while isinstance(said := await next_said(child.stdout, SAID), Went):
            progress(said.percent)
        if isinstance(said, Failed):
            raise PaintingFailed(said.problem, said.remedy)
        return said.file

    async def _stop(self) -> None:
        """Have the child leave the picture that it is at; kill it where that takes too long."""
        child = self._child
        assert child is not None and child.stdin is not None and child.stdout is not None, "it paints"  # noqa: PT018 - one fact
        try:
            async with asyncio.timeout(GRACE):
                child.stdin.write(framed(Stop()))
                await child.stdin.drain()
                while not isinstance(await next_said(child.stdout, SAID), Painted | Failed):
                    pass
        except (TimeoutError, asyncio.IncompleteReadError, OSError, ValueError, msgspec.DecodeError):
            await self.close()
