"""What others need of the store that is no row: files that were made once and never change, such as pictures and sound.

Does not say where they lie.
"""

from collections.abc import AsyncIterable, AsyncIterator
from typing import Protocol

from msgspec import Struct


class Blob(Struct, frozen=True):
    """A file that is kept: its id (the SHA-256 of its bytes and a suffix for its kind), bytes, and media type."""

    id: str
    size: int
    mime: str


class Blobs(Protocol):
    """Files by what is in them: the same bytes of the same kind are kept once, and under an id are always the same.

    An id that nobody could have been given is one that is not there. Every method raises Unavailable where the files
    cannot be reached, and Misconfigured where they may not be.
    """

    async def put(self, content: bytes | AsyncIterable[bytes], mime: str) -> Blob:
        """Keep a file, durably and whole, or not at all; it counts as new then, also when it was there.

        Raises:
            BadInput: files of this media type are not kept.
            StoreFull: no room for it.
        """
        ...

    async def get(self, blob: str) -> bytes | None:
        """Return a whole file; None when it is not there.

        Raises:
            Damaged: it is not what was kept.
        """
        ...

    async def open(self, blob: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes] | None:
        """Return the bytes of a file from `start` to before `stop`, some at a time; None when it is not there.

        Only of a whole file it is found out whether it was damaged, and only at its end (Damaged).
        """
        ...

    async def stat(self, blob: str) -> Blob | None:
        """Return what is known of a file; None when it is not there."""
        ...

    async def delete(self, blob: str, before: float | None = None) -> bool:
        """Keep a file no longer, unless it was put since a moment (seconds since 1970); return whether it went."""
        ...

    def list(self) -> AsyncIterator[Blob]:
        """Return every file, in no order."""
        ...
