"""Voices that people keep, in SQL, the same for every database (`accounts.ports`).

Does not look into a voice's body, and decides nothing.
"""

from taleforge.accounts.values import Voice
from taleforge.store.columns import INSERT, SELECT, change, columns, first, number, upto, value
from taleforge.store.transactions import Sql, Statement, Steps


class SqlVoices:
    """The voices that people keep (`VoiceStore`)."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, voice: Voice, most: int) -> bool:
        """Keep a new voice unless its person has `most`."""

        def steps() -> Steps[bool]:
            found = yield Statement("SELECT count(*) FROM voices WHERE person = ?1", (voice.person,))
            if number(found) >= most:
                return False
            yield Statement(INSERT["voices"], columns(voice))
            return True

        return await self._sql.transact(steps, f"voices of {voice.person}")

    async def get(self, voice: str) -> Voice | None:
        """Return a voice."""
        return first(Voice, await self._sql.query(f"{SELECT['voices']} WHERE id = ?1", voice))

    async def of(self, person: str, after: str = "", limit: int | None = None) -> list[Voice]:
        """Return a person's voices, oldest first."""
        sql = f"{SELECT['voices']} WHERE person = ?1 AND id > ?2 ORDER BY id LIMIT ?3"
        return [value(Voice, row) for row in await self._sql.query(sql, person, after, upto(limit))]

    async def remove(self, voice: str) -> None:
        """Forget a voice."""
        await self._sql.transact(lambda: change("DELETE FROM voices WHERE id = ?1", voice))
