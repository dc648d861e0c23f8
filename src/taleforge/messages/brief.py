"""What a narrator may know: the facts of one moment, for one audience, and nothing else.

A Brief holds only what every one of its audience may know, so prose made from it can leak nothing. It is the only thing
a narrator is given. Does not hold prose, except the words packs put into somebody's mouth.
"""

from typing import Literal

from msgspec import Struct

from taleforge.messages.views import Health


class Actor(Struct, frozen=True, omit_defaults=True, gc=False):
    """Somebody a beat speaks of, as the audience knows them."""

    id: str
    name: str
    pronouns: str = "they"
    side: Literal["party", "foe", "neutral"] = "neutral"
    kind: str = ""
    look: str = ""
    voice: str = ""
    proper: bool = True
    """Whether the name is a proper name ("Marta") or a description ("the goblin")."""
    health: Health = "unhurt"
    you: bool = False
    """Whether the whole audience is this character's one player."""


class Beat(Struct, frozen=True, omit_defaults=True, gc=False):
    """One thing that happened, in the order it happened. `code` says what; roles point into the Brief's actors.

    Codes are the event names, narrowed where it matters: `attack.hit`, `attack.missed`, `attack.critical`,
    `attack.fumbled`, `damage.taken`, `died`, `check.passed`, `check.failed`, `save.passed`, `save.failed`,
    `spell.cast`, `moved`, `said`, `told`, `scene.entered`, `feature.changed`, `clue.found`, `item.gained`,
    `fight.began`, `fight.ended`, `ending` … `text` is the words of the pack (or, for `said`, of a player): quoted,
    never changed.
    """

    v: int
    code: str
    actor: str | None = None
    target: str | None = None
    params: dict[str, str | int] = {}
    text: str | None = None


class Place(Struct, frozen=True, omit_defaults=True, gc=False):
    """Where it happens."""

    name: str
    look: str = ""
    mood: str = ""
    zone: str = ""
    light: str = "bright"
    fighting: bool = False


class Brief(Struct, frozen=True, omit_defaults=True, gc=False):
    """Everything a narrator may know to tell version `v` to `audience` ("all" or seat ids), in `lang`."""

    table: str
    v: int
    lang: str
    audience: tuple[str, ...] = ()
    """Seat ids; empty means everybody."""
    place: Place | None = None
    actors: dict[str, Actor] = {}
    beats: tuple[Beat, ...] = ()
    lines: tuple[str, ...] = ()
    veils: tuple[str, ...] = ()
    seed: int = 0
    """For a narrator that chooses between ways of saying a thing: the same Brief always gives the same prose."""


class Prose(Struct, frozen=True, omit_defaults=True, gc=False):
    """Words that tell version `v` to an audience. Never a fact."""

    v: int
    lang: str
    text: str
    audience: tuple[str, ...] = ()
    speaker: str | None = None
    narrator: str = "grammar"


class ProseDelta(Struct, frozen=True, omit_defaults=True, gc=False):
    """A piece of the telling of version `v` as it comes: the `i`th, and 0 begins anew. The final prose replaces all."""

    v: int
    i: int
    text: str
    audience: tuple[str, ...] = ()
