"""The child process in which the painter without a model paints: one picture after the other, until its line ends.

`python -m taleforge.art.hand HAND`, a `Hand` in JSON; started by `hands`. Keeps nothing between pictures.
"""

import sys
import zlib
from collections.abc import Callable
from typing import Final

import msgspec

from taleforge.art.child import Say, serve
from taleforge.art.line import Asked, Draw, Failed, Hand, Painted, Said, Shrink
from taleforge.art.procedural import drawn
from taleforge.art.small import small
from taleforge.art.values import LEAST_SIDE, Wish
from taleforge.cages import limits
from taleforge.cages.child import take_line
from taleforge.errors import BadInput

MEMORY: Final = 2048
"""MB of address space; the largest picture takes a quarter of it."""


def answer(question: Asked, _say: Say, _unwanted: Callable[[], bool]) -> Said:
    """Return a picture, or why there is none; it is there too soon to say how far it is."""
    assert isinstance(question, Draw | Shrink), "nobody asks a hand for anything else"
    try:
        return Painted(drawn(question.wish) if isinstance(question, Draw) else small(question.file))
    except BadInput as error:
        return Failed(error.problem, error.remedy)
    except (ArithmeticError, LookupError, MemoryError, ValueError, zlib.error) as error:
        return Failed(f"That was not painted ({type(error).__name__}).", "Try again, or with other words.")


def main() -> None:
    """Serve on stdin and stdout."""
    line = take_line()
    hand = msgspec.json.decode(sys.argv[1], type=Hand)
    limits.stand_back(hand.niceness)
    limits.bound(MEMORY)
    drawn(Wish("", width=LEAST_SIDE, height=LEAST_SIDE))  # reads what it needs
    limits.shut()
    serve(line, answer, hand.niceness)


if __name__ == "__main__":
    main()
