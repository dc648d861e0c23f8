"""What art is to the house, and what it needs of it. One contract suite runs on every `Painter`.

Does not implement anything.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

from taleforge.art.values import Hung, Picture, Wish

Progress = Callable[[int], None]
"""Told how many percent of a picture are painted."""


def nobody(_percent: int) -> None:
    """Hear of progress, and do nothing."""


class Painter(Protocol):
    """Makes pictures. What it holds between them goes with this process."""

    async def paint(self, wish: Wish, progress: Progress = nobody) -> Picture:
        """Return a picture of a wish, as a PNG; `progress` hears how far it is, of those painters that know.

        Raises:
            PaintingFailed: the engine did not paint; another may.
        """
        ...

    async def close(self) -> None:
        """End what it holds; it may be asked again, and begins anew."""
        ...


class PictureStore(Protocol):
    """What hangs in galleries. Each method is atomic, and durable on return."""

    async def add(self, picture: Hung) -> bool:
        """Keep a picture; whether it was not there yet."""
        ...

    async def get(self, picture: str) -> Hung | None:
        """Return a picture."""
        ...

    async def of(self, person: str, after: str = "", limit: int = 100) -> list[Hung]:
        """Return pictures of a person, the newest first, whose ids come before `after` (empty: from the first)."""
        ...

    async def remove(self, picture: str) -> None:
        """Forget a picture; its file stays."""
        ...

    async def named(self, files: Sequence[str]) -> set[str]:
        """Return those of some files that a picture of anybody names, as its own or as the same in small."""
        ...


class File(Protocol):
    """What is known of a file."""

    @property
    def id(self) -> str:
        """Its name, which says what is in it."""
        ...

    @property
    def mime(self) -> str:
        """Its media type."""
        ...


class Files(Protocol):
    """Where the bytes of pictures are: each file once, under the name of what is in it."""

    async def put(self, content: bytes, mime: str) -> File:
        """Keep a file, durably and whole; it counts as new then, also when it was there."""
        ...

    async def get(self, blob: str, /) -> bytes | None:
        """Return a file."""
        ...

    async def stat(self, blob: str, /) -> File | None:
        """Return what is known of a file; None when it is not there."""
        ...

    async def delete(self, blob: str, /, before: float | None = None) -> bool:
        """Keep a file no longer, unless it was put since a moment (seconds since 1970); whether it went."""
        ...

    def list(self) -> AsyncIterator[File]:
        """Return every file."""
        ...
