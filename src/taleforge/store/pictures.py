"""Pictures that people keep, in SQL, the same for every database (`art.ports.PictureStore`).

Does not keep their bytes: those are files.
"""

from collections.abc import Sequence

from taleforge.art.values import Hung
from taleforge.store.columns import INSERT, SELECT, change, columns, first, value
from taleforge.store.transactions import Sql


class SqlPictures:
    """What hangs in galleries (`PictureStore`)."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, picture: Hung) -> bool:
        """Keep a picture, once."""
        sql = f"{INSERT['pictures']} ON CONFLICT (id) DO NOTHING RETURNING id"
        return bool(await self._sql.transact(lambda: change(sql, *columns(picture))))

    async def get(self, picture: str) -> Hung | None:
        """Return a picture."""
        return first(Hung, await self._sql.query(f"{SELECT['pictures']} WHERE id = ?1", picture))

    async def of(self, person: str, after: str = "", limit: int = 100) -> list[Hung]:
        """Return pictures of a person, the newest first."""
        sql = f"{SELECT['pictures']} WHERE person = ?1 AND (?2 = '' OR id < ?2) ORDER BY id DESC LIMIT ?3"
        return [value(Hung, row) for row in await self._sql.query(sql, person, after, limit)]

    async def remove(self, picture: str) -> None:
        """Forget a picture."""
        await self._sql.transact(lambda: change("DELETE FROM pictures WHERE id = ?1", picture))

    async def named(self, files: Sequence[str]) -> set[str]:
        """Return those of some files that a picture names."""
        places = ", ".join(f"?{number}" for number in range(1, len(files) + 1)) or "NULL"
        of = "SELECT {0} FROM pictures WHERE {0} IN ({1})"
        found = await self._sql.query(f"{of.format('file', places)} UNION {of.format('small', places)}", *files)
        return {str(file) for (file,) in found}
