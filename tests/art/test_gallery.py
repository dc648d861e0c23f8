"""What people keep, and what goes with it."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from taleforge.art.gallery import LEFT, YOUNG, Gallery
from taleforge.art.memory import MemoryPictures
from taleforge.art.values import Hung
from taleforge.store.blobs import FolderBlobs

ELF = Hung("ast_1", "spc_1", "ann", "", "an elf", "ink", 64, 64, 5, "procedural", 10)


class Museum:
    """A gallery whose clock is set by hand."""

    def __init__(self, folder: Path) -> None:
        self.files = FolderBlobs(folder)
        self.pictures = MemoryPictures()
        self.later = 0.0
        self.folder = folder
        self.gallery = Gallery(self.pictures, self.files, lambda: self.newest() + self.later)

    def newest(self) -> float:
        """Return when the last file was put."""
        return max(file.stat().st_mtime for file in self.folder.rglob("*.png"))

    async def kept(self) -> int:
        """Return how many files there are."""
        return len([file async for file in self.files.list()])


@pytest.fixture
def museum(tmp_path: Path) -> Museum:
    """A gallery in a folder."""
    return Museum(tmp_path)


async def test_a_picture_hangs_once_however_often_it_comes(museum: Museum) -> None:
    """And is counted once; only whose it is sees it."""
    for _ in range(2):
        await museum.gallery.hang(ELF, b"picture")
    mine = await museum.gallery.get("ast_1", "ann")

    assert mine is not None
    assert await museum.gallery.of("ann") == [mine]
    assert await museum.gallery.look(mine) == b"picture"
    assert await museum.gallery.get("ast_1", "bob") is None
    assert museum.gallery.hung == {("procedural",): 1}


async def test_a_file_goes_with_the_last_who_needs_it(museum: Museum) -> None:
    """Whoever is forgotten takes away what is theirs alone."""
    museum.later = YOUNG + 1
    await museum.gallery.hang(ELF, b"shared")
    await museum.gallery.hang(replace(ELF, id="ast_2"), b"hers")
    await museum.gallery.hang(replace(ELF, id="ast_3", person="bob"), b"shared")

    await museum.gallery.forget("ann")
    assert await museum.gallery.of("ann") == []
    (left,) = await museum.gallery.of("bob")
    assert await museum.gallery.look(left) == b"shared"
    await museum.gallery.take_down(left)
    assert await museum.kept() == 0


async def test_a_file_that_somebody_is_about_to_name_stays(museum: Museum) -> None:
    """It was put this moment; if nobody names it in the end, a day later it is swept up, and nothing else is."""
    await museum.gallery.hang(ELF, b"picture")
    await museum.gallery.hang(replace(ELF, id="ast_2"), b"other")
    await museum.files.put(b"sound", "audio/wav")
    (other, first) = await museum.gallery.of("ann")
    await museum.gallery.take_down(first)
    assert (await museum.kept(), await museum.gallery.sweep()) == (3, 0)

    museum.later = LEFT + 1
    assert await museum.gallery.sweep() == 1
    assert await museum.gallery.look(other) == b"other"
    assert await museum.kept() == 2


async def test_a_small_picture_goes_with_the_last_who_needs_it(museum: Museum) -> None:
    """It may be alike for two that are not; without one, or where that is lost, a picture is seen whole."""
    museum.later = YOUNG + 1
    await museum.gallery.hang(ELF, b"hers", b"alike")
    await museum.gallery.hang(replace(ELF, id="ast_2"), b"his", b"alike")
    await museum.gallery.hang(replace(ELF, id="ast_3"), b"older")
    older, his, hers = await museum.gallery.of("ann")
    assert [await museum.gallery.glance(each) for each in (hers, his, older)] == [b"alike", b"alike", b"older"]
    assert await museum.gallery.sweep() == 0

    await museum.gallery.take_down(hers)
    assert (await museum.gallery.glance(his), await museum.kept()) == (b"alike", 3)
    await museum.files.delete(his.small)
    assert await museum.gallery.glance(his) == b"his"
    await museum.gallery.take_down(his)
    assert await museum.kept() == 1
