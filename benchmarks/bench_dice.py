"""Dice beside the d20 library: text in, every face out, ours from the stream that anyone can check.

Both are asked in turn, round by round, so that a busy machine slows both. `python -m benchmarks.bench_dice` prints one
line of JSON for each row.
"""

from collections.abc import Callable
from itertools import product
from random import Random
from statistics import median
from time import perf_counter

import d20
import msgspec

from benchmarks.measure import Ratio, Row, Time, seconds
from taleforge.rules.dice import Expr, ProvableDice, odds, parse, roll

USUAL = ("1d20+5", "2d20kh1+5", "8d6", "4d6kh3")
WANTED = 5.0
DISTINCT = 1000

Asked = Callable[[], object]


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Return rolls of usual expressions, of expressions never seen before, and exact odds."""
    rounds, batch = (3, 10) if smoke else (81, 50)
    dice = ProvableDice(b"seed".ljust(32), b"salt".ljust(32))
    measured: list[Row] = []
    for text in USUAL:
        ours, theirs = _beside(lambda text=text: roll(text, dice), lambda text=text: d20.roll(text), rounds, batch)
        measured += [Time(f"roll {text}", ours), Ratio(f"roll {text}, against d20", theirs / ours, WANTED)]
    ours, theirs = _never_seen(dice)
    measured += [
        Time(f"roll each of {DISTINCT} expressions for the first time", ours),
        Ratio(f"roll each of {DISTINCT} expressions for the first time, against d20", theirs / ours, 1.0),
    ]
    trees = {text: parse(text) for text in (*USUAL, "40d6kh3", "100d20kl50")}
    measured += [Time(f"count the odds of {text}", _counting(tree, 1 if smoke else 5)) for text, tree in trees.items()]
    return measured


def _beside(ours: Asked, theirs: Asked, rounds: int, batch: int) -> tuple[float, float]:
    """Return the median seconds of one call of each; batches last about as long, so that interruptions hit both."""
    pairs = [(seconds(ours, 1, 5 * batch), seconds(theirs, 1, batch)) for _ in range(rounds)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def _never_seen(dice: ProvableDice) -> tuple[float, float]:
    """Return the median seconds of one roll when every expression is new, over small batches."""
    roller = d20.Roller()
    texts = _distinct()[:DISTINCT]
    batches = [texts[start : start + 10] for start in range(0, DISTINCT, 10)]
    ours = [_once(lambda text: roll(text, dice), batch) for batch in batches]
    return median(ours), median(_once(roller.roll, batch) for batch in batches)


def _once(ask: Callable[[str], object], texts: list[str]) -> float:
    """Return the seconds of asking about each text once, divided by their number."""
    begun = perf_counter()
    for text in texts:
        ask(text)
    return (perf_counter() - begun) / len(texts)


def _distinct() -> list[str]:
    """Return expressions of many forms, no two alike, always in the same order."""
    forms = (
        "{a}d{b}+{c}",
        "{a}d{b}kh1+{c}",
        "{a}d{b}+1d{c}",
        "({a}d{b}+{c})*2",
        "{a}d{b}mi2-{c}",
        "{a}d{b}ro1 [fire]+{c}",
    )
    texts = [
        form.format(a=a, b=b, c=c) for form, a, b, c in product(forms, range(1, 9), (4, 6, 8, 10, 12, 20), range(1, 21))
    ]
    Random(2).shuffle(texts)
    return texts


def _counting(tree: Expr, repeats: int) -> float:
    """Return the seconds of counting odds anew; those of a text are remembered, those of a tree are not."""
    return seconds(lambda: odds(tree), repeats)


if __name__ == "__main__":
    for row in rows(smoke=False):
        print(msgspec.json.encode(row).decode())
