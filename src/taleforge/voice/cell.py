"""Child processes for native code: kept warm, asked one question each, killed when they are late or make no sense.

What goes wrong in one fails the request that asked it; the next request gets another. Knows no engine.
"""

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from typing import Final

import msgspec
import structlog

from taleforge import errors
from taleforge.cages.child import PYTHON, start
from taleforge.cages.limits import environment
from taleforge.cages.line import framed, next_said
from taleforge.errors import SpeechFailed, TaleforgeError
from taleforge.voice.values import Answer, Done, Engine, Failed, Question

CHILD: Final = (*PYTHON, "taleforge.voice.child")
MOST_ASKED: Final = 200
"""Questions for one child; then a new one takes its place, whatever the old one has gathered."""

_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)

log = structlog.get_logger(__name__)


class Cell:
    """One child process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._asked = 0
        self._asking = False

    @property
    def fresh(self) -> bool:
        """Whether it can be asked again."""
        return self._process.returncode is None and not self._asking and self._asked < MOST_ASKED

    async def ask(self, question: Question, patience: float) -> AsyncGenerator[Answer]:
        """Yield the answers to a question, which may take so many seconds in all.

        Raises:
            SpeechFailed: it crashed, was late, or made no sense.
            TaleforgeError: what it raised itself.
        """
        assert self._process.stdin is not None and self._process.stdout is not None, "made with pipes"  # noqa: PT018 - one fact
        self._asking = True
        self._asked += 1
        try:
            until = asyncio.get_running_loop().time() + patience
            async with asyncio.timeout_at(until):
                self._process.stdin.write(framed(question))
                await self._process.stdin.drain()
            while True:
                async with asyncio.timeout_at(until):
                    said = await next_said(self._process.stdout, _answers)
                if isinstance(said, Done | Failed):
                    break
                yield said
        except TimeoutError as error:
            raise SpeechFailed(f"Speech took more than {patience:g} seconds.", "Send less at a time.") from error
        except (asyncio.IncompleteReadError, OSError, ValueError, msgspec.DecodeError) as error:
            raise SpeechFailed("What speaks or hears crashed.", "Try again, or with another file.") from error
        self._asking = False
        if isinstance(said, Failed):
            raise raised(said)

    async def end(self) -> None:
        """Kill it and wait until it is gone."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


def raised(failed: Failed) -> TaleforgeError:
    """Return the error that a child raised."""
    kind = getattr(errors, failed.error, None)
    if not (isinstance(kind, type) and issubclass(kind, TaleforgeError)):
        kind = SpeechFailed
    return kind(failed.problem, failed.remedy)


class Cells:
    """Child processes of one engine, at most so many at once; started when they are asked.

    Args:
        engine: What each is.
        most: How many.
        patience: Seconds that an answer may take.
        program: What each runs.
    """

    def __init__(self, engine: Engine, most: int, patience: float, program: Sequence[str] = CHILD) -> None:
        self._turns = asyncio.Semaphore(most)
        self._patience = patience
        self._engine = engine
        self._program = tuple(program)
        self._idle: list[Cell] = []
        self.name = engine.name
        """The engine's."""

    async def ask(self, question: Question, patience: float | None = None) -> AsyncGenerator[Answer]:
        """Yield the answers to a question, which may take so many seconds; raises as `Cell.ask` does."""
        async with self._turns:
            cell = await self._next()
            try:
                async with aclosing(cell.ask(question, patience or self._patience)) as answers:
                    async for said in answers:
                        yield said
            except SpeechFailed as error:
                log.warning("voice.failed", engine=self.name, reason=error.problem)
                raise
            finally:
                if cell.fresh:
                    self._idle.append(cell)
                else:
                    await cell.end()

    async def one(self, question: Question, patience: float | None = None) -> Answer:
        """Return the only answer to a question; raises as `Cell.ask` does."""
        found: list[Answer] = []
        async with aclosing(self.ask(question, patience)) as answers:
            async for said in answers:
                found.append(said)  # noqa: PERF401 - the generator has to be read to its end
        if not found:
            raise SpeechFailed("What speaks or hears had nothing to say.", "Try again.")
        return found[0]

    async def warm(self) -> None:
        """Start one, unless there is one, so that whoever asks first does not wait for it. Raises SpeechFailed."""
        async with self._turns:
            self._idle.append(await self._next())

    async def close(self) -> None:
        """End all that are idle."""
        idle, self._idle = self._idle, []
        for cell in idle:
            await cell.end()

    async def _next(self) -> Cell:
        """Return a child that can be asked; whoever died while nobody asked is passed over."""
        while self._idle:
            cell = self._idle.pop()
            if cell.fresh:
                return cell
            await cell.end()
        return await self._started()

    async def _started(self) -> Cell:
        try:
            engine = self._engine
            return Cell(await start(self._program, engine, environment(engine.device, engine.threads)))
        except OSError as error:
            raise SpeechFailed(
                "No process could be started for speech.", "See whether there is memory left."
            ) from error
