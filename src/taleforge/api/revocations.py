"""Credentials that another process took back: what was opened with them here ends, too.

The database is asked every few moments, so that it does not matter who revoked: a server beside this one, or the
command line. Revokes nothing itself.
"""

import asyncio
from contextlib import suppress
from typing import Final

from taleforge.api.desk import Desk
from taleforge.errors import TaleforgeError

EVERY: Final = 2.0
"""Seconds between two looks."""
SKEW_MS: Final = 60_000
"""How far the clocks of two processes may be apart, or a revocation may take to be stored."""


class Revocations:
    """What was revoked lately, as one process knows it.

    Args:
        desk: Whose streams end, and who remembers credentials for a moment.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: set[str] = set()
        self._looked = desk.now()

    async def look(self) -> None:
        """End what was opened with credentials that were revoked since the last look.

        Raises:
            Unavailable: the store does not answer; the next look finds what this one would have.
        """
        now = self._desk.now()
        revoked = set(await self._desk.stores.grants.revoked(self._looked - SKEW_MS))
        if new := revoked - self._known:
            self._desk.revoked(new)
        self._known, self._looked = revoked, now

    async def follow(self) -> None:
        """Look again and again; where one process writes alone nobody else can revoke, and nobody looks."""
        while not self._desk.house.services.claims.alone:
            await asyncio.sleep(EVERY)
            with suppress(TaleforgeError):
                await self.look()
