"""Makes memories: of a fact for each seat that heard it, of a spoken word for each creature that witnessed it, of prose
for each seat that was there when it was told.

A seat's memory is made of the event as that seat may see it, so it holds nothing else. Ranks and keeps nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, cast

from taleforge.memory.values import Entry, Heard, Listened, Why
from taleforge.messages.brief import Prose
from taleforge.messages.events import Said

FACT: Final = "fact"
PROSE: Final = "prose"


def _text(data: Mapping[str, Any]) -> str:
    return str(data.get("text", ""))


def _titled(data: Mapping[str, Any]) -> str:
    return ": ".join(str(data[key]) for key in ("title", "text") if data.get(key))


def _place(data: Mapping[str, Any]) -> str:
    scene = cast("dict[str, Any]", data.get("scene") or {})
    return ": ".join(str(scene[key]) for key in ("name", "look") if scene.get(key))


def _name(data: Mapping[str, Any]) -> str:
    return str(data.get("name", ""))


_TEXTS: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "said": _text, "whispered": _text, "clue.found": _titled, "quest.advanced": _titled, "scene.entered": _place,
    "item.moved": _name, "table.closed": _titled,
}  # fmt: skip
"""Facts worth remembering beside the prose, and their words. What has none is told by the prose, or is a number."""


def of_facts(table: str, listened: Listened) -> list[Entry]:
    """Return what everybody remembers of some events, without what was taken back."""
    return [
        entry
        for heard in listened.heard
        if stands(heard.event.v, listened.gone)
        for entry in (*_of_seats(table, heard), *_of_creatures(table, heard))
    ]


def _of_seats(table: str, heard: Heard) -> Iterator[Entry]:
    event = heard.event
    for seat, seen in heard.seen.items():
        text = _TEXTS[seen.name](seen.d) if seen.name in _TEXTS else ""
        if text:
            why: Why = "witnessed" if heard.here.get(seat) in event.witnesses else "told"
            yield Entry(table, event.v, FACT, seat, why, event.clock, text)


def _of_creatures(table: str, heard: Heard) -> Iterator[Entry]:
    """Creatures remember words that were spoken where they could perceive it, and their own."""
    event = heard.event
    if isinstance(event.d, Said):
        for crt in dict.fromkeys((*event.witnesses, event.d.crt)):
            yield Entry(table, event.v, FACT, crt, "witnessed", event.clock, event.d.text)


def of_prose(table: str, told: Iterable[Prose], listened: Listened) -> list[Entry]:
    """Return what each seat that was there remembers of what was told, without what was taken back."""
    return [
        Entry(table, prose.v, ":".join((PROSE, *sorted(prose.audience))), seat, "told", 0, prose.text)
        for prose in told
        if stands(prose.v, listened.gone)
        for seat in prose.audience or listened.present
        if any(begin <= prose.v < end for begin, end in listened.present.get(seat, ()))
    ]


def stands(v: int, gone: Iterable[tuple[int, int]]) -> bool:
    """Whether a version was not taken back."""
    return not any(after < v < until for after, until in gone)
