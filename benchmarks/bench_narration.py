"""The grammar narrator: a blow, a spell with its saves, and a whole evening of Briefs."""

from itertools import cycle

from benchmarks.measure import Row, Time, seconds
from taleforge.messages.brief import Brief
from taleforge.narration.grammar import tell
from taleforge.narration.language import load
from tests.narration.play import evening


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Return what telling takes."""
    told = [brief for _, brief in evening(seed=3, steps=20 if smoke else 120)]
    blows = [brief for brief in told if any(beat.code.startswith("attack.") for beat in brief.beats)]
    repeats = 20 if smoke else 2_000
    return [
        Time("prose of the grammar narrator", telling(told, repeats), at_most=300e-6),
        Time("prose of a blow", telling(blows or told, repeats), at_most=300e-6),
    ]


def telling(briefs: list[Brief], repeats: int) -> float:
    """Return the seconds of telling one Brief of some."""
    language = load("en")
    turn = cycle(briefs)
    return seconds(lambda: tell(next(turn), language), repeats)
