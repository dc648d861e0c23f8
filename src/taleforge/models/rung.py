"""One model of a ladder, and what stands before a call to it: the breaker, its turn, the purse. Counts what came of it.

Does not know what else could be asked.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import TypeVar

import structlog

from taleforge.errors import ModelFailed, TaleforgeError
from taleforge.models.breaker import Breaker, State
from taleforge.models.client import Client
from taleforge.models.ports import Purse, Read, Watch
from taleforge.models.prices import price_of
from taleforge.models.statuses import ADMINISTRATIVE
from taleforge.models.values import Call, End, Patience, Request, Usage

T = TypeVar("T")
LETTERS_OF_A_TOKEN = 4
"""For a server that does not say what was used."""
log = structlog.get_logger(__name__)


class Meter:
    """What is known of a call: what it used, and when its first piece came."""

    def __init__(self, asked: int) -> None:
        self.began = asyncio.get_running_loop().time()
        self.first: float | None = None
        self.letters = 0
        self.told: Usage | None = None
        self._asked = asked

    def heard(self, piece: str) -> None:
        """Note a piece of an answer."""
        if self.first is None:
            self.first = asyncio.get_running_loop().time() - self.began
        self.letters += len(piece)

    @property
    def usage(self) -> Usage:
        """What the server says that was used, or what it must have been; nothing where nothing came."""
        if self.told is not None:
            return self.told
        return Usage(self._asked, self.letters // LETTERS_OF_A_TOKEN) if self.first is not None else Usage(0)


class Rung:
    """A model that is asked when it may be.

    Args:
        client: Talks to it.
        patience: How long to wait for one's turn.
        purse: Who says when it is enough.
        watch: Who counts.
        most_at_once: Calls at the same time.
        passed: The seconds on a stop-watch, by which a model rests that fails.
    """

    def __init__(
        self,
        client: Client,
        patience: Patience,
        purse: Purse,
        watch: Watch,
        *,
        most_at_once: int,
        passed: Callable[[], float],
    ) -> None:
        self.client = client
        self._label = client.model.label
        self._patience = patience
        self._purse = purse
        self._watch = watch
        self._turns = asyncio.Semaphore(most_at_once)
        self.breaker = Breaker(passed, self._changed)
        self._cost = price_of(client.model)
        self._reason = ""

    async def ask(self, request: Request, read: Read[T]) -> T:
        """Return what `read` made of the answer. Raises ModelFailed."""

        async def work(meter: Meter) -> T:
            async with aclosing(self._text(request, meter)) as pieces:
                return await read(pieces)

        return await self.call(request.table, Usage(request.size, request.most_tokens), work)

    async def call(self, table: str, expected: Usage, work: Callable[[Meter], Awaitable[T]]) -> T:
        """Do some work with the model when it may be asked, and count what it came to. Raises ModelFailed."""
        if not self.breaker.admit():
            raise ModelFailed(f"The model {self._label} is left alone for now.", "It is tried again soon.", "resting")
        meter = Meter(expected.read)
        outcome = "given_up"
        try:
            async with self._turn(), self._paid(table, expected, meter):
                meter.began = asyncio.get_running_loop().time()
                result = await work(meter)
            outcome = "ok"
        except ModelFailed as error:
            outcome = error.kind
            self._judge(error)
            raise
        except TaleforgeError:  # of the purse: the model was not asked
            self.breaker.abandoned()
            raise
        except Exception:  # of whoever reads: the model answered
            self.breaker.succeeded()
            raise
        except BaseException:
            self.breaker.abandoned()
            raise
        finally:
            took = asyncio.get_running_loop().time() - meter.began
            self._watch.called(Call(self._label, outcome, meter.first, took, meter.usage, self._cost(meter.usage)))
        self.breaker.succeeded()
        return result

    async def _text(self, request: Request, meter: Meter) -> AsyncGenerator[str]:
        async with aclosing(self.client.stream(request)) as pieces:
            async for piece in pieces:
                if isinstance(piece, End):
                    meter.told = piece.usage
                elif piece:
                    meter.heard(piece)
                    yield piece
        if meter.letters == 0:
            raise ModelFailed(f"The model {self._label} says nothing.", "Give it room for its thoughts.", "empty")

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        """Wait for one's turn, and let the next have it afterwards."""
        try:
            async with asyncio.timeout(self._patience.turn):
                await self._turns.acquire()
        except TimeoutError as error:
            what = f"The model {self._label} has others to answer."
            raise ModelFailed(what, "Let more ask at once.", "busy") from error
        try:
            yield
        finally:
            self._turns.release()

    @asynccontextmanager
    async def _paid(self, table: str, expected: Usage, meter: Meter) -> AsyncGenerator[None]:
        """Put aside what a call may come to; afterwards take what it came to."""
        number = await self._purse.reserve(table, expected.total, self._cost(expected))
        if number is None:
            raise ModelFailed("What models may use is used up.", "Wait for tomorrow, or raise the limits.", "budget")
        try:
            yield
        finally:
            await asyncio.shield(self._settled(number, meter.usage))

    async def _settled(self, number: str, usage: Usage) -> None:
        try:
            if usage.total:
                await self._purse.settle(number, usage.total, self._cost(usage))
            else:
                await self._purse.release(number)
        except TaleforgeError as error:  # what was reserved goes on counting; what was said is said
            log.warning("model.not_settled", model=self._label, reason=error.code)

    def _judge(self, error: ModelFailed) -> None:
        """Tell the breaker what a failure means; that others wait or money is spent says nothing of the model."""
        if error.kind in {"busy", "budget"}:
            self.breaker.abandoned()
            return
        self._reason = error.kind
        self.breaker.failed(at_once=error.kind in ADMINISTRATIVE or error.after > 0, rest=error.after)

    def _changed(self, state: State) -> None:
        self._watch.changed(self._label, state)
        if state == "open":
            log.warning("model.resting", model=self._label, reason=self._reason)
        elif state == "closed":
            log.info("model.back", model=self._label)
