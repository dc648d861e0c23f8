"""What the child processes that paint have in common: they answer one question after the other, until their line ends.

Goes when nobody has asked for long. Does not know what paints.
"""

import os
import select
from collections.abc import Callable
from io import RawIOBase
from typing import Final

from taleforge.art.line import ASKED, Asked, Said, Stop
from taleforge.cages import limits
from taleforge.cages.line import framed, next_asked

IDLE: Final = 600.0
"""Seconds after which a child that nobody has asked goes."""
Say = Callable[[Said], None]
Answering = Callable[[Asked, Say, Callable[[], bool]], Said]
"""Answers a question; may say how far it is, and ask whether the picture is not wanted any more."""


def serve(line: tuple[int, int], answer: Answering, niceness: int) -> None:
    """Answer what is asked at one end of a line, at its other end, until nobody asks any more."""
    with os.fdopen(line[0], "rb", buffering=0) as asked, os.fdopen(line[1], "wb", buffering=0) as said:

        def say(message: Said) -> None:
            _send(said, framed(message))

        def unwanted() -> bool:
            return _is_asked(asked, 0) and isinstance(next_asked(asked, ASKED), Stop | None)

        while _is_asked(asked, IDLE) and (question := next_asked(asked, ASKED)) is not None:
            if isinstance(question, Stop):
                continue  # it came too late
            with limits.giving_way(niceness):
                answered = answer(question, say, unwanted)
            say(answered)


def _is_asked(asked: RawIOBase, seconds: float) -> bool:
    return bool(select.select([asked], [], [], seconds)[0])


def _send(line: RawIOBase, data: bytes) -> None:
    while data:
        data = data[line.write(data) or 0 :]
