"""What the telling of each deed may lean on: who is there, in what light, and whether a pack speaks for itself.

Messages are made here; they say what is to be said and have no words yet. Knows no language.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from taleforge.messages.brief import Actor, Beat, Brief

TEXTS = frozenset({"told", "said", "scene.entered", "ending"})
"""Beats that bring the words of a pack or a player."""
DOWN = frozenset({"dying", "dead"})


class Message(Struct, frozen=True):
    """One thing to say. `kind` names the ways of saying it, `tags` what is the case, `text` is said word for word."""

    kind: str
    roles: dict[str, tuple[str, ...]] = {}
    words: dict[str, str] = {}
    tags: frozenset[str] = frozenset()
    text: str = ""


def param(beat: Beat | None, key: str) -> str:
    """Return a parameter of a beat as text; "" when there is none."""
    return str(beat.params.get(key, "")) if beat is not None else ""


class Scene:
    """A Brief, ready to make messages of.

    Args:
        brief: The Brief.
        beats: Those of its beats that are worth telling.
    """

    def __init__(self, brief: Brief, beats: Sequence[Beat]) -> None:
        self.actors = brief.actors
        self.place = brief.place
        self.beats = beats
        self._texts = [beat.text.lower() for beat in beats if beat.text and beat.code in TEXTS]

    @property
    def spoken(self) -> bool:
        """Whether a pack or a player has words for the moment."""
        return bool(self._texts)

    @property
    def fighting(self) -> bool:
        """Whether there is a fight."""
        return self.place is not None and self.place.fighting

    def carries(self, name: str) -> bool:
        """Whether the words of the pack speak of a thing already: of any word of its name that says what it is."""
        heads = (part.split()[-1].lower() for part in name.split(" of ") if part.strip())
        return any(f" {head}" in text for head in heads for text in self._texts)

    def actor(self, crt: str | None) -> Actor | None:
        """Return who somebody is, if the Brief knows."""
        return self.actors.get(crt) if crt is not None else None

    def is_you(self, crt: str | None) -> bool:
        """Whether somebody is the one player who listens."""
        actor = self.actor(crt)
        return actor is not None and actor.you

    def group(self, crts: Iterable[str | None]) -> tuple[str, ...]:
        """Return those whom the Brief knows, each once."""
        return tuple(dict.fromkeys(crt for crt in crts if crt is not None and crt in self.actors))

    def message(self, kind: str, beat: Beat, *tags: str, **words: str) -> Message:
        """Return a message about a beat's actor (A) and target (T); empty tags and words are left out."""
        roles = {"A": self.group([beat.actor]), "T": self.group([beat.target if beat.target != beat.actor else None])}
        return Message(
            kind,
            {role: group for role, group in roles.items() if group},
            {slot: word for slot, word in words.items() if word},
            frozenset(filter(None, (*tags, *self._circumstances(beat)))),
        )

    def _circumstances(self, beat: Beat) -> Iterator[str]:
        actor, target = self.actor(beat.actor), self.actor(beat.target)
        if actor is not None:
            yield "by_you" if actor.you else f"by_{actor.kind}"
            yield f"by_{actor.health}"
        if target is not None:
            yield "at_you" if target.you else f"at_{target.kind}"
            yield f"at_{target.health}"
        if beat.actor == beat.target:
            yield "self"
        if self.place is not None:
            yield self.place.light
