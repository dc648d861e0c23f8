"""The words of packs as a table wants to read them: lines and veils hold for what is looked at, as for what is told.

Goes over what a seat is sent, when it is made: descriptions lose the sentences that cross a line, what is veiled is an
ellipsis, an option whose words cross one is called by what it is. Names stay, and so does everything that is no
description: no number, no choice and no id is another one. What players say is theirs, and is not touched.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from taleforge.messages.frames import SeatEvent
from taleforge.messages.views import FeatureInfo, JournalEntry, Option, OtherCreature, SceneInfo, SeatView

Described = TypeVar("Described", FeatureInfo, OtherCreature)
Tell = Callable[[str], str]
"""Returns words as they may be told; the same words when nothing in them is lined or veiled."""
Tact = Callable[[tuple[str, ...], tuple[str, ...], str], Tell]
"""Returns how a table with these lines and veils, which plays in this language, may be told something."""

HIDDEN: Final = "…"
"""What stands for words that may not be told, and for what is veiled."""
_TEXTS: Final = {
    "clue.found": ("title", "text"), "quest.advanced": ("title", "text"), "table.closed": ("title", "text"),
    "told": ("text",), "interaction.tried": ("label", "topic"),
}  # fmt: skip
"""The fields of events that hold words of packs, beside those that need a closer look."""


def discreet_view(view: SeatView, tell: Tell) -> SeatView:
    """Return a view with every description as it may be told."""
    ending = view.table.ending_text
    return replace(
        view,
        table=replace(view.table, ending_text=tell(ending)) if ending else view.table,
        scene=_scene(view.scene, tell) if view.scene else None,
        others={key: _described(other, tell) for key, other in view.others.items()},
        options=tuple([_option(option, tell) for option in view.options]),
        journal=tuple([_entry(entry, tell) for entry in view.journal]),
    )


def discreet_event(event: SeatEvent, tell: Tell) -> SeatEvent:
    """Return what a seat hears of an event with every word of a pack as it may be told."""
    data = event.d
    match event.name:
        case "scene.entered":
            scene: dict[str, Any] = data["scene"]
            data = {**data, "scene": {**scene, "look": tell(scene["look"])}}
        case "said" if data.get("scripted"):
            data = {**data, "text": _some(data["text"], tell)}
        case name:
            texts = {field: _some(data[field], tell) for field in _TEXTS.get(name, ()) if field in data}
            data = {**data, **texts} if texts else data
    return event if data is event.d else replace(event, d=data)


def _scene(scene: SceneInfo, tell: Tell) -> SceneInfo:
    features = {key: _described(feature, tell) for key, feature in scene.features.items()}
    return replace(scene, look=tell(scene.look), zone_look=tell(scene.zone_look), features=features)


def _described(one: Described, tell: Tell) -> Described:
    look = tell(one.look)
    return one if look == one.look else replace(one, look=look)


def _option(option: Option, tell: Tell) -> Option:
    """Without its words an option is called by its code, which is the client's own name for such a thing."""
    if option.label is None or tell(option.label) == option.label:
        return option
    topic = option.params.get("topic")
    params = {**option.params, "topic": _some(str(topic), tell)} if topic else option.params
    return replace(option, label=None, params=params)


def _entry(entry: JournalEntry, tell: Tell) -> JournalEntry:
    title, text = _some(entry.title, tell), _some(entry.text, tell)
    return entry if (title, text) == (entry.title, entry.text) else replace(entry, title=title, text=text)


def _some(words: str, tell: Tell) -> str:
    """Return words as they may be told; an ellipsis where nothing of them may be."""
    return tell(words) or (HIDDEN if words else "")
