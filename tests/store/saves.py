"""A small store on disk, and everything that is in it: what the tests of damage have in common."""

import asyncio
from pathlib import Path
from typing import Any

from taleforge.messages.brief import Prose
from taleforge.messages.events import By, Event, TableOpened, Told
from taleforge.messages.ids import CountingIds
from taleforge.store.sqlite import SqliteStore, open_store
from taleforge.table.ports import SideWork, TableRow

TABLES = ("tbl_1", "tbl_2", "tbl_3")


def event(v: int, ids: CountingIds, size: int = 60) -> Event:
    data = TableOpened("lamp", "The Lamp", "en", "spc_1", "cmp_1") if v == 1 else Told(f"{v} " + "word " * size)
    name = "table.opened" if v == 1 else "told"
    return Event(v, name, 1, ids("evt"), f"2026-11-20T10:{v // 60:02d}:{v % 60:02d}.000Z", v, By(engine=True), data)


async def fill(store: SqliteStore, rounds: int = 12) -> None:
    """Make three tables and play some rounds at each in turn, with prose for every other event."""
    ids = CountingIds()
    for table in TABLES:
        await store.create(
            TableRow(table, "spc_1", "The Lamp", "lamp", "2026-11-20T09:00:00.000Z", "2026-11-20T09:00:00.000Z")
        )
        await store.put_seed(table, f"commitment of {table}", table.encode().ljust(32))
    for number in range(rounds):
        for table in TABLES:
            first = number * 3
            work = SideWork(ids("job"), "narrate", first + 1, b"{}")
            await store.append(table, first, [event(first + n, ids) for n in (1, 2, 3)], [work])
            if number % 2:
                await store.finish_work(work.id, Prose(first + 1, "en", f"Prose of {first + 1}."))


async def contents(store: SqliteStore) -> dict[str, Any]:
    """Return everything a store says it holds."""
    found: dict[str, Any] = {"tables": await store.tables()}
    for table in (*TABLES, "tbl_4"):
        found[table] = (
            await store.read(table),
            await store.read_prose(table),
            await store.pending_work(table),
            await store.get_seed(table, f"commitment of {table}"),
        )
    return found


def made(folder: Path, rounds: int = 12) -> dict[str, Any]:
    """Make a store, close it, and return what it holds."""

    async def make() -> dict[str, Any]:
        store = await open_store(folder, fsync=False)
        try:
            await fill(store, rounds)
            return await contents(store)
        finally:
            await store.close()

    return asyncio.run(make())


def read(folder: Path, *, writing: bool = True) -> dict[str, Any]:
    """Open a store and return what it holds."""

    async def everything() -> dict[str, Any]:
        store = await open_store(folder, writing=writing)
        try:
            return await contents(store)
        finally:
            await store.close()

    return asyncio.run(everything())
