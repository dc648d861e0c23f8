"""The store that the settings name: opened, and brought up to date.

Does not play.
"""

import hashlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from taleforge.bootstrap.places import NO_CONTENT
from taleforge.jobs.ports import JobStore
from taleforge.live.ports import Claims
from taleforge.live.system import SystemIds
from taleforge.messages.events import Event
from taleforge.settings import Settings
from taleforge.store.sqlite import open_store
from taleforge.store.transactions import Sql
from taleforge.store.upgrade import Plan, need_postgresql, plan, upgrade
from taleforge.table import ports
from taleforge.table.position import Game
from taleforge.table.saved import sorted_state


class Store(ports.EventLog, ports.SecretStore, Sql, Protocol):
    """Where tables, seeds and accounts are kept, and who owns which table."""

    @property
    def claims(self) -> Claims:
        """Who owns which table."""
        ...

    @property
    def jobs(self) -> JobStore:
        """Work that takes long."""
        ...

    async def close(self) -> None:
        """Finish what was asked, then let it go."""
        ...


async def open_for(settings: Settings, *, writing: bool = True) -> Store:
    """Open the store that the settings name; a database is open for writing however many are."""
    chosen = settings.store
    if not chosen.url:
        return await open_store(settings.data.folder, writing=writing, fsync=chosen.fsync)
    need_postgresql()
    from taleforge.store import postgresql  # noqa: PLC0415  # of an extra

    return await postgresql.open_store(
        chosen.url, fsync=chosen.fsync, connections=chosen.connections, timeout=chosen.timeout
    )


async def migrate(settings: Settings, *, check: bool) -> Plan:
    """Bring the store of the settings up to date, or with `check` only say what would be done.

    Raises:
        TooNew: a newer program made it.
        StoreBusy, StoreFull, Unavailable, Misconfigured, Damaged: as `store.upgrade` has it.
    """
    return await (plan if check else upgrade)(settings.store.url or settings.data.folder)


def hash_of_state(table: str, log: Sequence[Event]) -> str:
    """Return the SHA-256, in hexadecimal, of the state that a whole log leads to."""
    return hashlib.sha256(sorted_state(Game(NO_CONTENT, SystemIds()).fold(table, log).state)).hexdigest()


@asynccontextmanager
async def browse(settings: Settings) -> AsyncGenerator[Store]:
    """Open the data folder for reading, also while another process plays there."""
    store = await open_for(settings, writing=False)
    try:
        yield store
    finally:
        await store.close()
