"""Moves everything that is kept from one store to another, and proves that it arrived.

The target has to be empty and gets all rows in one transaction, which ends only when both sides count the same ones,
every table's log leads to the same state, and every file is there that was. The source is never written. Does not fold
a log: a function that does is handed in.
"""

from pathlib import Path

from msgspec import Struct

from taleforge.errors import BadInput, Damaged, Misconfigured
from taleforge.store.ports import Blobs
from taleforge.store.restore import check_free, check_still
from taleforge.store.sides import ALL, CHECKS, Side, StateHash, check_empty, opened, state_of
from taleforge.store.upgrade import Place, need_postgresql, plan, upgrade


class Files(Struct, frozen=True):
    """Where the files of the source lie, and where those of the target do."""

    old: Blobs
    new: Blobs


class Moved(Struct, frozen=True):
    """What arrived: rows by table of the schema, of each table that is played the hash of its state, and files."""

    rows: dict[str, int]
    states: dict[str, str]
    files: int = 0


async def move(source: Place, target: Place, state_hash: StateHash, files: Files | None = None) -> Moved:
    """Copy everything from one store to another, whole or not at all; nobody may play at either meanwhile.

    Args:
        source: Where everything is.
        target: Where it goes.
        state_hash: Folds a log.
        files: None where they stay, as both stores have the same.

    Raises:
        BadInput: there is nothing at the source, or something at the target.
        Damaged: a row or file of the source is not what was written, or what arrived is not what was there.
        StoreBusy: somebody plays there.
        Misconfigured, TooNew, StoreFull, Unavailable: one of the stores cannot be used, or the source is older.
    """
    need_postgresql()
    found = await plan(source)
    if found.since == 0:
        raise BadInput(f"There is no store at {found.where}.", "Name the store that is to be moved.")
    if found.needed:
        raise Misconfigured(f"{found.where} has schema {found.since}, which is older.", "Run `taleforge migrate`.")
    await check_free(target)
    async with opened(source, writing=False) as old:
        if not isinstance(source, Path):
            await check_still(old)
        await upgrade(target)
        async with opened(target, writing=True) as new:
            await check_empty(new)
            for name in ALL:
                await _carry(name, old, new)
            counted = 0 if files is None else await _carry_files(files)
            return await _proved(old, new, state_hash, counted)


async def _carry(name: str, old: Side, new: Side) -> None:
    check = CHECKS.get(name)
    async for batch in old.select(f"SELECT {ALL[name]} FROM {name}"):  # noqa: S608
        if check is not None:
            for row in batch:
                check(row, old.name)
        await new.put(name, batch)


async def _carry_files(files: Files) -> int:
    """Copy every file, which is called by what is in it; return how many there were."""
    counted = 0
    async for blob in files.old.list():
        content = await files.old.open(blob.id)
        if content is None or (await files.new.put(content, blob.mime)).id != blob.id:
            raise Damaged(f"The file {blob.id} is not what it is called.", "Nothing was moved; take it from a backup.")
        counted += 1
    return counted


async def _proved(old: Side, new: Side, state_hash: StateHash, files: int) -> Moved:
    """Return what arrived, once both sides say the same of it."""
    counted = {name: await new.count(name) for name in ALL}
    if counted != {name: await old.count(name) for name in ALL}:
        raise Damaged("Not all rows arrived.", "Nothing was moved; try again while nobody plays.")
    states: dict[str, str] = {}
    async for batch in old.select("SELECT id FROM tables ORDER BY id"):
        for (table,) in batch:
            states[str(table)] = await state_of(old, str(table), state_hash)
            if await state_of(new, str(table), state_hash) != states[str(table)]:
                raise Damaged(f"Table {table} is not the same where it arrived.", "Nothing was moved; try again.")
    return Moved(counted, states, files)
