"""Content that many tables hold is held once: equal scenes and sheets become one object when a log is read.

By the hash of what they say, so nobody has to know which pack they came from; weakly, so that they leave with the last
table that plays them. Does not change what a log says.
"""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

import msgspec
from msgspec.structs import replace

from taleforge.messages import events as ev
from taleforge.rules import facts
from taleforge.rules.creature import Creature, Sheet
from taleforge.rules.derived import derived
from taleforge.world.scene import Scene

Content = TypeVar("Content", Scene, Sheet)
V = TypeVar("V")


class _Words(dict[str, V]):
    """A mapping that a pool can hold weakly."""

    __slots__ = ("__weakref__",)


_POOL: WeakValueDictionary[tuple[type[Any], bytes], Any] = WeakValueDictionary()
_encoder = msgspec.json.Encoder()


def shared(content: Content) -> Content:
    """Return the one object that stands for a scene or sheet, and for all that are equal to it."""
    return _POOL.setdefault((type(content), _hash_of(content)), content)


@derived
def _hash_of(content: Scene | Sheet) -> bytes:
    return _digest(content)


def _digest(content: object) -> bytes:
    return blake2b(_encoder.encode(content), digest_size=16).digest()


def shared_words(words: Mapping[str, V]) -> dict[str, V]:
    """Return the one mapping that stands for all that are equal to it."""
    if not isinstance(words, _Words):
        words = _Words(words)
    return cast("dict[str, V]", _POOL.setdefault((_Words, _digest(words)), words))


def shared_data(data: ev.EventData) -> ev.EventData:
    """Return the data of an event with the content it brings replaced by what other tables have of it."""
    share = _SHARES.get(type(data))
    return data if share is None else share(data)


def _creature(creature: Creature) -> Creature:
    sheet = shared(creature.sheet)
    return creature if sheet is creature.sheet else replace(creature, sheet=sheet)


def _creatures(creatures: dict[str, Creature]) -> dict[str, Creature]:
    return {key: _creature(creature) for key, creature in creatures.items()}


def _scene_entered(data: ev.SceneEntered) -> ev.SceneEntered:
    return replace(
        data, scene=shared(data.scene), creatures=tuple(_creature(c) for c in data.creatures),
        waiting=_creatures(data.waiting), sheets={key: shared(sheet) for key, sheet in data.sheets.items()},
    )  # fmt: skip


def _opened(data: ev.TableOpened) -> ev.TableOpened:
    return replace(
        data, quests=shared_words(data.quests), clues=shared_words(data.clues), endings=shared_words(data.endings),
        items=shared_words(data.items), pregens=shared_words(_creatures(data.pregens)),
    )  # fmt: skip


def _seat_taken(data: ev.SeatTaken) -> ev.SeatTaken:
    return data if data.character is None else replace(data, character=_creature(data.character))


def _joined(data: facts.CombatantJoined) -> facts.CombatantJoined:
    return replace(data, creature=_creature(data.creature))


_SHARES: dict[type[Any], Callable[[Any], Any]] = {
    ev.SceneEntered: _scene_entered, ev.TableOpened: _opened, ev.SeatTaken: _seat_taken,
    facts.CombatantJoined: _joined,
}  # fmt: skip
