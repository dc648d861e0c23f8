"""The contract of `store.ports.Blobs`, on a folder and on a bucket of a server that speaks S3."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from taleforge.errors import BadInput, Damaged
from taleforge.store.blobs import FolderBlobs, place_of, whole
from taleforge.store.blobs_s3 import S3Blobs
from taleforge.store.ports import Blob, Blobs
from tests import s3
from tests.conftest import Need

Harm = Callable[[str, bytes], None]
HELLO = hashlib.sha256(b"hello").hexdigest()


@pytest.fixture(scope="module")
def server(need: Need) -> Iterator[s3.Server]:
    """A server that speaks S3."""
    need("moto", "pip install 'moto[s3,server]'")
    with s3.running() as running:
        yield running


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.slow)])  # the server takes seconds to load
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Blobs, Harm]:
    """Files of each kind, and what puts other bytes in the place of one."""
    if request.param == "folder":
        return FolderBlobs(tmp_path / "files"), lambda id_, new: _overwrite(tmp_path / "files" / place_of(id_), new)
    server: s3.Server = request.getfixturevalue("server")
    bucket = server.bucket()
    return S3Blobs(bucket), lambda id_, new: server.overwrite(bucket, place_of(id_), new)


def _overwrite(path: Path, new: bytes) -> None:
    path.write_bytes(new)


@pytest.fixture
def blobs(kept: tuple[Blobs, Harm]) -> Blobs:
    """Files of each kind."""
    return kept[0]


async def stream(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_what_is_put_is_there_under_the_name_of_its_bytes(blobs: Blobs) -> None:
    """Its id is its SHA-256 and its kind; whole, its size and type come back."""
    blob = await blobs.put(b"hello", "image/png")
    assert blob == Blob(f"{HELLO}.png", 5, "image/png") == await blobs.stat(blob.id)
    assert await blobs.get(blob.id) == b"hello"


async def test_the_same_bytes_are_kept_once(blobs: Blobs) -> None:
    """Put whole or in pieces, twice or thrice; as another kind they are another file."""
    for content in (b"hello", stream(b"he", b"", b"llo"), b"hello"):
        assert (await blobs.put(content, "image/png")).id == f"{HELLO}.png"
    await blobs.put(b"hello", "audio/wav")
    assert {blob.id async for blob in blobs.list()} == {f"{HELLO}.png", f"{HELLO}.wav"}


async def test_empty_and_large_files_come_back(blobs: Blobs) -> None:
    """Nothing at all, and more than is held in memory."""
    assert await blobs.get((await blobs.put(b"", "text/plain")).id) == b""
    piece = bytes(range(256)) * 4096
    large = await blobs.put(stream(*[piece] * 9), "audio/wav")
    assert large.size == 9 * len(piece)
    assert hashlib.sha256(await blobs.get(large.id) or b"").hexdigest() == large.id[:64]


@pytest.mark.parametrize(("start", "stop", "read"), [(1, 3, b"el"), (2, None, b"llo"), (3, 99, b"lo"), (5, 9, b"")])
async def test_a_range_can_be_read(blobs: Blobs, start: int, stop: int | None, read: bytes) -> None:
    """From a byte to before another, or to the end; beyond the end there is nothing."""
    blob = await blobs.put(b"hello", "audio/wav")
    assert await whole(await blobs.open(blob.id, start, stop)) == read


@pytest.mark.parametrize("id_", [f"{'0' * 64}.png", f"{HELLO}.exe", "../../etc/passwd", "", f"{HELLO}.png/.."])
async def test_what_is_not_there_is_none(blobs: Blobs, id_: str) -> None:
    """So is a name that nobody could have been given, wherever it leads."""
    assert (await blobs.get(id_), await blobs.open(id_, 1, 2), await blobs.stat(id_)) == (None, None, None)
    assert not await blobs.delete(id_)
    assert [blob async for blob in blobs.list()] == []


async def test_what_is_deleted_is_gone(blobs: Blobs) -> None:
    """And deleting says whether there was anything to delete."""
    blob = await blobs.put(b"hello", "image/png")
    assert await blobs.delete(blob.id)
    assert not await blobs.delete(blob.id)
    assert await blobs.get(blob.id) is None


async def test_what_was_put_lately_can_be_spared(blobs: Blobs) -> None:
    """Deleted only if it is older than a moment; putting it once more makes it new."""
    blob = await blobs.put(b"hello", "image/png")
    assert not await blobs.delete(blob.id, before=0.0)
    assert await blobs.get(blob.id) == b"hello"
    assert await blobs.delete(blob.id, before=4e9)
    assert not await blobs.delete(blob.id, before=4e9)


async def test_a_file_that_was_altered_is_not_handed_out_as_whole(kept: tuple[Blobs, Harm]) -> None:
    """Changed or cut short; putting it again mends it."""
    blobs, harm = kept
    blob = await blobs.put(b"hello", "image/png")
    for altered in (b"hellO", b"hell"):
        harm(blob.id, altered)
        with pytest.raises(Damaged, match=blob.id):
            await blobs.get(blob.id)
    await blobs.put(b"hello", "image/png")
    assert await blobs.get(blob.id) == b"hello"


async def test_kinds_that_are_not_kept_are_refused(blobs: Blobs) -> None:
    """A page for a browser is none of ours; nothing of it is kept."""
    with pytest.raises(BadInput, match="text/html"):
        await blobs.put(b"<script>", "text/html")
    assert [blob async for blob in blobs.list()] == []


async def test_a_stream_that_breaks_off_leaves_nothing(blobs: Blobs) -> None:
    """Whoever sent it went away."""

    async def broken() -> AsyncIterator[bytes]:
        yield b"hel"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await blobs.put(broken(), "image/png")
    assert [blob async for blob in blobs.list()] == []
