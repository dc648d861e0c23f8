"""A crowd in this process, or spread over several, that grows, plays and is examined as one.

A process that has a part of the crowd obeys through a pipe, and ends when that does. Decides nothing: the plan does.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from random import Random
from typing import Any, Final, Protocol, TypeVar

from msgspec import structs

from taleforge.client.server import Limited, Server
from taleforge.errors import TaleforgeError, Unavailable
from taleforge.ops.load.crowd import Crowd
from taleforge.ops.load.examine import NOTHING, Examined, examine
from taleforge.ops.load.loop import run
from taleforge.ops.load.plan import Plan, shares
from taleforge.ops.load.tally import Figures

T = TypeVar("T")

_LIMITS: Final = "limits.general, limits.guest, limits.guesses and limits.generation"


class Crowds(Protocol):
    """All players of a plan."""

    async def grow(self, tables: int, over: float) -> None:
        """Lay tables until there are so many, over some seconds; raises Unavailable or BadInput with what to raise."""
        ...

    async def play(self, rate: float, seconds: float, active: int) -> Figures:
        """Have so many of the tables play, with commands due so often a second; return what was measured."""
        ...

    async def examine(self) -> Examined:
        """Compare every stream with its log; raises Unavailable."""
        ...


@asynccontextmanager
async def crowded(plan: Plan) -> AsyncGenerator[Crowds]:
    """Give the crowd of a plan, with nobody in it yet; everybody hangs up in the end."""
    if plan.processes > 1:
        with ExitStack() as stack:
            parts = [structs.replace(plan, seed=plan.seed + number, processes=1) for number in range(plan.processes)]
            yield _Spread([stack.enter_context(_started(part)) for part in parts])
        return
    server = Server(plan.server, plan.key)
    crowd = Crowd(server, plan.seats, Random(plan.seed))  # noqa: S311 - what players do, not dice
    try:
        yield _Here(server, crowd)
    finally:
        await crowd.close()


class _Here:
    """A crowd in this process."""

    def __init__(self, server: Server, crowd: Crowd) -> None:
        self._server = server
        self._crowd = crowd

    async def grow(self, tables: int, over: float) -> None:
        try:
            await self._crowd.grow(tables, over)
        except ExceptionGroup as group:
            ours = [error for error in group.exceptions if isinstance(error, TaleforgeError)]
            if len(ours) < len(group.exceptions):
                raise
            raise _explained(ours[0]) from None

    async def play(self, rate: float, seconds: float, active: int) -> Figures:
        return await self._crowd.play(rate, seconds, active)

    async def examine(self) -> Examined:
        return await examine(self._server, self._crowd.parties, self._crowd.tally)


class _Spread:
    """A crowd in several processes; each has a like share of the tables, and of the commands of those that play."""

    def __init__(self, pipes: "Sequence[Connection[Any, Any]]") -> None:
        self._pipes = pipes

    async def grow(self, tables: int, over: float) -> None:
        await self._share("grow", type(None), tables, lambda mine: (mine, over))

    async def play(self, rate: float, seconds: float, active: int) -> Figures:
        first, *others = await self._share("play", Figures, active, lambda mine: (rate * mine / active, seconds, mine))
        for figures in others:
            first.add(figures)
        return first

    async def examine(self) -> Examined:
        return sum(await asyncio.gather(*(_asked(pipe, "examine", Examined, ()) for pipe in self._pipes)), NOTHING)

    async def _share(
        self, name: str, kind: type[T], tables: int, arguments: Callable[[int], tuple[Any, ...]]
    ) -> list[T]:
        """Have each process that has a share of some tables do a thing with it, at the same time."""
        each = zip(self._pipes, shares(tables, len(self._pipes)), strict=True)
        return await asyncio.gather(*(_asked(pipe, name, kind, arguments(mine)) for pipe, mine in each if mine))


async def _asked(pipe: "Connection[Any, Any]", name: str, kind: type[T], arguments: tuple[Any, ...]) -> T:
    try:
        pipe.send((name, arguments))
        answer = await asyncio.to_thread(pipe.recv)
    except (EOFError, OSError) as error:
        raise Unavailable(
            "A process of the generator has ended.", "See what it said, and try fewer players."
        ) from error
    if isinstance(answer, TaleforgeError):
        raise answer
    assert isinstance(answer, kind)
    return answer


@contextmanager
def _started(plan: Plan) -> "Generator[Connection[Any, Any]]":
    """Give the pipe to a new process with a part of the crowd, which ends with the block."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_obey_in_process, args=(theirs, plan), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.join()


def _obey_in_process(pipe: "Connection[Any, Any]", plan: Plan) -> None:
    run(lambda: _obey(pipe, plan))


async def _obey(pipe: "Connection[Any, Any]", plan: Plan) -> None:
    async with crowded(plan) as crowd:
        while (asked := await asyncio.to_thread(_received, pipe)) is not None:
            name, arguments = asked
            pipe.send(await _done(getattr(crowd, name)(*arguments)))


def _received(pipe: "Connection[Any, Any]") -> tuple[str, tuple[Any, ...]] | None:
    try:
        return pipe.recv()
    except EOFError:
        return None


async def _done(work: Coroutine[Any, Any, Any]) -> object:
    """Return what comes of something, or why nothing does."""
    try:
        return await work
    except TaleforgeError as error:
        return error


def _explained(error: Exception) -> Exception:
    """Return what stopped a crowd from growing, with what the host has to raise."""
    if not isinstance(error, Limited):
        return error
    return Unavailable("The server limits how often it may be asked.", f"Set {_LIMITS} to off there for the test.")
