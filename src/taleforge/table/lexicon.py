"""Names and phrases in play, as one seat knows them: what the interpreter and the ear listen for."""

from functools import lru_cache

from taleforge.messages.views import Lexicon, LexiconEntry, Option
from taleforge.rules.creature import Creature, Sheet
from taleforge.rules.derived import derived
from taleforge.table.around import explored_by, known_features, known_zones, plan_of
from taleforge.table.recall import Recall
from taleforge.table.state import State
from taleforge.world.scene import Feature, Person, Scene, Zone
from taleforge.world.sight import Rows

Words = tuple[LexiconEntry, ...]


def lexicon(state: State, seat: str, offered: tuple[Option, ...], creatures: Words, recall: Recall) -> Lexicon:
    """Return the names a seat can speak of, `creatures` first, and how people say each of the options it has."""
    entries = recall.of(("words", seat), _joined, creatures, *_around(state, state.character(seat), recall))
    return recall.of(("lexicon", seat), _lexicon, state.opened.lang, entries, offered, state.scene)


def _lexicon(lang: str, entries: Words, offered: tuple[Option, ...], scene: Scene | None) -> Lexicon:
    interactions = plan_of(scene).interactions if scene else {}
    known = [(option.id, interactions[option.id[3:]]) for option in offered if option.id.startswith("do:")]
    return Lexicon(
        lang, entries,
        {option: i.phrases for option, i in known if i.phrases},
        {option: i.verb for option, i in known},
    )  # fmt: skip


def _joined(creatures: Words, places: Words, own: Words) -> Words:
    return (*creatures, *places, *own)


def _around(state: State, me: Creature | None, recall: Recall) -> tuple[Words, Words]:
    """Return the words for the places that somebody knows, and for what it has and can do."""
    scene = state.scene
    if scene is None or me is None:
        return (), ()
    places = recall.of(("places", me.id), _places, scene, explored_by(state, me.id), state.story.revealed)
    return places, recall.of(("own", me.id), _own, me.items, me.sheet, state.opened.items)


def _places(scene: Scene, explored: Rows, revealed: frozenset[str]) -> Words:
    features, zones = known_features(scene, explored, revealed), known_zones(scene, explored)
    return (*map(_feature, features), *map(_zone, zones))


@derived
def _feature(feature: Feature) -> LexiconEntry:
    return LexiconEntry(feature.id, "feature", feature.name, feature.aliases)


@derived
def _zone(zone: Zone) -> LexiconEntry:
    return LexiconEntry(zone.id, "zone", zone.name, zone.aliases)


def _own(items: dict[str, int], sheet: Sheet, names: dict[str, str]) -> Words:
    return (
        *(_item(item, names.get(item, item)) for item in items),
        *_actions(sheet),
    )


@lru_cache(maxsize=1024)
def _item(item: str, name: str) -> LexiconEntry:
    """Return the word for a thing, the same for whoever carries one at whichever table."""
    return LexiconEntry(item, "item", name)


@derived
def _actions(sheet: Sheet) -> Words:
    return tuple(LexiconEntry(f"act:{a.id}", "spell" if a.spell else "action", a.name) for a in sheet.actions)


def name_entry(crt: str, known: str, sheet: Sheet, person: Person | None) -> LexiconEntry:
    """Return what the party can call somebody, beside the name it is `known` by.

    Other names that hold part of a name nobody has given yet are left out.
    """
    unknown = set(sheet.name.lower().split()) if known != sheet.name else set[str]()
    kind = sheet.ref.partition("/")[2].replace("_", " ")
    others = (*person.aliases, person.title) if person else ()
    spoken = (alias for alias in (*others, kind) if not unknown & set(alias.lower().split()))
    aliases = tuple(dict.fromkeys(alias for alias in spoken if alias and alias != known))
    return LexiconEntry(crt, "creature", known, aliases)
