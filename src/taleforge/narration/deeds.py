"""The beats of a Brief by deed: what somebody did, how they came to do it, and what came of it.

The first step from a Brief to prose: what is told twice, and what only led up to something, falls away here. Does not
decide what is said of a deed.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from taleforge.messages.brief import Beat

CONSEQUENCES = frozenset({
    "damage.taken", "died", "save.passed", "save.failed", "condition.gained", "condition.lost", "concentration.ended",
    "healed", "temp_hp.gained", "revived",
})  # fmt: skip
"""What a blow or a spell leads to, and is told with."""
LEADING = frozenset({"turn.spent", "reaction.used", "check.passed", "check.failed"})
"""What an attempt costs or hangs on, and is told by it."""
ONCE = frozenset({"clue.found", "quest.advanced"})


class Deed(Struct, frozen=True):
    """A beat and what came of it; `approach` is how its doer got there, `by_reaction` whether it was not their turn."""

    head: Beat
    results: tuple[Beat, ...] = ()
    approach: Beat | None = None
    by_reaction: bool = False

    def of(self, *codes: str) -> list[Beat]:
        """Return its results of some codes."""
        return [beat for beat in self.results if beat.code in codes]


def worth_telling(beats: Sequence[Beat]) -> tuple[Beat, ...]:
    """Return the beats up to an ending, each thing that somebody learned but once."""
    kept: list[Beat] = []
    learned: set[tuple[str, object, str | None]] = set()
    for beat in beats:
        lesson = (beat.code, beat.params.get("title"), beat.text)
        if beat.code not in ONCE or lesson not in learned:
            kept.append(beat)
        learned.add(lesson)
        if beat.code == "ending":
            break
    return tuple(kept)


def deeds_of(beats: Sequence[Beat]) -> list[Deed]:
    """Return the deeds that beats tell of, in order."""
    found: list[Deed] = []
    approach: Beat | None = None
    reacting: str | None = None
    for at, beat in enumerate(beats):
        after = _next(beats[at + 1 :])
        if beat.code == "reaction.used":
            reacting = beat.actor
        elif beat.code == "moved" and _aims(after, beat.actor):
            approach = beat
        elif found and _follows(beat, found[-1].head):
            found[-1] = replace(found[-1], results=(*found[-1].results, beat))
        elif not (beat.code in LEADING and after is not None and _tries(after, beat.actor)):
            near = approach if approach is not None and approach.actor == beat.actor else None
            found.append(Deed(beat, approach=near, by_reaction=reacting is not None and reacting == beat.actor))
            approach = reacting = None
    return found


def _next(rest: Sequence[Beat]) -> Beat | None:
    return next((beat for beat in rest if beat.code not in LEADING), None)


def _tries(beat: Beat, actor: str | None) -> bool:
    return beat.code.startswith("tried.") and beat.actor == actor


def _aims(beat: Beat | None, actor: str | None) -> bool:
    """Whether somebody moved in order to do this."""
    if beat is None or beat.actor != actor:
        return False
    return beat.code.startswith(("attack.", "tried.")) or beat.code in {"spell.cast", "moved"}


def _follows(beat: Beat, head: Beat) -> bool:
    if head.code == "spell.cast" and beat.code.startswith("attack."):
        return beat.actor == head.actor and beat.params.get("action") == head.params.get("action")
    if head.code.startswith("attack.") or head.code == "spell.cast":
        return beat.code in CONSEQUENCES
    if head.code == "turn.spent":
        return beat.code in CONSEQUENCES or beat.code.startswith("check.")
    if head.code == "moved":
        return beat.code == "condition.lost" and head.params.get("kind") == "stand"
    return head.code == "death_save.made" and beat.code in {"died", "healed", "condition.lost"}
