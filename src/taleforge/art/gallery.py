"""What people had painted and keep: a row for each picture, and one file for all that are alike, whole or in small.

A file goes with the last picture that names it. Does not paint, and does not ask whose picture somebody may see.
"""

from collections import Counter
from collections.abc import Callable
from typing import Final

import structlog
from msgspec.structs import replace

from taleforge.art.files import MIME
from taleforge.art.ports import Files, PictureStore
from taleforge.art.values import Hung
from taleforge.errors import Unavailable

YOUNG: Final = 60.0
"""Seconds for which a file stays that nobody names: whoever has just put it is about to."""
LEFT: Final = 86_400.0
"""Seconds after which a file that nobody names was left by a process that died."""
AT_ONCE: Final = 200

log = structlog.get_logger(__name__)


class Gallery:
    """The pictures of one server.

    Args:
        pictures: The rows.
        files: The bytes.
        clock: The time, in seconds since 1970.
    """

    def __init__(self, pictures: PictureStore, files: Files, clock: Callable[[], float]) -> None:
        self._pictures = pictures
        self._files = files
        self._clock = clock
        self.hung: Counter[tuple[str]] = Counter()
        """How many pictures came here, by who painted them."""

    async def hang(self, picture: Hung, data: bytes, small: bytes = b"") -> None:
        """Keep a picture, and the same in small, in whatever files they become; once, however often it comes."""
        file = await self._files.put(data, MIME)
        less = (await self._files.put(small, MIME)).id if small else ""
        await self._add(replace(picture, file=file.id, small=less))

    async def take(self, picture: Hung) -> None:
        """Keep a picture whose files were put before, once; one whose files are missing for a day is given up.

        Raises:
            Unavailable: a file is not there; it may come back.
        """
        missing = [file for file in (picture.file, picture.small) if await self._files.stat(file) is None]
        if not missing:
            await self._add(picture)
        elif self._clock() < picture.created / 1000 + LEFT:
            raise Unavailable(f"The file {missing[0]} is not here.", "Give servers and workers the same files.")
        else:
            log.error("picture.lost", picture=picture.id)

    async def get(self, picture: str, person: str) -> Hung | None:
        """Return a picture of a person."""
        known = await self._pictures.get(picture)
        return known if known is not None and known.person == person else None

    async def of(self, person: str, after: str = "", limit: int = 100) -> list[Hung]:
        """Return pictures of a person, the newest first, whose ids come before `after`."""
        return await self._pictures.of(person, after, limit)

    async def look(self, picture: Hung) -> bytes | None:
        """Return the PNG of a picture; None when it was lost. Raises what the files raise."""
        return await self._files.get(picture.file)

    async def glance(self, picture: Hung) -> bytes | None:
        """Return a picture in small, or the whole one where there is no small one; else as `look`."""
        data = await self._files.get(picture.small) if picture.small else None
        return await self.look(picture) if data is None else data

    async def take_down(self, picture: Hung) -> None:
        """Forget a picture, and those of its files that no other picture needs."""
        await self._pictures.remove(picture.id)
        files = {picture.file, picture.small} - {""}
        for file in files - await self._pictures.named(sorted(files)):
            await self._files.delete(file, self._clock() - YOUNG)

    async def forget(self, person: str) -> None:
        """Forget every picture of a person."""
        while some := await self.of(person):
            for picture in some:
                await self.take_down(picture)

    async def sweep(self) -> int:
        """Delete files of pictures that nobody names, and has not for long; return how many."""
        gone, some = 0, list[str]()
        async for file in self._files.list():
            if file.mime == MIME:
                some.append(file.id)
            if len(some) == AT_ONCE:
                gone += await self._swept(some)
                some.clear()
        return gone + await self._swept(some)

    async def _add(self, picture: Hung) -> None:
        if await self._pictures.add(picture):
            self.hung[picture.engine,] += 1

    async def _swept(self, files: list[str]) -> int:
        named = await self._pictures.named(files)
        before = self._clock() - LEFT
        return sum([await self._files.delete(file, before) for file in files if file not in named])
