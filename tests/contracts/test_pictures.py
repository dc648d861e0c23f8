"""What every place that keeps pictures promises, on each implementation."""

import pytest
from msgspec.structs import replace

from taleforge.art.memory import MemoryPictures
from taleforge.art.ports import PictureStore
from taleforge.art.values import Hung
from taleforge.bootstrap import Store
from taleforge.store.pictures import SqlPictures

FIRST = Hung("ast_1", "spc_1", "ann", "f1.png", "an elf; 🐉", None, 512, 768, 2**53 - 1, "procedural", 10, "s1.png")


@pytest.fixture
def pictures(kept_in: Store | None) -> PictureStore:
    """One implementation after the other."""
    return SqlPictures(kept_in) if kept_in else MemoryPictures()


async def test_pictures_are_kept_once_and_come_back_whole(pictures: PictureStore) -> None:
    """A second one of the same id changes nothing; what is removed is gone."""
    assert await pictures.add(FIRST)
    assert not await pictures.add(replace(FIRST, prompt="another"))
    assert await pictures.get("ast_1") == FIRST

    await pictures.remove("ast_1")
    assert await pictures.get("ast_1") is None


async def test_pictures_of_a_person_are_listed_the_newest_first(pictures: PictureStore) -> None:
    """A page at a time, and of nobody else."""
    for number in range(1, 5):
        await pictures.add(replace(FIRST, id=f"ast_{number}", person="bob" if number == 3 else "ann", style="ink"))

    assert [each.id for each in await pictures.of("ann", limit=2)] == ["ast_4", "ast_2"]
    assert [each.id for each in await pictures.of("ann", "ast_2")] == ["ast_1"]
    assert await pictures.of("eve") == []


async def test_files_are_named_as_long_as_a_picture_does(pictures: PictureStore) -> None:
    """Of whomever it is, and whether it is the picture or the same in small."""
    for picture in (FIRST, replace(FIRST, id="ast_2", person="bob"), replace(FIRST, id="ast_3", file="f2.png")):
        await pictures.add(picture)
    await pictures.remove("ast_1")
    await pictures.remove("ast_3")

    assert await pictures.named(["f1.png", "f2.png", "f3.png", "s1.png"]) == {"f1.png", "s1.png"}
    assert await pictures.named([]) == set()
