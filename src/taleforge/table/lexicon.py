"""Names and phrases in play, as one seat knows them: what the interpreter and the ear listen for."""

from collections.abc import Iterator, Sequence

from taleforge.messages.views import Lexicon, LexiconEntry, Option
from taleforge.rules.creature import Creature, Sheet
from taleforge.rules.derived import derived
from taleforge.table.around import explored_by, known_features, known_zones, plan_of
from taleforge.table.recall import Recall
from taleforge.table.state import State
from taleforge.world.scene import Feature, Interaction, Person, Zone


def lexicon(
    state: State, seat: str, offered: Sequence[Option], creatures: Sequence[LexiconEntry], recall: Recall
) -> Lexicon:
    """Return the names a seat can speak of, `creatures` first, and how people say each of the options it has."""
    me = state.character(seat)
    interactions = plan_of(state.scene).interactions if state.scene else {}
    known = tuple((option.id, interactions[option.id[3:]]) for option in offered if option.id.startswith("do:"))
    entries = recall.same(("words", seat), (*creatures, *_entries(state, me, recall)))
    return recall.of(("lexicon", seat), _lexicon, state.opened.lang, entries, known)


def _lexicon(lang: str, entries: tuple[LexiconEntry, ...], known: tuple[tuple[str, Interaction], ...]) -> Lexicon:
    return Lexicon(
        lang, entries,
        {option: i.phrases for option, i in known if i.phrases},
        {option: i.verb for option, i in known},
    )  # fmt: skip


def name_entry(state: State, creature: Creature, recall: Recall) -> LexiconEntry:
    """Return what the party can call a creature."""
    name, person = state.name_of(creature), _person(state, creature)
    return recall.of(("word", creature.id), _creature, creature.id, name, creature.sheet, person)


def _entries(state: State, me: Creature | None, recall: Recall) -> Iterator[LexiconEntry]:
    scene = state.scene
    if scene is None or me is None:
        return
    explored = explored_by(state, me.id)
    features = recall.of(("features", me.id), known_features, scene, explored, state.story.revealed)
    yield from recall.of(("places", me.id), _places, features, known_zones(scene, explored))
    yield from recall.of(("own", me.id), _own, me.items, me.sheet, state.opened.items)


def _places(features: tuple[Feature, ...], zones: tuple[Zone, ...]) -> tuple[LexiconEntry, ...]:
    return (*map(_feature, features), *map(_zone, zones))


@derived
def _feature(feature: Feature) -> LexiconEntry:
    return LexiconEntry(feature.id, "feature", feature.name, feature.aliases)


@derived
def _zone(zone: Zone) -> LexiconEntry:
    return LexiconEntry(zone.id, "zone", zone.name, zone.aliases)


def _own(items: dict[str, int], sheet: Sheet, names: dict[str, str]) -> tuple[LexiconEntry, ...]:
    return (
        *(LexiconEntry(item, "item", names.get(item, item)) for item in items),
        *_actions(sheet),
    )


@derived
def _actions(sheet: Sheet) -> tuple[LexiconEntry, ...]:
    return tuple(LexiconEntry(f"act:{a.id}", "spell" if a.spell else "action", a.name) for a in sheet.actions)


def _person(state: State, creature: Creature) -> Person | None:
    who = state.person(creature.id)
    return plan_of(state.scene).persons.get(who) if who and state.scene else None


def _creature(crt: str, known: str, sheet: Sheet, person: Person | None) -> LexiconEntry:
    """Name somebody, with other names; those that hold part of a name nobody has given yet are left out."""
    unknown = set(sheet.name.lower().split()) if known != sheet.name else set[str]()
    kind = sheet.ref.partition("/")[2].replace("_", " ")
    others = (*person.aliases, person.title) if person else ()
    spoken = (alias for alias in (*others, kind) if not unknown & set(alias.lower().split()))
    aliases = tuple(dict.fromkeys(alias for alias in spoken if alias and alias != known))
    return LexiconEntry(crt, "creature", known, aliases)
