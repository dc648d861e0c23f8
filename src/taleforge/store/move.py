"""Moves everything that is kept from one store to another, and proves that it arrived.

The target has to be empty and gets all of it in one transaction, which ends only when both sides count the same rows
and every table's log leads to the same state. The source is never written. Does not fold a log: a function that does
is handed in.
"""

from msgspec import Struct

from taleforge.errors import BadInput, Damaged, Misconfigured
from taleforge.store.sides import ALL, CHECKS, Side, StateHash, check_empty, opened, state_of
from taleforge.store.upgrade import Place, need_postgresql, plan, upgrade


class Moved(Struct, frozen=True):
    """What arrived: rows by table of the schema, and of each table that is played the hash of its state."""

    rows: dict[str, int]
    states: dict[str, str]


async def move(source: Place, target: Place, state_hash: StateHash) -> Moved:
    """Copy everything from one store to another, whole or not at all; nobody may play at either meanwhile.

    Raises:
        BadInput: there is nothing at the source, or something at the target.
        Damaged: a row of the source is not what was written, or what arrived is not what was there.
        StoreBusy: somebody plays from a file.
        Misconfigured, TooNew, StoreFull, Unavailable: one of the stores cannot be used, or the source is older.
    """
    need_postgresql()
    found = await plan(source)
    if found.since == 0:
        raise BadInput(f"There is no store at {found.where}.", "Name the store that is to be moved.")
    if found.needed:
        raise Misconfigured(f"{found.where} has schema {found.since}, which is older.", "Run `taleforge migrate`.")
    await upgrade(target)
    async with opened(source, writing=False) as old, opened(target, writing=True) as new:
        await check_empty(new)
        for name in ALL:
            await _carry(name, old, new)
        return await _proved(old, new, state_hash)


async def _carry(name: str, old: Side, new: Side) -> None:
    check = CHECKS.get(name)
    async for batch in old.select(f"SELECT {ALL[name]} FROM {name}"):  # noqa: S608
        if check is not None:
            for row in batch:
                check(row, old.name)
        await new.put(name, batch)


async def _proved(old: Side, new: Side, state_hash: StateHash) -> Moved:
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
    return Moved(counted, states)
