"""The line between this process and a child: frames of msgpack, each with its length before it.

Does not know who is at either end.
"""

import asyncio
import struct
from typing import BinaryIO, Final

import msgspec

from taleforge.voice.values import Answer, Question

_LENGTH: Final = struct.Struct(">I")
MOST_FRAME: Final = 64 * 1024 * 1024
_encoder = msgspec.msgpack.Encoder()
_questions: msgspec.msgpack.Decoder[Question] = msgspec.msgpack.Decoder(Question)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def framed(message: Question | Answer) -> bytes:
    """Return a message as it goes over the line."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


def next_question(line: BinaryIO) -> Question | None:
    """Return what is asked next, None when nobody asks any more."""
    head = line.read(_LENGTH.size)
    return _questions.decode(line.read(_LENGTH.unpack(head)[0])) if len(head) == _LENGTH.size else None


async def next_answer(line: asyncio.StreamReader) -> Answer:
    """Return the next answer; raises ValueError or IncompleteReadError where there comes none."""
    (size,) = _LENGTH.unpack(await line.readexactly(_LENGTH.size))
    if size > MOST_FRAME:
        raise ValueError("a frame is too large")
    return _answers.decode(await line.readexactly(size))
