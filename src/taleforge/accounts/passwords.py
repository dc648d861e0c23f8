"""Digests of passwords, worked out in threads and few at a time, for each takes a while and much memory.

However many log in at once, the event loop goes on, and so does every table. Keeps nothing.
"""

import asyncio
from typing import Final

from taleforge.accounts import secrets

AT_ONCE: Final = 2
"""Digests that are worked out at the same time; the others wait."""


class Passwords:
    """Makes and checks digests of passwords.

    Args:
        at_once: How many at the same time.
    """

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._turns = asyncio.Semaphore(at_once)

    async def hash(self, password: str) -> str:
        """Return what is kept of a password."""
        async with self._turns:
            return await asyncio.to_thread(secrets.hash_password, password)

    async def fits(self, digest: str | None, password: str) -> bool:
        """Whether a password is the one a digest was made of; without a digest it takes as long to say no."""
        async with self._turns:
            return await asyncio.to_thread(secrets.password_fits, digest, password)
