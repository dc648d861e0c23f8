"""The child process in which a diffusion model paints: one picture after the other, until its line ends.

`python -m taleforge.art.easel MODEL`, a `Model` in JSON; started by `local`. Looks between two steps whether the
picture is still wanted. Keeps nothing between pictures but the model.
"""

import sys
from collections.abc import Callable

import msgspec

from taleforge.art.child import Say, serve
from taleforge.art.diffusion import Diffusion
from taleforge.art.line import Asked, Failed, Model, Order, Paint, Painted, Said, Went
from taleforge.art.png import png
from taleforge.cages import limits
from taleforge.cages.child import take_line
from taleforge.errors import TaleforgeError


class _Unwanted(Exception):
    """Nobody wants the picture any more."""


class _Easel:
    """Answers with a model; if it could not be loaded, that is every answer."""

    def __init__(self, painter: Diffusion | TaleforgeError, steps: int) -> None:
        self._painter = painter
        self._steps = steps

    def answer(self, question: Asked, say: Say, unwanted: Callable[[], bool]) -> Said:
        """Return a picture, or why there is none."""
        assert isinstance(question, Paint), "nobody asks a model for anything else"

        def step(number: int) -> None:
            if unwanted():
                raise _Unwanted
            say(Went(number * 100 // (self._steps + 1)))

        try:
            return self._painted(question.order, step)
        except _Unwanted:
            return Failed("Nobody wanted the picture any more.", "Ask again.")
        except TaleforgeError as error:
            return Failed(error.problem, error.remedy)
        except (ArithmeticError, LookupError, MemoryError, RuntimeError, TypeError, ValueError) as error:
            return Failed(
                f"The model did not paint that ({type(error).__name__}).", "See whether it is of a kind that is known."
            )

    def _painted(self, order: Order, step: Callable[[int], None]) -> Painted:
        if isinstance(self._painter, TaleforgeError):
            raise self._painter
        return Painted(png(self._painter.paint(order, step)))


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
    line = take_line()
    model = msgspec.json.decode(sys.argv[1], type=Model)
    limits.stand_back(model.niceness)
    limits.bound(0 if model.device == "cuda" else model.memory)
    painter = _loaded(model)
    limits.shut()
    serve(line, _Easel(painter, model.steps).answer, 0 if model.device == "cuda" else model.niceness)


if __name__ == "__main__":
    main()
