"""Files in a folder and in a bucket when what is under them fails: clear errors, and nothing half written."""

import asyncio
import os
import resource
import stat
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from taleforge.errors import Damaged, Misconfigured, StoreFull, TaleforgeError, Unavailable
from taleforge.store.blobs import FolderBlobs
from taleforge.store.blobs_s3 import Bucket, S3Blobs


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_only_their_owner_may_read_files(tmp_path: Path) -> None:
    """Folders are 0700 and files 0600, whatever the umask."""
    old = os.umask(0)
    try:
        await FolderBlobs(tmp_path / "files").put(b"hello", "image/png")
    finally:
        os.umask(old)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "files").rglob("*")}
    assert modes == {0o700, 0o600}


async def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's own refusal to let a file grow, in the middle of one that comes in pieces."""
    monkeypatch.setattr("signal.signal", lambda *_: None)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield bytes(1 << 16)

    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(StoreFull, match="no room"):
            await FolderBlobs(tmp_path).put(pieces(), "image/png")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert files(tmp_path) == []


async def test_what_a_killed_process_left_is_swept_up_a_day_later(tmp_path: Path) -> None:
    """And what may still be being written is left alone."""
    for name, age in (("old", 90_000), ("new", 60)):
        left = tmp_path / f".new-{name}"
        left.touch()
        os.utime(left, (left.stat().st_atime, left.stat().st_mtime - age))
    await FolderBlobs(tmp_path).put(b"hello", "image/png")
    assert {path.name for path in files(tmp_path) if path.name.startswith(".new-")} == {".new-new"}


async def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    """It cannot be used, and the sentence says which."""
    (tmp_path / "files").touch()
    with pytest.raises(Unavailable, match="files cannot be used"):
        await FolderBlobs(tmp_path / "files").put(b"hello", "image/png")


@asynccontextmanager
async def answering(answer: bytes | None) -> AsyncGenerator[Bucket]:
    """Serve on a socket whatever is asked with this answer, then hang up; None: never answer."""
    calls: set[asyncio.Task[None]] = set()

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        calls.add(task)
        try:
            while (line := await reader.readline()) not in {b"\r\n", b""}:
                if line.lower().startswith(b"expect"):
                    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)
        finally:
            writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    yield Bucket(url="s3://tales", endpoint=f"http://{host}:{port}", key="k", secret="s", timeout=0.3)
    server.close()
    await server.wait_closed()
    for call in calls:  # a connection that the client keeps is not waited for
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)


def answer(status: str, body: bytes = b"", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\nLast-Modified: Sat, 21 Nov 2026 04:00:00 GMT\r\n"
    return f'{head}ETag: "1"\r\n\r\n'.encode() + body


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (answer("403 Forbidden", b"<Error><Code>SignatureDoesNotMatch</Code></Error>"), Misconfigured),
        (answer("404 Not Found", b"<Error><Code>NoSuchBucket</Code></Error>"), Misconfigured),
        (answer("503 Slow Down"), Unavailable),
        (b"garbage\r\n\r\n", Unavailable),
        (b"", Unavailable),
        (None, Unavailable),
    ],
    ids=["forbidden", "no bucket", "busy", "garbage", "hangs up", "silent"],
)
async def test_a_service_that_fails_is_named_and_its_secrets_are_not(
    said: bytes | None, error: type[TaleforgeError]
) -> None:
    """Whatever it does: who is refused has to change something, who is not answered may try again."""
    async with answering(said) as bucket:
        with pytest.raises(error, match="s3://tales") as raised:
            await S3Blobs(bucket).put(b"hello", "image/png")
    assert "Signature" not in str(raised.value)


async def test_a_service_that_is_away_is_unavailable() -> None:
    """Nobody listens there any more."""
    async with answering(b"") as bucket:
        pass
    with pytest.raises(Unavailable):
        await S3Blobs(bucket).get(f"{'0' * 64}.png")


async def test_an_answer_cut_short_is_not_taken_for_the_file() -> None:
    """Whether the service says that more was to come or not."""
    for length, error in ((5, Unavailable), (3, Damaged)):
        async with answering(answer("200 OK", b"hel", length)) as bucket:
            with pytest.raises(error):
                await S3Blobs(bucket).get(f"{'0' * 64}.png")


@pytest.mark.parametrize("url", ["http://tales", "s3://", "tales"])
def test_an_address_that_is_no_bucket_is_refused(url: str) -> None:
    """With what to write instead."""
    with pytest.raises(Misconfigured, match="s3://bucket"):
        S3Blobs(Bucket(url=url))
