"""Brings pack folders together into one catalogue: bundled packs first, then the homebrew folders in their order.

Of two entries with one id the later pack's wins. A pack with any fault is refused whole and named; the others stay.
Knows no adventures: their documents are handed on to `taleforge.world.library`, which can refuse a pack too.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct, structs

from taleforge.packs.catalogue import Catalogue, DataFile
from taleforge.packs.faults import Fault
from taleforge.packs.locate import Path as Place
from taleforge.packs.reading import Manifest, RawPack, read_packs
from taleforge.packs.strict import Document, decode
from taleforge.packs.validation import check

Folder: TypeAlias = Path
"""Where packs lie: a pack, or a folder of packs."""

BUNDLED = Path(__file__).parent / "data"
STORY_FILE = "adventure.toml"
STORY_FOLDER = "scenes/"


class Pack(Struct, frozen=True):
    """A pack that was read: its entries, where each stands, and the documents of its adventure."""

    manifest: Manifest
    pin: str
    entries: Catalogue
    places: dict[tuple[str, str], tuple[Document, Place]]
    stories: tuple[Document, ...]
    documents: tuple[Document, ...]


class RefusedPack(Struct, frozen=True):
    """A pack that is not in play, and why."""

    folder: str
    faults: tuple[Fault, ...]

    @property
    def bundled(self) -> bool:
        """Whether it came with the program, so that the fault is ours."""
        return Path(self.folder).is_relative_to(BUNDLED)


class Library(Struct, frozen=True):
    """Every pack in play in order of precedence, all their entries together, and what was refused."""

    packs: tuple[Pack, ...]
    catalogue: Catalogue
    refused: tuple[RefusedPack, ...]


Inspector = Callable[[Pack, Catalogue], Sequence[Fault]]
"""Looks at a pack beside everything it builds on, and says what is wrong with it."""


def load_packs(folders: Iterable[Folder], inspect: Inspector) -> Library:
    """Return the packs of some folders that have no fault, in the order in which they build on each other."""
    waiting = [raw for folder in folders for raw in read_packs(folder)]
    packs: list[Pack] = []
    refused: list[RefusedPack] = []
    catalogue = Catalogue()
    while waiting:
        raw = _next(waiting, {pack.manifest.id for pack in packs})
        waiting.remove(raw)
        pack, faults = open_pack(raw)
        together = catalogue.joined(pack.entries)
        faults = [*faults, *_missing(raw, packs), *check(pack.places, pack.documents, together)]
        faults = faults or list(inspect(pack, together))
        if faults:
            refused.append(RefusedPack(raw.folder, tuple(faults)))
            continue
        packs = [*(other for other in packs if other.manifest.id != raw.manifest.id), pack]
        catalogue = together
    return Library(tuple(packs), catalogue, tuple(refused))


def open_pack(raw: RawPack) -> tuple[Pack, list[Fault]]:
    """Decode the data files of a pack; of two entries of one kind with one id the second is a fault."""
    faults = list(raw.faults)
    stories = [document for document in raw.documents if _is_story(document)]
    kinds: dict[str, dict[str, Any]] = {}
    places: dict[tuple[str, str], tuple[Document, Place]] = {}
    for document in raw.documents:
        if document in stories:
            continue
        data, wrong = decode(document, DataFile)
        faults.extend(wrong)
        for kind, entry, place in _entries(data) if data else ():
            if (kind, entry.id) in places:
                first = places[kind, entry.id][0].file
                problem = f"`{entry.id}` is in {kind} twice; the other is in {first}."
                faults.append(document.fault(place, problem, "Give one of them another id."))
            places[kind, entry.id] = (document, place)
            kinds.setdefault(kind, {})[entry.id] = entry
    entries = Catalogue(**kinds)
    return Pack(raw.manifest, raw.pin, entries, places, tuple(stories), raw.documents), faults


def _is_story(document: Document) -> bool:
    return document.file == STORY_FILE or document.file.startswith(STORY_FOLDER)


def _entries(data: DataFile) -> Iterator[tuple[str, Any, Place]]:
    for field in structs.fields(DataFile):
        for index, entry in enumerate(getattr(data, field.name)):
            yield field.name, entry, (field.name, index)


def _next(waiting: list[RawPack], present: set[str]) -> RawPack:
    """The first pack that has all it needs; when none has, the first."""
    return next((raw for raw in waiting if present.issuperset(raw.manifest.needs)), waiting[0])


def _missing(raw: RawPack, packs: list[Pack]) -> Iterator[Fault]:
    present = {pack.manifest.id for pack in packs}
    for need in raw.manifest.needs:
        if need not in present:
            yield Fault("pack.toml", 0, "$.needs", f"The pack needs `{need}`, which is not in play.", "Add that pack.")
