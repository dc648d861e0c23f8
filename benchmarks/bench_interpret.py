"""The interpreter: a typed sentence to an intent, in a view it has read before and in one that has just changed."""

from itertools import cycle

import msgspec

from benchmarks.measure import Row, Time, seconds
from taleforge.interpret import Interpreter
from taleforge.messages.codec import encode
from taleforge.messages.views import SeatView
from tests.interpret.score import load
from tests.interpret.views import view_of

VIEW = "bell_taproom"
COPIES = 60
NONSENSE = "qwx zzyv plork, " * 124


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Return what sentences of the corpus take in the bundled adventure's taproom, which offers forty options."""
    repeats = 5 if smoke else 300
    return [
        Time("typed sentence to intent, in a view just changed", changed(repeats), at_most=2e-3),
        Time("typed sentence to intent, in the same view", same(repeats), at_most=2e-3),
        Time("two thousand characters of nonsense", nonsense(repeats)),
    ]


def changed(repeats: int) -> float:
    """Return the seconds of a sentence when its view is new, as after every command."""
    interpreter = Interpreter()
    data = encode(view_of(VIEW))
    views = cycle([msgspec.json.decode(data, type=SeatView) for _ in range(COPIES)])
    sentences = cycle([text for _, text, _ in load("held_out", (VIEW,))])
    return seconds(lambda: interpreter.interpret(next(sentences), next(views)), repeats)


def same(repeats: int) -> float:
    """Return the seconds of a sentence in a view that was read before."""
    interpreter = Interpreter()
    view = view_of(VIEW)
    sentences = cycle([text for _, text, _ in load("held_out", (VIEW,))])
    return seconds(lambda: interpreter.interpret(next(sentences), view), repeats)


def nonsense(repeats: int) -> float:
    """Return the seconds of the longest text that is read, not one word of it known."""
    view = view_of(VIEW)
    interpreter = Interpreter()
    return seconds(lambda: interpreter.interpret(NONSENSE, view), max(1, repeats // 10))
