"""Pictures kept in memory: for tests, and for a house whose store is there, too. Nothing outlives the process."""

from collections.abc import Sequence

from taleforge.art.values import Hung


class MemoryPictures:
    """Pictures in a dictionary (`PictureStore`)."""

    def __init__(self) -> None:
        self._pictures: dict[str, Hung] = {}

    async def add(self, picture: Hung) -> bool:
        """Keep a picture, once."""
        return self._pictures.setdefault(picture.id, picture) is picture

    async def get(self, picture: str) -> Hung | None:
        """Return a picture."""
        return self._pictures.get(picture)

    async def of(self, person: str, after: str = "", limit: int = 100) -> list[Hung]:
        """Return pictures of a person, the newest first."""
        mine = sorted((p for p in self._pictures.values() if p.person == person), key=lambda p: p.id, reverse=True)
        return [picture for picture in mine if not after or picture.id < after][:limit]

    async def remove(self, picture: str) -> None:
        """Forget a picture."""
        self._pictures.pop(picture, None)

    async def named(self, files: Sequence[str]) -> set[str]:
        """Return those of some files that a picture names."""
        return {file for picture in self._pictures.values() for file in (picture.file, picture.small)} & set(files)
