"""Pack folders written for a test."""

from collections.abc import Sequence
from pathlib import Path

from taleforge.packs.faults import Fault
from taleforge.packs.loader import BUNDLED, Library, load_packs

MANIFEST = 'id = "{id}"\nversion = "1"\ntitle = "A pack"\nlicence = "CC0-1.0"\n{more}\n'


def pack(folder: Path, name: str, files: dict[str, str], more: str = "") -> Path:
    """Write a pack into a folder and return its own folder."""
    place = folder / name
    for file, text in {"pack.toml": MANIFEST.format(id=name, more=more), **files}.items():
        path = place / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return place


def nothing_more(*_: object) -> Sequence[Fault]:
    """Look no further at a pack than the loader itself does."""
    return ()


def load(*folders: Path) -> Library:
    """Load some folders beside the bundled packs."""
    return load_packs([BUNDLED, *folders], nothing_more)


def faults(library: Library) -> list[str]:
    """Everything that was refused, as its author reads it."""
    return [str(fault) for refused in library.refused for fault in refused.faults]
