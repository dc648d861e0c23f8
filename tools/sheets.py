"""Contact sheets of what the built-in painter paints: `make sheets`, then look into artefacts/.

Two sheets for each kind, one of them as small as lists show pictures: a row for each wish, a column for each style.
Judges nothing.
"""

import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy import typing as npt

from taleforge.art.png import png
from taleforge.art.procedural import drawn
from taleforge.art.values import STYLES, Kind, Wish

FOLDER = Path("artefacts")
GAP = 8
SIDES = (320, 128)
WORDS: dict[Kind, tuple[str, ...]] = {
    "portrait": (
        "an old dwarf with a red beard", "an elven ranger woman in a green hood", "a stern knight in plate armour",
        "a merry halfling innkeeper", "a tiefling sorceress with long black hair", "an orc warrior with a scar",
        "a wise old wizard in a blue robe", "a queen with a golden crown and red hair", "a lich with glowing eyes",
        "a goblin thief with an eyepatch",
    ),
    "item": (
        "a flaming sword", "a red healing potion", "an ancient spellbook", "a golden ring with a ruby", "a warhammer",
        "a round wooden shield", "a treasure chest", "an iron key", "a longbow", "a silver amulet",
    ),
    "scene": (
        "a dragon over a burning castle at dusk", "a tavern on a rainy night", "a dark forest in the mist",
        "a ship on a stormy sea", "a cave with a glowing crystal", "a mountain pass in winter", "a desert ruin at noon",
        "a swamp at night", "a stone circle at dawn", "a crypt with torches",
    ),
}  # fmt: skip


def pixels(words: str, kind: Kind, style: str, side: int) -> npt.NDArray[np.uint8]:
    """Return a picture as rows × columns × 3 bytes."""
    file = drawn(Wish(words, style, side, side, 5, kind))  # pyright: ignore[reportArgumentType] - one of STYLES
    packed = file[file.index(b"IDAT") + 4 : file.index(b"IEND") - 8]
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(side, -1)[:, 1:]
    return rows.cumsum(axis=0, dtype=np.uint8).reshape(side, side, 3)


def sheet(kind: Kind, side: int) -> bytes:
    """Return a sheet of a kind as a PNG, of pictures so many pixels wide."""
    strips = [
        np.concatenate([_framed(pixels(words, kind, style, side)) for style in STYLES], axis=1) for words in WORDS[kind]
    ]
    return png(np.concatenate(strips, axis=0) / np.float32(255))


def _framed(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.pad(picture, ((GAP, GAP), (GAP, GAP), (0, 0)), constant_values=40)


def write(folder: Path, kind: Kind) -> Iterator[Path]:
    """Write the sheets of a kind, and yield where each is."""
    folder.mkdir(exist_ok=True)
    for side in SIDES:
        file = folder / f"{kind}s-{side}.png"
        file.write_bytes(sheet(kind, side))
        yield file


def main() -> None:
    """Write all of them."""
    for kind in WORDS:
        for file in write(FOLDER, kind):
            sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    main()
