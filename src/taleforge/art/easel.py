"""The child process in which a diffusion model paints: one picture after the other, until its line ends.

`python -m taleforge.art.easel MODEL`, a `Model` in JSON; started by `local`. Looks between two steps whether the
picture is still wanted. Keeps nothing between pictures but the model, and goes when nobody has asked for long.
"""

import os
import select
import sys
from collections.abc import Callable
from io import RawIOBase
from typing import Final

import msgspec

from taleforge.art.diffusion import Diffusion
from taleforge.art.line import ASKED, Failed, Model, Order, Paint, Painted, Said, Stop, Went
from taleforge.art.png import png
from taleforge.cages import limits
from taleforge.cages.child import take_line
from taleforge.cages.line import framed, next_asked
from taleforge.errors import TaleforgeError

IDLE: Final = 600.0
"""Seconds after which a model that nobody has asked is let go."""
Say = Callable[[Said], None]


class _Unwanted(Exception):
    """Nobody wants the picture any more."""


def serve(asked: RawIOBase, say: Say, painter: Diffusion | TaleforgeError, steps: int) -> None:
    """Answer until nobody asks any more; what could not be loaded is every answer."""
    while _is_asked(asked, IDLE) and (question := next_asked(asked, ASKED)) is not None:
        if isinstance(question, Stop):
            continue  # it came too late
        if isinstance(painter, TaleforgeError):
            say(Failed(painter.problem, painter.remedy))
            continue
        say(_answer(question, asked, say, painter, steps))


def _answer(question: Paint, asked: RawIOBase, say: Say, painter: Diffusion, steps: int) -> Said:
    def step(number: int) -> None:
        if _is_asked(asked, 0) and not isinstance(next_asked(asked, ASKED), Paint):
            raise _Unwanted
        say(Went(number * 100 // (steps + 1)))

    try:
        return Painted(png(painter.paint(question.order, step)))
    except _Unwanted:
        return Failed("Nobody wanted the picture any more.", "Ask again.")
    except TaleforgeError as error:
        return Failed(error.problem, error.remedy)
    except (ArithmeticError, LookupError, MemoryError, RuntimeError, TypeError, ValueError) as error:
        return Failed(
            f"The model did not paint that ({type(error).__name__}).", "See whether it is of a kind that is known."
        )


def _is_asked(asked: RawIOBase, seconds: float) -> bool:
    return bool(select.select([asked], [], [], seconds)[0])


def _loaded(model: Model) -> Diffusion | TaleforgeError:
    """Return the model, having painted once, so that all its threads are there."""
    try:
        painter = Diffusion(model)
        painter.paint(Order("", "", 64, 64, 0), lambda _: None)
    except TaleforgeError as error:
        return error
    return painter


def main() -> None:
    """Serve on stdin and stdout."""
    questions, answers = take_line()
    model = msgspec.json.decode(sys.argv[1], type=Model)
    limits.stand_back(model.niceness)
    limits.bound(0 if model.device == "cuda" else model.memory)
    painter = _loaded(model)
    limits.shut()
    with os.fdopen(questions, "rb", buffering=0) as asked, os.fdopen(answers, "wb", buffering=0) as said:
        serve(asked, lambda message: _send(said, framed(message)), painter, model.steps)


def _send(line: RawIOBase, data: bytes) -> None:
    while data:
        data = data[line.write(data) or 0 :]


if __name__ == "__main__":
    main()
