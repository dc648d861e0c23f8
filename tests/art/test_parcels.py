"""How a picture goes from a worker to a gallery: in bytes, or left in files that both have."""

import hashlib
import struct
import zlib
from collections.abc import AsyncIterable
from pathlib import Path

import pytest
from msgspec.structs import replace

from taleforge.art import files
from taleforge.art.parcels import REST, Sender, unpacked
from taleforge.art.values import Hung
from taleforge.errors import Unavailable
from taleforge.store.blobs import FolderBlobs, name_of
from taleforge.store.ports import Blob
from tests.art.test_gallery import ELF, Museum

DOT = (
    files.SIGNATURE
    + files.chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    + files.chunk(b"IDAT", zlib.compress(bytes(4)))
    + files.chunk(b"IEND", b"")
)
SMALL = files.signed(DOT, "small")


def picture(number: int) -> bytes:
    """Return a file that is like no other."""
    return files.signed(DOT, f"painter {number}")


def named(data: bytes) -> str:
    """Return the name of a picture among files."""
    return name_of(hashlib.sha256(data).hexdigest(), files.MIME)


class Broken(FolderBlobs):
    """Files that can be seen, and once they are full not written."""

    full = False
    asked = 0

    async def stat(self, blob: str) -> Blob | None:
        """Count."""
        self.asked += 1
        return await super().stat(blob)

    async def put(self, content: bytes | AsyncIterable[bytes], mime: str) -> Blob:
        """Fail when full."""
        if self.full:
            raise Unavailable("The disk is full.", "Free some space.")
        return await super().put(content, mime)


async def arrived(museum: Museum, packed: bytes, number: int) -> Hung:
    """Hang what a worker packed, as a server does; return what hangs."""
    parcel, whole, small = unpacked(packed)
    hung = Hung(
        f"ast_{number}", "spc_1", "ann", parcel.file, "an elf", "ink", parcel.width, parcel.height, 5, parcel.engine,
        ELF.created, parcel.small,
    )  # fmt: skip
    await (museum.gallery.hang(hung, whole, small) if whole else museum.gallery.take(hung))
    kept = await museum.gallery.get(hung.id, "ann")
    assert kept is not None
    return kept


async def test_who_has_the_servers_files_learns_it_from_the_first_picture(tmp_path: Path) -> None:
    """From the second on the worker leaves pictures there; a gallery shows both alike."""
    museum, sender = Museum(tmp_path), Sender(FolderBlobs(tmp_path), named)

    packed = [await sender.pack(picture(1), SMALL)]
    first = await arrived(museum, packed[0], 1)
    packed.append(await sender.pack(picture(2), SMALL))
    second = await arrived(museum, packed[1], 2)

    assert packed[0] == picture(1) + SMALL
    assert not packed[1].startswith(files.SIGNATURE)
    assert (first.width, first.height, first.engine) == (1, 1, "painter 1")
    assert (second.width, second.height, second.engine) == (1, 1, "painter 2")
    assert [await museum.gallery.look(each) for each in (first, second)] == [picture(1), picture(2)]
    assert await museum.gallery.glance(second) == SMALL


async def test_who_has_other_files_sends_bytes_for_ever(tmp_path: Path) -> None:
    """And leaves nothing behind; also where one of the pictures was there before."""
    museum, mine = Museum(tmp_path / "servers"), FolderBlobs(tmp_path / "workers")
    await mine.put(picture(1), files.MIME)
    sender = Sender(mine, named)

    for number in (1, 2, 1, 3):
        await arrived(museum, await sender.pack(picture(number), SMALL), number)

    assert [each.id async for each in mine.list()] == [named(picture(1))]


async def test_who_loses_the_servers_files_sends_bytes_again(tmp_path: Path) -> None:
    """A disk that is not mounted any more is an empty folder."""
    museum, mine = Museum(tmp_path / "files"), FolderBlobs(tmp_path / "mounted")
    (tmp_path / "files").mkdir()
    (tmp_path / "mounted").symlink_to(tmp_path / "files")
    sender = Sender(mine, named)
    await arrived(museum, await sender.pack(picture(1), SMALL), 1)
    await arrived(museum, await sender.pack(picture(2), SMALL), 2)

    (tmp_path / "mounted").unlink()

    assert await sender.pack(picture(3), SMALL) == picture(3) + SMALL


async def test_files_that_fail_are_left_alone_for_a_while(tmp_path: Path) -> None:
    """The picture goes in bytes, and the next ones do not wait for the same failure."""
    now = 0.0
    museum, mine = Museum(tmp_path), Broken(tmp_path)
    sender = Sender(mine, named, lambda: now)
    await arrived(museum, await sender.pack(picture(1), SMALL), 1)

    mine.full = True
    assert await sender.pack(picture(2), SMALL) == picture(2) + SMALL
    mine.full, asked = False, mine.asked
    assert await sender.pack(picture(3), SMALL) == picture(3) + SMALL
    assert mine.asked == asked
    now = REST
    assert not (await sender.pack(picture(4), SMALL)).startswith(files.SIGNATURE)


async def test_a_picture_whose_files_are_missing_waits_for_them_a_day(tmp_path: Path) -> None:
    """Then nobody is told of it again and again."""
    museum = Museum(tmp_path)
    await museum.files.put(SMALL, files.MIME)
    created = int(museum.newest() * 1000)
    lost = replace(ELF, file=named(picture(1)), small=named(SMALL), created=created)

    with pytest.raises(Unavailable, match="same files"):
        await museum.gallery.take(lost)
    museum.later = 86_401.0
    await museum.gallery.take(lost)

    assert await museum.gallery.of("ann") == []
