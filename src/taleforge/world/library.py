"""Everything a table may bring into play, from the packs on disk: adventures checked, sheets and characters built.

Reads no files itself: `taleforge.packs.loader` does. Does not keep anything: who loads content holds it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import structs

from taleforge.packs.catalogue import Catalogue
from taleforge.packs.faults import Fault, broken
from taleforge.packs.loader import BUNDLED, STORY_FILE, Folder, Library, Pack, load_packs
from taleforge.packs.schema import Character
from taleforge.packs.sheets import sheet_of
from taleforge.packs.strict import Document, decode
from taleforge.rules.characters import build_sheet
from taleforge.rules.creature import Sheet
from taleforge.rules.definitions import Definitions
from taleforge.rules.equipment import uses
from taleforge.world.scene import Adventure, Content, Scene
from taleforge.world.validation import COINS, Placed, Story, check_story


class Stories:
    """Adventures of the packs looked at so far; an inspector for the loader that remembers what it decoded."""

    def __init__(self) -> None:
        self.adventures: dict[str, tuple[str, Adventure]] = {}

    def inspect(self, pack: Pack, together: Catalogue) -> Sequence[Fault]:
        """Decode and check the adventure of a pack and remember it when it is sound."""
        if not pack.stories:
            return []
        story, faults = open_story(pack.stories)
        faults = faults or list(check_story(story, together)) if story else faults
        if story and not faults:
            self.adventures[story.adventure.id] = (pack.manifest.id, story.adventure)
        return faults


def load_content(extra_folders: Sequence[Folder] = ()) -> Content:
    """Return the bundled packs together with those in extra folders, whose entries take precedence in their order.

    A bundled pack with a fault raises `PackBroken`; any other is left out and named in `Content.refused`.
    """
    stories = Stories()
    library = load_packs([BUNDLED, *extra_folders], stories.inspect)
    for refused in library.refused:
        if refused.bundled:
            raise broken(refused.faults)
    return _content(library, stories)


def open_story(documents: Iterable[Document]) -> tuple[Story | None, list[Fault]]:
    """Decode `adventure.toml` and the scenes beside it."""
    faults: list[Fault] = []
    adventure: Adventure | None = None
    head = Document(STORY_FILE, "", {})
    scenes: list[Placed] = []
    for document in documents:
        if document.file == STORY_FILE:
            head = document
            adventure, wrong = decode(document, Adventure)
        else:
            scene, wrong = decode(document, Scene)
            scenes.extend([Placed(scene, document)] if scene else [])
        faults.extend(wrong)
    if adventure is None:
        return None, faults or [Fault(STORY_FILE, 0, "", "Scenes without an adventure.", f"Add {STORY_FILE}.")]
    inside = [Placed(scene, head, ("scenes", index)) for index, scene in enumerate(adventure.scenes)]
    every = (*inside, *scenes)
    whole = structs.replace(adventure, scenes=tuple(placed.scene for placed in every))
    return Story(whole, head, every), faults


def _content(library: Library, stories: Stories) -> Content:
    catalogue = library.catalogue
    definitions = catalogue.definitions()
    packs = {pack.manifest.id for pack in library.packs}
    return Content(
        adventures={key: story for key, (pack, story) in stories.adventures.items() if pack in packs},
        sheets={f"monster/{key}": sheet_of(monster, catalogue.spells) for key, monster in catalogue.monsters.items()},
        pregens=dict(_pregens(catalogue.characters, definitions)),
        starting_items={key: _belongings(hero, definitions) for key, hero in catalogue.characters.items()},
        items=catalogue.item_names(),
        pins=tuple(pack.pin for pack in library.packs),
        looks={item.id: item.text for item in catalogue.gear.values() if item.text},
        choices={key: hero.choice for key, hero in catalogue.characters.items()},
        pitches={key: hero.pitch for key, hero in catalogue.characters.items() if hero.pitch},
        definitions=definitions,
        refused=tuple(f"{refused.folder}: {fault}" for refused in library.refused for fault in refused.faults),
    )


def _pregens(heroes: Mapping[str, Character], definitions: Definitions) -> Iterator[tuple[str, Sheet]]:
    """Characters know how to use everything that can be used, so that they can use what they find."""
    every_use = uses(definitions.gear.values())
    for key, hero in heroes.items():
        sheet = build_sheet(hero.choice, definitions)
        known = {action.id for action in sheet.actions}
        more = tuple(action for action in every_use if action.id not in known)
        yield key, structs.replace(sheet, actions=(*sheet.actions, *more))


def _belongings(hero: Character, definitions: Definitions) -> dict[str, int]:
    background = definitions.backgrounds.get(hero.choice.background)
    coins = hero.choice.coins + (background.coins if background else 0)
    return {**hero.choice.equipment, **({COINS: coins} if coins else {})}
