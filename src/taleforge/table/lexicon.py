"""Names and phrases in play, as one seat knows them: what the interpreter and the ear listen for."""

from collections.abc import Iterator, Sequence

from taleforge.messages.views import Lexicon, LexiconEntry, Option
from taleforge.rules.creature import Creature
from taleforge.table import story
from taleforge.table.options import known_cells
from taleforge.table.state import State
from taleforge.world.scene import Person


def lexicon(state: State, seat: str, offered: Sequence[Option], perceived: Sequence[Creature]) -> Lexicon:
    """Return the names a seat can speak of, and how people say each of the options it has."""
    me = state.character(seat)
    interactions = {f"do:{i.id}": i for i in state.scene.interactions} if state.scene else {}
    known = [(o.id, interactions[o.id]) for o in offered if o.id in interactions]
    return Lexicon(
        state.opened.lang,
        tuple(_entries(state, me, perceived)),
        {key: interaction.phrases for key, interaction in known if interaction.phrases},
        {key: interaction.verb for key, interaction in known},
    )


def _entries(state: State, me: Creature | None, perceived: Sequence[Creature]) -> Iterator[LexiconEntry]:
    for creature in perceived:
        person = _person(state, creature)
        yield LexiconEntry(creature.id, "creature", state.name_of(creature), _aliases(state, creature, person))
    if state.scene is None or me is None:
        return
    for feature in state.scene.features:
        if story.feature_known(state, me, feature):
            yield LexiconEntry(feature.id, "feature", feature.name, feature.aliases)
    for zone in state.scene.zones:
        if any(known_cells(state, me, zone)):
            yield LexiconEntry(zone.id, "zone", zone.name, zone.aliases)
    for item in me.items:
        yield LexiconEntry(item, "item", state.opened.items.get(item, item))
    for action in me.sheet.actions:
        yield LexiconEntry(f"act:{action.id}", "spell" if action.spell else "action", action.name)


def _person(state: State, creature: Creature) -> Person | None:
    who = state.person(creature.id)
    persons = state.scene.persons if state.scene else ()
    return next((person for person in persons if person.id == who), None)


def _aliases(state: State, creature: Creature, person: Person | None) -> tuple[str, ...]:
    """Return other names; those that hold part of a name nobody has given yet are left out."""
    known = state.name_of(creature)
    unknown = set(creature.sheet.name.lower().split()) if known != creature.sheet.name else set[str]()
    kind = creature.sheet.ref.partition("/")[2].replace("_", " ")
    others = (*person.aliases, person.title) if person else ()
    spoken = (alias for alias in (*others, kind) if not unknown & set(alias.lower().split()))
    return tuple(dict.fromkeys(alias for alias in spoken if alias and alias != known))
