"""Answers to requests that may be sent again, in Redis for a day, so that every process gives the same one.

Whoever is asked first holds the key for a few seconds at a time while it finds the answer; a process that dies lets it
go by that. Knows nothing of HTTP but the parts of an answer.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from taleforge.api.shared import Shared
from taleforge.errors import Unavailable

LASTS: Final = 24 * 3600.0
"""Seconds that an answer is kept."""
HELD: Final = 6.0
"""Seconds after which a process that says nothing no longer holds a key."""
PATIENCE: Final = 30.0
"""Seconds that an answer which another process is finding is waited for."""
_REPLACE: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
"""Replace what we wrote, unless somebody else did since."""


class Answer(Struct, frozen=True, array_like=True):
    """What was answered: status, headers and body."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class Kept(Struct, frozen=True, array_like=True):
    """What is known of a key: the hash of what was asked, and the answer, or who is finding it."""

    asked: bytes
    holder: str = ""
    answer: Answer | None = None


_decoder = msgspec.msgpack.Decoder(Kept)


class SharedAnswers:
    """Answers that all processes give.

    Args:
        shared: Where they are kept.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._replace: Any = shared.client.register_script(_REPLACE)  # whose arguments have no types

    async def known(self, key: tuple[str, ...], asked: bytes) -> "Kept | Held":
        """Return what is known of a key when it has an answer, or that this process has to find it now.

        A key that came with another body is returned as it is, answered or not.

        Raises:
            Unavailable: Redis is away, or another process is at it for too long.
        """
        name = self._shared.key("repeats", sha256("\0".join(key).encode()).hexdigest())
        mine = Kept(asked, secrets.token_hex(8))
        pause = 0.01
        async with asyncio.timeout(PATIENCE):
            while True:
                found = await self._claim(name, mine)
                if found == mine:
                    return Held(self, name, mine)
                if found is not None and (found.answer is not None or found.asked != asked):
                    return found
                await asyncio.sleep(pause)
                pause = min(2 * pause, 0.25)

    async def replace(self, name: str, old: Kept, new: Kept | None, seconds: float) -> None:
        """Put one thing in place of another; None takes it away."""
        values = [_encoded(old), b"" if new is None else _encoded(new), int(seconds * 1000)]

        async def question() -> Any:
            return await self._replace(keys=[name], args=values)

        with suppress(Unavailable):  # then this process alone knows
            await self._shared.ask("repeats", question)

    async def _claim(self, name: str, mine: Kept) -> Kept | None:
        """Write that we find the answer, unless there is one; return what is written now."""
        client = self._shared.client

        async def question() -> bytes | None:
            if await client.set(name, _encoded(mine), nx=True, px=int(HELD * 1000)):
                return _encoded(mine)
            return await cast("Awaitable[bytes | None]", client.get(name))

        data = await self._shared.ask("repeats", question)
        return None if data is None else _decoder.decode(data)


class Held:
    """A key whose answer this process finds."""

    def __init__(self, answers: SharedAnswers, name: str, mine: Kept) -> None:
        self._answers = answers
        self._name = name
        self._mine = mine
        self.answer: Answer | None = None
        """What is to be kept; without it, whoever asks next tries again."""

    @asynccontextmanager
    async def finding(self) -> AsyncGenerator[None]:
        """Hold the key within the block, and give the answer to all after it."""
        holding = asyncio.create_task(self._hold(), name="holding of a request's key")
        try:
            yield
        finally:
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)
            kept = None if self.answer is None else Kept(self._mine.asked, answer=self.answer)
            await self._answers.replace(self._name, self._mine, kept, LASTS)

    async def _hold(self) -> None:
        while True:
            await asyncio.sleep(HELD / 3)
            await self._answers.replace(self._name, self._mine, self._mine, HELD)


def _encoded(kept: Kept) -> bytes:
    return msgspec.msgpack.encode(kept)
