"""Checks an adventure before anybody plays it: names exist, everybody has room, scenes and endings can be reached.

Works on decoded adventures; types and unknown fields were checked before. Cannot prove that a story never gets stuck:
the solver among the tests does that for the bundled ones.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from taleforge.packs.catalogue import Catalogue
from taleforge.packs.faults import Fault
from taleforge.packs.locate import Path
from taleforge.packs.strict import Document
from taleforge.packs.validation import bad_dice, dangling
from taleforge.rules.values import Cell
from taleforge.world import scene as sc
from taleforge.world.grid import WIDEST, approachable, grid_of
from taleforge.world.requirements import Requirement, parse

GROUNDS = ("floor", "wall", "difficult", "water", "low", "pillar", "void", "stairs")
COINS = "copper"
"""The item name under which a feature or person holds coins."""


class Placed(Struct, frozen=True):
    """A scene and where it stands: its document, and the path inside it."""

    scene: sc.Scene
    document: Document
    path: Path = ()


class Story(Struct, frozen=True):
    """An adventure with the documents it was decoded from."""

    adventure: sc.Adventure
    head: Document
    scenes: tuple[Placed, ...]


class Names(Struct, frozen=True):
    """Everything of an adventure and its packs that can be named, by kind."""

    scenes: Mapping[str, sc.Scene]
    features: Mapping[str, sc.Feature]
    persons: Mapping[str, sc.Person]
    zones: Mapping[str, sc.Zone]
    clues: Mapping[str, sc.Clue]
    quests: Mapping[str, frozenset[str]]
    endings: Mapping[str, sc.Ending]
    items: Mapping[str, str]
    monsters: Mapping[str, object]
    flags: Mapping[str, int]
    states: Mapping[str, frozenset[str]]


Wrong = tuple[Path, str, str]
"""Where, what is wrong, what to do."""


def check_story(story: Story, together: Catalogue) -> Iterator[Fault]:
    """Yield what is wrong with an adventure, given every entry of the packs in play."""
    names = _names(story, together)
    yield from bad_dice(story.head, story.head.data, ())
    for place, problem, remedy in _head(story, together):
        yield story.head.fault(place, problem, remedy)
    for placed in story.scenes:
        if placed.document is not story.head:
            yield from bad_dice(placed.document, placed.document.data, ())
        yield from _Check(placed, names, story.adventure.players[1]).faults()


def every_consequence(scene: sc.Scene) -> Iterator[tuple[Path, sc.Consequence]]:
    """Yield every consequence of a scene with its place in it."""
    for field in ("success", "failure"):
        for index, interaction in enumerate(scene.interactions):
            yield from _numbered(("interactions", index, field), getattr(interaction, field))
    for index, trigger in enumerate(scene.triggers):
        yield from _numbered(("triggers", index, "consequences"), trigger.consequences)
    for field in ("victory", "defeat", "surrender"):
        for index, encounter in enumerate(scene.encounters):
            yield from _numbered(("encounters", index, field), getattr(encounter, field))
    yield from _numbered(("opening",), scene.opening)


def _numbered(path: Path, consequences: Iterable[sc.Consequence]) -> Iterator[tuple[Path, sc.Consequence]]:
    for index, consequence in enumerate(consequences):
        yield (*path, index), consequence


def every_requirement(scene: sc.Scene) -> Iterator[tuple[Path, str]]:
    """Yield every requirement of a scene with its place in it."""
    for index, interaction in enumerate(scene.interactions):
        for number, predicate in enumerate(interaction.requires):
            yield ("interactions", index, "requires", number), predicate
        for number, predicate in enumerate(interaction.test.advantage_if if interaction.test else ()):
            yield ("interactions", index, "test", "advantage_if", number), predicate
    for index, trigger in enumerate(scene.triggers):
        for number, predicate in enumerate(trigger.requires):
            yield ("triggers", index, "requires", number), predicate


def _names(story: Story, together: Catalogue) -> Names:
    scenes = [placed.scene for placed in story.scenes]
    adventure = story.adventure
    consequences = [consequence for scene in scenes for _, consequence in every_consequence(scene)]
    features = {feature.id: feature for scene in scenes for feature in scene.features}
    states = {key: {feature.state} for key, feature in features.items()}
    for consequence in consequences:
        if isinstance(consequence, sc.ChangeFeature):
            states.setdefault(consequence.feature, set()).add(consequence.state)
    return Names(
        scenes={scene.id: scene for scene in scenes},
        features=features,
        persons={person.id: person for scene in scenes for person in scene.persons},
        zones={zone.id: zone for scene in scenes for zone in scene.zones},
        clues={clue.id: clue for clue in adventure.clues},
        quests={quest.id: frozenset(stage for stage, _ in quest.stages) for quest in adventure.quests},
        endings={ending.id: ending for ending in adventure.endings},
        items=together.item_names(),
        monsters={f"monster/{key}": monster for key, monster in together.monsters.items()},
        flags=Counter(c.flag for c in consequences if isinstance(c, sc.SetFlag)),
        states={key: frozenset(found) for key, found in states.items()},
    )


def _head(story: Story, together: Catalogue) -> Iterator[Wrong]:
    """What is wrong with the adventure as a whole."""
    adventure = story.adventure
    consequences = [consequence for placed in story.scenes for _, consequence in every_consequence(placed.scene)]
    ends = {consequence.ending for consequence in consequences if isinstance(consequence, sc.End)}
    for index, ending in enumerate(adventure.endings):
        if ending.id not in ends:
            yield ("endings", index), f"Nothing leads to the ending `{ending.id}`.", "Let a consequence `end` with it."
    known = {consequence.clue for consequence in consequences if isinstance(consequence, sc.RevealClue)}
    for index, clue in enumerate(adventure.clues):
        if clue.id not in known:
            yield ("clues", index), f"Nobody can find the clue `{clue.id}`.", "Let a consequence reveal it."
    for index, hero in enumerate(adventure.pregens):
        if hero not in together.characters:
            yield ("pregens", index), f"There is no character `{hero}`.", "Add it to `characters`, or leave it out."
    yield from _doubled(story)
    yield from _cut_off(story)


def _doubled(story: Story) -> Iterator[Wrong]:
    adventure = story.adventure
    kinds: dict[str, list[str]] = {kind: [] for kind in ("scenes", "clues", "quests", "endings")}
    for kind, ids in kinds.items():
        ids.extend(entry.id for entry in getattr(adventure, kind))
    for kind in ("features", "persons", "zones", "interactions", "triggers", "encounters"):
        kinds[kind] = [entry.id for placed in story.scenes for entry in getattr(placed.scene, kind)]
    for kind, ids in kinds.items():
        for name, count in Counter(ids).items():
            if count > 1:
                yield (kind,), f"`{name}` is in {kind} more than once.", "Ids are unique in the whole adventure."


def _cut_off(story: Story) -> Iterator[Wrong]:
    scenes = {placed.scene.id: placed.scene for placed in story.scenes}
    if story.adventure.start not in scenes:
        yield ("start",), f"There is no scene `{story.adventure.start}`.", "Name the scene in which it begins."
        return
    reached: set[str] = set()
    edge = [story.adventure.start]
    while edge:
        here = edge.pop()
        if here in reached or here not in scenes:
            continue
        reached.add(here)
        edge.extend(c.scene for _, c in every_consequence(scenes[here]) if isinstance(c, sc.GoTo))
    for name in scenes.keys() - reached:
        yield (), f"Nothing leads to the scene `{name}`.", "Let a consequence go there, or leave it out."


_Reference = tuple[Path, str, str, Mapping[str, Any]]
"""Where something is named, what kind of thing, its id, and those of that kind there are."""
_Named = tuple[str, str, Mapping[str, Any]]


def _named(consequence: sc.Consequence, scene: sc.Scene, names: Names) -> Iterator[_Named]:
    """What a consequence names: what kind of thing, its id, and those that exist."""
    match consequence:
        case sc.GiveItem(item=item, source=source):
            yield "item", item, names.items
            yield "source", source or "", {"": None, **names.features, **names.persons}
        case sc.GiveCoins(source=source):
            yield "source", source or "", {"": None, **names.features, **names.persons}
        case sc.AdvanceQuest(quest=quest, stage=stage):
            yield "quest", quest, names.quests
            yield "stage of that quest", stage, dict.fromkeys(names.quests.get(quest, {stage}))
        case sc.GoTo(scene=other, entrance=entrance):
            yield "scene", other, names.scenes
            yield "entrance", entrance, names.scenes[other].entrances if other in names.scenes else {entrance: ()}
        case _:
            yield from _named_once(consequence, scene, names)


def _named_once(consequence: sc.Consequence, scene: sc.Scene, names: Names) -> Iterator[_Named]:
    match consequence:
        case sc.Say(who=who) | sc.ChangeAttitude(person=who):
            yield "person", who, names.persons
        case sc.RevealClue(clue=clue):
            yield "clue", clue, names.clues
        case sc.RevealFeature(target=target):
            everything = {**names.features, **names.persons}
            yield "hidden feature or person", target, {key: it for key, it in everything.items() if it.hidden}
        case sc.ChangeFeature(feature=feature):
            yield "feature", feature, names.features
        case sc.StartFight(encounter=encounter):
            yield "encounter in this scene", encounter, {entry.id: entry for entry in scene.encounters}
        case sc.PlaceParty(entrance=entrance):
            yield "entrance", entrance, scene.entrances
        case sc.End(ending=ending):
            yield "ending", ending, names.endings
        case _:
            return


class _Check:
    """One scene beside everything it may name."""

    def __init__(self, placed: Placed, names: Names, party: int) -> None:
        self.scene, self.document, self.path = placed.scene, placed.document, placed.path
        self.names = names
        self.party = party

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the scene."""
        yield from self._drawn()
        if any(glyph not in self.scene.ground.legend for row in self.scene.ground.rows for glyph in row):
            return
        yield from self._standing()
        yield from self._entrances()
        yield from self._references()
        yield from self._requirements()
        yield from self._within_reach()

    def _fault(self, path: Path, problem: str, remedy: str) -> Fault:
        return self.document.fault((*self.path, *path), problem, remedy)

    def _known(self, path: Path, what: str, name: str, known: Mapping[str, Any]) -> Iterator[Fault]:
        if name not in known:
            yield dangling(self.document, (*self.path, *path), what, name, known)

    def _drawn(self) -> Iterator[Fault]:
        ground = self.scene.ground
        if not ground.rows or len(ground.rows) > WIDEST or max(map(len, ground.rows)) > WIDEST:
            yield self._fault(("ground", "rows"), f"The ground has no or over {WIDEST} rows or columns.", "Redraw it.")
        for number, row in enumerate(ground.rows):
            if len(row) != len(ground.rows[0]):
                yield self._fault(("ground", "rows", number), "This row is not as long as the first.", "Fill it up.")
            for glyph in sorted(set(row) - ground.legend.keys()):
                yield self._fault(
                    ("ground", "rows", number), f"The legend does not know “{glyph}”.", "Add it to `ground.legend`."
                )
        for glyph, kind in ground.legend.items():
            yield from self._known(("ground", "legend", glyph), "kind of ground", kind, dict.fromkeys(GROUNDS))

    def _standing(self) -> Iterator[Fault]:
        """Persons, fighters and doors stand where one can stand; no two people share a cell."""
        grid = grid_of(self.scene, {})
        taken: dict[Cell, str] = {}
        for index, person in enumerate(self.scene.persons):
            if not grid.inside(person.cell):
                yield self._fault(("persons", index, "cell"), f"{person.name} stands in a wall.", "Move the cell.")
            if person.cell in taken:
                other = taken[person.cell]
                yield self._fault(("persons", index, "cell"), f"{person.name} stands on {other}.", "Move one of them.")
            taken[person.cell] = person.name
        for index, feature in enumerate(self.scene.features):
            for number, cell in enumerate(feature.cells):
                if cell not in grid.kinds or (feature.blocks and not grid.inside(cell)):
                    place = ("features", index, "cells", number)
                    yield self._fault(place, f"{feature.name} is off the ground or in a wall.", "Move the cell.")
        for index, encounter in enumerate(self.scene.encounters):
            for number, (_, cell) in enumerate(encounter.creatures):
                if not grid.inside(cell):
                    place = ("encounters", index, "creatures", number)
                    yield self._fault(place, "This creature stands in a wall.", "Move the cell.")

    def _entrances(self) -> Iterator[Fault]:
        grid = grid_of(self.scene, {})
        taken = {person.cell for person in self.scene.persons if not person.hidden}
        if not self.scene.entrances:
            yield self._fault((), "The scene has no entrance.", "Add `entrances.start` with a cell for each character.")
        for name, cells in self.scene.entrances.items():
            free = {cell for cell in cells if grid.inside(cell)} - taken
            if len(free) < self.party:
                problem = f"The entrance `{name}` has room for {len(free)}, the party may be {self.party}."
                yield self._fault(("entrances", name), problem, "Add free cells.")

    def _references(self) -> Iterator[Fault]:
        for path, what, name, known in (*self._targets(), *self._cast(), *self._fighters()):
            yield from self._known(path, what, name, known)
        for path, consequence in every_consequence(self.scene):
            for what, name, known in _named(consequence, self.scene, self.names):
                yield from self._known(path, what, name, known)

    def _targets(self) -> Iterator[_Reference]:
        names, scene = self.names, self.scene
        targets = {**names.features, **names.persons, **names.zones, scene.id: scene, "": scene}
        for index, interaction in enumerate(scene.interactions):
            yield ("interactions", index, "target"), "target", interaction.target, targets
            if interaction.test and interaction.test.tool:
                yield ("interactions", index, "test"), "item", interaction.test.tool, names.items

    def _cast(self) -> Iterator[_Reference]:
        names = self.names
        for index, person in enumerate(self.scene.persons):
            yield ("persons", index, "creature"), "stat block", person.creature, names.monsters
            yield from self._held(("persons", index), person.items)
        for index, feature in enumerate(self.scene.features):
            yield from self._held(("features", index), feature.items)
            if feature.lock and feature.lock.key:
                yield ("features", index, "lock", "key"), "item", feature.lock.key, names.items

    def _fighters(self) -> Iterator[_Reference]:
        for index, encounter in enumerate(self.scene.encounters):
            for number, person in enumerate(encounter.persons):
                yield ("encounters", index, "persons", number), "person", person, self.names.persons
            for number, (creature, _) in enumerate(encounter.creatures):
                yield ("encounters", index, "creatures", number), "stat block", creature, self.names.monsters

    def _held(self, path: Path, items: Mapping[str, int]) -> Iterator[_Reference]:
        for item in items:
            if item != COINS:
                yield (*path, "items", item), "item", item, self.names.items

    def _requirements(self) -> Iterator[Fault]:
        for path, predicate in every_requirement(self.scene):
            requirement = parse(predicate)
            if requirement is None:
                problem = f"`{predicate}` is no requirement."
                yield self._fault(path, problem, "Write one as `flag:door_open` or `attitude:anna>=friendly`.")
                continue
            for what, name, known in self._required(requirement):
                yield from self._known(path, what, name, known)

    def _required(self, requirement: Requirement) -> Iterator[_Named]:
        names, subject = self.names, requirement.subject
        known: dict[str, tuple[str, Mapping[str, Any]]] = {
            "flag": ("consequence that sets the flag", names.flags),
            "item": ("item", names.items),
            "clue": ("clue", names.clues),
            "attitude": ("person", names.persons),
            "alive": ("person", names.persons),
            "zone": ("zone", names.zones),
            "state": ("feature", names.features),
            "quest": ("quest", names.quests),
        }
        if requirement.kind not in known:
            return
        what, there = known[requirement.kind]
        yield what, subject, there
        values = {"state": names.states, "quest": names.quests}.get(requirement.kind, {})
        if subject in values:
            yield f"{requirement.kind} of `{subject}`", requirement.value, dict.fromkeys(values[subject])

    def _within_reach(self) -> Iterator[Fault]:
        """Every target of an interaction can be walked to from some entrance once all doors are open."""
        grid = grid_of(self.scene, {feature.id: "open" for feature in self.scene.features})
        starts = [cells[0] for cells in self.scene.entrances.values() if cells]
        places = {feature.id: feature.cells for feature in self.scene.features}
        places |= {person.id: (person.cell,) for person in self.scene.persons}
        for index, interaction in enumerate(self.scene.interactions):
            cells = places.get(interaction.target, ())
            if cells and not any(approachable(grid, a, b, interaction.reach) for a in starts for b in cells):
                problem = f"Nobody can come within reach of `{interaction.target}`."
                yield self._fault(("interactions", index), problem, "Move it, open a way, or give a longer `reach`.")
