"""Asks other processes, and answers them: one channel for each process.

Whatever is lost is asked again by whoever waits for it; commands may be asked twice, since their ids make them happen
once. Does not know what is asked.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import structlog

from taleforge.errors import TaleforgeError, Unavailable
from taleforge.live import letters
from taleforge.live.faults import fault
from taleforge.live.inbox import Moved
from taleforge.live.ports import Services

ANSWER: Final = 2.0
"""Seconds after which an answer is no longer waited for."""

Serve = Callable[[letters.Asked], Awaitable[bytes]]
Hear = Callable[[letters.Here | letters.Typed | letters.Passed], None]

log = structlog.get_logger(__name__)


class Courier:
    """One process among others.

    Args:
        services: The outside.
        serve: Answers what others ask; may raise Moved or an error.
        hear: Is told what others say of tables of here: who mirrors them, who types.
    """

    def __init__(self, services: Services, serve: Serve, hear: Hear) -> None:
        self._services = services
        self._serve = serve
        self._hear = hear
        self._waiting: dict[str, asyncio.Future[letters.Answered]] = {}
        self._serving: set[asyncio.Task[None]] = set()
        self._numbers = 0
        self._cancel: Callable[[], None] | None = None

    async def open(self) -> None:
        """Be heard and hear."""
        node = self._services.node
        self._cancel = await self._services.bus.subscribe(letters.node_channel(node), self._take)

    async def close(self) -> None:
        """Answer what was asked, and hear nothing any more."""
        await asyncio.gather(*self._serving, return_exceptions=True)
        if self._cancel is not None:
            self._cancel()

    async def ask(self, node: str, table: str, what: str, command: bytes = b"") -> bytes:
        """Ask a node something of a table of its, and return its reply.

        Raises:
            Moved: the table is not there, or nobody answers: look whose it is and ask again.
            Unavailable: it cannot be done there.
        """
        self._numbers += 1
        id_ = f"{self._services.node}.{self._numbers}"
        asked = letters.Asked(id_, self._services.node, table, what, command, self._services.spans.carrier())
        future = self._waiting[id_] = asyncio.get_running_loop().create_future()
        try:
            self.say(node, asked)
            answer = await self._within(future)
        finally:
            del self._waiting[id_]
        if answer is None or answer.moved:
            raise Moved
        if answer.trouble is not None:
            raise Unavailable(*answer.trouble)
        return answer.reply

    def say(self, node: str, letter: letters.ToNode) -> None:
        """Say something to a node."""
        self._services.bus.publish(letters.node_channel(node), letters.pack(letter))

    async def _within(self, future: asyncio.Future[letters.Answered]) -> letters.Answered | None:
        """Return an answer, None when it does not come in time."""
        late = asyncio.ensure_future(self._services.clock.sleep(ANSWER))
        try:
            await asyncio.wait({future, late}, return_when=asyncio.FIRST_COMPLETED)
            return future.result() if future.done() else None
        finally:
            late.cancel()
            future.cancel()

    def _take(self, data: bytes) -> None:
        try:
            letter = letters.read_to_node(data)
        except msgspec.DecodeError:
            log.warning("letter.unreadable")
            return
        if isinstance(letter, letters.Here | letters.Typed | letters.Passed):
            self._hear(letter)
        elif isinstance(letter, letters.Asked):
            task = asyncio.create_task(self._answer(letter))
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        elif (future := self._waiting.get(letter.id)) is not None and not future.done():
            future.set_result(letter)

    async def _answer(self, asked: letters.Asked) -> None:
        try:
            answer = letters.Answered(asked.id, await self._serve(asked))
        except Moved:
            answer = letters.Answered(asked.id, moved=True)
        except TaleforgeError as error:
            answer = letters.Answered(asked.id, trouble=(error.problem, error.remedy))
        except Exception as error:  # noqa: BLE001  # a bug fails what was asked, and nothing else
            log.bind(table=asked.table).error("asked.fault", **fault(error))
            answer = letters.Answered(asked.id, trouble=("The table could not answer.", "Try again."))
        self.say(asked.back, answer)
