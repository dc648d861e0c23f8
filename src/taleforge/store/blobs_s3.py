"""Files in a bucket that speaks S3 (`store.ports.Blobs`): for a server of several machines.

A file is put there when its bytes and so its name are known; the service shows it whole or not at all. What comes back
is held to its name, so that an answer cut short is found out. Does not make the bucket.
"""

import hashlib
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import IO, Any, Final
from urllib.parse import urlsplit

from msgspec import Struct
from obstore import exceptions as failures
from obstore.store import S3Store

from taleforge.errors import Misconfigured, TaleforgeError, Unavailable
from taleforge.store.blobs import checked, mime_of, name_of, pieces, place_of, whole
from taleforge.store.ports import Blob

_IN_MEMORY: Final = 8 << 20
"""Bytes of a file that wait in memory for its name; more of them wait on disk."""
_RETRIES: Final = 2


class Bucket(Struct, frozen=True, kw_only=True):
    """Where a bucket is and who asks: its URL as `s3://bucket/prefix`, and the service's own where it is not AWS.

    `timeout` is in seconds, of each request and of what it waits between tries.
    """

    url: str
    endpoint: str = ""
    region: str = "us-east-1"
    key: str = ""
    secret: str = ""
    timeout: float = 10.0


class S3Blobs:
    """Files in a bucket.

    Args:
        bucket: Which, and how to get in.

    Raises:
        Misconfigured: the URL names no bucket.
    """

    def __init__(self, bucket: Bucket) -> None:
        self.name = bucket.url
        self._store = _opened(bucket)

    async def put(self, content: bytes | AsyncIterable[bytes], mime: str) -> Blob:
        """Keep a file; see `Blobs.put`."""
        name_of("", mime)
        digest = hashlib.sha256()
        with tempfile.SpooledTemporaryFile[bytes](_IN_MEMORY) as spool:
            async for piece in pieces(content):
                digest.update(piece)
                spool.write(piece)
            blob, size = Blob(name_of(digest.hexdigest(), mime), spool.tell(), mime), spool.tell()
            spool.seek(0)
            await self._send(blob, spool.read() if size <= _IN_MEMORY else spool)
        return blob

    async def _send(self, blob: Blob, content: "bytes | IO[bytes]") -> None:
        with self._explained():
            await self._store.put_async(place_of(blob.id), content, attributes={"Content-Type": blob.mime},
            )  # fmt: skip

    async def get(self, blob: str) -> bytes | None:
        """Return a whole file; see `Blobs.get`."""
        return await whole(await self.open(blob))

    async def open(self, blob: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes] | None:
        """Return bytes of a file; see `Blobs.open`."""
        found = await self.stat(blob)
        if found is None:
            return None
        if start == 0 and stop is None:
            return checked(blob, self._read(blob, None))
        end = found.size if stop is None else min(stop, found.size)
        return self._read(blob, (start, end)) if start < end else pieces(b"")

    async def _read(self, blob: str, within: tuple[int, int] | None) -> AsyncIterator[bytes]:
        with self._explained():
            got = await self._store.get_async(place_of(blob), options={"range": within} if within else {}
            )  # fmt: skip
            async for piece in got.stream():
                yield bytes(piece)

    async def stat(self, blob: str) -> Blob | None:
        """Return what is known of a file."""
        mime = mime_of(blob)
        if mime is None:
            return None
        with self._explained():
            try:
                found = await self._store.head_async(place_of(blob))
            except FileNotFoundError:
                return None
        return Blob(blob, found["size"], mime)

    async def delete(self, blob: str, before: float | None = None) -> bool:
        """Keep a file no longer; see `Blobs.delete`."""
        if mime_of(blob) is None:
            return False
        with self._explained():
            try:
                found = await self._store.head_async(place_of(blob))
            except FileNotFoundError:
                return False
            if before is not None and found["last_modified"].timestamp() >= before:
                return False
            await self._store.delete_async(place_of(blob))
        return True

    async def list(self) -> AsyncIterator[Blob]:
        """Return every file."""
        with self._explained():
            async for batch in self._store.list():
                for found in batch:
                    blob = found["path"].rpartition("/")[2]
                    if (mime := mime_of(blob)) is not None:
                        yield Blob(blob, found["size"], mime)

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except (failures.BaseError, OSError) as error:
            raise _explain(error, self.name) from error


def _opened(bucket: Bucket) -> Any:
    parts = urlsplit(bucket.url)
    if parts.scheme != "s3" or not parts.hostname:
        raise Misconfigured("files.url is no bucket.", "Write s3://bucket or s3://bucket/prefix.")
    wait = timedelta(seconds=bucket.timeout)
    entry = {"access_key_id": bucket.key, "secret_access_key": bucket.secret} if bucket.key else {}
    options: Any = {**entry, **({"endpoint": bucket.endpoint} if bucket.endpoint else {})}
    return S3Store(
        parts.hostname, prefix=parts.path.strip("/") or None, region=bucket.region, **options,
        client_options={"timeout": wait, "connect_timeout": wait, "allow_http": bucket.endpoint.startswith("http:")},
        retry_config={"max_retries": _RETRIES, "retry_timeout": wait},
    )  # fmt: skip


def _explain(error: Exception, name: str) -> TaleforgeError:
    """Return what a failure of the service means; its own words may hold addresses and signatures, so they stay."""
    if isinstance(error, failures.PermissionDeniedError | failures.UnauthenticatedError | PermissionError):
        return Misconfigured(f"{name} does not let us in.", "Correct files.key, files.secret and the bucket's policy.")
    if isinstance(error, FileNotFoundError):
        return Misconfigured(f"{name} is not there.", "Make the bucket, or correct files.url.")
    return Unavailable(f"{name} does not answer as it should.", "Look after the service, then try again.")
