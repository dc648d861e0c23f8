"""What a completion says, read out of a stream of events or out of one whole answer.

Believes nothing: a stream that does not end as streams do was cut off. Does not judge the words.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import suppress

import msgspec

from taleforge.errors import ModelFailed
from taleforge.models import wire
from taleforge.models.events import EventReader, TooLong
from taleforge.models.values import End, Usage

DONE = b"[DONE]"
FINISHED = frozenset({"stop", "eos", "end_turn", "stop_sequence"})
LINGER = 0.1
"""Seconds that a server may take to close its answer after it said that it was done."""
REMEDY = "taleforge models shows how it is."


async def content_of(chunks: AsyncIterator[bytes], label: str) -> AsyncGenerator[str | End]:
    """Yield the content of a stream, piece by piece, an empty one for a thought, then its end. Raises ModelFailed."""
    reader, reading = EventReader(), _Reading(label)
    try:
        async for chunk in chunks:
            for data in reader.feed(chunk):
                if data.strip() == DONE:
                    await _drain(chunks)
                    yield reading.end(done=True)
                    return
                for piece in reading.pieces(data):
                    yield piece
    except TooLong as error:
        raise ModelFailed(f"The model {label} sends an event without an end.", REMEDY, "endless") from error
    if reader.inside:
        raise _cut(label)
    yield reading.end(done=False)


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    """Take what little may follow the end, so that the connection can be used again."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER):
            async for _ in chunks:
                pass


def whole_answer(data: bytes, label: str) -> Iterator[str | End]:
    """Yield the content of an answer that is no stream, then its end. Raises ModelFailed."""
    reading = _Reading(label)
    yield from reading.pieces(data)
    yield reading.end(done=True)


class _Reading:
    """What is known of a completion so far."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._reason: str | None = None
        self._usage: Usage | None = None

    def pieces(self, data: bytes) -> Iterator[str]:
        try:
            chunk = wire.chunks.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ModelFailed(f"The model {self._label} sends what is not understood.", REMEDY, "garbage") from error
        if chunk.error is not None:
            raise ModelFailed(f"The model {self._label} failed while it answered.", REMEDY, "failing")
        self._usage = chunk.usage.usage if chunk.usage else self._usage
        for choice in chunk.choices[:1]:
            self._reason = choice.finish_reason or self._reason
            yield from _said(choice.delta or choice.message)

    def end(self, *, done: bool) -> End:
        if self._reason == "content_filter":
            raise ModelFailed(f"The model {self._label} held its answer back.", "Ask another model.", "filtered")
        if self._reason is None and not done:
            raise _cut(self._label)
        return End(self._reason is None or self._reason in FINISHED, self._usage)


def _said(words: wire.Words | None) -> Iterator[str]:
    if words is None:
        return
    if words.content:
        yield words.content
    elif words.reasoning_content or words.reasoning:
        yield ""


def _cut(label: str) -> ModelFailed:
    return ModelFailed(f"The model {label} was cut off in the middle.", REMEDY, "truncated")
