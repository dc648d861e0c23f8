"""Requirements of interactions and triggers: small predicates over the story so far, parsed once, always decidable.

`flag:X` `item:X` `coins:N` `clue:X` `attitude:PERSON>=friendly` `state:FEATURE=locked` `zone:X` `quest:Q=STAGE`
`alive:PERSON` `fighting`, each negated by a leading `!`. Knows only what `StoryFacts` tells, and decides nothing else.
"""

import re
from collections.abc import Container, Mapping
from functools import lru_cache
from typing import get_args

from msgspec import Struct

from taleforge.world.scene import Attitude

ATTITUDES: tuple[Attitude, ...] = get_args(Attitude)
"""From worst to best."""

KINDS = ("flag", "item", "coins", "clue", "attitude", "state", "zone", "quest", "alive", "fighting")

_FORM = re.compile(r"(?P<no>!?)(?P<kind>[a-z]+)(?::(?P<subject>[a-z0-9_]+)(?:(?P<op>>=|<=|=)(?P<value>[a-z0-9_]+))?)?")


class StoryFacts(Struct, frozen=True):
    """The story as one acting character finds it: `features` are states, `alive` persons, `zone` where the actor is."""

    flags: Container[str] = ()
    items: Mapping[str, int] = {}
    coins: int = 0
    clues: Container[str] = ()
    attitudes: Mapping[str, Attitude] = {}
    features: Mapping[str, str] = {}
    quests: Mapping[str, str] = {}
    alive: Container[str] = ()
    zone: str | None = None
    fighting: bool = False


class Requirement(Struct, frozen=True):
    """One predicate: `attitude:PERSON>=friendly` has subject PERSON, op `>=` and value `friendly`."""

    kind: str
    subject: str = ""
    op: str = ""
    value: str = ""
    negated: bool = False


def holds(predicates: tuple[str, ...], facts: StoryFacts) -> bool:
    """Whether all predicates hold; one that cannot be read never does."""
    for requirement in _read(predicates):
        if requirement is None or _true(requirement, facts) == requirement.negated:
            return False
    return True


@lru_cache(maxsize=4096)
def _read(predicates: tuple[str, ...]) -> tuple[Requirement | None, ...]:
    return tuple(map(parse, predicates))


def _true(requirement: Requirement, facts: StoryFacts) -> bool:
    subject, value = requirement.subject, requirement.value
    match requirement.kind:
        case "flag":
            return subject in facts.flags
        case "item":
            return facts.items.get(subject, 0) > 0
        case "coins":
            return facts.coins >= int(subject)
        case "clue":
            return subject in facts.clues
        case "attitude":
            return _compared(facts.attitudes.get(subject, "indifferent"), requirement.op, value)
        case "state":
            return facts.features.get(subject, "") == value
        case "zone":
            return facts.zone == subject
        case "quest":
            return facts.quests.get(subject, "") == value
        case "alive":
            return subject in facts.alive
        case _:
            return facts.fighting


def _compared(attitude: Attitude, op: str, value: str) -> bool:
    is_now, wanted = ATTITUDES.index(attitude), ATTITUDES.index(value)  # pyright: ignore[reportArgumentType]  # parsed
    return {"=": is_now == wanted, ">=": is_now >= wanted, "<=": is_now <= wanted}[op]


@lru_cache(maxsize=4096)
def parse(predicate: str) -> Requirement | None:
    """Return the predicate read, or None where it has no form that could ever be decided."""
    match = _FORM.fullmatch(predicate)
    if match is None or match["kind"] not in KINDS:
        return None
    found = Requirement(
        match["kind"], match["subject"] or "", match["op"] or "", match["value"] or "", negated=bool(match["no"])
    )
    return found if _well_formed(found) else None


def _well_formed(requirement: Requirement) -> bool:
    subject, op, value = requirement.subject, requirement.op, requirement.value
    match requirement.kind:
        case "fighting":
            return not subject
        case "coins":
            return subject.isdigit() and not op
        case "attitude":
            return bool(subject and op) and value in ATTITUDES
        case "state" | "quest":
            return bool(subject) and op == "="
        case _:
            return bool(subject) and not op
